"""The control server: crm_api and the command line over a Unix socket.

Only the user pbx runs as, and root, may connect. Commands are answered in the order in which they
are done. Events are written to a client as soon as they are on disk; one that reads slowly or does
not acknowledge gets no more until it does, and is then caught up, from disk if need be.
"""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from inspect import isawaitable
from pathlib import Path
from typing import Any

from nidaa.contracts import control
from nidaa.contracts.control import Refusal, Refused, Result
from nidaa.contracts.wire import BadFrame, Unframer, frame
from nidaa.logging import Log
from pbx.events import Events

CONSUMER = "crm_api"  # who keeps the events: what it acknowledges is deleted here
BATCH = 500  # events in a frame
HIGH_WATER = 1 << 20  # bytes waiting to be sent at which events stop
MAX_UNSENT = 32 << 20  # bytes of replies to a client that does not read
MAX_KEYS = 10_000  # idempotent requests remembered

Handler = Callable[[control.Command], Result | Awaitable[Result]]

_log = Log("pbx.control")


class ControlServer:
    """Listens on `path`; hands commands to `handle` and the outbox's events to who wants them."""

    def __init__(
        self,
        path: Path,
        handle: Handler,
        events: Events,
        version: str,
        on_client: Callable[[str, bool], None] | None = None,
    ) -> None:
        """`on_client(name, True)` is called for the first client of a name, with False when the
        last one is gone."""
        self.events, self.version = events, version
        self._path, self._handle, self._on_client = path, handle, on_client
        self._server: asyncio.Server | None = None
        self._clients: set[Client] = set()
        self._tasks: set[asyncio.Future[Result]] = set()
        self._answered: OrderedDict[tuple[str, str], asyncio.Future[Result]] = OrderedDict()
        events.listen(self._push)

    async def start(self) -> None:
        """Listen. Raises OSError: also when another pbx listens there."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        _remove_stale(self._path)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        mask = os.umask(0o177)
        try:
            listener.bind(str(self._path))
        except OSError:
            listener.close()
            raise
        finally:
            os.umask(mask)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_unix_server(lambda: Client(self), sock=listener)

    async def close(self) -> None:
        """Stop listening, close every client, let nothing run on."""
        if self._server is not None:
            self._server.close()
            self._path.unlink(missing_ok=True)
        for client in tuple(self._clients):
            client.close()
        for task in tuple(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def is_connected(self, name: str) -> bool:
        return any(client.name == name for client in self._clients)

    def _push(self) -> None:
        for client in self._clients:
            client.push()

    # clients

    def joined(self, client: Client) -> None:
        is_first = not self.is_connected(client.name)
        self._clients.add(client)
        _log.info("connected", client=client.name)
        if is_first and self._on_client:
            self._on_client(client.name, True)

    def left(self, client: Client) -> None:
        if client in self._clients:
            self._clients.remove(client)
            _log.info("gone", client=client.name)
            if self._on_client and not self.is_connected(client.name):
                self._on_client(client.name, False)

    # commands

    def answer(self, client: Client, request: control.Request) -> None:
        """Do the command, once for each key, and reply when it is done."""
        name = (client.name, request.key)
        known = self._answered.get(name) if request.key else None
        if known is None:
            result = self._do(request.command)
            if not request.key and not isinstance(result, asyncio.Future):
                client.send(control.Reply(request.id, result))
                return
            known = self._remembered(name, result)
        known.add_done_callback(lambda done: client.send(control.Reply(request.id, done.result())))

    def _do(self, command: control.Command) -> Result | asyncio.Future[Result]:
        try:
            result = self._handle(command)
        except Exception as error:  # supervised: one command must not end the others
            return _failed(command, error)
        if not isawaitable(result):
            return result
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        task = asyncio.ensure_future(result)
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._finished(command, done, future))
        return future

    def _finished(
        self, command: control.Command, task: asyncio.Future[Result], future: asyncio.Future[Result]
    ) -> None:
        self._tasks.discard(task)
        if task.cancelled():  # pbx is stopping
            return
        error = task.exception()
        future.set_result(_failed(command, error) if error else task.result())

    def _remembered(
        self, name: tuple[str, str], result: Result | asyncio.Future[Result]
    ) -> asyncio.Future[Result]:
        if isinstance(result, asyncio.Future):
            future = result
        else:
            future = asyncio.get_running_loop().create_future()
            future.set_result(result)
        if name[1]:
            self._answered[name] = future
            if len(self._answered) > MAX_KEYS:
                self._answered.popitem(last=False)
        return future


class Client(asyncio.Protocol):
    """One connection: what it asked, and how far it is with the events."""

    def __init__(self, server: ControlServer) -> None:
        self._server = server
        self._unframer: Unframer[control.ToPbx] = Unframer(control.ToPbx)
        self._transport: asyncio.Transport | None = None
        self._is_paused = self._wants_events = False
        self._reading: asyncio.Task[None] | None = None
        self._sent = self._acked = 0
        self.name = ""  # empty until it said Hello

    def connection_made(self, transport: Any) -> None:
        uid = _peer_uid(transport.get_extra_info("socket"))
        if uid not in (0, os.getuid()):
            _log.warning(f"a process of user {uid} may not command pbx")
            transport.abort()
            return
        self._transport = transport
        transport.set_write_buffer_limits(high=HIGH_WATER)

    def data_received(self, data: bytes) -> None:
        if self._transport is None:
            return
        try:
            for message in self._unframer.feed(data):
                self._received(message)
        except BadFrame as error:
            _log.warning(f"speaks another protocol or version: {error}", client=self.name)
            self._transport.abort()

    def _received(self, message: control.ToPbx) -> None:
        if isinstance(message, control.Hello) != (self.name == ""):
            raise BadFrame("Hello must come first, and once")
        match message:
            case control.Hello():
                self._welcome(message)
            case control.Ack():
                self._acknowledged(message.seq)
            case control.Request():
                self._server.answer(self, message)

    def _welcome(self, hello: control.Hello) -> None:
        self.name = hello.client or "unnamed"
        events = self._server.events
        self.send(control.Welcome(self._server.version, events.visible_seq))
        self._server.joined(self)
        self._wants_events = hello.events_after >= 0
        after = hello.events_after if hello.events_after <= events.visible_seq else 0
        self._sent = self._acked = max(after, events.outbox.oldest_seq - 1)
        if self._wants_events:
            self._acknowledged(after)

    def _acknowledged(self, seq: int) -> None:
        self._acked = max(self._acked, min(seq, self._sent))
        if self.name == CONSUMER and self._wants_events:
            self._server.events.outbox.forget(self._acked)
        self.push()

    # sending

    def push(self) -> None:
        """Send events as far as the client, the window and memory allow; then read the disk."""
        events = self._server.events
        while self._can_send and self._sent < events.visible_seq:
            limit = min(BATCH, events.visible_seq - self._sent)
            lines = events.outbox.recent(self._sent, limit)
            if lines is None:
                self._reading = asyncio.create_task(self._read(limit))
                return
            self._send_events(lines)

    @property
    def _can_send(self) -> bool:
        return (
            self._wants_events
            and self._transport is not None
            and self._reading is None
            and not self._is_paused
            and self._sent - self._acked < control.WINDOW
        )

    async def _read(self, limit: int) -> None:
        """Catch up from disk, off the loop; what is missing there is said to be missing."""
        outbox = self._server.events.outbox
        try:
            lines = await asyncio.to_thread(outbox.read, self._sent, limit)
        except OSError as error:
            _log.error(f"events {self._sent + 1} and after cannot be read: {error}")
            lines = []
        self._reading = None
        if lines:
            self._send_events(lines)
            self.push()
        elif self._transport is not None:
            _log.warning("cannot be caught up, it must connect again", client=self.name)
            self._transport.abort()

    def _send_events(self, lines: list[bytes]) -> None:
        self._sent += len(lines)
        body = b'{"type":"events","events":[' + b",".join(lines) + b"]}"
        if self._transport is not None:
            self._transport.write(len(body).to_bytes(4) + body)

    def send(self, message: control.FromPbx) -> None:
        """Send anything but events. A client that takes no replies is closed."""
        if self._transport is None:
            return
        self._transport.write(frame(message))
        if self._transport.get_write_buffer_size() > MAX_UNSENT:
            _log.warning("does not read its replies", client=self.name)
            self._transport.abort()

    def pause_writing(self) -> None:
        self._is_paused = True

    def resume_writing(self) -> None:
        self._is_paused = False
        self.push()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self._transport = None
        if self._reading is not None:
            self._reading.cancel()
        self._server.left(self)


def _failed(command: control.Command, error: BaseException) -> Refused:
    _log.error(f"{type(command).__name__} failed: {type(error).__name__}: {error}")
    return Refused(Refusal.FAILED, "The telephone system could not do it; its log says why.")


def _peer_uid(peer: socket.socket) -> int:
    """The user at the other end, as the kernel knows it."""
    credentials = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return int(struct.unpack("3i", credentials)[1])


def _remove_stale(path: Path) -> None:
    """Remove the socket of a pbx that is gone. Raises OSError when one answers there."""
    if not path.exists():
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
        else:
            raise FileExistsError(f"another pbx is running: it answers at {path}")
