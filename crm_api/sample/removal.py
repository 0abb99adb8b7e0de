"""Removes the sample company and everything that happened with it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_api.configuration import read_configuration
from crm_api.database import Database
from crm_api.errors import NotFound
from crm_api.models import (
    Agent,
    AgentStateRow,
    Contact,
    ContactLink,
    Conversation,
    Disposition,
    EventRow,
    Extension,
    Leg,
    Note,
    Recording,
    RingAttempt,
    Segment,
    User,
)
from crm_api.recordings.files import audio_file, sidecar_of
from crm_api.sample.files import remove_files
from crm_api.sample.past import PREFIX
from nidaa.logging import Log
from nidaa.sample.company import DID_SALES, DID_SUPPORT
from nidaa.settings import Paths

log = Log("crm_api.sample")

OF_CONVERSATIONS = (Leg, Segment, RingAttempt, Recording, Disposition, Note, ContactLink)
PART = 500  # ids in one statement


async def remove(paths: Paths) -> None:
    """Remove its people, customers, calls, recordings and files. Does nothing when it is gone."""
    system = read_configuration(paths).system
    database = Database(system.database or paths.database_default)
    try:
        async with database.writing() as session:
            removed = await _Removal(session, system.tenant).run()
    finally:
        await database.close()
    for path in removed:
        _remove_recording(paths, path)
    remove_files(paths)
    log.info("the sample company is removed")


def _remove_recording(paths: Paths, path: str) -> None:
    try:
        file = audio_file(paths.recordings, path)
    except NotFound:
        return
    sidecar_of(file).unlink(missing_ok=True)
    file.unlink()


class _Removal:
    """One transaction; `run` returns the paths of recordings, whose files go after it."""

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        self._session, self._tenant = session, tenant

    async def run(self) -> list[str]:
        agents = list(
            await self._session.scalars(
                select(Agent.id).join(Agent.user).where(User.is_sample, self._mine(Agent))
            )
        )
        extensions = list(
            await self._session.scalars(
                select(Agent.extension_id).where(Agent.id.in_(agents), self._mine(Agent))
            )
        )
        conversations = await self._conversations(agents)
        recordings: list[str] = []
        for start in range(0, len(conversations), PART):
            recordings += await self._forget(conversations[start : start + PART])
        await self._forget_agents(agents, extensions)
        await self._session.execute(delete(Contact).where(Contact.is_sample, self._mine(Contact)))
        return recordings

    async def _conversations(self, agents: Sequence[str]) -> list[str]:
        """Those told by the sample, to its numbers, or taken by its agents."""
        by_agent = select(Leg.conversation).where(self._mine(Leg), Leg.agent.in_(agents))
        query = select(Conversation.id).where(
            self._mine(Conversation),
            or_(
                Conversation.id.startswith(PREFIX),
                Conversation.to_number.in_((DID_SUPPORT, DID_SALES) if agents else ()),
                Conversation.id.in_(by_agent),
            ),
        )
        return list(await self._session.scalars(query))

    async def _forget(self, conversations: Sequence[str]) -> list[str]:
        paths = await self._session.scalars(
            select(Recording.path).where(
                Recording.conversation.in_(conversations), Recording.path != ""
            )
        )
        found = list(paths)
        for model in OF_CONVERSATIONS:
            await self._delete(model, model.conversation.in_(conversations))
        await self._delete(EventRow, EventRow.conversation.in_(conversations))
        await self._delete(Conversation, Conversation.id.in_(conversations))
        return found

    async def _forget_agents(self, agents: Sequence[str], extensions: Sequence[str]) -> None:
        await self._delete(EventRow, EventRow.id.startswith(PREFIX))
        for agent in agents:
            said = EventRow.data.contains(f'"agent":"{agent}"', autoescape=True)
            await self._delete(EventRow, said)
        await self._delete(AgentStateRow, AgentStateRow.agent.in_(agents))
        # Agents, memberships and sessions go with their users, devices with their extension.
        await self._delete(User, User.is_sample.is_(True))
        await self._delete(Extension, Extension.id.in_(extensions))

    async def _delete(self, model: type, condition: ColumnElement[bool]) -> None:
        await self._session.execute(delete(model).where(self._mine(model), condition))

    def _mine(self, model: type) -> ColumnElement[bool]:
        condition: ColumnElement[bool] = model.tenant == self._tenant  # type: ignore[attr-defined]
        return condition
