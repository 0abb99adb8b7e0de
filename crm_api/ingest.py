"""Takes events in: each batch with its effects and the cursor in one transaction.

So an event takes effect exactly once, however often it is sent. All that is folded can be made
again from the kept events by `rebuild`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from crm_api.calls.facts import History
from crm_api.calls.history_repository import HistoryRepository
from crm_api.calls.ledger import Ledger, agents_of, rows_changed
from crm_api.calls.links import LinkRepository
from crm_api.contacts.lookup import Lookup
from crm_api.database import Database, to_the_end
from nidaa.contracts.events import Direction, Event
from nidaa.logging import Log

log = Log("crm_api.ingest")

BATCH = 200  # events in one transaction
SEEN_TYPES = frozenset(("call.started", "call.ended", "recording.ready", "recording.started"))


@dataclass(frozen=True, slots=True)
class Written:
    """A conversation that browsers should fetch again, and who was in it."""

    conversation: str
    contact: str
    agents: frozenset[str]


class Ingest:
    """Writes events and what follows from them."""

    def __init__(self, database: Database, tenant: str, country: str) -> None:
        self._database, self._tenant, self._country = database, tenant, country

    @to_the_end
    async def cursor(self) -> int:
        async with self._database.reading() as session:
            return await HistoryRepository(session, self._tenant).cursor()

    @to_the_end
    async def take(self, events: Sequence[Event]) -> list[Written]:
        """Keep these events and their effects; returns what changed for those who look at it."""
        async with self._database.writing() as session:
            history = HistoryRepository(session, self._tenant)
            fresh = await history.unknown(events)
            await history.keep(fresh)
            written = await self._fold(session, fresh)
            # An outbox that was lost numbers from 1 again, so the cursor may go back.
            await history.set_cursor(events[-1].seq)
        return written

    async def add(self, events: Sequence[Event]) -> None:
        """Keep events that pbx did not send (the sample company's past); the cursor stays."""
        async with self._database.writing() as session:
            history = HistoryRepository(session, self._tenant)
            fresh = await history.unknown(events)
            await history.keep(fresh)
            await self._fold(session, fresh)

    async def rebuild(self) -> int:
        """Fold all kept events anew, in one transaction; returns how many they were."""
        count, number = 0, 0
        async with self._database.writing() as session:
            history = HistoryRepository(session, self._tenant)
            await history.forget_folded()
            while rows := await history.events_after(number, BATCH):
                events = [
                    Event(
                        row.id,
                        row.seq,
                        row.type,
                        row.at,
                        row.tenant,
                        row.conversation,
                        msgspec.Raw(row.data.encode()),
                    )
                    for row in rows
                ]
                await self._fold(session, events)
                number, count = rows[-1].number, count + len(rows)
                session.expunge_all()
        log.info(f"history rebuilt from {count} events")
        return count

    async def _fold(self, session: AsyncSession, events: Sequence[Event]) -> list[Written]:
        history = HistoryRepository(session, self._tenant)
        states = await history.open_states(agents_of(events))
        ids = {event.conversation for event in events if event.conversation}
        ids |= {state.conversation for state in states.values() if state.conversation}
        new = {event.conversation for event in events if event.type == "call.started"}
        before = {**dict.fromkeys(new, History()), **await history.histories(ids - new)}
        has_alarms = any(event.type.startswith("alarm.") for event in events)
        alarms = await history.open_alarms() if has_alarms else {}
        ledger = Ledger(dict(before), states, alarms)
        for event in events:
            ledger.apply(event)
        changed = [
            fact
            for id_, after in ledger.histories.items()
            for fact in rows_changed(before[id_], after)
        ]
        await history.save([*changed, *ledger.state_rows.values(), *ledger.alarm_rows.values()])
        await self._link(session, ledger)
        return await self._written(session, events, ledger)

    async def _link(self, session: AsyncSession, ledger: Ledger) -> None:
        """A call from outside whose number leads to exactly one contact is that contact's."""
        lookup = Lookup(session, self._tenant, self._country)
        links = LinkRepository(session, self._tenant)
        for id_, started in ledger.started.items():
            if started.direction is not Direction.INBOUND:
                continue
            match = await lookup.match(started.from_number, id_)
            conversation = ledger.histories[id_].conversation
            if match.kind == "one" and conversation is not None:
                await links.link_if_new(id_, match.contacts[0].id, conversation.started_at)

    async def _written(
        self, session: AsyncSession, events: Sequence[Event], ledger: Ledger
    ) -> list[Written]:
        seen = {event.conversation for event in events if event.type in SEEN_TYPES}
        seen |= {
            event.conversation
            for event in events
            if event.type == "agent.state" and ledger.is_ended(event.conversation)
        }
        contacts = await LinkRepository(session, self._tenant).contacts_of(seen)
        return [
            Written(
                id_,
                contacts.get(id_, ""),
                frozenset(leg.agent for leg in ledger.histories[id_].legs.values() if leg.agent),
            )
            for id_ in sorted(seen)
        ]
