"""Which addresses this installation needs, and who is in the way when one is taken."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from dataclasses import dataclass

import psutil

from nidaa.config.models import Configuration


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A socket that some process of ours binds."""

    what: str
    kind: socket.SocketKind
    address: str
    port: int

    def __str__(self) -> str:
        return f"{'UDP' if self.kind is socket.SOCK_DGRAM else 'TCP'} {self.address}:{self.port}"


def needed(configuration: Configuration) -> Iterator[Endpoint]:
    """Every listening socket of the configuration."""
    system = configuration.system
    yield Endpoint(
        "the web pages (http.port)",
        socket.SOCK_STREAM,
        system.http.address or system.address,
        system.http.port,
    )
    for listener in system.listeners:
        kind = socket.SOCK_DGRAM if listener.transport == "udp" else socket.SOCK_STREAM
        what = f"SIP listener {listener.name!r}"
        yield Endpoint(what, kind, listener.address or system.address, listener.port)


def problem(endpoint: Endpoint) -> str | None:
    """Why this address cannot be used, and the way out; None when it can."""
    family = socket.AF_INET6 if ":" in endpoint.address else socket.AF_INET
    with socket.socket(family, endpoint.kind) as probe:
        if endpoint.kind is socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((endpoint.address, endpoint.port))
        except OSError as error:
            return f"{endpoint}, for {endpoint.what}: {_words(error, endpoint)}"
    return None


def _words(error: OSError, endpoint: Endpoint) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"taken by {_owner(endpoint)}: stop it, or set another port in system.yaml"
    if error.errno == errno.EACCES:
        return "not permitted: choose a port above 1023 in system.yaml, or start as root"
    if error.errno == errno.EADDRNOTAVAIL:
        return "this machine has no such address: set `address` in system.yaml"
    return str(error)


def _owner(endpoint: Endpoint) -> str:
    try:
        for connection in psutil.net_connections("inet"):
            is_kind = connection.type is endpoint.kind
            if is_kind and connection.laddr and connection.laddr.port == endpoint.port:
                if connection.pid is None:
                    break
                return f"{psutil.Process(connection.pid).name()} (pid {connection.pid})"
    except psutil.Error:
        return "another program"
    return "another program"
