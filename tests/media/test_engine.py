"""pbx's client with real worker processes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from media.engine import RecordingEvent, WorkerEngine
from media.placement import Placement
from nidaa.contracts.media import (
    LegUp,
    ListSessions,
    MediaEvent,
    MediaLost,
    MediaProblem,
    MediaRefused,
    Profile,
    RecordingFinished,
    Sessions,
)
from nidaa.settings import Paths
from tests.support.media_worker import paths_below, worker_process
from tests.support.rtp import Phone, heard, loudness, stream, tone


class Owner:
    """A call: what it was told."""

    def __init__(self) -> None:
        self.events: asyncio.Queue[MediaEvent] = asyncio.Queue()
        self.lost = asyncio.Event()

    def media_event(self, event: MediaEvent) -> None:
        self.events.put_nowait(event)

    def media_lost(self) -> None:
        self.lost.set()


class Switch:
    """An engine, and what it says of workers and recordings."""

    def __init__(self, paths: Paths, workers: int) -> None:
        self.workers: asyncio.Queue[tuple[int, bool]] = asyncio.Queue()
        self.recordings: asyncio.Queue[RecordingEvent] = asyncio.Queue()
        self.engine = WorkerEngine(
            paths,
            workers,
            lambda number, is_up: self.workers.put_nowait((number, is_up)),
            self.recordings.put_nowait,
        )


@asynccontextmanager
async def running(paths: Paths, workers: int = 1) -> AsyncIterator[Switch]:
    switch = Switch(paths, workers)
    task = asyncio.create_task(switch.engine.run())
    try:
        yield switch
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def call(engine: WorkerEngine, session: str, anna: Phone, karim: Phone) -> Owner:
    owner = Owner()
    engine.open(session, owner)
    sdp, direction = await engine.answer(session, "anna", anna.sdp())
    assert direction == "sendrecv"
    anna.connect(sdp)
    karim.connect(await engine.offer(session, "karim", Profile.PLAIN))
    await engine.remote(session, "karim", karim.sdp())
    await engine.hears(session, {"anna": {"karim": 1.0}, "karim": {"anna": 1.0}})
    return owner


async def test_a_call_through_a_worker_is_heard_recorded_and_told(
    tmp_path: Path, anna: Phone, karim: Phone
) -> None:
    paths = paths_below(tmp_path)
    with worker_process(paths):
        async with running(paths) as switch:
            assert await switch.workers.get() == (1, True)
            owner = await call(switch.engine, "s", anna, karim)
            await switch.engine.record("s", "r", "anna", "karim")
            sent = list(stream(tone(440, 0.4)))
            for packet in sent:
                anna.send(packet)
            received = [await asyncio.to_thread(karim.receive) for _ in sent]
            assert abs(loudness(heard(received), 440) - 0.25) < 0.01
            assert await owner.events.get() == LegUp("s", "anna")
            switch.engine.end("s")
            switch.engine.end("s")
            finished = await switch.recordings.get()
            assert isinstance(finished, RecordingFinished)
            assert (finished.session, finished.recording) == ("s", "r")
            assert (paths.recordings / finished.path).stat().st_size == finished.size


async def test_a_refusal_says_whose_fault_it_is(tmp_path: Path) -> None:
    paths = paths_below(tmp_path)
    with worker_process(paths):
        async with running(paths) as switch:
            await switch.workers.get()
            switch.engine.open("s", Owner())
            for sdp, problem in (
                ("x", MediaProblem.BAD_SDP),
                ("v=0\r\no=- 1 1 IN IP4 h\r\n", None),
            ):
                with pytest.raises(MediaRefused) as refused:
                    await switch.engine.answer("s", "anna", sdp)
                assert refused.value.problem is (problem or MediaProblem.NOT_ACCEPTABLE)
            with pytest.raises(MediaRefused) as refused:
                await switch.engine.play("s", "anna", "p", ("fr/welcome",))
            assert refused.value.problem is MediaProblem.UNKNOWN


async def test_no_worker_and_no_session_are_losses(tmp_path: Path) -> None:
    async with running(paths_below(tmp_path)) as switch:
        with pytest.raises(MediaLost):
            switch.engine.open("s", Owner())
        with pytest.raises(MediaLost):
            await switch.engine.offer("s", "anna", Profile.PLAIN)
        switch.engine.drop("s", "anna")
        switch.engine.end("s")


async def test_a_killed_worker_loses_its_sessions_only_and_is_used_again(
    tmp_path: Path, anna: Phone, karim: Phone
) -> None:
    paths = paths_below(tmp_path)
    with worker_process(paths, 1) as first, worker_process(paths, 2):
        async with running(paths, 2) as switch:
            assert {await switch.workers.get(), await switch.workers.get()} == {
                (1, True),
                (2, True),
            }
            lost = await call(switch.engine, "s1", anna, karim)
            kept = await call(switch.engine, "s2", anna, karim)
            first.kill()
            request = asyncio.ensure_future(switch.engine.hears("s1", {}))
            assert await switch.workers.get() == (1, False)
            await lost.lost.wait()
            with pytest.raises(MediaLost):
                await request
            with pytest.raises(MediaLost):
                await switch.engine.hears("s1", {})
            assert not kept.lost.is_set()
            await switch.engine.hears("s2", {})
            switch.engine.open("s3", Owner())
            await switch.engine.offer("s3", "anna", Profile.PLAIN)
            with worker_process(paths, 1):
                assert await switch.workers.get() == (1, True)
                await call(switch.engine, "s4", anna, karim)
                assert switch.engine.is_up(1)


async def test_sessions_of_a_pbx_that_is_no_more_are_ended(
    tmp_path: Path, anna: Phone, karim: Phone
) -> None:
    paths = paths_below(tmp_path)
    with worker_process(paths):
        async with running(paths) as before:
            await before.workers.get()
            await call(before.engine, "s", anna, karim)
        async with running(paths) as after:
            await after.workers.get()
            worker = after.engine._connections[1]
            assert await worker.request(ListSessions()) == Sessions({})


async def test_one_calls_bug_does_not_close_the_stream(
    tmp_path: Path, anna: Phone, karim: Phone
) -> None:
    class Broken(Owner):
        def media_event(self, event: MediaEvent) -> None:
            super().media_event(event)
            raise ValueError("a bug")

    paths, owner = paths_below(tmp_path), Broken()
    with worker_process(paths):
        async with running(paths) as switch:
            await switch.workers.get()
            switch.engine.open("s", owner)
            sdp, _ = await switch.engine.answer("s", "anna", anna.sdp())
            anna.connect(sdp)
            anna.send(next(stream(tone(440, 0.1))))
            await owner.events.get()
            await switch.engine.offer("s", "karim", Profile.PLAIN)


def test_a_session_goes_where_the_fewest_are() -> None:
    placement = Placement()
    assert placement.place("none") is None
    for worker in (2, 1):
        placement.up(worker)
    assert [placement.place(name) for name in "abc"] == [1, 2, 1]
    placement.release("a")
    placement.release("c")
    assert placement.place("d") == 1
    assert placement.down(1) == {"d"}
    assert (placement.where("d"), placement.where("b"), placement.is_up(1)) == (None, 2, False)
    assert placement.place("e") == 2
