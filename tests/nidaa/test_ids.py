"""Ids sort by the time they were made, and none comes twice."""

from __future__ import annotations

import time

import pytest

from nidaa.ids import ALPHABET, RANDOM_CHARS, TIME_CHARS, new_id


def test_an_id_has_its_prefix_and_the_letters_of_the_alphabet() -> None:
    made = new_id("c")
    assert made.startswith("c")
    assert len(made) == 1 + TIME_CHARS + RANDOM_CHARS
    assert set(made[1:]) <= set(ALPHABET)


def test_an_id_tells_when_it_was_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 1_469_918_176.385)
    assert new_id()[:TIME_CHARS] == "01aryz6s41"  # the example of the ULID layout


def test_ids_of_one_moment_differ() -> None:
    assert len({new_id() for _ in range(1000)}) == 1000
