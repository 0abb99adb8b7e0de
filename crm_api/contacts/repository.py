"""Queries on contacts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, ScalarSelect, Select, and_, bindparam, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

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
        """Contacts one of whose numbers ends so, exact matches first; past calls without `but`."""
        values = {"tenant": self._tenant, "last8": last8, "e164": e164, "but": but}
        return [_candidate(row) for row in await self._session.execute(WITH_SUFFIX, values)]


def _with_suffix() -> Select[*tuple[Any, ...]]:
    """One statement, built once, because the screen-pop waits for it: building costs 2 ms."""
    number, contact = ContactNumber.__table__.c, Contact.__table__.c
    other = ContactNumber.__table__.alias("other")
    return (
        select(
            number.e164,
            number.national,
            *(contact[field] for field in CARD_FIELDS),
            func.coalesce(func.nullif(other.c.e164, ""), other.c.raw),
            *_past(),
        )
        .select_from(
            ContactNumber.__table__.join(Contact.__table__, contact.id == number.contact_id).join(
                other, other.c.contact_id == contact.id
            )
        )
        .where(number.tenant == bindparam("tenant"), number.last8 == bindparam("last8"))
        .order_by(number.e164 != bindparam("e164"), contact.id, other.c.position)
        .limit(SAME_SUFFIX)
    )


def _past() -> tuple[ScalarSelect[Any], ...]:
    """How many conversations a contact had, when the last began, and the newest note."""
    link, note = ContactLink.__table__.c, Note.__table__.c
    contact = Contact.__table__
    mine = (link.tenant == bindparam("tenant"), link.contact_id == contact.c.id)
    is_other = link.conversation != bindparam("but")
    had = select(func.count()).select_from(ContactLink.__table__).where(*mine, is_other)
    last = select(func.max(link.started_at)).where(*mine, is_other)
    newest = (
        select(note.text)
        .select_from(
            Note.__table__.join(ContactLink.__table__, link.conversation == note.conversation)
        )
        .where(*mine, note.text != "")
        .order_by(note.saved_at.desc())
        .limit(1)
    )
    parts = (had, last, newest)
    return tuple(part.correlate(contact).scalar_subquery() for part in parts)


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


WITH_SUFFIX = _with_suffix()
