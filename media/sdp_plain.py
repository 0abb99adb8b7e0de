"""Descriptions of plain RTP legs: what the far end's says, and how ours is written (RFC 3264)."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, replace
from functools import lru_cache

from media.leg import PCMA, PCMU, TELEPHONE_EVENT, Address
from nidaa.contracts.media import MediaProblem, MediaRefused
from nidaa.sdp import BadSdp, Codec, Description, Media, Origin

# What we speak, best first. Digits 0-9, *, #, A-D (RFC 4733 3.2).
CODECS = (
    Codec(PCMU, "PCMU", 8000),
    Codec(PCMA, "PCMA", 8000),
    Codec(TELEPHONE_EVENT, "telephone-event", 8000, 1, "0-15"),
)
OURS = {(one.name.lower(), one.clock_rate, one.channels): one.payload_type for one in CODECS}
REMEMBERED, LONGEST_HOST = 4096, 45  # hosts; characters of an IPv6 address with IPv4 at its end
PROTOCOLS = frozenset({"RTP/AVP", "RTP/AVPF"})
PACKET_TIME = "20"  # milliseconds


@dataclass(frozen=True, slots=True)
class RemoteAudio:
    """The audio section of the far end's description that we take part in."""

    direction: str
    codecs: tuple[Codec, ...]  # in the far end's order and numbering
    payload_types: dict[int, int]  # ours -> the far end's
    rtp: Address | None  # None: it did not say, and is known by its first packet
    rtcp: Address | None
    sections: tuple[Media, ...]  # all of the description: ours keeps the same places
    place: int  # of the audio section among them


def read(sdp: str) -> RemoteAudio:
    """Raises MediaRefused."""
    try:
        description = Description.parse(sdp)
    except BadSdp as error:
        raise MediaRefused(MediaProblem.BAD_SDP, str(error)) from error
    for place, media in enumerate(description.medias):
        known = _known_codecs(media)
        if media.port and any(OURS[_encoding(codec)] != TELEPHONE_EVENT for codec in known):
            return RemoteAudio(
                description.direction_of(media),
                known,
                payload_types(known),
                _address(media.connection, media.port),
                _rtcp_address(media),
                description.medias,
                place,
            )
    raise MediaRefused(MediaProblem.NOT_ACCEPTABLE, "no plain audio with PCMU or PCMA")


def describe(origin: Origin, port: int, direction: str, codecs: tuple[Codec, ...]) -> Media:
    """Our audio section; the origin's address is where we receive."""
    return Media(
        "audio",
        port,
        "RTP/AVP",
        connection=origin.address,
        direction=direction,
        codecs=codecs,
        attributes=(("ptime", PACKET_TIME),),
    )


def description(origin: Origin, audio: Media, remote: RemoteAudio | None) -> str:
    """Our whole description: sections that are not ours are refused and keep their places."""
    medias = [audio]
    if remote:
        # A refused section repeats the formats: an m-line may not be without any (RFC 3264 6).
        medias = [replace(media, port=0, attributes=(), codecs=()) for media in remote.sections]
        medias[remote.place] = replace(audio, protocol=remote.sections[remote.place].protocol)
    return str(Description(origin, origin.address, tuple(medias)))


def payload_types(codecs: tuple[Codec, ...]) -> dict[int, int]:
    """Our payload type -> the number it has among these; of two for the same, the first."""
    return {OURS[_encoding(codec)]: codec.payload_type for codec in reversed(codecs)}


def _known_codecs(media: Media) -> tuple[Codec, ...]:
    if media.kind != "audio" or media.protocol not in PROTOCOLS:
        return ()
    return tuple([codec for codec in media.codecs if _encoding(codec) in OURS])


def _encoding(codec: Codec) -> tuple[str, int, int]:
    """What makes two codecs the same, whatever their numbers and parameters."""
    return (codec.name.lower(), codec.clock_rate, codec.channels)


def _address(host: str, port: int) -> Address | None:
    """Only an address literal of one host: looking a name up would stop every call's audio."""
    known = _host(host) if len(host) <= LONGEST_HOST else None
    if known is None:
        return None
    return (known, port, 0, 0) if ":" in known else (known, port)


@lru_cache(REMEMBERED)
def _host(host: str) -> str | None:
    """The address as written shortest, or None when nothing can be sent there."""
    try:
        parsed = ipaddress.ip_address(host)
    except ValueError:
        return None
    if parsed.is_unspecified or parsed.is_multicast or host == "255.255.255.255":
        return None
    return str(parsed)


def _rtcp_address(media: Media) -> Address | None:
    """RFC 3605, else the next port."""
    words = (media.attribute("rtcp") or "").split()
    if words and words[0].isdigit() and 0 < int(words[0]) < 65536:
        host = words[3] if len(words) == 4 else media.connection
        return _address(host, int(words[0]))
    return _address(media.connection, media.port + 1) if media.port < 65535 else None
