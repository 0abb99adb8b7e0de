"""Has prompts and music encoded by a child of low priority, so that the worker's loop goes on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from media.loop import Loop
from media.prompts import PromptStore
from nidaa.logging import Log

LOOK_EVERY = 10.0  # seconds until a new file is noticed, at most
NICE = 10

log = Log("media.preparer")


class Preparer:
    """Looks for what is not prepared, now and then; one child at a time.

    A file that cannot be encoded is tried once, and again when it has changed.
    """

    def __init__(self, own: Path, made: Path, loop: Loop) -> None:
        """Begins with all of them; `made` does not change later."""
        self._folders, self._store, self._loop = (str(own), str(made)), PromptStore(own, made), loop
        self._child: subprocess.Popen[bytes] | None = None
        self._tried = list(self._store.unprepared())
        if self._tried:
            self._start()
        loop.call_at(loop.now() + LOOK_EVERY, self._look)

    @property
    def pid(self) -> int | None:
        """Of the child, while there is one."""
        return self._child.pid if self._child else None

    def wait(self) -> None:
        """Until the child is done, if there is one."""
        if self._child:
            self._child.wait()

    def _look(self, now: float) -> None:
        self._loop.call_at(now + LOOK_EVERY, self._look)
        if self._child and self._child.poll() is None:
            return
        self._child = None
        found = list(self._store.unprepared(is_own=True))
        if not set(found) <= set(self._tried):
            self._start()
        self._tried = found

    def _start(self) -> None:
        try:
            self._child = subprocess.Popen(  # noqa: S603 our own interpreter and code
                (sys.executable, "-m", "media.prompts", *self._folders),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                process_group=0,  # a terminal's Ctrl-C is for its worker
            )
            os.setpriority(os.PRIO_PROCESS, self._child.pid, NICE)
        except OSError as error:
            log.error(f"cannot prepare prompts: {error}")

    def close(self) -> None:
        """A variant only appears when it is whole."""
        if self._child:
            self._child.terminate()
            self._child.wait()
