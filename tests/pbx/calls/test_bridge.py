"""The hearing matrix of two parties."""

from hypothesis import given
from hypothesis import strategies as st

from pbx.calls.bridge import Bridge

TALKING = Bridge(("a", "b"))


def test_two_parties_hear_each_other() -> None:
    assert TALKING.hears() == {"a": {"b": 1.0}, "b": {"a": 1.0}}
    assert not TALKING.music_to()
    assert not TALKING.is_held


def test_nobody_hears_the_holder_and_the_held_side_hears_music() -> None:
    held = TALKING.held_by("a")
    assert held.hears() == {}
    assert held.music_to() == {"b"}
    assert held.is_held


def test_two_who_hold_each_other_hear_nothing() -> None:
    both = TALKING.held_by("a").held_by("b")
    assert both.hears() == {}
    assert both.music_to() == frozenset()


def test_the_first_to_resume_hears_music_until_the_other_resumes() -> None:
    one = TALKING.held_by("a").held_by("b").resumed_by("a")
    assert one.music_to() == {"a"}
    assert one.resumed_by("b") == TALKING


@given(st.lists(st.tuples(st.booleans(), st.sampled_from("ab"))))
def test_a_leg_hears_the_other_or_music_or_nothing_never_two(
    steps: list[tuple[bool, str]],
) -> None:
    bridge = TALKING
    for holds, leg in steps:
        bridge = bridge.held_by(leg) if holds else bridge.resumed_by(leg)
    assert not (set(bridge.hears()) & bridge.music_to())
    assert not (bridge.music_to() & bridge.holding)
    assert bridge.is_held == (not bridge.hears())
