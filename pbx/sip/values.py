"""The typed values of header fields: frozen, remembered, and `parse(str(value)) == value`.

Phones repeat themselves (one From six times in a dialog), so every `parse` is memoised twice:
by the whole text, and under it by the part without tag or branch.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from pbx.sip.errors import BadMessage
from pbx.sip.grammar import (
    NO_PARAMS,
    QUOTED,
    REMEMBERED,
    Params,
    is_token,
    parse_header_params,
    parse_hostport,
    parse_number,
    quote_string,
    refuse_long,
    split_list,
    split_outside,
    unquote_string,
    write_hostport,
)
from pbx.sip.uri import Uri

__all__ = ["MAGIC", "Address", "CSeq", "Params", "Uri", "Via", "parse_addresses"]

MAGIC = "z9hG4bK"  # the branch of a client that follows RFC 3261 begins so (8.1.1.7)
MAX_CSEQ = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Address:
    """A name-addr or addr-spec with header parameters: From, To, Contact, Route ..."""

    uri: Uri
    name: str = ""
    params: Params = NO_PARAMS

    @staticmethod
    @lru_cache(REMEMBERED)
    def parse(text: str) -> Address:
        """Raises BadMessage."""
        refuse_long(text)
        end = _closing_bracket(text)
        if end >= 0:
            uri, name = _parse_name_addr(text[:end])
            return Address(uri, name, parse_header_params(text[end + 1 :].strip()))
        spec, semicolon, tail = text.partition(";")
        if "?" in spec or "," in spec:
            # RFC 3261 20: without brackets, "?" and "," would belong to the header, not the URI.
            raise BadMessage("a URI with ? or , must be in angle brackets")
        return Address(Uri.parse(spec.strip()), "", parse_header_params(semicolon + tail))

    @property
    def tag(self) -> str | None:
        """The dialog's tag of this side (RFC 3261 19.3)."""
        return self.params.get("tag")

    def with_tag(self, tag: str) -> Address:
        """The same with this tag."""
        return Address(self.uri, self.name, self.params.having("tag", tag))

    def __str__(self) -> str:
        name = quote_string(self.name) + " " if self.name else ""
        return f"{name}<{self.uri}>{self.params}"


def _closing_bracket(text: str) -> int:
    """Where the bracket that ends the URI stands; -1 for an addr-spec."""
    last = text.rfind(">")
    if '"' not in text[last + 1 :]:
        return last
    # A quoted parameter may hold brackets: find the end of what comes before it.
    head = next(split_outside(text, ";"))
    return text.find(head) + len(head) - 1 if head.endswith(">") else -1


@lru_cache(REMEMBERED)
def _parse_name_addr(text: str) -> tuple[Uri, str]:
    """`"Anna" <sip:anna@x` (the closing bracket already taken off) as URI and display name."""
    name, bracket, uri = text.rpartition("<")
    name = name.strip()
    if not bracket:
        raise BadMessage(f"bad address: {text[:60]!r}")
    if name.startswith('"'):
        if not QUOTED.fullmatch(name):
            raise BadMessage(f"bad display name: {name[:60]!r}")
        return Uri.parse(uri), unquote_string(name)
    if any(c in name for c in ',;:@"<>\\'):
        raise BadMessage(f"display name must be quoted: {name[:60]!r}")
    return Uri.parse(uri), " ".join(name.split())


def parse_addresses(text: str) -> tuple[Address, ...]:
    """The addresses of a Contact, Route or Record-Route, in one row or several."""
    return tuple([Address.parse(item) for item in split_list(text)])


@dataclass(frozen=True, slots=True)
class Via:
    """One hop of the way back (RFC 3261 20.42)."""

    transport: str  # upper case
    host: str
    port: int | None = None
    params: Params = NO_PARAMS

    @staticmethod
    @lru_cache(REMEMBERED)
    def parse(text: str) -> Via:
        """Raises BadMessage."""
        refuse_long(text)
        sent, semicolon, tail = text.partition(";")
        return Via(*_parse_sent(sent), parse_header_params(semicolon + tail))

    @property
    def branch(self) -> str:
        """The transaction's name; "" from a client older than RFC 3261."""
        return self.params.get("branch") or ""

    @property
    def sent_by(self) -> str:
        """host[:port], part of the transaction's key (RFC 3261 17.2.3)."""
        return write_hostport(self.host, self.port)

    def received_from(self, host: str, port: int) -> Via:
        """With the source the request really came from (RFC 3261 18.2.1, RFC 3581 4)."""
        if "rport" in self.params:
            params = self.params.having("rport", str(port)).having("received", host)
        elif self.host.strip("[]") != host:
            params = self.params.having("received", host)
        else:
            return self
        return Via(self.transport, self.host, self.port, params)

    def __str__(self) -> str:
        return f"SIP/2.0/{self.transport} {self.sent_by}{self.params}"


@lru_cache(REMEMBERED)
def _parse_sent(text: str) -> tuple[str, str, int | None]:
    """`SIP/2.0/UDP host:port` as transport, host and port; white space may be anywhere."""
    protocol, _, rest = text.partition("/")
    version, _, rest = rest.partition("/")
    words = rest.split(None, 1)
    if protocol.strip().upper() != "SIP" or version.strip() != "2.0" or len(words) != 2:
        raise BadMessage(f"bad Via: {text[:60]!r}")
    transport, hostport = words
    if not is_token(transport):
        raise BadMessage(f"bad transport in Via: {text[:60]!r}")
    return (transport.upper(), *parse_hostport(hostport.strip()))


@dataclass(frozen=True, slots=True)
class CSeq:
    """Orders the requests of a dialog and names the method of a response (RFC 3261 20.16)."""

    number: int
    method: str

    @staticmethod
    @lru_cache(REMEMBERED)
    def parse(text: str) -> CSeq:
        """Raises BadMessage."""
        refuse_long(text)
        words = text.split()
        if len(words) != 2 or not is_token(words[1]):
            raise BadMessage(f"bad CSeq: {text[:40]!r}")
        return CSeq(parse_number(words[0], "CSeq", MAX_CSEQ), words[1])

    def __str__(self) -> str:
        return f"{self.number} {self.method}"
