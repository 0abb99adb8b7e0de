"""Who is calling: none, one or many contacts, the best reason first. Never makes a contact."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.ext.asyncio import AsyncSession

from crm_api.contacts.numbers import NumberKeys, is_anonymous, keys_of
from crm_api.contacts.repository import ContactRepository
from crm_api.models import Contact
from nidaa.contracts.live import ContactCard, Match

MOST = 10  # contacts offered to choose from
REASONS = ("e164", "national", "last8")  # best first


class Lookup:
    """Looks numbers up in one transaction."""

    def __init__(self, session: AsyncSession, tenant: str, country: str) -> None:
        self._contacts = ContactRepository(session, tenant)
        self._country = country

    async def match(self, phone: str, conversation: str = "") -> Match:
        """The contacts with this number, last contacted first; `conversation` is the call's own."""
        if is_anonymous(phone):
            return Match("anonymous")
        why, ids = await self.find(phone)
        if not ids:
            return Match("none")
        calls = await self._contacts.calls_of(ids, conversation)
        recent = sorted(ids, key=lambda contact: -calls.get(contact, (0, 0))[1])[:MOST]
        notes = await self._contacts.last_notes([id_ for id_ in recent if id_ in calls])
        contacts = {contact.id: contact for contact in await self._contacts.with_ids(recent)}
        cards = tuple(
            _card(contacts[id_], calls.get(id_, (0, 0)), notes.get(id_, ""), why) for id_ in recent
        )
        return Match("one" if len(cards) == 1 else "many", cards)

    async def find(self, phone: str) -> tuple[str, list[str]]:
        """The best reason that any contact matches by, and all contacts that match by it."""
        keys = keys_of(phone, self._country)
        if not keys.is_searchable:
            return "", []
        return best(keys, await self._contacts.with_suffix(keys.last8, keys.e164))


def best(keys: NumberKeys, rows: Iterable[tuple[str, str, str]]) -> tuple[str, list[str]]:
    """Of (contact, e164, national) rows with the same last digits, those that match best."""
    found: dict[str, dict[str, None]] = {}
    for contact, e164, national in rows:
        found.setdefault(_reason(keys, e164, national), {})[contact] = None
    for why in REASONS:
        if why in found:
            return why, list(found[why])
    return "", []


def _reason(keys: NumberKeys, e164: str, national: str) -> str:
    if e164 and e164 == keys.e164:
        return "e164"
    return "national" if national == keys.national else "last8"


def _card(contact: Contact, calls: tuple[int, int], note: str, why: str) -> ContactCard:
    count, last_at = calls
    return ContactCard(
        id=contact.id,
        name=contact.name,
        company=contact.company,
        language=contact.language,
        is_vip=contact.is_vip,
        wilaya=contact.wilaya,
        numbers=tuple(number.e164 or number.raw for number in contact.numbers),
        notes=contact.notes,
        calls_before=count,
        last_call_at=last_at,
        last_note=note,
        why=why,
    )
