"""The ICE-lite agent of one leg: answers checks, follows the nominated path, watches consent.

RFC 8445 (lite, always controlled), RFC 8489 (STUN), RFC 7675 (consent). No socket and no clock.
Who does not know the password gets no byte back, so nobody can aim us at somebody else.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
import struct
import zlib
from dataclasses import dataclass

from media.leg import Address, Path

SILENT_AFTER = 10.0  # seconds; browsers repeat their consent check every 2.7 s
CREDENTIALS_KEPT = 2  # those before an ICE restart hold until the browser has switched
PATHS_KEPT = 16  # a browser tries one per pair of interfaces; more is not a browser

COOKIE = b"\x21\x12\xa4\x42"
HEADER = 20
BINDING_REQUEST, BINDING_SUCCESS = 0x0001, 0x0101
USERNAME, INTEGRITY, MAPPED_ADDRESS, USE_CANDIDATE, FINGERPRINT = 0x06, 0x08, 0x20, 0x25, 0x8028
FINGERPRINT_MASK = 0x5354554E


class BadCheck(ValueError):
    """Not a signed binding request for us; dropped without an answer."""


@dataclass(frozen=True, slots=True)
class BindingRequest:
    """One connectivity check; `signed` is what `integrity` covers (RFC 8489 14.5)."""

    transaction: bytes  # with the magic cookie: 16 bytes
    username: str
    nominates: bool
    signed: bytes
    integrity: bytes

    @classmethod
    def parse(cls, datagram: bytes) -> BindingRequest:
        """Raises BadCheck; attributes a lite agent has no use for are skipped."""
        _check_frame(datagram)
        username, nominates, at = b"", False, HEADER
        while at + 4 <= len(datagram):
            kind, length = struct.unpack_from("!HH", datagram, at)
            value = datagram[at + 4 : at + 4 + length]
            if kind == INTEGRITY:
                if len(value) != 20:
                    raise BadCheck("short integrity")
                # The signed length counts this attribute but not the FINGERPRINT after it.
                signed = datagram[:2] + struct.pack("!H", at + 4) + datagram[4:at]
                name = username.decode("utf-8", "replace")
                return cls(datagram[4:HEADER], name, nominates, signed, value)
            if kind == USERNAME:
                username = value
            nominates = nominates or kind == USE_CANDIDATE
            at += 4 + (length + 3 & ~3)
        raise BadCheck("no integrity")

    @property
    def local_ufrag(self) -> str:
        """RFC 8445 7.2.2: the receiver's fragment comes first."""
        return self.username.partition(":")[0]

    def is_signed_with(self, password: str) -> bool:
        digest = hmac.digest(password.encode(), self.signed, hashlib.sha1)
        return hmac.compare_digest(digest, self.integrity)


def _check_frame(datagram: bytes) -> None:
    if len(datagram) < HEADER or datagram[4:8] != COOKIE:
        raise BadCheck("not STUN")
    kind, length = struct.unpack_from("!HH", datagram)
    if kind != BINDING_REQUEST:
        raise BadCheck(f"message type {kind:#06x}")
    if length != len(datagram) - HEADER or length % 4:
        raise BadCheck("wrong length")
    # RFC 8445 7.1: checks carry FINGERPRINT, and RFC 8489 14.7 makes it the last attribute.
    if datagram[-8:-4] != struct.pack("!HH", FINGERPRINT, 4):
        raise BadCheck("no fingerprint")
    if datagram[-4:] != _fingerprint(datagram[:-8]):
        raise BadCheck("wrong fingerprint")


def _fingerprint(message: bytes) -> bytes:
    return struct.pack("!I", zlib.crc32(message) ^ FINGERPRINT_MASK)


def binding_success(transaction: bytes, source: Address, password: str) -> bytes:
    """The signed answer to a check that came from `source` (RFC 8489 14.2)."""
    ip = ipaddress.ip_address(source[0]).packed
    masked = bytes(a ^ b for a, b in zip(ip, transaction, strict=False))
    value = struct.pack("!BBH", 0, 1 if len(ip) == 4 else 2, source[1] ^ 0x2112) + masked
    body = struct.pack("!HH", MAPPED_ADDRESS, len(value)) + value

    def head(length: int) -> bytes:
        return struct.pack("!HH", BINDING_SUCCESS, length) + transaction

    digest = hmac.digest(password.encode(), head(len(body) + 24) + body, hashlib.sha1)
    body += struct.pack("!HH", INTEGRITY, 20) + digest
    message = head(len(body) + 8) + body
    return message + struct.pack("!HH", FINGERPRINT, 4) + _fingerprint(message)


class IceLite:
    """Our side of the checks. `path` is where to send; None until the first good check."""

    def __init__(self) -> None:
        self.path: Path | None = None
        self.is_silent = False
        self.checked_at = 0.0
        self.ufrag = self.password = ""
        self._passwords: dict[str, str] = {}
        self._checked: dict[Path, None] = {}
        self.renew()

    def renew(self) -> None:
        """New credentials for an ICE restart; the last ones hold until the browser switches."""
        self.ufrag, self.password = secrets.token_hex(4), secrets.token_hex(12)
        kept = list(self._passwords.items())[1 - CREDENTIALS_KEPT :]
        self._passwords = {**dict(kept), self.ufrag: self.password}

    def forget_paths(self) -> None:
        """Another peer takes over the leg: it must be checked before it is heard."""
        self.path = None
        self.is_silent = False
        self._checked.clear()

    def has_checked(self, path: Path) -> bool:
        """True where a check proved that the far end really is at this address."""
        return path in self._checked

    def receive(self, datagram: bytes, path: Path, now: float) -> bytes:
        """Take one check and return the answer. Raises BadCheck."""
        request = BindingRequest.parse(datagram)
        password = self._passwords.get(request.local_ufrag)
        if password is None or not request.is_signed_with(password):
            raise BadCheck("unknown or wrong credentials")
        self._checked.pop(path, None)
        self._checked[path] = None
        self._forget_oldest()
        # Browsers nominate one path after another: the last one holds.
        if self.path is None or request.nominates:
            self.path = path
        if path == self.path:
            self.note_consent(now)
        return binding_success(request.transaction, path[1], password)

    def note_consent(self, now: float) -> None:
        """The far end proved that it still wants our packets on the chosen path."""
        self.checked_at = now
        self.is_silent = False

    def move_to(self, path: Path, now: float) -> None:
        """Follow authentic media, which is 2.5 s ahead of a browser's nomination."""
        self.path = path
        self.note_consent(now)

    def watch_consent(self, now: float) -> bool:
        """True once, when no check has come for SILENT_AFTER: media must stop until one does."""
        if self.path is None or self.is_silent or now - self.checked_at <= SILENT_AFTER:
            return False
        self.is_silent = True
        return True

    def _forget_oldest(self) -> None:
        while len(self._checked) > PATHS_KEPT:
            oldest = next(path for path in self._checked if path != self.path)
            del self._checked[oldest]
