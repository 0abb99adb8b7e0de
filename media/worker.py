"""A media worker: one process, one loop, many sessions, told what to do over its socket."""

from __future__ import annotations

import contextlib
import gc
import resource
import signal
import socket
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from media.control import ControlSocket
from media.finisher import SCAN_EVERY, Finisher
from media.leg import TIMERS_EVERY
from media.loop import Loop
from media.opening import Opener
from media.ports import PortRange
from media.preparer import Preparer
from media.prompts import PromptStore, UnknownPrompt
from media.recordings import Recordings
from media.session import Session, SessionPorts
from nidaa.config.load import load
from nidaa.config.models import System
from nidaa.config.problems import ConfigurationError
from nidaa.contracts import media as contract
from nidaa.contracts.media import Command, Described, Failed, MediaProblem, MediaRefused, Ok, Result
from nidaa.logging import Log, flush
from nidaa.settings import Paths

FLUSH_LOG_EVERY = 1.0  # seconds

log = Log("media.worker")


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """What a worker needs to know of the installation."""

    number: int
    socket: Path
    spool: Path
    recordings: Path
    own_prompts: Path
    prompts: Path
    host: str
    first_port: int
    last_port: int

    @classmethod
    def of(cls, number: int, paths: Paths, system: System) -> WorkerSettings:
        return cls(
            number,
            paths.media_socket(number),
            paths.spool,
            paths.recordings,
            paths.own_prompts,
            paths.prompts,
            system.address,
            system.media.first_port,
            system.media.last_port,
        )


class Worker:
    """Sessions by name, and the commands on them."""

    def __init__(self, settings: WorkerSettings, loop: Loop) -> None:
        """Raises OSError when the control socket or a folder cannot be made."""
        for folder in (settings.spool, settings.recordings, settings.socket.parent):
            folder.mkdir(parents=True, exist_ok=True)
        self._loop, self._settings = loop, settings
        self._sessions: dict[str, Session] = {}
        self._detached_at: float | None = None
        self._finisher = Finisher(settings.spool, settings.recordings, loop, self._notify)
        self._recordings = Recordings(settings.spool, loop, self._finisher, self._notify)
        ports = PortRange(loop, settings.host, settings.first_port, settings.last_port)
        self._prompts = PromptStore(settings.own_prompts, settings.prompts)
        self._session_ports = SessionPorts(
            loop, Opener(ports), self._prompts, self._recordings, self._notify
        )
        self._control = ControlSocket(settings.socket, loop, self.execute, self._attached)
        loop.call_at(loop.now(), self._handle_timers)
        loop.call_at(loop.now(), _flush_log(loop))
        # Each looks for what a crash of its own left behind; one goes on looking, for all.
        self._preparer: Preparer | None = None
        every = SCAN_EVERY if settings.number == 1 else None
        loop.call_at(loop.now(), partial(self._finisher.scan, every))

    def close(self) -> None:
        """End everything in order: spools are written, the socket is gone."""
        self._recordings.close()
        for session in self._sessions.values():
            session.end()
        self._sessions.clear()
        self._finisher.close()
        if self._preparer:
            self._preparer.close()
        self._control.close()

    def prepare(self) -> None:
        """Have the music at hand before the first caller is put on hold, and soon all sounds."""
        with contextlib.suppress(UnknownPrompt):
            for track in self._prompts.music("default"):
                self._prompts.prepare(track)
        if self._settings.number == 1:
            own, made = self._settings.own_prompts, self._settings.prompts
            self._preparer = Preparer(own, made, self._loop)

    # --- commands

    def execute(self, command: Command) -> Result:
        """Never raises: what cannot be done is a result too."""
        try:
            return COMMANDS[type(command)](self, command)
        except MediaRefused as refused:
            return Failed(refused.problem, str(refused))
        except Exception as error:  # one command's bug must not end the audio of all calls
            log.error(f"{command}\n{traceback.format_exc()}")
            return Failed(MediaProblem.UNKNOWN, f"internal error: {error}")

    def _offer(self, command: contract.Offer) -> Result:
        with self._session_or_new(command.session) as session:
            sdp = session.offer(command.leg, command.profile, command.direction)
        return Described(sdp)

    def _answer(self, command: contract.Answer) -> Result:
        with self._session_or_new(command.session) as session:
            sdp, direction = session.answer(command.leg, command.sdp)
        return Described(sdp, direction)

    def _remote(self, command: contract.Remote) -> Result:
        self._session(command.session).remote(command.leg, command.sdp)
        return Ok()

    def _drop(self, command: contract.Drop) -> Result:
        if session := self._sessions.get(command.session):
            session.drop(command.leg)
        return Ok()

    def _end(self, command: contract.End) -> Result:
        if session := self._sessions.pop(command.session, None):
            session.end()
        return Ok()

    def _hears(self, command: contract.Hears) -> Result:
        self._session(command.session).hears(command.matrix)
        return Ok()

    def _play(self, command: contract.Play) -> Result:
        session = self._session(command.session)
        session.play(command.leg, command.play, command.items, command.is_loop)
        return Ok()

    def _stop(self, command: contract.Stop) -> Result:
        self._session(command.session).stop(command.leg, command.play)
        return Ok()

    def _record(self, command: contract.Record) -> Result:
        session = self._session(command.session)
        session.record(command.recording, command.left, command.right)
        return Ok()

    def _stop_recording(self, command: contract.StopRecording) -> Result:
        if session := self._sessions.get(command.session):
            session.stop_recording(command.recording)
        return Ok()

    def _forget_recording(self, command: contract.ForgetRecording) -> Result:
        self._finisher.forget(command.recording)
        return Ok()

    def _list_sessions(self, _command: contract.ListSessions) -> Result:
        return contract.Sessions({name: each.legs for name, each in self._sessions.items()})

    # --- sessions

    def _session(self, name: str) -> Session:
        session = self._sessions.get(name)
        if session is None:
            raise MediaRefused(MediaProblem.UNKNOWN, f"no session {name}")
        return session

    @contextlib.contextmanager
    def _session_or_new(self, name: str) -> Iterator[Session]:
        """A session that is new and whose first leg was refused does not stay behind."""
        session = self._sessions.get(name) or Session(name, self._session_ports)
        try:
            yield session
        finally:
            if session.legs:
                self._sessions[name] = session

    # --- time and control

    def _notify(self, event: contract.MediaEvent) -> None:
        self._control.notify(event)

    def _attached(self, is_attached: bool) -> None:
        self._detached_at = None if is_attached else self._loop.now()
        if is_attached:
            # After the reply to the command that attached it.
            self._loop.call_at(self._loop.now(), lambda _now: self._finisher.tell())

    def _handle_timers(self, now: float) -> None:
        for session in tuple(self._sessions.values()):
            session.handle_timers(now)
        self._recordings.handle_timers(now)
        if self._detached_at is not None and now - self._detached_at > contract.SESSION_GRACE_FOR:
            self._abandon()
        self._loop.call_at(now + TIMERS_EVERY, self._handle_timers)

    def _abandon(self) -> None:
        self._detached_at = None
        if self._sessions:
            log.warning(f"no controller came back: {len(self._sessions)} sessions ended")
        for name in tuple(self._sessions):
            self._sessions.pop(name).end()


COMMANDS: dict[type, Callable[[Worker, Any], Result]] = {
    contract.Offer: Worker._offer,
    contract.Answer: Worker._answer,
    contract.Remote: Worker._remote,
    contract.Drop: Worker._drop,
    contract.End: Worker._end,
    contract.Hears: Worker._hears,
    contract.Play: Worker._play,
    contract.Stop: Worker._stop,
    contract.Record: Worker._record,
    contract.StopRecording: Worker._stop_recording,
    contract.ForgetRecording: Worker._forget_recording,
    contract.ListSessions: Worker._list_sessions,
}


def main(number: int, paths: Paths) -> None:
    """Run worker `number` (from 1) until SIGTERM or SIGINT. Raises SystemExit with a reason."""
    try:
        system = load(paths.config, paths.sample_config).system
    except ConfigurationError as error:
        raise SystemExit(str(error)) from error
    settings = WorkerSettings.of(number, paths, system)
    _allow_many_sockets()
    loop = Loop()
    wake = _stop_on_signals(loop)
    try:
        worker = Worker(settings, loop)
    except OSError as error:
        raise SystemExit(f"media worker {number} cannot start: {error}") from error
    worker.prepare()
    gc.collect()
    gc.freeze()  # what start-up made stays; the collector then has little to look at
    gc.set_threshold(50_000, 20, 100)
    log.info(f"ready on {settings.socket.name}", worker=number)
    try:
        loop.run()
    finally:
        worker.close()
        wake.close()
        loop.close()
        log.info("stopped", worker=number)
        flush()


def _allow_many_sockets() -> None:
    """Two sockets a leg: the usual limit of 1024 is soon reached."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _stop_on_signals(loop: Loop) -> socket.socket:
    """End the loop's wait at once when a signal comes; the socket must be kept."""
    inner, outer = socket.socketpair()
    for one in (inner, outer):
        one.setblocking(False)
    signal.set_wakeup_fd(outer.fileno())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: loop.stop())

    def woken(_now: float) -> None:
        inner.recv(64)

    loop.watch(inner.fileno(), woken)
    return outer


def _flush_log(loop: Loop) -> Callable[[float], None]:
    def turn(now: float) -> None:
        flush()
        loop.call_at(now + FLUSH_LOG_EVERY, turn)

    return turn
