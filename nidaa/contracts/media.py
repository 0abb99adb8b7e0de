"""Media control: pbx -> one media worker over its Unix socket; frames as in `wire`.

A session is all legs of one conversation and lives on one worker. SDP travels as text, so that
ICE, DTLS and ports stay the worker's own business. A worker that loses its control connection
keeps its sessions for `SESSION_GRACE_FOR`.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

SESSION_GRACE_FOR = 60.0
UNANSWERED = 0  # the id of requests whose success interests nobody


class Profile(StrEnum):
    """What the far end of a leg speaks."""

    PLAIN = "plain"  # RTP/AVP
    WEBRTC = "webrtc"  # UDP/TLS/RTP/SAVPF with ICE


# --- commands -----------------------------------------------------------------------------------


class Offer(msgspec.Struct, frozen=True, tag="offer"):
    """Open the leg if it is new and describe our side; again: a new offer for the same leg.

    `direction` is what we want: sendrecv, or sendonly/inactive to hold the far end.
    Answered by Described.
    """

    session: str
    leg: str
    profile: Profile = Profile.PLAIN
    direction: str = "sendrecv"


class Answer(msgspec.Struct, frozen=True, tag="answer"):
    """Take the far end's offer (profile is read from it) and describe our side. -> Described."""

    session: str
    leg: str
    sdp: str


class Remote(msgspec.Struct, frozen=True, tag="remote"):
    """Take the far end's answer to our offer. -> Ok."""

    session: str
    leg: str
    sdp: str


class Drop(msgspec.Struct, frozen=True, tag="drop"):
    session: str
    leg: str


class End(msgspec.Struct, frozen=True, tag="end"):
    """Release the session, its legs and its sockets; a running recording is finished."""

    session: str


class Hears(msgspec.Struct, frozen=True, tag="hears"):
    """The hearing matrix: listener leg -> source leg -> gain. The whole of it, each time.

    A leg that is playing a prompt or music hears that instead, until it stops.
    """

    session: str
    matrix: dict[str, dict[str, float]]


class Play(msgspec.Struct, frozen=True, tag="play"):
    """Play audio to a leg, item after item; a running play of that leg is replaced.

    Items are prompt names ("fr/welcome") or "music:default". PlayDone follows unless `is_loop`.
    """

    session: str
    leg: str
    play: str
    items: tuple[str, ...]
    is_loop: bool = False


class Stop(msgspec.Struct, frozen=True, tag="stop"):
    session: str
    leg: str
    play: str


class Record(msgspec.Struct, frozen=True, tag="record"):
    """Record what `left` and `right` send, from now until Drop of one, StopRecording or End."""

    session: str
    recording: str
    left: str
    right: str


class StopRecording(msgspec.Struct, frozen=True, tag="stop_recording"):
    session: str
    recording: str


class ForgetRecording(msgspec.Struct, frozen=True, tag="forget_recording"):
    """pbx has written recording.ready down; until then the worker says it again on connect."""

    recording: str


class ListSessions(msgspec.Struct, frozen=True, tag="list_sessions"):
    """-> Sessions; a new pbx adopts or ends what it finds."""


Command = (
    Offer
    | Answer
    | Remote
    | Drop
    | End
    | Hears
    | Play
    | Stop
    | Record
    | StopRecording
    | ForgetRecording
    | ListSessions
)

# --- results ------------------------------------------------------------------------------------


class Ok(msgspec.Struct, frozen=True, tag="ok"):
    """Done."""


class Described(msgspec.Struct, frozen=True, tag="described"):
    sdp: str
    direction: str = "sendrecv"  # of the far end's last description: is it holding us?


class Sessions(msgspec.Struct, frozen=True, tag="sessions"):
    sessions: dict[str, tuple[str, ...]]  # session -> its legs


class MediaProblem(StrEnum):
    BAD_SDP = "bad_sdp"  # not SDP at all: answer 400
    NOT_ACCEPTABLE = "not_acceptable"  # no audio or codec in common: answer 488
    NO_PORTS = "no_ports"
    UNKNOWN = "unknown"  # no such session, leg or play
    NO_PROMPT = "no_prompt"


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    problem: MediaProblem
    text: str


class MediaRefused(Exception):
    """The engine could not do it; `problem` says whose fault that is."""

    def __init__(self, problem: MediaProblem, text: str) -> None:
        super().__init__(text)
        self.problem = problem


class MediaLost(Exception):
    """The worker that held the session is gone; the legs' audio has ended."""


Result = Ok | Described | Sessions | Failed

# --- events from the worker ---------------------------------------------------------------------


class PlayDone(msgspec.Struct, frozen=True, tag="play_done"):
    session: str
    leg: str
    play: str


class DigitPressed(msgspec.Struct, frozen=True, tag="digit"):
    session: str
    leg: str
    digit: str
    pressed_for: float


class LegUp(msgspec.Struct, frozen=True, tag="leg_up"):
    """First valid media from the far end (after DTLS for WebRTC)."""

    session: str
    leg: str


class LegSilent(msgspec.Struct, frozen=True, tag="leg_silent"):
    """Nothing from the far end for `silent_for` though it should send."""

    session: str
    leg: str
    silent_for: float


class LegFailed(msgspec.Struct, frozen=True, tag="leg_failed"):
    session: str
    leg: str
    text: str


class RecordingFinished(msgspec.Struct, frozen=True, tag="recording_finished"):
    session: str
    recording: str
    path: str
    duration_for: float
    size: int
    sha256: str


class RecordingFailed(msgspec.Struct, frozen=True, tag="recording_failed"):
    session: str
    recording: str
    text: str


MediaEvent = (
    PlayDone | DigitPressed | LegUp | LegSilent | LegFailed | RecordingFinished | RecordingFailed
)

# --- frames -------------------------------------------------------------------------------------


class Request(msgspec.Struct, frozen=True, tag="request"):
    """A command; one with the id UNANSWERED is answered only when it fails."""

    id: int
    command: Command


class Reply(msgspec.Struct, frozen=True, tag="reply"):
    id: int
    result: Result


class Notice(msgspec.Struct, frozen=True, tag="notice"):
    event: MediaEvent


ToWorker = Request
FromWorker = Reply | Notice
