"""Making agents, their devices, and the sums of an agent's day."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from crm_api.callcenter.repository import AgentRepository
from crm_api.callcenter.schemas import AgentDay
from crm_api.errors import Conflict
from crm_api.models import Agent, AgentStateRow, Device, Extension, Membership, User
from crm_api.times import midnight_before, seconds_between
from nidaa.contracts.events import AgentState
from nidaa.ids import new_id

SECRET_BYTES = 18  # 24 characters


@dataclass(frozen=True, slots=True)
class DeviceSecret:
    """What a phone logs in with; only digests of the password are kept."""

    username: str
    password: str


def ha1(algorithm: str, username: str, realm: str, password: str) -> str:
    """Hex of H(username:realm:password), RFC 7616 3.4.2. `algorithm` is md5 or sha256."""
    text = f"{username}:{realm}:{password}".encode()
    return hashlib.new(algorithm, text, usedforsecurity=False).hexdigest()


class AgentService:
    def __init__(self, session: AsyncSession, tenant: str) -> None:
        self._session, self._tenant = session, tenant
        self._agents = AgentRepository(session, tenant)

    async def create(self, user: User, number: str, queues: Sequence[str]) -> Agent:
        """Make the user an agent at this extension, which is made when new. Raises Conflict."""
        extension = await self._agents.extension(number)
        if extension is None:
            extension = Extension(
                id=new_id("e"), tenant=self._tenant, number=number, name=user.name
            )
            self._session.add(extension)
        elif await self._agents.is_extension_used(extension.id):
            raise Conflict(
                f"Extension {number} belongs to another agent. Choose a free one.",
                {"extension": "taken"},
            )
        agent = Agent(
            id=new_id("a"), tenant=self._tenant, user_id=user.id, extension_id=extension.id
        )
        agent.memberships = self._memberships(queues)
        self._session.add(agent)
        await self._session.flush()
        return agent

    async def set_queues(self, agent: Agent, queues: Sequence[str]) -> None:
        """Replace the queues the agent is a member of; penalties of kept ones stay."""
        kept = [member for member in agent.memberships if member.queue in queues]
        known = {member.queue for member in kept}
        agent.memberships = kept + self._memberships([name for name in queues if name not in known])
        await self._session.flush()

    def _memberships(self, queues: Sequence[str]) -> list[Membership]:
        return [Membership(tenant=self._tenant, queue=name) for name in dict.fromkeys(queues)]

    async def rotate_device(self, extension: Extension, kind: str, realm: str) -> DeviceSecret:
        """Give the extension's device of this kind a new password; the old one is void."""
        device = await self._agents.device(extension.id, kind)
        if device is None:
            # never the extension alone, so that guessing needs both
            username = f"{extension.number}-{kind}-{secrets.token_hex(4)}"
            device = Device(
                id=new_id("d"), tenant=self._tenant, extension_id=extension.id, kind=kind
            )
            device.username = username
            self._session.add(device)
        password = secrets.token_urlsafe(SECRET_BYTES)
        device.ha1_md5 = ha1("md5", device.username, realm, password)
        device.ha1_sha256 = ha1("sha256", device.username, realm, password)
        await self._session.flush()
        return DeviceSecret(device.username, password)

    async def day(self, agent: str, now: int) -> AgentDay:
        """What the agent did since midnight of this machine's zone."""
        midnight = midnight_before(now)
        states = await self._agents.states_since(agent, midnight)
        calls = await self._agents.answered_since(agent, midnight)
        return day_of(states, calls, midnight, now)


def day_of(states: Sequence[AgentStateRow], calls: int, midnight: int, now: int) -> AgentDay:
    """Sums of an agent's states, each cut to the time between midnight and now."""
    spent: dict[str, float] = {}
    for row in states:
        started, ended = max(row.started_at, midnight), min(row.ended_at or now, now)
        spent[row.state] = spent.get(row.state, 0.0) + seconds_between(started, ended)
    signed_on = sum(span for state, span in spent.items() if state != AgentState.OFFLINE)
    talk, hold = spent.get(AgentState.TALKING, 0.0), spent.get(AgentState.HELD, 0.0)
    wrap_up = spent.get(AgentState.WRAP_UP, 0.0)
    available = signed_on - spent.get(AgentState.PAUSED, 0.0)
    return AgentDay(
        calls=calls,
        talk_for=talk,
        hold_for=hold,
        wrap_up_for=wrap_up,
        ready_for=spent.get(AgentState.READY, 0.0),
        signed_on_for=signed_on,
        occupancy=min(1.0, (talk + hold + wrap_up) / available) if available > 0 else None,
    )
