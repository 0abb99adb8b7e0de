from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nidaa.config.phone_numbers import normalised


@pytest.mark.parametrize(
    "written",
    ["0550123456", "+213550123456", "213550123456", "00213550123456", "0550-12 34.56",
     "tel:+213550123456", " +213 (0)550 12 34 56 ", "٠٥٥٠١٢٣٤٥٦"],
)  # fmt: skip
def test_one_mobile_number_in_all_its_forms(written: str) -> None:
    assert normalised(written, "DZ") == "+213550123456"


def test_a_fixed_line_of_nine_digits() -> None:
    assert normalised("021000001", "DZ") == "+21321000001"


@pytest.mark.parametrize("written", ["33123456789", "0033123456789", "+33 1 23 45 67 89"])
def test_a_number_from_abroad(written: str) -> None:
    assert normalised(written, "DZ") == "+33123456789"


def test_the_country_decides_what_a_national_number_is() -> None:
    assert normalised("0123456789", "FR") == "+33123456789"


@pytest.mark.parametrize("written", ["1001", "17", "1548", "*97", "anna", "+1", "5" * 31])
def test_what_is_no_telephone_number_stays_as_it_is(written: str) -> None:
    assert normalised(written, "DZ") == written


@pytest.mark.parametrize(
    "written", ["anonymous", "Anonymous", "unavailable", "Restricted", "", " "]
)
def test_a_caller_who_does_not_say_who_they_are(written: str) -> None:
    assert normalised(written, "DZ") == ""


@given(st.text(max_size=40))
def test_a_carrier_may_write_anything(written: str) -> None:
    once = normalised(written, "DZ")
    assert normalised(once, "DZ") == once
