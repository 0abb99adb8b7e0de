"""Seeded mutations of real messages: only BadMessage may come out, and the answer to it is fit."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeVar

import pytest

from nidaa.sdp import BadSdp, Description
from pbx.sip.digest import Credentials
from pbx.sip.errors import BadMessage
from pbx.sip.framing import StreamFramer
from pbx.sip.message import Request, parse_message
from pbx.sip.values import Address, Via
from pbx.sip.writing import rejection, write_response
from tests.nidaa.test_sdp import BROWSER
from tests.pbx.sip.test_message import INVITE
from tests.pbx.sip.torture import invalid, semantic, valid

CORPUS = [
    INVITE,
    valid.WSINV,
    valid.INTMETH,
    valid.ESC01,
    valid.ESC02,
    valid.SEMIURI,
    valid.TRANSPORTS,
    valid.UNREASON,
    valid.NOREASON,
    invalid.BADINV01,
    invalid.BADASPEC,
    semantic.UNKSM2,
    semantic.CPARAM02,
    semantic.REGESCRT,
    semantic.INV2543,
]
NOISE = b'\r\n\t :;,<>"@?=/\\%*[]aZ019.-\0\x7f\x80\xff'
ROUNDS = 2500  # for each message of the corpus
CREDENTIALS = (
    'Digest username="anna", realm="r", nonce="n", uri="sip:r", response="00", '
    'algorithm=SHA-256, qop=auth, nc=00000001, cnonce="c\\"d"'
)


def mutations(data: bytes, seed: int, rounds: int) -> Iterator[bytes]:
    dice = random.Random(seed)
    for _ in range(rounds):
        mutant = bytearray(data)
        for _ in range(dice.randint(1, 4)):
            mutate(mutant, dice)
        yield bytes(mutant)


def mutate(mutant: bytearray, dice: random.Random) -> None:
    """One change: bytes replaced, a slice dropped, copied elsewhere, or cut off."""
    at, length = dice.randrange(len(mutant) + 1), dice.randint(0, 3)
    kind = dice.randrange(10)
    if kind < 6:
        mutant[at : at + length] = bytes(dice.choices(NOISE, k=dice.randint(0, 3)))
    elif kind < 8:
        del mutant[at : at + dice.randint(1, 40)]
    elif kind < 9:
        to = dice.randrange(len(mutant) + 1)
        mutant[to:to] = mutant[at : at + dice.randint(1, 80)]
    else:
        del mutant[at + 1 + len(mutant) // 2 :]


Outcome = TypeVar("Outcome")


def outcome(read: Callable[[], Outcome]) -> Outcome | BadMessage:
    """What reading gives; any other exception fails the test."""
    try:
        return read()
    except BadMessage as error:
        return error


@pytest.mark.parametrize("place", range(len(CORPUS)))
def test_only_bad_message_comes_out(place: int) -> None:
    for data in mutations(CORPUS[place], place, ROUNDS):
        message = outcome(partial(parse_message, data))
        if isinstance(message, BadMessage):
            assert message.status in (400, 505)
            check_rejection(rejection(data, message))
            continue
        check_values(message.via, message.from_, message.to, *message.contact)
        if isinstance(message, Request):
            check_response(message)


def check_rejection(answer: bytes | None) -> None:
    """One header, no body, and nothing of the peer's that would break a row."""
    if answer is not None:
        head, blank, body = answer.partition(b"\r\n\r\n")
        assert (blank, body, head.count(b"\n")) == (b"\r\n\r\n", b"", 6)
        assert answer.startswith((b"SIP/2.0 400 ", b"SIP/2.0 505 "))


def check_values(*values: Via | Address) -> None:
    """What was read means the same when written and read again."""
    for value in values:
        assert type(value).parse(str(value)) == value


def check_response(request: Request) -> None:
    """Our answer to anything we accept is itself acceptable and reaches the same dialog."""
    answer = parse_message(write_response(request, 200, to_tag="ours"))
    assert (answer.via, answer.cseq, answer.call_id) == (request.via, request.cseq, request.call_id)
    assert (answer.from_, answer.to.uri) == (request.from_, request.to.uri)
    assert answer.to.tag == (request.to.tag or "ours")


def test_a_mutated_stream_is_cut_or_lost() -> None:
    for data in mutations(INVITE + b"\r\n\r\n" + valid.ESC01, 99, ROUNDS):
        framer = StreamFramer()
        for part in (data[:200], data[200:]):
            messages = outcome(partial(framer.receive, part))
            if isinstance(messages, BadMessage):
                assert messages.status in (400, 513)
                break
            assert sum(map(len, messages)) <= len(data)


def test_mutated_credentials_are_read_or_refused() -> None:
    for data in mutations(CREDENTIALS.encode(), 7, ROUNDS):
        text = data.decode("utf-8", "surrogateescape")
        credentials = outcome(partial(Credentials.parse, text))
        assert credentials is None or isinstance(credentials, Credentials | BadMessage)


def test_mutated_descriptions_are_read_or_refused() -> None:
    for data in mutations(BROWSER.encode(), 5, ROUNDS):
        text = data.decode("utf-8", "surrogateescape")
        try:
            description = Description.parse(text)
        except BadSdp:
            continue
        assert Description.parse(str(description)) == description
