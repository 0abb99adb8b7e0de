"""RTP as it may arrive from anybody: is this datagram a whole RTP packet? (RFC 3550 5.1, A.1)"""

from __future__ import annotations

HEADER_SIZE = 12
LARGEST = 1472  # bytes: an Ethernet frame less IPv4 and UDP headers


def is_rtp(datagram: bytes) -> bool:
    """Version, size, CSRC list, extension and padding all fit; some payload is left."""
    size = len(datagram)
    if not HEADER_SIZE < size <= LARGEST:
        return False
    first = datagram[0]
    if first == 0x80:  # no padding, extension or CSRC: all that phones usually send
        return True
    if first >> 6 != 2:
        return False
    body = HEADER_SIZE + 4 * (first & 0x0F)
    if first & 0x10:
        body += 4 + 4 * int.from_bytes(datagram[body + 2 : body + 4])
    return body + _padding(datagram, first) < size


def _padding(datagram: bytes, first: int) -> int:
    if not first & 0x20:
        return 0
    # Zero is not a padding length: the last byte counts itself.
    return datagram[-1] or len(datagram)


def with_payload_type(packet: bytes, payload_type: int) -> bytes:
    """The same packet under another payload type."""
    return packet[:1] + bytes((packet[1] & 0x80 | payload_type,)) + packet[2:]
