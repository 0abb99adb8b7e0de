"""Which trunk a call comes from: told by the listener it arrives on and its source address."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

from nidaa.config.models import Configuration, Trunk

REMEMBERED = 4096


class TrunkTable:
    """The trunks of one configuration. Built when it is swapped; answers are remembered."""

    def __init__(self, configuration: Configuration) -> None:
        listeners = configuration.system.listeners
        self._listeners = frozenset(one.name for one in listeners if one.serves == "trunks")
        self._trunks = configuration.trunks
        self._known: dict[str, Trunk | None] = {}

    def identify(self, listener: str, address: str) -> Trunk | None:
        """The trunk that sends from `address`; None for everybody else and on other listeners."""
        if listener not in self._listeners:
            return None
        if address not in self._known:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known[address] = self._find(address)
        return self._known[address]

    def _find(self, address: str) -> Trunk | None:
        source = _plain(address)
        for trunk in self._trunks:
            if source is not None and any(source in network for network in trunk.sources):
                return trunk
        return None


def _plain(address: str) -> IPv4Address | IPv6Address | None:
    """The address; one that came mapped into IPv6 is its IPv4 self."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    return getattr(parsed, "ipv4_mapped", None) or parsed
