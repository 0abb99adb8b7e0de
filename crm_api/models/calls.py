"""What happened: rows folded from events, and what agents wrote about it."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from crm_api.models.base import Base, Tenanted


class Conversation(Tenanted, Base):
    """What the caller experienced as one call."""

    __tablename__ = "conversations"
    __table_args__ = (
        Index("ix_conversations_tenant_started_at_id", "tenant", "started_at", "id"),
        Index("ix_conversations_tenant_queue_started_at", "tenant", "queue", "started_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    direction: Mapped[str]
    from_number: Mapped[str]
    from_raw: Mapped[str]
    from_name: Mapped[str]
    to_number: Mapped[str]
    trunk: Mapped[str]
    queue: Mapped[str]  # the last one entered; "" for none
    started_at: Mapped[int]
    ended_at: Mapped[int | None]
    outcome: Mapped[str | None]
    cause: Mapped[str]
    waited_for: Mapped[float]


class Leg(Tenanted, Base):
    __tablename__ = "legs"
    __table_args__ = (Index("ix_legs_tenant_agent_started_at", "tenant", "agent", "started_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    conversation: Mapped[str] = mapped_column(index=True)
    role: Mapped[str]
    endpoint: Mapped[str]
    agent: Mapped[str]
    extension: Mapped[str]
    started_at: Mapped[int]
    answered_at: Mapped[int | None]
    ended_at: Mapped[int | None]
    ended_by: Mapped[str]
    cause: Mapped[str]
    status: Mapped[int]
    q850: Mapped[int]


class Segment(Tenanted, Base):
    """A part of a leg of one kind; `id` is that of the event that began it."""

    __tablename__ = "segments"

    id: Mapped[str] = mapped_column(primary_key=True)
    conversation: Mapped[str] = mapped_column(index=True)
    leg: Mapped[str]
    kind: Mapped[str]
    queue: Mapped[str]
    agent: Mapped[str]
    started_at: Mapped[int]
    ended_at: Mapped[int | None]


class RingAttempt(Tenanted, Base):
    __tablename__ = "ring_attempts"

    id: Mapped[str] = mapped_column(primary_key=True)
    conversation: Mapped[str] = mapped_column(index=True)
    queue: Mapped[str]
    agent: Mapped[str]
    reserved_at: Mapped[int]
    started_at: Mapped[int | None]
    ended_at: Mapped[int | None]
    card: Mapped[str]
    result: Mapped[str]


class AgentStateRow(Tenanted, Base):
    """A time an agent was in one state; `id` is that of the event that began it."""

    __tablename__ = "agent_states"
    __table_args__ = (
        Index("ix_agent_states_tenant_agent_started_at", "tenant", "agent", "started_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    agent: Mapped[str]
    state: Mapped[str]
    reason: Mapped[str]
    source: Mapped[str]
    conversation: Mapped[str]
    started_at: Mapped[int]
    ended_at: Mapped[int | None]


class Recording(Tenanted, Base):
    __tablename__ = "recordings"

    id: Mapped[str] = mapped_column(primary_key=True)
    conversation: Mapped[str] = mapped_column(index=True)
    leg: Mapped[str]
    started_at: Mapped[int]
    path: Mapped[str]  # below the recordings folder; "" until it is ready
    duration_for: Mapped[float]
    size: Mapped[int]
    sha256: Mapped[str]


class ContactLink(Tenanted, Base):
    """Whose conversation it was. `linked_by` is a user, or "" when the number said so."""

    __tablename__ = "contact_links"
    __table_args__ = (Index("ix_contact_links_contact_id_started_at", "contact_id", "started_at"),)

    conversation: Mapped[str] = mapped_column(primary_key=True)
    contact_id: Mapped[str] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"))
    started_at: Mapped[int]  # of the conversation
    linked_by: Mapped[str]


class Disposition(Tenanted, Base):
    """The verdict of the agent on a conversation."""

    __tablename__ = "dispositions"

    conversation: Mapped[str] = mapped_column(primary_key=True)
    agent: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str]
    saved_at: Mapped[int]


class Note(Tenanted, Base):
    """What the agent wrote during or after a conversation."""

    __tablename__ = "notes"

    conversation: Mapped[str] = mapped_column(primary_key=True)
    agent: Mapped[str] = mapped_column(primary_key=True)
    text: Mapped[str]
    saved_at: Mapped[int]
