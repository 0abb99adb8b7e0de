"""What the commands share: where things are, how a failure is said."""

from __future__ import annotations

import sys
from typing import NoReturn

from nidaa.config.load import load
from nidaa.config.models import Configuration
from nidaa.config.problems import ConfigurationError
from nidaa.settings import Paths


def say(text: str) -> None:
    """A line for the person at the terminal."""
    print(text, flush=True)


def fail(text: str, code: int = 1) -> NoReturn:
    """Say why on standard error and end with this exit code."""
    print(f"nidaa: {text}", file=sys.stderr, flush=True)
    raise SystemExit(code)


def configuration_of(paths: Paths) -> Configuration:
    """The configuration in force, or the end of the command with all its errors."""
    try:
        return load(paths.config, paths.sample_config)
    except ConfigurationError as error:
        fail(f"the configuration has errors:\n{error}")
