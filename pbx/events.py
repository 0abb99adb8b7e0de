"""Where the parts of pbx send their events: on to disk and to who listens, within milliseconds.

Events of one pass of the loop are written and handed on together. What a screen waits for goes
at the end of this pass; the rest waits up to `FLUSH_AFTER`, so that a busy system writes less
often. Nobody is told of an event before it is written, so that a crash cannot give its seq to
another one; only while the disk takes nothing are they told at once all the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from nidaa.contracts import events
from nidaa.contracts.events import EventData, encode_data, event_type
from nidaa.logging import Log
from pbx.outbox import Outbox, OutboxFull

FLUSH_AFTER = 0.02  # seconds
SYNC_EVERY = 1.0
RETRY_AFTER = 1.0  # after the disk refused
ALARM = "outbox_disk"
URGENT = (events.AgentReserved, events.RingStarted, events.AgentStateChanged)

_log = Log("pbx.events")
Alarm = Callable[[str, str], None]


class Events:
    """The EventSink of this pbx; made within its event loop."""

    def __init__(
        self, outbox: Outbox, tenant: str, micros: Callable[[], int], alarm: Alarm
    ) -> None:
        """`micros` is UTC; `alarm(name, text)` is told of trouble, and with "" of its end."""
        self.outbox = outbox
        self._tenant, self._micros, self._alarm = tenant, micros, alarm
        self._loop = asyncio.get_running_loop()
        self._listeners: list[Callable[[], None]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._is_urgent = self._is_in_trouble = self._is_closed = False
        self._sync: asyncio.Future[None] | None = None
        self._synced_at = 0.0
        self._synced_seq = outbox.last_seq
        self._lost = 0
        self._retry_at = 0.0
        self.visible_seq = outbox.last_seq  # events up to here may be handed on

    def emit(self, conversation: str, data: EventData) -> None:
        """Take an event. Never waits, never fails a call."""
        try:
            self.outbox.append(
                event_type(data), self._micros(), self._tenant, conversation, encode_data(data)
            )
        except OutboxFull as error:
            self._lost += 1
            if self._lost == 1:
                self._raise_alarm(f"events are being lost: {error}")
            return
        if self._is_urgent:
            return
        if isinstance(data, URGENT):
            self._is_urgent = True
            self._loop.call_soon(self.flush)
        elif self._timer is None:
            self._flush_at(max(self._loop.time() + FLUSH_AFTER, self._retry_at))

    def listen(self, listener: Callable[[], None]) -> None:
        """Call `listener` whenever there may be events to read in the outbox."""
        self._listeners.append(listener)

    def flush(self) -> None:
        """Write what there is and tell who listens."""
        self._is_urgent = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._is_closed:
            return
        if self._loop.time() >= self._retry_at:
            self._write()
        self.visible_seq = self.outbox.last_seq
        for listener in self._listeners:
            listener()

    def _write(self) -> None:
        try:
            self.outbox.flush()
        except OSError as error:
            self._retry_at = self._loop.time() + RETRY_AFTER
            self._raise_alarm(f"events cannot be written, they wait in memory: {error}")
            self._flush_at(self._retry_at)
        else:
            self._clear_alarm()
            self._start_sync()

    def _flush_at(self, at: float) -> None:
        if self._timer is None:
            self._timer = self._loop.call_at(at, self.flush)

    def _start_sync(self) -> None:
        """Let a thread sync the disk, at most each second, one at a time."""
        now = self._loop.time()
        if self._sync is not None or self.outbox.last_seq == self._synced_seq:
            return
        if now - self._synced_at < SYNC_EVERY:
            self._flush_at(self._synced_at + SYNC_EVERY)
            return
        self._synced_at, self._synced_seq = now, self.outbox.last_seq
        self._sync = self._loop.run_in_executor(None, self.outbox.sync)
        self._sync.add_done_callback(self._synced)

    def _synced(self, future: asyncio.Future[None]) -> None:
        self._sync = None
        error = None if future.cancelled() else future.exception()
        if isinstance(error, OSError):
            self._raise_alarm(f"the disk does not keep events: {error}")
        elif error is not None:
            raise error
        elif not self._is_closed:
            self._start_sync()

    def _raise_alarm(self, text: str) -> None:
        if not self._is_in_trouble:
            self._is_in_trouble = True
            _log.error(text)
            self._alarm(ALARM, text)

    def _clear_alarm(self) -> None:
        if self._is_in_trouble:
            _log.warning(f"events are written again; lost: {self._lost}")
            self._is_in_trouble, self._lost = False, 0
            self._alarm(ALARM, "")

    async def close(self) -> None:
        """Write, sync and close the outbox; events after this are lost."""
        self.flush()
        self._is_closed = True
        if self._timer is not None:
            self._timer.cancel()
        if self._sync is not None:
            await asyncio.wait([self._sync])
        try:
            self.outbox.close()
        except OSError as error:
            _log.error(f"events could not be kept: {error}")
