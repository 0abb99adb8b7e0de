"""Making and changing users, signing in, the one-time token of the first administrator."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from crm_api.callcenter.service import AgentService
from crm_api.errors import BadInput, BadToken, Conflict, NotFound
from crm_api.models import Agent, User
from crm_api.times import now_micros
from crm_api.users.passwords import hash_password
from crm_api.users.repository import SessionRepository, SettingRepository, UserRepository
from crm_api.users.schemas import ChangedUserBody, NewUserBody, SetupBody
from nidaa.ids import new_id

SETUP_TOKEN = "setup_token_sha256"  # noqa: S105  the name of a setting


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class NewUser:
    """What makes a user; with an extension the user is an agent."""

    login: str
    name: str
    password_hash: str
    role: str
    language: str = "fr"
    extension: str | None = None
    queues: tuple[str, ...] = ()
    is_sample: bool = False


async def new_user_of(body: NewUserBody) -> NewUser:
    """Hashes the password, in a thread and before any transaction is open."""
    password_hash = await asyncio.to_thread(hash_password, body.password)
    return NewUser(
        body.login,
        body.name,
        password_hash,
        body.role,
        body.language,
        body.extension,
        body.queues,
    )


class UserService:
    def __init__(self, session: AsyncSession, tenant: str) -> None:
        self._session, self._tenant = session, tenant
        self._users = UserRepository(session, tenant)
        self._sessions = SessionRepository(session, tenant)
        self._settings = SettingRepository(session, tenant)
        self._agents = AgentService(session, tenant)

    async def create(self, new: NewUser) -> User:
        """Add a user, and the agent with its extension if one is named. Raises Conflict."""
        if await self._users.is_taken(new.login):
            raise Conflict(f"The login {new.login} is taken. Choose another.", {"login": "taken"})
        user = User(
            id=new_id("u"),
            tenant=self._tenant,
            login=new.login,
            name=new.name,
            password_hash=new.password_hash,
            role=new.role,
            language=new.language,
            is_sample=new.is_sample,
            created_at=now_micros(),
        )
        await self._users.add(user)
        if new.extension is not None:
            await self._agents.create(user, new.extension, new.queues)
        elif new.queues:
            raise BadInput(
                "Only a user with an extension can be in queues.", {"queues": "no extension"}
            )
        return await self.get(user.id)

    async def get(self, user_id: str) -> User:
        self._session.expire_all()
        user = await self._users.by_id(user_id)
        if user is None:
            raise NotFound(f"There is no user {user_id}.")
        return user

    async def change(self, user_id: str, body: ChangedUserBody, password_hash: str | None) -> User:
        """Apply what is given. A new password, a deactivation or a new role ends all sessions."""
        user = await self.get(user_id)
        await self._keep_an_admin(user, body)
        if password_hash is not None:
            user.password_hash = password_hash
        for field in ("name", "role", "language", "is_active"):
            value = getattr(body, field)
            if value is not None:
                setattr(user, field, value)
        if body.queues is not None:
            await self._agents.set_queues(self._agent_of(user), body.queues)
        if self.has_signed_out(body):
            await self._sessions.end_all_of(user.id)
        await self._session.flush()
        return await self.get(user_id)

    @staticmethod
    def has_signed_out(body: ChangedUserBody) -> bool:
        """Does this change end the user's sessions?"""
        return body.password is not None or body.is_active is False or body.role is not None

    async def set_password(self, login: str, password_hash: str) -> None:
        """Raises NotFound. Every session of the user ends."""
        user = await self._users.by_login(login.strip().lower())
        if user is None:
            raise NotFound(f"There is no user {login}.")
        user.password_hash = password_hash
        await self._sessions.end_all_of(user.id)

    async def _keep_an_admin(self, user: User, body: ChangedUserBody) -> None:
        is_last_change = body.is_active is False or body.role not in (None, "admin")
        if user.role != "admin" or not is_last_change:
            return
        others = [
            other
            for other in await self._users.all()
            if other.role == "admin" and other.is_active and other.id != user.id
        ]
        if not others:
            raise Conflict("This is the last administrator. Make another one first.")

    @staticmethod
    def _agent_of(user: User) -> Agent:
        if user.agent is None:
            raise BadInput("This user has no extension.", {"queues": "no extension"})
        return user.agent

    async def make_setup_token(self) -> str:
        """A fresh one-time token for the first administrator; the one before is void."""
        token = secrets.token_urlsafe(24)
        await self._settings.put(SETUP_TOKEN, sha256(token))
        return token

    async def set_up(self, body: SetupBody, password_hash: str) -> User:
        """Make the first administrator. Raises BadToken; the token is spent by success only."""
        wanted = await self._settings.get(SETUP_TOKEN)
        is_right = hmac.compare_digest(wanted or "", sha256(body.token))
        if not is_right or await self._users.has_admin():
            raise BadToken(
                "This set-up link is not valid any more. Run `nidaa user setup-token` for one.",
                {"token": "not valid"},
            )
        user = await self.create(NewUser(body.login, body.name, password_hash, "admin"))
        await self._settings.drop(SETUP_TOKEN)
        return user
