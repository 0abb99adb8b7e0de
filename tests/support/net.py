"""Free ports on the loopback address."""

from __future__ import annotations

import random
import socket

FIRST, LAST = 10_000, 19_900  # below those the kernel gives to outgoing connections


def free_port() -> int:
    """A port that nothing uses at this moment, neither over UDP nor over TCP."""
    while True:
        port = random.randint(FIRST, LAST)
        if _is_free(port, socket.SOCK_DGRAM) and _is_free(port, socket.SOCK_STREAM):
            return port


def _is_free(port: int, kind: socket.SocketKind) -> bool:
    with socket.socket(socket.AF_INET, kind) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
