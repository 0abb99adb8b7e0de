from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.sip.errors import BadMessage
from pbx.sip.framing import MAX_MESSAGE, PING, PONG, StreamFramer, content_length, from_websocket
from tests.pbx.sip.test_message import INVITE, changed

OTHER = changed(b"Content-Length: 3\r\n\r\nsdp", b"l:0\r\n\r\n")


@given(st.lists(st.integers(0, 3 * len(INVITE)), max_size=8).map(sorted))
def test_however_the_stream_is_cut_the_messages_are_the_same(cuts: list[int]) -> None:
    stream = INVITE + OTHER + PING + INVITE + b"\r\n" + OTHER
    framer, received = StreamFramer(), []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        received += framer.receive(stream[start:end])
    assert received == [INVITE, OTHER, PING, INVITE, OTHER]


def test_byte_by_byte() -> None:
    framer, received = StreamFramer(), []
    for byte in PING + INVITE:
        received += framer.receive(bytes([byte]))
    assert received == [PING, INVITE]


def test_a_lone_line_break_answers_our_own_keep_alive() -> None:
    framer = StreamFramer()
    assert framer.receive(PONG) == []
    assert framer.receive(INVITE) == [INVITE]


def test_nothing_is_nothing() -> None:
    assert StreamFramer().receive(b"") == []


@pytest.mark.parametrize(
    "written",
    [b"Content-Length: 3", b"CONTENT-LENGTH  :\t3  ", b"l:3", b"Content-Length:\r\n 3",
     b"L :\r\n\t \r\n 3"],
)  # fmt: skip
def test_every_way_to_write_the_length(written: bytes) -> None:
    data = changed(b"Content-Length: 3", written)
    assert StreamFramer().receive(data + OTHER) == [data, OTHER]


@pytest.mark.parametrize(
    "written",
    [b"X: 3", b"Content-Length: 3\r\nl: 3", b"Content-Length: -3", b"Content-Length:", b"l: 3x",
     b"l: \xff", b"l: 65537"],
)  # fmt: skip
def test_a_stream_without_one_good_length_is_lost(written: bytes) -> None:
    with pytest.raises(BadMessage):
        StreamFramer().receive(changed(b"Content-Length: 3", written))


def test_a_length_in_the_body_is_none() -> None:
    data = changed(b"Content-Length: 3\r\n\r\nsdp", b"l: 8\r\n\r\n\r\nl: 9\r\n")
    assert StreamFramer().receive(data) == [data]
    assert content_length(INVITE) == 3


@pytest.mark.parametrize(
    "data",
    [
        b"x" * 101,
        b"A: b\r\n" * 17,
        b"INVITE\r\nl: 90\r\n\r\n",
        b"A: " + b"b" * 90 + b"\r\nl: 0\r\n\r\n",
    ],
    ids=["no end", "no blank line", "long body", "long header"],
)
def test_a_message_may_not_be_longer_than_the_limit(data: bytes) -> None:
    with pytest.raises(BadMessage, match="too long") as refusal:
        StreamFramer(max_message=100).receive(data)
    assert refusal.value.status == 513


def test_websocket_messages_are_sip_messages() -> None:
    assert from_websocket(INVITE) == INVITE
    assert from_websocket(INVITE.decode()) == INVITE
    assert from_websocket("\udcff") == b"\xff"
    assert from_websocket("\r\n\r\n") == PING
    assert from_websocket("\r\n") == b""
    with pytest.raises(BadMessage, match="too long"):
        from_websocket("x" * (MAX_MESSAGE + 1))
