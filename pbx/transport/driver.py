"""Runs one sans-IO endpoint on the event loop: feeds it, sends what it wants sent, keeps time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from itertools import count

from nidaa.logging import Log
from pbx.sip.endpoint import Endpoint
from pbx.sip.flow import Flow
from pbx.transport.junk import JunkLog

log = Log("pbx.transport")
GRAIN = 0.02  # seconds: timers that are due closer together share one wake-up
Send = Callable[[bytes, Flow], None]
Tap = Callable[[bool, bytes, Flow, float], None]  # (is_received, message, flow, now)


class Driver:
    """The only caller of an endpoint's `receive` and `handle_timers`.

    Listeners register how their flows are sent to. After every command to the endpoint from
    elsewhere (`session.accept`, `endpoint.invite` ...) call `flush`.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        clock: Callable[[], float] = time.monotonic,
        tap: Tap | None = None,
    ) -> None:
        self.endpoint, self.clock, self.tap = endpoint, clock, tap
        self.flow_ids = count(1)
        self.junk = JunkLog()
        self._senders: dict[str, Send] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0
        self._is_closed = False

    def add_sender(self, listener: str, send: Send) -> None:
        """Messages on flows of this listener leave by `send`, which never blocks."""
        self._senders[listener] = send

    def received(self, data: bytes, flow: Flow) -> None:
        """One message from the network, and everything that follows from it."""
        now = self.clock()
        if self.tap is not None:
            self.tap(True, data, flow, now)
        try:
            self.endpoint.receive(data, flow, now)
        except Exception as error:  # supervised: one message must not end the service
            self._failed("a message", flow, error)
        self.flush()

    def opened(self, flow: Flow) -> None:
        """A connection was made."""
        self.endpoint.flow_opened(flow)

    def closed(self, flow: Flow) -> None:
        """A connection is gone."""
        self.endpoint.flow_closed(flow, self.clock())

    def flush(self) -> None:
        """Send what waits, log what was dropped, and come back when the next timer is due."""
        endpoint = self.endpoint
        while endpoint.transmissions:
            waiting = list(endpoint.transmissions)
            endpoint.transmissions.clear()
            for data, flow in waiting:
                self._send(data, flow)
        if endpoint.drops:
            self.junk.note(endpoint.drops, self.clock())
            endpoint.drops.clear()
        self._set_timer()

    def close(self) -> None:
        """No timer fires any more; listeners are closed by who opened them."""
        self._is_closed = True
        if self._timer is not None:
            self._timer.cancel()

    def _send(self, data: bytes, flow: Flow) -> None:
        send = self._senders.get(flow.listener)
        if send is None:
            log.error(f"no listener {flow.listener!r} to send by")
            return
        if self.tap is not None:
            self.tap(False, data, flow, self.clock())
        send(data, flow)

    def _set_timer(self) -> None:
        at = self.endpoint.next_deadline()
        if at is None or self._is_closed:
            return
        if self._timer is not None:
            if self._timer_at <= at + GRAIN:
                return
            self._timer.cancel()
        now = self.clock()
        self._timer_at = max(at, now + GRAIN)
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._timer_at - now, self._fire)

    def _fire(self) -> None:
        self._timer = None
        try:
            self.endpoint.handle_timers(self.clock())
        except Exception as error:  # supervised: the timers after it must still fire
            self._failed("a timer", None, error)
        self.flush()

    def _failed(self, what: str, flow: Flow | None, error: Exception) -> None:
        where = "" if flow is None else f" from {flow.peer[0]}:{flow.peer[1]}"
        tail = error.__traceback__
        while tail is not None and tail.tb_next is not None:
            tail = tail.tb_next
        code = "" if tail is None else f" at {tail.tb_frame.f_code.co_filename}:{tail.tb_lineno}"
        log.error(f"{what}{where} was not served: {error!r}{code}")
