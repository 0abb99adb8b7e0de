"""A browser's end of a WebRTC leg without socket or clock: it says exactly what a test wants."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import struct
import zlib
from dataclasses import dataclass, field

from media.dtls import DtlsAssociation, Identity
from media.leg import LegChange, LegPorts, LegReport, Path
from media.srtp import SrtpKeys
from media.webrtc import WebRtcLeg

PATH: Path = (0, ("127.0.0.1", 50001))
LOCAL = (("127.0.0.1", 40000),)
WALL = 1_700_000_000.0

CODECS = (
    "111 opus/48000/2",
    "0 PCMU/8000",
    "8 PCMA/8000",
    "13 CN/8000",
    "126 telephone-event/8000",
)


def rtp(sequence: int, payload: bytes = b"\xd5" * 160, *, kind: int = 0, ssrc: int = 77) -> bytes:
    return struct.pack("!BBHII", 0x80, kind, sequence, sequence * 160, ssrc) + payload


def binding_request(
    username: str, password: str, *, nominates: bool = True, extra: bytes = b""
) -> bytes:
    """A connectivity check as Chromium sends it."""
    name = username.encode()
    attributes = struct.pack("!HH", 0x06, len(name)) + name + bytes(-len(name) % 4)
    attributes += struct.pack("!HHI", 0x24, 4, 1853824767)  # PRIORITY
    attributes += struct.pack("!HHQ", 0x802A, 8, 12345)  # ICE-CONTROLLING
    attributes += struct.pack("!HH", 0x25, 0) if nominates else b""
    attributes += extra
    identity = b"\x21\x12\xa4\x42" + secrets.token_bytes(12)
    head = struct.pack("!HH", 1, len(attributes) + 24) + identity
    digest = hmac.digest(password.encode(), head + attributes, hashlib.sha1)
    attributes += struct.pack("!HH", 0x08, 20) + digest
    message = struct.pack("!HH", 1, len(attributes) + 8) + identity + attributes
    return message + struct.pack("!HHI", 0x8028, 4, zlib.crc32(message) ^ 0x5354554E)


def value_of(attribute: str, sdp: str) -> str:
    found = re.search(rf"^a={attribute}:(\S+)", sdp, re.M)
    assert found, f"no {attribute} in\n{sdp}"
    return found[1]


@dataclass
class Wire:
    """What a leg has asked of its worker."""

    sent: list[tuple[bytes, Path]] = field(default_factory=list)
    delivered: list[bytes] = field(default_factory=list)
    events: list[bytes] = field(default_factory=list)
    reports: list[LegReport] = field(default_factory=list)

    def ports(self) -> LegPorts:
        return LegPorts(
            send=lambda data, path: self.sent.append((data, path)),
            deliver=lambda packet, _: self.delivered.append(packet),
            deliver_event=lambda packet, _: self.events.append(packet),
            report=self.reports.append,
        )

    @property
    def changes(self) -> list[LegChange]:
        return [report.change for report in self.reports]

    def take(self) -> list[bytes]:
        taken, self.sent[:] = [data for data, _ in self.sent], []
        return taken


class ScriptedBrowser:
    """Offers or answers, checks, shakes hands, then speaks SRTP."""

    def __init__(self, identity: Identity | None = None, path: Path = PATH) -> None:
        self.identity = identity or Identity()
        self.path = path
        self.ufrag, self.password = secrets.token_hex(4), secrets.token_hex(12)
        self.keys: SrtpKeys | None = None
        self.dtls: DtlsAssociation | None = None
        self.remote = ""

    def describe(
        self,
        *,
        setup: str = "actpass",
        direction: str = "sendrecv",
        codecs: tuple[str, ...] = CODECS,
        fingerprint: str = "",
        more: str = "",
    ) -> str:
        numbers = " ".join(codec.split()[0] for codec in codecs)
        lines = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE a1"]
        lines += [f"m=audio 9 UDP/TLS/RTP/SAVPF {numbers}", "c=IN IP4 0.0.0.0", "a=mid:a1"]
        lines += [f"a=rtpmap:{codec}" for codec in codecs]
        lines += [f"a={direction}", "a=rtcp-mux", f"a=setup:{setup}"]
        lines += [f"a=ice-ufrag:{self.ufrag}", f"a=ice-pwd:{self.password}"]
        lines += [f"a=fingerprint:{fingerprint or self.identity.fingerprint}"]
        return "\r\n".join(lines) + "\r\n" + more

    def check(self, *, nominates: bool = True, password: str = "") -> bytes:
        username = f"{value_of('ice-ufrag', self.remote)}:{self.ufrag}"
        return binding_request(
            username, password or value_of("ice-pwd", self.remote), nominates=nominates
        )

    def shake_hands(self, leg: WebRtcLeg, wire: Wire, now: float = 0.0) -> None:
        """Everything from the first check to the keys; nothing is lost."""
        wire.take()
        leg.receive(self.check(), self.path, now)
        flight = self.hello()
        for _ in range(10):
            for datagram in flight:
                leg.receive(datagram, self.path, now)
            answers = [data for data in wire.take() if 20 <= data[0] <= 63]
            flight = [reply for datagram in answers for reply in self.handshake(datagram)]
            if not flight:
                break
        assert self.keys, "the handshake did not end"

    def hello(self) -> list[bytes]:
        """Begin the handshake in the role that the leg's description leaves us."""
        fingerprints = re.findall(r"A=FINGERPRINT:(\S+ \S+)", self.remote.upper())
        is_client = value_of("setup", self.remote) != "active"
        self.dtls = DtlsAssociation(self.identity, frozenset(fingerprints), is_client=is_client)
        return self.dtls.advance() if is_client else []

    def handshake(self, datagram: bytes) -> list[bytes]:
        """Take one datagram of the handshake; what to send back."""
        assert self.dtls
        replies = self.dtls.advance(datagram)
        if self.dtls.is_established and self.keys is None:
            self.keys = self.dtls.srtp_keys()
        return replies

    def speak(self, packet: bytes) -> bytes:
        assert self.keys
        return self.keys.protect(packet)

    def hear(self, wire: Wire) -> list[bytes]:
        """The RTP packets that were sent to us."""
        assert self.keys
        media = [data for data in wire.take() if data[0] >> 6 == 2]
        return [self.keys.unprotect(data) for data in media if not 192 <= data[1] <= 223]

    def reports(self, wire: Wire) -> list[bytes]:
        assert self.keys
        muxed = [data for data in wire.take() if data[0] >> 6 == 2 and 192 <= data[1] <= 223]
        return [self.keys.unprotect_rtcp(data) for data in muxed]


def connected(
    identity: Identity, browser: ScriptedBrowser, **wishes: str
) -> tuple[WebRtcLeg, Wire]:
    """A leg that the browser called and that has its keys."""
    wire = Wire()
    leg = WebRtcLeg(identity, wire.ports(), LOCAL, lambda: WALL)
    browser.remote, _ = leg.answer(browser.describe(**wishes))
    browser.shake_hands(leg, wire)
    return leg, wire
