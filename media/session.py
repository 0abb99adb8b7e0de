"""All legs of one conversation: who hears whom, what is played to whom, what is recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from media.dtmf import Press
from media.g711 import Law
from media.leg import PCMU, LegChange, LegReport, MediaLeg
from media.loop import Loop
from media.opening import Member, Opener, ignore
from media.plain import PlainLeg
from media.player import Play
from media.prompts import PromptStore, UnknownPrompt
from media.recordings import Recordings
from media.relay import Relay
from nidaa.contracts.media import (
    DigitPressed,
    LegFailed,
    LegSilent,
    LegUp,
    MediaEvent,
    MediaProblem,
    MediaRefused,
    PlayDone,
    Profile,
)
from nidaa.logging import Log

MUSIC = "music:"

log = Log("media.session")

Sink = Callable[[bytes, float], None]


@dataclass(frozen=True, slots=True)
class SessionPorts:
    """What a session asks of its worker."""

    loop: Loop
    opener: Opener
    prompts: PromptStore
    recordings: Recordings
    notify: Callable[[MediaEvent], None]


class Session:
    """Its methods are the commands of `nidaa.contracts.media`; they raise MediaRefused."""

    def __init__(self, name: str, ports: SessionPorts) -> None:
        self._name, self._ports = name, ports
        self._members: dict[str, Member] = {}
        self._matrix: dict[str, dict[str, float]] = {}

    @property
    def legs(self) -> tuple[str, ...]:
        return tuple(self._members)

    # --- legs

    def offer(self, name: str, profile: Profile, direction: str) -> str:
        """Our description of a new leg, or a new offer of a known one."""
        return self._member_or_new(name, profile).leg.offer(direction)

    def answer(self, name: str, sdp: str) -> tuple[str, str]:
        """Our answer and the direction the far end asked for; a refused new leg is gone."""
        is_new = name not in self._members
        member = self._member_or_new(name, profile_of(sdp))
        try:
            return member.leg.answer(sdp)
        except MediaRefused:
            if is_new:
                self.drop(name)
            raise

    def remote(self, name: str, sdp: str) -> None:
        """The far end's answer to our offer."""
        self._member(name).leg.accept(sdp)

    def drop(self, name: str) -> None:
        """Release one leg and end the recordings it is part of; idempotent."""
        if name in self._members:
            self._release(name)
            self._route()

    def end(self) -> None:
        """Release everything; a running recording is finished."""
        self._ports.recordings.end(self._name)
        for name in self.legs:
            self._release(name)

    def _release(self, name: str) -> None:
        member = self._members.pop(name)
        self._ports.recordings.drop(self._name, name)
        if dropped := member.leg.dropped:
            log.info(f"{dropped} datagrams dropped", session=self._name, leg=name)
        member.close()

    # --- who hears what

    def hears(self, matrix: Mapping[str, Mapping[str, float]]) -> None:
        """Listener -> source -> gain, the whole of it."""
        heard = {
            listener: {source: gain for source, gain in row.items() if gain > 0}
            for listener, row in matrix.items()
        }
        for listener, row in heard.items():
            for name in (listener, *row):
                self._member(name)
            if len(row) > 1 or any(gain != 1 for gain in row.values()):
                text = f"{listener} would hear a mix: this worker passes sources on unmixed"
                raise MediaRefused(MediaProblem.NOT_ACCEPTABLE, text)
        self._matrix = heard
        self._route()

    def play(self, name: str, play: str, items: tuple[str, ...], is_loop: bool) -> None:
        """Play to the leg, instead of what it hears; replaces what is being played to it."""
        member = self._member(name)
        payload_type = member.leg.payload_type
        audio = [sound for item in items for sound in self._audio(item, payload_type)]
        if not audio:
            raise MediaRefused(MediaProblem.NO_PROMPT, "nothing to play")
        self._silence(member)
        done = partial(self._played, name, play)
        player = Play(audio, payload_type, member.leg.send, done, is_loop=is_loop)
        if is_loop and all(item.startswith(MUSIC) for item in items):
            # Music goes on like a radio: who is held twice does not hear its first bars twice.
            player.seek(int(self._ports.loop.now() * 8000))
        member.play = play, player
        self._route()
        player.start(self._ports.loop)

    def stop(self, name: str, play: str) -> None:
        """Stop this play, if it is still the one; PlayDone does not follow."""
        member = self._member(name)
        if member.play and member.play[0] == play:
            self._silence(member)
            self._route()

    def _played(self, name: str, play: str) -> None:
        member = self._members.get(name)
        if member and member.play and member.play[0] == play:
            self._silence(member)
            self._route()
            self._ports.notify(PlayDone(self._name, name, play))

    def _silence(self, member: Member) -> None:
        if member.play:
            member.play[1].stop()
            member.play = None

    def _audio(self, item: str, payload_type: int) -> Iterator[bytes]:
        prompts = self._ports.prompts
        names: tuple[str, ...] = (item,)
        law: Law = "PCMU" if payload_type == PCMU else "PCMA"
        try:
            if item.startswith(MUSIC):
                names = prompts.music(item.removeprefix(MUSIC))
            for name in names:
                if sound := prompts.g711(name, law):
                    yield sound
        except UnknownPrompt as error:
            raise MediaRefused(MediaProblem.NO_PROMPT, str(error)) from error

    # --- recording

    def record(self, recording: str, left: str, right: str) -> None:
        """Record what both send, from now on."""
        for name in (left, right):
            self._member(name)
        self._ports.recordings.start(self._name, recording, left, right, self._route)
        self._route()

    def stop_recording(self, recording: str) -> None:
        self._ports.recordings.stop(recording)
        self._route()

    # --- the way of a packet

    def _route(self) -> None:
        """Wire each source straight to who listens to it: a packet then passes no decision."""
        for member in self._members.values():
            self._wire(member)

    def _wire(self, member: Member) -> None:
        listeners = [
            other.leg
            for other in self._members.values()
            if other.play is None and member.name in self._matrix.get(other.name, ())
        ]
        sinks: list[Sink] = [leg.send for leg in listeners]
        sinks += self._ports.recordings.taps(self._name, member.name)
        member.ports.deliver = _all_of(sinks)
        member.ports.deliver_event = partial(self._receive_event, member, listeners)
        self._shorten(member, listeners)

    def _shorten(self, member: Member, listeners: list[MediaLeg]) -> None:
        """From socket to socket, where one plain leg is heard by one other and no more."""
        tapes = self._ports.recordings.tapes(self._name, member.name)
        source, make = member.leg, None
        if len(listeners) == 1 and len(tapes) <= 1 and isinstance(source, PlainLeg):
            listener, tape = listeners[0], tapes[0] if tapes else None
            if isinstance(listener, PlainLeg):
                make = partial(Relay, source=source, listener=listener, tape=tape)
        member.sockets[0].read_by(make)

    def _receive_event(
        self, member: Member, listeners: list[MediaLeg], packet: bytes, now: float
    ) -> None:
        for listener in listeners:
            listener.send(packet, now)
        self._tell_presses(member, member.digits.receive(packet, now))

    def _tell_presses(self, member: Member, presses: tuple[Press, ...]) -> None:
        for press in presses:
            event = DigitPressed(self._name, member.name, press.digit, press.pressed_for)
            self._ports.notify(event)

    def handle_timers(self, now: float) -> None:
        for member in tuple(self._members.values()):
            member.leg.handle_timers(now)
            self._tell_presses(member, member.digits.handle_timers(now))

    # --- from a leg

    def _report(self, name: str, report: LegReport) -> None:
        log.info(f"{report.change} {report.text}".rstrip(), session=self._name, leg=name)
        if report.change is LegChange.UP:
            self._ports.notify(LegUp(self._name, name))
        elif report.change is LegChange.SILENT:
            self._ports.notify(LegSilent(self._name, name, report.silent_for))
        elif report.change in (LegChange.CLOSED, LegChange.FAILED):
            self._ports.notify(LegFailed(self._name, name, report.text))

    def _member(self, name: str) -> Member:
        member = self._members.get(name)
        if member is None:
            raise MediaRefused(MediaProblem.UNKNOWN, f"session {self._name} has no leg {name}")
        return member

    def _member_or_new(self, name: str, profile: Profile) -> Member:
        member = self._members.get(name)
        if member is None:
            member = self._ports.opener.open(name, profile, partial(self._report, name))
            self._members[name] = member
            if self._matrix:  # it may name this leg already
                self._route()
            else:
                self._wire(member)
        return member


def profile_of(sdp: str) -> Profile:
    """What the far end that wrote this offer speaks."""
    return Profile.WEBRTC if "a=fingerprint:" in sdp else Profile.PLAIN


def _all_of(sinks: list[Sink]) -> Sink:
    if len(sinks) == 2:
        first, second = sinks

        def both(packet: bytes, now: float) -> None:
            first(packet, now)
            second(packet, now)

        return both
    if len(sinks) < 2:
        return sinks[0] if sinks else ignore

    def each(packet: bytes, now: float) -> None:
        for sink in sinks:
            sink(packet, now)

    return each
