"""Digest as values: what a peer's credentials say, and the hash they must carry.

RFC 7616 (SHA-256, qop), RFC 8760 (its use in SIP), RFC 3261 22.4 (and the form without qop).
Passwords are known as HA1 per algorithm, never as text.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from pbx.sip.errors import BadMessage
from pbx.sip.grammar import ESCAPED, quote_string

PARAMETER = re.compile(
    r'\s*([A-Za-z0-9\-.!%*_+`\'~]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))\s*(?:,|$)', re.DOTALL
)


class Algorithm(StrEnum):
    """A hash that digests are made with; the better one first."""

    SHA256 = "SHA-256"
    MD5 = "MD5"


@dataclass(frozen=True, slots=True)
class Credentials:
    """The Authorization or Proxy-Authorization of one request, as the peer wrote it."""

    username: str
    realm: str
    nonce: str
    uri: str
    response: str
    algorithm: str = "MD5"
    qop: str = ""  # "" is the form of old phones (RFC 2069)
    nc: str = ""
    cnonce: str = ""
    opaque: str = ""

    @staticmethod
    def parse(text: str) -> Credentials | None:
        """None when the scheme is not Digest. Raises BadMessage when it is and cannot be read."""
        parameters = parse_digest(text)
        if parameters is None:
            return None
        try:
            return Credentials(
                parameters["username"],
                parameters["realm"],
                parameters["nonce"],
                parameters["uri"],
                parameters["response"],
                parameters.get("algorithm", "MD5").upper(),
                parameters.get("qop", ""),
                parameters.get("nc", ""),
                parameters.get("cnonce", ""),
                parameters.get("opaque", ""),
            )
        except KeyError as missing:
            raise BadMessage(f"credentials without {missing.args[0]}") from None

    def __str__(self) -> str:
        """As a header value; RFC 7616 3.4 says which are quoted."""
        text = (
            f"Digest username={quote_string(self.username)}, realm={quote_string(self.realm)}, "
            f"nonce={quote_string(self.nonce)}, uri={quote_string(self.uri)}, "
            f'response="{self.response}", algorithm={self.algorithm}'
        )
        if self.opaque:
            text += f", opaque={quote_string(self.opaque)}"
        if self.qop:
            text += f", qop={self.qop}, nc={self.nc}, cnonce={quote_string(self.cnonce)}"
        return text


def parse_digest(text: str) -> dict[str, str] | None:
    """The parameters of a Digest challenge or of credentials; None for another scheme.

    Raises BadMessage when they cannot be read or one stands twice.
    """
    scheme, _, rest = text.strip().partition(" ")
    if scheme.lower() != "digest":
        return None
    parameters: dict[str, str] = {}
    end = 0
    while end < len(rest):
        match = PARAMETER.match(rest, end)  # anchored: searching would take quadratic time
        if match is None or match[1].lower() in parameters:
            raise BadMessage("unreadable digest parameters")
        name, quoted, token = match.groups()
        parameters[name.lower()] = token if quoted is None else _unescaped(quoted)
        end = match.end()
    return parameters


def _unescaped(text: str) -> str:
    return ESCAPED.sub(r"\1", text) if "\\" in text else text


def digest(algorithm: str, text: str) -> str:
    """The hash of a text in lower-case hexadecimal."""
    data = text.encode("utf-8", "surrogateescape")
    if algorithm == Algorithm.SHA256:
        return hashlib.sha256(data).hexdigest()
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def ha1(username: str, realm: str, password: str, algorithm: str = Algorithm.MD5) -> str:
    """What a server keeps instead of the password."""
    return digest(algorithm, f"{username}:{realm}:{password}")


@lru_cache(256)
def _ha2(algorithm: str, method: str, uri: str) -> str:
    return digest(algorithm, f"{method}:{uri}")


def response_to(credentials: Credentials, secret: str, method: str) -> str:
    """The digest these credentials must carry when HA1 is `secret` (RFC 7616 3.4.1)."""
    c = credentials
    middle = f"{c.nonce}:{c.nc}:{c.cnonce}:{c.qop}" if c.qop else c.nonce
    return digest(c.algorithm, f"{secret}:{middle}:{_ha2(c.algorithm, method, c.uri)}")
