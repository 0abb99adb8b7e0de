"""Each key press is told once, whatever packets are lost or repeated."""

from __future__ import annotations

from media.dtmf import DigitReceiver, Press
from tests.support.rtp import Packet, digit


def presses(receiver: DigitReceiver, packets: list[Packet], now: float = 0.0) -> list[Press]:
    return [press for packet in packets for press in receiver.receive(bytes(packet), now)]


def test_a_press_is_told_once_with_its_length() -> None:
    packets = list(digit(5, timestamp=1000, sequence=1))
    assert presses(DigitReceiver(), packets) == [Press("5", 0.1)]


def test_the_same_key_twice_is_two_presses() -> None:
    receiver = DigitReceiver()
    first, second = digit(11, timestamp=1000, sequence=1), digit(11, timestamp=4000, sequence=9)
    assert presses(receiver, [*first, *second]) == [Press("#", 0.1), Press("#", 0.1)]


def test_one_end_packet_of_three_is_enough() -> None:
    packets = list(digit(0, timestamp=7, sequence=1))
    assert presses(DigitReceiver(), packets[-1:]) == [Press("0", 0.1)]


def test_a_lost_end_is_told_at_the_next_press() -> None:
    receiver = DigitReceiver()
    first = list(digit(1, timestamp=1000, sequence=1))[:4]
    second = list(digit(2, timestamp=4000, sequence=9))[-1:]
    assert presses(receiver, first + second) == [Press("1", 0.08), Press("2", 0.1)]


def test_a_lost_end_is_told_after_a_while() -> None:
    receiver = DigitReceiver()
    assert presses(receiver, list(digit(10, timestamp=1000, sequence=1))[:4], now=5.0) == []
    assert receiver.handle_timers(5.4) == ()
    assert receiver.handle_timers(5.6) == (Press("*", 0.08),)
    assert receiver.handle_timers(9.0) == ()


def test_late_packets_of_an_earlier_press_are_ignored() -> None:
    receiver = DigitReceiver()
    first, second = list(digit(1, timestamp=1000, sequence=1)), digit(2, timestamp=4000, sequence=9)
    assert len(presses(receiver, [*first, *second, first[-1]])) == 2


def test_a_new_source_may_start_at_a_lower_time() -> None:
    receiver = DigitReceiver()
    first = digit(1, timestamp=4_000_000, sequence=1)
    second = digit(2, timestamp=5, sequence=9, ssrc=99)
    assert [press.digit for press in presses(receiver, [*first, *second])] == ["1", "2"]


def test_what_is_no_digit_is_ignored() -> None:
    receiver = DigitReceiver()
    assert presses(receiver, [Packet(101, 1, 1, 1, b"\x10\x8a\x03\x20")]) == []  # 16: flash
    assert presses(receiver, [Packet(101, 1, 1, 1, b"\x05")]) == []
