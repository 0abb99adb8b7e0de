"""Events as pbx would send them: a script in the words of a call flow."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import msgspec

from nidaa.contracts.events import (
    AgentReserved,
    AgentState,
    AgentStateChanged,
    CallEnded,
    CallStarted,
    Direction,
    Event,
    EventData,
    HangupBy,
    LegAnswered,
    LegEnded,
    LegRole,
    LegStarted,
    Outcome,
    QueueEntered,
    QueueLeft,
    RecordingReady,
    RecordingStarted,
    RingEnded,
    RingResult,
    RingStarted,
    SegmentKind,
    SegmentStarted,
    encode_data,
    event_type,
)

T0 = 1_790_000_000_000_000  # an instant in 2026
S = 1_000_000


class Script:
    """Numbers events from 1, or by `numbers`; `at` is in seconds after T0."""

    def __init__(
        self, conversation: str = "v1", first_seq: int = 1, numbers: Iterator[int] | None = None
    ) -> None:
        self.conversation = conversation
        self.events: list[Event] = []
        self._numbers = numbers or count(first_seq)

    def say(self, at: float, data: EventData, conversation: str | None = None) -> Event:
        about = self.conversation if conversation is None else conversation
        seq = next(self._numbers)
        event = Event(
            id=f"{about or 'x'}-{seq}",
            seq=seq,
            type=event_type(data),
            at=T0 + int(at * S),
            tenant="default",
            conversation=about,
            data=msgspec.Raw(encode_data(data)),
        )
        self.events.append(event)
        return event

    def take(self) -> list[Event]:
        taken, self.events = self.events, []
        return taken

    def arrives(self, at: float, phone: str = "+213550123456", queue: str = "support") -> None:
        """A customer calls, hears the greeting for 3 s, and waits in the queue."""
        c = self.conversation
        self.say(
            at,
            CallStarted(Direction.INBOUND, phone, phone, "", "+21321000001", "sample"),
        )
        self.say(at, LegStarted(f"{c}-caller", LegRole.CALLER, "trunk"))
        self.say(at, SegmentStarted(f"{c}-caller", SegmentKind.IVR))
        self.say(at, LegAnswered(f"{c}-caller"))
        self.say(at + 3, SegmentStarted(f"{c}-caller", SegmentKind.QUEUE, queue))
        self.say(at + 3, QueueEntered(queue, f"{c}-caller", 1))

    def reserves(self, at: float, agent: str, phone: str = "+213550123456") -> None:
        c = self.conversation
        self.say(
            at,
            AgentReserved(f"{c}-try", agent, "support", phone, "", "+21321000001", 2.0, T0),
        )
        self.say(at, AgentStateChanged(agent, AgentState.RESERVED))

    def rings(self, at: float, agent: str) -> None:
        c = self.conversation
        deadline = T0 + int((at + 20) * S)
        self.say(at, RingStarted(f"{c}-try", agent, "support", deadline, "shown"))
        self.say(at, AgentStateChanged(agent, AgentState.RINGING, until_at=deadline))
        self.say(at, LegStarted(f"{c}-agent", LegRole.AGENT, "sip:1001", agent, "1001"))
        self.say(at, SegmentStarted(f"{c}-agent", SegmentKind.RING, "support", agent))

    def answers(self, at: float, agent: str) -> None:
        c = self.conversation
        self.say(at, LegAnswered(f"{c}-agent"))
        self.say(at, RingEnded(f"{c}-try", agent, "support", RingResult.ANSWERED))
        self.say(at, AgentStateChanged(agent, AgentState.TALKING))
        self.say(at, QueueLeft("support", f"{c}-caller", "answered", 5.0))
        self.say(at, SegmentStarted(f"{c}-caller", SegmentKind.TALK, "support", agent))
        self.say(at, SegmentStarted(f"{c}-agent", SegmentKind.TALK, "support", agent))
        self.say(at, RecordingStarted(f"{c}-rec", f"{c}-agent"))

    def holds(self, at: float, agent: str, until: float) -> None:
        c = self.conversation
        self.say(at, SegmentStarted(f"{c}-agent", SegmentKind.HOLD, "support", agent))
        self.say(at, AgentStateChanged(agent, AgentState.HELD))
        self.say(until, SegmentStarted(f"{c}-agent", SegmentKind.TALK, "support", agent))
        self.say(until, AgentStateChanged(agent, AgentState.TALKING))

    def hangs_up(self, at: float, agent: str) -> None:
        c = self.conversation
        self.say(at, LegEnded(f"{c}-caller", HangupBy.CALLER, "normal_clearing"))
        self.say(at, LegEnded(f"{c}-agent", HangupBy.CALLER, "normal_clearing"))
        self.say(at, CallEnded(Outcome.ANSWERED, "normal_clearing"))
        until = T0 + int((at + 60) * S)
        self.say(at, AgentStateChanged(agent, AgentState.WRAP_UP, until_at=until))

    def is_ready(self, at: float, agent: str) -> None:
        self.say(at, AgentStateChanged(agent, AgentState.READY))

    def recorded(self, at: float, path: str = "v1.wav") -> None:
        c = self.conversation
        self.say(at, RecordingReady(f"{c}-rec", path, 30.0, 480_044, "0" * 64))


def answered_call(conversation: str = "v1", agent: str = "a1", first_seq: int = 1) -> list[Event]:
    """Greeting 3 s, queue 5 s of which ring 4, talk 20 with 6 s on hold, wrap-up 10 s."""
    script = Script(conversation, first_seq)
    script.arrives(0)
    script.reserves(4, agent)
    script.rings(4, agent)
    script.answers(8, agent)
    script.holds(12, agent, until=18)
    script.hangs_up(28, agent)
    script.recorded(30, f"{conversation}.wav")
    script.is_ready(38, agent)
    return script.take()
