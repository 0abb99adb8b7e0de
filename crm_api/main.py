"""The process: the application and the server it runs in."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import ssl
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from fastapi.routing import APIRoute

from crm_api import errors, health, static
from crm_api.auth import IDLE_FOR
from crm_api.callcenter.endpoints import router as callcenter
from crm_api.calls.endpoints import router as calls
from crm_api.contacts.endpoints import router as contacts
from crm_api.database import ROOT, to_the_end
from crm_api.headers import LimitedBodies, SafeAnswers
from crm_api.live.endpoints import router as live
from crm_api.recordings.endpoints import router as recordings
from crm_api.services import Services, make_services
from crm_api.times import now_micros
from crm_api.users.endpoints import router as users
from crm_api.users.repository import SessionRepository
from nidaa import __version__
from nidaa.logging import Log, flush
from nidaa.settings import Paths

log = Log("crm_api")

WEBPHONE = ROOT / "webphone" / "dist"
CLEAN_EVERY = 3600.0  # seconds
FLUSH_EVERY = 1.0
STOP_FOR = 5  # seconds that open requests get when the process ends


def create_app(paths: Paths, webphone: Path = WEBPHONE) -> FastAPI:
    """The application; while it runs it keeps connected to pbx. Raises ConfigurationError."""
    app = FastAPI(
        title="Nidaa",
        version=__version__,
        lifespan=_life,
        openapi_url="/api/openapi.json",
        docs_url=None,  # its pages load scripts from elsewhere
        redoc_url=None,
        generate_unique_id_function=_operation,
    )
    app.state.services = make_services(paths, webphone)
    errors.install(app)
    app.add_middleware(LimitedBodies)
    app.add_middleware(SafeAnswers)
    for router in (
        users,
        callcenter,
        contacts,
        calls,
        recordings,
        live,
        health.router,
        static.router,
    ):
        app.include_router(router)
    return app


def _operation(route: APIRoute) -> str:
    """Operation ids that are the functions' names, for generated clients."""
    return route.name


@asynccontextmanager
async def _life(app: FastAPI) -> AsyncIterator[None]:
    services: Services = app.state.services
    await services.publisher.read_people()
    tasks = [
        asyncio.create_task(services.pbx.run()),
        asyncio.create_task(_clean(services)),
        asyncio.create_task(_flush()),
    ]
    try:
        yield
    finally:
        services.hub.close()
        services.pbx.stop()
        for task in tasks:
            task.cancel()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(result, Exception):
                log.error(f"a task had failed: {result!r}")
        await services.database.close()


async def _clean(services: Services) -> None:
    """Forget sessions that are over."""
    while True:
        await _forget_sessions(services)
        await asyncio.sleep(CLEAN_EVERY)


@to_the_end
async def _forget_sessions(services: Services) -> None:
    async with services.database.writing() as session:
        sessions = SessionRepository(session, services.tenant)
        await sessions.end_unused_since(now_micros() - IDLE_FOR)


async def _flush() -> None:
    while True:
        await asyncio.sleep(FLUSH_EVERY)
        flush()


def serve(paths: Paths) -> None:
    """Serve HTTPS until told to stop. Exits with one clear line when it cannot start."""
    app = create_app(paths)
    services: Services = app.state.services
    http = services.configuration.system.http
    address = http.address or services.configuration.system.address
    listening = _listen(address, http.port)
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http="h11",
        ws="websockets-sansio",
        ssl_certfile=_certificate(paths, "server.crt"),
        ssl_keyfile=_certificate(paths, "server.key"),
        log_config=None,
        access_log=False,
        server_header=False,
        ws_max_size=1 << 16,
        timeout_graceful_shutdown=STOP_FOR,
        ssl_context_factory=_at_least_tls12,
    )
    log.info(f"serving https://{address}:{http.port}")
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listening])


def _at_least_tls12(
    _config: uvicorn.Config, default: Callable[[], ssl.SSLContext]
) -> ssl.SSLContext:
    context = default()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _listen(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((address, port))
    except OSError as error:
        listening.close()
        sys.exit(_why_not(error, address, port))
    return listening


def _why_not(error: OSError, address: str, port: int) -> str:
    where = f"nidaa api: cannot listen on {address}:{port}"
    if error.errno == errno.EADDRINUSE:
        return f"{where}: another program does. Stop it, or set http.port in system.yaml."
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{where}: not an address of this machine. Set http.address in system.yaml."
    return f"{where}: {error.strerror}."


def _certificate(paths: Paths, name: str) -> str:
    file = paths.certificates / name
    if not file.is_file():
        sys.exit(f"nidaa api: {file} is missing: `nidaa serve` makes it.")
    return str(file)
