"""Making, changing and finding contacts."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi.encoders import jsonable_encoder
from sqlalchemy.ext.asyncio import AsyncSession

from crm_api.contacts.numbers import digits_of, fold, keys_of
from crm_api.contacts.repository import ContactRepository
from crm_api.contacts.schemas import (
    ChangedContactBody,
    ContactPage,
    ContactSummary,
    ContactView,
    NewContactBody,
    NumberBody,
    NumberView,
)
from crm_api.errors import Conflict, NotFound
from crm_api.models import Contact, ContactNumber
from crm_api.paging import decode_cursor, encode_cursor
from crm_api.times import now_micros, to_datetime
from nidaa.ids import new_id

SIMPLE_FIELDS = ("name", "company", "email", "language", "is_vip", "wilaya", "notes")
FEWEST_DIGITS = 4  # a part of a number shorter than this finds half of the country


class ContactService:
    def __init__(self, session: AsyncSession, tenant: str, country: str) -> None:
        self._session, self._tenant, self._country = session, tenant, country
        self._contacts = ContactRepository(session, tenant)

    async def get(self, contact_id: str) -> Contact:
        """Raises NotFound."""
        contact = await self._contacts.by_id(contact_id)
        if contact is None:
            raise NotFound(f"There is no contact {contact_id}. It may have been removed.")
        return contact

    async def page(self, q: str, limit: int, cursor: str | None) -> ContactPage:
        """Contacts by name; `q` matches name, company, or a part of a number."""
        after = decode_cursor(cursor, tuple[str, str])
        found = await self._contacts.page(*_searched(q), after, limit + 1)
        items, more = found[:limit], found[limit:]
        last = items[-1] if more else None
        return ContactPage(
            items=tuple(summary_of(contact) for contact in items),
            next=encode_cursor(last.sort_name, last.id) if last else None,
        )

    async def create(self, body: NewContactBody, *, is_sample: bool = False) -> Contact:
        now = now_micros()
        contact = Contact(
            id=new_id("c"),
            tenant=self._tenant,
            created_at=now,
            updated_at=now,
            is_sample=is_sample,
            **{field: getattr(body, field) for field in SIMPLE_FIELDS},
        )
        contact.numbers = self._numbers(body.numbers)
        _index(contact)
        await self._contacts.add(contact)
        return await self.get(contact.id)

    async def change(self, contact_id: str, body: ChangedContactBody) -> Contact:
        """Apply what is given. Raises Conflict with the current contact when it has changed."""
        contact = await self.get(contact_id)
        if contact.version != body.version:
            raise Conflict(
                "Somebody else changed this contact. Look at theirs, then save yours again.",
                {"current": jsonable_encoder(view_of(contact))},
            )
        for field in SIMPLE_FIELDS:
            value = getattr(body, field)
            if value is not None:
                setattr(contact, field, value)
        if body.numbers is not None:
            contact.numbers.clear()
            await self._session.flush()  # positions are keys: the old ones go first
            contact.numbers = self._numbers(body.numbers)
        contact.version += 1
        contact.updated_at = now_micros()
        _index(contact)
        await self._session.flush()
        return contact

    def _numbers(self, bodies: Iterable[NumberBody]) -> list[ContactNumber]:
        rows = []
        for position, body in enumerate(bodies):
            keys = keys_of(body.raw, self._country)
            row = ContactNumber(tenant=self._tenant, position=position, raw=body.raw)
            row.e164, row.national, row.last8 = keys.e164, keys.national, keys.last8
            row.label = body.label
            rows.append(row)
        return rows


def _searched(q: str) -> tuple[str, str]:
    """What to look for and in which column: too few digits are looked for in names only."""
    if any(char.isalpha() for char in q):
        return fold(q), "search"
    digits = digits_of(q)
    return (digits, "search") if len(digits) >= FEWEST_DIGITS else (fold(q), "sort_name")


def _index(contact: Contact) -> None:
    """Write the text a contact is searched and sorted by."""
    contact.sort_name = fold(contact.name)
    numbers = [f"{number.e164} {number.national}" for number in contact.numbers]
    contact.search = " ".join([contact.sort_name, fold(contact.company), *numbers])


def number_views(contact: Contact) -> tuple[NumberView, ...]:
    return tuple(
        NumberView(raw=row.raw, e164=row.e164, national=row.national, label=row.label)
        for row in contact.numbers
    )


def summary_of(contact: Contact) -> ContactSummary:
    return ContactSummary.model_validate(
        {
            "id": contact.id,
            "name": contact.name,
            "company": contact.company,
            "language": contact.language,
            "is_vip": contact.is_vip,
            "wilaya": contact.wilaya,
            "numbers": number_views(contact),
            "is_sample": contact.is_sample,
        }
    )


def view_of(contact: Contact) -> ContactView:
    return ContactView(
        **summary_of(contact).model_dump(),
        version=contact.version,
        email=contact.email,
        notes=contact.notes,
        created_at=to_datetime(contact.created_at),
        updated_at=to_datetime(contact.updated_at),
    )
