"""Queries on users and their sessions."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from crm_api.models import Agent, Session, Setting, User


class UserRepository:
    def __init__(self, session: AsyncSession, tenant: str) -> None:
        self._session, self._tenant = session, tenant

    def _users(self) -> Select[User]:
        agent = selectinload(User.agent)
        return (
            select(User)
            .where(User.tenant == self._tenant)
            .options(agent.selectinload(Agent.extension), agent.selectinload(Agent.memberships))
        )

    async def by_login(self, login: str) -> User | None:
        return await self._session.scalar(self._users().where(User.login == login))

    async def by_id(self, user_id: str) -> User | None:
        return await self._session.scalar(self._users().where(User.id == user_id))

    async def all(self) -> Sequence[User]:
        return (await self._session.scalars(self._users().order_by(User.login))).all()

    async def has_admin(self) -> bool:
        admin = self._users().where(User.role == "admin", User.is_active)
        return bool(await self._session.scalar(select(exists(admin.with_only_columns(User.id)))))

    async def has_sample(self) -> bool:
        sample = self._users().where(User.is_sample)
        return bool(await self._session.scalar(select(exists(sample.with_only_columns(User.id)))))

    async def is_taken(self, login: str) -> bool:
        taken = self._users().where(User.login == login)
        return bool(await self._session.scalar(select(exists(taken.with_only_columns(User.id)))))

    async def add(self, user: User) -> None:
        self._session.add(user)
        await self._session.flush()


class SessionRepository:
    """Log-in sessions, found by the hash of their token."""

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        self._session, self._tenant = session, tenant

    async def find(self, token_hash: str) -> Session | None:
        return await self._session.scalar(
            select(Session).where(Session.tenant == self._tenant, Session.token_hash == token_hash)
        )

    async def add(self, token_hash: str, user_id: str, now: int) -> None:
        self._session.add(
            Session(
                tenant=self._tenant,
                token_hash=token_hash,
                user_id=user_id,
                created_at=now,
                seen_at=now,
            )
        )
        await self._session.flush()

    async def touch(self, token_hash: str, now: int) -> None:
        await self._session.execute(
            update(Session)
            .where(Session.tenant == self._tenant, Session.token_hash == token_hash)
            .values(seen_at=now)
        )

    async def end(self, token_hash: str) -> None:
        await self._session.execute(
            delete(Session).where(Session.tenant == self._tenant, Session.token_hash == token_hash)
        )

    async def end_all_of(self, user_id: str) -> None:
        await self._session.execute(
            delete(Session).where(Session.tenant == self._tenant, Session.user_id == user_id)
        )

    async def end_unused_since(self, micros: int) -> None:
        await self._session.execute(
            delete(Session).where(Session.tenant == self._tenant, Session.seen_at < micros)
        )


class SettingRepository:
    """Small named values of the tenant."""

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        self._session, self._tenant = session, tenant

    async def get(self, name: str) -> str | None:
        found = await self._session.get(Setting, (self._tenant, name))
        return found.value if found else None

    async def put(self, name: str, value: str) -> None:
        await self._session.merge(Setting(tenant=self._tenant, name=name, value=value))
        await self._session.flush()

    async def drop(self, name: str) -> None:
        await self._session.execute(
            delete(Setting).where(Setting.tenant == self._tenant, Setting.name == name)
        )
