"""Conversations: list, read, and what an agent does about one."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query

from crm_api.auth import AgentWho, SignedIn
from crm_api.calls.repository import Filter
from crm_api.calls.schemas import (
    ContactBody,
    ConversationPage,
    ConversationView,
    NoteBody,
    NoteSaved,
    WrapUpBody,
)
from crm_api.calls.service import CallService
from crm_api.errors import (
    BadCsrf,
    BadInput,
    Conflict,
    NotAllowed,
    NotFound,
    NotSignedIn,
    PbxDown,
    RefusedByPbx,
    responses,
)
from crm_api.paging import CursorText, Limit
from crm_api.services import Reading, Use, Writing
from crm_api.times import to_datetime, to_micros
from nidaa.contracts import control
from nidaa.logging import Log

log = Log("crm_api.calls")

router = APIRouter(
    prefix="/api/conversations", tags=["calls"], responses=responses(NotSignedIn, BadInput)
)
refusals = responses(NotFound, NotAllowed, BadCsrf, BadInput)
EXTENSION = 30.0  # seconds that one press of the button adds to wrap-up

Word = Annotated[str, Query(max_length=64)]


@router.get("")
async def list_conversations(
    who: SignedIn,
    session: Reading,
    services: Use,
    limit: Limit = 50,
    cursor: CursorText = None,
    queue: Word = "",
    agent: Word = "",
    contact: Word = "",
    outcome: Word = "",
    from_: Annotated[datetime | None, Query(alias="from")] = None,
    to: Annotated[datetime | None, Query()] = None,
) -> ConversationPage:
    """The newest first. An agent sees their own, supervisors and administrators all."""
    wanted = Filter(
        queue,
        agent,
        contact,
        outcome,
        to_micros(from_) if from_ else None,
        to_micros(to) if to else None,
    )
    service = CallService(session, services.tenant, services.titles)
    return await service.page(wanted, who.only_agent, limit, cursor)


@router.get("/{conversation}", responses=responses(NotFound))
async def get_conversation(
    conversation: str, who: SignedIn, session: Reading, services: Use
) -> ConversationView:
    """One conversation with its segments."""
    service = CallService(session, services.tenant, services.titles)
    return await service.get(conversation, who.only_agent)


@router.put("/{conversation}/note", responses=refusals)
async def save_note(
    conversation: str, body: NoteBody, who: AgentWho, session: Writing, services: Use
) -> NoteSaved:
    """Keep the agent's note, during the call or after it."""
    service = CallService(session, services.tenant, services.titles)
    saved_at = await service.save_note(conversation, who.agent, body.text)
    return NoteSaved(saved_at=to_datetime(saved_at))


@router.post("/{conversation}/wrap-up", status_code=HTTPStatus.NO_CONTENT, responses=refusals)
async def wrap_up(conversation: str, body: WrapUpBody, who: AgentWho, services: Use) -> None:
    """Keep the verdict and end wrap-up. It is kept also when wrap-up is over, or pbx away."""
    async with services.database.writing() as session:
        service = CallService(session, services.tenant, services.titles)
        await service.wrap_up(conversation, who.agent, body.disposition, body.note)
    try:
        await services.pbx.order(control.FinishWrapUp(who.agent))
    except (PbxDown, RefusedByPbx) as error:
        log.info(f"wrap-up kept, not ended by pbx: {error}", call=conversation, agent=who.agent)
    view = services.hub.board.call_view(who.agent)
    contact = view.match.contacts[0].id if view and len(view.match.contacts) == 1 else ""
    services.hub.publish_history(conversation, contact, (who.agent,))


@router.post(
    "/{conversation}/wrap-up/extend",
    status_code=HTTPStatus.NO_CONTENT,
    responses=responses(NotFound, NotAllowed, BadCsrf, Conflict, PbxDown),
)
async def extend_wrap_up(conversation: str, who: AgentWho, session: Reading, services: Use) -> None:
    """Half a minute more."""
    service = CallService(session, services.tenant, services.titles)
    await service.row(conversation, who.agent)
    await services.pbx.order(control.ExtendWrapUp(who.agent, EXTENSION))


@router.put("/{conversation}/contact", status_code=HTTPStatus.NO_CONTENT, responses=refusals)
async def link_contact(
    conversation: str, body: ContactBody, who: SignedIn, session: Writing, services: Use
) -> None:
    """Say whose conversation it was."""
    service = CallService(session, services.tenant, services.titles)
    await service.link(conversation, body.contact, who.user, who.only_agent)


@router.post(
    "/{conversation}/hang-up",
    status_code=HTTPStatus.NO_CONTENT,
    responses=responses(NotFound, NotAllowed, BadCsrf, Conflict, PbxDown),
)
async def hang_up(conversation: str, who: SignedIn, session: Reading, services: Use) -> None:
    """End the call through pbx, for a webphone whose own connection is down."""
    service = CallService(session, services.tenant, services.titles)
    await service.row(conversation, who.only_agent)
    await services.pbx.ask(control.HangUp(conversation))
