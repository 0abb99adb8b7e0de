"""From pbx's events to the screens: the live board, and the card that comes before the ring."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError

from crm_api.contacts.lookup import Lookup
from crm_api.database import Database, to_the_end
from crm_api.errors import ApiError
from crm_api.ingest import Written
from crm_api.live.board import DATABASE_DOWN, PBX_DOWN
from crm_api.live.hub import Hub
from crm_api.times import now_micros
from nidaa.contracts import control
from nidaa.contracts.events import AgentReserved, Event, typed
from nidaa.contracts.live import Match
from nidaa.logging import Log

log = Log("crm_api.live")

LOOK_UP_FOR = 0.2  # seconds: pbx waits 0.3 for the card


class Publisher(Protocol):
    """Who keeps pbx's directory and the names on the board current."""

    async def publish(self, wait_for: float = 5.0) -> None: ...

    async def read_people(self) -> None: ...


class Feed:
    """Called by the pbx connection, in the order things happen. `ask` commands pbx."""

    ask: Callable[[control.Command], Awaitable[control.Result]]
    want_refresh: Callable[[], None]

    def __init__(
        self, hub: Hub, database: Database, tenant: str, country: str, publisher: Publisher
    ) -> None:
        self._hub, self._board, self._database = hub, hub.board, database
        self._tenant, self._country = tenant, country
        self._publisher = publisher
        self._old_until = 0
        self._is_database_down = False

    async def begin(self, live: control.LiveState) -> None:
        """Connected: the board shows what pbx says; earlier events ring no more."""
        self._old_until = live.seq
        await self._publisher.read_people()
        self._hub.publish(self._board.reset(live))
        self._hub.publish(self._board.clear_alarm(PBX_DOWN))

    async def catch_up(self) -> None:
        """What can wait until events flow: the directory, and callers not looked up yet."""
        try:
            await self._publisher.publish()
        except ApiError as error:
            log.error(f"pbx did not take the directory: {error}")
        for agent, view in self._board.calls.unmatched():
            await self._match(view.conversation, agent, view.from_number)

    def lost(self) -> None:
        """No pbx: what is shown grows old, and the screens say so."""
        text = "The telephone system does not answer; what is shown may be old."
        self._hub.publish(self._board.raise_alarm(PBX_DOWN, text, now_micros()))

    def database_failed(self, why: str) -> None:
        """Events wait in pbx; screens and calls do not."""
        if not self._is_database_down:
            self._is_database_down = True
            log.error(f"the database failed, events wait: {why}")
            text = "The database does not answer: history is kept and will be written later."
            self._hub.publish(self._board.raise_alarm(DATABASE_DOWN, text, now_micros()))

    def database_works(self) -> None:
        if self._is_database_down:
            self._is_database_down = False
            log.warning("the database works again")
            self._hub.publish(self._board.clear_alarm(DATABASE_DOWN))

    def hear(self, event: Event, tasks: asyncio.TaskGroup) -> None:
        """Show what this event means, now."""
        changes = self._board.apply(event)
        if event.type == "agent.reserved" and event.seq > self._old_until:
            data = typed(event)
            if isinstance(data, AgentReserved):
                changes.calls.pop(data.agent, None)  # shown with its card, a moment later
                tasks.create_task(self._pop(event.conversation, data))
        elif event.type == "registration.changed":
            self.want_refresh()
        self._hub.publish(changes)

    def refresh(self, live: control.LiveState) -> None:
        self._hub.publish(self._board.refresh(live))

    def written(self, written: Iterable[Written]) -> None:
        for one in written:
            self._hub.publish_history(one.conversation, one.contact, one.agents)

    async def card_shown(self, agent: str, attempt: str) -> None:
        """A browser of this agent has drawn the card: the phone may ring."""
        view = self._board.call_view(agent)
        if view is not None and view.attempt == attempt:
            await self._tell(control.CardShown(attempt, "shown"))

    async def _pop(self, conversation: str, data: AgentReserved) -> None:
        """The screen-pop. Without a screen the phone need not wait for one."""
        if not self._hub.has_browser(data.agent):
            await self._tell(control.CardShown(data.attempt, "none"))
        await self._match(conversation, data.agent, data.from_number)

    async def _match(self, conversation: str, agent: str, phone: str) -> None:
        """Look the caller up and show it; a slow database shows "unavailable" first."""
        looking = asyncio.create_task(self._look_up(phone, conversation))
        try:
            done, _ = await asyncio.wait((looking,), timeout=LOOK_UP_FOR)
            if not done:
                self._show(conversation, agent, Match("unavailable"))
            self._show(conversation, agent, await looking)
        finally:
            looking.cancel()
            await asyncio.wait((looking,))

    def _show(self, conversation: str, agent: str, match: Match) -> None:
        self._hub.publish_calls(self._board.calls.set_match(conversation, agent, match))

    @to_the_end
    async def _look_up(self, phone: str, conversation: str) -> Match:
        try:
            async with self._database.reading() as session:
                lookup = Lookup(session, self._tenant, self._country)
                return await lookup.match(phone, conversation)
        except (SQLAlchemyError, OSError) as error:
            log.error(f"the caller was not looked up: {error}", call=conversation)
            return Match("unavailable")

    async def _tell(self, command: control.CardShown) -> None:
        try:
            await self.ask(command)
        except ApiError as error:
            log.info(f"card {command.card} not taken: {error}", attempt=command.attempt)
