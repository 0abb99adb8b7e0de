"""Reads and writes the rows that are folded from events, in whole batches."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any, TypeVar, cast

from sqlalchemy import BindParameter, Executable, RowMapping, Table, bindparam, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_api.calls.facts import (
    AgentStateFact,
    AlarmFact,
    ConversationFact,
    History,
    LegFact,
    RecordingFact,
    RingFact,
    SegmentFact,
)
from crm_api.database import upsert
from crm_api.models import (
    AgentStateRow,
    AlarmRow,
    Base,
    Conversation,
    Cursor,
    EventRow,
    Leg,
    Recording,
    RingAttempt,
    Segment,
)
from nidaa.contracts.events import Event

TABLES: dict[type, type[Base]] = {
    ConversationFact: Conversation,
    LegFact: Leg,
    SegmentFact: Segment,
    RingFact: RingAttempt,
    RecordingFact: Recording,
    AgentStateFact: AgentStateRow,
    AlarmFact: AlarmRow,
}
KNOWN_EVENTS = select(EventRow.id).where(
    EventRow.tenant == bindparam("tenant"), EventRow.id.in_(bindparam("wanted", expanding=True))
)
COLUMNS = {fact: tuple(field.name for field in fields(fact)) for fact in TABLES}
CURSOR = "pbx"

F = TypeVar("F")


class HistoryRepository:
    def __init__(self, session: AsyncSession, tenant: str) -> None:
        self._session, self._tenant = session, tenant

    async def cursor(self) -> int:
        """The seq of the last event whose effect is kept; 0 for none."""
        found = await self._session.get(Cursor, (self._tenant, CURSOR))
        return found.seq if found else 0

    async def set_cursor(self, seq: int) -> None:
        row = {"tenant": self._tenant, "name": CURSOR, "seq": seq}
        await upsert(self._session, _table(Cursor), [row])

    async def unknown(self, events: Sequence[Event]) -> list[Event]:
        """Those of the events that are not kept yet."""
        ids = [event.id for event in events]
        values = {"tenant": self._tenant, "wanted": ids}
        known = set(await self._session.scalars(KNOWN_EVENTS, values))
        fresh = {event.id: event for event in events if event.id not in known}
        return list(fresh.values())

    async def keep(self, events: Iterable[Event]) -> None:
        """Write events down as they came."""
        rows = [
            {
                "tenant": self._tenant,
                "id": event.id,
                "seq": event.seq,
                "type": event.type,
                "at": event.at,
                "conversation": event.conversation,
                "data": bytes(event.data).decode(),
            }
            for event in events
        ]
        if rows:
            await self._session.execute(_table(EventRow).insert(), rows)

    async def events_after(self, number: int, limit: int) -> Sequence[EventRow]:
        """Kept events in the order they came, from the one after `number`."""
        query = select(EventRow).where(EventRow.tenant == self._tenant, EventRow.number > number)
        return (await self._session.scalars(query.order_by(EventRow.number).limit(limit))).all()

    async def histories(self, ids: Iterable[str]) -> dict[str, History]:
        """What is known of these conversations."""
        wanted = sorted(ids)
        conversations = {
            fact.id: fact for fact in await self._facts(ConversationFact, "id", wanted)
        }
        legs = await self._by_conversation(LegFact, wanted)
        segments = await self._by_conversation(SegmentFact, wanted)
        rings = await self._by_conversation(RingFact, wanted)
        recordings = await self._by_conversation(RecordingFact, wanted)
        return {
            id_: History(
                conversations.get(id_),
                legs.get(id_, {}),
                segments.get(id_, {}),
                rings.get(id_, {}),
                recordings.get(id_, {}),
            )
            for id_ in wanted
        }

    async def open_states(self, agents: Iterable[str]) -> dict[str, AgentStateFact]:
        """The state each of these agents is in."""
        facts = await self._facts(AgentStateFact, "agent", sorted(agents), only_open=True)
        return {fact.agent: fact for fact in facts}

    async def open_alarms(self) -> dict[str, AlarmFact]:
        query = select(_table(AlarmRow)).where(
            AlarmRow.tenant == self._tenant, AlarmRow.ended_at.is_(None)
        )
        rows = (await self._session.execute(query)).mappings()
        return {row["alarm"]: _fact(AlarmFact, row) for row in rows}

    async def save(self, facts: Iterable[object]) -> None:
        """Write facts, each in place of what was known of the same."""
        by_kind: dict[type, list[dict[str, Any]]] = {}
        for fact in facts:
            row = {name: getattr(fact, name) for name in COLUMNS[type(fact)]}
            by_kind.setdefault(type(fact), []).append(row)
        for kind, rows in by_kind.items():
            await upsert(self._session, _table(TABLES[kind]), rows)

    async def forget_folded(self) -> None:
        """Remove every row that is folded from events; the events stay."""
        for model in TABLES.values():
            table = _table(model)
            await self._session.execute(delete(table).where(table.c.tenant == self._tenant))

    async def _by_conversation(
        self, kind: type[F], conversations: Sequence[str]
    ) -> dict[str, dict[str, F]]:
        found: dict[str, dict[str, F]] = {}
        for fact in await self._facts(kind, "conversation", conversations):
            row: Any = fact
            found.setdefault(row.conversation, {})[row.id] = fact
        return found

    async def _facts(
        self, kind: type[F], column: str, values: Sequence[str], *, only_open: bool = False
    ) -> list[F]:
        if not values:
            return []
        values_of = {"tenant": self._tenant, "wanted": values}
        query = _facts_where(TABLES[kind], column, only_open)
        rows = await self._session.execute(query, values_of)
        return [_fact(kind, row) for row in rows.mappings()]


@functools.cache
def _facts_where(model: type[Base], column: str, only_open: bool) -> Executable:
    """Facts whose `column` is one of `wanted`, oldest first; built once."""
    table = _table(model)
    wanted: BindParameter[Any] = bindparam("wanted", expanding=True)
    query = select(table).where(table.c.tenant == bindparam("tenant"), table.c[column].in_(wanted))
    if only_open:
        query = query.where(table.c.ended_at.is_(None))
    order = table.c.get("reserved_at", table.c.get("started_at"))
    return query.order_by(order, table.c.id)


def _table(model: type[Base]) -> Table:
    return cast(Table, model.__table__)


def _fact(kind: type[F], row: RowMapping) -> F:
    return kind(**{name: row[name] for name in COLUMNS[kind]})
