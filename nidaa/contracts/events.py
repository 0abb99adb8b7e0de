"""Call events, pbx -> crm_api -> browsers and webhooks: append-only, at least once, by `seq`.

History, CDR and KPI are folds over these (architecture.md). `data` is one of the structs below,
told apart by `type`; a consumer keeps an event whose type it does not know.
All times are UTC microseconds since 1970 unless the name ends in `_for` (seconds).
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

Micros = int


class Direction(StrEnum):
    INBOUND = "inbound"  # from a trunk
    INTERNAL = "internal"  # between extensions


class Outcome(StrEnum):
    """How the conversation ended, as the caller experienced it."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"  # the caller left a queue before an agent answered
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    FAILED = "failed"


class SegmentKind(StrEnum):
    IVR = "ivr"  # greeting, menus
    QUEUE = "queue"
    RING = "ring"
    TALK = "talk"
    HOLD = "hold"
    WRAP_UP = "wrap_up"


class AgentState(StrEnum):
    OFFLINE = "offline"
    READY = "ready"
    RESERVED = "reserved"
    RINGING = "ringing"
    TALKING = "talking"
    HELD = "held"
    WRAP_UP = "wrap_up"
    PAUSED = "paused"  # `reason` says why; reason "missed" is away after a missed call


class RingResult(StrEnum):
    ANSWERED = "answered"
    MISSED = "missed"  # rang until the deadline
    REJECTED = "rejected"  # the agent declined
    CANCELLED = "cancelled"  # the caller left, or another agent won
    UNREACHABLE = "unreachable"  # no phone took the call


class LegRole(StrEnum):
    CALLER = "caller"
    AGENT = "agent"  # answers a queue call
    CALLEE = "callee"  # answers a direct call


class HangupBy(StrEnum):
    CALLER = "caller"
    AGENT = "agent"
    CALLEE = "callee"
    SYSTEM = "system"


class CallStarted(msgspec.Struct, frozen=True, tag_field="type", tag="call.started"):
    direction: Direction
    from_number: str  # E.164 where it could be normalised, else as received; "" is anonymous
    from_raw: str
    from_name: str
    to_number: str  # the DID or extension that was called
    trunk: str = ""


class CallEnded(msgspec.Struct, frozen=True, tag_field="type", tag="call.ended"):
    outcome: Outcome
    cause: str  # our hang-up cause, for example "normal_clearing"


class LegStarted(msgspec.Struct, frozen=True, tag_field="type", tag="leg.started"):
    leg: str
    role: LegRole
    endpoint: str  # AOR or trunk and number
    agent: str = ""
    extension: str = ""


class LegAnswered(msgspec.Struct, frozen=True, tag_field="type", tag="leg.answered"):
    leg: str


class LegEnded(msgspec.Struct, frozen=True, tag_field="type", tag="leg.ended"):
    leg: str
    by: HangupBy
    cause: str
    status: int = 0  # SIP status, 0 when it ended by BYE
    q850: int = 16


class SegmentStarted(msgspec.Struct, frozen=True, tag_field="type", tag="segment.started"):
    """The leg is now in a segment of this kind; the one before ended at this instant.

    So segments of a leg cannot overlap and always sum to its length (leg.ended ends the last).
    """

    leg: str
    kind: SegmentKind
    queue: str = ""
    agent: str = ""


class QueueEntered(msgspec.Struct, frozen=True, tag_field="type", tag="queue.entered"):
    queue: str
    leg: str
    position: int


class QueueLeft(msgspec.Struct, frozen=True, tag_field="type", tag="queue.left"):
    queue: str
    leg: str
    reason: str  # answered | abandoned | released
    waited_for: float


class AgentReserved(msgspec.Struct, frozen=True, tag_field="type", tag="agent.reserved"):
    """The ACD promised this agent to this caller. The screen-pop starts from this event."""

    attempt: str
    agent: str
    queue: str
    from_number: str
    from_name: str
    to_number: str
    waited_for: float
    entered_at: Micros


class RingStarted(msgspec.Struct, frozen=True, tag_field="type", tag="ring.started"):
    attempt: str
    agent: str
    queue: str
    deadline_at: Micros
    card: str  # shown | unavailable | late | none: what the agent's screen had when it rang


class RingEnded(msgspec.Struct, frozen=True, tag_field="type", tag="ring.ended"):
    attempt: str
    agent: str
    queue: str
    result: RingResult


class AgentStateChanged(msgspec.Struct, frozen=True, tag_field="type", tag="agent.state"):
    agent: str
    state: AgentState
    reason: str = ""
    source: str = "system"  # user | system | reconciler
    until_at: Micros = 0  # the deadline of a state that has one


class RecordingStarted(msgspec.Struct, frozen=True, tag_field="type", tag="recording.started"):
    recording: str
    leg: str  # the agent's or callee's leg


class RecordingReady(msgspec.Struct, frozen=True, tag_field="type", tag="recording.ready"):
    """The stereo file is there: left is the caller, right is the agent."""

    recording: str
    path: str  # below the recordings folder
    duration_for: float
    size: int  # bytes
    sha256: str


class RegistrationChanged(
    msgspec.Struct, frozen=True, tag_field="type", tag="registration.changed"
):
    extension: str
    device: str  # username of the device
    is_registered: bool
    user_agent: str = ""


class AlarmRaised(msgspec.Struct, frozen=True, tag_field="type", tag="alarm.raised"):
    alarm: str  # stable name, for example "media_worker_down:1"
    text: str  # in words, for the log


class AlarmCleared(msgspec.Struct, frozen=True, tag_field="type", tag="alarm.cleared"):
    alarm: str


EventData = (
    CallStarted
    | CallEnded
    | LegStarted
    | LegAnswered
    | LegEnded
    | SegmentStarted
    | QueueEntered
    | QueueLeft
    | AgentReserved
    | RingStarted
    | RingEnded
    | AgentStateChanged
    | RecordingStarted
    | RecordingReady
    | RegistrationChanged
    | AlarmRaised
    | AlarmCleared
)


class Event(msgspec.Struct, frozen=True):
    """What is written, sent and acknowledged. `data` repeats `type`, so that it stands alone."""

    id: str
    seq: int  # 1, 2, 3 ... without gaps, per pbx node
    type: str
    at: Micros
    tenant: str
    conversation: str  # "" where the event belongs to none
    data: msgspec.Raw  # the JSON of one of EventData


encode_data = msgspec.json.Encoder().encode
_decode_data = msgspec.json.Decoder(EventData).decode


def event_type(data: EventData) -> str:
    """The event's type name, for example `call.started`."""
    return str(data.__struct_config__.tag)


def typed(event: Event) -> EventData | None:
    """The event's data as its struct, or None for a type (or shape) this version does not know."""
    try:
        data: EventData = _decode_data(event.data)
    except msgspec.ValidationError:
        return None
    return data
