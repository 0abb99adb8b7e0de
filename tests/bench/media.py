"""CPU of a media worker per call, relayed and recorded: `python -m tests.bench.media`.

A worker process, CALLS two-leg calls of G.711 in 20 ms packets on the loopback, sent and received
by another process. Milliseconds of CPU per second and call, of the worker alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import psutil

from media.engine import WorkerEngine
from nidaa.contracts.media import MediaEvent, Profile
from tests.support.media_worker import paths_below, worker_process
from tests.support.rtp import Phone, stream, tone

CALLS = 100
MEASURED_FOR = 3.0  # seconds, for each figure
SLICES = 20  # of a packet time: the phones do not send all at once


class _Owner:
    def media_event(self, event: MediaEvent) -> None:
        """The figures need none of it."""

    def media_lost(self) -> None:
        sys.exit("the worker died")


def _talk(phones: list[Phone], control: Connection) -> None:
    """Every phone sends 50 packets a second; says how many came when told to stop.

    As light as can be: what this costs slows the worker down on the other core.
    """
    packets = [bytes(packet) for packet in stream(tone(440, 20))]
    sends, receives = [], []
    for phone in phones:
        assert phone.remote
        phone.socket.connect(phone.remote)
        phone.socket.setblocking(False)
        sends.append(phone.socket.send)
        receives.append(phone.socket.recv)
    count, step, size = 0, 0, len(phones) // SLICES
    began = time.monotonic()
    while not control.poll():
        first, packet = step % SLICES * size, packets[step // SLICES % len(packets)]
        for index in range(first, first + size):
            sends[index](packet)
            try:
                receives[index](2048)
                count += 1
            except BlockingIOError:
                continue
        step += 1
        time.sleep(max(began + step * 0.02 / SLICES - time.monotonic(), 0))
    time.sleep(0.1)
    count += sum(_waiting(receive) for receive in receives)
    control.send((count, step * size))


def _waiting(receive: Callable[[int], bytes]) -> int:
    count = 0
    with contextlib.suppress(BlockingIOError):
        while receive(2048):
            count += 1
    return count


async def _set_up(engine: WorkerEngine, phones: list[Phone]) -> None:
    owner = _Owner()
    for number in range(CALLS):
        session, (left, right) = f"s{number}", phones[2 * number : 2 * number + 2]
        engine.open(session, owner)
        sdp, _ = await engine.answer(session, "a", left.sdp())
        left.connect(sdp)
        right.connect(await engine.offer(session, "b", Profile.PLAIN))
        await engine.remote(session, "b", right.sdp())
        await engine.hears(session, {"a": {"b": 1.0}, "b": {"a": 1.0}})


async def _measure(name: str, process: psutil.Process) -> None:
    await asyncio.sleep(0.5)
    before, began = process.cpu_times(), time.monotonic()
    await asyncio.sleep(MEASURED_FOR)
    after, took = process.cpu_times(), time.monotonic() - began
    spent = after.user + after.system - before.user - before.system
    value = round(spent * 1000 / took / CALLS, 3)
    sys.stdout.write(json.dumps({"name": name, "value": value, "unit": "ms/s"}) + "\n")


async def _run(folder: Path) -> None:
    paths = paths_below(folder)
    phones = [Phone() for _ in range(2 * CALLS)]
    up = asyncio.Event()
    with worker_process(paths) as worker:
        engine = WorkerEngine(paths, 1, lambda *_: up.set(), lambda _: None)
        running = asyncio.create_task(engine.run())
        await asyncio.wait_for(up.wait(), 20)
        await _set_up(engine, phones)
        ours, theirs = multiprocessing.Pipe()
        talker = multiprocessing.get_context("fork").Process(target=_talk, args=(phones, theirs))
        talker.start()
        await _measure("rtp_relay_cpu_ms_per_s", psutil.Process(worker.pid))
        for number in range(CALLS):
            await engine.record(f"s{number}", f"r{number}", "a", "b")
        await _measure("rtp_record_cpu_ms_per_s", psutil.Process(worker.pid))
        ours.send("stop")
        received, sent = ours.recv()
        talker.join()
        loss = {"name": "rtp_relay_loss", "value": round(1 - received / sent, 4), "unit": "share"}
        sys.stdout.write(json.dumps(loss) + "\n")
        for number in range(CALLS):
            engine.end(f"s{number}")
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_run(Path(folder)))


if __name__ == "__main__":
    main()
