"""What a request may use: made once per process, found through `app.state`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import HTTPConnection

from crm_api.callcenter.publisher import DirectoryPublisher
from crm_api.configuration import read_configuration
from crm_api.database import Database
from crm_api.ingest import Ingest
from crm_api.live.board import Board
from crm_api.live.feed import Feed
from crm_api.live.hub import Hub
from crm_api.pbx_link import PbxConnection
from crm_api.users.passwords import Backoff
from nidaa.config.models import Configuration
from nidaa.settings import Paths


@dataclass(frozen=True, slots=True)
class Services:
    """Every long-lived part of this process."""

    paths: Paths
    configuration: Configuration
    database: Database
    hub: Hub
    feed: Feed
    ingest: Ingest
    publisher: DirectoryPublisher
    pbx: PbxConnection
    backoff: Backoff
    webphone: Path  # the built web pages

    @property
    def tenant(self) -> str:
        return self.configuration.system.tenant

    @property
    def country(self) -> str:
        return self.configuration.system.country

    @property
    def titles(self) -> dict[str, dict[str, str]]:
        """The queues' names by language."""
        return titles_of(self.configuration)


def titles_of(configuration: Configuration) -> dict[str, dict[str, str]]:
    return {queue.name: dict(queue.title) for queue in configuration.queues}  # type: ignore[arg-type]


def make_services(paths: Paths, webphone: Path) -> Services:
    """Wire the parts together; nothing runs yet."""
    configuration = read_configuration(paths)
    system = configuration.system
    database = Database(system.database or paths.database_default)
    hub = Hub(Board())
    publisher = DirectoryPublisher(
        database, hub, system.tenant, system.domain, titles_of(configuration)
    )
    feed = Feed(hub, database, system.tenant, system.country, publisher)
    ingest = Ingest(database, system.tenant, system.country)
    pbx = PbxConnection(paths.pbx_socket, ingest, feed)
    publisher.ask = pbx.ask
    return Services(
        paths,
        configuration,
        database,
        hub,
        feed,
        ingest,
        publisher,
        pbx,
        Backoff(),
        webphone,
    )


def services_of(connection: HTTPConnection) -> Services:
    """The services of the application that got this request or WebSocket."""
    services: Services = connection.app.state.services
    return services


def _services(request: Request) -> Services:
    return services_of(request)


Use = Annotated[Services, Depends(_services)]


async def _reading(services: Use) -> AsyncIterator[AsyncSession]:
    async with services.database.reading() as session:
        yield session


async def _writing(services: Use) -> AsyncIterator[AsyncSession]:
    async with services.database.writing() as session:
        yield session


Reading = Annotated[AsyncSession, Depends(_reading, scope="function")]
"""A view of the database for one request."""

Writing = Annotated[AsyncSession, Depends(_writing, scope="function")]
"""One transaction for one request: committed before the answer goes out, undone by any error."""
