"""Another configuration for the running pbx: read and checked aside, then swapped in one step.

Calls in progress keep what they were started with. Whatever is wrong, the old one stays in force.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from nidaa.config.history import History, Texts, read_texts
from nidaa.config.load import load_with_warnings
from nidaa.config.models import Configuration, Queue
from nidaa.config.problems import ConfigurationError, Problem
from nidaa.contracts.control import Refusal, Refused, Reloaded
from nidaa.logging import Log
from nidaa.settings import Paths
from pbx.alarms import Alarms
from pbx.apps.acd_owner import AcdOwner
from pbx.apps.reception import Plan, Reception
from pbx.calls.book import CallBook
from pbx.calls.ports import Clock

log = Log("pbx.config")
ALARM = "config_rejected"
SWITCH_AFTER = 0.0005  # seconds
APPLIED = frozenset(("country",))  # what of system.yaml needs no restart


@dataclass(frozen=True, slots=True)
class Prepared:
    """A configuration that is right, and what is made from it."""

    configuration: Configuration
    plan: Plan
    texts: Texts
    warnings: tuple[Problem, ...]
    restart_needed: tuple[str, ...]


@contextmanager
def calls_first() -> Iterator[None]:
    """Let the loop have Python back from a busy thread after half a millisecond, not after five.

    A call is some ten messages, and each would wait that long for a reload.
    """
    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_AFTER)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


class FilesChanged(Exception):
    """Somebody saved a file while they were read."""


class Reloader:
    """Owns the configuration in force."""

    def __init__(
        self,
        paths: Paths,
        configuration: Configuration,
        reception: Reception,
        owner: AcdOwner,
        book: CallBook,
        alarms: Alarms,
        clock: Clock,
    ) -> None:
        self._paths, self._history = paths, History(paths.config_history)
        self._configuration = configuration
        self._reception, self._owner, self._book = reception, owner, book
        self._alarms, self._clock = alarms, clock
        self._is_busy = False
        self._leaving: tuple[Queue, ...] = ()  # removed ones that calls are still on the way to

    async def reload(self, author: str, reason: str) -> Reloaded | Refused:
        """Read, check, swap; or say all that is wrong. One at a time."""
        if self._is_busy:
            return Refused(Refusal.WRONG_STATE, "Another reload is under way; try again.")
        self._is_busy = True
        try:
            with calls_first():
                prepared = await asyncio.to_thread(self._prepare)
        except (ConfigurationError, FilesChanged, OSError) as error:
            return self._rejected(author, error)
        finally:
            self._is_busy = False
        changed = self._swap(prepared)
        self._alarms(ALARM, "")
        revision = await asyncio.to_thread(self._keep, prepared.texts, author, reason)
        names = ", ".join(changed) or "nothing"
        log.info(f"revision {revision} is in force by {author}: {names} changed; {reason!r}")
        return Reloaded(
            revision, changed, prepared.restart_needed, tuple(map(str, prepared.warnings))
        )

    def keep_first(self) -> None:
        """Record what pbx starts with, when the files changed since it last ran."""
        try:
            texts = read_texts(self._paths.config)
        except OSError as error:
            log.error(f"the configuration is not kept in the history: {error}")
            return
        self._keep(texts, "pbx", "read at the start")

    def sweep(self) -> None:
        """Let go of removed queues once no call is on the way to them."""
        if self._leaving and self._in_use(self._leaving) != self._leaving:
            self._leaving = self._in_use(self._leaving)
            self._configure_queues()

    def _prepare(self) -> Prepared:
        """In a thread: calls go on meanwhile. Raises ConfigurationError, FilesChanged, OSError."""
        before = read_texts(self._paths.config)
        loaded = load_with_warnings(self._paths.config, self._paths.sample_config)
        if read_texts(self._paths.config) != before:
            raise FilesChanged("a file was saved while it was read: reload once more")
        configuration, restart_needed = self._usable(loaded.configuration)
        plan = Plan(configuration)
        return Prepared(configuration, plan, before, loaded.warnings, restart_needed)

    def _usable(self, new: Configuration) -> tuple[Configuration, tuple[str, ...]]:
        """The new one on the system as it was started, and what only a restart changes."""
        running, wanted = self._configuration.system, new.system
        names = sorted(type(running).model_fields)
        differing = [name for name in names if getattr(running, name) != getattr(wanted, name)]
        applied = {name: getattr(wanted, name) for name in differing if name in APPLIED}
        system = running.model_copy(update=applied)
        restart_needed = tuple(name for name in differing if name not in APPLIED)
        return new.model_copy(update={"system": system}), restart_needed

    def _swap(self, prepared: Prepared) -> tuple[str, ...]:
        """In one step of the loop; the parts of the configuration that differ."""
        old, new = self._configuration, prepared.configuration
        changed = tuple(
            name
            for name in type(new).model_fields
            if name != "system" and getattr(old, name) != getattr(new, name)
        )
        known = {queue.name for queue in new.queues}
        gone = [queue for queue in (*old.queues, *self._leaving) if queue.name not in known]
        self._configuration, self._leaving = new, self._in_use(tuple(gone))
        self._reception.plan = prepared.plan
        self._configure_queues()
        return changed

    def _configure_queues(self) -> None:
        queues = (*self._configuration.queues, *self._leaving)
        self._owner.do(self._owner.acd.configure, queues)

    def _in_use(self, queues: tuple[Queue, ...]) -> tuple[Queue, ...]:
        used = {call.view.queue for call in self._book}
        return tuple(queue for queue in queues if queue.name in used)

    def _keep(self, texts: Texts, author: str, reason: str) -> int:
        """The number of the revision; 0 when the disk does not take it."""
        try:
            return self._history.record(texts, self._clock.micros(), author, reason).number
        except OSError as error:
            log.error(f"the configuration is not kept in the history: {error}")
            return 0

    def _rejected(self, author: str, error: Exception) -> Refused:
        log.error(f"configuration of {author} rejected, the old one stays in force:\n{error}")
        first, *others = str(error).splitlines()
        more = f" (and {len(others)} more)" if others else ""
        self._alarms(ALARM, f"The old configuration stays in force: {first}{more}")
        return Refused(Refusal.BAD_CONFIGURATION, str(error))
