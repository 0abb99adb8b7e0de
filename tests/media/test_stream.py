"""The far end hears one unbroken stream, whatever its sources do."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from media.stream import ContinuousStream, Reception
from tests.support.rtp import Packet, heard, loudness, stream, tone


def agreed(**numbers: int) -> ContinuousStream:
    sent = ContinuousStream()
    sent.agree(
        {0: 0, 8: 8, 101: 101} if not numbers else {int(k[1:]): v for k, v in numbers.items()}
    )
    return sent


def sent_of(sent: ContinuousStream, packet: Packet, now: float) -> Packet:
    rewritten = sent.rewrite(bytes(packet), now)
    assert rewritten is not None
    return Packet.parse(rewritten)


def steps(packets: list[Packet]) -> set[tuple[int, int]]:
    pairs = itertools.pairwise(packets)
    return {
        (b.sequence - a.sequence & 0xFFFF, b.timestamp - a.timestamp & 0xFFFFFFFF) for a, b in pairs
    }


def test_first_sequence_is_low_and_source_is_ours() -> None:
    for _ in range(50):
        sent = agreed()
        packet = sent_of(sent, Packet(0, 60000, 1, 5, bytes(160)), 0)
        assert packet.ssrc == sent.ssrc
        assert packet.sequence <= 2**15
        assert packet.marker


def test_sources_are_joined_without_a_gap() -> None:
    sent, out, now = agreed(), [], 10.0
    for ssrc in (1, 2, 3, 1):  # the last one comes back
        for packet in stream(tone(440, 0.2), ssrc=ssrc, sequence=65530, timestamp=2**32 - 300):
            out.append(sent_of(sent, packet, now))
            now += 0.02
    assert steps(out) == {(1, 160)}
    assert {packet.ssrc for packet in out} == {sent.ssrc}
    assert [index for index, packet in enumerate(out) if packet.marker] == [0, 10, 20, 30]


def test_a_pause_moves_the_timestamp_by_whole_packets() -> None:
    sent = agreed()
    first = sent_of(sent, Packet(0, 1, 160, 1, bytes(160)), 1.0)
    second = sent_of(sent, Packet(0, 900, 5, 2, bytes(160)), 4.013)
    assert second.sequence == first.sequence + 1
    assert second.timestamp - first.timestamp & 0xFFFFFFFF == 151 * 160


def test_loss_reordering_and_duplicates_are_passed_on_as_they_are() -> None:
    sent = agreed()
    order = [1, 2, 4, 3, 6, 6, 7]
    out = [sent_of(sent, Packet(0, n, n * 160, 1, bytes(160)), n * 0.02) for n in order]
    first = out[0].sequence
    assert [packet.sequence - first & 0xFFFF for packet in out] == [n - 1 for n in order]


def test_a_source_that_was_not_listened_to_for_a_while_is_joined() -> None:
    sent = agreed()
    first = sent_of(sent, Packet(0, 1, 160, 1, bytes(160)), 1.0)
    second = sent_of(sent, Packet(0, 101, 101 * 160, 1, bytes(160)), 3.0)
    assert (second.sequence, second.marker) == (first.sequence + 1, True)
    assert second.timestamp - first.timestamp & 0xFFFFFFFF == 100 * 160


def test_a_restarted_source_is_joined() -> None:
    sent = agreed()
    first = sent_of(sent, Packet(0, 1, 160, 1, bytes(160)), 1.0)
    second = sent_of(sent, Packet(0, 30000, 9999, 1, bytes(160)), 1.02)
    assert (second.sequence, second.marker) == (first.sequence + 1, True)


def test_payload_types_are_the_far_ends() -> None:
    sent = agreed(n0=0, n8=8, n101=96)
    assert sent_of(sent, Packet(101, 1, 1, 1, bytes(4)), 0).payload_type == 96
    assert sent.rewrite(bytes(Packet(13, 2, 2, 1, b"0")), 0) is None


def test_extension_and_sources_are_left_out() -> None:
    sent = agreed()
    plain = bytes(Packet(0, 1, 160, 1, b"sound" * 32))
    busy = b"\x91" + plain[1:12] + bytes(4) + b"\xbe\xde\x00\x01abcd" + plain[12:]
    rewritten = sent.rewrite(busy, 0)
    assert rewritten is not None
    assert rewritten[0] == 0x80
    assert rewritten[12:] == b"sound" * 32


def test_a_far_end_of_one_law_hears_the_other_in_its_own() -> None:
    for law, theirs in (("PCMU", 8), ("PCMA", 0)):
        sent = ContinuousStream()
        sent.agree({theirs: theirs})
        out = [
            sent_of(sent, packet, index * 0.02)
            for index, packet in enumerate(stream(tone(700, 1), law))  # type: ignore[arg-type]
        ]
        assert {packet.payload_type for packet in out} == {theirs}
        assert steps(out) == {(1, 160)}
        assert abs(loudness(heard(out), 700) - 0.25) < 0.01


def test_padding_is_not_translated_into_sound() -> None:
    sent = ContinuousStream()
    sent.agree({8: 8})
    plain = bytes(Packet(0, 1, 160, 1, bytes(160) + b"\x00\x00\x03"))
    rewritten = sent.rewrite(b"\xa0" + plain[1:], 0)
    assert rewritten is not None
    assert (rewritten[0], len(rewritten)) == (0x80, 172)


def test_digits_take_part_in_the_stream() -> None:
    sent = agreed()
    out = [sent_of(sent, packet, 0) for packet in stream(tone(440, 0.06))]
    event = Packet(101, 1003, 5480, 0x1234, b"\x05\x0a\x00\xa0")
    out += [sent_of(sent, event, 0.06), sent_of(sent, Packet(0, 1004, 6280, 0x1234, bytes(160)), 1)]
    assert [packet.payload_type for packet in out] == [0, 0, 0, 101, 0]
    assert [packet.sequence - out[0].sequence for packet in out] == [0, 1, 2, 3, 4]
    assert out[4].timestamp - out[0].timestamp & 0xFFFFFFFF == 1280


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(0, 65535)), max_size=40))
def test_the_sequence_never_jumps_beyond_what_was_lost(moves: list[tuple[int, int]]) -> None:
    sent, last = agreed(), None
    for index, (ssrc, sequence) in enumerate(moves):
        out = sent_of(sent, Packet(0, sequence, sequence * 160, ssrc, bytes(160)), index * 0.02)
        if last is not None:
            step = (out.sequence - last + 0x8000 & 0xFFFF) - 0x8000
            assert -2100 < step < 1100
        last = out.sequence


def test_reception_survives_a_wrap() -> None:
    heard_of = Reception()
    for packet in stream(tone(440, 4), sequence=65500):
        heard_of.count(bytes(packet), 0)
    assert heard_of.lost() == 0
    assert heard_of.highest == 65500 + 199


def test_a_new_source_is_counted_anew() -> None:
    heard_of = Reception()
    for ssrc in (1, 2):
        for packet in stream(np.zeros(1600, np.int16), ssrc=ssrc):
            heard_of.count(bytes(packet), 0)
    assert (heard_of.received, heard_of.source) == (10, b"\0\0\0\2")
