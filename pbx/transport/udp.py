"""SIP over UDP: one datagram, one message."""

from __future__ import annotations

import asyncio
import socket
from typing import cast

from nidaa.logging import Log
from pbx.sip.flow import Flow, HostPort
from pbx.transport.driver import Driver
from pbx.transport.errors import listen_failed

log = Log("pbx.transport")
RECEIVE_BUFFER = 4 << 20  # bytes: a burst while Python pauses must not be lost
REMEMBERED = 4096  # flows kept ready, one per source
MAX_DATAGRAM = 65507


class UdpListener(asyncio.DatagramProtocol):
    """One socket. `sent_by` is the host:port that our Via and Contact show."""

    def __init__(self, driver: Driver, name: str, sent_by: str) -> None:
        self.name, self.sent_by = name, sent_by
        self._driver = driver
        self._flows: dict[HostPort, Flow] = {}
        self._transport: asyncio.DatagramTransport | None = None

    @property
    def port(self) -> int:
        """The port it is bound to."""
        if self._transport is None:
            return 0
        address = self._transport.get_extra_info("sockname")
        return int(address[1])

    def flow_to(self, peer: HostPort) -> Flow:
        """The flow to this address over our socket: a trunk, a phone from an earlier run."""
        flow = self._flows.get(peer)
        if flow is None:
            if len(self._flows) >= REMEMBERED:
                self._flows.clear()
            flow = self._flows[peer] = Flow("UDP", self.name, self.sent_by, peer)
        return flow

    def send(self, data: bytes, flow: Flow) -> None:
        """Never blocks, never raises: a datagram may be lost anyway."""
        if self._transport is None or len(data) > MAX_DATAGRAM:
            log.error(f"{len(data)} bytes not sent to {flow.peer[0]}:{flow.peer[1]}")
            return
        self._transport.sendto(data, flow.peer)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()
            self._transport = None

    # asyncio.DatagramProtocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transport is no subclass of asyncio's: nothing to assert here.
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, source: tuple[str, int]) -> None:
        self._driver.received(data, self.flow_to((source[0], source[1])))

    def error_received(self, exc: Exception) -> None:
        """An ICMP error about some peer: its transactions time out (RFC 3261 18.4)."""

    def connection_lost(self, exc: Exception | None) -> None:
        if exc is not None:
            log.error(f"listener {self.name} lost: {exc}")


async def listen_udp(
    driver: Driver, name: str, host: str, port: int, advertise: str = ""
) -> UdpListener:
    """Open a listener; `advertise` is the host peers reach us by, where `host` is a wildcard.

    Raises ListenFailed.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        sock.setblocking(False)
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        raise listen_failed(name, socket.SOCK_DGRAM, host, port, error) from error
    shown = advertise or host
    shown = f"[{shown}]" if ":" in shown else shown
    sent_by = f"{shown}:{sock.getsockname()[1]}"
    loop = asyncio.get_running_loop()
    _, listener = await loop.create_datagram_endpoint(
        lambda: UdpListener(driver, name, sent_by), sock=sock
    )
    driver.add_sender(name, listener.send)
    log.info(f"listener {name}: UDP {host}:{listener.port} as {sent_by}")
    return listener
