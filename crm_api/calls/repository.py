"""Queries on conversations as people read them, and on what agents wrote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from sqlalchemy import ColumnElement, Select, Table, and_, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_api.database import upsert
from crm_api.models import (
    ContactLink,
    Conversation,
    Disposition,
    Leg,
    Note,
    Recording,
    RingAttempt,
    Segment,
)

Part = TypeVar("Part", Leg, Segment, RingAttempt, Recording, Disposition, Note)
BEGINS: dict[type, Any] = {
    Leg: Leg.started_at,
    Segment: Segment.started_at,
    RingAttempt: RingAttempt.reserved_at,
    Recording: Recording.started_at,
    Disposition: Disposition.saved_at,
    Note: Note.saved_at,
}


@dataclass(frozen=True, slots=True)
class Filter:
    """Which conversations; "" and None leave a thing open. Instants are UTC microseconds."""

    queue: str = ""
    agent: str = ""
    contact: str = ""
    outcome: str = ""
    from_at: int | None = None
    to_at: int | None = None


class ConversationRepository:
    def __init__(self, session: AsyncSession, tenant: str) -> None:
        self._session, self._tenant = session, tenant

    def _conversations(self) -> Select[Conversation]:
        return select(Conversation).where(Conversation.tenant == self._tenant)

    async def by_id(self, conversation: str) -> Conversation | None:
        query = self._conversations().where(Conversation.id == conversation)
        return await self._session.scalar(query)

    async def is_of_agent(self, conversation: str, agent: str) -> bool:
        """Did a leg of it, or a ring attempt, belong to this agent?"""
        query = self._conversations().where(Conversation.id == conversation, self._of_agent(agent))
        return await self._session.scalar(query) is not None

    async def page(
        self, wanted: Filter, before: tuple[int, str] | None, limit: int
    ) -> Sequence[Conversation]:
        """The newest first, from the one before this (started_at, id)."""
        query = self._conversations().where(*self._conditions(wanted))
        if before is not None:
            at, id_ = before
            query = query.where(
                or_(
                    Conversation.started_at < at,
                    and_(Conversation.started_at == at, Conversation.id < id_),
                )
            )
        ordered = query.order_by(Conversation.started_at.desc(), Conversation.id.desc())
        return (await self._session.scalars(ordered.limit(limit))).all()

    def _conditions(self, wanted: Filter) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if wanted.queue:
            found.append(Conversation.queue == wanted.queue)
        if wanted.outcome:
            found.append(Conversation.outcome == wanted.outcome)
        if wanted.from_at is not None:
            found.append(Conversation.started_at >= wanted.from_at)
        if wanted.to_at is not None:
            found.append(Conversation.started_at < wanted.to_at)
        if wanted.agent:
            found.append(self._of_agent(wanted.agent))
        if wanted.contact:
            mine = select(ContactLink.conversation).where(
                ContactLink.tenant == self._tenant, ContactLink.contact_id == wanted.contact
            )
            found.append(Conversation.id.in_(mine))
        return found

    def _of_agent(self, agent: str) -> ColumnElement[bool]:
        legs = exists().where(Leg.conversation == Conversation.id, Leg.agent == agent)
        rings = exists().where(
            RingAttempt.conversation == Conversation.id, RingAttempt.agent == agent
        )
        return or_(legs, rings)

    async def parts(self, kind: type[Part], conversations: Sequence[str]) -> dict[str, list[Part]]:
        """Rows of that kind of each conversation, oldest first."""
        query = select(kind).where(
            kind.tenant == self._tenant, kind.conversation.in_(conversations)
        )
        found: dict[str, list[Part]] = {}
        for row in await self._session.scalars(query.order_by(BEGINS[kind])):
            found.setdefault(row.conversation, []).append(row)
        return found

    async def recording(self, recording: str) -> Recording | None:
        return await self._session.scalar(
            select(Recording).where(Recording.tenant == self._tenant, Recording.id == recording)
        )

    async def put_note(self, conversation: str, agent: str, text: str, now: int) -> None:
        row = {"tenant": self._tenant, "conversation": conversation, "agent": agent}
        await upsert(
            self._session, cast(Table, Note.__table__), [{**row, "text": text, "saved_at": now}]
        )

    async def put_disposition(self, conversation: str, agent: str, code: str, now: int) -> None:
        row = {"tenant": self._tenant, "conversation": conversation, "agent": agent}
        table = cast(Table, Disposition.__table__)
        await upsert(self._session, table, [{**row, "code": code, "saved_at": now}])
