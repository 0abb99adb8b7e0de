"""A leg of plain RTP: a desk phone or a trunk.

It listens to one source only: the address of the far end's description or, where a NAT hides
that, whoever sends the first valid packet. Only signalling can change it after that, so that a
stranger can neither be heard nor take the audio away (RFC 7362 5).
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable
from enum import StrEnum

from media import sdp_plain
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
from media.rtcp import compound_report, is_rtcp, sender_report_middle
from media.rtp import LARGEST, is_rtp, with_payload_type
from media.sdp_plain import RemoteAudio
from media.stream import ContinuousStream, Reception
from nidaa.sdp import Codec, Origin, reversed_direction

RTP, RTCP = 0, 1  # the leg's two sockets, as in `Path`
REPORT_EVERY = 5.0  # seconds, RFC 3550 6.2
SILENT_AFTER = 10.0  # seconds
SENDING, RECEIVING = ("sendrecv", "sendonly"), ("sendrecv", "recvonly")


class Dropped(StrEnum):
    """Why a datagram went no further."""

    STRANGER = "stranger"  # not from the address this leg listens to
    NOT_RTP = "not_rtp"
    NOT_AGREED = "not_agreed"  # a payload type that was not agreed
    NEW_SOURCE = "new_source"  # the first packet of another SSRC; its second one is taken
    NOT_EXPECTED = "not_expected"  # before the far end described itself


class PlainLeg:
    """One phone or trunk. Fits `media.leg.MediaLeg`."""

    __slots__ = (
        "_alive_at",
        "_candidate",
        "_codecs",
        "_connect",
        "_described",
        "_former",
        "_incoming",
        "_is_closed",
        "_is_silent",
        "_is_up",
        "_latched",
        "_may_send",
        "_origin",
        "_port",
        "_ports",
        "_remote",
        "_report_at",
        "_rtcp_target",
        "_signs",
        "_signs_before",
        "_target",
        "_transmit",
        "_usual",
        "_wall",
        "_wanted",
        "drops",
        "heard",
        "sent",
    )

    def __init__(
        self,
        ports: LegPorts,
        local: tuple[Address, Address],
        wall: Callable[[], float],
        connect: Callable[[Path], Transmit | None] = lambda _path: None,
    ) -> None:
        """`local`: our RTP and RTCP address; `wall`: Unix time for RTCP.

        `connect` is told the path RTP is exchanged by, whenever it is another one. It may return
        a cheaper way to send by it, which may raise OSError; what comes by it then bears this
        very `Path`.
        """
        self._connect = connect
        self._transmit: Transmit | None = None
        self._ports, self._wall = ports, wall
        self._origin = Origin("-", str(secrets.randbits(62)), 0, local[RTP][0])
        self._port: int = local[RTP][1]
        self._codecs: tuple[Codec, ...] = sdp_plain.CODECS  # as we describe them
        self._remote: RemoteAudio | None = None
        self._wanted = "sendrecv"  # what we asked for last
        self._may_send = False
        self.sent, self.heard = ContinuousStream(), Reception()
        self._incoming: dict[int, int] = {}  # the far end's payload type -> ours
        self._usual: frozenset[bytes] = frozenset()  # first two bytes that need no thought
        self._described: Address | None = None  # the last one that was described
        self._former: Path | None = None  # where its RTP came from before it moved
        self._latched: Path | None = None  # where the far end's RTP comes from
        self._target: Path | None = None  # where ours goes
        self._rtcp_target: Path | None = None
        self._candidate: tuple[bytes, int, int] | None = None
        self._is_up = self._is_silent = self._is_closed = False
        self._alive_at = self._report_at = 0.0
        self._signs = self._signs_before = 0
        self.drops: Counter[Dropped] = Counter()

    @property
    def payload_type(self) -> int:
        ours = self._remote.codecs if self._remote else ()
        names = {"pcmu": PCMU, "pcma": PCMA}
        return next((names[c.name.lower()] for c in ours if c.name.lower() in names), PCMU)

    @property
    def dropped(self) -> int:
        return self.drops.total()

    @property
    def transmit(self) -> Transmit | None:
        """What sends to the phone past `send`; None while that is not to be."""
        return self._transmit if self._may_send else None

    # --- signalling

    def offer(self, direction: str) -> str:
        self._wanted = direction
        return self._describe(direction)

    def answer(self, sdp: str) -> tuple[str, str]:
        remote = sdp_plain.read(sdp)
        # Our numbers become the far end's, and stay so in later offers of ours.
        self._codecs = remote.codecs
        self._take(remote)
        return self._describe(self._answered(remote.direction)), remote.direction

    def accept(self, sdp: str) -> None:
        self._take(sdp_plain.read(sdp))

    def _answered(self, direction: str) -> str:
        """The widest direction that both the far end's offer and our last wish allow."""
        asked = reversed_direction(direction)
        sends = asked in SENDING and self._wanted in SENDING
        receives = asked in RECEIVING and self._wanted in RECEIVING
        if sends:
            return "sendrecv" if receives else "sendonly"
        return "recvonly" if receives else "inactive"

    def _describe(self, direction: str) -> str:
        origin = self._origin
        self._origin = Origin(origin.user, origin.id, origin.version + 1, origin.address)
        audio = sdp_plain.describe(self._origin, self._port, direction, self._codecs)
        return sdp_plain.description(self._origin, audio, self._remote)

    def _take(self, remote: RemoteAudio) -> None:
        self._remote = remote
        self._may_send = remote.direction in RECEIVING and self._wanted in SENDING
        self.sent.agree(remote.payload_types)
        self.heard.end_shortcut()
        # Packets should bear the numbers of our description; some phones use those of theirs.
        offered = sdp_plain.payload_types(self._codecs)
        self._incoming = {n: ours for ours, n in (*offered.items(), *remote.payload_types.items())}
        heads = (n for n, ours in self._incoming.items() if n == ours and n != TELEPHONE_EVENT)
        self._usual = frozenset(bytes((0x80, n | mark)) for n in heads for mark in (0, 0x80))
        # No address, or 0.0.0.0, is an old way to hold: the far end is where it was.
        if remote.rtp and remote.rtp != self._described:
            self._move(remote.rtp, remote.rtcp)

    def _move(self, rtp: Address, rtcp: Address | None) -> None:
        self._described, self._former, self._latched = rtp, self._latched, None
        self._target, self._transmit = (RTP, rtp), None
        self._rtcp_target = (RTCP, rtcp) if rtcp else None

    # --- from the network

    def receive(self, datagram: bytes, path: Path, now: float) -> None:
        if (
            datagram[:2] in self._usual
            and path is self._latched
            and 12 < len(datagram) <= LARGEST
            and self.heard.count_known(datagram, now)
        ):
            self._ports.deliver(datagram, now)
        else:
            self._receive_unusual(datagram, path, now)

    def is_usual(self, datagram: bytes, path: Path) -> bool:
        """Is this delivered as it comes, once it is counted?"""
        is_fit = datagram[:2] in self._usual and 12 < len(datagram) <= LARGEST
        return is_fit and path is self._latched and datagram[8:12] == self.heard.source

    def _receive_unusual(self, datagram: bytes, path: Path, now: float) -> None:
        if self._is_closed:
            return
        if is_rtcp(datagram) and self._remote:
            self._receive_rtcp(datagram, path, now)
        elif why := self._objection(datagram, path):
            self.drops[why] += 1
        else:
            self._latch(path)
            self._accept_packet(datagram, now)

    def _objection(self, datagram: bytes, path: Path) -> Dropped | None:
        """Why this is not to be heard, if so."""
        if self._remote is None:
            return Dropped.NOT_EXPECTED
        if path[0] != RTP or not is_rtp(datagram):
            return Dropped.NOT_RTP
        if not self._may_come_from(path):
            return Dropped.STRANGER
        if datagram[1] & 0x7F not in self._incoming:
            return Dropped.NOT_AGREED
        return None if self._is_known_source(datagram) else Dropped.NEW_SOURCE

    def _may_come_from(self, path: Path) -> bool:
        # The described address wins over one learnt, should a stranger have been quicker.
        if path[1] == self._described:
            return True
        return path == self._latched if self._latched else path != self._former

    def _is_known_source(self, datagram: bytes) -> bool:
        """Another SSRC is believed at its second packet in a row (RFC 3550 A.1)."""
        source, sequence = datagram[8:12], int.from_bytes(datagram[2:4])
        self.heard.settle()
        if source == self.heard.source or not self.heard.received:
            return True
        is_next = self._candidate == (source, sequence, self.heard.received)
        self._candidate = (source, sequence + 1 & 0xFFFF, self.heard.received)
        return is_next

    def _latch(self, path: Path) -> None:
        if path != self._latched:
            self.sent.end_shortcut()
            self._latched = self._target = path
            self._transmit = self._connect(path)
        if not self._is_up:
            self._is_up = True
            self._ports.report(LegReport(LegChange.UP, f"{path[1][0]}:{path[1][1]}"))

    def _accept_packet(self, packet: bytes, now: float) -> None:
        self.heard.count(packet, now)
        number = packet[1] & 0x7F
        ours = self._incoming[number]
        if ours != number:
            packet = with_payload_type(packet, ours)
        if ours == TELEPHONE_EVENT:
            self._ports.deliver_event(packet, now)
        else:
            self._ports.deliver(packet, now)

    def _receive_rtcp(self, datagram: bytes, path: Path, now: float) -> None:
        known = self._latched or self._target
        if known is None or path[1][0] != known[1][0]:
            self.drops[Dropped.STRANGER] += 1
            return
        self._rtcp_target = path
        self._signs += 1
        if middle := sender_report_middle(datagram):
            self.heard.note_sender_report(middle, now)

    # --- to the network

    def send(self, packet: bytes, now: float) -> None:
        if self._target is None or not self._may_send:
            return
        rewritten = self.sent.rewrite(packet, now)
        if rewritten is None:
            return
        if self._transmit is None:
            self._ports.send(rewritten, self._target)
            return
        try:
            self._transmit(rewritten)
        except OSError:  # a full buffer, a lost route or an ICMP error costs this packet only
            return

    def handle_timers(self, now: float) -> None:
        if self._is_closed or self._remote is None:
            return
        self.heard.measure()
        self._watch_silence(now)
        if now >= self._report_at:
            self._report(now)

    def _report(self, now: float) -> None:
        has_begun, self._report_at = bool(self._report_at), now + REPORT_EVERY
        if has_begun and self._rtcp_target and (self.sent.packets or self.heard.received):
            report = compound_report(self.sent, self.heard, now, self._wall())
            self._ports.send(report, self._rtcp_target)

    def _watch_silence(self, now: float) -> None:
        signs = self._signs + self.heard.received
        if signs != self._signs_before or not self._should_hear():
            self._signs_before, self._alive_at = signs, now
            if self._is_silent:
                self._is_silent = False
                self._ports.report(LegReport(LegChange.RESUMED))
        elif not self._is_silent and now - self._alive_at >= SILENT_AFTER:
            self._is_silent = True
            silent_for = now - self._alive_at
            self._ports.report(LegReport(LegChange.SILENT, silent_for=silent_for))

    def _should_hear(self) -> bool:
        """Do both sides' descriptions have the far end sending?"""
        is_sending = self._remote is not None and self._remote.direction in SENDING
        return self._alive_at > 0 and is_sending and self._wanted in RECEIVING

    def close(self) -> None:
        self._is_closed = True
        self.sent.end_shortcut()
        self.heard.end_shortcut()
        self._target = self._latched = self._transmit = None
        self._usual = frozenset()
