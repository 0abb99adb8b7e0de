"""One exchange at a time, and who is refused what."""

from __future__ import annotations

import pytest

from pbx.sip.errors import LocalMisuse
from pbx.sip.offer_answer import BUSY, EXCHANGES, GLARE, Exchange, Step, refusal_of_offer, step


@pytest.mark.parametrize(
    ("steps", "end"),
    [
        ((Step.WE_OFFER, Step.THEY_ANSWER), Exchange.IDLE),
        ((Step.THEY_OFFER, Step.WE_ANSWER), Exchange.IDLE),
        ((Step.WE_OFFER, Step.REFUSED), Exchange.IDLE),
        ((Step.THEY_OFFER, Step.REFUSED, Step.WE_OFFER), Exchange.OURS),
        ((Step.THEY_OFFER,), Exchange.THEIRS),
    ],
)
def test_exchange_ends_where_it_should(steps, end):
    state = Exchange.IDLE
    for what in steps:
        state = step(state, what)
    assert state is end


def test_step_that_is_not_listed_is_our_mistake():
    for state in Exchange:
        for what in Step:
            if (state, what) not in EXCHANGES:
                with pytest.raises(LocalMisuse, match=what.name):
                    step(state, what)


def test_offer_that_crosses_ours_is_glare_and_a_second_one_must_wait():
    assert [refusal_of_offer(state) for state in Exchange] == [0, GLARE, BUSY]
