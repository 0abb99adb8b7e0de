"""The directory snapshot: built from the database, published to pbx at each change."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from crm_api.callcenter.repository import AgentRepository
from nidaa.contracts.directory import Agent, Device, Directory, Extension, Membership


async def build_directory(
    session: AsyncSession, tenant: str, realm: str, version: int
) -> Directory:
    """Everybody as pbx needs to know them."""
    repository = AgentRepository(session, tenant)
    agents = await repository.all()
    return Directory(
        version=version,
        tenant=tenant,
        realm=realm,
        extensions=tuple(
            Extension(extension.number, extension.name)
            for extension in await repository.extensions()
        ),
        devices=tuple(
            Device(device.username, number, device.kind, device.ha1_md5, device.ha1_sha256)
            for device, number in await repository.devices()
        ),
        agents=tuple(
            Agent(
                agent.id,
                agent.user.name,
                agent.extension.number,
                tuple(Membership(row.queue, row.penalty) for row in agent.memberships),
            )
            for agent in agents
        ),
    )
