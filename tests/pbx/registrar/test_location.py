from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.registrar.location import MAX_BINDINGS, Binding, Location
from pbx.sip.flow import Flow
from pbx.sip.uri import Uri

UDP = Flow("UDP", "phones", "192.0.2.1:5060", ("192.0.2.9", 5060))
WSS = Flow("WSS", "webphones", "192.0.2.1:7443", ("192.0.2.9", 40000), 7)


def binding(user: str = "a", expires_at: float = 100.0, **facts: object) -> Binding:
    made = Binding(
        "1001", Uri.parse(f"sip:{user}@192.0.2.9"), "desk-1001", UDP, "c1", 1, expires_at
    )
    return replace(made, **facts)


@pytest.fixture
def location() -> Location:
    return Location()


def keys(location: Location) -> list[str]:
    return [one.uri.user or "" for one in location.of("1001")]


def test_nobody_is_there_at_first(location: Location) -> None:
    assert location.of("1001") == []
    assert location.find("1001", "sip:a@192.0.2.9") is None
    assert location.next_deadline() is None
    assert list(location) == []


def test_the_highest_q_is_rung_first_and_the_newest_among_equals(location: Location) -> None:
    for one in (binding("a"), binding("b", q=0.5), binding("c")):
        location.put(one)
    assert keys(location) == ["c", "a", "b"]
    assert location.count == 3


def test_a_contact_is_refreshed_not_doubled(location: Location) -> None:
    first, second = binding(), binding(cseq=2)
    location.put(first)
    assert location.put(second) == [first]
    assert location.of("1001") == [second]
    assert location.count == 1


def test_a_phone_that_moved_has_one_binding(location: Location) -> None:
    old = binding("a", instance='"<urn:uuid:1>"')
    location.put(old)
    assert location.put(binding("b", instance='"<urn:uuid:1>"')) == [old]
    assert keys(location) == ["b"]


def test_one_binding_too_many_takes_the_place_of_what_expires_first(location: Location) -> None:
    for i in range(MAX_BINDINGS):
        location.put(binding(f"a{i}", 100.0 - i))
    location.put(binding("new"))
    assert len(keys(location)) == MAX_BINDINGS
    assert f"a{MAX_BINDINGS - 1}" not in keys(location)


def test_removing_what_was_replaced_removes_nothing(location: Location) -> None:
    old, new = binding(), binding(cseq=2)
    location.put(old)
    location.put(new)
    assert not location.remove(old)
    assert location.remove(new)
    assert not location.remove(new)
    assert location.count == 0


def test_what_ends_with_a_connection(location: Location) -> None:
    over_ws = binding("w", flow=WSS)
    location.put(over_ws)
    location.put(binding("a"))
    assert location.on_flow(WSS) == [over_ws]
    assert location.on_flow(UDP) == []
    location.remove(over_ws)
    assert location.on_flow(WSS) == []
    assert location._by_flow == {}


def test_two_bindings_of_one_connection(location: Location) -> None:
    one, other = binding("w", flow=WSS), binding("x", flow=WSS)
    location.put(one)
    location.put(other)
    location.remove(one)
    assert location.on_flow(WSS) == [other]


def test_a_refreshed_binding_expires_later(location: Location) -> None:
    location.put(binding(expires_at=60))
    location.put(binding(expires_at=120))
    assert location.next_deadline() == 60
    assert list(location.expired(60)) == []
    assert location.next_deadline() == 120
    assert len(list(location.expired(120))) == 1


def test_a_shortened_binding_expires_earlier_and_once(location: Location) -> None:
    location.put(binding(expires_at=120))
    short = binding(expires_at=60)
    location.put(short)
    assert list(location.expired(60)) == [short]
    location.remove(short)
    assert list(location.expired(500)) == []


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 50), st.booleans())))
def test_whatever_happens_nothing_outlives_its_time(steps: list[tuple[str, int, bool]]) -> None:
    location = Location()
    for now, (user, seconds, is_removed) in enumerate(steps):
        for due in list(location.expired(now)):
            assert location.remove(due)
        assert all(one.expires_at > now for one in location)
        assert location.count == len(list(location))
        known = location.find("1001", f"sip:{user}@192.0.2.9")
        if is_removed and known:
            location.remove(known)
        else:
            location.put(binding(user, now + seconds))
    assert len(location._due) <= 2 * len(steps)
