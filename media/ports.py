"""UDP sockets of legs: bound when asked for, at random even ports of the configured range."""

from __future__ import annotations

import errno
import random
import socket
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from media.leg import Address, Path
from media.loop import Handler, Loop
from media.relay import LARGEST_DATAGRAM, Transmit
from nidaa.contracts.media import MediaProblem, MediaRefused

DSCP_EF = 46 << 2  # RFC 3246: queued first by the network, where it cares
TRIES = 200

Receive = Callable[[bytes, Path, float], None]


class Reader(Protocol):
    """Reads the datagrams of one connected far end instead of its port."""

    def read(self, now: float) -> None: ...

    def end(self) -> None:
        """Another one reads from now on."""


MakeReader = Callable[[socket.socket, Path], Reader]


class UdpPort:
    """One bound port; what arrives goes to `receive`, with the path it came by.

    Once a far end is known, a second socket on the same port is connected to it: the kernel then
    tells its datagrams from those of strangers, which still arrive at the first one. A packet
    costs a fifth less that way.
    """

    __slots__ = (
        "_connected",
        "_index",
        "_loop",
        "_make_reader",
        "_path",
        "_reader",
        "_socket",
        "receive",
    )

    def __init__(self, bound: socket.socket, index: int, loop: Loop) -> None:
        """`index`: which of the leg's local addresses this is."""
        self._socket, self._index, self._loop = bound, index, loop
        self._connected: socket.socket | None = None
        self._path: Path = (index, ())
        self._reader: Reader | None = None
        self._make_reader: MakeReader | None = None
        self.receive: Receive = _ignore
        loop.watch(bound.fileno(), self._read)

    @property
    def address(self) -> Address:
        name: Address = self._socket.getsockname()
        return name

    @property
    def sendto(self) -> Callable[[bytes, Address], int]:
        return self._socket.sendto

    def connect(self, path: Path) -> Transmit | None:
        """What sends to this far end from now on; None when it cannot be connected to."""
        self.disconnect()
        try:
            connected = self._connected = _connected_twin(self._socket, path[1])
        except OSError:
            return None
        for datagram, source in _waiting(connected):  # it may have been open to strangers shortly
            self.receive(datagram, (self._index, source), self._loop.now())
        self._path = path
        self._loop.watch(connected.fileno(), self._next_reader(connected))
        return connected.send

    def read_by(self, make: MakeReader | None) -> None:
        """Who reads what a connected far end sends, now and later; None: this port."""
        self._make_reader = make
        if self._connected:
            self._loop.rewatch(self._connected.fileno(), self._next_reader(self._connected))

    def _next_reader(self, connected: socket.socket) -> Handler:
        self._end_reader()
        if self._make_reader:
            self._reader = self._make_reader(connected, self._path)
            return self._reader.read
        return self._plain_reader(connected, self._path)

    def _end_reader(self) -> None:
        if self._reader:
            self._reader.end()
            self._reader = None

    def disconnect(self) -> None:
        self._end_reader()
        if self._connected:
            self._loop.unwatch(self._connected.fileno())
            self._connected.close()
            self._connected = None

    def close(self) -> None:
        self.disconnect()
        self._loop.unwatch(self._socket.fileno())
        self.receive = _ignore
        self._socket.close()

    def _read(self, now: float) -> None:
        try:
            datagram, source = self._socket.recvfrom(LARGEST_DATAGRAM)
        except OSError:  # gone again (bad checksum), or an ICMP error: neither ends a leg
            return
        self.receive(datagram, (self._index, source), now)

    def _plain_reader(self, connected: socket.socket, path: Path) -> Handler:
        recv = connected.recv

        def read(now: float) -> None:
            try:
                datagram = recv(LARGEST_DATAGRAM)
            except OSError:
                return
            self.receive(datagram, path, now)

        return read


def _connected_twin(bound: socket.socket, remote: Address) -> socket.socket:
    """A socket on the same port that only this far end reaches. Raises OSError.

    Sharing is allowed for this moment only, and by the kernel only to our own user: no other
    process can join in, and ports in use stay refused to other legs.
    """
    twin = socket.socket(bound.family, socket.SOCK_DGRAM)
    try:
        _prepare(twin)
        for one in (bound, twin):
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        twin.bind(bound.getsockname())
        twin.connect(remote)
        for one in (bound, twin):
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 0)
    except OSError:
        twin.close()
        raise
    return twin


def _waiting(one: socket.socket) -> Iterator[tuple[bytes, Address]]:
    try:
        while True:
            yield one.recvfrom(LARGEST_DATAGRAM)
    except OSError:
        return


def sender(ports: Sequence[UdpPort]) -> Callable[[bytes, Path], None]:
    """What sends from these sockets; a path says from which of them, and to whom."""
    sendtos = tuple(port.sendto for port in ports)

    def send(datagram: bytes, path: Path) -> None:
        try:
            sendtos[path[0]](datagram, path[1])
        except OSError:
            return

    return send


class PortRange:
    """Where legs get their sockets from."""

    def __init__(self, loop: Loop, host: str, first: int, last: int) -> None:
        """Ports from `first` to `last`, on the address `host`."""
        self._loop, self._host = loop, host
        self._even = range(first + first % 2, last, 2)
        self._family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._random = random.SystemRandom()

    def pair(self) -> tuple[UdpPort, UdpPort]:
        """An even port for RTP and the next one for RTCP. Raises MediaRefused."""
        rtp, rtcp = self._bind(2)
        return rtp, rtcp

    def single(self) -> UdpPort:
        """One port for everything (rtcp-mux). Raises MediaRefused."""
        return self._bind(1)[0]

    def _bind(self, count: int) -> list[UdpPort]:
        for _ in range(TRIES if self._even else 0):
            first = self._random.choice(self._even)
            if ports := self._try(range(first, first + count)):
                return ports
        text = f"no free UDP port on {self._host} in {self._even.start}-{self._even.stop}"
        raise MediaRefused(MediaProblem.NO_PORTS, text)

    def _try(self, numbers: range) -> list[UdpPort]:
        ports: list[UdpPort] = []
        try:
            for index, number in enumerate(numbers):
                ports.append(UdpPort(self._bound_to(number), index, self._loop))
        except OSError as error:
            for port in ports:
                port.close()
            if error.errno != errno.EADDRINUSE:
                raise MediaRefused(MediaProblem.NO_PORTS, f"{self._host}: {error}") from error
            return []
        return ports

    def _bound_to(self, number: int) -> socket.socket:
        one = socket.socket(self._family, socket.SOCK_DGRAM)
        try:
            _prepare(one)
            one.bind((self._host, number))
        except OSError:
            one.close()
            raise
        return one


def _prepare(one: socket.socket) -> None:
    one.setblocking(False)
    if one.family == socket.AF_INET:
        one.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, DSCP_EF)
    else:
        one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_TCLASS, DSCP_EF)


def _ignore(_datagram: bytes, _path: Path, _now: float) -> None:
    """A port that is not in use yet, or no longer."""
