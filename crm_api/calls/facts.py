"""What is known of one conversation: frozen rows, in the words of the tables they are kept in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ConversationFact:
    id: str
    tenant: str
    direction: str
    from_number: str
    from_raw: str
    from_name: str
    to_number: str
    trunk: str
    started_at: int
    queue: str = ""
    ended_at: int | None = None
    outcome: str | None = None
    cause: str = ""
    waited_for: float = 0.0


@dataclass(frozen=True, slots=True)
class LegFact:
    id: str
    tenant: str
    conversation: str
    role: str
    endpoint: str
    agent: str
    extension: str
    started_at: int
    answered_at: int | None = None
    ended_at: int | None = None
    ended_by: str = ""
    cause: str = ""
    status: int = 0
    q850: int = 0


@dataclass(frozen=True, slots=True)
class SegmentFact:
    id: str
    tenant: str
    conversation: str
    leg: str
    kind: str
    queue: str
    agent: str
    started_at: int
    ended_at: int | None = None


@dataclass(frozen=True, slots=True)
class RingFact:
    id: str
    tenant: str
    conversation: str
    queue: str
    agent: str
    reserved_at: int
    started_at: int | None = None
    ended_at: int | None = None
    card: str = ""
    result: str = ""


@dataclass(frozen=True, slots=True)
class RecordingFact:
    id: str
    tenant: str
    conversation: str
    leg: str
    started_at: int
    path: str = ""
    duration_for: float = 0.0
    size: int = 0
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class AgentStateFact:
    id: str
    tenant: str
    agent: str
    state: str
    reason: str
    source: str
    conversation: str
    started_at: int
    ended_at: int | None = None


@dataclass(frozen=True, slots=True)
class AlarmFact:
    id: str
    tenant: str
    alarm: str
    text: str
    started_at: int
    ended_at: int | None = None


@dataclass(frozen=True, slots=True)
class History:
    """One conversation with all its parts, each by id."""

    conversation: ConversationFact | None = None
    legs: Mapping[str, LegFact] = field(default_factory=dict)
    segments: Mapping[str, SegmentFact] = field(default_factory=dict)
    rings: Mapping[str, RingFact] = field(default_factory=dict)
    recordings: Mapping[str, RecordingFact] = field(default_factory=dict)
