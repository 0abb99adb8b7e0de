"""The commands that run and look after an installation."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from nidaa import __version__
from nidaa.cli import config, sample, user
from nidaa.cli.check import check
from nidaa.cli.common import configuration_of, fail, in_words, say
from nidaa.cli.reload import reload
from nidaa.cli.serve import serve as serve_all
from nidaa.cli.simulate import simulate
from nidaa.logging import start_logging
from nidaa.settings import Paths

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Nidaa: a self-hosted call centre.",
)
app.add_typer(user.app, name="user")
app.add_typer(sample.app, name="sample")
app.command()(check)
app.command()(simulate)
app.command()(reload)
app.add_typer(config.app, name="config")


def main() -> None:
    """Entry point of the `nidaa` script: whatever happens, people read one line about it."""
    try:
        app()
    except Exception as error:  # supervised: the traceback is for the log, not for the terminal
        fail(in_words(error, Paths.from_environment()))


@app.command()
def serve(
    with_sample: Annotated[
        bool, typer.Option("--sample/--no-sample", help="Load the sample company at first start.")
    ] = True,
) -> None:
    """Set up what is missing, start the whole call centre on this machine and look after it."""
    serve_all(Paths.from_environment(), with_sample=with_sample)


@app.command()
def setup(
    with_sample: Annotated[
        bool, typer.Option("--sample/--no-sample", help="Load the sample company.")
    ] = False,
) -> None:
    """Make folders, certificates, database and prompts ready, and start nothing."""
    from nidaa.setup import SetupFailed, prepare

    paths = Paths.from_environment()
    try:
        prepare(paths, configuration_of(paths), say, with_sample=with_sample)
    except SetupFailed as error:
        fail(str(error))


@app.command()
def pbx() -> None:
    """Run call control alone (systemd: nidaa-pbx)."""
    from pbx.app import main as run

    start_logging()
    run(Paths.from_environment())


@app.command()
def media(
    number: Annotated[int, typer.Option(help="Which worker this is, from 1.")] = 1,
) -> None:
    """Run one media worker alone (systemd: nidaa-media@N)."""
    from media.worker import main as run

    start_logging()
    run(number, Paths.from_environment())


@app.command()
def api() -> None:
    """Run crm_api alone: web pages, REST, live WebSocket (systemd: nidaa-api)."""
    from crm_api.main import serve as run

    start_logging()
    run(Paths.from_environment())


@app.command()
def status() -> None:
    """Say how the running system is."""
    from nidaa.cli.status import NotRunning, describe

    try:
        say(asyncio.run(describe(Paths.from_environment())))
    except NotRunning as error:
        fail(str(error))


@app.command()
def explain(
    queue: Annotated[str, typer.Argument(help="Name of the queue.")],
    is_json: Annotated[bool, typer.Option("--json", help="All details, as JSON.")] = False,
) -> None:
    """Say why the latest callers of a queue got the agents they got, or none."""
    from nidaa.cli.explain import CannotExplain
    from nidaa.cli.explain import explain as told

    try:
        say(asyncio.run(told(Paths.from_environment(), queue, is_json=is_json)))
    except CannotExplain as error:
        fail(str(error))


@app.command("try-call")
def try_call(
    from_number: Annotated[str, typer.Option("--from", help="The customer's number.")] = "",
    did: Annotated[str, typer.Option(help="The number the customer calls.")] = "",
    length: Annotated[float, typer.Option(help="Hang up after this many seconds.")] = 60.0,
    is_tone: Annotated[bool, typer.Option("--tone", help="Send a 440 Hz tone.")] = False,
) -> None:
    """Play the customer: a real SIP call with real sound into the trunk."""
    from nidaa.cli.try_call import try_call as place

    place(Paths.from_environment(), from_number, did, length, is_tone=is_tone)


@app.command()
def version() -> None:
    """Say which version this is."""
    say(f"nidaa {__version__}")
