"""Keeps connected to pbx: commands go out, events come in, the directory is kept current there.

Events touch the live screens as they arrive, before and whether or not the database keeps up;
a second task writes them down in order and only then acknowledges them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from crm_api.errors import PbxDown, RefusedByPbx
from crm_api.ingest import BATCH, Ingest, Written
from crm_api.live.feed import Feed
from nidaa.contracts import control
from nidaa.contracts.events import Event
from nidaa.contracts.link import LinkLost, PbxLink
from nidaa.logging import Log

log = Log("crm_api.pbx")

CLIENT = "crm_api"
FIRST_RETRY, LAST_RETRY = 0.1, 2.0  # seconds
REFRESH_AFTER = 0.2  # seconds: several reasons to ask make one question
ASK_FOR = 5.0
GATHER_FOR = 0.05  # seconds that events wait for others, to be written in one transaction
FRAMES = 64  # batches that may wait for the database


class PbxConnection:
    """One at a time; `run` connects again for ever. `ask` works while it is connected."""

    def __init__(self, socket: Path, ingest: Ingest, feed: Feed) -> None:
        self._socket, self._ingest, self._feed = socket, ingest, feed
        self._link: PbxLink | None = None
        self._stale = asyncio.Event()
        self._is_stopping = False
        feed.ask = self.ask
        feed.want_refresh = self._stale.set

    @property
    def is_connected(self) -> bool:
        return self._link is not None and not self._link.is_lost

    async def ask(
        self, command: control.Command, key: str = "", wait_for: float = ASK_FOR
    ) -> control.Result:
        """Give a command and return the result. Raises PbxDown, RefusedByPbx."""
        link = self._link
        if link is None or link.is_lost:
            raise PbxDown
        try:
            result = await link.request(command, key, wait_for)
        except LinkLost as error:
            raise PbxDown from error
        if isinstance(result, control.Refused):
            raise RefusedByPbx(result.code.value, result.text)
        return result

    async def order(self, command: control.Command) -> None:
        """A command that changes an agent; what no event tells of it is asked for after."""
        await self.ask(command)
        self._stale.set()

    def stop(self) -> None:
        """Connect no more. A group that fails while it is cancelled says nothing of the latter."""
        self._is_stopping = True

    async def run(self) -> None:
        """Stay connected until `stop` and then cancelled."""
        pause, said = FIRST_RETRY, ""
        while not self._is_stopping:
            try:
                await self._connected()
            except* LinkLost as lost:
                why = str(lost.exceptions[0])
            except* (SQLAlchemyError, OSError) as broken:
                why = f"the database failed: {broken.exceptions[0]}"
                self._feed.database_failed(str(broken.exceptions[0]))
            if self._link is not None:
                pause, said, self._link = FIRST_RETRY, "", None
            self._feed.lost()
            if why != said:
                log.warning(f"no pbx: {why}")
                said = why
            await asyncio.sleep(pause)
            pause = min(LAST_RETRY, pause * 2)

    async def _connected(self) -> None:
        """One connection's life. Raises LinkLost, alone or in a group, at its end."""
        cursor = await self._ingest.cursor()
        async with await PbxLink.connect(self._socket, CLIENT, cursor) as link:
            live = await link.request(control.GetLive())
            if not isinstance(live, control.LiveState):
                raise LinkLost("pbx does not say how it is")
            self._link = link
            log.info("connected to pbx", seq=link.welcome.last_seq, cursor=cursor)
            await self._feed.begin(live)
            pending: asyncio.Queue[Sequence[Event]] = asyncio.Queue(FRAMES)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._receive(link, pending, tasks))
                tasks.create_task(self._write(link, pending))
                tasks.create_task(self._refresh(link))
                tasks.create_task(self._feed.catch_up())

    async def _receive(
        self, link: PbxLink, pending: asyncio.Queue[Sequence[Event]], tasks: asyncio.TaskGroup
    ) -> None:
        async for batch in link.batches():
            for event in batch:
                self._feed.hear(event, tasks)
            await pending.put(batch)

    async def _write(self, link: PbxLink, pending: asyncio.Queue[Sequence[Event]]) -> None:
        """Write what came, several batches at once when they have piled up."""
        while True:
            events = list(await pending.get())
            await asyncio.sleep(GATHER_FOR)
            while not pending.empty() and len(events) < BATCH:
                events += pending.get_nowait()
            for start in range(0, len(events), BATCH):
                part = events[start : start + BATCH]
                written = await self._take(part)
                link.ack(part[-1].seq)
                self._feed.written(written)

    async def _take(self, events: Sequence[Event]) -> list[Written]:
        """Write them, trying as often as it takes: meanwhile screens and commands work on."""
        pause = FIRST_RETRY
        while True:
            try:
                written = await self._ingest.take(events)
            except (SQLAlchemyError, OSError) as error:
                self._feed.database_failed(str(error))
                await asyncio.sleep(pause)
                pause = min(LAST_RETRY, pause * 2)
            else:
                self._feed.database_works()
                return written

    async def _refresh(self, link: PbxLink) -> None:
        while True:
            await self._stale.wait()
            await asyncio.sleep(REFRESH_AFTER)
            self._stale.clear()
            live = await link.request(control.GetLive())
            if isinstance(live, control.LiveState):
                self._feed.refresh(live)
