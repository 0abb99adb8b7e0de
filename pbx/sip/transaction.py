"""The four SIP transactions (RFC 3261 17, corrected by RFC 6026), each one table.

An input that a table does not list for a state is ignored: the network repeats itself, and
timers that are never cancelled fire late.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum

from pbx.sip.flow import Flow
from pbx.sip.message import Request, Response
from pbx.sip.timers import SILENCE, T1, T2, T4, TIMEOUT


class State(IntEnum):  # IntEnum is hashed in C: a look-up costs a third of one with Enum
    """Where a transaction stands; the RFC's names."""

    CALLING = 1
    TRYING = 2
    PROCEEDING = 3
    ACCEPTED = 4
    COMPLETED = 5
    CONFIRMED = 6
    TERMINATED = 7


class Input(IntEnum):
    """What can happen to a transaction."""

    PROVISIONAL = 1
    SUCCESS = 2
    FAILURE = 3
    REQUEST = 4  # the request once more
    ACK = 5
    RETRANSMIT = 6  # timers A, E, G
    TIMEOUT = 7  # timers B, F, H
    LINGER = 8  # timers D, I, J, K, L, M
    SILENCE = 9  # our user has not answered the INVITE yet
    UNREACHABLE = 10  # the flow is gone


class Do(IntEnum):
    """What a transition carries out."""

    SEND = 1
    SEND_TRYING = 2
    SEND_ACK = 3
    DELIVER = 4
    REPORT_TIMEOUT = 5
    REPORT_UNREACHABLE = 6


S, I, D = State, Input, Do  # noqa: E741
Table = Mapping[tuple[State, Input], tuple[State, tuple[Do, ...]]]
Delays = tuple[tuple[Input, float], ...]

INVITE_CLIENT: Table = {
    (S.CALLING, I.RETRANSMIT): (S.CALLING, (D.SEND,)),
    (S.CALLING, I.PROVISIONAL): (S.PROCEEDING, (D.DELIVER,)),
    (S.CALLING, I.SUCCESS): (S.ACCEPTED, (D.DELIVER,)),
    (S.CALLING, I.FAILURE): (S.COMPLETED, (D.SEND_ACK, D.DELIVER)),
    (S.CALLING, I.TIMEOUT): (S.TERMINATED, (D.REPORT_TIMEOUT,)),
    (S.CALLING, I.UNREACHABLE): (S.TERMINATED, (D.REPORT_UNREACHABLE,)),
    (S.PROCEEDING, I.PROVISIONAL): (S.PROCEEDING, (D.DELIVER,)),
    (S.PROCEEDING, I.SUCCESS): (S.ACCEPTED, (D.DELIVER,)),
    (S.PROCEEDING, I.FAILURE): (S.COMPLETED, (D.SEND_ACK, D.DELIVER)),
    (S.ACCEPTED, I.SUCCESS): (S.ACCEPTED, (D.DELIVER,)),
    (S.ACCEPTED, I.LINGER): (S.TERMINATED, ()),
    (S.COMPLETED, I.FAILURE): (S.COMPLETED, (D.SEND_ACK,)),
    (S.COMPLETED, I.LINGER): (S.TERMINATED, ()),
}
CLIENT: Table = {
    (S.TRYING, I.RETRANSMIT): (S.TRYING, (D.SEND,)),
    (S.TRYING, I.PROVISIONAL): (S.PROCEEDING, (D.DELIVER,)),
    (S.TRYING, I.SUCCESS): (S.COMPLETED, (D.DELIVER,)),
    (S.TRYING, I.FAILURE): (S.COMPLETED, (D.DELIVER,)),
    (S.TRYING, I.TIMEOUT): (S.TERMINATED, (D.REPORT_TIMEOUT,)),
    (S.TRYING, I.UNREACHABLE): (S.TERMINATED, (D.REPORT_UNREACHABLE,)),
    (S.PROCEEDING, I.RETRANSMIT): (S.PROCEEDING, (D.SEND,)),
    (S.PROCEEDING, I.PROVISIONAL): (S.PROCEEDING, (D.DELIVER,)),
    (S.PROCEEDING, I.SUCCESS): (S.COMPLETED, (D.DELIVER,)),
    (S.PROCEEDING, I.FAILURE): (S.COMPLETED, (D.DELIVER,)),
    (S.PROCEEDING, I.TIMEOUT): (S.TERMINATED, (D.REPORT_TIMEOUT,)),
    (S.COMPLETED, I.LINGER): (S.TERMINATED, ()),
}
INVITE_SERVER: Table = {  # PROVISIONAL, SUCCESS and FAILURE are what our user answers
    (S.TRYING, I.SILENCE): (S.PROCEEDING, (D.SEND_TRYING,)),
    (S.TRYING, I.PROVISIONAL): (S.PROCEEDING, (D.SEND,)),
    (S.TRYING, I.SUCCESS): (S.ACCEPTED, (D.SEND,)),
    (S.TRYING, I.FAILURE): (S.COMPLETED, (D.SEND,)),
    (S.PROCEEDING, I.REQUEST): (S.PROCEEDING, (D.SEND,)),
    (S.PROCEEDING, I.PROVISIONAL): (S.PROCEEDING, (D.SEND,)),
    (S.PROCEEDING, I.SUCCESS): (S.ACCEPTED, (D.SEND,)),
    (S.PROCEEDING, I.FAILURE): (S.COMPLETED, (D.SEND,)),
    (S.ACCEPTED, I.SUCCESS): (S.ACCEPTED, (D.SEND,)),  # RFC 6026 7.1: repeated by the user
    (S.ACCEPTED, I.LINGER): (S.TERMINATED, ()),
    (S.COMPLETED, I.REQUEST): (S.COMPLETED, (D.SEND,)),
    (S.COMPLETED, I.RETRANSMIT): (S.COMPLETED, (D.SEND,)),
    (S.COMPLETED, I.ACK): (S.CONFIRMED, ()),
    (S.COMPLETED, I.TIMEOUT): (S.TERMINATED, ()),
    (S.CONFIRMED, I.LINGER): (S.TERMINATED, ()),
}
SERVER: Table = {
    (S.TRYING, I.PROVISIONAL): (S.PROCEEDING, (D.SEND,)),
    (S.TRYING, I.SUCCESS): (S.COMPLETED, (D.SEND,)),
    (S.TRYING, I.FAILURE): (S.COMPLETED, (D.SEND,)),
    (S.PROCEEDING, I.REQUEST): (S.PROCEEDING, (D.SEND,)),
    (S.PROCEEDING, I.PROVISIONAL): (S.PROCEEDING, (D.SEND,)),
    (S.PROCEEDING, I.SUCCESS): (S.COMPLETED, (D.SEND,)),
    (S.PROCEEDING, I.FAILURE): (S.COMPLETED, (D.SEND,)),
    (S.COMPLETED, I.REQUEST): (S.COMPLETED, (D.SEND,)),
    (S.COMPLETED, I.LINGER): (S.TERMINATED, ()),
}


@dataclass(frozen=True, slots=True)
class Kind:
    """One of the four: its table, and the timers that entering a state arms (17, table 4)."""

    name: str
    table: Table
    start: State
    arms: Mapping[State, Delays]  # over UDP
    arms_reliable: Mapping[State, Delays]  # over a connection; a delay of 0 is taken at once
    slowest: float  # the retransmission interval doubles up to here


RESENT: Delays = ((I.RETRANSMIT, T1), (I.TIMEOUT, TIMEOUT))
GIVE_UP: Delays = ((I.TIMEOUT, TIMEOUT),)
LONG: Delays = ((I.LINGER, TIMEOUT),)
SHORT: Delays = ((I.LINGER, T4),)
AT_ONCE: Delays = ((I.LINGER, 0.0),)
HUSH: Delays = ((I.SILENCE, SILENCE),)

INVITE_CLIENT_KIND = Kind(
    "INVITE client",
    INVITE_CLIENT,
    S.CALLING,
    {S.CALLING: RESENT, S.ACCEPTED: LONG, S.COMPLETED: LONG},
    {S.CALLING: GIVE_UP, S.ACCEPTED: LONG, S.COMPLETED: AT_ONCE},
    TIMEOUT,
)
CLIENT_KIND = Kind(
    "client",
    CLIENT,
    S.TRYING,
    {S.TRYING: RESENT, S.COMPLETED: SHORT},
    {S.TRYING: GIVE_UP, S.COMPLETED: AT_ONCE},
    T2,
)
INVITE_SERVER_KIND = Kind(
    "INVITE server",
    INVITE_SERVER,
    S.TRYING,
    {S.TRYING: HUSH, S.ACCEPTED: LONG, S.COMPLETED: RESENT, S.CONFIRMED: SHORT},
    {S.TRYING: HUSH, S.ACCEPTED: LONG, S.COMPLETED: GIVE_UP, S.CONFIRMED: AT_ONCE},
    T2,
)
SERVER_KIND = Kind("server", SERVER, S.TRYING, {S.COMPLETED: LONG}, {S.COMPLETED: AT_ONCE}, T2)

Key = tuple[str, ...]
OnAnswer = Callable[["Transaction", int, Response | None, float], None]


class Cancellable:
    """Who is told that the caller gave the INVITE of a server transaction up."""

    __slots__ = ()

    def cancelled_by_peer(self, tx: Transaction, now: float) -> None:
        raise NotImplementedError


@dataclass(slots=True, eq=False)
class Transaction:
    """One request and what became of it; `last` is what SEND sends."""

    kind: Kind
    key: Key
    flow: Flow
    state: State
    last: bytes = b""
    interval: float = T1
    # client side
    on_answer: OnAnswer | None = None  # called with the status, 408 or 503 without a response
    ack: bytes = b""  # of a final answer other than 2xx
    acks: dict[str, tuple[bytes, Flow]] | None = None  # of each 2xx, by To tag
    # server side, until answered for good
    request: Request | None = None
    owner: Cancellable | None = None
    merge_key: Key = ()

    @property
    def is_answered(self) -> bool:
        """A final answer was sent or came."""
        return self.state >= State.ACCEPTED


def outcome(status: int) -> Input:
    """What a status code means to a transaction."""
    if status < 200:
        return Input.PROVISIONAL
    return Input.SUCCESS if status < 300 else Input.FAILURE


DERIVED_ROWS = ("Via:", "From:", "Call-ID:", "Max-Forwards:", "Route:")


def derive_request(invite: bytes, method: str, to: str = "", rows: str = "") -> bytes:
    """The ACK of a failure (RFC 3261 17.1.1.3) or the CANCEL (9.1) of an INVITE we sent.

    Request-URI, Via, From, Call-ID, Route and CSeq number are the INVITE's; `to` is the To of
    the response for an ACK, and the INVITE's own for a CANCEL. `rows` are added as they are.
    """
    head = invite.partition(b"\r\n\r\n")[0].decode("utf-8", "surrogateescape")
    first, *written = head.split("\r\n")
    kept = [f"{method} {first.split(' ', 1)[1]}"]
    for row in written:
        if row.startswith(DERIVED_ROWS):
            kept.append(row)
        elif row.startswith("To:"):
            kept.append(f"To: {to}" if to else row)
        elif row.startswith("CSeq:"):
            kept.append(f"CSeq: {row.split()[1]} {method}")
    text = "\r\n".join(kept) + f"\r\n{rows}Content-Length: 0\r\n\r\n"
    return text.encode("utf-8", "surrogateescape")
