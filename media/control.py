"""The worker's end of the control socket: frames in, results and notices out."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

from media.loop import Loop
from nidaa.contracts.media import (
    UNANSWERED,
    Command,
    Failed,
    MediaEvent,
    Notice,
    Reply,
    Result,
    ToWorker,
)
from nidaa.contracts.wire import BadFrame, Unframer, frame
from nidaa.logging import Log

RECEIVED_AT_ONCE = 256 * 1024
MAX_UNSENT = 16 << 20  # bytes a controller may leave unread before it is taken for dead

log = Log("media.control")

Execute = Callable[[Command], Result]


class ControlSocket:
    """Listens for controllers. The one that sent a command last is told of events."""

    def __init__(
        self, path: Path, loop: Loop, execute: Execute, attached: Callable[[bool], None]
    ) -> None:
        """`attached(True)` when a controller has spoken first, `attached(False)` when it is gone.

        Raises OSError when the socket cannot be made.
        """
        self._path, self._loop, self._execute, self._attached = path, loop, execute, attached
        self._controller: _Connection | None = None
        self._connections: set[_Connection] = set()
        path.unlink(missing_ok=True)  # left by a crash: a worker's number is its own
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        self._socket.bind(str(path))
        path.chmod(0o600)
        self._socket.listen()
        loop.watch(self._socket.fileno(), self._accept)

    def notify(self, event: MediaEvent) -> None:
        if self._controller:
            self._controller.write(frame(Notice(event)))
            self._controller.flush()

    def close(self) -> None:
        for connection in tuple(self._connections):
            connection.close()
        self._loop.unwatch(self._socket.fileno())
        self._socket.close()
        self._path.unlink(missing_ok=True)

    def _accept(self, _now: float) -> None:
        try:
            accepted, _ = self._socket.accept()
        except OSError:  # gone again
            return
        self._connections.add(_Connection(accepted, self._loop, self._receive, self._closed))

    def _receive(self, connection: _Connection, request: ToWorker) -> None:
        if connection is not self._controller:
            self._controller = connection
            log.info("controller attached")
            self._attached(True)
        result = self._execute(request.command)
        if request.id != UNANSWERED or isinstance(result, Failed):
            connection.write(frame(Reply(request.id, result)))

    def _closed(self, connection: _Connection) -> None:
        self._connections.discard(connection)
        if connection is self._controller:
            self._controller = None
            log.warning("controller gone")
            self._attached(False)


class _Connection:
    """One controller's stream."""

    def __init__(
        self,
        accepted: socket.socket,
        loop: Loop,
        receive: Callable[[_Connection, ToWorker], None],
        closed: Callable[[_Connection], None],
    ) -> None:
        accepted.setblocking(False)
        self._socket, self._loop = accepted, loop
        self._receive, self._closed = receive, closed
        self._unframer: Unframer[ToWorker] = Unframer(ToWorker)
        self._unsent = bytearray()
        self._is_waiting = self._is_closed = False
        loop.watch(accepted.fileno(), self._read)

    def write(self, data: bytes) -> None:
        self._unsent += data

    def flush(self, _now: float = 0.0) -> None:
        """Send what there is room for; the loop goes on with the rest."""
        try:
            while self._unsent and not self._is_closed:
                del self._unsent[: self._socket.send(self._unsent)]
        except BlockingIOError:
            if len(self._unsent) > MAX_UNSENT:
                log.error("controller reads nothing: closed")
                self.close()
        except OSError:
            self.close()
        self._wait_for_room(bool(self._unsent))

    def close(self) -> None:
        if not self._is_closed:
            self._is_closed = True
            self._loop.unwatch(self._socket.fileno())
            self._socket.close()
            self._closed(self)

    def _wait_for_room(self, is_waiting: bool) -> None:
        if is_waiting != self._is_waiting and not self._is_closed:
            self._is_waiting = is_waiting
            self._loop.watch_writable(self._socket.fileno(), self.flush if is_waiting else None)

    def _read(self, _now: float) -> None:
        try:
            data = self._socket.recv(RECEIVED_AT_ONCE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.close()
            return
        try:
            for request in self._unframer.feed(data):
                self._receive(self, request)
        except BadFrame as error:
            log.error(f"controller speaks another protocol: {error}")
            self.close()
        self.flush()
