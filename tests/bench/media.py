"""CPU of a media worker per call, relayed and recorded: `python -m tests.bench.media`.

A worker process, CALLS two-leg calls of G.711 in 20 ms packets on the loopback, sent and received
by another process. Milliseconds of CPU per second and call, of the worker alone; what it adds to a
packet's way; and beside it a bare loop of recv and send, which is what this machine asks at least.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import select
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

from media.engine import WorkerEngine
from nidaa.contracts.media import MediaEvent, Profile
from tests.bench.report import report
from tests.support.media_worker import paths_below, worker_process
from tests.support.rtp import Phone, stream, tone

CALLS = 100
MEASURED_FOR = 3.0  # seconds, for each figure
SLICES = 200  # of a packet time: the phones do not send all at once
PROBES = 400  # packets whose way is timed


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
    for number in range(len(phones) // 2):
        session, (left, right) = f"s{number}", phones[2 * number : 2 * number + 2]
        engine.open(session, owner)
        sdp, _ = await engine.answer(session, "a", left.sdp())
        left.connect(sdp)
        right.connect(await engine.offer(session, "b", Profile.PLAIN))
        await engine.remote(session, "b", right.sdp())
        await engine.hears(session, {"a": {"b": 1.0}, "b": {"a": 1.0}})


async def _measure(name: str, pid: int) -> None:
    await asyncio.sleep(0.5)
    before, began = _spent(pid), time.monotonic()
    await asyncio.sleep(MEASURED_FOR)
    spent, took = _spent(pid) - before, time.monotonic() - began
    report(name, spent * 1000 / took / CALLS, "ms/s")


def _spent(pid: int) -> float:
    """Seconds of CPU, to the nanosecond."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def _probe(left: Phone, right: Phone) -> None:
    """Time packets of a call that nobody else talks in, while the others go on."""
    assert left.remote
    assert right.remote
    ways = []
    left.socket.connect(left.remote)
    right.send(next(stream(tone(440, 0.02), ssrc=5)))
    for packet in stream(tone(440, PROBES * 0.02), ssrc=6):
        sent_at = time.monotonic()
        left.socket.send(bytes(packet))
        right.socket.recv(2048)
        ways.append(time.monotonic() - sent_at)
        time.sleep(0.004)
    ways.sort()
    for part in (50, 99):
        report(f"rtp_added_latency_ms_p{part}", ways[len(ways) * part // 100] * 1000, "ms")


async def _bare() -> None:
    """The same talk through a loop that does nothing but receive and send."""
    phones = [Phone() for _ in range(2 * CALLS)]
    sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in phones]
    for one, phone in zip(sockets, phones, strict=True):
        one.bind(("127.0.0.1", 0))
        one.setblocking(False)
        one.connect(("127.0.0.1", phone.port))
        phone.remote = one.getsockname()
    fork = multiprocessing.get_context("fork")
    loop = fork.Process(target=_receive_and_send, args=(sockets,))
    ours, theirs = multiprocessing.Pipe()
    talker = fork.Process(target=_talk, args=(phones, theirs))
    for process in (loop, talker):
        process.start()
    assert loop.pid
    await _measure("rtp_bare_cpu_ms_per_s", loop.pid)
    ours.send("stop")
    ours.recv()
    talker.join()
    os.kill(loop.pid, signal.SIGKILL)
    loop.join()


def _receive_and_send(sockets: list[socket.socket]) -> None:
    epoll, table = select.epoll(), {}
    for index, one in enumerate(sockets):
        epoll.register(one.fileno(), select.EPOLLIN)
        table[one.fileno()] = one.recv, sockets[index ^ 1].send
    while True:
        time.sleep(0.001)
        for fd, _ in epoll.poll(1, 512):
            receive, send = table[fd]
            send(receive(2048))


async def _run(folder: Path) -> None:
    paths = paths_below(folder)
    phones = [Phone() for _ in range(2 * CALLS + 2)]
    up = asyncio.Event()
    with worker_process(paths) as worker:
        engine = WorkerEngine(paths, 1, lambda *_: up.set(), lambda _: None)
        running = asyncio.create_task(engine.run())
        await asyncio.wait_for(up.wait(), 20)
        await _set_up(engine, phones)
        ours, theirs = multiprocessing.Pipe()
        talker = multiprocessing.get_context("fork").Process(
            target=_talk, args=(phones[:-2], theirs)
        )
        talker.start()
        await _measure("rtp_relay_cpu_ms_per_s", worker.pid)
        await asyncio.to_thread(_probe, *phones[-2:])
        for number in range(CALLS):
            await engine.record(f"s{number}", f"r{number}", "a", "b")
        await _measure("rtp_record_cpu_ms_per_s", worker.pid)
        ours.send("stop")
        received, sent = ours.recv()
        talker.join()
        report("rtp_relay_loss", 1 - received / sent, "share")
        for number in range(CALLS + 1):
            engine.end(f"s{number}")
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_run(Path(folder)))
    asyncio.run(_bare())


if __name__ == "__main__":
    main()
