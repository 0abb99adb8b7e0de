"""A worker that hangs: no request waits for it for ever, and it is used again when it answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from io import StringIO
from pathlib import Path

import pytest

from media.connection import WorkerConnection
from nidaa.contracts.media import (
    UNANSWERED,
    Failed,
    ForgetRecording,
    ListSessions,
    MediaLost,
    MediaProblem,
    Ok,
    Reply,
    Sessions,
    ToWorker,
)
from nidaa.contracts.wire import Unframer, frame
from nidaa.logging import LineLog

LOOK_EVERY = 0.05


class Worker:
    """The far end: answers as long as it is not `is_hung`."""

    def __init__(self) -> None:
        self.is_hung = False
        self.connections = 0
        self.reads: list[list[int]] = []  # the ids that came together
        self.refusals: dict[int, Failed] = {}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        unframer: Unframer[ToWorker] = Unframer(ToWorker)
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                requests = list(unframer.feed(data))
                self.reads.append([request.id for request in requests])
                for request in requests:
                    if refused := self.refusals.get(request.id):
                        writer.write(frame(Reply(request.id, refused)))
                    elif not self.is_hung:
                        is_list = isinstance(request.command, ListSessions)
                        writer.write(frame(Reply(request.id, Sessions({}) if is_list else Ok())))
        writer.close()


class Link:
    def __init__(self, path: Path) -> None:
        self.changes: asyncio.Queue[str] = asyncio.Queue()
        self.connection = WorkerConnection(
            path,
            up=lambda _sessions: self.changes.put_nowait("up"),
            down=lambda: self.changes.put_nowait("down"),
            event=lambda _event: None,
            look_every=LOOK_EVERY,
        )


@asynccontextmanager
async def linked(path: Path, worker: Worker) -> AsyncIterator[Link]:
    server = await asyncio.start_unix_server(worker.serve, str(path))
    link = Link(path)
    task = asyncio.create_task(link.connection.run())
    try:
        yield link
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        server.close()


async def test_a_request_to_a_worker_that_hangs_ends_as_lost(tmp_path: Path) -> None:
    worker = Worker()
    async with linked(tmp_path / "w", worker) as link:
        assert await link.changes.get() == "up"
        worker.is_hung = True
        with pytest.raises(MediaLost):
            await link.connection.request(ForgetRecording("r"))
        assert await link.changes.get() == "down"


async def test_a_worker_that_hangs_while_nobody_asks_is_down_too(tmp_path: Path) -> None:
    worker = Worker()
    async with linked(tmp_path / "w", worker) as link:
        assert await link.changes.get() == "up"
        worker.is_hung = True
        assert await link.changes.get() == "down"


async def test_a_worker_that_answers_again_is_up_again(tmp_path: Path) -> None:
    worker = Worker()
    async with linked(tmp_path / "w", worker) as link:
        assert await link.changes.get() == "up"
        worker.is_hung = True
        assert await link.changes.get() == "down"
        worker.is_hung = False
        assert await link.changes.get() == "up"
        assert await link.connection.request(ForgetRecording("r")) == Ok()


async def test_a_worker_that_answers_stays_up(tmp_path: Path) -> None:
    worker = Worker()
    async with linked(tmp_path / "w", worker) as link:
        assert await link.changes.get() == "up"
        for _ in range(4):
            await asyncio.sleep(LOOK_EVERY)
            assert await link.connection.request(ForgetRecording("r")) == Ok()
        assert worker.connections == 1
        assert link.changes.empty()


async def test_what_nobody_waits_for_goes_with_the_next_request(tmp_path: Path) -> None:
    worker = Worker()
    async with linked(tmp_path / "w", worker) as link:
        assert await link.changes.get() == "up"
        worker.reads.clear()
        link.connection.tell(ForgetRecording("r"))
        link.connection.tell(ForgetRecording("s"))
        assert await link.connection.request(ForgetRecording("t")) == Ok()
        assert [ids[:2] for ids in worker.reads] == [[UNANSWERED, UNANSWERED]]
        assert len(worker.reads[0]) == 3


async def test_what_nobody_waits_for_goes_by_itself_too(tmp_path: Path) -> None:
    worker = Worker()
    async with linked(tmp_path / "w", worker) as link:
        assert await link.changes.get() == "up"
        assert await link.connection.request(ForgetRecording("r"), is_urgent=False) == Ok()


async def test_a_failure_nobody_waits_for_is_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker, lines = Worker(), StringIO()
    monkeypatch.setattr("nidaa.logging._line_log", LineLog(lines))
    worker.refusals[UNANSWERED] = Failed(MediaProblem.UNKNOWN, "no session s")
    async with linked(tmp_path / "w", worker) as link:
        assert await link.changes.get() == "up"
        link.connection.tell(ForgetRecording("r"))
        assert await link.connection.request(ForgetRecording("t")) == Ok()
    assert "a command failed: no session s" in lines.getvalue()
