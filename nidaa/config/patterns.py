"""Which numbers a rule means: one number, all with a prefix, a range, or a group of these."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import phonenumbers
from pydantic import StringConstraints

from nidaa.config.fields import Model, Name
from nidaa.config.phone_numbers import normalised

PLAIN = r"\+?[0-9*#]{2,20}|\+?[0-9]{0,20}\*|\+?[0-9]{2,20}-\+?[0-9]{1,20}"
PLAIN_RULE = rf"^({PLAIN})$"
RULE = rf"^({PLAIN}|[a-z][a-z0-9_-]{{0,31}})$"
PlainPattern = Annotated[str, StringConstraints(pattern=PLAIN_RULE)]
NumberPattern = Annotated[str, StringConstraints(pattern=RULE)]
ANONYMOUS = "anonymous"  # as a caller: one who does not say who they are
PREFIX = re.compile(r"(\+?[0-9]*)\*")
RANGE = re.compile(r"(\+?)([0-9]+)-(\+?)([0-9]+)")


class Group(Model):
    """Numbers that rules mean by one name."""

    name: Name
    numbers: tuple[PlainPattern, ...]


class BadRange(ValueError):
    """The range has no number in it, or its ends are not numbers of one form."""


class Kind(StrEnum):
    EXACT = "number"
    RANGE = "range"
    PREFIX = "prefix"


@dataclass(frozen=True, slots=True)
class Pattern:
    """Numbers in one written form. EXACT: `low`; RANGE: `low` to `high`; PREFIX: `low` and on."""

    kind: Kind
    low: str
    high: str = ""

    def covers(self, other: Pattern) -> bool:
        """Is every number of `other` one of these too?"""
        if self.kind is Kind.PREFIX:
            return other.low.startswith(self.low) and other.last.startswith(self.low)
        if other.kind is Kind.PREFIX:
            return False
        if self.kind is Kind.EXACT:
            return (self.low, self.low) == (other.low, other.last)
        is_same_form = shape(self.low) == shape(other.low)
        return is_same_form and self.low <= other.low and other.last <= self.high

    def meets(self, other: Pattern) -> bool:
        """Is there a number that is one of both?"""
        if self.covers(other) or other.covers(self):
            return True
        if self.kind is other.kind is Kind.RANGE and shape(self.low) == shape(other.low):
            return self.low <= other.high and other.low <= self.high
        kinds = {self.kind, other.kind}
        if kinds == {Kind.PREFIX, Kind.RANGE}:
            prefix, span = (self, other) if self.kind is Kind.PREFIX else (other, self)
            cut = len(prefix.low)
            return cut < len(span.low) and span.low[:cut] <= prefix.low <= span.high[:cut]
        return False

    @property
    def last(self) -> str:
        """The last number, as far as the pattern says it."""
        return self.high or self.low


def forms(text: str, country: str) -> tuple[Pattern, ...]:
    """The pattern as written and, where it differs, with the country code. Raises BadRange."""
    written = _parse(text)
    international = _international(written, country)
    return (written,) if international == written else (written, international)


def shape(number: str) -> tuple[bool, int]:
    """Numbers of one shape are in the order of their digits."""
    return number.startswith("+"), len(number)


def _parse(text: str) -> Pattern:
    if text == ANONYMOUS:
        return Pattern(Kind.EXACT, "")
    if found := PREFIX.fullmatch(text):
        return Pattern(Kind.PREFIX, found[1])
    if found := RANGE.fullmatch(text):
        return _range(*found.groups())
    return Pattern(Kind.EXACT, text)


def _range(plus: str, low: str, other_plus: str, end: str) -> Pattern:
    """`+21321000010-19`: an end with fewer digits replaces the last ones of the start."""
    high = end if other_plus or len(end) >= len(low) else low[: -len(end)] + end
    if len(high) != len(low) or (other_plus and not plus):
        raise BadRange("both ends of a range have the same form, as +21321000010-19 has")
    if high < low:
        raise BadRange("the end of a range comes after its start")
    return Pattern(Kind.RANGE, plus + low, plus + high)


def _international(pattern: Pattern, country: str) -> Pattern:
    if pattern.kind is Kind.PREFIX:
        return Pattern(Kind.PREFIX, _international_prefix(pattern.low, country))
    low = normalised(pattern.low, country)
    if pattern.kind is Kind.EXACT:
        return Pattern(Kind.EXACT, low)
    high = normalised(pattern.high, country)
    return Pattern(Kind.RANGE, low, high) if shape(low) == shape(high) else pattern


def _international_prefix(prefix: str, country: str) -> str:
    """`0550` means the callers whom a trunk shows as `+213550`; `0033` those from `+33`."""
    code = phonenumbers.country_code_for_region(country)
    trunk_prefix = phonenumbers.ndd_prefix_for_region(country, True) if code else None
    if prefix.startswith("00"):
        return f"+{prefix[2:]}"
    if trunk_prefix and prefix.startswith(trunk_prefix):
        return f"+{code}{prefix[len(trunk_prefix) :]}"
    return prefix
