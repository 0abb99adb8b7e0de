"""An agent: one state in the whole system, and the table of how it changes.

What the agent wants (`wish`) and whether a phone is there (`is_reachable`) are kept apart from
what is going on. Whenever nothing is going on, the state follows from the two: see `settled`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum, auto
from types import MappingProxyType

from nidaa.contracts.events import AgentState

UNREACHABLE = "unreachable"
SIGNED_ON = "signed_on"


class Input(StrEnum):
    SIGNED_ON = auto()
    SIGNED_OFF = auto()
    WISHED = auto()  # ready or paused was asked for
    PHONE_CHANGED = auto()  # reachable or not
    RESERVED = auto()
    RUNG = auto()
    ANSWERED = auto()
    RELEASED = auto()  # the ring attempt came to nothing
    HELD = auto()
    RESUMED = auto()
    TALK_ENDED = auto()
    EXTENDED = auto()
    WRAP_UP_ENDED = auto()
    BUSY = auto()  # a direct call began
    FREE = auto()  # the last direct call ended


class Settle(StrEnum):
    """A target that `settled` turns into a state."""

    SETTLE = auto()


SETTLE = Settle.SETTLE
OFFLINE, READY, RESERVED, RINGING, TALKING, HELD, WRAP_UP, PAUSED = AgentState
IDLE = frozenset((OFFLINE, READY, PAUSED))
OFFERED = frozenset((RESERVED, RINGING))
IN_CALL = frozenset((TALKING, HELD))

TRANSITIONS: Mapping[tuple[AgentState, Input], AgentState | Settle] = MappingProxyType(
    {
        (OFFLINE, Input.SIGNED_ON): SETTLE,
        (OFFLINE, Input.PHONE_CHANGED): SETTLE,
        (OFFLINE, Input.BUSY): SETTLE,  # who is not on shift may use the phone
        (OFFLINE, Input.FREE): SETTLE,
        (READY, Input.SIGNED_OFF): SETTLE,
        (READY, Input.WISHED): SETTLE,
        (READY, Input.PHONE_CHANGED): SETTLE,
        (READY, Input.RESERVED): RESERVED,
        (READY, Input.BUSY): TALKING,
        (PAUSED, Input.SIGNED_OFF): SETTLE,
        (PAUSED, Input.WISHED): SETTLE,
        (PAUSED, Input.PHONE_CHANGED): SETTLE,
        (PAUSED, Input.BUSY): TALKING,
        (RESERVED, Input.WISHED): RESERVED,
        (RESERVED, Input.RUNG): RINGING,
        (RESERVED, Input.RELEASED): SETTLE,
        (RINGING, Input.WISHED): RINGING,
        (RINGING, Input.ANSWERED): TALKING,
        (RINGING, Input.RELEASED): SETTLE,
        (TALKING, Input.SIGNED_ON): TALKING,  # again, in the last call of a shift
        (TALKING, Input.SIGNED_OFF): TALKING,
        (TALKING, Input.WISHED): TALKING,
        (TALKING, Input.HELD): HELD,
        (TALKING, Input.TALK_ENDED): SETTLE,
        (TALKING, Input.BUSY): TALKING,
        (TALKING, Input.FREE): SETTLE,
        (HELD, Input.SIGNED_ON): HELD,  # again, in the last call of a shift
        (HELD, Input.SIGNED_OFF): HELD,
        (HELD, Input.WISHED): HELD,
        (HELD, Input.RESUMED): TALKING,
        (HELD, Input.TALK_ENDED): SETTLE,
        (HELD, Input.BUSY): HELD,
        (HELD, Input.FREE): SETTLE,
        (WRAP_UP, Input.SIGNED_ON): WRAP_UP,  # again, in the last call of a shift
        (WRAP_UP, Input.SIGNED_OFF): SETTLE,
        (WRAP_UP, Input.WISHED): WRAP_UP,
        (WRAP_UP, Input.EXTENDED): WRAP_UP,
        (WRAP_UP, Input.WRAP_UP_ENDED): SETTLE,
        (WRAP_UP, Input.BUSY): TALKING,
    }
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What the agent is to be whenever nothing is going on; `reason` says why PAUSED."""

    state: AgentState
    reason: str = ""

    @property
    def word(self) -> str:
        """`ready`, `offline` or the pause reason."""
        return self.reason if self.state is PAUSED else self.state.value


SIGNED_OFF = Wish(OFFLINE)
WANTS_CALLS = Wish(READY)


@dataclass(slots=True, eq=False)
class Agent:
    """The facts of one agent; only the ACD changes them."""

    id: str
    extension: str
    assigned: dict[str, int]  # penalty by queue: the memberships; lower is served first
    is_screen_expected: bool
    skills: dict[str, int] = field(default_factory=dict)  # level by name
    is_reachable: bool = False
    is_doubted: bool = False  # a ring did not get through, and no phone registered since
    is_removed: bool = False  # no longer in the directory: forgotten when the call is over
    wish: Wish = SIGNED_OFF
    state: AgentState = OFFLINE
    reason: str = ""
    since: float = 0.0
    until: float = 0.0  # deadline of the state; 0 where it has none
    attempt: str = ""
    caller: str = ""  # the queue's caller: being rung for, or talked to
    direct: set[str] = field(default_factory=set)  # conversations that came by no queue
    wrap_up_until: float = 0.0
    idle_since: float = 0.0  # since when there was no work: who waits longest is served first
    answered_at: float = 0.0
    calls: int = 0  # of queues, answered since the shift began
    talked_for: float = 0.0  # in them

    def target(self, what: Input, now: float) -> tuple[AgentState, str] | None:
        """State and reason after `what`, or None where the table does not allow it."""
        target = TRANSITIONS.get((self.state, what))
        if isinstance(target, Settle):
            return self.settled(now)
        if target is None:
            return None
        return target, self.reason if target is self.state else ""

    def settled(self, now: float) -> tuple[AgentState, str]:
        """The state of an agent whose queue call or ring attempt is over, and its reason."""
        if self.wish.state is OFFLINE and not self.caller and now >= self.wrap_up_until:
            return OFFLINE, ""
        if self.caller and self.state in IN_CALL:
            return self.state, ""
        if self.direct:
            return TALKING, ""
        if now < self.wrap_up_until:
            return WRAP_UP, ""
        if self.wish.state is READY and (self.is_doubted or not self.is_reachable):
            return PAUSED, UNREACHABLE
        return self.wish.state, self.wish.reason

    @property
    def wanted_next(self) -> str:
        """The wish, where the present state is another; else ""."""
        is_fulfilled = (self.state, self.reason) == (self.wish.state, self.wish.reason)
        return "" if is_fulfilled else self.wish.word
