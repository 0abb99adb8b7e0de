from __future__ import annotations

from ipaddress import ip_network

import pytest

from nidaa.config.models import Configuration, Trunk
from pbx.routing import trunks
from pbx.routing.trunks import TrunkTable

CARRIER = Trunk(name="carrier", sources=(ip_network("192.0.2.7"), ip_network("2001:db8::/64")))
OTHER = Trunk(name="other", sources=(ip_network("198.51.100.0/24"),))
TABLE = TrunkTable(Configuration(trunks=(CARRIER, OTHER)))


@pytest.mark.parametrize(
    ("address", "name"),
    [("192.0.2.7", CARRIER), ("2001:db8::5", CARRIER), ("::ffff:192.0.2.7", CARRIER),
     ("198.51.100.255", OTHER)],
)  # fmt: skip
def test_a_trunk_is_known_by_its_address(address: str, name: Trunk) -> None:
    assert TABLE.identify("trunks", address) is name


@pytest.mark.parametrize("address", ["192.0.2.8", "203.0.113.1", "::1", "carrier.example", ""])
def test_nobody_else_is_a_trunk(address: str) -> None:
    assert TABLE.identify("trunks", address) is None


@pytest.mark.parametrize("listener", ["phones", "webphones", "nowhere"])
def test_a_trunk_calls_on_the_listener_for_trunks_only(listener: str) -> None:
    assert TABLE.identify(listener, "192.0.2.7") is None


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trunks, "REMEMBERED", 2)
    table = TrunkTable(Configuration(trunks=(CARRIER,)))
    for _ in range(2):
        assert table.identify("trunks", "203.0.113.1") is None
        assert table.identify("trunks", "203.0.113.2") is None
        assert table.identify("trunks", "192.0.2.7") is CARRIER
    assert len(table._known) <= 2
