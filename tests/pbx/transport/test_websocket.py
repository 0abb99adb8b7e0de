"""WSS on loopback with a certificate of our own authority."""

from __future__ import annotations

import asyncio
import socket
import ssl
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from pbx.sip.message import Request, Response, parse_message
from pbx.sip.values import Address, Uri
from pbx.transport import websocket
from pbx.transport.errors import ListenFailed
from pbx.transport.websocket import MAX_MESSAGE, listen_wss, server_context
from tests.pbx.transport.conftest import OPTIONS
from tests.support.phone import SDP
from tests.support.sip_user import Recorder

ORIGIN = "https://pbx.example:8443"


class Gone:
    """Told of flows that ended."""

    def __init__(self) -> None:
        self.flows: list[object] = []
        self.event = asyncio.Event()

    def __call__(self, flow: object, now: float) -> None:
        self.flows.append(flow)
        self.event.set()


@pytest.fixture
async def gone():
    return Gone()


@pytest.fixture
async def listener(driver, server_tls, gone):
    listener = await listen_wss(
        driver,
        "webphones",
        "127.0.0.1",
        0,
        server_tls,
        is_allowed=lambda origin: origin == ORIGIN,
        on_closed=gone,
    )
    yield listener
    await listener.close()
    await listener.close()


@pytest.fixture
def browser(listener, client_tls):
    @asynccontextmanager
    async def open_(origin: str = ORIGIN, subprotocol: str = "sip"):
        async with connect(
            f"wss://127.0.0.1:{listener.port}/",
            ssl=client_tls,
            origin=origin,
            subprotocols=[Subprotocol(subprotocol)] if subprotocol else None,
        ) as connection:
            yield connection

    return open_


def options(branch: str = "1") -> str:
    return OPTIONS.format(transport="WSS", sent_by="abc.invalid", branch=branch)


async def test_request_is_answered_over_its_own_connection(browser, desk, driver):
    async with browser() as one, browser() as two:
        assert one.subprotocol == "sip"
        await two.send(options())
        request = await desk.next_request()
        request.respond(200, driver.clock())
        driver.flush()
        response = parse_message(await two.recv(decode=False))
        assert isinstance(response, Response)
        assert (response.status, response.via.host) == (200, "abc.invalid")


async def test_call_to_a_browser_goes_over_its_flow(browser, desk, driver):
    """Its Contact ends in .invalid and leads nowhere (RFC 7118 5.2)."""
    async with browser() as page:
        await page.send(options())
        flow = (await desk.next_request()).flow
        user = Recorder()
        driver.endpoint.invite(
            user,
            Uri.parse("sip:u1@abc.invalid;transport=ws"),
            flow,
            Address.parse("<sip:0550@pbx>"),
            Address.parse("<sip:1001@pbx>"),
            SDP,
            driver.clock(),
        )
        driver.flush()
        invite = parse_message(await page.recv(decode=False))
        assert isinstance(invite, Request)
        assert invite.via.transport == "WSS"
        assert invite.contact[0].uri.params["transport"] == "ws"


async def test_keep_alive_is_answered_and_a_pong_is_not(browser):
    async with browser() as page:
        await page.send("\r\n")
        await page.send("\r\n\r\n")
        assert await page.recv() == "\r\n"


async def test_closed_connection_is_told_and_requests_over_it_fail(
    browser, desk, driver, gone, listener
):
    async with browser() as page:
        await page.send(options())
        flow = (await desk.next_request()).flow
    await gone.event.wait()
    assert (gone.flows, listener.connection_count) == ([flow], 0)
    assert not driver.endpoint.layer.is_open(flow)
    listener.send(b"late", flow)


async def test_failure_about_one_browser_is_logged(browser, desk, listener, monkeypatch, logged):
    done = asyncio.Event()

    def fail(*_):
        done.set()
        raise RuntimeError("a bug")

    monkeypatch.setattr(listener, "_on_closed", fail)
    async with browser():
        pass
    await done.wait()
    await listener.close()
    assert "connection of 127.0.0.1 failed: RuntimeError('a bug')" in logged()


async def test_other_origin_is_refused(browser, logged):
    with pytest.raises(InvalidStatus) as refused:
        async with browser(origin="https://evil.example"):
            pass
    assert refused.value.response.status_code == 403
    assert "origin 'https://evil.example'" in logged()


async def test_other_subprotocol_is_refused(browser):
    for subprotocol in ("chat", ""):
        with pytest.raises(InvalidStatus) as refused:
            async with browser(subprotocol=subprotocol):
                pass
        assert refused.value.response.status_code == 400


async def test_more_connections_than_served_are_refused(browser, monkeypatch):
    monkeypatch.setattr(websocket, "MAX_CONNECTIONS", 1)
    async with browser():
        with pytest.raises(InvalidStatus) as refused:
            async with browser():
                pass
    assert refused.value.response.status_code == 503


async def test_message_too_large_closes_the_connection(browser):
    async with browser() as page:
        await page.send("x" * (MAX_MESSAGE + 1))
        with pytest.raises(ConnectionClosed):
            await page.recv()
        assert page.close_code == 1009


async def test_binary_messages_are_sip_too(browser, desk):
    async with browser() as page:
        await page.send(options().encode())
        assert (await desk.next_request()).flow.transport == "WSS"


async def test_browser_that_takes_nothing_loses_messages(
    browser, desk, listener, monkeypatch, logged
):
    monkeypatch.setattr(websocket, "MAX_WAITING", 1)
    async with browser() as page:
        await page.send(options())
        flow = (await desk.next_request()).flow
        listener.send(b"one", flow)
        listener.send(b"two", flow)
        assert "takes nothing" in logged()


async def test_taken_port_is_told_with_address_and_way_out(driver, server_tls):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(ListenFailed, match=rf"TCP 127.0.0.1:{port}.*'webphones'"):
            await listen_wss(driver, "webphones", "127.0.0.1", port, server_tls)


def test_missing_certificate_is_told(tmp_path):
    with pytest.raises(ListenFailed, match=r"nowhere\.crt"):
        server_context(tmp_path / "nowhere.crt", tmp_path / "nowhere.key")


def test_nothing_older_than_tls_1_2_is_spoken(server_tls):
    assert server_tls.minimum_version is ssl.TLSVersion.TLSv1_2
