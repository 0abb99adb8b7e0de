"""The server's side of digest authentication: challenges, and the verdict on their answers.

A nonce is a time and a keyed hash of it, so that a flood of challenges costs no memory; what is
kept is the highest count of each nonce used well, `max_nonces` of them at most.
"""

from __future__ import annotations

import hmac
import re
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from pbx.sip.account import Account
from pbx.sip.digest import Algorithm, Credentials, digest, ha1, response_to
from pbx.sip.errors import BadMessage
from pbx.sip.grammar import quote_string
from pbx.sip.uri import Uri

__all__ = ["Account", "Algorithm", "Authenticator", "Credentials", "SecretOf", "Verdict", "ha1"]

NONCE_FOR = 300.0  # seconds that a nonce is good for
MAX_NONCES = 65536
STAMP = 8  # hexadecimal digits of the time in a nonce, and of what tells two of a second apart
SEAL = 32  # and of the keyed hash after them
HEX_8 = re.compile(r"[0-9a-fA-F]{8}")
HEX = re.compile(r"[0-9a-f]{16}")

SecretOf = Callable[[str, Algorithm], str | None]  # user name -> HA1, None for an unknown user


class Verdict(StrEnum):
    """What a request's credentials prove."""

    ACCEPTED = "accepted"
    ABSENT = "absent"  # none for our realm: challenge
    STALE = "stale"  # the password is right, the nonce too old or used: challenge with stale
    REFUSED = "refused"  # unknown user or wrong password, the two not told apart: challenge


@dataclass(slots=True)
class Authenticator:
    """Challenges requests of one realm and judges their answers.

    `key` seals the nonces and must be unguessable; `now` is in seconds on any clock that does
    not go back. After a restart with a new key every nonce is stale, which phones take silently.
    """

    realm: str
    key: bytes
    algorithms: tuple[Algorithm, ...] = (Algorithm.SHA256, Algorithm.MD5)
    max_nonces: int = MAX_NONCES  # at least one
    _made: int = 0
    _counts: OrderedDict[str, int] = field(default_factory=OrderedDict)
    _forgotten_at: int = -1  # nonces made at this time or before were forgotten: they are stale
    _nobody: dict[Algorithm, str] = field(init=False)  # secrets that no password has

    def __post_init__(self) -> None:
        self._nobody = {name: digest(name, self.key.hex()) for name in self.algorithms}

    def challenges(self, now: float, is_stale: bool = False) -> tuple[str, ...]:
        """A WWW-Authenticate or Proxy-Authenticate value per algorithm, one row each.

        The most preferred is on top (RFC 8760 2.4).
        """
        nonce = self._new_nonce(now)
        stale = ", stale=true" if is_stale else ""
        realm = quote_string(self.realm)
        return tuple(
            f'Digest realm={realm}, nonce="{nonce}", algorithm={algorithm}, qop="auth"{stale}'
            for algorithm in self.algorithms
        )

    def judge(
        self, values: Iterable[str], method: str, uri: Uri, secret_of: SecretOf, now: float
    ) -> tuple[Verdict, str]:
        """The verdict on a request with these (Proxy-)Authorization values, and its user name.

        The name is "" unless the password was right. Raises BadMessage (400) when credentials
        for our realm cannot be read or were made for another request.
        """
        credentials = self._ours(values)
        if credentials is None:
            return Verdict.ABSENT, ""
        if not _is_for(credentials.uri, uri):
            raise BadMessage("credentials for another Request-URI")
        count = _count(credentials)
        # An unknown user takes the same steps as a wrong password, so that neither answer nor
        # time tells them apart.
        algorithm = Algorithm(credentials.algorithm)
        secret = secret_of(credentials.username, algorithm)
        wanted = response_to(credentials, secret or self._nobody[algorithm], method)
        given = credentials.response.lower().encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(wanted.encode(), given) or secret is None:
            return Verdict.REFUSED, ""
        is_fresh = self._use(credentials.nonce, count, now)
        return (Verdict.ACCEPTED if is_fresh else Verdict.STALE), credentials.username

    def _ours(self, values: Iterable[str]) -> Credentials | None:
        """The credentials that answer a challenge of ours, if any."""
        for value in values:
            credentials = Credentials.parse(value)
            if (
                credentials is not None
                and credentials.realm == self.realm
                and credentials.algorithm in self.algorithms
                and credentials.qop.lower() in ("", "auth")
            ):
                return credentials
        return None

    def _new_nonce(self, now: float) -> str:
        self._made = (self._made + 1) % 16**STAMP
        return self._sealed(f"{int(now):0{STAMP}x}{self._made:0{STAMP}x}")

    def _sealed(self, text: str) -> str:
        return text + hmac.digest(self.key, text.encode(), "sha256").hex()[:SEAL]

    def _use(self, nonce: str, count: int, now: float) -> bool:
        """Note that this count of a nonce was used; False when it is ours no more, or a replay."""
        made_at = self._made_at(nonce)
        if made_at is None or made_at <= self._forgotten_at or not 0 <= now - made_at <= NONCE_FOR:
            return False
        if count <= self._counts.get(nonce, 0):
            return False
        self._counts[nonce] = count
        self._forget(now)
        return True

    def _made_at(self, nonce: str) -> int | None:
        """When we made it; None for a nonce that is not ours."""
        text = nonce[:-SEAL]
        given = nonce.encode("utf-8", "surrogateescape")
        if not HEX.fullmatch(text) or not hmac.compare_digest(self._sealed(text).encode(), given):
            return None
        return int(text[:STAMP], 16)

    def _forget(self, now: float) -> None:
        """Drop the nonces that are too old, and the oldest when there are too many."""
        while True:  # ends at the latest at the one just used
            nonce = next(iter(self._counts))
            made_at = int(nonce[:STAMP], 16)
            is_good = now - made_at <= NONCE_FOR
            if is_good and len(self._counts) <= self.max_nonces:
                return
            if is_good:
                self._forgotten_at = max(self._forgotten_at, made_at)
            del self._counts[nonce]


def _is_for(text: str, uri: Uri) -> bool:
    """Were credentials with this uri made for that Request-URI?

    User and host decide: phones differ in whether they repeat port and parameters.
    """
    made_for = Uri.parse(text)
    return (made_for.user, made_for.host) == (uri.user, uri.host)


def _count(credentials: Credentials) -> int:
    """The nonce count; without qop a nonce is good for one request, as if it counted 1."""
    if not credentials.qop:
        return 1
    if not HEX_8.fullmatch(credentials.nc) or not credentials.cnonce:
        raise BadMessage("credentials with qop need nc and cnonce")
    return int(credentials.nc, 16)
