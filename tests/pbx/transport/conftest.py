"""A driver with an endpoint on loopback sockets, closed whatever the test does."""

from __future__ import annotations

import asyncio
import io
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import nidaa.logging
from nidaa.certificates import ensure_certificates
from nidaa.logging import LineLog
from pbx.sip.endpoint import Endpoint
from pbx.sip.message import Request
from pbx.sip.usage import ServerTransaction
from pbx.transport.driver import Driver
from pbx.transport.websocket import server_context
from tests.support.phone import counted_tokens
from tests.support.sip_user import Desk

OPTIONS = (
    "OPTIONS sip:pbx@127.0.0.1 SIP/2.0\r\n"
    "Via: SIP/2.0/{transport} {sent_by};branch=z9hG4bK{branch};rport\r\n"
    "From: <sip:a@x>;tag=a\r\nTo: <sip:pbx@x>\r\nCall-ID: {branch}\r\nCSeq: 1 OPTIONS\r\n"
    "Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
)


class WaitingDesk(Desk):
    """A desk that a test can wait at."""

    def __init__(self) -> None:
        super().__init__()
        self._came: asyncio.Queue[ServerTransaction] = asyncio.Queue()

    def requested(self, transaction: ServerTransaction, request: Request, now: float) -> None:
        super().requested(transaction, request, now)
        self._came.put_nowait(transaction)

    async def next_request(self) -> ServerTransaction:
        return await self._came.get()


@pytest.fixture
def desk() -> WaitingDesk:
    return WaitingDesk()


@pytest.fixture
def driver(desk: WaitingDesk) -> Iterator[Driver]:
    driver = Driver(Endpoint(desk, counted_tokens()))
    yield driver
    driver.close()


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> Callable[[], str]:
    """What the log says so far."""
    stream = io.StringIO()
    line_log = LineLog(stream)
    monkeypatch.setattr(nidaa.logging, "_line_log", line_log)

    def text() -> str:
        line_log.flush()
        return stream.getvalue()

    return text


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certs")
    ensure_certificates(folder, "127.0.0.1")
    return folder


@pytest.fixture
def server_tls(certificates: Path) -> ssl.SSLContext:
    return server_context(certificates / "server.crt", certificates / "server.key")


@pytest.fixture
def client_tls(certificates: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificates / "ca.crt"))
