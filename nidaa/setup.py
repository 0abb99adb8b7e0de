"""Makes an installation ready to start: folders, certificates, database, prompts, first data.

Every step is safe to repeat and quick when there is nothing to do, so `nidaa serve` runs them all
at each start and a half-finished earlier run mends itself.
"""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

from nidaa.certificates import ensure_certificates
from nidaa.config.models import Configuration
from nidaa.settings import Paths

Say = Callable[[str], None]


class SetupFailed(Exception):
    """A step could not be done; the text says what is wrong and the way out."""


def prepare(paths: Paths, configuration: Configuration, say: Say, *, with_sample: bool) -> None:
    """Run every step. Raises SetupFailed with one line for people."""
    steps: list[tuple[str, Callable[[], str]]] = [
        ("folders", lambda: _folders(paths)),
        ("certificates", lambda: _certificates(paths, configuration)),
        ("database", lambda: _database(paths)),
        ("prompts", lambda: _prompts(paths)),
    ]
    if with_sample:
        steps.append(("sample company", lambda: _sample(paths)))
    for name, step in steps:
        started_at = time.monotonic()
        outcome = step()
        say(f"  {name}: {outcome} ({time.monotonic() - started_at:.1f} s)")


def _folders(paths: Paths) -> str:
    folders = (
        paths.run,
        paths.log,
        paths.outbox,
        paths.directory.parent,
        paths.secrets,
        paths.spool,
        paths.recordings,
    )
    try:
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        paths.state.chmod(0o700)
    except OSError as error:
        raise SetupFailed(
            f"cannot write to {paths.state} ({error.strerror}): "
            "run as the user who owns it, or set NIDAA_STATE to a folder of your own"
        ) from error
    if not os.access(paths.state, os.W_OK):
        raise SetupFailed(f"cannot write to {paths.state}: run as the user who owns it")
    return "ready"


def _certificates(paths: Paths, configuration: Configuration) -> str:
    made = ensure_certificates(paths.certificates, configuration.system.address)
    return "made" if made else "ready"


def _database(paths: Paths) -> str:
    from alembic.util import CommandError
    from sqlalchemy.exc import SQLAlchemyError

    from crm_api.database import migrate

    try:
        migrate(paths)
    except (OSError, SQLAlchemyError, sqlite3.Error, ImportError, CommandError) as error:
        reason = str(getattr(error, "orig", None) or error).partition("\n")[0]
        raise SetupFailed(
            f"the database cannot be used ({reason}): start it, or correct "
            f"`database` in {paths.config / 'system.yaml'}"
        ) from error
    return "ready"


def _prompts(paths: Paths) -> str:
    from media.prompt_recipe import make_prompts

    return str(make_prompts(paths))


def _sample(paths: Paths) -> str:
    from crm_api import sample
    from crm_api.errors import ApiError

    marker = _marker(paths)
    if marker.exists():
        return "ready" if paths.sample.exists() else "removed earlier"
    try:
        asyncio.run(sample.load(paths))
    except ApiError as error:
        raise SetupFailed(
            f"the sample company cannot be loaded ({error}): start with --no-sample"
        ) from error
    marker.write_text(json.dumps({"sample_loaded": True}), encoding="utf-8")
    return "loaded"


def _marker(paths: Paths) -> Path:
    """Says that the sample was loaded once: it is not loaded again after its removal."""
    return paths.state / "setup.json"
