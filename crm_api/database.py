"""The database: engines, transactions, migrations. SQLite in WAL mode, or PostgreSQL."""

from __future__ import annotations

import asyncio
import functools
import sqlite3
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Executable, Table, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from crm_api.configuration import read_configuration
from nidaa.settings import Paths

ROOT = Path(__file__).resolve().parent.parent
MIGRATIONS = ROOT / "migrations"
BUSY_FOR = 10_000  # milliseconds another process may hold the file
READERS = 8
P = ParamSpec("P")
T = TypeVar("T")
UPSERT_ROWS = 500  # rows in one statement; SQLite takes 32,766 parameters


def to_the_end(
    work: Callable[P, Coroutine[Any, Any, T]],
) -> Callable[P, Coroutine[Any, Any, T]]:
    """Cancelling whoever awaits this work takes effect when the work is done.

    A connection given up in the middle of a statement cannot be used or even closed in order.
    """

    @functools.wraps(work)
    async def done(*args: P.args, **kwargs: P.kwargs) -> T:
        task = asyncio.ensure_future(work(*args, **kwargs))
        cancelled: asyncio.CancelledError | None = None
        while not task.done():
            try:
                await asyncio.wait((task,))
            except asyncio.CancelledError as error:
                cancelled = error
        if cancelled is not None:
            task.exception()
            raise cancelled
        return task.result()

    return done


class Database:
    """Two kinds of transaction: many readers, and writers that never have to be repeated.

    SQLite lets one writer in. A transaction that reads first and writes later can be refused by
    it half-way, so writers say so at once (BEGIN IMMEDIATE) and take turns on one connection.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._writer = _engine(url, 1, "BEGIN IMMEDIATE")
        self._reader = _engine(url, READERS, "BEGIN") if _is_sqlite(url) else self._writer
        self._write = async_sessionmaker(self._writer, expire_on_commit=False)
        self._read = async_sessionmaker(self._reader, expire_on_commit=False)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """A transaction that commits at the end, or rolls back on any error."""
        async with self._write() as session, session.begin():
            yield session

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A consistent view; nothing written in it stays."""
        async with self._read() as session:
            yield session

    async def is_up(self) -> bool:
        """Does it answer?"""
        try:
            async with self._reader.connect() as connection:
                await connection.execute(text("SELECT 1"))
        except (OSError, SQLAlchemyError):
            return False
        return True

    async def close(self) -> None:
        await self._writer.dispose()
        await self._reader.dispose()


def open_database(paths: Paths) -> Database:
    """The installation's database; `migrate` comes first."""
    return Database(database_url(paths))


def database_url(paths: Paths) -> str:
    """`database` of system.yaml, or SQLite in the state folder."""
    return read_configuration(paths).system.database or paths.database_default


def _is_sqlite(url: str) -> bool:
    return make_url(url).get_backend_name() == "sqlite"


def _engine(url: str, connections: int, begin: str) -> AsyncEngine:
    if not _is_sqlite(url):
        return create_async_engine(url, pool_size=READERS, max_overflow=0, pool_pre_ping=True)
    engine = create_async_engine(url, pool_size=connections, max_overflow=0, pool_timeout=60)
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", lambda connection: _begin(connection, begin))
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_FOR}")
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=NORMAL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection, statement: str) -> None:
    connection.exec_driver_sql(statement)


async def upsert(session: AsyncSession, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows; where the primary key is there already, replace the other columns.

    Every row must have all columns of the table.
    """
    statement = _upsert_of(table, session.get_bind().dialect.name)
    for start in range(0, len(rows), UPSERT_ROWS):
        await session.execute(statement, rows[start : start + UPSERT_ROWS])


@functools.cache
def _upsert_of(table: Table, dialect: str) -> Executable:
    """The statement, built once: building costs ten times what running it does."""
    insert = (sqlite.insert if dialect == "sqlite" else postgresql.insert)(table)
    keys = [column.name for column in table.primary_key]
    new = {
        column.name: insert.excluded[column.name]
        for column in table.columns
        if not column.primary_key
    }
    return insert.on_conflict_do_update(index_elements=keys, set_=new)


def migrate(paths: Paths) -> None:
    """Bring the database to the newest version; returns at once when it is there.

    Not to be called from within a running event loop.
    """
    migrate_url(database_url(paths))


def migrate_url(url: str) -> None:
    """Bring the database at this address to the newest version."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    if _is_sqlite(url):
        if _sqlite_version(url) == ScriptDirectory.from_config(config).get_current_head():
            return
        Path(str(make_url(url).database)).parent.mkdir(parents=True, exist_ok=True)
    asyncio.run(_upgrade(config, url))


async def _upgrade(config: Config, url: str) -> None:
    engine = _engine(url, 1, "BEGIN IMMEDIATE")
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_upgrade_on, config)
    finally:
        await engine.dispose()


def _upgrade_on(connection: Connection, config: Config) -> None:
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _sqlite_version(url: str) -> str | None:
    path = make_url(url).database
    if path is None or not Path(path).exists():
        return None
    with closing(sqlite3.connect(path)) as connection:
        try:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        except sqlite3.OperationalError:
            return None
    return str(row[0]) if row else None
