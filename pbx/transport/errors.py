"""Why a listener could not be opened, in one line an administrator can act on."""

from __future__ import annotations

import socket

from nidaa.ports import Endpoint, problem


class ListenFailed(Exception):
    """A listener could not be opened; the text names it, its address and the way out."""


def listen_failed(
    name: str, kind: socket.SocketKind, host: str, port: int, error: OSError
) -> ListenFailed:
    """The error to raise for what the system refused."""
    where = Endpoint(f"SIP listener {name!r}", kind, host, port)
    why = problem(where) or f"{where}, for {where.what}: {error}"
    return ListenFailed(f"cannot listen on {why}")
