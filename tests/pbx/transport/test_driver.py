"""The driver against an endpoint whose user fails."""

from __future__ import annotations

import asyncio

from pbx.sip.flow import Flow
from tests.pbx.transport.conftest import OPTIONS

FLOW = Flow("UDP", "phones", "127.0.0.1:5060", ("127.0.0.1", 5070))
REQUEST = OPTIONS.format(transport="UDP", sent_by="127.0.0.1:5070", branch="b").encode()


async def test_message_that_fails_is_logged_and_the_next_one_served(driver, desk, logged):
    requested = desk.requested

    def fail(*_):
        raise RuntimeError("a bug")

    desk.requested = fail
    driver.received(REQUEST, FLOW)
    desk.requested = requested
    driver.received(REQUEST.replace(b"z9hG4bKb", b"z9hG4bKc"), FLOW)
    assert len(desk.requests) == 1
    assert "a message from 127.0.0.1:5070 was not served: RuntimeError('a bug')" in logged()


async def test_timer_that_fails_is_logged_and_the_next_one_fires(driver, logged):
    fired = asyncio.Event()

    def fail(_now):
        raise RuntimeError("a bug")

    now = driver.clock()
    driver.endpoint.layer.timers.call_at(now, fail)
    driver.endpoint.layer.timers.call_at(now, lambda _now: fired.set())
    driver.flush()
    await fired.wait()
    assert "a timer was not served" in logged()


async def test_earlier_deadline_wakes_the_driver_earlier(driver):
    fired = asyncio.Event()
    now = driver.clock()
    driver.endpoint.layer.timers.call_at(now + 3600, lambda _now: None)
    driver.flush()
    driver.endpoint.layer.timers.call_at(now, lambda _now: fired.set())
    driver.flush()
    await fired.wait()


async def test_flow_of_an_unknown_listener_is_an_error_in_the_log(driver, desk, logged):
    driver.received(REQUEST, FLOW)
    desk.requests[0][0].respond(200, driver.clock())
    driver.flush()
    assert "no listener 'phones' to send by" in logged()


async def test_closed_driver_sets_no_timer(driver):
    driver.endpoint.layer.timers.call_at(driver.clock() + 3600, lambda _now: None)
    driver.flush()
    driver.close()
    driver.flush()
