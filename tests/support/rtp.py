"""What media tests speak: tones, how loud they are heard, and a scripted phone's RTP."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from media.g711 import FRAME, SAMPLE_RATE, Law, Samples, decode, encode

HEADER = struct.Struct("!BBHII")
PCMU, PCMA, EVENT = 0, 8, 101
PACKET_FOR = 0.02
LAWS: dict[int, Law] = {PCMU: "PCMU", PCMA: "PCMA"}


@dataclass(frozen=True)
class Packet:
    """An RTP packet as a receiver sees it."""

    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes
    marker: bool = False

    @classmethod
    def parse(cls, data: bytes) -> Packet:
        _, second, sequence, timestamp, ssrc = HEADER.unpack_from(data)
        return cls(second & 0x7F, sequence, timestamp, ssrc, data[12:], bool(second & 0x80))

    def __bytes__(self) -> bytes:
        second = self.payload_type | (0x80 if self.marker else 0)
        head = HEADER.pack(0x80, second, self.sequence, self.timestamp, self.ssrc)
        return head + self.payload


def tone(hertz: float, seconds: float, amplitude: float = 0.25) -> Samples:
    """A sine, `amplitude` of full scale."""
    at = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    wave: Samples = (np.sin(2 * np.pi * hertz * at) * amplitude * 32767).astype(np.int16)
    return wave


def stream(
    samples: Samples,
    law: Law = "PCMU",
    *,
    ssrc: int = 0x1234,
    sequence: int = 1000,
    timestamp: int = 5000,
) -> Iterator[Packet]:
    """The sound as a phone sends it: 20 ms packets of one source."""
    payload_type = PCMU if law == "PCMU" else PCMA
    sound = encode(samples, law)
    for at in range(0, len(sound), FRAME):
        place = sequence + at // FRAME & 0xFFFF, timestamp + at & 0xFFFFFFFF
        yield Packet(payload_type, *place, ssrc, sound[at : at + FRAME], marker=at == 0)


def digit(
    number: int, *, timestamp: int, sequence: int, ssrc: int = 0x1234, payload_type: int = EVENT
) -> Iterator[Packet]:
    """A key pressed for 100 ms as phones send it: updates, and the end three times (RFC 4733)."""
    lengths = [*range(160, 801, 160), 800, 800]
    for index, units in enumerate(lengths):
        flags = 0x8A if index >= len(lengths) - 3 else 0x0A
        payload = struct.pack("!BBH", number, flags, units)
        at = sequence + index & 0xFFFF
        yield Packet(payload_type, at, timestamp, ssrc, payload, marker=index == 0)


def heard(packets: Iterable[Packet]) -> Samples:
    """What a phone plays of these packets, each in its own law; digits are not sound."""
    sounds = [decode(p.payload, LAWS[p.payload_type]) for p in packets if p.payload_type in LAWS]
    return np.concatenate(sounds) if sounds else np.zeros(0, np.int16)


def loudness(samples: Samples, hertz: float) -> float:
    """How much of this tone there is, as amplitude of full scale."""
    at = np.arange(len(samples)) / SAMPLE_RATE
    turn = np.exp(-2j * np.pi * hertz * at)
    return float(abs(np.dot(samples, turn)) * 2 / max(len(samples), 1) / 32767)


class Phone:
    """A phone's RTP socket on the loopback, with the SDP that goes with it."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(5)
        self.remote: tuple[str, int] | None = None

    @property
    def port(self) -> int:
        port: int = self.socket.getsockname()[1]
        return port

    def sdp(
        self,
        formats: str = "0 8 101",
        direction: str = "sendrecv",
        *,
        address: str = "127.0.0.1",
        port: int | None = None,
        event: int = EVENT,
        more: str = "",
    ) -> str:
        return (
            f"v=0\r\no=phone 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 {address}\r\nt=0 0\r\n"
            f"m=audio {self.port if port is None else port} RTP/AVP {formats}\r\n"
            f"a=rtpmap:{event} telephone-event/8000\r\na=fmtp:{event} 0-15\r\n"
            f"a={direction}\r\n{more}"
        )

    def connect(self, sdp: str) -> None:
        """Send to where this description says from now on."""
        line = next(row for row in sdp.splitlines() if row.startswith("m=audio"))
        self.remote = "127.0.0.1", int(line.split()[1])

    def send(self, packet: Packet | bytes) -> None:
        assert self.remote is not None
        self.socket.sendto(bytes(packet), self.remote)

    def receive(self) -> Packet:
        """The next packet; raises TimeoutError after 5 s."""
        return Packet.parse(self.socket.recv(2048))

    def received(self) -> list[Packet]:
        """What is waiting now."""
        self.socket.setblocking(False)
        packets = []
        try:
            while True:
                packets.append(Packet.parse(self.socket.recv(2048)))
        except BlockingIOError:
            return packets
        finally:
            self.socket.settimeout(5)

    def close(self) -> None:
        self.socket.close()

    def __enter__(self) -> Phone:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
