"""Queries on contacts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, ScalarSelect, Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased, selectinload

from crm_api.models import Contact, ContactLink, ContactNumber, Note
from nidaa.contracts.live import ContactCard

SAME_SUFFIX = 200  # numbers looked at when many contacts share the last eight digits
CARD_FIELDS = ("id", "name", "company", "language", "is_vip", "wilaya", "notes")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A contact that may be calling: the number that ends alike, and one number for the card."""

    e164: str
    national: str
    card: ContactCard


class ContactRepository:
    def __init__(self, session: AsyncSession, tenant: str) -> None:
        self._session, self._tenant = session, tenant

    def _contacts(self) -> Select[Contact]:
        return (
            select(Contact)
            .where(Contact.tenant == self._tenant)
            .options(selectinload(Contact.numbers))
        )

    async def by_id(self, contact_id: str) -> Contact | None:
        return await self._session.scalar(self._contacts().where(Contact.id == contact_id))

    async def page(
        self, text: str, column: str, after: tuple[str, str] | None, limit: int
    ) -> Sequence[Contact]:
        """Contacts by name; with `text` those that have it in `column`, search or sort_name."""
        query = self._contacts()
        if text:
            searched = Contact.search if column == "search" else Contact.sort_name
            query = query.where(searched.contains(text, autoescape=True))
        if after is not None:
            name, id_ = after
            query = query.where(
                or_(Contact.sort_name > name, and_(Contact.sort_name == name, Contact.id > id_))
            )
        ordered = query.order_by(Contact.sort_name, Contact.id).limit(limit)
        return (await self._session.scalars(ordered)).all()

    async def add(self, contact: Contact) -> None:
        self._session.add(contact)
        await self._session.flush()

    async def names(self, ids: Sequence[str]) -> dict[str, str]:
        rows = await self._session.execute(
            select(Contact.id, Contact.name).where(
                Contact.tenant == self._tenant, Contact.id.in_(ids)
            )
        )
        return {contact: name for contact, name in rows}

    async def with_suffix(self, last8: str, e164: str, but: str) -> list[Candidate]:
        """Contacts one of whose numbers ends so, exact matches first; past calls without `but`.

        One statement, because the screen-pop waits for it.
        """
        other = aliased(ContactNumber)
        query = (
            select(
                ContactNumber.e164,
                ContactNumber.national,
                *(getattr(Contact, field) for field in CARD_FIELDS),
                func.coalesce(func.nullif(other.e164, ""), other.raw),
                *_past(self._tenant, but),
            )
            .join(Contact, Contact.id == ContactNumber.contact_id)
            .join(other, other.contact_id == Contact.id)
            .where(ContactNumber.tenant == self._tenant, ContactNumber.last8 == last8)
            .order_by(ContactNumber.e164 != e164, Contact.id, other.position)
            .limit(SAME_SUFFIX)
        )
        return [_candidate(row) for row in await self._session.execute(query)]


def _past(tenant: str, but: str) -> tuple[ScalarSelect[Any], ...]:
    """How many conversations a contact had, when the last began, and the newest note."""
    mine = (ContactLink.tenant == tenant, ContactLink.contact_id == Contact.id)
    had = select(func.count()).select_from(ContactLink).where(*mine)
    last = select(func.max(ContactLink.started_at)).where(*mine)
    note = (
        select(Note.text)
        .join(ContactLink, ContactLink.conversation == Note.conversation)
        .where(*mine, Note.text != "")
        .order_by(Note.saved_at.desc())
        .limit(1)
    )
    is_other = ContactLink.conversation != but
    return (
        had.where(is_other).correlate(Contact).scalar_subquery(),
        last.where(is_other).correlate(Contact).scalar_subquery(),
        note.correlate(Contact).scalar_subquery(),
    )


def _candidate(row: Row[*tuple[Any, ...]]) -> Candidate:
    e164, national, id_, name, company, language, is_vip, wilaya, notes, *more = row
    number, calls, last_at, note = more
    card = ContactCard(
        id=id_,
        name=name,
        company=company,
        language=language,
        is_vip=is_vip,
        wilaya=wilaya,
        numbers=(number,),
        notes=notes,
        calls_before=calls,
        last_call_at=last_at or 0,
        last_note=note or "",
        why="",
    )
    return Candidate(e164, national, card)
