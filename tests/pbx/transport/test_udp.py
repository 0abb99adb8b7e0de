"""UDP on loopback: real sockets, port 0."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from pbx.sip.message import Response, parse_message
from pbx.transport.errors import ListenFailed
from pbx.transport.udp import MAX_DATAGRAM, listen_udp
from tests.pbx.transport.conftest import OPTIONS


class Datagrams(asyncio.DatagramProtocol):
    """A phone's socket: what came is in `inbox`."""

    def __init__(self) -> None:
        self.inbox: asyncio.Queue[bytes] = asyncio.Queue()

    def datagram_received(self, data: bytes, addr: object) -> None:
        self.inbox.put_nowait(data)


@pytest.fixture
async def listener(driver):
    listener = await listen_udp(driver, "phones", "127.0.0.1", 0)
    yield listener
    listener.close()
    await asyncio.sleep(0)


@pytest.fixture
async def phone(listener) -> AsyncIterator[tuple[asyncio.DatagramTransport, Datagrams]]:
    loop = asyncio.get_running_loop()
    transport, datagrams = await loop.create_datagram_endpoint(
        Datagrams, remote_addr=("127.0.0.1", listener.port)
    )
    yield transport, datagrams
    transport.close()
    await asyncio.sleep(0)


async def answered(desk, driver, phone, status: int = 200) -> Response:
    transport, datagrams = phone
    host, port = transport.get_extra_info("sockname")
    text = OPTIONS.format(transport="UDP", sent_by=f"{host}:{port}", branch="1")
    transport.sendto(text.encode())
    pending = await desk.next_request()
    pending.respond(status, driver.clock())
    driver.flush()
    response = parse_message(await datagrams.inbox.get())
    assert isinstance(response, Response)
    return response


async def test_request_is_answered_to_where_it_came_from(desk, driver, listener, phone):
    response = await answered(desk, driver, phone)
    port = phone[0].get_extra_info("sockname")[1]
    assert response.status == 200
    assert response.via.params["rport"] == str(port)
    assert response.via.params["received"] == "127.0.0.1"
    flow = desk.requests[0][0].flow
    assert (flow.listener, flow.sent_by, flow.id) == ("phones", f"127.0.0.1:{listener.port}", 0)
    assert listener.flow_to(flow.peer) is flow


async def test_tap_sees_both_directions(desk, driver, phone):
    seen = []
    driver.tap = lambda is_received, data, flow, now: seen.append((is_received, data[:7]))
    await answered(desk, driver, phone)
    assert seen == [(True, b"OPTIONS"), (False, b"SIP/2.0")]


async def test_transmissions_of_timers_leave_too(desk, driver, phone):
    """Nothing is answered: a 100 follows an INVITE after 200 ms by the driver's own timer."""
    transport, datagrams = phone
    text = OPTIONS.format(transport="UDP", sent_by="127.0.0.1:5060", branch="1")
    text = text.replace("OPTIONS", "INVITE").replace("Max", "Contact: <sip:a@127.0.0.1>\r\nMax")
    transport.sendto(text.encode())
    response = parse_message(await datagrams.inbox.get())
    assert isinstance(response, Response)
    assert response.status == 100


async def test_junk_is_logged_once_a_source_and_minute(desk, driver, phone, logged):
    transport, _ = phone
    for _ in range(3):
        transport.sendto(b"\x16\x03\x01 not SIP")
    transport.sendto(b"\r\n\r\n")  # a keep-alive is no junk
    await answered(desk, driver, phone)
    assert driver.endpoint.dropped == 3
    assert logged().count("dropped from 127.0.0.1 on phones") == 1


async def test_taken_port_is_told_with_address_and_way_out(driver):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        with pytest.raises(ListenFailed, match=rf"UDP 127.0.0.1:{port}.*'phones'.*system.yaml"):
            await listen_udp(driver, "phones", "127.0.0.1", port)


async def test_wildcard_shows_the_advertised_address(driver):
    listener = await listen_udp(driver, "phones", "0.0.0.0", 0, "192.0.2.7")  # noqa: S104
    assert listener.sent_by == f"192.0.2.7:{listener.port}"
    listener.close()
    listener.close()
    assert listener.port == 0
    await asyncio.sleep(0)


async def test_what_cannot_be_sent_is_logged_and_raises_nothing(driver, listener, logged):
    flow = listener.flow_to(("127.0.0.1", 9))
    listener.send(b"x" * (MAX_DATAGRAM + 1), flow)
    assert "not sent to 127.0.0.1:9" in logged()


async def test_flows_remembered_are_bounded(listener):
    for port in range(5000):
        listener.flow_to(("127.0.0.1", port))
    assert len(listener._flows) <= 4096


async def test_loss_of_the_socket_is_logged(listener, logged):
    listener.error_received(OSError("port unreachable"))
    listener.connection_lost(OSError("gone"))
    assert "listener phones lost: gone" in logged()
