"""Who owes whom an answer (RFC 3264, RFC 6337): one exchange at a time in a session."""

from __future__ import annotations

from enum import IntEnum

from pbx.sip.errors import LocalMisuse


class Exchange(IntEnum):
    """The state of offer and answer."""

    IDLE = 1  # nothing is owed
    OURS = 2  # we offered; the peer owes an answer
    THEIRS = 3  # the peer offered; we owe one


class Step(IntEnum):
    """What moves it on."""

    WE_OFFER = 1
    THEY_OFFER = 2
    WE_ANSWER = 3
    THEY_ANSWER = 4
    REFUSED = 5  # by either side: the session goes on as it was (RFC 3261 14)


X, P = Exchange, Step
EXCHANGES: dict[tuple[Exchange, Step], Exchange] = {
    (X.IDLE, P.WE_OFFER): X.OURS,
    (X.IDLE, P.THEY_OFFER): X.THEIRS,
    (X.IDLE, P.REFUSED): X.IDLE,
    (X.OURS, P.THEY_ANSWER): X.IDLE,
    (X.OURS, P.REFUSED): X.IDLE,
    (X.THEIRS, P.WE_ANSWER): X.IDLE,
    (X.THEIRS, P.REFUSED): X.IDLE,
}
GLARE, BUSY = 491, 500
REFUSALS = {X.OURS: GLARE, X.THEIRS: BUSY}  # of an offer that comes too early (RFC 3311 5.2)


def step(state: Exchange, what: Step) -> Exchange:
    """The next state. Raises LocalMisuse when it was not the moment for `what`."""
    after = EXCHANGES.get((state, what))
    if after is None:
        raise LocalMisuse(f"{what.name} while the exchange is {state.name}")
    return after


def refusal_of_offer(state: Exchange) -> int:
    """The status an incoming offer must be refused with now; 0 when it may be taken."""
    return REFUSALS.get(state, 0)
