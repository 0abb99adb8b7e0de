"""pbx's connection to one media worker: requests out, replies and notices in; renewed when lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import cast

from nidaa.contracts.media import (
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

log = Log("media.connection")

Waiting = Callable[[Result | MediaLost], None]


class WorkerConnection(asyncio.Protocol):
    """One worker's stream. `up` and `down` are called in turn.

    A worker is up when it has answered, with the sessions it holds: one that is dying may still
    take a connection.
    """

    def __init__(
        self,
        path: Path,
        *,
        up: Callable[[Sessions], None],
        down: Callable[[], None],
        event: Callable[[MediaEvent], None],
    ) -> None:
        self._path, self._up, self._down, self._event = path, up, down, event
        self._transport: asyncio.Transport | None = None
        self._unframer: Unframer[FromWorker] = Unframer(FromWorker)
        self._waiting: dict[int, Waiting] = {}
        self._last_id = 0
        self._is_up = self._is_stopping = False
        self._lost = asyncio.Event()

    async def run(self) -> None:
        """Connect, and connect again, until cancelled; `down` is not called for that."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                self._lost.clear()
                with suppress(OSError):  # not there yet, or not any more
                    await loop.create_unix_connection(lambda: self, str(self._path))
                    await self._lost.wait()
                await asyncio.sleep(RETRY_AFTER)
        finally:
            self._is_stopping = True
            if self._transport:
                self._transport.abort()

    # --- requests

    def request(self, command: Command) -> asyncio.Future[Result]:
        """The result; raises MediaRefused, and MediaLost also when the worker dies meanwhile."""
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()

        def settle(result: Result | MediaLost) -> None:
            if future.done():  # whoever asked was cancelled
                return
            if isinstance(result, Failed):
                future.set_exception(MediaRefused(result.problem, result.text))
            elif isinstance(result, MediaLost):
                future.set_exception(result)
            else:
                future.set_result(result)

        self._send(command, settle)
        return future

    def tell(self, command: Command) -> None:
        """A command whose result is only logged, when it is a failure."""

        def settle(result: Result | MediaLost) -> None:
            if isinstance(result, Failed):
                log.warning(f"{type(command).__name__}: {result.text}")

        self._send(command, settle)

    def _send(self, command: Command, settle: Waiting) -> None:
        if self._transport is None:
            settle(MediaLost("the media worker is down"))
            return
        self._last_id += 1
        self._waiting[self._last_id] = settle
        self._transport.write(frame(Request(self._last_id, command)))

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
            if self._transport:
                self._transport.abort()

    def connection_lost(self, _exc: Exception | None) -> None:
        self._transport = None
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
