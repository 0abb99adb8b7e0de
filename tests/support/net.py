"""Free ports on the loopback address."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator

FIRST, LAST = 10_000, 19_900  # below those the kernel gives to outgoing connections
APART = 25  # a phone takes the ports after its own as well: TLS, RTP


def _candidates() -> Iterator[int]:
    """Ports well apart from each other, in an order that no other process takes them in."""
    while True:
        yield from random.sample(range(FIRST, LAST, APART), (LAST - FIRST) // APART)


_ports = _candidates()


def free_port() -> int:
    """A port that nothing uses at this moment, nor the one after it, over UDP and TCP."""
    return next(port for port in _ports if _is_free(port) and _is_free(port + 1))


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True
