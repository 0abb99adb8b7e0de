"""Set-up, signing in and out, one's own settings, and the list of users."""

from __future__ import annotations

import asyncio
import time
from http import HTTPStatus

from fastapi import APIRouter, Request, Response

from crm_api.auth import (
    COOKIE,
    Admin,
    SignedIn,
    check_origin,
    clear_cookie,
    csrf_of,
    hash_token,
    new_token,
    set_cookie,
)
from crm_api.errors import (
    BadCredentials,
    BadCsrf,
    BadInput,
    BadToken,
    Conflict,
    NotAllowed,
    NotFound,
    NotSignedIn,
    SlowDown,
    responses,
)
from crm_api.models import User
from crm_api.services import Reading, Services, Use, Writing
from crm_api.times import now_micros, to_datetime
from crm_api.users.passwords import hash_password, verify
from crm_api.users.repository import SessionRepository, UserRepository
from crm_api.users.schemas import (
    ChangedUserBody,
    ListedUser,
    MeBody,
    NewUserBody,
    SessionAgent,
    SessionView,
    SetupBody,
    SetupState,
    SignInBody,
    UserView,
)
from crm_api.users.service import UserService, new_user_of

router = APIRouter(prefix="/api", tags=["users"], responses=responses(BadInput))
signed_in_refusals = responses(NotSignedIn, BadCsrf)
admin_refusals = responses(NotSignedIn, NotAllowed, NotFound, Conflict, BadInput)


@router.get("/setup")
async def get_setup(session: Reading, services: Use) -> SetupState:
    """Is the first administrator still to be made?"""
    has_admin = await UserRepository(session, services.tenant).has_admin()
    return SetupState(needed=not has_admin)


@router.post("/setup", status_code=HTTPStatus.CREATED, responses=responses(BadToken, Conflict))
async def post_setup(body: SetupBody, request: Request, services: Use) -> UserView:
    """Make the first administrator with the one-time token of the installation."""
    check_origin(request)
    _slow_down(services, _address(request))
    password_hash = await asyncio.to_thread(hash_password, body.password)
    try:
        async with services.database.writing() as session:
            user = await UserService(session, services.tenant).set_up(body, password_hash)
    except BadToken:
        services.backoff.failed(_address(request), time.monotonic())
        raise
    return user_view(user)


@router.post("/session", responses=responses(BadCredentials, SlowDown))
async def sign_in(
    body: SignInBody, request: Request, response: Response, services: Use
) -> SessionView:
    """Sign in; sets the session cookie. An unknown login costs and says the same as a wrong one."""
    check_origin(request)
    subjects = (f"login {body.login}", _address(request))
    _slow_down(services, *subjects)
    async with services.database.reading() as session:
        user = await UserRepository(session, services.tenant).by_login(body.login)
    known = user.password_hash if user is not None and user.is_active else None
    if not await asyncio.to_thread(verify, known, body.password) or user is None:
        for subject in subjects:
            services.backoff.failed(subject, time.monotonic())
        raise BadCredentials("Login or password is wrong. Check both and try again.")
    services.backoff.succeeded(subjects[0])
    token = new_token()
    async with services.database.writing() as session:
        sessions = SessionRepository(session, services.tenant)
        await sessions.add(hash_token(token), user.id, now_micros())
    set_cookie(response, token)
    return _session_view(services, user, token)


@router.get("/session", responses=responses(NotSignedIn))
async def get_session(
    who: SignedIn, request: Request, session: Reading, services: Use
) -> SessionView:
    """Who is signed in in this browser."""
    user = await UserService(session, services.tenant).get(who.user)
    return _session_view(services, user, request.cookies[COOKIE])


@router.delete(
    "/session", status_code=HTTPStatus.NO_CONTENT, responses=responses(NotSignedIn, BadCsrf)
)
async def sign_out(who: SignedIn, response: Response, session: Writing, services: Use) -> None:
    """End this session."""
    await SessionRepository(session, services.tenant).end(who.token_hash)
    services.hub.end_session(who.token_hash)
    clear_cookie(response)


@router.patch("/me", responses=signed_in_refusals)
async def change_me(body: MeBody, who: SignedIn, session: Writing, services: Use) -> UserView:
    """Change one's own language or theme."""
    user = await UserService(session, services.tenant).get(who.user)
    user.language = body.language or user.language
    user.theme = body.theme or user.theme
    return user_view(user)


@router.get("/users", responses=responses(NotSignedIn, NotAllowed))
async def list_users(_who: Admin, session: Reading, services: Use) -> list[ListedUser]:
    """Every user."""
    return [_listed(user) for user in await UserRepository(session, services.tenant).all()]


@router.post("/users", status_code=HTTPStatus.CREATED, responses=admin_refusals)
async def create_user(body: NewUserBody, _who: Admin, services: Use) -> ListedUser:
    """Add a user; with an extension an agent, whom pbx knows from now on."""
    new = await new_user_of(body)
    async with services.database.writing() as session:
        listed = _listed(await UserService(session, services.tenant).create(new))
    await services.publisher.changed()
    return listed


@router.patch("/users/{user_id}", responses=admin_refusals)
async def change_user(
    user_id: str, body: ChangedUserBody, _who: Admin, services: Use
) -> ListedUser:
    """Change a user. A new password, role or a deactivation signs them out everywhere."""
    password_hash = None
    if body.password is not None:
        password_hash = await asyncio.to_thread(hash_password, body.password)
    async with services.database.writing() as session:
        service = UserService(session, services.tenant)
        listed = _listed(await service.change(user_id, body, password_hash))
    if service.has_signed_out(body):
        services.hub.end_user(user_id)
    await services.publisher.changed()
    return listed


def _slow_down(services: Services, *subjects: str) -> None:
    """Raises SlowDown when one of the subjects failed too often just now."""
    now = time.monotonic()
    wait_for = max(services.backoff.wait_for(subject, now) for subject in subjects)
    if wait_for > 0:
        raise SlowDown(f"Too many wrong tries. Wait {wait_for:.0f} s and try again.", wait_for)


def _address(request: Request) -> str:
    return f"address {request.client.host if request.client else ''}"


def user_view(user: User) -> UserView:
    return UserView.model_validate(user, from_attributes=True)


def _session_view(services: Services, user: User, token: str) -> SessionView:
    agent = None
    if user.agent is not None:
        agent = SessionAgent(id=user.agent.id, extension=user.agent.extension.number)
    return SessionView(
        user=user_view(user),
        agent=agent,
        csrf=csrf_of(token),
        is_sample=services.hub.is_sample,
        locale_country=services.country,
    )


def _listed(user: User) -> ListedUser:
    agent = user.agent
    return ListedUser(
        **user_view(user).model_dump(),
        is_active=user.is_active,
        is_sample=user.is_sample,
        created_at=to_datetime(user.created_at),
        extension=agent.extension.number if agent else None,
        queues=tuple(row.queue for row in agent.memberships) if agent else (),
    )
