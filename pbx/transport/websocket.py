"""SIP over secure WebSocket (RFC 7118): one WebSocket message, one SIP message."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from nidaa.logging import Log
from pbx.sip.flow import Flow
from pbx.transport.driver import Driver
from pbx.transport.errors import ListenFailed, listen_failed

log = Log("pbx.transport")
SIP = Subprotocol("sip")
MAX_MESSAGE = 64 << 10  # bytes
MAX_WAITING = 256  # messages a browser may be behind before it is given up
MAX_CONNECTIONS = 2000
PING_EVERY = 20.0  # seconds; one without pong is gone
PING, PONG = b"\r\n\r\n", b"\r\n"  # RFC 5626 4.4.1
IsAllowed = Callable[[str | None], bool]  # by the Origin header
Closed = Callable[[Flow, float], None]

# The library writes tracebacks for every port scan; what matters is logged here.
_quiet = logging.getLogger("pbx.transport.websocket.library")
_quiet.setLevel(logging.CRITICAL)


class WebSocketListener:
    """One port for browsers. A connection is a flow; when it goes, its bindings go."""

    def __init__(
        self,
        driver: Driver,
        name: str,
        sent_by: str,
        is_allowed: IsAllowed,
        on_closed: Closed,
    ) -> None:
        self.name, self.sent_by = name, sent_by
        self._driver, self._is_allowed, self._on_closed = driver, is_allowed, on_closed
        self._queues: dict[int, asyncio.Queue[bytes]] = {}
        self._server: Server | None = None
        self.port = 0

    @property
    def connection_count(self) -> int:
        return len(self._queues)

    def send(self, data: bytes, flow: Flow) -> None:
        """Never blocks; a connection that does not take its messages loses them."""
        queue = self._queues.get(flow.id)
        if queue is None:
            return
        try:
            queue.put_nowait(data)
        except asyncio.QueueFull:
            log.warning(f"browser {flow.peer[0]} takes nothing: message dropped")

    def started(self, server: Server, port: int) -> None:
        self._server, self.port = server, port

    async def close(self) -> None:
        """Close every connection (1001) and the port."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    def screen(self, connection: ServerConnection, request: Request) -> Response | None:
        """Refuse pages of other sites, and more connections than we serve."""
        origin = request.headers.get("Origin")
        if not self._is_allowed(origin):
            log.warning(f"WebSocket refused: origin {origin!r}")
            return connection.respond(HTTPStatus.FORBIDDEN, "origin not allowed\n")
        if len(self._queues) >= MAX_CONNECTIONS:
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "too many connections\n")
        return None

    async def serve(self, connection: ServerConnection) -> None:
        """One browser, until it goes."""
        flow = self._flow_of(connection)
        try:
            await self._serve(connection, flow)
        except Exception as error:  # supervised: one browser must not end the others
            log.error(f"connection of {flow.peer[0]} failed: {error!r}")

    async def _serve(self, connection: ServerConnection, flow: Flow) -> None:
        queue: asyncio.Queue[bytes] = asyncio.Queue(MAX_WAITING)
        self._queues[flow.id] = queue
        self._driver.opened(flow)
        try:
            async with asyncio.TaskGroup() as group:
                writer = group.create_task(_write(connection, queue))
                await self._read(connection, flow)
                writer.cancel()
        finally:
            self._queues.pop(flow.id, None)
            self._driver.closed(flow)
            self._on_closed(flow, self._driver.clock())
            self._driver.flush()

    async def _read(self, connection: ServerConnection, flow: Flow) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for message in connection:
                data = message.encode() if isinstance(message, str) else message
                if data == PING:
                    self.send(PONG, flow)
                elif data != PONG:
                    self._driver.received(data, flow)

    def _flow_of(self, connection: ServerConnection) -> Flow:
        peer = connection.remote_address
        number = next(self._driver.flow_ids)
        return Flow("WSS", self.name, self.sent_by, (str(peer[0]), int(peer[1])), number)


async def _write(connection: ServerConnection, queue: asyncio.Queue[bytes]) -> None:
    with contextlib.suppress(ConnectionClosed):
        while True:
            data = await queue.get()
            await connection.send(data, text=True)


def server_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """TLS 1.2 or newer. Raises ListenFailed when the files cannot be used."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        text = f"certificate {certificate} with key {key}: {error}; `nidaa serve` makes new ones"
        raise ListenFailed(f"cannot use {text} when both files are gone") from error
    return context


async def listen_wss(
    driver: Driver,
    name: str,
    host: str,
    port: int,
    context: ssl.SSLContext,
    advertise: str = "",
    is_allowed: IsAllowed = lambda _: True,
    on_closed: Closed = lambda *_: None,
) -> WebSocketListener:
    """Open a listener for browsers; `on_closed` is told of every connection that ends.

    Raises ListenFailed.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        raise listen_failed(name, socket.SOCK_STREAM, host, port, error) from error
    bound = int(sock.getsockname()[1])
    shown = advertise or host
    shown = f"[{shown}]" if ":" in shown else shown
    listener = WebSocketListener(driver, name, f"{shown}:{bound}", is_allowed, on_closed)
    server = await serve(
        listener.serve,
        sock=sock,
        ssl=context,
        subprotocols=[SIP],
        process_request=listener.screen,
        compression=None,
        max_size=MAX_MESSAGE,
        ping_interval=PING_EVERY,
        ping_timeout=PING_EVERY,
        logger=_quiet,
    )
    listener.started(server, bound)
    driver.add_sender(name, listener.send)
    log.info(f"listener {name}: WSS {host}:{bound} as {listener.sent_by}")
    return listener
