"""Whose conversation it was: found by number, or said by an agent."""

from __future__ import annotations

from collections.abc import Collection
from typing import cast

from sqlalchemy import Table, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_api.database import upsert
from crm_api.models import ContactLink

CONTACTS_OF = select(ContactLink.conversation, ContactLink.contact_id).where(
    ContactLink.tenant == bindparam("tenant"),
    ContactLink.conversation.in_(bindparam("wanted", expanding=True)),
)


class LinkRepository:
    def __init__(self, session: AsyncSession, tenant: str) -> None:
        self._session, self._tenant = session, tenant

    async def link(self, conversation: str, contact: str, started_at: int, user: str) -> None:
        """The conversation is this contact's, says this user; replaces what was."""
        row = {
            "tenant": self._tenant,
            "conversation": conversation,
            "contact_id": contact,
            "started_at": started_at,
            "linked_by": user,
        }
        await upsert(self._session, cast(Table, ContactLink.__table__), [row])

    async def link_if_new(self, conversation: str, contact: str, started_at: int) -> None:
        """The number says so; what a person said before stays."""
        if conversation not in await self.contacts_of((conversation,)):
            await self.link(conversation, contact, started_at, "")

    async def contacts_of(self, conversations: Collection[str]) -> dict[str, str]:
        """The contact of each conversation that has one."""
        if not conversations:
            return {}
        values = {"tenant": self._tenant, "wanted": list(conversations)}
        rows = await self._session.execute(CONTACTS_OF, values)
        return {conversation: contact for conversation, contact in rows}
