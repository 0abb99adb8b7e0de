"""Removes the sample company and everything that happened with it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_api.callcenter.directory import build_directory
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
from crm_api.times import now_micros
from nidaa.config.models import System
from nidaa.contracts import control
from nidaa.contracts.link import PbxLink
from nidaa.logging import Log
from nidaa.sample.company import DID_SALES, DID_SUPPORT
from nidaa.settings import Paths

log = Log("crm_api.sample")

OF_CONVERSATIONS = (Leg, Segment, RingAttempt, Recording, Disposition, Note, ContactLink)
ASKS, ASK_EVERY = 50, 0.1  # times and seconds: how long crm_api may take to write
PART = 500  # ids in one statement


async def remove(paths: Paths) -> None:
    """Remove its people, customers, calls, recordings and files. Does nothing when it is gone.

    A running pbx is told, and what it has to say of its agents' leaving is removed too.
    """
    system = read_configuration(paths).system
    database = Database(system.database or paths.database_default)
    try:
        staff = await _staff(database, system.tenant)
        removed = await _sweep(database, system.tenant, staff)
        if staff.agents and await _told_pbx(paths, database, system):
            removed += await _sweep(database, system.tenant, staff)
    finally:
        await database.close()
    for path in removed:
        _remove_recording(paths, path)
    remove_files(paths)
    log.info("the sample company is removed")


@dataclass(frozen=True, slots=True)
class _Staff:
    """The sample's agents, by id, and their extensions by id and number."""

    agents: tuple[str, ...]
    extensions: tuple[str, ...]
    numbers: tuple[str, ...]


async def _staff(database: Database, tenant: str) -> _Staff:
    query = (
        select(Agent.id, Extension.id, Extension.number)
        .join(Agent.user)
        .join(Agent.extension)
        .where(User.is_sample, Agent.tenant == tenant)
    )
    async with database.reading() as session:
        rows = (await session.execute(query)).all()
    agents, extensions, numbers = zip(*rows, strict=True) if rows else ((), (), ())
    return _Staff(tuple(agents), tuple(extensions), tuple(numbers))


async def _sweep(database: Database, tenant: str, staff: _Staff) -> list[str]:
    async with database.writing() as session:
        return await _Removal(session, tenant, staff).run()


async def _told_pbx(paths: Paths, database: Database, system: System) -> bool:
    """Give a running pbx the directory without them; True when its events of that are here."""
    try:
        async with await PbxLink.connect(paths.pbx_socket, client="cli") as link:
            async with database.reading() as session:
                directory = await build_directory(
                    session, system.tenant, system.domain, now_micros()
                )
            await link.request(control.PublishDirectory(directory))
            return await _are_events_here(link)
    except OSError:  # it does not run
        return False


async def _are_events_here(link: PbxLink) -> bool:
    """Has crm_api written all that pbx has said until now?"""
    last_seq: int | None = None
    for _ in range(ASKS):
        health = await link.request(control.GetHealth())
        if not isinstance(health, control.Health):
            return False
        last_seq = health.last_seq if last_seq is None else last_seq
        if health.acked_seq >= last_seq:
            return True
        await asyncio.sleep(ASK_EVERY)
    log.warning("crm_api is away: remove the sample company once more when it is back")
    return False


def _remove_recording(paths: Paths, path: str) -> None:
    try:
        file = audio_file(paths.recordings, path)
    except NotFound:
        return
    sidecar_of(file).unlink(missing_ok=True)
    file.unlink()


class _Removal:
    """One transaction; `run` returns the paths of recordings, whose files go after it."""

    def __init__(self, session: AsyncSession, tenant: str, staff: _Staff) -> None:
        self._session, self._tenant, self._staff = session, tenant, staff

    async def run(self) -> list[str]:
        conversations = await self._conversations(self._staff.agents)
        recordings: list[str] = []
        for start in range(0, len(conversations), PART):
            recordings += await self._forget(conversations[start : start + PART])
        await self._forget_staff()
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

    async def _forget_staff(self) -> None:
        staff = self._staff
        await self._delete(EventRow, EventRow.id.startswith(PREFIX))
        for agent in staff.agents:
            await self._delete(EventRow, _says("agent", agent))
        for number in staff.numbers:
            registered = EventRow.type == "registration.changed"
            await self._delete(EventRow, and_(registered, _says("extension", number)))
        await self._delete(AgentStateRow, AgentStateRow.agent.in_(staff.agents))
        # Agents, memberships and sessions go with their users, devices with their extension.
        await self._delete(User, User.is_sample.is_(True))
        await self._delete(Extension, Extension.id.in_(staff.extensions))

    async def _delete(self, model: type, condition: ColumnElement[bool]) -> None:
        await self._session.execute(delete(model).where(self._mine(model), condition))

    def _mine(self, model: type) -> ColumnElement[bool]:
        condition: ColumnElement[bool] = model.tenant == self._tenant  # type: ignore[attr-defined]
        return condition


def _says(name: str, value: str) -> ColumnElement[bool]:
    """Does the event carry this field with this value?"""
    return EventRow.data.contains(f'"{name}":"{value}"', autoescape=True)
