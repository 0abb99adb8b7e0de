"""Who is calling: none, one or many contacts, the best reason first. Never makes a contact."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from crm_api.contacts.numbers import NumberKeys, is_anonymous, keys_of
from crm_api.contacts.repository import Candidate, ContactRepository
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
        keys = keys_of(phone, self._country)
        if not keys.is_searchable:
            return Match("none")
        found = await self._contacts.with_suffix(keys.last8, keys.e164, conversation)
        cards = tuple(sorted(best(keys, found), key=lambda card: -card.last_call_at)[:MOST])
        if not cards:
            return Match("none")
        return Match("one" if len(cards) == 1 else "many", cards)


def best(keys: NumberKeys, candidates: Iterable[Candidate]) -> list[ContactCard]:
    """The cards of those who match for the best reason that anyone matches for."""
    by_reason: dict[str, dict[str, ContactCard]] = {}
    for candidate in candidates:
        why, card = reason(keys, candidate.e164, candidate.national), candidate.card
        known = by_reason.setdefault(why, {})
        earlier = known[card.id].numbers if card.id in known else ()
        numbers = tuple(dict.fromkeys((*earlier, *card.numbers)))
        known[card.id] = msgspec.structs.replace(card, why=why, numbers=numbers)
    for why in REASONS:
        if why in by_reason:
            return list(by_reason[why].values())
    return []


def reason(keys: NumberKeys, e164: str, national: str) -> str:
    """Why a number that ends alike matches."""
    if e164 and e164 == keys.e164:
        return "e164"
    return "national" if national == keys.national else "last8"
