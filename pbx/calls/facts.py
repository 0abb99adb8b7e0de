"""What is known of a call from its first moment, what views show of it, and how it ends."""

from __future__ import annotations

from dataclasses import dataclass

from nidaa.contracts.events import Direction, HangupBy, Micros
from pbx.calls.causes import Cause


class CallOver(Exception):
    """The call has to end now, whatever the app was waiting for."""

    def __init__(self, cause: Cause, by: HangupBy) -> None:
        super().__init__(cause.value)
        self.cause, self.by = cause, by


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What is known of a call when its INVITE arrives."""

    id: str  # the conversation; also the name of its media session
    direction: Direction
    from_number: str
    from_raw: str
    from_name: str
    to_number: str
    trunk: str = ""


@dataclass(slots=True)
class View:
    """What LiveState shows of a call."""

    queue: str = ""
    agent: str = ""
    attempt: str = ""
    state: str = "ringing"  # ringing | active | held
    since_at: Micros = 0
