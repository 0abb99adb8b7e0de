"""Passwords as Argon2id, and how fast they may be guessed."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

MIN_LENGTH = 10
FREE_TRIES = 5
LONGEST_WAIT = 300.0  # seconds
FORGET_AFTER = 3600.0  # seconds without a failure
MAX_SUBJECTS = 10_000

_hasher = PasswordHasher()  # RFC 9106's second recommendation, as argon2-cffi has it
_UNKNOWN = _hasher.hash(secrets.token_urlsafe(16))


def hash_password(password: str) -> str:
    """Argon2id with a fresh salt; takes tens of milliseconds, so call it in a thread."""
    return _hasher.hash(password)


def verify(password_hash: str | None, password: str) -> bool:
    """Is it the password? None (no such user) takes as long as a wrong one."""
    try:
        is_right = _hasher.verify(password_hash or _UNKNOWN, password)
    except (Argon2Error, InvalidHashError):
        return False
    return is_right and password_hash is not None


def new_password() -> str:
    """A generated password of 24 characters, 144 bits."""
    return secrets.token_urlsafe(18)


@dataclass(frozen=True, slots=True)
class _Failures:
    count: int
    last_at: float


class Backoff:
    """Slows down guessing: after five failures the wait doubles with each one, to five minutes.

    Counted per subject (a login, an address), so that neither one password for all logins nor all
    passwords for one login go fast. Times are monotonic seconds.
    """

    def __init__(self) -> None:
        self._failures: dict[str, _Failures] = {}

    def wait_for(self, subject: str, now: float) -> float:
        """Seconds until the next try is accepted; 0 when it is now."""
        failures = self._failures.get(subject)
        if failures is None or failures.count < FREE_TRIES:
            return 0.0
        pause = min(LONGEST_WAIT, 2.0 ** (failures.count - FREE_TRIES))
        return max(0.0, failures.last_at + pause - now)

    def failed(self, subject: str, now: float) -> None:
        before = self._failures.get(subject)
        is_recent = before is not None and now - before.last_at < FORGET_AFTER
        self._failures[subject] = _Failures(before.count + 1 if before and is_recent else 1, now)
        if len(self._failures) > MAX_SUBJECTS:
            self._forget(now)

    def succeeded(self, subject: str) -> None:
        self._failures.pop(subject, None)

    def _forget(self, now: float) -> None:
        """Drop what is old; if an attacker made all of it new, the oldest half."""
        ranked = sorted(self._failures.items(), key=lambda item: item[1].last_at)
        keep = [(key, value) for key, value in ranked if now - value.last_at < FORGET_AFTER]
        self._failures = dict(keep[-MAX_SUBJECTS // 2 :])
