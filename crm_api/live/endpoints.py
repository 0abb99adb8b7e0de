"""The live WebSocket at /api/live: contracts/live.py as JSON text."""

from __future__ import annotations

import asyncio

import msgspec
from fastapi import APIRouter
from starlette.websockets import WebSocket, WebSocketDisconnect

from crm_api.auth import COOKIE, check_origin, who_asks
from crm_api.errors import ApiError
from crm_api.live.hub import Browser, Viewer
from crm_api.services import Services, services_of
from nidaa.contracts import live
from nidaa.logging import Log

log = Log("crm_api.live")

router = APIRouter()

REFUSED = 4401  # close code: sign in again
ENDED = 4408  # close code: signed out, or too slow; connect again
SILENT_FOR = 35.0  # seconds: browsers ping every 10
MAX_MESSAGE = 4096  # characters a browser may send at once
_decode = msgspec.json.Decoder(live.FromBrowser).decode


@router.websocket("/api/live")
async def live_socket(socket: WebSocket) -> None:
    """Snapshot, then deltas, until one side ends it."""
    services = services_of(socket)
    try:
        check_origin(socket, must_be_said=True)
        who = await who_asks(services, socket.cookies.get(COOKIE))
    except ApiError as error:
        await socket.close(REFUSED, error.code)
        return
    viewer = Viewer(who.user, who.token_hash, who.agent, who.sees_team, who.language)
    await socket.accept()
    browser = services.hub.join(viewer)
    log.info("browser connected", user=who.user, agent=who.agent)
    try:
        await _serve(socket, browser, services)
    finally:
        services.hub.leave(browser)
        log.info("browser gone", user=who.user, agent=who.agent)


async def _serve(socket: WebSocket, browser: Browser, services: Services) -> None:
    """Both directions; the first one to end ends the other."""
    sending = asyncio.create_task(_send(socket, browser))
    hearing = asyncio.create_task(_hear(socket, browser, services))
    both = (sending, hearing)
    try:
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in both:
            task.cancel()
        await asyncio.gather(*both, return_exceptions=True)


async def _send(socket: WebSocket, browser: Browser) -> None:
    while (message := await browser.outgoing.get()) is not None:
        await socket.send_text(message.decode())
    await socket.close(ENDED)


async def _hear(socket: WebSocket, browser: Browser, services: Services) -> None:
    try:
        while True:
            text = await asyncio.wait_for(socket.receive_text(), SILENT_FOR)
            await _heard(text, browser, services)
    except WebSocketDisconnect:
        return
    except (TimeoutError, msgspec.DecodeError, ValueError) as error:
        log.info(f"browser closed: {error or 'silent'}", user=browser.viewer.user)
        await socket.close(ENDED)


async def _heard(text: str, browser: Browser, services: Services) -> None:
    if len(text) > MAX_MESSAGE:
        raise ValueError("message too long")
    match _decode(text):
        case live.Ping():
            browser.send(live.Pong(0))
        case live.CardShownByBrowser(attempt=attempt):
            await services.feed.card_shown(browser.viewer.agent, attempt)
