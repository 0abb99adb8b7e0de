"""Frames on a stream socket: four bytes of length, then JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Generic, TypeVar

import msgspec

MAX_FRAME = 64 << 20  # bytes; a directory of 10,000 people is about 5 MB
HEAD = 4

T = TypeVar("T")
_encode = msgspec.json.Encoder().encode


class BadFrame(ValueError):
    """The peer does not speak this protocol or this version of it; close the connection."""


def frame(message: Any) -> bytes:
    """The message as bytes on the wire."""
    body = _encode(message)
    return len(body).to_bytes(HEAD) + body


class Unframer(Generic[T]):
    """Turns received bytes into messages of one type; feed it whatever arrives."""

    def __init__(self, kind: Any) -> None:
        self._decode = msgspec.json.Decoder(kind).decode
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[T]:
        """The messages that `data` completes. Raises BadFrame."""
        self._buffer += data
        while len(self._buffer) >= HEAD:
            end = HEAD + int.from_bytes(self._buffer[:HEAD])
            if end > MAX_FRAME:
                raise BadFrame(f"frame of {end} bytes")
            if len(self._buffer) < end:
                return
            body = bytes(self._buffer[HEAD:end])
            del self._buffer[:end]
            try:
                yield self._decode(body)
            except msgspec.DecodeError as error:
                raise BadFrame(str(error)) from error
