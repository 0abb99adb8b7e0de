"""What the command line does with users, on the installation's database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from crm_api.configuration import read_configuration
from crm_api.database import Database
from crm_api.errors import BadInput
from crm_api.users.passwords import MIN_LENGTH, hash_password
from crm_api.users.repository import UserRepository
from crm_api.users.schemas import NewUserBody
from crm_api.users.service import UserService, new_user_of
from nidaa.settings import Paths


@dataclass(frozen=True, slots=True)
class UserLine:
    """A user as the command line lists them; `extension` is "" for one who is no agent."""

    login: str
    name: str
    role: str
    extension: str
    is_active: bool


async def create_user(
    paths: Paths,
    *,
    login: str,
    name: str,
    role: str,
    password: str,
    extension: str = "",
    queues: tuple[str, ...] = (),
    language: str = "fr",
) -> UserLine:
    """Add a user; with an extension an agent. Raises BadInput, Conflict (both ApiError)."""
    try:
        body = NewUserBody.model_validate(
            {
                "login": login,
                "name": name,
                "role": role,
                "password": password,
                "language": language,
                "extension": extension or None,
                "queues": queues,
            }
        )
    except ValidationError as error:
        wrong = {str(item["loc"][0]): item["msg"] for item in error.errors()}
        raise BadInput("; ".join(f"{field}: {why}" for field, why in wrong.items())) from error
    new = await new_user_of(body)
    async with _writing(paths) as (session, tenant):
        user = await UserService(session, tenant).create(new)
    return UserLine(user.login, user.name, user.role, extension, user.is_active)


async def list_users(paths: Paths) -> list[UserLine]:
    """All users by login."""
    async with _writing(paths) as (session, tenant):
        return [
            UserLine(
                user.login,
                user.name,
                user.role,
                user.agent.extension.number if user.agent else "",
                user.is_active,
            )
            for user in await UserRepository(session, tenant).all()
        ]


async def set_password(paths: Paths, login: str, password: str) -> None:
    """Set a user's password and end their sessions. Raises BadInput, NotFound."""
    if len(password) < MIN_LENGTH:
        raise BadInput(f"A password has at least {MIN_LENGTH} characters.")
    password_hash = await asyncio.to_thread(hash_password, password)
    async with _writing(paths) as (session, tenant):
        await UserService(session, tenant).set_password(login, password_hash)


async def make_setup_token(paths: Paths) -> str | None:
    """A fresh one-time token for the first administrator; None when there is one already."""
    async with _writing(paths) as (session, tenant):
        if await UserRepository(session, tenant).has_admin():
            return None
        return await UserService(session, tenant).make_setup_token()


@asynccontextmanager
async def _writing(paths: Paths) -> AsyncIterator[tuple[AsyncSession, str]]:
    system = read_configuration(paths).system
    database = Database(system.database or paths.database_default)
    try:
        async with database.writing() as session:
            yield session, system.tenant
    finally:
        await database.close()
