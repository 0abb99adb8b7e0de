"""Queries on contacts."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from crm_api.models import Contact, ContactLink, ContactNumber, Note

SAME_SUFFIX = 50  # contacts looked at when many share the last eight digits


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

    async def with_suffix(self, last8: str, e164: str) -> list[tuple[str, str, str]]:
        """(contact, e164, national) of numbers that end alike, exact matches first."""
        is_other = ContactNumber.e164 != e164
        query = (
            select(ContactNumber.contact_id, ContactNumber.e164, ContactNumber.national)
            .where(ContactNumber.tenant == self._tenant, ContactNumber.last8 == last8)
            .order_by(is_other, ContactNumber.contact_id)
            .limit(SAME_SUFFIX)
        )
        rows = await self._session.execute(query)
        return [(contact, number, national) for contact, number, national in rows]

    async def with_ids(self, ids: Sequence[str]) -> Sequence[Contact]:
        return (await self._session.scalars(self._contacts().where(Contact.id.in_(ids)))).all()

    async def calls_of(self, ids: Sequence[str], but: str) -> dict[str, tuple[int, int]]:
        """How many conversations each contact had, and when the last began; without `but`."""
        query = (
            select(ContactLink.contact_id, func.count(), func.max(ContactLink.started_at))
            .where(ContactLink.tenant == self._tenant, ContactLink.contact_id.in_(ids))
            .where(ContactLink.conversation != but)
            .group_by(ContactLink.contact_id)
        )
        rows = await self._session.execute(query)
        return {contact: (count, last_at) for contact, count, last_at in rows}

    async def last_notes(self, ids: Sequence[str]) -> dict[str, str]:
        """The newest note that an agent wrote about a conversation with each contact."""
        query = (
            select(ContactLink.contact_id, Note.text)
            .join(Note, Note.conversation == ContactLink.conversation)
            .where(ContactLink.tenant == self._tenant, ContactLink.contact_id.in_(ids))
            .where(Note.text != "")
            .order_by(Note.saved_at)
        )
        return {contact: text for contact, text in await self._session.execute(query)}
