"""A telephone number and the three keys it is found by."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

SUFFIX = 8  # digits: enough for mobiles and landlines of Algeria, without trunk or country code
SHORTEST = 7  # digits; shorter ones are service codes (14, 1055, 3030), which nobody owns
ANONYMOUS = frozenset(("", "anonymous", "unknown", "restricted", "private", "unavailable"))


@dataclass(frozen=True, slots=True)
class NumberKeys:
    """`e164` is "" where the number cannot be one of this country or with a country code."""

    raw: str
    e164: str
    national: str  # digits as dialled in the country, with the trunk zero
    last8: str  # "" for a service code

    @property
    def is_searchable(self) -> bool:
        return self.last8 != ""


def is_anonymous(phone: str) -> bool:
    """Did the caller hide the number?"""
    return phone.strip().casefold() in ANONYMOUS


@lru_cache(maxsize=8192)
def keys_of(raw: str, country: str) -> NumberKeys:
    """The keys of a number as a person or a carrier wrote it. Never raises."""
    digits = digits_of(raw)
    if len(digits) < SHORTEST:
        return NumberKeys(raw, "", digits, "")
    try:
        parsed = phonenumbers.parse(raw, country)
    except NumberParseException:
        return NumberKeys(raw, "", digits, digits[-SUFFIX:])
    if not phonenumbers.is_possible_number(parsed):
        return NumberKeys(raw, "", digits, digits[-SUFFIX:])
    e164 = phonenumbers.format_number(parsed, PhoneNumberFormat.E164)
    national = digits_of(phonenumbers.format_number(parsed, PhoneNumberFormat.NATIONAL))
    return NumberKeys(raw, e164, national, e164[1:][-SUFFIX:])


def digits_of(text: str) -> str:
    """Its digits, of any script, as 0-9."""
    return "".join(str(unicodedata.digit(char)) for char in text if char.isdigit())


def fold(text: str) -> str:
    """Text as it is searched: no case, no accents, no Arabic vowel marks, alef and yeh unified."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(char for char in plain if not unicodedata.combining(char) and char != "ـ")
    return re.sub(r"\s+", " ", bare.translate(_ARABIC)).strip()


_ARABIC = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ة": "ه"})
