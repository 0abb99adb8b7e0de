"""Patterns of numbers, and the table that finds the most particular of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nidaa.config.pattern_table import PatternTable
from nidaa.config.patterns import BadRange, Kind, Pattern, forms


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+21321000001", [Pattern(Kind.EXACT, "+21321000001")]),
        ("021000001", [Pattern(Kind.EXACT, "021000001"), Pattern(Kind.EXACT, "+21321000001")]),
        ("3033", [Pattern(Kind.EXACT, "3033")]),
        ("*97", [Pattern(Kind.EXACT, "*97")]),
        ("*", [Pattern(Kind.PREFIX, "")]),
        ("+*", [Pattern(Kind.PREFIX, "+")]),
        ("0550*", [Pattern(Kind.PREFIX, "0550"), Pattern(Kind.PREFIX, "+213550")]),
        ("0033*", [Pattern(Kind.PREFIX, "0033"), Pattern(Kind.PREFIX, "+33")]),
        ("30*", [Pattern(Kind.PREFIX, "30")]),
        ("+21321000010-19", [Pattern(Kind.RANGE, "+21321000010", "+21321000019")]),
        ("100-+199", None),
        ("+100-+199", [Pattern(Kind.RANGE, "+100", "+199")]),
        ("100-199", [Pattern(Kind.RANGE, "100", "199")]),
        ("021000010-19", [
            Pattern(Kind.RANGE, "021000010", "021000019"),
            Pattern(Kind.RANGE, "+21321000010", "+21321000019"),
        ]),
        ("021000010-0210000011", None),
        ("+21321000019-10", None),
        ("anonymous", [Pattern(Kind.EXACT, "")]),
    ],
)  # fmt: skip
def test_what_a_pattern_means(text: str, expected: list[Pattern] | None) -> None:
    if expected is None:
        with pytest.raises(BadRange):
            forms(text, "DZ")
    else:
        assert list(forms(text, "DZ")) == expected


def test_a_range_whose_ends_read_differently_stays_as_written() -> None:
    """0210000 is no number of Algeria, so neither is the range."""
    assert forms("0210000-9", "DZ") == (Pattern(Kind.RANGE, "0210000", "0210009"),)


def test_a_country_without_a_code_leaves_prefixes_alone() -> None:
    assert forms("0550*", "") == (Pattern(Kind.PREFIX, "0550"),)


def pattern(text: str) -> Pattern:
    return forms(text, "DZ")[-1]


@pytest.mark.parametrize(
    ("one", "other", "covers", "meets"),
    [
        ("+213*", "+21321000001", True, True),
        ("+21321000001", "+213*", False, True),
        ("+213*", "+21321*", True, True),
        ("+213*", "+33*", False, False),
        ("+2132100001*", "+21321000010-19", True, True),
        ("+2132100001*", "+21321000010-29", False, True),
        ("+2132100002*", "+21321000010-19", False, False),
        ("+21321000010-19", "+21321000012", True, True),
        ("+21321000010-19", "+21321000011-12", True, True),
        ("+21321000010-19", "+21321000015-25", False, True),
        ("+21321000010-19", "+21321000020-25", False, False),
        ("+21321000010-19", "100-120", False, False),
        ("+21321000010-19", "+2132100001*", False, True),
        ("+21321000010-10", "+21321000010", True, True),
        ("+21321000010", "+21321000010-10", True, True),
        ("*", "anonymous", True, True),
    ],
)
def test_covering_and_meeting(one: str, other: str, covers: bool, meets: bool) -> None:
    assert pattern(one).covers(pattern(other)) is covers
    assert pattern(one).meets(pattern(other)) is meets


def table(*texts: str) -> PatternTable[str]:
    return PatternTable([(pattern(text), text) for text in texts])


def test_what_no_rule_means_is_not_found() -> None:
    numbers = table("+21321000001", "+21321000010-19", "+33*")
    for text in ("", "+", "+21321000009", "+21321000020", "+٢١٣", "sip", "33"):
        assert numbers.find(text) is None


def test_values_are_those_that_some_number_can_lead_to() -> None:
    digits = [f"+3314{digit}*" for digit in range(10)]
    numbers = table(
        "+21321000001", "+21321000001", "+33*", "+3314*", *digits, "100-109", "100-104", "105-109"
    )
    assert "+3314*" not in numbers.values()
    assert "100-109" not in numbers.values()
    assert {"+21321000001", "+33*", "100-104", "105-109"} <= set(numbers.values())


SPANS = st.lists(
    st.tuples(st.integers(100, 999), st.integers(100, 999)).map(sorted).map(tuple), max_size=12
)


@given(SPANS)
def test_the_narrowest_range_counts_and_the_first_among_equals(
    spans: list[tuple[int, int]],
) -> None:
    numbers = PatternTable(
        [(Pattern(Kind.RANGE, str(low), str(high)), i) for i, (low, high) in enumerate(spans)]
    )
    for number in range(100, 1000, 7):
        around = [(high - low, i) for i, (low, high) in enumerate(spans) if low <= number <= high]
        expected = min(around)[1] if around else None
        assert numbers.find(str(number)) == expected
