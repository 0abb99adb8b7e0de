"""pbx's connection to one media worker: requests out, replies and notices in; renewed when lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import cast

from nidaa.contracts.media import (
    UNANSWERED,
    Command,
    Failed,
    FromWorker,
    ListSessions,
    MediaEvent,
    MediaLost,
    MediaRefused,
    Notice,
    Request,
    Result,
    Sessions,
)
from nidaa.contracts.wire import BadFrame, Unframer, frame
from nidaa.logging import Log

RETRY_AFTER = 0.2  # seconds between two attempts to connect
PATIENCE = 0.01  # seconds that a command nobody waits for may wait for others to go with it
LOOK_EVERY = 2.0  # seconds; a request unanswered at two looks after it was sent is one too many

log = Log("media.connection")

Waiting = Callable[[Result | MediaLost], None]


class WorkerConnection(asyncio.Protocol):
    """One worker's stream. `up` and `down` are called in turn.

    A worker is up when it has answered, with the sessions it holds: one that is dying may still
    take a connection. One that has not answered for two to three times `look_every` hangs: it is
    down until it answers again, so no call waits for it for ever.
    """

    def __init__(
        self,
        path: Path,
        *,
        up: Callable[[Sessions], None],
        down: Callable[[], None],
        event: Callable[[MediaEvent], None],
        look_every: float = LOOK_EVERY,
    ) -> None:
        self._path, self._up, self._down, self._event = path, up, down, event
        self._look_every = look_every
        self._transport: asyncio.Transport | None = None
        self._unframer: Unframer[FromWorker] = Unframer(FromWorker)
        self._waiting: dict[int, Waiting] = {}
        self._last_id = 0
        self._unsent: list[bytes] = []
        self._flush_later: asyncio.TimerHandle | None = None
        self._is_flushing_soon = False
        self._is_up = self._is_stopping = False
        self._lost = asyncio.Event()

    async def run(self) -> None:
        """Connect, and connect again, until cancelled; `down` is not called for that."""
        try:
            while True:
                self._lost.clear()
                with suppress(OSError):  # not there yet, or not any more
                    await self._connect()
                    await self._watch()
                await asyncio.sleep(RETRY_AFTER)
        finally:
            self._is_stopping = True
            self._flush()
            self._abort()

    async def _connect(self) -> None:
        """Raises OSError; also when a worker that hangs has no place left for a connection."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(self._look_every):
            await loop.create_unix_connection(lambda: self, str(self._path))

    async def _watch(self) -> None:
        """Stay until the connection is lost; end it when an answer is overdue."""
        before = last = 0
        while not await self._is_lost_within(self._look_every):
            oldest = next(iter(self._waiting), self._last_id + 1)
            if oldest <= before:
                log.error(f"{self._path.name} does not answer: taken for down")
                self._abort()
                await self._lost.wait()
                return
            if not self._waiting:
                self._send(ListSessions(), _ignore)  # an idle worker must show that it lives, too
            before, last = last, self._last_id

    async def _is_lost_within(self, wait_for: float) -> bool:
        try:
            async with asyncio.timeout(wait_for):
                return await self._lost.wait()
        except TimeoutError:
            return False

    def _abort(self) -> None:
        if self._transport:
            self._transport.abort()

    # --- requests

    def request(self, command: Command, *, is_urgent: bool = True) -> asyncio.Future[Result]:
        """The result; raises MediaRefused, and MediaLost also when the worker dies meanwhile."""
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._send(command, partial(_settle, future), is_urgent=is_urgent)
        return future

    def tell(self, command: Command) -> None:
        """A command that is not answered; when it fails, that is logged."""
        if self._transport is not None:
            self._write(Request(UNANSWERED, command), is_urgent=False)

    def _send(self, command: Command, settle: Waiting, *, is_urgent: bool = True) -> None:
        if self._transport is None:
            settle(MediaLost("the media worker is down"))
            return
        self._last_id += 1
        self._waiting[self._last_id] = settle
        self._write(Request(self._last_id, command), is_urgent=is_urgent)

    def _write(self, request: Request, *, is_urgent: bool) -> None:
        """Requests of one pass of the loop are one write, and the others go with the next one."""
        self._unsent.append(frame(request))
        loop = asyncio.get_running_loop()
        if not is_urgent:
            if self._flush_later is None:
                self._flush_later = loop.call_later(PATIENCE, self._flush)
        elif not self._is_flushing_soon:
            self._is_flushing_soon = True
            loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._is_flushing_soon = False
        if self._flush_later is not None:
            self._flush_later.cancel()
            self._flush_later = None
        if self._unsent and self._transport is not None:
            self._transport.write(b"".join(self._unsent))
        self._unsent.clear()

    # --- asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Not checked: uvloop's transports are no subclass of asyncio's.
        self._transport = cast(asyncio.Transport, transport)
        self._unframer = Unframer(FromWorker)
        self._send(ListSessions(), self._answered)

    def _answered(self, result: Result | MediaLost) -> None:
        if isinstance(result, Sessions):
            self._is_up = True
            self._up(result)

    def data_received(self, data: bytes) -> None:
        try:
            for message in self._unframer.feed(data):
                self._receive(message)
        except BadFrame as error:
            log.error(f"{self._path.name} speaks another protocol: {error}")
            self._abort()

    def connection_lost(self, _exc: Exception | None) -> None:
        self._transport = None
        self._flush()
        waiting, self._waiting = self._waiting, {}
        for settle in waiting.values():
            settle(MediaLost("the media worker died"))
        self._lost.set()
        was_up, self._is_up = self._is_up, False
        if was_up and not self._is_stopping:
            self._down()

    def _receive(self, message: FromWorker) -> None:
        if isinstance(message, Notice):
            self._event(message.event)
        elif settle := self._waiting.pop(message.id, None):
            settle(message.result)
        elif isinstance(message.result, Failed):
            log.warning(f"a command failed: {message.result.text}")


def _settle(future: asyncio.Future[Result], result: Result | MediaLost) -> None:
    if future.done():  # whoever asked was cancelled
        return
    if isinstance(result, Failed):
        future.set_exception(MediaRefused(result.problem, result.text))
    elif isinstance(result, MediaLost):
        future.set_exception(result)
    else:
        future.set_result(result)


def _ignore(_result: Result | MediaLost) -> None:
    """That there was an answer is all that was asked."""
