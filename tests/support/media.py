"""A media engine without media: it answers at once and remembers what it was told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nidaa.contracts.media import MediaEvent, MediaProblem, PlayDone, Profile
from pbx.calls.ports import MediaEvents, MediaLost, MediaRefused

OPPOSITE = {"sendonly": "recvonly", "recvonly": "sendonly"}


def direction_of(sdp: str) -> str:
    """The direction an SDP asks for; hold by an empty address counts as sendonly."""
    if "c=IN IP4 0.0.0.0" in sdp:
        return "sendonly"
    for direction in ("sendonly", "recvonly", "inactive"):
        if f"a={direction}" in sdp:
            return direction
    return "sendrecv"


def description(name: str, direction: str = "sendrecv", protocol: str = "RTP/AVP") -> str:
    """An SDP that any SIP core takes; `name` tells in the test whose it is."""
    return (
        f"v=0\r\no={name} 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
        f"m=audio 4000 {protocol} 0\r\na=rtpmap:0 PCMU/8000\r\na={direction}\r\n"
    )


@dataclass
class FakeSession:
    """What one session was told."""

    owner: MediaEvents
    legs: set[str] = field(default_factory=set)
    matrix: dict[str, dict[str, float]] = field(default_factory=dict)
    playing: dict[str, tuple[str, tuple[str, ...], bool]] = field(default_factory=dict)
    recordings: dict[str, tuple[str, str]] = field(default_factory=dict)
    remotes: dict[str, str] = field(default_factory=dict)


class FakeMedia:
    """Fits pbx.calls.ports.MediaEngine."""

    def __init__(self) -> None:
        self.sessions: dict[str, FakeSession] = {}
        self.ended: list[str] = []
        self.is_up = True
        self.refusals: dict[str, MediaProblem] = {}  # command name -> what it is refused with
        self.unacceptable: set[str] = set()  # an SDP that contains one of these is refused
        self.prompts_that_last = False  # True: a prompt ends only by `finish_prompts`

    def open(self, session: str, owner: MediaEvents) -> None:
        if not self.is_up:
            raise MediaLost("no worker")
        self.sessions[session] = FakeSession(owner)

    async def offer(
        self, session: str, leg: str, profile: Profile, direction: str = "sendrecv"
    ) -> str:
        self._session("offer", session).legs.add(leg)
        protocol = "UDP/TLS/RTP/SAVPF" if profile is Profile.WEBRTC else "RTP/AVP"
        return description(f"offer-{leg}", direction, protocol)

    async def answer(self, session: str, leg: str, sdp: str) -> tuple[str, str]:
        self._check(sdp)
        self._session("answer", session).legs.add(leg)
        asked = direction_of(sdp)
        return description(f"answer-{leg}", OPPOSITE.get(asked, asked)), asked

    async def remote(self, session: str, leg: str, sdp: str) -> None:
        self._check(sdp)
        self._session("remote", session).remotes[leg] = sdp

    async def play(
        self, session: str, leg: str, play: str, items: tuple[str, ...], is_loop: bool = False
    ) -> None:
        found = self._session("play", session)
        found.playing[leg] = (play, items, is_loop)
        if not is_loop and not self.prompts_that_last:
            self.finish_prompts(session)

    async def stop(self, session: str, leg: str, play: str) -> None:
        playing = self._session("stop", session).playing
        if playing.get(leg, ("",))[0] != play:
            raise MediaRefused(MediaProblem.UNKNOWN, f"{leg} does not play {play}")
        del playing[leg]

    async def hears(self, session: str, matrix: Mapping[str, Mapping[str, float]]) -> None:
        found = self._session("hears", session)
        found.matrix = {listener: dict(row) for listener, row in matrix.items()}

    async def record(self, session: str, recording: str, left: str, right: str) -> None:
        self._session("record", session).recordings[recording] = (left, right)

    async def stop_recording(self, session: str, recording: str) -> None:
        self._session("stop_recording", session).recordings.pop(recording)

    def drop(self, session: str, leg: str) -> None:
        if session in self.sessions:
            self.sessions[session].legs.discard(leg)

    def end(self, session: str) -> None:
        if self.sessions.pop(session, None) is not None:
            self.ended.append(session)

    # what a test makes happen

    def finish_prompts(self, session: str) -> None:
        found = self.sessions[session]
        for leg, (play, _, is_loop) in list(found.playing.items()):
            if not is_loop:
                del found.playing[leg]
                found.owner.media_event(PlayDone(session, leg, play))

    def report(self, session: str, event: MediaEvent) -> None:
        self.sessions[session].owner.media_event(event)

    def lose_worker(self) -> None:
        """The worker dies: its sessions are gone."""
        self.is_up = False
        sessions, self.sessions = self.sessions, {}
        for session in sessions.values():
            session.owner.media_lost()

    def _check(self, sdp: str) -> None:
        if any(text in sdp for text in self.unacceptable):
            raise MediaRefused(MediaProblem.NOT_ACCEPTABLE, "no codec in common")

    def _session(self, command: str, session: str) -> FakeSession:
        if command in self.refusals:
            raise MediaRefused(self.refusals[command], f"{command} refused")
        if session not in self.sessions:
            raise MediaLost(session)
        return self.sessions[session]
