"""The pbx process: the only place that wires everything together."""

from __future__ import annotations

import asyncio
import os
import random
import secrets
import signal
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, NoReturn

from media.engine import RecordingEvent, WorkerEngine
from nidaa import __version__
from nidaa.config.load import load
from nidaa.config.models import Configuration, Listener
from nidaa.config.problems import ConfigurationError
from nidaa.contracts.directory import Directory
from nidaa.contracts.events import RecordingReady
from nidaa.contracts.media import RecordingFailed
from nidaa.ids import new_id
from nidaa.logging import Log, flush
from nidaa.settings import Paths
from pbx.acd.acd import Acd
from pbx.alarms import Alarms, DiskWatch
from pbx.apps.acd_owner import AcdOwner
from pbx.apps.fork import Phone
from pbx.apps.reception import Plan, Reception
from pbx.calls.book import CallBook
from pbx.calls.causes import Cause
from pbx.calls.ports import Ports
from pbx.clock import SystemClock
from pbx.commands import Commands, Figures
from pbx.control import CONSUMER, ControlServer
from pbx.directory import DirectoryBook
from pbx.events import Events
from pbx.last_run import end_last_run
from pbx.memory import Collector
from pbx.outbox import Outbox
from pbx.registrar.journal import Journal
from pbx.registrar.registrar import Registrar
from pbx.reload import Reloader
from pbx.sip.auth import Authenticator
from pbx.sip.dialog import hop_to
from pbx.sip.digest import Algorithm
from pbx.sip.endpoint import Endpoint
from pbx.sip.values import parse_addresses
from pbx.tokens import token_source
from pbx.transport.driver import Driver
from pbx.transport.errors import ListenFailed
from pbx.transport.udp import UdpListener, listen_udp
from pbx.transport.websocket import WebSocketListener, listen_wss, server_context

log = Log("pbx")
HOUSEKEEPING_EVERY = 1.0  # seconds
WORKERS_DUE_AFTER = 5.0  # seconds after the start in which media workers must have appeared
STOP_FOR = 3.0  # seconds calls get to say goodbye
LINGER_FOR = 0.2  # seconds in which the phones' answers to our BYE are still taken


class Pbx:
    """All parts of one running pbx."""

    def __init__(
        self, paths: Paths, configuration: Configuration, group: asyncio.TaskGroup
    ) -> None:
        """Made within the event loop. Raises OSError, also when another pbx has the outbox."""
        self._paths, self._configuration = paths, configuration
        self._loop = asyncio.get_running_loop()
        system = configuration.system
        self.clock, self.alarms = SystemClock(), Alarms()
        self.collector = Collector(self.clock.monotonic())
        self.outbox = Outbox(paths.outbox, new_id("n"))
        self._end_last_run()
        self.events = Events(self.outbox, system.tenant, self.clock.micros, self.alarms)
        self.alarms.report_to(self.events)
        self.disk = DiskWatch(paths.state, self.alarms)
        self._workers = system.media.workers or os.cpu_count() or 1
        self.engine = WorkerEngine(
            paths, self._workers, self._worker_changed, self._recording_changed
        )
        self.directory = DirectoryBook(paths.directory)
        self.owner = AcdOwner(
            Acd(lambda: new_id("a")), self.clock, self._loop, self.events, self._has_screens
        )
        algorithms = tuple(map(Algorithm, system.digest))
        authenticator = Authenticator(system.domain, secrets.token_bytes(32), algorithms)
        self.registrar = Registrar(
            self.directory,
            authenticator,
            Journal(paths.bindings, time.time() - time.monotonic()),
            self.events,
            self._reachable_changed,
            frozenset(one.name for one in system.listeners if one.serves == "trunks"),
        )
        self.reception = Reception(
            Plan(configuration),
            self.directory,
            authenticator,
            self.registrar,
            self.owner,
            self._phones,
        )
        self.driver = Driver(Endpoint(self.reception, token_source(), random.random))
        self.book = CallBook(group)
        self.reloader = Reloader(
            paths,
            configuration,
            self.reception,
            self.owner,
            self.book,
            self.alarms,
            self.clock,
        )
        self._listeners: list[UdpListener | WebSocketListener] = []
        figures = Figures(
            lambda: self.registrar.location.count,
            lambda: tuple(map(self.engine.is_up, range(1, self._workers + 1))),
            lambda: self.outbox.last_seq,
            lambda: self.outbox.acked_seq,
        )
        commands = Commands(
            self.owner,
            self.book,
            self.directory,
            self.alarms,
            self.clock,
            figures,
            __version__,
            self.reloader.reload,
        )
        self.control = ControlServer(
            paths.pbx_socket, commands.handle, self.events, __version__, self._client_changed
        )

    async def open(self) -> None:
        """Listen. Raises ListenFailed, OSError."""
        self.reloader.keep_first()
        self.owner.do(self.owner.acd.configure, self._configuration.queues)
        self.directory.on_change(self._directory_changed)
        ports = Ports(
            self.engine,
            self.events,
            self.driver.endpoint,
            self.clock,
            self._loop,
            new_id,
            self.driver.flush,
        )
        self.reception.open(ports, self.book)
        for entry in self._configuration.system.listeners:
            self._listeners.append(await self._listen(entry))
        sent_by = {one.name: one.sent_by for one in self._listeners}
        self.registrar.restore(sent_by, self.clock.monotonic())
        await self.control.start()
        self._loop.call_later(WORKERS_DUE_AFTER, self._check_workers)
        log.info(f"pbx {__version__} is ready")

    async def close(self) -> None:
        """Say goodbye to everybody and keep what must be kept."""
        log.info(f"stopping with {len(self.book)} calls")
        self.reception.is_closed = True
        self.book.end_all(Cause.SHUTDOWN)
        try:
            await asyncio.wait_for(self.book.empty.wait(), STOP_FOR)
        except TimeoutError:
            log.error(f"{len(self.book)} calls did not end in {STOP_FOR:g} s")
        await asyncio.sleep(LINGER_FOR if self.driver.endpoint.session_count else 0)
        for listener in self._listeners:
            closing = listener.close()
            if closing is not None:
                await closing
        self.driver.close()
        self.registrar.flush()
        self.events.flush()
        await self.control.close()
        await self.events.close()

    async def keep_house(self) -> NoReturn:
        """What is due each second: bindings that expired, lines that wait to be written."""
        while True:
            await asyncio.sleep(HOUSEKEEPING_EVERY)
            self.registrar.handle_timers(self.clock.monotonic())
            self.registrar.flush()
            self.reloader.sweep()
            self.outbox.stay_alive()
            self.disk.look(self.clock.monotonic())
            self.collector.turn(len(self.book), self.clock.monotonic())
            flush()

    async def _listen(self, entry: Listener) -> UdpListener | WebSocketListener:
        host = entry.address or self._configuration.system.address
        advertise = self._configuration.system.address
        if entry.transport == "udp":
            return await listen_udp(self.driver, entry.name, host, entry.port, advertise)
        folder = self._paths.certificates
        context = server_context(folder / "server.crt", folder / "server.key")
        return await listen_wss(
            self.driver,
            entry.name,
            host,
            entry.port,
            context,
            advertise,
            on_closed=self.registrar.flow_closed,
        )

    def _end_last_run(self) -> None:
        """What an earlier run left open must not stay open; a disk in trouble is told of later."""
        try:
            end_last_run(self.outbox)
        except OSError as error:
            log.error(f"what the last run left open stays so: {error}")

    # what the parts tell each other

    def _phones(self, extension: str) -> Sequence[Phone]:
        """The phones of an extension; a desk phone's Contact may name another port than it sent
        its REGISTER from."""
        phones = []
        for one in self.registrar.location.of(extension):
            route = parse_addresses(one.path) if one.path else ()
            hop = hop_to(route[0].uri if route else one.uri, one.flow)
            phones.append(Phone(one.uri, hop, route))
        return phones

    def _reachable_changed(self, extension: str, is_reachable: bool, _now: float) -> None:
        self.owner.do(self.owner.acd.set_reachable, extension, is_reachable)

    def _directory_changed(self, snapshot: Directory) -> None:
        self.owner.do(self.owner.acd.set_agents, snapshot.agents)
        self.registrar.directory_changed(self.clock.monotonic())

    def _has_screens(self) -> bool:
        return self.control.is_connected(CONSUMER)

    def _client_changed(self, client: str, is_connected: bool) -> None:
        if client == CONSUMER and not is_connected:
            log.warning("crm_api is gone: calls go on without cards, events are kept")

    def _worker_changed(self, number: int, is_up: bool) -> None:
        text = f"Media worker {number} is down: its calls lost their audio."
        self.alarms(f"media_worker_down:{number}", "" if is_up else text)

    def _check_workers(self) -> None:
        for number in range(1, self._workers + 1):
            self._worker_changed(number, self.engine.is_up(number))

    def _recording_changed(self, event: RecordingEvent) -> None:
        if isinstance(event, RecordingFailed):
            text = f"recording {event.recording} failed: {event.text}"
            log.error(text, call=event.session)
            self.alarms("recording_failed", text)
            return
        self.alarms("recording_failed", "")
        self.events.emit(
            event.session,
            RecordingReady(
                event.recording, event.path, event.duration_for, event.size, event.sha256
            ),
        )


async def serve(paths: Paths, started: Callable[[Pbx], None] = lambda _: None) -> None:
    """Run pbx until SIGTERM or SIGINT. Raises what keeps it from starting, in a group."""
    configuration = load(paths.config, paths.sample_config)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with asyncio.TaskGroup() as group:
        pbx = Pbx(paths, configuration, group)
        chores: list[Coroutine[Any, Any, object]] = [pbx.engine.run(), pbx.keep_house()]
        running = [group.create_task(chore) for chore in chores]
        try:
            await pbx.open()
            started(pbx)
            await stop.wait()
        finally:
            await pbx.close()
            for task in running:
                task.cancel()
    log.info("stopped")


def main(paths: Paths) -> None:
    """The process: one event loop. Ends with one clear line when it cannot start."""
    failures: list[BaseException] = []
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(serve(paths, lambda pbx: pbx.collector.take_over()))
    except* (ListenFailed, ConfigurationError, OSError) as failed:
        failures = _leaves(failed)
    for error in failures:
        log.error(str(error))
    flush()
    if failures:
        raise SystemExit(1)


def _leaves(error: BaseException) -> list[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        return [leaf for one in error.exceptions for leaf in _leaves(one)]
    return [error]


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop saves 0.1 ms a call; without it everything works too."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop
