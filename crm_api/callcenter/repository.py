"""Queries on agents, extensions, devices and how agents spent their time."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from crm_api.models import Agent, AgentStateRow, Device, Extension, Leg, User


class AgentRepository:
    def __init__(self, session: AsyncSession, tenant: str) -> None:
        self._session, self._tenant = session, tenant

    def _agents(self) -> Select[Agent]:
        """Agents whose user may sign in."""
        return (
            select(Agent)
            .join(Agent.user)
            .where(Agent.tenant == self._tenant, User.is_active)
            .options(
                selectinload(Agent.user),
                selectinload(Agent.extension),
                selectinload(Agent.memberships),
            )
        )

    async def all(self) -> Sequence[Agent]:
        return (await self._session.scalars(self._agents().order_by(Agent.id))).all()

    async def by_user(self, user_id: str) -> Agent | None:
        return await self._session.scalar(self._agents().where(Agent.user_id == user_id))

    async def names(self) -> dict[str, str]:
        """Every agent's name, also of those who may not sign in any more."""
        rows = await self._session.execute(
            select(Agent.id, User.name).join(Agent.user).where(Agent.tenant == self._tenant)
        )
        return {agent: name for agent, name in rows}

    async def extension(self, number: str) -> Extension | None:
        return await self._session.scalar(
            select(Extension).where(Extension.tenant == self._tenant, Extension.number == number)
        )

    async def extensions(self) -> Sequence[Extension]:
        query = select(Extension).where(Extension.tenant == self._tenant)
        return (await self._session.scalars(query.order_by(Extension.number))).all()

    async def is_extension_used(self, extension_id: str) -> bool:
        query = select(func.count()).where(
            Agent.tenant == self._tenant, Agent.extension_id == extension_id
        )
        return bool(await self._session.scalar(query))

    async def devices(self) -> Sequence[tuple[Device, str]]:
        """Devices with the number of their extension."""
        rows = await self._session.execute(
            select(Device, Extension.number)
            .join(Extension, Extension.id == Device.extension_id)
            .where(Device.tenant == self._tenant)
            .order_by(Device.username)
        )
        return [(device, number) for device, number in rows]

    async def device(self, extension_id: str, kind: str) -> Device | None:
        return await self._session.scalar(
            select(Device).where(
                Device.tenant == self._tenant,
                Device.extension_id == extension_id,
                Device.kind == kind,
            )
        )

    async def states_since(self, agent: str, micros: int) -> Sequence[AgentStateRow]:
        """The agent's states that lasted beyond that instant, oldest first."""
        query = (
            select(AgentStateRow)
            .where(AgentStateRow.tenant == self._tenant, AgentStateRow.agent == agent)
            .where(or_(AgentStateRow.ended_at.is_(None), AgentStateRow.ended_at > micros))
            .order_by(AgentStateRow.started_at)
        )
        return (await self._session.scalars(query)).all()

    async def answered_since(self, agent: str, micros: int) -> int:
        """How many calls the agent answered since that instant."""
        query = select(func.count()).where(
            Leg.tenant == self._tenant, Leg.agent == agent, Leg.started_at >= micros
        )
        answered = query.where(Leg.answered_at.is_not(None), Leg.role != "caller")
        return await self._session.scalar(answered) or 0
