"""The SDP of a browser leg: what we read of the browser's, and ours (RFC 8829, RFC 8839)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from media.leg import PCMA, PCMU, TELEPHONE_EVENT, Address
from nidaa.contracts.media import MediaProblem, MediaRefused
from nidaa.sdp import (
    Attribute,
    BadSdp,
    Codec,
    Description,
    Media,
    Origin,
    reversed_direction,
)

PROTOCOL = "UDP/TLS/RTP/SAVPF"
CODECS = (
    Codec(PCMU, "PCMU", 8000),
    Codec(PCMA, "PCMA", 8000),
    Codec(TELEPHONE_EVENT, "telephone-event", 8000, fmtp="0-15"),
)
HOST_PREFERENCE = 126 << 24  # RFC 8445 5.1.2.2
SENDING = ("sendrecv", "sendonly")
HEARING = ("sendrecv", "recvonly")


@dataclass(frozen=True, slots=True)
class RemoteAudio:
    """What a browser's description says about the one audio section that we serve."""

    ufrag: str
    fingerprints: frozenset[str]  # "SHA-256 AB:CD:..."
    setup: str  # actpass, active or passive
    direction: str
    payload_types: dict[int, int]  # theirs -> ours, in their order of preference
    place: int  # of our section among
    medias: tuple[Media, ...]
    is_bundled: bool

    @classmethod
    def parse(cls, sdp: str) -> RemoteAudio:
        """Raises MediaRefused: BAD_SDP, or NOT_ACCEPTABLE when no WebRTC audio can come of it."""
        try:
            description = Description.parse(sdp)
        except BadSdp as error:
            raise MediaRefused(MediaProblem.BAD_SDP, str(error)) from error
        place = _place(description)
        audio = description.medias[place]
        return cls(
            ufrag=_needed(description.attribute("ice-ufrag", audio), "ICE credentials"),
            fingerprints=_fingerprints(description, audio),
            setup=description.attribute("setup", audio) or "actpass",
            direction=audio.direction,
            payload_types=_payload_types(audio),
            place=place,
            medias=description.medias,
            is_bundled=(description.attribute("group") or "").startswith("BUNDLE"),
        )


def _place(description: Description) -> int:
    for place, media in enumerate(description.medias):
        is_ours = media.kind == "audio" and media.port and media.protocol == PROTOCOL
        if is_ours and media.has("rtcp-mux"):
            return place
    raise MediaRefused(MediaProblem.NOT_ACCEPTABLE, "no WebRTC audio with rtcp-mux")


def _needed(value: str | None, what: str) -> str:
    if not value:
        raise MediaRefused(MediaProblem.NOT_ACCEPTABLE, f"{what} missing")
    return value


def _fingerprints(description: Description, audio: Media) -> frozenset[str]:
    session = (value or "" for name, value in description.attributes if name == "fingerprint")
    found = frozenset(print_.upper() for print_ in audio.all("fingerprint") or session)
    if not found:
        raise MediaRefused(MediaProblem.NOT_ACCEPTABLE, "fingerprint missing")
    return found


def _payload_types(audio: Media) -> dict[int, int]:
    found: dict[int, int] = {}
    for theirs in audio.codecs:
        ours = next((codec for codec in CODECS if codec.is_same(theirs)), None)
        if ours and ours.payload_type not in found.values():
            found[theirs.payload_type] = ours.payload_type
    if not {PCMU, PCMA} & set(found.values()):
        raise MediaRefused(MediaProblem.NOT_ACCEPTABLE, "neither PCMU nor PCMA is offered")
    return found


class LocalAudio:
    """Our side of the description: one session whose version grows."""

    def __init__(self, addresses: tuple[Address, ...], fingerprint: str) -> None:
        """`addresses`: one candidate each, best first; `fingerprint`: of our certificate."""
        self.wanted = "sendrecv"  # the direction we last asked for
        self._addresses, self._fingerprint = addresses, fingerprint
        self._id, self._version = str(secrets.randbits(62)), 0

    def offer(self, remote: RemoteAudio | None, ufrag: str, password: str) -> str:
        """All we can, in the direction we want."""
        numbers = {codec.payload_type: codec.payload_type for codec in CODECS}
        if remote:  # a payload type never changes its meaning within a session
            numbers |= {ours: theirs for theirs, ours in remote.payload_types.items()}
        # RFC 5763 5: every offer says actpass, also a later one.
        transport = self._transport("actpass", ufrag, password)
        return self._write(remote, numbers, self.wanted, transport)

    def answer(self, remote: RemoteAudio, setup: str, ufrag: str, password: str) -> str:
        """What both can; a far end we hold stays held when it describes itself again."""
        numbers = {ours: theirs for theirs, ours in remote.payload_types.items()}
        direction = _narrowed(reversed_direction(remote.direction), self.wanted)
        return self._write(remote, numbers, direction, self._transport(setup, ufrag, password))

    def _transport(self, setup: str, ufrag: str, password: str) -> tuple[Attribute, ...]:
        candidates = (
            ("candidate", f"{rank + 1} 1 udp {_priority(rank)} {host} {port} typ host")
            for rank, (host, port, *_) in enumerate(self._addresses)
        )
        return (
            ("rtcp-mux", None),
            ("ice-ufrag", ufrag),
            ("ice-pwd", password),
            *candidates,
            ("end-of-candidates", None),
            ("setup", setup),
            ("fingerprint", self._fingerprint),
        )

    def _write(
        self,
        remote: RemoteAudio | None,
        numbers: dict[int, int],
        direction: str,
        transport: tuple[Attribute, ...],
    ) -> str:
        """No a=ssrc, CN or a=extmap: each of them costs sound or bytes in a browser."""
        host, port, *_ = self._addresses[0]
        theirs = remote.medias if remote else (Media("audio", 9, attributes=(("mid", "0"),)),)
        place = remote.place if remote else 0
        mid = theirs[place].attribute("mid")
        named = () if mid is None else (("mid", mid),)
        audio = Media(
            "audio",
            port,
            PROTOCOL,
            connection=host,
            direction=direction,
            codecs=_codecs(numbers),
            attributes=(*named, *transport),
        )
        self._version += 1
        is_bundled = mid is not None and (remote is None or remote.is_bundled)
        group = (("group", f"BUNDLE {mid}"),) if is_bundled else ()
        return str(
            Description(
                Origin("-", self._id, self._version, host),
                medias=tuple(
                    audio if at == place else _refused(media) for at, media in enumerate(theirs)
                ),
                attributes=(("ice-lite", None), *group),
            )
        )


def _codecs(numbers: dict[int, int]) -> tuple[Codec, ...]:
    """`numbers`: our payload type -> the one on the wire, best first."""
    ours = {codec.payload_type: codec for codec in CODECS}
    return tuple(
        Codec(number, ours[mine].name, ours[mine].clock_rate, fmtp=ours[mine].fmtp)
        for mine, number in numbers.items()
    )


def _refused(media: Media) -> Media:
    """Video or data: refused, but its place is kept (RFC 3264 6)."""
    mid = media.attribute("mid")
    return Media(
        media.kind,
        0,
        media.protocol,
        media.formats,
        "0.0.0.0",  # noqa: S104 a placeholder
        "inactive",
        attributes=() if mid is None else (("mid", mid),),
    )


def _priority(rank: int) -> int:
    return HOST_PREFERENCE + ((65535 - rank) << 8) + 255


def _narrowed(possible: str, wanted: str) -> str:
    """The direction that both allow."""
    is_sending = possible in SENDING and wanted in SENDING
    is_hearing = possible in HEARING and wanted in HEARING
    if is_sending:
        return "sendrecv" if is_hearing else "sendonly"
    return "recvonly" if is_hearing else "inactive"
