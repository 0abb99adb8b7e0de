"""What must hold for numbers, groups and the lists of callers."""

from __future__ import annotations

from collections.abc import Iterator, Set

from nidaa.config.located import Located
from nidaa.config.models import Number
from nidaa.config.parts import Parts
from nidaa.config.patterns import ANONYMOUS, BadRange, forms
from nidaa.config.problems import Place, Problem, did_you_mean


def dialplan_problems(parts: Parts) -> Iterator[Problem]:
    groups = parts.names("groups")
    for number in parts.numbers:
        yield from _pattern(number.value.number, number.place("number"), groups)
        yield from _destination(number)
        yield from _names(number, parts)
    for rule in (*parts.block, *parts.allow):
        if rule.value.caller != ANONYMOUS:
            yield from _pattern(rule.value.caller, rule.place("caller"), groups)
    for group in parts.groups:
        if group.value.name == ANONYMOUS:
            text = f'"{ANONYMOUS}" means callers without a number: give the group another name'
            yield Problem(group.place("name"), text)
        for i, number_ in enumerate(group.value.numbers):
            yield from _pattern(number_, group.place("numbers", i), groups)


def _pattern(text: str, place: Place, groups: Set[str]) -> Iterator[Problem]:
    if text[0].isalpha():
        if text not in groups:
            hint = did_you_mean(text, groups) or "; name it under groups: in dialplan.yaml"
            yield Problem(place, f'no group "{text}"{hint}')
        return
    try:
        forms(text, "")
    except BadRange as error:
        yield Problem(place, f'"{text}": {error}')


def _destination(entry: Located[Number]) -> Iterator[Problem]:
    """Inbound calls lead to one place at a time."""
    number = entry.value
    if number.queue is not None and number.extension is not None:
        text = f"{number.number} leads to both: give it a queue or an extension"
        yield Problem(entry.place("number"), text)
    if number.closed is None:
        return
    closed = number.closed
    if number.schedule is None:
        text = "closed: says where calls go outside the hours of a schedule: name one"
        yield Problem(entry.place("closed"), text)
    ways = [bool(closed.announcement), closed.queue is not None, closed.extension is not None]
    if sum(ways) != 1:
        text = "closed: leads to one place: an announcement, a queue or an extension"
        yield Problem(entry.place("closed"), text)


def _names(entry: Located[Number], parts: Parts) -> Iterator[Problem]:
    number = entry.value
    yield from _name("queue", number.queue, entry.place("queue"), parts)
    yield from _name("schedule", number.schedule, entry.place("schedule"), parts)
    if number.closed is not None:
        yield from _name("queue", number.closed.queue, entry.place("closed", "queue"), parts)


def _name(kind: str, name: str | None, place: Place, parts: Parts) -> Iterator[Problem]:
    known = parts.names(f"{kind}s")
    if name is not None and name not in known:
        hint = did_you_mean(name, known) or f"; name it in {kind}s.yaml"
        yield Problem(place, f'no {kind} "{name}"{hint}')
