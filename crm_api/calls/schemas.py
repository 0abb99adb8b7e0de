"""What conversations look like in REST. Lengths (`..._for`, `seconds`) are seconds."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, StringConstraints

from crm_api.users.schemas import Body


class Named(BaseModel):
    id: str
    name: str


class SegmentView(BaseModel):
    """`seconds` of a segment that lasts is up to now."""

    leg: str
    role: Literal["caller", "agent", "callee"]
    kind: Literal["ivr", "queue", "ring", "talk", "hold", "wrap_up"]
    queue: str
    agent: str
    started_at: datetime
    ended_at: datetime | None
    seconds: float


class RingAttemptView(BaseModel):
    """`result` is "" while it rings."""

    id: str
    agent: str
    agent_name: str
    queue: str
    started_at: datetime
    ended_at: datetime | None
    result: Literal["", "answered", "missed", "rejected", "cancelled", "unreachable"]


class RecordingView(BaseModel):
    id: str
    duration_for: float
    is_ready: bool


class DispositionView(BaseModel):
    code: str
    note: str
    saved_at: datetime
    agent: str


class ConversationView(BaseModel):
    """`note` is what was written so far, also before a disposition is chosen."""

    id: str
    direction: Literal["inbound", "internal"]
    from_number: str
    to_number: str
    queue: str
    queue_title: dict[str, str] | None
    started_at: datetime
    ended_at: datetime | None
    outcome: Literal["answered", "abandoned", "no_answer", "busy", "failed"] | None
    waited_for: float
    talk_for: float
    hold_for: float
    wrap_up_for: float
    contact: Named | None
    agents: tuple[Named, ...]
    segments: tuple[SegmentView, ...]
    ring_attempts: tuple[RingAttemptView, ...]
    recordings: tuple[RecordingView, ...]
    disposition: DispositionView | None
    note: str


class ConversationPage(BaseModel):
    """`next` is the cursor of the page after this one; None on the last."""

    items: tuple[ConversationView, ...]
    next: str | None


NoteText = Annotated[str, StringConstraints(max_length=20_000)]


class NoteBody(Body):
    text: NoteText


class NoteSaved(BaseModel):
    saved_at: datetime


class WrapUpBody(Body):
    disposition: Annotated[str, StringConstraints(max_length=32)]
    note: NoteText = ""


class ContactBody(Body):
    contact: Annotated[str, StringConstraints(max_length=64)]
