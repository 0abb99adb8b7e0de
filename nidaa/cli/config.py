"""`nidaa config`: the revisions of the configuration, and the calendar it goes by."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Annotated

import typer

from nidaa.cli.check import loaded_of
from nidaa.cli.common import fail, say
from nidaa.cli.reload import NotRunning, Reason, ask_reload, words
from nidaa.config.history import History, Texts, UnknownRevision, read_texts, write_texts
from nidaa.config.holiday_calendar import HolidayCalendar
from nidaa.config.load import FILES, load
from nidaa.config.problems import ConfigurationError
from nidaa.contracts.control import Refused
from nidaa.settings import Paths

app = typer.Typer(no_args_is_help=True, help="Revisions of the configuration, and holidays.")


@app.command()
def history() -> None:
    """List every revision that was in force: number, time, author, reason."""
    revisions = _history().revisions()
    if not revisions:
        say("no revision yet: the first is kept when Nidaa starts")
    for one in revisions:
        at = datetime.fromtimestamp(one.at / 1e6, UTC).astimezone()
        say(f"{one.number:>4}  {at:%Y-%m-%d %H:%M:%S}  {one.author:<12}  {one.reason}")


@app.command()
def diff(
    old: Annotated[int, typer.Argument(help="A revision; left out: the last.")] = 0,
    new: Annotated[int, typer.Argument(help="A revision; left out: the files now.")] = 0,
) -> None:
    """Show what changed between two revisions, or since one of them."""
    last = _history().last()
    if not old and last is None:
        fail("no revision yet: the first is kept when Nidaa starts")
    number = old or (last.number if last else 0)
    before = _texts(number)
    after = _texts(new) if new else read_texts(Paths.from_environment().config)
    name = f"revision {new}" if new else "now"
    lines = list(_differences(before, after, f"revision {number}", name))
    say("\n".join(lines) if lines else "no difference")


@app.command()
def rollback(
    revision: Annotated[int, typer.Argument(help="The revision to go back to.")],
    reason: Reason = "",
    is_discarding: Annotated[
        bool, typer.Option("--discard", help="Lose changes that were never put in force.")
    ] = False,
) -> None:
    """Write a revision's files back and put them in force; it becomes the newest revision.

    Exit codes: 0 in force (or from the next start, when Nidaa is not running), 1 refused: the
    files are then as they were.
    """
    paths = Paths.from_environment()
    texts, now = _texts(revision), read_texts(paths.config)
    last = _history().last()
    if not is_discarding and last is not None and _history().texts(last.number) != now:
        fail(
            "the files have changes that were never put in force (`nidaa config diff` shows them): "
            "`nidaa reload` first, or --discard to lose them"
        )
    write_texts(paths.config, texts)
    try:
        say(_apply(paths, reason or f"rollback to revision {revision}"))
    except _Rejected as error:
        write_texts(paths.config, now)
        fail(f"the files are as they were, revision {revision} cannot be used:\n{error}")


class _Rejected(Exception):
    """The old files are not right any more, say because the sample company's changed."""


def _apply(paths: Paths, reason: str) -> str:
    """Put the files in force; what to say. Raises _Rejected."""
    try:
        result = ask_reload(paths, reason)
    except NotRunning:
        try:
            load(paths.config, paths.sample_config)
        except ConfigurationError as error:
            raise _Rejected(str(error)) from error
        return "the files are written; they count when Nidaa starts"
    if isinstance(result, Refused):
        raise _Rejected(result.text)
    return "\n".join(words(result))


@app.command()
def holidays(
    year: Annotated[int, typer.Option(help="Left out: this year.")] = 0,
    country: Annotated[str, typer.Option(help="Such as DZ; left out: the system's.")] = "",
) -> None:
    """List the public holidays as schedules see them; estimated dates are marked."""
    configuration = loaded_of(Paths.from_environment()).configuration
    calendar = HolidayCalendar(country or configuration.system.country, configuration.holidays)
    try:
        listed = calendar.year(year or datetime.now().astimezone().year)
    except NotImplementedError:
        fail(f"no calendar of holidays for {country or configuration.system.country}")
    for day, one in listed.items():
        say(f"{_day(day)}  {one.name}{'  (estimated)' if one.is_estimated else ''}")


def _day(day: date) -> str:
    return f"{day:%Y-%m-%d %a}"


def _history() -> History:
    return History(Paths.from_environment().config_history)


def _texts(number: int) -> Texts:
    try:
        return _history().texts(number)
    except UnknownRevision as error:
        fail(f"{error}: `nidaa config history` lists them")


def _differences(before: Texts, after: Texts, old: str, new: str) -> Iterator[str]:
    """A unified diff of all files."""
    for name in FILES:
        left, right = (texts.get(name, b"").decode("utf-8", "replace") for texts in (before, after))
        yield from difflib.unified_diff(
            left.splitlines(),
            right.splitlines(),
            f"{name} ({old})",
            f"{name} ({new})",
            lineterm="",
        )
