"""Cuts a byte stream into SIP messages (RFC 3261 18.3, RFC 5626 4.4.1), without any I/O.

Over WebSocket there is nothing to cut: one WebSocket message is one SIP message (RFC 7118 5).
"""

from __future__ import annotations

import re

from pbx.sip.errors import BadMessage
from pbx.sip.grammar import parse_number

PING = b"\r\n\r\n"  # a keep-alive, answered by PONG on the same connection
PONG = b"\r\n"
MAX_MESSAGE = 65536  # bytes, of header and body together
LENGTH = re.compile(
    rb"\r\n(?:content-length|l)[ \t]*:(?:[ \t]|\r\n[ \t])*([^\r\n]*)", re.IGNORECASE
)


class StreamFramer:
    """The receiving end of one TCP or TLS connection.

    After BadMessage the stream is lost: nobody knows where the next message begins.
    """

    def __init__(self, max_message: int = MAX_MESSAGE) -> None:
        self._buffer = bytearray()
        self._searched = 0  # no blank line ends before this
        self._needed = 0  # length of the message whose header is complete
        self._max = max_message

    def receive(self, data: bytes) -> list[bytes]:
        """The messages these bytes complete, and PING for each keep-alive to be answered.

        Raises BadMessage when a message is too long or says no length: close the connection.
        Messages before that one are lost with it.
        """
        self._buffer += data
        messages = []
        while (message := self._next()) is not None:
            messages.append(message)
        return messages

    def _next(self) -> bytes | None:
        if not self._needed:
            start = bytes(self._buffer[: len(PING)])
            if start == PING:
                return self._take(len(PING))
            if PING.startswith(start):
                return None
            if start.startswith(PONG):
                self._take(len(PONG))
            self._find_end()
        return self._take(self._needed) if 0 < self._needed <= len(self._buffer) else None

    def _find_end(self) -> None:
        """Once the header is complete, learn how long the message is."""
        end = self._buffer.find(b"\r\n\r\n", self._searched)
        if end < 0:
            self._searched = max(0, len(self._buffer) - 3)
            self._check_length(len(self._buffer))
            return
        header = end + len(b"\r\n\r\n")
        self._check_length(header)
        self._needed = header + content_length(bytes(self._buffer[:header]))
        self._check_length(self._needed)

    def _check_length(self, length: int) -> None:
        if length > self._max:
            raise BadMessage("message too long", 513)

    def _take(self, length: int) -> bytes:
        taken = bytes(self._buffer[:length])
        del self._buffer[:length]
        self._searched = self._needed = 0
        return taken


def content_length(header: bytes) -> int:
    """The Content-Length of a whole header; a stream cannot do without (RFC 3261 18.3)."""
    values = LENGTH.findall(header)
    if len(values) != 1:
        raise BadMessage("a stream message needs one Content-Length")
    return parse_number(
        values[0].rstrip().decode("ascii", "replace"), "Content-Length", MAX_MESSAGE
    )


def from_websocket(payload: str | bytes) -> bytes:
    """One WebSocket message, text or binary, as one SIP message or PING.

    A lone CRLF, which answers our own keep-alive, is b"". Raises BadMessage when too long.
    """
    data = payload.encode("utf-8", "surrogateescape") if isinstance(payload, str) else payload
    if len(data) > MAX_MESSAGE:
        raise BadMessage("message too long", 513)
    return b"" if data == PONG else data
