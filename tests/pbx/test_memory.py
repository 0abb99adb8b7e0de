"""The collector waits for a quiet moment, but not for ever."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from pbx.memory import AT_LEAST_EVERY, QUIET_EVERY, Collector


@pytest.fixture
def collector() -> Iterator[Collector]:
    collector = Collector(0.0)
    collector.take_over()
    yield collector
    collector.give_back()


def test_nothing_is_collected_by_itself(collector: Collector) -> None:
    assert not gc.isenabled()
    assert gc.get_freeze_count() > 0


def test_a_quiet_moment_is_used_once_a_minute(collector: Collector) -> None:
    assert not collector.turn(0, QUIET_EVERY - 1)
    assert collector.turn(0, QUIET_EVERY)
    assert not collector.turn(0, QUIET_EVERY + 1)


def test_calls_are_not_held_up(collector: Collector) -> None:
    assert not collector.turn(5, QUIET_EVERY)
    assert not collector.turn(5, AT_LEAST_EVERY - 1)


def test_a_centre_that_is_never_quiet_is_collected_each_hour(collector: Collector) -> None:
    assert collector.turn(5, AT_LEAST_EVERY)


def test_a_cycle_is_freed(collector: Collector) -> None:
    cycle: list[object] = []
    cycle.append(cycle)
    del cycle
    before = gc.get_count()[0]
    collector.turn(0, QUIET_EVERY)
    assert gc.get_count()[0] < before


def test_it_can_be_given_back() -> None:
    collector = Collector(0.0)
    collector.take_over()
    collector.give_back()
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0
