"""Contacts: list, look up, read, add, change."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query
from msgspec import to_builtins

from crm_api.auth import SignedIn
from crm_api.calls.repository import Filter
from crm_api.calls.schemas import ConversationPage
from crm_api.calls.service import CallService
from crm_api.contacts.lookup import Lookup
from crm_api.contacts.schemas import (
    ChangedContactBody,
    ContactPage,
    ContactView,
    MatchView,
    NewContactBody,
)
from crm_api.contacts.service import ContactService, view_of
from crm_api.errors import BadCsrf, BadInput, Conflict, NotFound, NotSignedIn, responses
from crm_api.paging import CursorText, Limit
from crm_api.services import Reading, Use, Writing

router = APIRouter(
    prefix="/api/contacts", tags=["contacts"], responses=responses(NotSignedIn, BadInput)
)


@router.get("")
async def list_contacts(
    _who: SignedIn,
    session: Reading,
    services: Use,
    q: Annotated[str, Query(max_length=120)] = "",
    limit: Limit = 50,
    cursor: CursorText = None,
) -> ContactPage:
    """Contacts by name; `q` is a part of name or company, or four digits or more of a number."""
    return await ContactService(session, services.tenant, services.country).page(q, limit, cursor)


@router.get("/lookup")
async def look_up(
    _who: SignedIn,
    session: Reading,
    services: Use,
    phone: Annotated[str, Query(max_length=64)],
) -> MatchView:
    """Who has this number, as a screen-pop would show it."""
    match = await Lookup(session, services.tenant, services.country).match(phone)
    return MatchView.model_validate(to_builtins(match))


@router.post("", status_code=HTTPStatus.CREATED, responses=responses(BadCsrf))
async def create_contact(
    body: NewContactBody, _who: SignedIn, session: Writing, services: Use
) -> ContactView:
    """Add a contact."""
    service = ContactService(session, services.tenant, services.country)
    return view_of(await service.create(body))


@router.get("/{contact_id}", responses=responses(NotFound))
async def get_contact(
    contact_id: str, _who: SignedIn, session: Reading, services: Use
) -> ContactView:
    """One contact."""
    service = ContactService(session, services.tenant, services.country)
    return view_of(await service.get(contact_id))


@router.patch("/{contact_id}", responses=responses(NotFound, Conflict, BadCsrf))
async def change_contact(
    contact_id: str, body: ChangedContactBody, _who: SignedIn, session: Writing, services: Use
) -> ContactView:
    """Change what is given; on a conflict `fields.current` is the contact as it is now."""
    service = ContactService(session, services.tenant, services.country)
    return view_of(await service.change(contact_id, body))


@router.get("/{contact_id}/history", responses=responses(NotFound))
async def contact_history(
    contact_id: str,
    _who: SignedIn,
    session: Reading,
    services: Use,
    limit: Limit = 20,
    cursor: CursorText = None,
) -> ConversationPage:
    """All conversations with this contact, the newest first; whoever talks to them needs it."""
    await ContactService(session, services.tenant, services.country).get(contact_id)
    calls = CallService(session, services.tenant, services.titles)
    return await calls.page(Filter(contact=contact_id), None, limit, cursor)
