"""What is not wrong but hardly meant: rules without effect, and things that nothing leads to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nidaa.config.located import Located
from nidaa.config.models import CallerRule, Number
from nidaa.config.parts import Parts
from nidaa.config.pattern_table import PatternTable
from nidaa.config.patterns import Kind, Pattern, forms
from nidaa.config.problems import Place, Problem

Rule = tuple[Pattern, Place]


def warnings_of(parts: Parts) -> Iterator[Problem]:
    """Only of a configuration without errors."""
    yield from _without_destination(parts.numbers)
    yield from _shadowed(parts)
    yield from _callers(parts)
    yield from _unused(parts)
    yield from _never_open(parts)
    if parts.numbers and not parts.trunks:
        place = parts.numbers[0].place("number")
        yield _warning(place, "no trunk in trunks.yaml: nobody outside can call this number")


def _warning(place: Place, text: str) -> Problem:
    return Problem(place, text, is_warning=True)


def _without_destination(numbers: Sequence[Located[Number]]) -> Iterator[Problem]:
    for entry in numbers:
        number = entry.value
        if number.queue is None and number.extension is None:
            text = f"{number.number} leads nowhere: give it a queue or an extension"
            yield _warning(entry.place("number"), text)


def _shadowed(parts: Parts) -> Iterator[Problem]:
    """Numbers that no call can reach by this entry, because others are more particular."""
    rules: list[Rule] = []
    for entry in parts.numbers:
        for text in members(entry.value.number, parts):
            pattern = forms(text, parts.country)[-1]
            rules.append((pattern, entry.place("number")))
    table = PatternTable([(pattern, i) for i, (pattern, _) in enumerate(rules)])
    reached = set(table.values())
    for i, (pattern, place) in enumerate(rules):
        if i in reached:
            continue
        by = table.find(pattern.low)
        other = f": {rules[by][1]} goes first" if by is not None else ""
        text = f"no call reaches {_shown(pattern)} by this entry{other}"
        yield _warning(place, text)


def _callers(parts: Parts) -> Iterator[Problem]:
    """Rules of dialplan.yaml that change nothing."""
    allowed, blocked = _Rules(), _Rules()
    allow = _rules(parts.allow, parts)
    for pattern, place in allow:
        allowed.add(pattern, place)
    for pattern, place in _rules(parts.block, parts):
        if by := allowed.covering(pattern):
            yield _warning(place, f"never blocks {_shown(pattern)}: {by} allows it")
        elif by := blocked.covering(pattern):
            yield _warning(place, f"{_shown(pattern)} is blocked by {by} already")
        blocked.add(pattern, place)
    for pattern, place in allow:
        if not blocked.meets(pattern):
            yield _warning(place, f"allows {_shown(pattern)}, which nothing blocks")


def _rules(entries: Sequence[Located[CallerRule]], parts: Parts) -> list[Rule]:
    return [
        (forms(text, parts.country)[-1], entry.place("caller"))
        for entry in entries
        for text in members(entry.value.caller, parts)
    ]


class _Rules:
    """Rules with the single numbers, of which there may be thousands, apart."""

    def __init__(self) -> None:
        self._single: dict[str, Place] = {}
        self._wide: list[Rule] = []

    def add(self, pattern: Pattern, place: Place) -> None:
        if pattern.kind is Kind.EXACT:
            self._single.setdefault(pattern.low, place)
        else:
            self._wide.append((pattern, place))

    def covering(self, pattern: Pattern) -> Place | None:
        """The rule that means all of these numbers too."""
        wide = next((place for other, place in self._wide if other.covers(pattern)), None)
        single = self._single.get(pattern.low) if pattern.kind is Kind.EXACT else None
        return single or wide

    def meets(self, pattern: Pattern) -> bool:
        """Does a rule mean any of these numbers?"""
        if pattern.kind is Kind.EXACT and pattern.low in self._single:
            return True
        singles = (Pattern(Kind.EXACT, number) for number in self._single)
        return any(pattern.meets(other) for other, _ in self._wide) or any(
            pattern.covers(one) for one in (singles if pattern.kind is not Kind.EXACT else ())
        )


def members(text: str, parts: Parts) -> tuple[str, ...]:
    """The patterns that a pattern or the name of a group means."""
    for group in parts.groups:
        if group.value.name == text:
            return group.value.numbers
    return (text,)


def _shown(pattern: Pattern) -> str:
    if not pattern.low:
        return "anonymous callers" if pattern.kind == "number" else "any number"
    return {"number": pattern.low, "prefix": f"{pattern.low}*"}.get(
        pattern.kind, f"{pattern.low}-{pattern.high}"
    )


def _unused(parts: Parts) -> Iterator[Problem]:
    numbers = [entry.value for entry in parts.numbers]
    closed = [number.closed for number in numbers if number.closed is not None]
    queues = {number.queue for number in numbers} | {one.queue for one in closed}
    for queue in parts.queues:
        if queue.value.name not in queues:
            text = f'no number leads to the queue "{queue.value.name}"'
            yield _warning(queue.place("name"), text)
    schedules = {number.schedule for number in numbers}
    for schedule in parts.schedules:
        if schedule.value.name not in schedules:
            text = f'no number has the schedule "{schedule.value.name}"'
            yield _warning(schedule.place("name"), text)
    named = {number.number for number in numbers}
    named |= {rule.value.caller for rule in (*parts.block, *parts.allow)}
    for group in parts.groups:
        if group.value.name not in named:
            text = f'no rule names the group "{group.value.name}"'
            yield _warning(group.place("name"), text)


def _never_open(parts: Parts) -> Iterator[Problem]:
    for entry in parts.schedules:
        if not any(entry.value.hours.values()):
            yield _warning(entry.place("hours"), f'"{entry.value.name}" is never open')
