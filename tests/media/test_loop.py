"""The loop's naps: only while packets come thick, and never for who asked not to wait."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from media.loop import DENSE, NAP_FOR, Loop


class Clock:
    def __init__(self) -> None:
        self.time, self.naps = 100.0, 0

    def nap(self, seconds: float) -> None:
        assert seconds == NAP_FOR
        self.naps += 1
        self.time += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("media.loop.time.sleep", made.nap)
    return made


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with ours, theirs:
        yield ours, theirs


def turns(clock: Clock, pair: tuple[socket.socket, socket.socket], apart: float) -> list[bytes]:
    """Ten datagrams, each `apart` from the one before; what was read of them."""
    ours, theirs = pair
    loop, read = Loop(lambda: clock.time), []
    loop.watch(ours.fileno(), lambda _now: read.append(ours.recv(10)))
    for number in range(10):
        clock.time += apart
        theirs.send(bytes((number,)))
        loop.turn(1.0)
    loop.close()
    return read


def test_naps_while_packets_come_thick(
    clock: Clock, pair: tuple[socket.socket, socket.socket]
) -> None:
    assert len(turns(clock, pair, DENSE / 10)) == 10
    assert clock.naps >= 8


def test_a_lone_call_is_served_as_its_packets_come(
    clock: Clock, pair: tuple[socket.socket, socket.socket]
) -> None:
    assert len(turns(clock, pair, 0.01)) == 10
    assert clock.naps == 0
