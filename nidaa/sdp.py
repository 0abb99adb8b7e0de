"""Session descriptions (RFC 8866) as frozen values, shared by signalling and media.

Strict in what matters (versions, ports, codecs), tolerant of what phones leave out. What a media
section inherits from the session (address, direction) is filled in when read. Lines nobody uses
(i= u= e= p= b= z= k= r=) are dropped.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

Attribute = tuple[str, str | None]

DIRECTIONS = ("sendrecv", "sendonly", "recvonly", "inactive")
MAX_SIZE = 65536  # characters
ANYWHERE = ("0.0.0.0", "::")  # noqa: S104 an address that means hold, not a socket's


class BadSdp(ValueError):
    """The text is not a session description we can act on; answer 400 or 488."""


@dataclass(frozen=True, slots=True)
class Codec:
    """One payload type of a media section, with its rtpmap and fmtp."""

    payload_type: int
    name: str
    clock_rate: int  # Hz, of the RTP timestamp
    channels: int = 1
    fmtp: str = ""

    def is_same(self, other: Codec) -> bool:
        """The same encoding, whatever the payload type and its parameters."""
        mine = (self.name.lower(), self.clock_rate, self.channels)
        return mine == (other.name.lower(), other.clock_rate, other.channels)

    @property
    def is_telephone_event(self) -> bool:
        """DTMF as events (RFC 4733)."""
        return self.name.lower() == "telephone-event"


# What a payload type means without rtpmap (RFC 3551 6); 101 by custom.
STATIC_CODECS = {
    codec.payload_type: codec
    for codec in (
        Codec(0, "PCMU", 8000),
        Codec(8, "PCMA", 8000),
        Codec(9, "G722", 8000),
        Codec(13, "CN", 8000),
        Codec(18, "G729", 8000),
        Codec(101, "telephone-event", 8000),
    )
}


@dataclass(frozen=True, slots=True)
class Origin:
    """Who made the description and which version of it this is (RFC 8866 5.2)."""

    user: str = "-"
    id: str = "0"
    version: int = 0  # grows by one when the description changes (RFC 3264 8)
    address: str = "127.0.0.1"

    def __str__(self) -> str:
        return f"{self.user} {self.id} {self.version} {_network(self.address)}"


@dataclass(frozen=True, slots=True)
class Media:
    """A media section. `attributes` are all but rtpmap, fmtp and the direction.

    `formats` follow from the codecs where none are given (so does `replace(media, formats=(),
    codecs=...)`); `connection` "" is the session's.
    """

    kind: str  # audio | video | application
    port: int  # 0: refused, or ended
    protocol: str = "RTP/AVP"
    formats: tuple[str, ...] = ()
    connection: str = ""
    direction: str = "sendrecv"
    codecs: tuple[Codec, ...] = ()
    attributes: tuple[Attribute, ...] = ()

    def __post_init__(self) -> None:
        if not self.formats:
            formats = tuple(str(codec.payload_type) for codec in self.codecs)
            object.__setattr__(self, "formats", formats or ("0",))

    def has(self, name: str) -> bool:
        """Is there such an attribute, with or without value?"""
        return any(known == name for known, _ in self.attributes)

    def attribute(self, name: str) -> str | None:
        """The value of the first attribute of this name; None when absent or without value."""
        return next(iter(self.all(name)), None)

    def all(self, name: str) -> tuple[str, ...]:
        """The values of every attribute of this name: candidate, ssrc, crypto ..."""
        return _values(self.attributes, name)

    def codec(self, name: str) -> Codec | None:
        """The first codec of this encoding name, in any case."""
        return next((c for c in self.codecs if c.name.lower() == name.lower()), None)

    def _lines(self, session_connection: str) -> Iterable[str]:
        yield f"m={self.kind} {self.port} {self.protocol} {' '.join(self.formats)}"
        if self.connection and self.connection != session_connection:
            yield f"c={_network(self.connection)}"
        for codec in self.codecs:
            channels = f"/{codec.channels}" if codec.channels != 1 else ""
            yield f"a=rtpmap:{codec.payload_type} {codec.name}/{codec.clock_rate}{channels}"
            if codec.fmtp:
                yield f"a=fmtp:{codec.payload_type} {codec.fmtp}"
        yield from _attribute_lines(self.attributes)
        yield f"a={self.direction}"


@dataclass(frozen=True, slots=True)
class Description:
    """A whole session description; `str` writes it, ended by CRLF."""

    origin: Origin
    connection: str = ""  # address; "" when each media section has its own
    medias: tuple[Media, ...] = ()
    name: str = "-"
    direction: str = "sendrecv"  # of sections that do not say
    attributes: tuple[Attribute, ...] = ()

    @staticmethod
    def parse(text: str) -> Description:
        """Raises BadSdp and nothing else."""
        return _parse(text)

    @property
    def audio(self) -> Media | None:
        """The first audio section that is not refused."""
        return next((m for m in self.medias if m.kind == "audio" and m.port), None)

    def attribute(self, name: str, media: Media | None = None) -> str | None:
        """The section's attribute, or else the session's, which it inherits."""
        own = media.attribute(name) if media else None
        return own if own is not None else next(iter(_values(self.attributes, name)), None)

    def has(self, name: str) -> bool:
        """Is there such a session-level attribute, with or without value?"""
        return any(known == name for known, _ in self.attributes)

    def direction_of(self, media: Media) -> str:
        """The section's direction, with the old way to hold (RFC 3264 8.4) read as what it means.

        Address 0.0.0.0 says "send me nothing", except under ICE, where it is a placeholder.
        """
        if media.connection not in ANYWHERE or self.attribute("ice-ufrag", media) is not None:
            return media.direction
        return {"sendrecv": "sendonly", "recvonly": "inactive"}.get(
            media.direction, media.direction
        )

    def __str__(self) -> str:
        lines = ["v=0", f"o={self.origin}", f"s={self.name}"]
        if self.connection:
            lines.append(f"c={_network(self.connection)}")
        lines.append("t=0 0")
        lines.extend(_attribute_lines(self.attributes))
        if self.direction != "sendrecv":
            lines.append(f"a={self.direction}")
        for media in self.medias:
            lines.extend(media._lines(self.connection))
        return "\r\n".join(lines) + "\r\n"


def reversed_direction(direction: str) -> str:
    """The same flow seen from the other side: the widest answer to an offer (RFC 3264 6.1)."""
    return {"sendonly": "recvonly", "recvonly": "sendonly"}.get(direction, direction)


# --- reading ------------------------------------------------------------------------------------


def _parse(text: str) -> Description:
    session, *sections = _sections(text)
    if len(session) < 2 or session[0] != ("v", "0") or session[1][0] != "o":
        raise BadSdp("does not begin with v=0 and o=")
    connection = _connection(session, "")
    attributes = _attributes(session)
    direction = _direction(attributes, "sendrecv")
    return Description(
        _parse_origin(session[1][1]),
        connection,
        tuple(_parse_media(lines, connection, direction) for lines in sections),
        next((value for letter, value in session if letter == "s"), "-"),
        direction,
        _without(attributes, DIRECTIONS),
    )


def _sections(text: str) -> list[list[tuple[str, str]]]:
    """The lines as (letter, value), of the session and of each media section."""
    if len(text) > MAX_SIZE:
        raise BadSdp("too long")
    sections: list[list[tuple[str, str]]] = [[]]
    for line in text.rstrip().split("\n"):
        letter, equals, value = line.rstrip("\r").partition("=")
        if len(letter) != 1 or not equals or "\r" in value or "\0" in value:
            raise BadSdp(f"bad line: {line[:60]!r}")
        if letter == "m":
            sections.append([])
        sections[-1].append((letter, value))
    return sections


def _parse_origin(text: str) -> Origin:
    words = text.split()
    if len(words) < 6:
        raise BadSdp(f"bad origin: {text[:60]!r}")
    # Some phones put their name there, with spaces.
    user, (id_, version) = "-".join(words[:-5]), words[-5:-3]
    return Origin(user, id_, _number(version, 2**64), _address(words[-3:]))


def _parse_media(lines: list[tuple[str, str]], connection: str, direction: str) -> Media:
    words = lines[0][1].split()
    if len(words) < 4:
        raise BadSdp(f"bad media line: {lines[0][1][:60]!r}")
    kind, port, protocol, *formats = words
    attributes = _attributes(lines)
    return Media(
        kind,
        _number(port.partition("/")[0], 65535),
        protocol,
        tuple(dict.fromkeys(formats)),
        _connection(lines, connection),
        _direction(attributes, direction),
        _parse_codecs(formats, attributes) if "RTP/" in protocol else (),
        _without(attributes, (*DIRECTIONS, "rtpmap", "fmtp")),
    )


def _parse_codecs(formats: list[str], attributes: tuple[Attribute, ...]) -> tuple[Codec, ...]:
    """The codecs in order of preference; a dynamic payload type without rtpmap is none."""
    maps = _by_payload_type(attributes, "rtpmap")
    parameters = _by_payload_type(attributes, "fmtp")
    codecs = []
    for payload_type in dict.fromkeys(_number(text, 127) for text in formats):
        fmtp = parameters.get(payload_type, "")
        known = STATIC_CODECS.get(payload_type)
        if payload_type in maps:
            codecs.append(_parse_rtpmap(payload_type, maps[payload_type], fmtp))
        elif known:
            codecs.append(Codec(payload_type, known.name, known.clock_rate, 1, fmtp))
    return tuple(codecs)


def _parse_rtpmap(payload_type: int, text: str, fmtp: str) -> Codec:
    name, _, rest = text.partition("/")
    rate, slash, channels = rest.partition("/")
    if not name or not rate:
        raise BadSdp(f"bad rtpmap: {text[:60]!r}")
    count = _number(channels, 255) if slash else 1
    return Codec(payload_type, name, _number(rate, 2**32 - 1), count, fmtp)


def _by_payload_type(attributes: tuple[Attribute, ...], name: str) -> dict[int, str]:
    values = {}
    for value in _values(attributes, name):
        payload_type, _, rest = value.partition(" ")
        values[_number(payload_type, 127)] = rest.strip()
    return values


def _connection(lines: list[tuple[str, str]], inherited: str) -> str:
    """The address of the c= line of this part, or the inherited one."""
    texts = [value for letter, value in lines if letter == "c"]
    return _address(texts[0].split()) if texts else inherited


def _address(words: list[str]) -> str:
    if len(words) != 3 or words[0] != "IN" or words[1] not in ("IP4", "IP6"):
        raise BadSdp(f"bad network address: {' '.join(words)[:60]!r}")
    return words[2]


def _attributes(lines: list[tuple[str, str]]) -> tuple[Attribute, ...]:
    return tuple(_attribute(value) for letter, value in lines if letter == "a")


def _attribute(text: str) -> Attribute:
    name, colon, value = text.strip().partition(":")
    return name, value if colon else None


def _direction(attributes: tuple[Attribute, ...], inherited: str) -> str:
    return next((name for name, _ in attributes if name in DIRECTIONS), inherited)


def _without(attributes: tuple[Attribute, ...], names: Iterable[str]) -> tuple[Attribute, ...]:
    return tuple(attribute for attribute in attributes if attribute[0] not in names)


def _values(attributes: tuple[Attribute, ...], name: str) -> tuple[str, ...]:
    return tuple(value for known, value in attributes if known == name and value is not None)


def _number(text: str, limit: int) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 20 or int(text) > limit:
        raise BadSdp(f"not a number up to {limit}: {text[:20]!r}")
    return int(text)


# --- writing ------------------------------------------------------------------------------------


def _network(address: str) -> str:
    return f"IN IP6 {address}" if ":" in address else f"IN IP4 {address}"


def _attribute_lines(attributes: Iterable[Attribute]) -> Iterable[str]:
    for name, value in attributes:
        yield f"a={name}" if value is None else f"a={name}:{value}"
