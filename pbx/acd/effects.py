"""What the ACD says: effects for its owner to carry out, and facts for who looks at it.

Times are monotonic seconds; 0 means none.
"""

from __future__ import annotations

from dataclasses import dataclass

from nidaa.contracts.events import AgentState, RingResult


@dataclass(frozen=True, slots=True)
class CallerFacts:
    """What is known of a caller when the queue is joined."""

    from_number: str = ""
    from_name: str = ""
    to_number: str = ""
    language: str = ""  # fr | ar | en; "" when not known
    priority: int = 0  # steps; each is worth the queue's `priority_step` seconds of waiting


@dataclass(frozen=True, slots=True)
class Reserved:
    """The agent is promised to the caller; with `needs_card` the ring waits for the screen-pop."""

    attempt: str
    agent: str
    extension: str
    queue: str
    caller: str
    waited_for: float
    needs_card: bool
    deadline: float


@dataclass(frozen=True, slots=True)
class Ring:
    """Start to ring the agent's extension now."""

    attempt: str
    agent: str
    extension: str
    queue: str
    caller: str
    card: str  # shown | none | late | unavailable
    deadline: float


@dataclass(frozen=True, slots=True)
class CancelRing:
    """Stop ringing. Said only after Ring."""

    attempt: str
    result: RingResult


@dataclass(frozen=True, slots=True)
class AttemptEnded:
    """Said exactly once for each Reserved."""

    attempt: str
    agent: str
    queue: str
    caller: str
    result: RingResult


@dataclass(frozen=True, slots=True)
class AgentChanged:
    agent: str
    state: AgentState
    reason: str
    source: str  # user | system
    until: float


@dataclass(frozen=True, slots=True)
class CallerLeft:
    """The caller waits no more: answered, abandoned (hung up) or released (taken out)."""

    queue: str
    caller: str
    reason: str
    waited_for: float


QueueLeave = CallerLeft
Effect = Reserved | Ring | CancelRing | AttemptEnded | AgentChanged | CallerLeft


@dataclass(frozen=True, slots=True)
class AgentFacts:
    """One agent as `live_agents` shows it."""

    agent: str
    state: AgentState
    reason: str
    since: float
    until: float
    caller: str  # the conversation the agent is in or is being rung for; "" for none
    attempt: str
    wanted_next: str  # "" | ready | offline | the pause reason wanted after what is going on
    is_reachable: bool


@dataclass(frozen=True, slots=True)
class WaitingFacts:
    caller: str
    facts: CallerFacts
    joined_at: float


@dataclass(frozen=True, slots=True)
class QueueFacts:
    """One queue as `live_queues` shows it: who waits, who is served next first."""

    queue: str
    waiting: tuple[WaitingFacts, ...]
