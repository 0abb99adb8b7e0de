"""What the commands share: where things are, how a failure is said."""

from __future__ import annotations

import errno
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from nidaa.config.load import load
from nidaa.config.models import Configuration
from nidaa.config.problems import ConfigurationError
from nidaa.settings import Paths

LONGEST = 300  # characters of an error shown at the terminal


def say(text: str) -> None:
    """A line for the person at the terminal."""
    print(text, flush=True)


def fail(text: str, code: int = 1) -> NoReturn:
    """Say why on standard error and end with this exit code."""
    print(f"nidaa: {text}", file=sys.stderr, flush=True)
    raise SystemExit(code)


def in_words(error: Exception, paths: Paths) -> str:
    """What to say of an error that ends a command, and the way out where there is one."""
    if isinstance(error, ConfigurationError):
        return f"the configuration has errors:\n{error}"
    if isinstance(error, PermissionError) and error.filename:
        return (
            f"no permission for {error.filename}: run as the user who owns {paths.state}, "
            "or set NIDAA_STATE to a folder of your own"
        )
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"the disk of {paths.state} is full: make room and start again"
    return told(error, paths.log)


def told(error: Exception, folder: Path) -> str:
    """One line about an error nobody foresaw; its traceback goes to a log below `folder`."""
    kind = type(error).__name__
    what = " ".join(str(error).split())[:LONGEST] or "no more is known"
    path = folder / "nidaa.log"
    when = datetime.now(UTC).isoformat(timespec="milliseconds")
    trace = "".join(traceback.format_exception(error))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as log:
            log.write(f"{when} {' '.join(sys.argv)}\n{trace}\n")
    except OSError as failure:
        return f"{kind}: {what} (and {path} cannot be written: {failure.strerror})"
    return f"{kind}: {what}; the whole story is in {path}"


def configuration_of(paths: Paths) -> Configuration:
    """The configuration in force, or the end of the command with all its errors."""
    try:
        return load(paths.config, paths.sample_config)
    except (ConfigurationError, OSError) as error:
        fail(in_words(error, paths))
