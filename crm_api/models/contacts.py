"""Customers and their numbers, with the keys a caller is found by."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm_api.models.base import Base, Tenanted


class Contact(Tenanted, Base):
    """A customer. `search` is name, company and digits, folded for look-ups by text."""

    __tablename__ = "contacts"
    __table_args__ = (Index("ix_contacts_tenant_sort_name_id", "tenant", "sort_name", "id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    name: Mapped[str]
    company: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="fr")
    is_vip: Mapped[bool] = mapped_column(default=False)
    wilaya: Mapped[str] = mapped_column(default="")
    notes: Mapped[str] = mapped_column(default="")
    search: Mapped[str]
    sort_name: Mapped[str]
    created_at: Mapped[int]
    updated_at: Mapped[int]
    is_sample: Mapped[bool] = mapped_column(default=False)

    numbers: Mapped[list[ContactNumber]] = relationship(
        lazy="raise", cascade="all, delete-orphan", order_by="ContactNumber.position"
    )


class ContactNumber(Tenanted, Base):
    """One number of a contact, computed on write: E.164, national and last eight digits."""

    __tablename__ = "contact_numbers"
    __table_args__ = (Index("ix_contact_numbers_tenant_last8", "tenant", "last8"),)

    contact_id: Mapped[str] = mapped_column(
        ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    raw: Mapped[str]
    e164: Mapped[str] = mapped_column(default="")
    national: Mapped[str] = mapped_column(default="")
    last8: Mapped[str] = mapped_column(default="")
    label: Mapped[str] = mapped_column(default="")
