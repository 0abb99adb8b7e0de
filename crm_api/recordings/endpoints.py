"""Playing a recording: the sound in parts, and its picture."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter
from fastapi.responses import FileResponse

from crm_api.auth import SignedIn
from crm_api.calls.service import CallService
from crm_api.errors import NotFound, NotSignedIn, responses
from crm_api.recordings.files import audio_file, peaks_of
from crm_api.recordings.schemas import Peaks
from crm_api.services import Reading, Use
from nidaa.logging import Log

log = Log("crm_api.recordings")

router = APIRouter(
    prefix="/api/recordings", tags=["recordings"], responses=responses(NotSignedIn, NotFound)
)


@router.get("/{recording}/audio", response_class=FileResponse)
async def audio(recording: str, who: SignedIn, session: Reading, services: Use) -> FileResponse:
    """The stereo sound; answers HTTP Range. Agents hear their own calls."""
    calls = CallService(session, services.tenant, services.titles)
    row = await calls.recording(recording, who.only_agent)
    file = audio_file(services.paths.recordings, row.path)
    log.info("played", recording=recording, user=who.user)
    return FileResponse(
        file, media_type="audio/wav", headers={"Cache-Control": "private, max-age=3600"}
    )


@router.get("/{recording}/peaks")
async def peaks(recording: str, who: SignedIn, session: Reading, services: Use) -> Peaks:
    """Loudness over time, to draw the waveform without the sound."""
    calls = CallService(session, services.tenant, services.titles)
    row = await calls.recording(recording, who.only_agent)
    file = audio_file(services.paths.recordings, row.path)
    left, right = await asyncio.to_thread(peaks_of, file)
    return Peaks(left=left, right=right, duration_for=row.duration_for)
