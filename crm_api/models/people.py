"""Users, their log-in sessions, and what makes some of them agents."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm_api.models.base import Base, Tenanted


class User(Tenanted, Base):
    """Someone who may sign in. `password_hash` is Argon2id."""

    __tablename__ = "users"
    __table_args__ = (UniqueConstraint("tenant", "login"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    login: Mapped[str]  # lower case
    name: Mapped[str]
    password_hash: Mapped[str]
    role: Mapped[str]  # agent | supervisor | admin
    language: Mapped[str] = mapped_column(default="fr")
    theme: Mapped[str] = mapped_column(default="system")
    is_active: Mapped[bool] = mapped_column(default=True)
    is_sample: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[int]

    agent: Mapped[Agent | None] = relationship(back_populates="user", lazy="raise")


class Session(Tenanted, Base):
    """A browser that signed in; the cookie's token is kept only as SHA-256."""

    __tablename__ = "sessions"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[int]
    seen_at: Mapped[int]


class Extension(Tenanted, Base):
    __tablename__ = "extensions"
    __table_args__ = (UniqueConstraint("tenant", "number"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[str]
    name: Mapped[str]


class Device(Tenanted, Base):
    """What may register for an extension; only digests of its password are kept."""

    __tablename__ = "devices"
    __table_args__ = (
        UniqueConstraint("tenant", "username"),
        Index("ix_devices_extension_id_kind", "extension_id", "kind"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    extension_id: Mapped[str] = mapped_column(ForeignKey("extensions.id", ondelete="CASCADE"))
    kind: Mapped[str]  # webphone | desk
    username: Mapped[str]
    ha1_md5: Mapped[str]
    ha1_sha256: Mapped[str]


class Agent(Tenanted, Base):
    """A user who takes calls at one extension."""

    __tablename__ = "agents"

    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), unique=True)
    extension_id: Mapped[str] = mapped_column(ForeignKey("extensions.id"), unique=True)

    user: Mapped[User] = relationship(back_populates="agent", lazy="raise")
    extension: Mapped[Extension] = relationship(lazy="raise")
    memberships: Mapped[list[Membership]] = relationship(
        lazy="raise", cascade="all, delete-orphan", order_by="Membership.queue"
    )


class Membership(Tenanted, Base):
    """An agent's place in a queue; queues themselves are in the configuration files."""

    __tablename__ = "memberships"

    agent_id: Mapped[str] = mapped_column(
        ForeignKey("agents.id", ondelete="CASCADE"), primary_key=True
    )
    queue: Mapped[str] = mapped_column(primary_key=True)
    penalty: Mapped[int] = mapped_column(default=0)
