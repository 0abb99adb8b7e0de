"""What is a whole RTP packet, and RTCP as it is written and read."""

from __future__ import annotations

import random
import struct

import pytest

from media.rtcp import compound_report, is_rtcp, sender_report_middle
from media.rtp import is_rtp, with_payload_type
from media.stream import ContinuousStream, Reception
from tests.support.rtp import Packet, stream, tone

SOUND = bytes(160)


def rtp(first: int = 0x80, rest: bytes = SOUND) -> bytes:
    return struct.pack("!BBHII", first, 0, 1, 160, 7) + rest


@pytest.mark.parametrize(
    "datagram",
    [
        rtp(),
        rtp(0x81, bytes(4) + SOUND),  # one contributing source
        rtp(0x90, b"\xbe\xde\x00\x01" + bytes(4) + SOUND),  # a header extension of one word
        rtp(0xA0, SOUND + b"\x00\x00\x03"),  # three bytes of padding
    ],
)
def test_whole_packets_are_taken(datagram: bytes) -> None:
    assert is_rtp(datagram)


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        b"\x80",
        rtp(rest=b""),  # no payload
        rtp(0x40),  # version 1
        rtp(0x8F, bytes(59)),  # fewer bytes than contributing sources
        rtp(0x90, b"\xbe\xde\xff\xff" + SOUND),  # an extension longer than the packet
        rtp(0x90, b"\xbe"),
        rtp(0xA0, SOUND + b"\xff"),  # more padding than there is payload
        rtp(0xA0, SOUND + b"\x00"),  # padding that does not count itself
        rtp(rest=bytes(2000)),
    ],
)
def test_broken_packets_are_refused(datagram: bytes) -> None:
    assert not is_rtp(datagram)


def test_garbage_never_raises() -> None:
    dice = random.Random(1)
    for _ in range(20_000):
        datagram = bytes([dice.choice((0x80, 0x90, 0xA0, 0xB5, 0xFF))]) + dice.randbytes(
            dice.randrange(80)
        )
        is_rtp(datagram)
        is_rtcp(datagram)
        sender_report_middle(datagram)


def test_payload_type_changes_and_the_marker_stays() -> None:
    packet = Packet.parse(with_payload_type(bytes(Packet(8, 1, 2, 3, SOUND, marker=True)), 101))
    assert packet == Packet(101, 1, 2, 3, SOUND, marker=True)


def test_report_says_what_was_sent_and_heard() -> None:
    sent, heard = ContinuousStream(), Reception()
    sent.agree({0: 0})
    packets = [bytes(packet) for packet in stream(tone(440, 1), ssrc=77)]
    for index, packet in enumerate(packets):
        sent.rewrite(packet, index * 0.02)
        if index % 10:  # every tenth is lost
            heard.count(packet, index * 0.02)
    report = compound_report(sent, heard, now=1.0, wall=1_000_000_000.5)
    assert is_rtcp(report)
    kind, words, ssrc = struct.unpack_from("!xBHI", report)
    assert (kind, ssrc) == (200, sent.ssrc)
    ntp, stamp, count, octets = struct.unpack_from("!QIII", report, 8)
    assert ntp == (1_000_000_000 + 2208988800 << 32) + 2**31
    assert (count, octets) == (50, 8000)
    assert stamp == sent.timestamp_at(1.0)
    source, lost = struct.unpack_from("!II", report, 28)
    assert source == 77
    # The first one was lost too, but nobody can know: 4 of 49.
    assert (lost & 0xFFFFFF, lost >> 24) == (4, 4 * 256 // 49)
    assert report[4 * (words + 1) + 1] == 202
    assert sender_report_middle(report) == ntp >> 16 & 0xFFFFFFFF


def test_nothing_sent_is_a_receiver_report() -> None:
    report = compound_report(ContinuousStream(), Reception(), now=1.0, wall=2.0)
    assert report[1] == 201
    assert sender_report_middle(report) is None


def test_reports_cover_the_time_since_the_last_one() -> None:
    heard = Reception()
    packets = [bytes(packet) for packet in stream(tone(440, 2))]
    for packet in packets[:50]:
        heard.count(packet, 1.0)
    assert heard.fraction_lost() == 0
    for packet in packets[75:]:
        heard.count(packet, 2.0)
    assert heard.fraction_lost() == 128
    assert heard.lost() == 25


def test_jitter_is_that_of_the_arrival() -> None:
    even, uneven = Reception(), Reception()
    for index, packet in enumerate(stream(tone(440, 10))):
        at = index * 0.02
        even.count(bytes(packet), at)
        uneven.count(bytes(packet), at + (0.01 if index % 16 < 8 else 0))
        if index % 8 == 0:
            even.measure()
            uneven.measure()
    assert even.jitter < 1
    assert 60 < uneven.jitter <= 80  # 10 ms are 80 units
