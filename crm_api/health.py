"""Is this process, its database and pbx well?"""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel

from crm_api.errors import ApiError
from crm_api.services import Use
from nidaa.contracts import control

router = APIRouter(prefix="/api", tags=["health"])
ASK_FOR = 1.0  # seconds


class PbxHealth(BaseModel):
    """What pbx says of itself."""

    connected: bool
    version: str
    calls: int
    registrations: int
    media_workers: tuple[bool, ...]
    directory_version: int
    last_seq: int
    acked_seq: int
    alarms: dict[str, str]


class HealthView(BaseModel):
    """`pbx` is None while it does not answer."""

    database: bool
    pbx: PbxHealth | None


@router.get("/health")
async def get_health(services: Use) -> HealthView:
    """For supervision; needs no sign-in and says nothing of people or calls."""
    return HealthView(database=await services.database.is_up(), pbx=await _pbx(services))


async def _pbx(services: Use) -> PbxHealth | None:
    try:
        said = await services.pbx.ask(control.GetHealth(), wait_for=ASK_FOR)
    except ApiError:
        return None
    if not isinstance(said, control.Health):
        return None
    return PbxHealth(
        connected=True,
        version=said.version,
        calls=said.calls,
        registrations=said.registrations,
        media_workers=said.media_workers,
        directory_version=said.directory_version,
        last_seq=said.last_seq,
        acked_seq=said.acked_seq,
        alarms=said.alarms,
    )
