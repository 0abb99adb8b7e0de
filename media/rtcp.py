"""RTCP: the compound report we send and the little we need of the far end's (RFC 3550 6)."""

from __future__ import annotations

import struct

from media.stream import ContinuousStream, Reception

SENDER_REPORT, RECEIVER_REPORT, SOURCE_DESCRIPTION = 200, 201, 202
UNIX_TO_NTP = 2208988800  # seconds from 1900 to 1970
CNAME = b"nidaa"


def compound_report(sent: ContinuousStream, heard: Reception, now: float, wall: float) -> bytes:
    """SR (RR while nothing was sent) with a block on what we hear, and the mandatory SDES.

    `now` is monotonic, `wall` Unix time; both in seconds.
    """
    sent.settle()
    heard.settle()
    block = _block(heard, now) if heard.received else b""
    info = b""
    if sent.packets:
        ntp = int((wall + UNIX_TO_NTP) * 2**32) & 0xFFFFFFFFFFFFFFFF
        octets = sent.octets & 0xFFFFFFFF
        info = struct.pack("!QIII", ntp, sent.timestamp_at(now), sent.packets, octets)
    kind = SENDER_REPORT if info else RECEIVER_REPORT
    words = (4 + len(info) + len(block)) // 4
    head = struct.pack("!BBHI", 0x80 | bool(block), kind, words, sent.ssrc)
    return head + info + block + _source_description(sent.ssrc)


def sender_report_middle(compound: bytes) -> int | None:
    """The middle 32 bits of the NTP time, when the compound packet starts with a whole SR."""
    is_whole = len(compound) >= 28 and 4 * int.from_bytes(compound[2:4]) + 4 <= len(compound)
    if is_whole and compound[0] >> 6 == 2 and compound[1] == SENDER_REPORT:
        return int.from_bytes(compound[10:14])
    return None


def is_rtcp(datagram: bytes) -> bool:
    """Told from RTP by its second byte (RFC 5761 4)."""
    return len(datagram) >= 8 and datagram[0] >> 6 == 2 and 192 <= datagram[1] <= 223


def _block(heard: Reception, now: float) -> bytes:
    lost = heard.fraction_lost() << 24 | min(heard.lost(), 0x7FFFFF)
    middle, delay = heard.since_sender_report(now)
    highest, jitter = heard.highest & 0xFFFFFFFF, int(heard.jitter) & 0xFFFFFFFF
    return struct.pack("!6I", heard.ssrc, lost, highest, jitter, middle, delay & 0xFFFFFFFF)


def _source_description(ssrc: int) -> bytes:
    item = struct.pack("!BB", 1, len(CNAME)) + CNAME
    item += bytes(4 - len(item) % 4)  # ends in at least one zero, padded to a word
    words = 1 + len(item) // 4
    return struct.pack("!BBHI", 0x81, SOURCE_DESCRIPTION, words, ssrc) + item
