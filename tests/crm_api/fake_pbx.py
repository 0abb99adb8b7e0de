"""A pbx that speaks the control contract on a Unix socket and does what the test says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from nidaa.contracts import control
from nidaa.contracts.events import Event
from nidaa.contracts.wire import Unframer, frame

EMPTY = control.LiveState(0, (), (), (), {})


class FakePbx:
    """`say` sends events; `asked` are the commands that came; `answers` overrides replies."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.live = EMPTY
        self.asked: list[control.Command] = []
        self.acked = 0
        self.hello: control.Hello | None = None
        self.answers: dict[type, Callable[[control.Command], control.Result]] = {}
        self.events: list[Event] = []
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._news = asyncio.Condition()

    async def start(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._server = await asyncio.start_unix_server(self._serve, str(self.path))

    async def stop(self) -> None:
        """Go away, as a pbx that dies does."""
        if self._server is not None:
            self._server.close()
            for writer in self._writers:
                writer.transport.abort()
            await self._server.wait_closed()
            self._server = None
            self.path.unlink(missing_ok=True)

    async def say(self, *events: Event) -> None:
        """Write events to the outbox and send them to who listens."""
        self.events += events
        for writer in self._writers:
            writer.write(frame(control.Events(events)))

    async def wait_for(self, is_so: Callable[[], bool]) -> None:
        """Wait until something that came made this true."""
        async with self._news:
            await self._news.wait_for(is_so)

    def got(self, kind: type) -> list[control.Command]:
        return [command for command in self.asked if isinstance(command, kind)]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        unframer: Unframer[control.ToPbx] = Unframer(control.ToPbx)
        self._writers.add(writer)
        try:
            while data := await reader.read(1 << 16):
                for message in unframer.feed(data):
                    self._heard(message, writer)
                async with self._news:
                    self._news.notify_all()
        except ConnectionError:
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    def _heard(self, message: control.ToPbx, writer: asyncio.StreamWriter) -> None:
        last = self.events[-1].seq if self.events else 0
        match message:
            case control.Hello():
                self.hello = message
                writer.write(frame(control.Welcome("test", last)))
                after = message.events_after if message.events_after <= last else 0
                missed = tuple(event for event in self.events if event.seq > after)
                if missed:
                    writer.write(frame(control.Events(missed)))
            case control.Request():
                self.asked.append(message.command)
                result = self._answer(message.command)
                writer.write(frame(control.Reply(message.id, result)))
            case control.Ack():
                self.acked = message.seq

    def _answer(self, command: control.Command) -> control.Result:
        answer = self.answers.get(type(command))
        if answer is not None:
            return answer(command)
        match command:
            case control.GetLive():
                return self.live
            case control.GetHealth():
                last = self.events[-1].seq if self.events else 0
                return control.Health("test", 0, 0, (True,), 1, last, self.acked, {})
        return control.Done()
