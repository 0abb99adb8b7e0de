from __future__ import annotations

import secrets
import struct

import pytest

from media.srtp import LARGEST_PLAIN, PROFILES, BadPacket, SrtpKeys, secret_length
from tests.media.scripted_browser import rtp

REPORT = struct.pack("!BBHI", 0x80, 201, 1, 77)


@pytest.fixture(params=sorted(PROFILES))
def pair(request: pytest.FixtureRequest) -> tuple[SrtpKeys, SrtpKeys]:
    secret = secrets.token_bytes(secret_length(request.param))
    return (
        SrtpKeys(request.param, secret, is_client=True),
        SrtpKeys(request.param, secret, is_client=False),
    )


Pair = tuple[SrtpKeys, SrtpKeys]


def test_both_directions_come_through(pair: Pair) -> None:
    for sender, receiver in (pair, pair[::-1]):
        assert receiver.unprotect(sender.protect(rtp(1))) == rtp(1)
        assert receiver.unprotect_rtcp(sender.protect_rtcp(REPORT)) == REPORT


def test_a_packet_is_taken_once(pair: Pair) -> None:
    client, server = pair
    packet = client.protect(rtp(1))
    server.unprotect(packet)
    with pytest.raises(BadPacket):
        server.unprotect(packet)


def test_forged_damaged_and_foreign_packets_are_refused(pair: Pair) -> None:
    client, server = pair
    good = client.protect(rtp(1))
    damaged = good[:-1] + bytes([good[-1] ^ 1])
    for packet in (damaged, good[:-1], good[:12], rtp(1), b"", b"\x80" * 3000):
        with pytest.raises(BadPacket):
            server.unprotect(packet)
    with pytest.raises(BadPacket):
        client.unprotect(good)  # our own, sent back
    report = client.protect_rtcp(REPORT)
    for packet in (report[:-1], REPORT, b"", b"\x80" * 3000, client.protect(rtp(2))):
        with pytest.raises(BadPacket):
            server.unprotect_rtcp(packet)
    assert server.unprotect(good) == rtp(1)


def test_packets_that_libsrtp_cannot_hold_are_refused_before_it(pair: Pair) -> None:
    client, server = pair
    largest = rtp(1, bytes(LARGEST_PLAIN - 12))
    assert server.unprotect(client.protect(largest)) == largest
    for packet in (rtp(2, bytes(LARGEST_PLAIN)), b"", b"\x80"):
        with pytest.raises(BadPacket):
            client.protect(packet)
        with pytest.raises(BadPacket):
            client.protect_rtcp(packet)


def test_sequence_is_never_protected_twice(pair: Pair) -> None:
    client, _ = pair
    client.protect(rtp(1))
    with pytest.raises(BadPacket):
        client.protect(rtp(1))
