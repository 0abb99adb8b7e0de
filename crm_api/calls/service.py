"""History as people may read it, and what agents write about their calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from crm_api.callcenter.choices import DISPOSITION_CODES
from crm_api.callcenter.repository import AgentRepository
from crm_api.calls.links import LinkRepository
from crm_api.calls.repository import ConversationRepository, Filter
from crm_api.calls.schemas import ConversationPage, ConversationView, Named
from crm_api.calls.views import Names, Parts, view_of
from crm_api.contacts.repository import ContactRepository
from crm_api.errors import BadInput, NotFound
from crm_api.models import (
    Conversation,
    Disposition,
    Leg,
    Note,
    Recording,
    RingAttempt,
    Segment,
)
from crm_api.paging import decode_cursor, encode_cursor
from crm_api.times import now_micros


class CallService:
    """`titles` are the queues' names by language, from the configuration."""

    def __init__(
        self, session: AsyncSession, tenant: str, titles: Mapping[str, dict[str, str]]
    ) -> None:
        self._session, self._tenant, self._titles = session, tenant, titles
        self._conversations = ConversationRepository(session, tenant)
        self._links = LinkRepository(session, tenant)
        self._contacts = ContactRepository(session, tenant)

    async def get(self, conversation: str, only_agent: str | None) -> ConversationView:
        """One conversation; `only_agent` sees none but their own. Raises NotFound."""
        row = await self.row(conversation, only_agent)
        return (await self._views([row]))[0]

    async def row(self, conversation: str, only_agent: str | None) -> Conversation:
        """Raises NotFound, also for what this agent may not see."""
        row = await self._conversations.by_id(conversation)
        is_hidden = only_agent is not None and not await self._conversations.is_of_agent(
            conversation, only_agent
        )
        if row is None or is_hidden:
            raise NotFound(f"There is no conversation {conversation} that you may see.")
        return row

    async def page(
        self, wanted: Filter, only_agent: str | None, limit: int, cursor: str | None
    ) -> ConversationPage:
        """Conversations, the newest first."""
        if only_agent is not None:
            wanted = replace(wanted, agent=only_agent)
        before = decode_cursor(cursor, tuple[int, str])
        rows = await self._conversations.page(wanted, before, limit + 1)
        shown, more = rows[:limit], rows[limit:]
        last = shown[-1] if more else None
        return ConversationPage(
            items=tuple(await self._views(shown)),
            next=encode_cursor(last.started_at, last.id) if last else None,
        )

    async def save_note(self, conversation: str, agent: str, text: str) -> int:
        """Keep what the agent wrote; returns when (microseconds). Raises NotFound."""
        await self.row(conversation, agent)
        now = now_micros()
        await self._conversations.put_note(conversation, agent, text, now)
        return now

    async def wrap_up(self, conversation: str, agent: str, code: str, note: str) -> None:
        """Keep the agent's verdict. Raises NotFound, or BadInput for a code that is not offered."""
        if code not in DISPOSITION_CODES:
            raise BadInput(
                f"There is no disposition {code}. Choose one of {sorted(DISPOSITION_CODES)}.",
                {"disposition": "not offered"},
            )
        now = await self.save_note(conversation, agent, note)
        await self._conversations.put_disposition(conversation, agent, code, now)

    async def link(
        self, conversation: str, contact: str, user: str, only_agent: str | None
    ) -> None:
        """The conversation is this contact's, says this user. Raises NotFound."""
        row = await self.row(conversation, only_agent)
        if await self._contacts.by_id(contact) is None:
            raise NotFound(f"There is no contact {contact}.", {"contact": "unknown"})
        await self._links.link(conversation, contact, row.started_at, user)

    async def recording(self, recording: str, only_agent: str | None) -> Recording:
        """A recording whose file is there. Raises NotFound."""
        row = await self._conversations.recording(recording)
        if row is None or not row.path:
            raise NotFound(f"There is no recording {recording}, or it is not ready yet.")
        await self.row(row.conversation, only_agent)
        return row

    async def _views(self, rows: Sequence[Conversation]) -> list[ConversationView]:
        ids = [row.id for row in rows]
        links = await self._links.contacts_of(ids)
        contacts = await self._contacts.names(list(set(links.values())))
        names = Names(await AgentRepository(self._session, self._tenant).names(), self._titles)
        parts = await self._parts(ids)
        now = now_micros()
        views = []
        for row in rows:
            contact_id = links.get(row.id, "")
            name = contacts.get(contact_id)
            contact = Named(id=contact_id, name=name) if name is not None else None
            views.append(view_of(row, parts[row.id], contact, names, now))
        return views

    async def _parts(self, ids: Sequence[str]) -> dict[str, Parts]:
        fetch = self._conversations.parts
        legs, segments = await fetch(Leg, ids), await fetch(Segment, ids)
        rings, recordings = await fetch(RingAttempt, ids), await fetch(Recording, ids)
        dispositions, notes = await fetch(Disposition, ids), await fetch(Note, ids)
        return {
            id_: Parts(
                legs.get(id_, ()),
                segments.get(id_, ()),
                rings.get(id_, ()),
                recordings.get(id_, ()),
                dispositions.get(id_, ()),
                notes.get(id_, ()),
            )
            for id_ in ids
        }
