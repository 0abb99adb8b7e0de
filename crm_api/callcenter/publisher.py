"""Keeps pbx's directory, and the names on the live board, as the database has them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

from crm_api.callcenter.directory import build_directory
from crm_api.callcenter.repository import AgentRepository
from crm_api.database import Database, to_the_end
from crm_api.errors import PbxDown, RefusedByPbx
from crm_api.live.hub import Hub
from crm_api.live.people import People, Person
from crm_api.models import Agent
from crm_api.times import now_micros
from crm_api.users.repository import UserRepository
from nidaa.contracts import control
from nidaa.contracts.directory import Directory
from nidaa.logging import Log

log = Log("crm_api.directory")


class DirectoryPublisher:
    """Versions are microseconds, so that those of a new database are newer than of the one lost."""

    def __init__(
        self,
        database: Database,
        hub: Hub,
        tenant: str,
        realm: str,
        titles: Mapping[str, dict[str, str]],
    ) -> None:
        self._database, self._hub = database, hub
        self._tenant, self._realm, self._titles = tenant, realm, titles
        self._version = 0
        self.ask: Callable[..., Awaitable[control.Result]] | None = None

    async def publish(self, wait_for: float = 5.0) -> None:
        """Give pbx the directory as it is now. Raises PbxDown, RefusedByPbx."""
        try:
            await self._send(wait_for)
        except RefusedByPbx as refused:
            if refused.code != control.Refusal.STALE.value:
                raise
            health = await self._ask(control.GetHealth(), wait_for)
            if isinstance(health, control.Health):
                self._version = max(self._version, health.directory_version)
            await self._send(wait_for)

    async def changed(self) -> None:
        """Somebody was added or changed: tell the screens and pbx, which may hear it later."""
        await self.read_people()
        try:
            await self.publish()
        except PbxDown:
            log.info("pbx is away; it gets the directory when it is back")

    async def read_people(self) -> None:
        """Take names and memberships from the database onto the board."""
        agents = await self._agents()
        people = {
            agent.id: Person(
                agent.id,
                agent.user.name,
                agent.extension.number,
                frozenset(row.queue for row in agent.memberships),
            )
            for agent in agents
        }
        self._hub.publish(self._hub.board.set_people(People(people, self._titles)))

    async def _send(self, wait_for: float) -> None:
        self._version = version = max(self._version + 1, now_micros())
        directory = await self._build(version)
        await self._ask(control.PublishDirectory(directory), wait_for)
        log.info(f"directory {version} published: {len(directory.agents)} agents")

    @to_the_end
    async def _agents(self) -> Sequence[Agent]:
        async with self._database.reading() as session:
            self._hub.is_sample = await UserRepository(session, self._tenant).has_sample()
            return await AgentRepository(session, self._tenant).all()

    @to_the_end
    async def _build(self, version: int) -> Directory:
        async with self._database.reading() as session:
            return await build_directory(session, self._tenant, self._realm, version)

    async def _ask(self, command: control.Command, wait_for: float) -> control.Result:
        if self.ask is None:
            raise PbxDown
        return await self.ask(command, wait_for=wait_for)
