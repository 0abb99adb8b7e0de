"""The spool: a conversation's raw packets as they arrived, written while it goes on.

A file is one line of JSON (`SpoolHead`, ends in a newline) and then records, each

    side      1 byte   0 left (customer), 1 right (agent), 2 a mark (see `Mark`)
    size      2 bytes  of what follows the record's head
    at        8 bytes  microseconds since the recording started
    packet    size bytes: a whole RTP packet with our payload types (0 PCMU, 8 PCMA)

all numbers big-endian. It is only ever appended to: after a crash a torn last record is left
out and everything before it holds. Who writes it, or finishes it, holds its `flock`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from struct import Struct

import msgspec

RECORD = Struct("!BHQ")
SUFFIX = ".rtp"
LONGEST_HEAD = 4096  # bytes


class Side(IntEnum):
    LEFT = 0
    RIGHT = 1
    MARK = 2


class Mark(IntEnum):
    """The one byte of a mark's packet."""

    STOPPED = 0  # the last record of a recording that was ended properly; its time is the length
    MASKED = 1  # silence from here on: what follows until UNMASKED was not meant to be kept
    UNMASKED = 2


class BadSpool(ValueError):
    """The file does not start as a spool does."""


class SpoolHead(msgspec.Struct, frozen=True):
    session: str
    recording: str
    started_at: int  # UTC microseconds
    version: int = 1


@dataclass(frozen=True, slots=True)
class Record:
    side: Side
    at: float  # seconds since the recording started
    packet: bytes


def head_line(head: SpoolHead) -> bytes:
    return msgspec.json.encode(head) + b"\n"


def read_spool(path: Path) -> tuple[SpoolHead, Iterator[Record]]:
    """The head and the records in order of arrival. Raises BadSpool and OSError."""
    line, newline, body = path.read_bytes().partition(b"\n")
    return _head(line + newline, path), _records(body)


def read_head(path: Path) -> SpoolHead:
    """The head alone. Raises BadSpool and OSError."""
    with path.open("rb") as file:
        return _head(file.readline(LONGEST_HEAD), path)


def _head(line: bytes, path: Path) -> SpoolHead:
    if not line.endswith(b"\n"):
        raise BadSpool(f"{path.name}: no head")
    try:
        return msgspec.json.decode(line, type=SpoolHead)
    except msgspec.DecodeError as error:
        raise BadSpool(f"{path.name}: {error}") from error


def _records(body: bytes) -> Iterator[Record]:
    at, end = 0, len(body)
    while at + RECORD.size <= end:
        side, size, micros = RECORD.unpack_from(body, at)
        at += RECORD.size
        if side > Side.MARK or at + size > end:
            return  # torn by a crash
        yield Record(Side(side), micros / 1e6, body[at : at + size])
        at += size
