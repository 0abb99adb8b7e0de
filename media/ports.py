"""UDP sockets of legs: bound when asked for, at random even ports of the configured range."""

from __future__ import annotations

import errno
import random
import socket
from collections.abc import Callable

from media.leg import Address, Path
from media.loop import Loop
from nidaa.contracts.media import MediaProblem, MediaRefused

DSCP_EF = 46 << 2  # RFC 3246: queued first by the network, where it cares
TRIES = 200
LARGEST_DATAGRAM = 2048

Receive = Callable[[bytes, Path, float], None]


class UdpPort:
    """One bound socket; what arrives goes to `receive`, with the path it came by."""

    __slots__ = ("_index", "_loop", "_recvfrom", "_sendto", "_socket", "receive", "unsent")

    def __init__(self, bound: socket.socket, index: int, loop: Loop) -> None:
        """`index`: which of the leg's local addresses this is."""
        self._socket, self._index, self._loop = bound, index, loop
        self._recvfrom, self._sendto = bound.recvfrom, bound.sendto
        self.receive: Receive = _ignore
        self.unsent = 0
        loop.watch(bound.fileno(), self._read)

    @property
    def address(self) -> Address:
        name: Address = self._socket.getsockname()
        return name

    def _read(self, now: float) -> None:
        try:
            datagram, source = self._recvfrom(LARGEST_DATAGRAM)
        except OSError:  # gone again (bad checksum), or an ICMP error: neither ends a leg
            return
        self.receive(datagram, (self._index, source), now)

    def send(self, datagram: bytes, path: Path) -> None:
        """Never raises: a full buffer or a lost route costs this datagram, not the leg."""
        try:
            self._sendto(datagram, path[1])
        except OSError:
            self.unsent += 1

    def close(self) -> None:
        self._loop.unwatch(self._socket.fileno())
        self.receive = _ignore
        self._socket.close()


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
            one.setblocking(False)
            if self._family == socket.AF_INET:
                one.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, DSCP_EF)
            else:
                one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_TCLASS, DSCP_EF)
            one.bind((self._host, number))
        except OSError:
            one.close()
            raise
        return one


def _ignore(_datagram: bytes, _path: Path, _now: float) -> None:
    """A port that is not in use yet, or no longer."""
