"""A migrated database for each test, the application on it, browsers, and a fake pbx.

With NIDAA_TEST_POSTGRES (an asyncpg URL of an empty database) the same tests run there.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from crm_api.auth import csrf_of, hash_token, new_token
from crm_api.database import Database, migrate_url
from crm_api.main import create_app
from crm_api.models import Base
from crm_api.services import Services
from crm_api.times import now_micros
from crm_api.users.passwords import hash_password
from crm_api.users.repository import SessionRepository
from crm_api.users.service import NewUser, UserService
from nidaa.settings import Paths
from tests.crm_api.fake_pbx import FakePbx

POSTGRES = os.environ.get("NIDAA_TEST_POSTGRES", "")
PASSWORD = "correct horse battery"
BASE = "https://nidaa.test"

QUEUES = """\
queues:
  - {name: support, title: {fr: Assistance, ar: الدعم, en: Support}}
  - {name: sales, title: {fr: Ventes, ar: المبيعات, en: Sales}}
"""


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file at the newest version, to be copied."""
    file = tmp_path_factory.mktemp("migrated") / "nidaa.db"
    migrate_url(POSTGRES or f"sqlite+aiosqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def password_hash() -> str:
    return hash_password(PASSWORD)


@pytest.fixture
def paths(tmp_path: Path, migrated: Path) -> Paths:
    paths = Paths(tmp_path / "s", tmp_path / "c")
    for folder in (paths.state, paths.config, paths.recordings, paths.certificates):
        folder.mkdir(parents=True)
    (paths.config / "queues.yaml").write_text(QUEUES, encoding="utf-8")
    if POSTGRES:
        (paths.config / "system.yaml").write_text(f"database: {POSTGRES}\n", encoding="utf-8")
    else:
        shutil.copy(migrated, paths.state / "nidaa.db")
    return paths


@pytest.fixture
async def database(paths: Paths) -> AsyncIterator[Database]:
    """The test's own database, empty."""
    database = Database(POSTGRES or paths.database_default)
    if POSTGRES:
        async with database.writing() as session:
            for table in reversed(Base.metadata.sorted_tables):
                await session.execute(table.delete())
    yield database
    await database.close()


@pytest.fixture
def webphone(tmp_path: Path) -> Path:
    """Built web pages."""
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<title>Nidaa</title>")
    (folder / "assets" / "index-1a2b.js").write_text("export {}")
    return folder


@pytest.fixture
async def pbx(paths: Paths) -> AsyncIterator[FakePbx]:
    """A pbx that is not started: `await pbx.start()` before the application connects."""
    fake = FakePbx(paths.pbx_socket)
    yield fake
    await fake.stop()


@pytest.fixture
async def app(paths: Paths, database: Database, webphone: Path) -> AsyncIterator[FastAPI]:
    """The running application."""
    app = create_app(paths, webphone)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
def services(app: FastAPI) -> Services:
    found: Services = app.state.services
    return found


@dataclass
class Account:
    """A signed-in user and the browser they use."""

    id: str
    login: str
    agent: str
    extension: str
    token: str
    http: httpx.AsyncClient


@pytest.fixture
async def browser(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A browser in which nobody is signed in."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        yield client


SignIn = Callable[..., Awaitable[Account]]


@pytest.fixture
async def sign_in(app: FastAPI, services: Services, password_hash: str) -> AsyncIterator[SignIn]:
    """Make a user and a browser signed in as them, without the cost of the password."""
    clients: list[httpx.AsyncClient] = []

    async def make(login: str = "anna", role: str = "agent", extension: str = "1001") -> Account:
        new = NewUser(
            login,
            login.title(),
            password_hash,
            role,
            extension=extension or None,
            queues=("support",) if extension else (),
        )
        token = new_token()
        async with services.database.writing() as session:
            user = await UserService(session, services.tenant).create(new)
            sessions = SessionRepository(session, services.tenant)
            await sessions.add(hash_token(token), user.id, now_micros())
        await services.publisher.read_people()
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app, raise_app_exceptions=False),
            base_url=BASE,
            cookies={"nidaa_session": token},
            headers={"X-CSRF-Token": csrf_of(token)},
        )
        clients.append(client)
        agent = user.agent.id if user.agent else ""
        return Account(user.id, login, agent, extension, token, client)

    yield make
    for client in clients:
        await client.aclose()


@pytest.fixture
async def anna(sign_in: SignIn) -> Account:
    """An agent at extension 1001 in queue support."""
    return await sign_in()


@pytest.fixture
async def admin(sign_in: SignIn) -> Account:
    return await sign_in("root", "admin", "")


@pytest.fixture
async def supervisor(sign_in: SignIn) -> Account:
    return await sign_in("salima", "supervisor", "")
