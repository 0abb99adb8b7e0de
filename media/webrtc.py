"""A browser's leg: ICE-lite, DTLS-SRTP, RTP and RTCP on one port, plain RTP inside the worker.

It owns no socket and no clock: datagrams, packets and `now` go in, and what comes out goes
through its `LegPorts`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from enum import StrEnum
from functools import partial

from media.dtls import MTU, DtlsAssociation, DtlsEnded, Identity
from media.ice import BadCheck, IceLite
from media.leg import (
    PCMA,
    PCMU,
    TELEPHONE_EVENT,
    Address,
    LegChange,
    LegPorts,
    LegReport,
    Path,
)
from media.relay import Transmit
from media.rtcp import compound_report, sender_report_middle
from media.rtp import is_rtp, with_payload_type
from media.srtp import BadPacket, SrtpKeys
from media.stream import ContinuousStream, Reception
from media.webrtc_sdp import HEARING, LocalAudio, RemoteAudio

REPORT_EVERY = 2.5  # seconds between RTCP reports
HANDSHAKE_WITHIN = 20.0  # seconds from the first good check to the keys


class Dropped(StrEnum):
    """Why a datagram or packet went no further."""

    BAD_CHECK = "bad_check"
    UNCHECKED_PATH = "unchecked_path"  # only an address that passed a check is listened to
    TOO_EARLY = "too_early"  # before the far end's description, or before the keys
    BAD_SRTP = "bad_srtp"  # forged, replayed or damaged
    BAD_RTP = "bad_rtp"  # authentic, but no RTP or a codec not agreed
    NOT_SENT = "not_sent"
    ENDED = "ended"
    UNKNOWN = "unknown"


class WebRtcLeg:
    """One browser. Fits `media.leg.MediaLeg`."""

    def __init__(
        self,
        identity: Identity,
        ports: LegPorts,
        local: tuple[Address, ...],
        wall: Callable[[], float],
        *,
        mtu: int = MTU,
        connect: Callable[[Path], Transmit | None] = lambda _path: None,
    ) -> None:
        """`local`: our addresses, best first, one candidate each; `wall`: Unix time for RTCP.

        `connect` is told the path in use, as `PlainLeg`'s is.
        """
        self._connect = connect
        self._way: Path | None = None  # what was connected
        self._transmit: Transmit | None = None
        self._identity, self._ports, self._wall, self._mtu = identity, ports, wall, mtu
        self._local = LocalAudio(local, identity.fingerprint)
        self._ice = IceLite()
        self._remote: RemoteAudio | None = None
        self._may_send = True
        self._is_client = False
        self._dtls: DtlsAssociation | None = None
        self._keys: SrtpKeys | None = None
        self._is_up = self._has_ended = False
        self._report_at = self._handshake_until = 0.0
        self._sent = ContinuousStream()
        self._heard = Reception()
        self.drops: Counter[Dropped] = Counter()

    @property
    def payload_type(self) -> int:
        """Of the audio that the browser likes best: PCMU or PCMA."""
        if self._remote is None:
            return PCMU
        return next(ours for ours in self._remote.payload_types.values() if ours in (PCMU, PCMA))

    @property
    def dropped(self) -> int:
        """Datagrams and packets that went no further."""
        return self.drops.total()

    # --- signalling

    def offer(self, direction: str, *, restart: bool = False) -> str:
        """Our description; with `restart` the browser finds its path anew (RFC 8445 2.4)."""
        if restart:
            self._ice.renew()
        self._local.wanted = direction
        return self._local.offer(self._remote, self._ice.ufrag, self._ice.password)

    def accept(self, sdp: str) -> None:
        """The browser's answer to our last offer. Raises MediaRefused."""
        self._apply(RemoteAudio.parse(sdp))

    def answer(self, sdp: str) -> tuple[str, str]:
        """Our answer and the direction the browser asked for. Raises MediaRefused."""
        remote = RemoteAudio.parse(sdp)
        if self._remote and remote.ufrag != self._remote.ufrag:
            self._ice.renew()  # RFC 8839 4.4.1.1.1: an ICE restart
        self._apply(remote)
        setup = "active" if self._is_client else "passive"
        text = self._local.answer(remote, setup, self._ice.ufrag, self._ice.password)
        return text, remote.direction

    def _apply(self, remote: RemoteAudio) -> None:
        if self._remote is None or remote.fingerprints != self._remote.fingerprints:
            self._expect_another(remote)
        self._remote = remote
        self._may_send = remote.direction in HEARING
        self._sent.agree({ours: theirs for theirs, ours in remote.payload_types.items()})

    def _expect_another(self, remote: RemoteAudio) -> None:
        """RFC 8842 3: another certificate is another association, such as a reloaded page."""
        if self._remote is not None:
            self._ice.forget_paths()
            self._way = self._transmit = None
        self._is_client = remote.setup == "passive"
        self._dtls = self._keys = None
        self._is_up = self._has_ended = False
        self._handshake_until = 0.0

    # --- from the network

    def receive(self, datagram: bytes, path: Path, now: float) -> None:
        """One datagram; its first byte tells the protocols apart (RFC 7983)."""
        first = datagram[0] if datagram else 255
        if path is self._way and 128 <= first <= 191 and self._keys:
            self._receive_srtp(datagram, path, now)
        elif self._has_ended:
            self.drops[Dropped.ENDED] += 1
        elif first <= 3:
            self._receive_check(datagram, path, now)
        elif not self._ice.has_checked(path):
            self.drops[Dropped.UNCHECKED_PATH] += 1
        elif 128 <= first <= 191:
            self._receive_srtp(datagram, path, now)
        elif 20 <= first <= 63:
            self._receive_dtls(datagram, path)
        else:
            self.drops[Dropped.UNKNOWN] += 1

    def _receive_check(self, datagram: bytes, path: Path, now: float) -> None:
        was_silent = self._ice.is_silent
        try:
            reply = self._ice.receive(datagram, path, now)
        except BadCheck:
            self.drops[Dropped.BAD_CHECK] += 1
            return
        self._ports.send(reply, path)
        self._follow()
        self._report_resumed(was_silent)
        self._start_if_client()

    def _follow(self) -> None:
        """Have the path in use connected."""
        if self._ice.path != self._way:
            self._way = path = self._ice.path
            self._transmit = self._connect(path) if path else None

    def _report_resumed(self, was_silent: bool) -> None:
        if was_silent and not self._ice.is_silent:
            self._ports.report(LegReport(LegChange.RESUMED))

    def _start_if_client(self) -> None:
        if self._is_client and self._remote and self._ice.path and self._dtls is None:
            self._dtls = self._associate(self._remote)
            self._run_dtls(self._dtls.advance, self._ice.path)

    def _associate(self, remote: RemoteAudio) -> DtlsAssociation:
        return DtlsAssociation(
            self._identity, remote.fingerprints, is_client=self._is_client, mtu=self._mtu
        )

    def _receive_dtls(self, datagram: bytes, path: Path) -> None:
        if self._remote is None:
            # A ClientHello may overtake the SIP answer with the fingerprint; it is repeated.
            self.drops[Dropped.TOO_EARLY] += 1
            return
        if self._dtls is None:
            self._dtls = self._associate(self._remote)
        self._run_dtls(partial(self._dtls.advance, datagram), path)

    def _run_dtls(self, step: Callable[[], list[bytes]], path: Path) -> None:
        try:
            for datagram in step():
                self._ports.send(datagram, path)
            if self._keys is None and self._dtls and self._dtls.is_established:
                self._keys = self._dtls.srtp_keys()
        except DtlsEnded as ended:
            self._end(LegChange.CLOSED if ended.is_closed else LegChange.FAILED, str(ended))

    def _end(self, change: LegChange, reason: str) -> None:
        self._say_farewell()
        self._ports.report(LegReport(change, reason))

    def _say_farewell(self) -> None:
        self._has_ended, self._keys = True, None
        if self._dtls and self._ice.path:
            for datagram in self._dtls.farewell():
                self._ports.send(datagram, self._ice.path)

    def _receive_srtp(self, datagram: bytes, path: Path, now: float) -> None:
        keys = self._keys
        if keys is None:
            self.drops[Dropped.TOO_EARLY] += 1
            return
        try:
            if len(datagram) > 1 and 192 <= datagram[1] <= 223:  # RFC 5761 4: muxed RTCP
                self._note_report(keys.unprotect_rtcp(datagram), now)
                return
            packet = keys.unprotect(datagram)
        except BadPacket:
            self.drops[Dropped.BAD_SRTP] += 1
            return
        if path != self._ice.path:
            was_silent = self._ice.is_silent
            self._ice.move_to(path, now)
            self._follow()
            self._report_resumed(was_silent)
        self._deliver(packet, now)

    def _note_report(self, compound: bytes, now: float) -> None:
        middle = sender_report_middle(compound)
        if middle is not None:
            self._heard.note_sender_report(middle, now)

    def _deliver(self, packet: bytes, now: float) -> None:
        theirs = packet[1] & 0x7F
        ours = self._remote.payload_types.get(theirs) if self._remote else None
        if ours is None or not is_rtp(packet):
            self.drops[Dropped.BAD_RTP] += 1
            return
        self._heard.count(packet, now)
        if not self._is_up:
            self._is_up = True
            text = self._dtls.describe() if self._dtls else ""
            self._ports.report(LegReport(LegChange.UP, text))
        if ours != theirs:
            packet = with_payload_type(packet, ours)
        if ours == TELEPHONE_EVENT:
            self._ports.deliver_event(packet, now)
        else:
            self._ports.deliver(packet, now)

    # --- to the browser

    def send(self, packet: bytes, now: float) -> None:
        """Plain RTP of either law, or a telephone-event, towards the browser."""
        path = self._ice.path
        if self._keys is None or path is None or self._ice.is_silent or not self._may_send:
            return
        rewritten = self._sent.rewrite(packet, now)
        if rewritten is None:
            return
        try:
            protected = self._keys.protect(rewritten)
        except BadPacket:  # a repeated packet of the source, or one too large
            self.drops[Dropped.NOT_SENT] += 1
            return
        if self._transmit is None:
            self._ports.send(protected, path)
            return
        try:
            self._transmit(protected)
        except OSError:  # a full buffer, a lost route or an ICMP error costs this packet only
            return

    def handle_timers(self, now: float) -> None:
        """DTLS retransmission, RTCP reports, consent; call it every TIMERS_EVERY."""
        path = self._ice.path
        if self._has_ended or path is None:
            return
        self._heard.measure()
        if self._keys is None:
            self._watch_handshake(path, now)
        elif now >= self._report_at and not self._ice.is_silent:
            self._report_at = now + REPORT_EVERY
            report = compound_report(self._sent, self._heard, now, self._wall())
            self._ports.send(self._keys.protect_rtcp(report), path)
        if self._ice.watch_consent(now):
            silent_for = now - self._ice.checked_at
            text = "no consent from the browser"
            self._ports.report(LegReport(LegChange.SILENT, text, silent_for))

    def _watch_handshake(self, path: Path, now: float) -> None:
        if self._dtls:
            self._run_dtls(self._dtls.retransmit, path)
        if self._remote is None or self._has_ended:
            return
        if not self._handshake_until:
            self._handshake_until = now + HANDSHAKE_WITHIN
        elif now > self._handshake_until:
            self._end(LegChange.FAILED, f"no DTLS handshake within {HANDSHAKE_WITHIN:.0f} s")

    def close(self) -> None:
        """Tell the browser; only its DTLS state shows it, the call itself ends by SIP."""
        if not self._has_ended:
            self._say_farewell()
