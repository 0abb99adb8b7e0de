"""`nidaa sample`: the sample company."""

from __future__ import annotations

import asyncio
import json

import typer

from nidaa.cli.common import fail, say
from nidaa.settings import Paths

app = typer.Typer(no_args_is_help=True, help="The sample company: show, load, remove.")


@app.command()
def show() -> None:
    """Say how to log in and whom to call."""
    paths = Paths.from_environment()
    if not paths.sample.exists():
        fail("there is no sample company here: `nidaa sample load` brings it")
    sample = json.loads(paths.sample.read_text(encoding="utf-8"))
    for user in sample["users"]:
        extension = user.get("extension") or "-"
        say(f"{user['login']:24} {user['password']:20} {user['role']:12} {extension:6}")
    say(f"\nDIDs: {', '.join(sample['dids'])}")


@app.command()
def load() -> None:
    """Bring the sample company; a running system takes it up at its next start."""
    from crm_api.sample import load as load_sample

    paths = Paths.from_environment()
    asyncio.run(load_sample(paths))
    say(f"The sample company is loaded: {paths.sample}. Start Nidaa again to use its numbers.")


@app.command()
def remove() -> None:
    """Remove the sample company and all that belongs to it."""
    from crm_api.sample import remove as remove_sample

    asyncio.run(remove_sample(Paths.from_environment()))
    say("The sample company is gone. Start Nidaa again so that its numbers and queues go too.")
