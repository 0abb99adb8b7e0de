"""Who is asking: the session cookie, the CSRF header, the role, and the page's own origin."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request
from starlette.requests import HTTPConnection
from starlette.responses import Response

from crm_api.errors import BadCsrf, NotAllowed, NotSignedIn
from crm_api.models import User
from crm_api.services import Services, Use
from crm_api.times import SECOND, now_micros
from crm_api.users.repository import SessionRepository, UserRepository

COOKIE = "nidaa_session"
CSRF_HEADER = "X-CSRF-Token"
SAFE_METHODS = frozenset(("GET", "HEAD", "OPTIONS"))
IDLE_FOR = 12 * 3600 * SECOND  # a session not used for so long is over
LASTS_FOR = 7 * 24 * 3600 * SECOND
TOUCH_AFTER = 60 * SECOND


@dataclass(frozen=True, slots=True)
class Who:
    """The user behind a request; `agent` and `extension` are "" for one who is no agent."""

    user: str
    login: str
    name: str
    role: str
    language: str
    agent: str
    extension: str
    token: str

    @property
    def token_hash(self) -> str:
        return hash_token(self.token)

    @property
    def csrf(self) -> str:
        return csrf_of(self.token)

    @property
    def sees_team(self) -> bool:
        return self.role in ("supervisor", "admin")

    @property
    def only_agent(self) -> str | None:
        """Whose calls alone this user may see; None is everybody's."""
        return None if self.sees_team else self.agent


def new_token() -> str:
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def csrf_of(token: str) -> str:
    """What X-CSRF-Token must be in this session: only who can read our answers knows it."""
    return hmac.new(token.encode(), b"csrf", hashlib.sha256).hexdigest()


def set_cookie(response: Response, token: str) -> None:
    response.set_cookie(
        COOKIE,
        token,
        max_age=LASTS_FOR // SECOND,
        httponly=True,
        secure=True,
        samesite="strict",
        path="/",
    )


def clear_cookie(response: Response) -> None:
    response.delete_cookie(COOKIE, httponly=True, secure=True, samesite="strict", path="/")


def check_origin(connection: HTTPConnection, *, must_be_said: bool = False) -> None:
    """A browser says which page asks; it must be one of ours. Raises NotAllowed."""
    origin = connection.headers.get("origin")
    if origin is None and not must_be_said:
        return
    if origin is None or urlsplit(origin).netloc != connection.headers.get("host"):
        raise NotAllowed("Only pages of this server may do this. Open Nidaa at its own address.")


async def who_asks(services: Services, token: str | None) -> Who:
    """The user of this session. Raises NotSignedIn."""
    if not token:
        raise NotSignedIn("Nobody is signed in in this browser. Sign in.")
    now, token_hash = now_micros(), hash_token(token)
    async with services.database.reading() as session:
        found = await SessionRepository(session, services.tenant).find(token_hash)
        is_live = found is not None and (
            found.seen_at > now - IDLE_FOR and found.created_at > now - LASTS_FOR
        )
        user = None
        if found is not None and is_live:
            user = await UserRepository(session, services.tenant).by_id(found.user_id)
    if found is None or user is None or not user.is_active:
        raise NotSignedIn("This session has ended. Sign in again.")
    if found.seen_at < now - TOUCH_AFTER:
        async with services.database.writing() as session:
            await SessionRepository(session, services.tenant).touch(token_hash, now)
    return who_of(user, token)


def who_of(user: User, token: str) -> Who:
    agent = user.agent
    return Who(
        user.id,
        user.login,
        user.name,
        user.role,
        user.language,
        agent.id if agent else "",
        agent.extension.number if agent else "",
        token,
    )


async def _signed_in(request: Request, services: Use) -> Who:
    who = await who_asks(services, request.cookies.get(COOKIE))
    if request.method not in SAFE_METHODS:
        check_origin(request)
        said = request.headers.get(CSRF_HEADER, "")
        if not hmac.compare_digest(said.encode(), who.csrf.encode()):
            raise BadCsrf(f"The header {CSRF_HEADER} is missing or old. Load the page again.")
    return who


SignedIn = Annotated[Who, Depends(_signed_in)]


def _with_role(*roles: str) -> Callable[[Who], Who]:
    def check(who: SignedIn) -> Who:
        if who.role not in roles:
            raise NotAllowed(f"Your role is {who.role}; this needs {' or '.join(roles)}.")
        return who

    return check


def _is_agent(who: SignedIn) -> Who:
    if not who.agent:
        raise NotAllowed("You have no extension, so you take no calls. Ask an administrator.")
    return who


Admin = Annotated[Who, Depends(_with_role("admin"))]
Supervisor = Annotated[Who, Depends(_with_role("supervisor", "admin"))]
AgentWho = Annotated[Who, Depends(_is_agent)]
