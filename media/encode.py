"""A finished recording from its spool: `python -m media.encode SPOOL TARGET.wav`.

Writes stereo 16-bit WAV at 8 kHz, the customer left and the agent right, and beside it
TARGET.json (`Recorded`). Both appear whole or not at all; the spool is left alone, and whoever runs
this holds its lock. Memory is bounded: the timeline is written out a minute at a time.

Exit status: 0 done, 1 the spool is bad, 75 the disk is (the reason is on standard error). With
"-" it takes orders from standard input instead (see `serve`).
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from media.files import write_whole
from media.g711 import SAMPLE_RATE
from media.spool import BadSpool, Mark, Record, Side, read_spool
from media.timeline import SideTimeline, StereoWav

SERVE = "-"
REFUSED = 1  # exit status
TRY_LATER = 75  # exit status: the disk is full or broken, the spool need not be

PEAKS = 800  # points a side in the picture of the recording


class Recorded(msgspec.Struct, frozen=True):
    """What is known about a finished recording."""

    duration_for: float
    size: int  # bytes of the WAV file
    sha256: str
    peaks: dict[str, list[float]]  # "left" and "right": loudest sample of each stretch, 0 to 1


def encode_spool(spool: Path, target: Path) -> Recorded:
    """Make `target` and its facts. Raises BadSpool and OSError."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        _, records = read_spool(spool)
        peaks, samples = _write_wav(partial, records)
        recorded = Recorded(samples / SAMPLE_RATE, partial.stat().st_size, _sha256(partial), peaks)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    # Last, because who sees it may trust that the sound is there.
    write_whole(facts_of(target), msgspec.json.encode(recorded))
    return recorded


def facts_of(target: Path) -> Path:
    """Where the facts about a recording are kept."""
    return target.with_suffix(".json")


def _write_wav(path: Path, records: Iterator[Record]) -> tuple[dict[str, list[float]], int]:
    """The peaks and the length in samples."""
    sides = {Side.LEFT: SideTimeline(), Side.RIGHT: SideTimeline()}
    is_masked = False
    ends_at: int | None = None
    with path.open("wb") as out:
        wav = StereoWav(out)
        for record in records:
            if record.side is Side.MARK:
                mark = record.packet[0] if record.packet else None
                is_masked = mark == Mark.MASKED or (is_masked and mark != Mark.UNMASKED)
                if mark == Mark.STOPPED:
                    ends_at = round(record.at * SAMPLE_RATE)
            elif not is_masked:
                placed = sides[record.side].place(record.packet, record.at)
                if placed is not None:
                    wav.put(record.side, *placed)
        length = wav.finish(ends_at)
        os.fsync(out.fileno())
    left, right = wav.peaks(PEAKS)
    return {"left": left, "right": right}, length


def _sha256(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def order(spool: Path, target: Path) -> bytes:
    """What asks `serve` for one recording."""
    return msgspec.json.encode((str(spool), str(target))) + b"\n"


def serve(orders: BinaryIO, replies: BinaryIO) -> None:
    """Encode what is asked for, one order a line; each is answered by a line with its status."""
    for line in orders:
        spool, target = msgspec.json.decode(line, type=tuple[str, str])
        replies.write(b"%d\n" % _encode(Path(spool), Path(target)))
        replies.flush()


def _encode(spool: Path, target: Path) -> int:
    try:
        encode_spool(spool, target)
    except (BadSpool, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return TRY_LATER if isinstance(error, OSError) else REFUSED
    return 0


def main(arguments: list[str]) -> int:
    """The command line."""
    if arguments == [SERVE]:
        serve(sys.stdin.buffer, sys.stdout.buffer)
        return 0
    if len(arguments) != 2:
        sys.stderr.write("usage: python -m media.encode SPOOL TARGET.wav\n")
        return REFUSED
    return _encode(Path(arguments[0]), Path(arguments[1]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
