"""The SDP of a browser leg: what we read of the browser's, and ours (RFC 8829, RFC 8839)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from media.leg import PCMA, PCMU, TELEPHONE_EVENT, Address
from nidaa.contracts.media import MediaProblem, MediaRefused

NAMES = {
    PCMU: "PCMU/8000",
    PCMA: "PCMA/8000",
    TELEPHONE_EVENT: "telephone-event/8000",
}
OURS = {name.upper(): number for number, name in NAMES.items()}
HOST_PREFERENCE = 126 << 24  # RFC 8445 5.1.2.2


@dataclass(frozen=True, slots=True)
class Section:
    """One m-line; a refused one keeps its place."""

    kind: str
    protocol: str
    formats: str
    mid: str


@dataclass(frozen=True, slots=True)
class RemoteAudio:
    """What a browser's description says about its one audio section that we serve."""

    mid: str
    ufrag: str
    fingerprints: frozenset[str]  # "SHA-256 AB:CD:..."
    setup: str  # actpass, active or passive
    direction: str
    payload_types: dict[int, int]  # theirs -> ours, in their order of preference
    sections: tuple[Section, ...]
    is_bundled: bool

    @classmethod
    def parse(cls, sdp: str) -> RemoteAudio:
        """Raises MediaRefused: BAD_SDP, or NOT_ACCEPTABLE when no WebRTC audio can come of it."""
        if not sdp.startswith("v=0"):
            raise MediaRefused(MediaProblem.BAD_SDP, "no SDP")
        session, *medias = re.split(r"^(?=m=)", sdp.replace("\r\n", "\n"), flags=re.M)
        sections = tuple(_section(media, place) for place, media in enumerate(medias))
        place = _audio_place(medias)
        audio = medias[place]
        both = audio + session  # what the section says counts more than what the session says
        return cls(
            mid=sections[place].mid,
            ufrag=_needed(r"^a=ice-ufrag:(\S+)", both, "ICE credentials"),
            fingerprints=_fingerprints(audio, session),
            setup=_find(r"^a=setup:(\S+)", both, "actpass"),
            direction=_find(r"^a=(sendrecv|sendonly|recvonly|inactive)$", both, "sendrecv"),
            payload_types=_payload_types(audio, sections[place]),
            sections=sections,
            is_bundled="a=group:BUNDLE" in session,
        )


def _section(media: str, place: int) -> Section:
    line = media.partition("\n")[0]
    parts = line.split(" ", 3)
    if len(parts) != 4:
        raise MediaRefused(MediaProblem.BAD_SDP, f"m-line {line!r}")
    return Section(parts[0][2:], parts[2], parts[3], _find(r"^a=mid:(\S+)", media, str(place)))


def _audio_place(medias: list[str]) -> int:
    for place, media in enumerate(medias):
        is_offered = media.startswith("m=audio ") and not media.startswith("m=audio 0 ")
        if is_offered and "UDP/TLS/RTP/SAVPF" in media and "\na=rtcp-mux" in media:
            return place
    raise MediaRefused(MediaProblem.NOT_ACCEPTABLE, "no WebRTC audio with rtcp-mux")


def _find(pattern: str, text: str, default: str) -> str:
    found = re.search(pattern, text, re.M)
    return found[1] if found else default


def _needed(pattern: str, text: str, what: str) -> str:
    found = _find(pattern, text, "")
    if not found:
        raise MediaRefused(MediaProblem.NOT_ACCEPTABLE, f"{what} missing")
    return found


def _fingerprints(audio: str, session: str) -> frozenset[str]:
    pattern = re.compile(r"^a=fingerprint:(\S+ \S+)", re.M)
    found = pattern.findall(audio) or pattern.findall(session)
    if not found:
        raise MediaRefused(MediaProblem.NOT_ACCEPTABLE, "fingerprint missing")
    return frozenset(print_.upper() for print_ in found)


def _payload_types(audio: str, section: Section) -> dict[int, int]:
    named = {0: "PCMU/8000", 8: "PCMA/8000"}  # RFC 3551: these need no rtpmap
    named |= {int(n): name for n, name in re.findall(r"^a=rtpmap:(\d+) (\S+)", audio, re.M)}
    listed = [int(number) for number in section.formats.split() if number.isdecimal()]
    found: dict[int, int] = {}
    for number in listed:
        ours = OURS.get(named.get(number, "").upper())
        if ours is not None and ours not in found.values():
            found[number] = ours
    if not {PCMU, PCMA} & set(found.values()):
        raise MediaRefused(MediaProblem.NOT_ACCEPTABLE, "neither PCMU nor PCMA is offered")
    return found


@dataclass(frozen=True, slots=True)
class LocalAudio:
    """Our side of one description; `describe` writes it."""

    origin: str  # the session id of the o-line, the same for the life of the leg
    version: int
    addresses: tuple[Address, ...]  # one candidate each, best first
    ufrag: str
    password: str
    fingerprint: str
    setup: str
    direction: str
    numbers: dict[int, int]  # our payload type -> the number on the wire, best first
    mid: str
    sections: tuple[Section, ...]  # all of the session, ours among them
    is_bundled: bool


def describe(local: LocalAudio) -> str:
    """The SDP text. No a=ssrc, CN or a=extmap: each of them costs sound or bytes in a browser."""
    return "\r\n".join((*_session(local), *_sections(local))) + "\r\n"


def _session(local: LocalAudio) -> Iterator[str]:
    family, host, _ = _first(local)
    yield "v=0"
    yield f"o=- {local.origin} {local.version} IN {family} {host}"
    yield from ("s=-", "t=0 0", "a=ice-lite")
    if local.is_bundled:
        yield f"a=group:BUNDLE {local.mid}"


def _sections(local: LocalAudio) -> Iterator[str]:
    for section in local.sections:
        if section.mid == local.mid:
            yield from _audio(local)
        else:
            yield f"m={section.kind} 0 {section.protocol} {section.formats}"
            yield from ("c=IN IP4 0.0.0.0", f"a=mid:{section.mid}", "a=inactive")


def _audio(local: LocalAudio) -> Iterator[str]:
    family, host, port = _first(local)
    yield f"m=audio {port} UDP/TLS/RTP/SAVPF {' '.join(map(str, local.numbers.values()))}"
    yield from (f"c=IN {family} {host}", f"a=mid:{local.mid}", f"a={local.direction}")
    yield "a=rtcp-mux"
    for ours, number in local.numbers.items():
        yield f"a=rtpmap:{number} {NAMES[ours]}"
        if ours == TELEPHONE_EVENT:
            yield f"a=fmtp:{number} 0-15"
    yield from (f"a=ice-ufrag:{local.ufrag}", f"a=ice-pwd:{local.password}")
    for rank, address in enumerate(local.addresses):
        priority = HOST_PREFERENCE + ((65535 - rank) << 8) + 255
        yield f"a=candidate:{rank + 1} 1 udp {priority} {address[0]} {address[1]} typ host"
    yield from ("a=end-of-candidates", f"a=setup:{local.setup}")
    yield f"a=fingerprint:{local.fingerprint}"


def _first(local: LocalAudio) -> tuple[str, str, int]:
    host, port = local.addresses[0][:2]
    return "IP6" if ":" in host else "IP4", host, port
