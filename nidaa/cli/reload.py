"""`nidaa reload`: puts the configuration files in force in the running system."""

from __future__ import annotations

import asyncio
import getpass
import os
from collections.abc import Iterator
from typing import Annotated

import typer

from nidaa.cli.common import fail, say
from nidaa.contracts import control
from nidaa.contracts.control import Refused, Reloaded
from nidaa.contracts.link import LinkLost, PbxLink
from nidaa.settings import Paths

NOT_RUNNING = 3  # exit code
RELOAD_FOR = 120.0  # seconds; tens of thousands of rules take their time
Reason = Annotated[str, typer.Option("--reason", help="Why, for `nidaa config history`.")]


class NotRunning(Exception):
    """There is no pbx to tell."""


def reload(reason: Reason = "") -> None:
    """Check the files and use them for new calls at once; calls in progress go on as they are.

    Exit codes: 0 in force, 1 refused (the old configuration stays), 3 Nidaa is not running.
    """
    try:
        result = ask_reload(Paths.from_environment(), reason)
    except NotRunning as error:
        text = f"{error}; the files count from the next start (`nidaa check` says if they can)"
        fail(text, NOT_RUNNING)
    if isinstance(result, Refused):
        fail(f"the old configuration stays in force:\n{result.text}")
    say("\n".join(words(result)))


def ask_reload(paths: Paths, reason: str) -> Reloaded | Refused:
    """Have pbx reload. Raises NotRunning."""
    result = asyncio.run(_ask(paths, control.Reload(author(), reason)))
    if isinstance(result, Reloaded | Refused):
        return result
    raise TypeError(result)


async def _ask(paths: Paths, command: control.Reload) -> control.Result:
    try:
        async with await PbxLink.connect(paths.pbx_socket, "cli") as link:
            return await link.request(command, wait_for=RELOAD_FOR)
    except LinkLost as error:
        raise NotRunning(f"pbx cannot be reached ({error})") from error


def author() -> str:
    """The Unix user at the terminal, also behind sudo."""
    return os.environ.get("SUDO_USER") or getpass.getuser()


def words(result: Reloaded) -> Iterator[str]:
    """What a reload did, line by line."""
    yield from result.warnings
    if result.revision:
        what = f"{', '.join(result.changed)} changed" if result.changed else "nothing changed"
        yield f"revision {result.revision} is in force: {what}"
    else:
        yield "in force, but the disk did not take it into the history (see the log of pbx)"
    if result.restart_needed:
        keys = ", ".join(result.restart_needed)
        yield f"system.yaml: {keys} will count after a restart of Nidaa, and not before"
    if "queues" in result.changed:
        yield "the web interface shows new titles of queues after its next start"
