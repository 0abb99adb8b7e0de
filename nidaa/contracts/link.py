"""A connection to pbx: what crm_api and the command line use to command it and to hear its events.

One object is one connection. When it is lost, LinkLost is raised wherever it is used; connecting
again, with the last event that was kept, is the caller's business.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path
from typing import Any

from nidaa.contracts import control
from nidaa.contracts.events import Event
from nidaa.contracts.wire import BadFrame, Unframer, frame

CONNECT_FOR = 5.0  # seconds until Welcome must have come
REPLY_FOR = 5.0


class LinkLost(ConnectionError):
    """pbx cannot be reached, or went away; what was asked may or may not have been done."""


class _Receiver(asyncio.Protocol):
    """Sorts what pbx says: the welcome, replies by request id, batches of events in order."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.welcome: asyncio.Future[control.Welcome] = loop.create_future()
        self.closed = asyncio.Event()
        self.replies: dict[int, asyncio.Future[control.Result]] = {}
        self.batches: asyncio.Queue[tuple[Event, ...] | None] = asyncio.Queue()
        self._unframer: Unframer[control.FromPbx] = Unframer(control.FromPbx)
        self._transport: asyncio.Transport | None = None
        self._why = "pbx closed the connection"

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        try:
            for message in self._unframer.feed(data):
                self._received(message)
        except BadFrame as error:
            self._why = f"pbx speaks another protocol or version: {error}"
            if self._transport is not None:
                self._transport.abort()

    def _received(self, message: control.FromPbx) -> None:
        match message:
            case control.Events():
                self.batches.put_nowait(message.events)
            case control.Reply():
                future = self.replies.pop(message.id, None)
                if future is not None and not future.done():
                    future.set_result(message.result)
            case control.Welcome() if not self.welcome.done():
                self.welcome.set_result(message)

    def connection_lost(self, exc: Exception | None) -> None:
        if exc is not None:
            self._why = str(exc) or type(exc).__name__
        unanswered: list[asyncio.Future[Any]] = [self.welcome, *self.replies.values()]
        for future in unanswered:
            if not future.done():
                future.set_exception(LinkLost(self._why))
                future.exception()  # nobody may be waiting; then nothing is to be reported
        self.replies.clear()
        self.batches.put_nowait(None)
        self.closed.set()

    @property
    def why(self) -> str:
        return self._why


class PbxLink:
    """Made by `connect`; usable as `async with await PbxLink.connect(...) as link`."""

    def __init__(
        self, transport: asyncio.Transport, receiver: _Receiver, welcome: control.Welcome
    ) -> None:
        self._transport, self._receiver = transport, receiver
        self._ids = count(1)
        self.welcome = welcome

    @classmethod
    async def connect(cls, path: Path, client: str, events_after: int = -1) -> PbxLink:
        """Connect as `client`; with `events_after` >= 0 `batches` gives the events after it.

        `welcome.last_seq` below `events_after` means that pbx lost its outbox (a crash of the
        machine, another disk): pbx then sends everything it has, and an event is known by its id.
        Raises LinkLost.
        """
        loop = asyncio.get_running_loop()
        try:
            transport, receiver = await loop.create_unix_connection(_Receiver, str(path))
        except OSError as error:
            raise LinkLost(f"no pbx at {path}: {error.strerror or error}") from error
        transport.write(frame(control.Hello(client, events_after)))
        try:
            welcome = await asyncio.wait_for(receiver.welcome, CONNECT_FOR)
        except TimeoutError:
            transport.abort()
            raise LinkLost(f"pbx at {path} did not answer in {CONNECT_FOR:g} s") from None
        return cls(transport, receiver, welcome)

    @property
    def is_lost(self) -> bool:
        return self._receiver.closed.is_set()

    async def request(
        self, command: control.Command, key: str = "", wait_for: float = REPLY_FOR
    ) -> control.Result:
        """Give a command and return pbx's answer to it. Raises LinkLost, also after `wait_for`.

        Repeating a request with the same non-empty `key` does nothing twice, whether on this
        connection or on the next one.
        """
        if self.is_lost:
            raise LinkLost(self._receiver.why)
        number = next(self._ids)
        future: asyncio.Future[control.Result] = asyncio.get_running_loop().create_future()
        self._receiver.replies[number] = future
        self._transport.write(frame(control.Request(number, command, key)))
        try:
            return await asyncio.wait_for(future, wait_for)
        except TimeoutError:
            raise LinkLost(f"pbx did not answer in {wait_for:g} s") from None
        finally:
            self._receiver.replies.pop(number, None)

    async def batches(self) -> AsyncIterator[tuple[Event, ...]]:
        """Events in order of seq, without gaps, as they come. Raises LinkLost at the end.

        Call `ack` when they are kept: pbx stops sending when too many are not acknowledged.
        """
        while (batch := await self._receiver.batches.get()) is not None:
            yield batch
        self._receiver.batches.put_nowait(None)
        raise LinkLost(self._receiver.why)

    def ack(self, seq: int) -> None:
        """Events up to `seq` are kept here; pbx may forget them. Does nothing on a lost link."""
        if not self.is_lost:
            self._transport.write(frame(control.Ack(seq)))

    async def close(self) -> None:
        """Close the connection; idempotent."""
        self._transport.close()
        await self._receiver.closed.wait()

    async def __aenter__(self) -> PbxLink:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
