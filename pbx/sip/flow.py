"""A flow: the transport association by which a peer is reached (RFC 5626 3)."""

from __future__ import annotations

from dataclasses import dataclass

HostPort = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Flow:
    """Where a message came from, and where an answer to it goes back.

    `id` is 0 for datagrams; a connection has its own, so that a flow names one connection only.
    """

    transport: str  # UDP | TCP | TLS | WS | WSS, as in Via
    listener: str  # name of the listener in the configuration: phones, trunks, webphones
    sent_by: str  # host:port that our Via and Contact show on this listener
    peer: HostPort
    id: int = 0

    @property
    def is_reliable(self) -> bool:
        """Nothing is retransmitted on a reliable transport (RFC 3261 17)."""
        return self.transport != "UDP"
