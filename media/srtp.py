"""SRTP and SRTCP of one leg (RFC 3711, RFC 7714), keyed by its DTLS association (RFC 5764)."""

from __future__ import annotations

from pylibsrtp import Error, Policy, Session

LARGEST_PLAIN, LARGEST_PROTECTED = 1356, 1500  # bytes; what libsrtp's buffer takes
SMALLEST_RTP, SMALLEST_RTCP = 12, 8

# OpenSSL's name -> (libsrtp profile, key bytes, salt bytes); AES-GCM, first, costs a third less.
PROFILES = {
    b"SRTP_AEAD_AES_128_GCM": (Policy.SRTP_PROFILE_AEAD_AES_128_GCM, 16, 12),
    b"SRTP_AES128_CM_SHA1_80": (Policy.SRTP_PROFILE_AES128_CM_SHA1_80, 16, 14),
}


class BadPacket(ValueError):
    """Forged, replayed, damaged or of an impossible size; dropped."""


def secret_length(profile: bytes) -> int:
    """Bytes of keying material the handshake must export. Raises KeyError."""
    _, key, salt = PROFILES[profile]
    return 2 * (key + salt)


class SrtpKeys:
    """Both directions of one leg. Any SSRC may appear; each starts its own rollover counter."""

    __slots__ = ("_receiving", "_sending")

    def __init__(self, profile: bytes, secret: bytes, *, is_client: bool) -> None:
        number, key, salt = PROFILES[profile]
        salts = secret[2 * key :]
        client, server = secret[:key] + salts[:salt], secret[key : 2 * key] + salts[salt:]
        theirs, ours = (server, client) if is_client else (client, server)
        self._receiving = Session(Policy(theirs, Policy.SSRC_ANY_INBOUND, srtp_profile=number))
        self._sending = Session(Policy(ours, Policy.SSRC_ANY_OUTBOUND, srtp_profile=number))

    def protect(self, packet: bytes) -> bytes:
        """One RTP packet for the wire. Raises BadPacket."""
        if not SMALLEST_RTP <= len(packet) <= LARGEST_PLAIN:
            raise BadPacket(f"{len(packet)} bytes")
        try:
            return self._sending.protect(packet)
        except Error as error:
            raise BadPacket(str(error)) from error

    def protect_rtcp(self, packet: bytes) -> bytes:
        """One compound RTCP packet for the wire. Raises BadPacket."""
        if not SMALLEST_RTCP <= len(packet) <= LARGEST_PLAIN:
            raise BadPacket(f"{len(packet)} bytes")
        try:
            return self._sending.protect_rtcp(packet)
        except Error as error:
            raise BadPacket(str(error)) from error

    def unprotect(self, datagram: bytes) -> bytes:
        """The RTP packet, authenticated and not seen before. Raises BadPacket."""
        if not SMALLEST_RTP <= len(datagram) <= LARGEST_PROTECTED:
            raise BadPacket(f"{len(datagram)} bytes")
        try:
            return self._receiving.unprotect(datagram)
        except Error as error:
            raise BadPacket(str(error)) from error

    def unprotect_rtcp(self, datagram: bytes) -> bytes:
        """The compound RTCP packet. Raises BadPacket."""
        if not SMALLEST_RTCP <= len(datagram) <= LARGEST_PROTECTED:
            raise BadPacket(f"{len(datagram)} bytes")
        try:
            return self._receiving.unprotect_rtcp(datagram)
        except Error as error:
            raise BadPacket(str(error)) from error
