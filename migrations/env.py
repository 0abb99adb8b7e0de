"""Runs migrations on the connection it is given, or on the installation's own database."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection, create_engine

from crm_api.models import Base


def run(connection: Connection) -> None:
    """Migrate in the transaction the caller holds."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def run_own() -> None:
    """From the `alembic` command: the database of NIDAA_STATE."""
    from crm_api.database import database_url
    from nidaa.settings import Paths

    url = database_url(Paths.from_environment()).replace("+aiosqlite", "")
    with create_engine(url).begin() as connection:
        run(connection)


given = context.config.attributes.get("connection")
if given is None:
    run_own()
else:
    run(given)
