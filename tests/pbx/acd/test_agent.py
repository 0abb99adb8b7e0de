"""The table of an agent's states."""

from __future__ import annotations

from collections import deque

import pytest

from nidaa.contracts.events import AgentState
from pbx.acd.agent import IN_CALL, SETTLE, TRANSITIONS, WANTS_CALLS, Agent, Input, Wish


def agent() -> Agent:
    return Agent("anna", "1001", {"support": 0}, is_screen_expected=True)


def test_every_state_is_left_again_and_every_input_has_a_use() -> None:
    assert {state for state, _ in TRANSITIONS} == set(AgentState)
    assert {what for _, what in TRANSITIONS} == set(Input)


def test_every_state_can_be_reached() -> None:
    settled = {AgentState.OFFLINE, AgentState.READY, AgentState.PAUSED, AgentState.WRAP_UP}
    seen, todo = set(settled), deque(settled)
    while todo:
        state = todo.popleft()
        for (before, _), after in TRANSITIONS.items():
            targets = settled | {AgentState.TALKING} if after is SETTLE else {after}
            if before is state:
                todo.extend(targets - seen)
                seen |= targets
    assert seen == set(AgentState)


@pytest.mark.parametrize("state", set(AgentState) - {AgentState.READY})
def test_only_a_ready_agent_can_be_reserved(state: AgentState) -> None:
    assert (state, Input.RESERVED) not in TRANSITIONS


@pytest.mark.parametrize("state", set(AgentState) - {AgentState.RINGING})
def test_only_a_ringing_agent_can_answer(state: AgentState) -> None:
    assert (state, Input.ANSWERED) not in TRANSITIONS


def test_what_the_table_does_not_list_changes_nothing() -> None:
    assert agent().target(Input.ANSWERED, 0.0) is None


@pytest.mark.parametrize(
    ("wish", "is_reachable", "is_doubted", "expected"),
    [
        (Wish(AgentState.OFFLINE), True, False, (AgentState.OFFLINE, "")),
        (WANTS_CALLS, True, False, (AgentState.READY, "")),
        (WANTS_CALLS, False, False, (AgentState.PAUSED, "unreachable")),
        (WANTS_CALLS, True, True, (AgentState.PAUSED, "unreachable")),
        (Wish(AgentState.PAUSED, "lunch"), False, False, (AgentState.PAUSED, "lunch")),
    ],
)
def test_the_state_of_who_does_nothing_follows_from_wish_and_phone(
    wish: Wish, is_reachable: bool, is_doubted: bool, expected: tuple[AgentState, str]
) -> None:
    idle = agent()
    idle.wish, idle.is_reachable, idle.is_doubted = wish, is_reachable, is_doubted
    assert idle.settled(0.0) == expected


def test_work_comes_before_wishes() -> None:
    working = agent()
    working.wish, working.is_reachable = WANTS_CALLS, True
    working.wrap_up_until = 10.0
    assert working.settled(9.0) == (AgentState.WRAP_UP, "")
    assert working.settled(10.0) == (AgentState.READY, "")
    working.direct.add("d1")
    assert working.settled(9.0) == (AgentState.TALKING, "")
    working.caller = "c1"
    for state in IN_CALL:
        working.state = state
        assert working.settled(9.0) == (state, "")
