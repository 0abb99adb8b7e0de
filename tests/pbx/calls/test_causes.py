"""Hang-up causes: each has its SIP status and Q.850 value, and statuses lead back."""

import pytest

from pbx.calls.causes import MEANINGS, Cause, cause_of_status, reason_header


def test_every_cause_has_a_meaning() -> None:
    assert set(MEANINGS) == set(Cause)
    assert all(400 <= m.status <= 699 and 1 <= m.q850 <= 127 for m in MEANINGS.values())


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        (486, Cause.BUSY),
        (600, Cause.BUSY),
        (603, Cause.REJECTED),
        (480, Cause.UNREACHABLE),
        (408, Cause.PEER_LOST),
        (481, Cause.PEER_LOST),
        (488, Cause.NO_COMMON_CODEC),
        (404, Cause.UNKNOWN_NUMBER),
        (499, Cause.FAILURE),
    ],
)
def test_a_status_is_a_cause(status: int, cause: Cause) -> None:
    assert cause_of_status(status) is cause


def test_a_losing_phone_is_told_that_another_answered() -> None:
    assert (
        reason_header(Cause.ANSWERED_ELSEWHERE) == 'SIP;cause=200;text="Call completed elsewhere"'
    )


def test_a_reason_carries_q850() -> None:
    assert reason_header(Cause.BUSY) == 'Q.850;cause=17;text="User busy"'
