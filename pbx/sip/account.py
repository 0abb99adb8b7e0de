"""The client's side of digest authentication: our account at somebody else's server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from pbx.sip.digest import Algorithm, Credentials, ha1, parse_digest, response_to
from pbx.sip.errors import BadMessage
from pbx.sip.grammar import ROW


@dataclass(slots=True)
class Account:
    """Our user name and password at somebody else's server; answers its challenges.

    `new_cnonce` gives unguessable text. An empty `realm` answers any.
    """

    username: str
    password: str
    new_cnonce: Callable[[], str]
    realm: str = ""
    _nonce: str = ""
    _count: int = 0

    def response(self, challenge: str, method: str, uri: str) -> str | None:
        """The (Proxy-)Authorization value for one challenge (or several, parted by ROW).

        None when we have no password for the realm or share no algorithm with the server.
        """
        for row in challenge.split(ROW):
            parameters = _readable(row)
            if parameters is not None and self._can_answer(parameters):
                return str(self._answer(parameters, method, uri))
        return None

    def _can_answer(self, challenge: Mapping[str, str]) -> bool:
        return (
            self.realm in ("", challenge["realm"])
            and challenge.get("algorithm", "MD5").upper() in tuple(Algorithm)
            and ("qop" not in challenge or "auth" in _words(challenge["qop"]))
        )

    def _answer(self, challenge: Mapping[str, str], method: str, uri: str) -> Credentials:
        algorithm = Algorithm(challenge.get("algorithm", "MD5").upper())
        nonce, realm = challenge["nonce"], challenge["realm"]
        self._count = self._count + 1 if nonce == self._nonce else 1
        self._nonce = nonce
        has_qop = "qop" in challenge
        unsigned = Credentials(
            self.username,
            realm,
            nonce,
            uri,
            "",
            algorithm,
            "auth" if has_qop else "",
            f"{self._count:08x}" if has_qop else "",
            self.new_cnonce() if has_qop else "",
            challenge.get("opaque", ""),
        )
        secret = ha1(self.username, realm, self.password, algorithm)
        return replace(unsigned, response=response_to(unsigned, secret, method))


def _readable(challenge: str) -> dict[str, str] | None:
    """The parameters of a challenge that can be answered; servers send others, too."""
    try:
        parameters = parse_digest(challenge)
    except BadMessage:
        return None
    return parameters if parameters and parameters.keys() >= {"realm", "nonce"} else None


def _words(text: str) -> list[str]:
    return [word.strip().lower() for word in text.split(",")]
