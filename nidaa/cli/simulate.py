"""`nidaa simulate`: what would happen to a call, decided by the code that routes live calls."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, tzinfo
from typing import Annotated, Any

import typer

from nidaa.cli.check import loaded_of
from nidaa.cli.common import fail, say
from nidaa.config.load import Loaded
from nidaa.config.located import Located
from nidaa.config.phone_numbers import normalised
from nidaa.contracts.directory import Extension
from nidaa.contracts.events import Micros
from nidaa.settings import Paths
from pbx.directory import DirectoryBook
from pbx.routing.dialplan import (
    AnnouncementDestination,
    Decision,
    Destination,
    Dialplan,
    ExtensionDestination,
    FromPhone,
    FromTrunk,
    QueueDestination,
    Refusal,
    Source,
)
from pbx.routing.schedules import Opening, Reason

KINDS: dict[type, str] = {
    QueueDestination: "queue",
    ExtensionDestination: "extension",
    AnnouncementDestination: "announcement",
    Refusal: "refusal",
}
REASONS = {
    Reason.HOURS: "the week's hours",
    Reason.SEASON: "season",
    Reason.HOLIDAY: "public holiday",
    Reason.SPECIAL_DAY: "special day",
}


@dataclass(frozen=True, slots=True)
class People:
    """Who has an extension; without a directory, everybody whom the files name."""

    extensions: Mapping[str, Extension]
    is_assumed: bool


@dataclass(frozen=True, slots=True)
class Simulation:
    """A call and what the dialplan decides about it."""

    source: Source
    caller: str
    dialled: str
    at: Micros
    zone: tzinfo | None
    decision: Decision
    opens_next: datetime | None
    places: Mapping[str, str]  # of the rules that counted
    is_assumed: bool

    def words(self) -> Iterator[str]:
        """Line by line."""
        when = datetime.fromtimestamp(self.at / 1e6, self.zone)
        where = "from inside" if isinstance(self.source, FromPhone) else "from outside"
        who = self.caller or "an anonymous caller"
        yield f"{when:%A %Y-%m-%d %H:%M %Z}: {who} calls {self.dialled} {where}"
        decision = self.decision
        for action, rule in (("blocked", decision.blocked_by), ("allowed", decision.allowed_by)):
            if rule is not None:
                note = f" ({rule.note})" if rule.note else ""
                yield f"  caller       {action} by {rule.caller}{note}, {self.places[action]}"
        if decision.rule is not None:
            yield f"  number       {decision.rule.number}, {self.places['rule']}"
        if decision.opening is not None:
            yield f"  schedule     {_opening_words(decision.opening)}"
            if not decision.opening.is_open:
                next_ = self.opens_next
                yield f"  opens next   {f'{next_:%A %Y-%m-%d %H:%M}' if next_ else 'never'}"
        yield f"  destination  {_destination_words(decision.destination)}"
        if self.is_assumed:
            yield "  (no directory yet: every extension in the files is taken to exist)"

    def json(self) -> dict[str, Any]:
        decision = self.decision
        return {
            "at": datetime.fromtimestamp(self.at / 1e6, self.zone).isoformat(),
            "from": self.caller,
            "to": self.dialled,
            "source": "phone" if isinstance(self.source, FromPhone) else "trunk",
            "blocked_by": decision.blocked_by and decision.blocked_by.model_dump(),
            "allowed_by": decision.allowed_by and decision.allowed_by.model_dump(),
            "rule": decision.rule and {"number": decision.rule.number, "at": self.places["rule"]},
            "schedule": decision.opening and self._schedule(decision.opening),
            "destination": {
                "kind": KINDS[type(decision.destination)],
                **asdict(decision.destination),
            },
        }

    def _schedule(self, opening: Opening) -> dict[str, Any]:
        day, opens_next = opening.day, self.opens_next
        return {
            "name": opening.schedule,
            "is_open": opening.is_open,
            "reason": day.reason.value,
            "day": day.name,
            "is_estimated": day.is_estimated,
            "hours": [str(period) for period in day.periods],
            "opens_next": None if opening.is_open or not opens_next else opens_next.isoformat(),
        }


def simulate(
    from_number: Annotated[str, typer.Option("--from", help="Caller; an extension is inside.")],
    to: Annotated[str, typer.Option("--to", help="The number called.")],
    at: Annotated[
        str, typer.Option("--at", help='"2026-03-20 10:00", there and then; default: now.')
    ] = "",
    is_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Say what would happen to a call: rule, schedule, holiday, destination."""
    paths = Paths.from_environment()
    loaded = loaded_of(paths)
    simulation = simulated(loaded, people_of(paths, loaded), from_number, to, at)
    if is_json:
        say(json.dumps(simulation.json(), ensure_ascii=False, indent=2))
    else:
        say("\n".join(simulation.words()))


def simulated(loaded: Loaded, people: People, caller: str, dialled: str, at: str) -> Simulation:
    """Decide about one call. `at` without an offset is a time where the number's schedule is."""
    dialplan = Dialplan(loaded.configuration)
    source: Source = FromPhone(caller)
    if caller not in people.extensions:
        caller = normalised(caller, loaded.configuration.system.country)
        source = FromTrunk("", caller)
    now = time.time_ns() // 1000
    opening = dialplan.decide(people, source, dialled, now).opening
    zone = opening.local.tzinfo if opening else None
    micros = _micros(at, zone) if at else now
    decision = dialplan.decide(people, source, dialled, micros)
    rule = decision.rule
    hours = dialplan.hours[rule.schedule] if rule and rule.schedule else None
    opens_next = hours.next_opening(micros) if hours else None
    places = _places(loaded, decision)
    return Simulation(
        source, caller, dialled, micros, zone, decision, opens_next, places, people.is_assumed
    )


def people_of(paths: Paths, loaded: Loaded) -> People:
    """As pbx knows them, from its copy on disk."""
    if paths.directory.exists():
        return People(DirectoryBook(paths.directory).extensions, is_assumed=False)
    named: set[str] = set()
    for number in loaded.configuration.numbers:
        closed = number.closed.extension if number.closed else None
        named |= {one for one in (number.extension, closed) if one}
    return People({one: Extension(one, "") for one in named}, is_assumed=bool(named))


def _micros(text: str, zone: tzinfo | None) -> Micros:
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        fail(f'"{text}" is no time: write it as "2026-03-20 10:00"', 2)
    if when.tzinfo is None:
        when = when.replace(tzinfo=zone)
    return int(when.timestamp() * 1_000_000)


def _places(loaded: Loaded, decision: Decision) -> dict[str, str]:
    parts = loaded.parts
    looked_for: tuple[tuple[str, object, Sequence[Located[Any]], str], ...] = (
        ("rule", decision.rule, parts.numbers, "number"),
        ("blocked", decision.blocked_by, parts.block, "caller"),
        ("allowed", decision.allowed_by, parts.allow, "caller"),
    )
    return {
        name: str(entry.place(key))
        for name, value, entries, key in looked_for
        for entry in entries
        if entry.value is value
    }


def _opening_words(opening: Opening) -> str:
    day = opening.day
    state = "open" if opening.is_open else "closed"
    name = f" {day.name}" if day.name else ""
    estimated = " (estimated: confirm it in holidays.yaml)" if day.is_estimated else ""
    hours = ", ".join(map(str, day.periods)) or "closed all day"
    return f"{opening.schedule} is {state}: {REASONS[day.reason]}{name}{estimated}, {hours}"


def _destination_words(destination: Destination) -> str:
    match destination:
        case QueueDestination(queue, language, greeting):
            after = f', after the greeting "{greeting}"' if greeting else ""
            return f"queue {queue} in {language}{after}"
        case ExtensionDestination(number):
            return f"extension {number}"
        case AnnouncementDestination(prompt):
            return f'announcement "{prompt}", then the call ends'
        case Refusal(status, reason):
            return f"refused: {status} {reason}"
