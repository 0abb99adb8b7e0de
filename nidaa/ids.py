"""Globally unique ids that sort by the time they were made."""

from __future__ import annotations

import os
import time

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's: no letter that reads as a digit
TIME_CHARS, RANDOM_CHARS = 10, 16
PAIRS = tuple(first + second for first in ALPHABET for second in ALPHABET)  # of ten bits
SHIFTS = tuple(range(120, -10, -10))


def new_id(prefix: str = "") -> str:
    """A 26-character id, 48 bits of milliseconds and 80 random ones (the ULID layout)."""
    value = int(time.time() * 1000) << 80 | int.from_bytes(os.urandom(10))
    return prefix + "".join([PAIRS[value >> shift & 1023] for shift in SHIFTS])
