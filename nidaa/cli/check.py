"""`nidaa check`: what is wrong in the configuration, all at once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nidaa.cli.common import fail, say
from nidaa.config.load import Loaded, load_with_warnings
from nidaa.config.problems import ConfigurationError
from nidaa.settings import Paths

WARNED = 3  # exit code


def check(
    folder: Annotated[Path | None, typer.Argument(help="Folder to check.")] = None,
    is_strict: Annotated[
        bool, typer.Option("--strict", help="End with exit code 3 when there are warnings.")
    ] = False,
) -> None:
    """Check the configuration: every error and warning with file, line and column.

    Exit codes: 0 it can be used, 1 it has errors, 2 the command was mistyped, 3 it has warnings
    and --strict was given.
    """
    paths = Paths.from_environment()
    if folder is not None:
        if not folder.is_dir():
            fail(f"{folder} is not a folder")
        paths = Paths(paths.state, folder.resolve())
    loaded = loaded_of(paths)
    for warning in loaded.warnings:
        say(str(warning))
    say(f"{paths.config}: {summary(loaded)}")
    if is_strict and loaded.warnings:
        raise SystemExit(WARNED)


def loaded_of(paths: Paths) -> Loaded:
    """The configuration with its warnings, or the end of the command with all its errors."""
    try:
        return load_with_warnings(paths.config, paths.sample_config)
    except ConfigurationError as error:
        count = len(error.problems)
        fail(f"the configuration has {count} error{'s' if count > 1 else ''}:\n{error}")


def summary(loaded: Loaded) -> str:
    """What the configuration consists of."""
    configuration = loaded.configuration
    parts = {
        "listeners": configuration.system.listeners,
        "trunks": configuration.trunks,
        "numbers": configuration.numbers,
        "queues": configuration.queues,
        "schedules": configuration.schedules,
    }
    counts = ", ".join(f"{len(entries)} {name}" for name, entries in parts.items())
    count = len(loaded.warnings)
    warned = f", {count} warning{'s' if count != 1 else ''}" if count else ""
    return f"{counts}: no error{warned}"
