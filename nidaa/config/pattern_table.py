"""Finds the rule for a number among many: the most particular one counts.

One number counts before a range, a narrow range before a wide one, any range before a prefix, a
long prefix before a short one, and among equals what is written first.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Generic, TypeVar

from nidaa.config.patterns import Kind, Pattern, shape

T = TypeVar("T")
Shape = tuple[bool, int]


@dataclass(frozen=True, slots=True)
class _Spans(Generic[T]):
    """Ranges of one shape cut into stretches that do not overlap; `values` None: none there."""

    starts: list[int]
    values: list[T | None]

    def find(self, number: int) -> T | None:
        at = bisect_right(self.starts, number) - 1
        return self.values[at] if at >= 0 else None


class PatternTable(Generic[T]):
    """Made once from patterns and what each leads to; then only looked up."""

    def __init__(self, rules: Sequence[tuple[Pattern, T]]) -> None:
        self._exact: dict[str, T] = {}
        self._prefixes: dict[str, T] = {}
        self._spans: dict[Shape, _Spans[T]] = {}
        ranges: dict[Shape, list[tuple[Pattern, T]]] = {}
        for pattern, value in rules:
            if pattern.kind is Kind.EXACT:
                self._exact.setdefault(pattern.low, value)
            elif pattern.kind is Kind.PREFIX:
                self._prefixes.setdefault(pattern.low, value)
            else:
                ranges.setdefault(shape(pattern.low), []).append((pattern, value))
        self._spans = {form: _cut(found) for form, found in ranges.items()}
        self._lengths = sorted({len(prefix) for prefix in self._prefixes}, reverse=True)

    def find(self, number: str, also: str = "") -> T | None:
        """What the number, which may have a second form, leads to."""
        both = (number, also) if also and also != number else (number,)
        for find in (self._exact.get, self._in_range):
            for form in both:
                if (found := find(form)) is not None:
                    return found
        return self._by_prefix(both)

    def _in_range(self, number: str) -> T | None:
        spans = self._spans.get(shape(number))
        digits = number.removeprefix("+")
        if spans is None or not (digits.isascii() and digits.isdigit()):
            return None
        return spans.find(int(digits))

    def _by_prefix(self, both: tuple[str, ...]) -> T | None:
        for length in self._lengths:
            for form in both:
                if length <= len(form) and (found := self._prefixes.get(form[:length])) is not None:
                    return found
        return None

    def values(self) -> list[T]:
        """What some number can lead to."""
        spans = [value for one in self._spans.values() for value in one.values if value is not None]
        return [*self._exact.values(), *spans, *self._open_prefixes()]

    def _open_prefixes(self) -> list[T]:
        """Of prefixes that are not wholly taken by the ten longer ones below them."""
        return [
            value
            for prefix, value in self._prefixes.items()
            if not all(f"{prefix}{digit}" in self._prefixes for digit in range(10))
        ]


def _cut(rules: list[tuple[Pattern, T]]) -> _Spans[T]:
    """Sweep over all starts and ends; at each the narrowest range that is open counts."""
    spans = [
        (int(pattern.low.removeprefix("+")), int(pattern.high.removeprefix("+")), order)
        for order, (pattern, _) in enumerate(rules)
    ]
    starts: list[int] = []
    values: list[T | None] = []
    open_: list[tuple[int, int, int]] = []  # width, order, last
    waiting = sorted(spans, reverse=True)
    for point in sorted({low for low, _, _ in spans} | {high + 1 for _, high, _ in spans}):
        while waiting and waiting[-1][0] == point:
            low, high, order = waiting.pop()
            heappush(open_, (high - low, order, high))
        while open_ and open_[0][2] < point:
            heappop(open_)
        starts.append(point)
        values.append(rules[open_[0][1]][1] if open_ else None)
    return _Spans(starts, values)
