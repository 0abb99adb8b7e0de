"""Opens a leg: its sockets, the leg itself, and the wires between them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from media.dtls import Identity
from media.dtmf import DigitReceiver
from media.leg import LegPorts, LegReport, MediaLeg
from media.plain import PlainLeg
from media.player import Play
from media.ports import PortRange, UdpPort, sender
from media.webrtc import WebRtcLeg
from nidaa.contracts.media import Profile

Report = Callable[[LegReport], None]


@dataclass(slots=True)
class Member:
    """A leg in a session, with what belongs to it alone."""

    name: str
    leg: MediaLeg
    ports: LegPorts
    sockets: tuple[UdpPort, ...]
    digits: DigitReceiver = field(default_factory=DigitReceiver)
    play: tuple[str, Play] | None = None

    def close(self) -> None:
        if self.play:
            self.play[1].stop()
        self.leg.close()
        self.ports.deliver = self.ports.deliver_event = ignore
        for port in self.sockets:
            port.close()


class Opener:
    """Makes the legs of one worker."""

    def __init__(self, ports: PortRange, wall: Callable[[], float] = time.time) -> None:
        self._ports, self._wall = ports, wall
        self._identity: Identity | None = None

    def open(self, name: str, profile: Profile, report: Report) -> Member:
        """Raises MediaRefused when no port is free."""
        if profile is Profile.WEBRTC:
            return self._open_webrtc(name, report)
        return self._open_plain(name, report)

    def _open_plain(self, name: str, report: Report) -> Member:
        rtp, rtcp = self._ports.pair()
        sockets = (rtp, rtcp)
        wires = LegPorts(sender(sockets), ignore, ignore, report)
        leg = PlainLeg(wires, (rtp.address, rtcp.address), self._wall, rtp.connect)
        rtp.receive = rtcp.receive = leg.receive
        return Member(name, leg, wires, sockets)

    def _open_webrtc(self, name: str, report: Report) -> Member:
        port = self._ports.single()
        wires = LegPorts(sender((port,)), ignore, ignore, report)
        leg = WebRtcLeg(self.identity, wires, (port.address,), self._wall, connect=port.connect)
        port.receive = leg.receive
        return Member(name, leg, wires, (port,))

    @property
    def identity(self) -> Identity:
        """The certificate of this worker's browser legs, made when first needed."""
        if self._identity is None:
            self._identity = Identity()
        return self._identity


def ignore(_packet: bytes, _now: float) -> None:
    """Nobody listens."""
