"""The sound of `nidaa try-call`: what the customer says and what the customer hears, as RTP."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import struct
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from media.g711 import FRAME, SAMPLE_RATE, decode, encode
from media.sound import read_sound
from nidaa.sdp import Description

PACKET_FOR = 0.02  # seconds
RTP = struct.Struct("!BBHII")
SPEECH = (
    "Bonjour, je vous appelle au sujet de ma commande. Elle devait arriver hier, "
    "et je ne l'ai toujours pas reçue. Pouvez-vous me dire où elle est ?"
)


def tone(hz: float = 440.0) -> bytes:
    """One second of a tone as PCMU; it repeats without a click where `hz` is whole."""
    time = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    return encode((9000 * np.sin(2 * np.pi * hz * time)).astype(np.int16), "PCMU")


def speech() -> bytes | None:
    """A few sentences by espeak-ng as PCMU with a pause after them; None where it is missing."""
    program = shutil.which("espeak-ng")
    if program is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "speech.wav"
        command = [program, "-v", "fr", "-s", "150", "-w", str(file), SPEECH]
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - fixed words
        samples = read_sound(file, SAMPLE_RATE)
    pause = np.zeros(3 * SAMPLE_RATE, np.int16)
    whole = encode(np.concatenate((samples, pause)), "PCMU")
    return whole[: len(whole) // FRAME * FRAME]


class CustomerSound(asyncio.DatagramProtocol):
    """Sends its sound in a loop every 20 ms and measures what comes back."""

    def __init__(self, sound: bytes) -> None:
        self._sound, self._at = sound, 0
        self._ssrc, self._sequence = secrets.randbits(32), secrets.randbits(15)
        self._timestamp = secrets.randbits(31)
        self._transport: asyncio.DatagramTransport | None = None
        self._recent: list[bytes] = []
        self.received = 0

    async def open(self) -> int:
        """Bind a port on the loopback address and return it."""
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(
            lambda: self, local_addr=("127.0.0.1", 0)
        )
        self._transport = transport
        return int(transport.get_extra_info("sockname")[1])

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        """An RTP packet from the system; anything else is not counted."""
        if len(data) > RTP.size and data[0] >> 6 == 2 and data[1] & 0x7F == 0:
            self.received += 1
            self._recent.append(data[RTP.size :])

    def take_level(self) -> float:
        """RMS in dBFS of what was heard since the last call of this; -120 for nothing."""
        payload, self._recent = b"".join(self._recent), []
        if not payload:
            return -120.0
        samples = decode(payload, "PCMU").astype(np.float64) / 32768
        return float(20 * np.log10(max(float(np.sqrt(np.mean(samples**2))), 1e-6)))

    async def talk(self, answer: str) -> None:
        """Send until cancelled, to where the SDP answer says."""
        audio = Description.parse(answer).audio
        if audio is None or self._transport is None:
            raise ValueError("the answer has no audio")
        target = (audio.connection, audio.port)
        loop = asyncio.get_running_loop()
        next_at = loop.time()
        while True:
            self._transport.sendto(self._packet(), target)
            next_at += PACKET_FOR
            await asyncio.sleep(max(0.0, next_at - loop.time()))

    def _packet(self) -> bytes:
        payload = self._sound[self._at : self._at + FRAME]
        self._at = (self._at + FRAME) % len(self._sound)
        self._sequence = self._sequence + 1 & 0xFFFF
        self._timestamp = self._timestamp + FRAME & 0xFFFFFFFF
        return RTP.pack(0x80, 0, self._sequence, self._timestamp, self._ssrc) + payload

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()
