"""Where each recorded packet belongs in time, and the stereo file that they fill."""

from __future__ import annotations

import struct
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from media.g711 import SAMPLE_RATE, Samples, decode
from media.leg import PCMA, PCMU
from media.rtp import is_rtp

LAWS = {PCMU: "PCMU", PCMA: "PCMA"}
# How far a packet's timestamp may differ from its arrival, in samples, before the timestamps are
# taken for those of another stream. Late is usual (a stalled network delivers in a burst), early
# is only the jitter of the packet that was first.
LATE, EARLY = SAMPLE_RATE, SAMPLE_RATE // 4

HEADER = 44  # bytes of a WAV file's head
BYTES_PER_MOMENT = 4  # two samples
BLOCK = 60 * SAMPLE_RATE  # written out at once
BEHIND = 2 * LATE  # samples that may still be filled when a later one is
MOMENTS_PER_PEAK = 80  # 10 ms
MAX_MOMENTS = ((1 << 32) - HEADER) // BYTES_PER_MOMENT  # 37 hours: what the format can count


class SideTimeline:
    """One side's packets: arrival says where a run starts, RTP timestamps smooth its jitter."""

    def __init__(self) -> None:
        self._ssrc: int | None = None
        self._timestamp = self._position = 0

    def place(self, packet: bytes, at: float) -> tuple[int, Samples] | None:
        """The position in samples and the sound; None for what is not G.711."""
        if not is_rtp(packet):
            return None
        first, second, _, timestamp, ssrc = struct.unpack_from("!BBHII", packet)
        law = second & 0x7F
        if law not in (PCMU, PCMA):
            return None
        arrived = round(at * SAMPLE_RATE)
        elapsed = (timestamp - self._timestamp + 0x80000000 & 0xFFFFFFFF) - 0x80000000
        position = self._position + elapsed
        if ssrc != self._ssrc or not -EARLY <= arrived - position <= LATE:
            position = arrived
        self._ssrc, self._timestamp, self._position = ssrc, timestamp, position
        sound = _payload(packet, first)
        return position, decode(sound, "PCMU" if law == PCMU else "PCMA")


def _payload(packet: bytes, first: int) -> bytes:
    start, end = 12 + 4 * (first & 0x0F), len(packet)
    if first & 0x10:
        start += 4 + 4 * int.from_bytes(packet[start + 2 : start + 4])
    if first & 0x20:
        end -= packet[-1]
    return packet[start:end]


class StereoWav:
    """Fills a stereo WAV file nearly in order, in bounded memory."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._out.write(bytes(HEADER))
        self._written = 0  # moments, which are pairs of samples
        self._block = np.zeros((BLOCK + BEHIND, 2), np.int16)
        self._end = 0
        self._peaks: list[npt.NDArray[np.int32]] = []

    def put(self, side: int, position: int, samples: Samples) -> None:
        """Lay samples down on one side (0 left); what is too late or too far is left out."""
        end = position + len(samples)
        if end > MAX_MOMENTS or position < self._written:
            return
        while end - self._written > len(self._block):
            self._write_out(BLOCK)
        at = position - self._written
        if at < 0:
            return
        self._block[at : at + len(samples), side] = samples
        self._end = max(self._end, end)

    def finish(self, length: int | None) -> int:
        """Write the rest and the head; returns the moments written.

        `length` None: the recording ends with its last sound.
        """
        length = max(self._end if length is None else min(length, MAX_MOMENTS), self._written)
        while length - self._written > BLOCK:
            self._write_out(BLOCK)
        self._write_out(length - self._written)
        self._out.seek(0)
        self._out.write(_wav_head(self._written))
        self._out.flush()
        return self._written

    def peaks(self, points: int) -> tuple[list[float], list[float]]:
        """The loudest sample, 0 to 1, of each of at most `points` stretches of either side."""
        if not self._peaks:
            return [], []
        every = np.concatenate(self._peaks)
        stretch = max(-(-len(every) // points), 1)
        starts = np.arange(0, len(every), stretch)
        loudest = np.round(np.maximum.reduceat(every, starts) / 32768, 3)
        return loudest[:, 0].tolist(), loudest[:, 1].tolist()

    def _write_out(self, moments: int) -> None:
        if not moments:
            return
        done = self._block[:moments]
        self._out.write(done.astype("<i2", copy=False).tobytes())
        starts = np.arange(0, moments, MOMENTS_PER_PEAK)
        self._peaks.append(np.maximum.reduceat(np.abs(done.astype(np.int32)), starts))
        rest = self._block[moments:].copy()
        self._block[: len(rest)] = rest
        self._block[len(rest) :] = 0
        self._written += moments


def _wav_head(moments: int) -> bytes:
    size = moments * BYTES_PER_MOMENT
    rate = SAMPLE_RATE * BYTES_PER_MOMENT
    head = struct.pack("<4sI4s", b"RIFF", min(36 + size, (1 << 32) - 1), b"WAVE")
    head += struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 2, SAMPLE_RATE, rate, BYTES_PER_MOMENT, 16)
    return head + struct.pack("<4sI", b"data", size)
