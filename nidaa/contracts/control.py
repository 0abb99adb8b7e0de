"""The control link: crm_api and the command line talk to pbx over its Unix socket.

Frames as in `wire`. The client says Hello first; with `events_after` it also gets every event
with a higher seq, and acknowledges them by Ack. Each Request is answered by one Reply; a request
repeated with the same `key` gets the first one's reply and does nothing again.

Events not acknowledged are limited to `WINDOW`: a client that falls behind gets no more of them
until it acknowledges, then is caught up from disk. A client whose `events_after` is higher than
`Welcome.last_seq` has seen an outbox that is lost: it gets all there is, told apart by `Event.id`.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from nidaa.contracts.directory import Directory
from nidaa.contracts.events import AgentState, Event, Micros

WINDOW = 10_000  # events sent and not acknowledged

# --- commands -----------------------------------------------------------------------------------


class PublishDirectory(msgspec.Struct, frozen=True, tag="directory.publish"):
    directory: Directory


class CardShown(msgspec.Struct, frozen=True, tag="card.shown"):
    """The card of this ring attempt is on the agent's screen (or will not come: `none`)."""

    attempt: str
    card: str  # shown | none


class SignOn(msgspec.Struct, frozen=True, tag="agent.sign_on"):
    agent: str


class SignOff(msgspec.Struct, frozen=True, tag="agent.sign_off"):
    agent: str


class SetReady(msgspec.Struct, frozen=True, tag="agent.ready"):
    """Ready now, or after the present call and its wrap-up."""

    agent: str


class SetPaused(msgspec.Struct, frozen=True, tag="agent.pause"):
    """Paused now, or after the present call and its wrap-up."""

    agent: str
    reason: str


class FinishWrapUp(msgspec.Struct, frozen=True, tag="agent.finish_wrap_up"):
    agent: str


class ExtendWrapUp(msgspec.Struct, frozen=True, tag="agent.extend_wrap_up"):
    agent: str
    extend_for: float


class HangUp(msgspec.Struct, frozen=True, tag="call.hang_up"):
    conversation: str


class Reload(msgspec.Struct, frozen=True, tag="config.reload"):
    """Read the configuration files again and use them; answered by Reloaded."""

    author: str  # who asked: a Unix user, or a user of the web interface
    reason: str = ""


class GetLive(msgspec.Struct, frozen=True, tag="live.get"):
    """Ask for LiveState."""


class GetDecisions(msgspec.Struct, frozen=True, tag="decisions.get"):
    """Ask for Decisions: why callers of this queue got whom they got."""

    queue: str


class GetHealth(msgspec.Struct, frozen=True, tag="health.get"):
    """Ask for Health."""


Command = (
    PublishDirectory
    | CardShown
    | SignOn
    | SignOff
    | SetReady
    | SetPaused
    | FinishWrapUp
    | ExtendWrapUp
    | HangUp
    | Reload
    | GetLive
    | GetDecisions
    | GetHealth
)

# --- results ------------------------------------------------------------------------------------


class LiveAgent(msgspec.Struct, frozen=True):
    agent: str
    state: AgentState
    reason: str
    since_at: Micros
    until_at: Micros
    conversation: str  # "" when in none
    wanted_next: str  # "" | "ready" | "offline" | the pause reason wanted after the call
    is_reachable: bool  # a phone is registered


class LiveCaller(msgspec.Struct, frozen=True):
    conversation: str
    from_number: str
    entered_at: Micros


class LiveQueue(msgspec.Struct, frozen=True):
    queue: str
    waiting: tuple[LiveCaller, ...]


class LiveCall(msgspec.Struct, frozen=True):
    conversation: str
    from_number: str
    to_number: str
    queue: str
    agent: str
    state: str  # ringing | active | held
    attempt: str
    since_at: Micros


class LiveState(msgspec.Struct, frozen=True, tag="live"):
    """All of pbx's live state at `seq`: events with a higher seq apply on top of it."""

    seq: int
    agents: tuple[LiveAgent, ...]
    queues: tuple[LiveQueue, ...]
    calls: tuple[LiveCall, ...]
    alarms: dict[str, str]


class Weighed(msgspec.Struct, frozen=True):
    """One who could have been chosen: the lowest penalty, then the lowest score, was."""

    name: str  # agent, or conversation
    penalty: int
    score: float
    meaning: str  # the score in words


class PassedOver(msgspec.Struct, frozen=True):
    name: str  # agent, or conversation
    why: str


class Decision(msgspec.Struct, frozen=True):
    """A caller looked for an agent, or an agent who became free for a caller."""

    at: Micros
    strategy: str  # the queue's, or `longest_wait` when an agent became free
    seeker: str  # conversation, or agent
    chosen: str  # agent, or conversation; "" for nobody
    waited_for: float  # the caller's wait; 0 when a free agent found none
    weighed: tuple[Weighed, ...]
    passed_over: tuple[PassedOver, ...]
    not_shown: int  # more of either
    text: str  # all of it in words


class Decisions(msgspec.Struct, frozen=True, tag="decisions"):
    """The latest decisions about a queue, oldest first."""

    queue: str
    decisions: tuple[Decision, ...]


class Health(msgspec.Struct, frozen=True, tag="health"):
    version: str
    calls: int
    registrations: int
    media_workers: tuple[bool, ...]  # is each connected
    directory_version: int
    last_seq: int
    acked_seq: int
    alarms: dict[str, str]


class Reloaded(msgspec.Struct, frozen=True, tag="config.reloaded"):
    """The files are in force for new calls; calls in progress keep what they had."""

    revision: int  # in the history; 0 when the disk did not take it
    changed: tuple[str, ...]  # lists of the configuration that differ from before
    restart_needed: tuple[str, ...]  # keys of system.yaml that count from the next start
    warnings: tuple[str, ...]


class Done(msgspec.Struct, frozen=True, tag="done"):
    """The command took effect; nothing else to say."""


class Refusal(StrEnum):
    UNKNOWN_AGENT = "unknown_agent"
    UNKNOWN_QUEUE = "unknown_queue"
    UNKNOWN_CALL = "unknown_call"
    UNKNOWN_ATTEMPT = "unknown_attempt"
    WRONG_STATE = "wrong_state"
    UNREACHABLE = "unreachable"  # ready was asked for, but no phone is registered
    STALE = "stale"  # an older directory than the one in use
    BAD_CONFIGURATION = "bad_configuration"  # the text names every error; the old one stays
    FAILED = "failed"  # pbx could not do it; its log says why


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    code: Refusal
    text: str  # what, why and what to do


Result = Done | Refused | LiveState | Decisions | Health | Reloaded

# --- frames -------------------------------------------------------------------------------------


class Hello(msgspec.Struct, frozen=True, tag="hello"):
    client: str
    events_after: int = -1  # -1: no events wanted


class Request(msgspec.Struct, frozen=True, tag="request"):
    id: int
    command: Command
    key: str = ""


class Ack(msgspec.Struct, frozen=True, tag="ack"):
    seq: int


class Welcome(msgspec.Struct, frozen=True, tag="welcome"):
    version: str
    last_seq: int


class Events(msgspec.Struct, frozen=True, tag="events"):
    events: tuple[Event, ...]


class Reply(msgspec.Struct, frozen=True, tag="reply"):
    id: int
    result: Result


ToPbx = Hello | Request | Ack
FromPbx = Welcome | Events | Reply
