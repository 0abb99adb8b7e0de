"""Raw events as they came, how far they were read, alarms, and small settings."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm_api.models.base import Base, Tenanted


class EventRow(Tenanted, Base):
    """An event exactly as pbx wrote it, of known type or not; history is rebuilt from these."""

    __tablename__ = "events"
    __table_args__ = (
        UniqueConstraint("id"),
        Index("ix_events_conversation", "conversation"),
    )

    number: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True
    )
    id: Mapped[str]
    seq: Mapped[int]
    type: Mapped[str]
    at: Mapped[int]
    conversation: Mapped[str]
    data: Mapped[str]  # JSON


class Cursor(Tenanted, Base):
    """The last event of pbx whose effect is in this database."""

    __tablename__ = "cursors"

    tenant: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int]


class AlarmRow(Tenanted, Base):
    """A time an alarm stood; `id` is that of the event that raised it."""

    __tablename__ = "alarms"
    __table_args__ = (Index("ix_alarms_tenant_alarm", "tenant", "alarm"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    alarm: Mapped[str]
    text: Mapped[str]
    started_at: Mapped[int]
    ended_at: Mapped[int | None]


class Setting(Tenanted, Base):
    """One named value, such as the hash of the set-up token."""

    __tablename__ = "settings"

    tenant: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]
