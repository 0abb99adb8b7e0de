"""Why who got whom: kept for each decision, and said in words."""

from __future__ import annotations

import pytest

from pbx.acd.decisions import KEPT, SHOWN, Decision, PassedOver, in_words
from pbx.acd.errors import AcdMisuse
from tests.pbx.acd.floor import Floor


def told(floor: Floor, queue: str = "support") -> list[str]:
    return [in_words(one, {"anna": "Anna"}) for one in floor.acd.decisions(queue)]


def test_a_caller_s_choice_names_who_could_be_and_who_was_passed_over() -> None:
    floor = Floor("anna", "bo", "cy", "di")
    floor.staff(
        floor.agent("anna", law=3),
        floor.agent("bo", law=1),
        floor.agent("cy", law=4, penalty=2),
        floor.agent("di", law=5),
    )
    floor.configure(skills=[{"needs": {"law": 2}}])
    floor.acd.set_paused("di", "lunch", floor.now)
    floor.now += 10
    floor.join("c1")
    assert told(floor) == [
        "caller c1 after 0 s: Anna by longest_idle. "
        "could be: Anna free for 14 s; cy free for 12 s, penalty 2. "
        "passed over: bo needs law 2, has 1; di paused (lunch)"
    ]


def test_a_caller_nobody_can_serve_is_told_why() -> None:
    floor = Floor("anna")
    floor.configure(penalty_limits=[{"until": 30, "limit": "0"}])
    floor.staff(floor.agent("anna", penalty=4))
    floor.join("c1")
    floor.wait(30)
    assert told(floor) == [
        "caller c1 after 0 s: nobody by longest_idle. passed over: Anna penalty 4 is above 0",
        "caller c1 after 30 s: Anna by longest_idle. could be: Anna free for 31 s, penalty 4",
    ]


def test_a_free_agent_s_choice_compares_the_heads_of_all_its_queues() -> None:
    floor = Floor("anna")
    floor.configure(weight=2, skills=[{"language": 3}])
    floor.acd.set_paused("anna", "lunch", floor.now)
    floor.join("c1", "sales")
    floor.join("c2")
    floor.join("c3", language="ar")
    floor.now += 5
    before = len(told(floor))
    floor.acd.set_ready("anna", floor.now)
    assert told(floor)[before:] == [
        "Anna became free: c2 by longest_wait. "
        "could be: c2 waited as if 10 s; c1 waited as if 5 s. "
        "passed over: c3 needs ar 3, has 0"
    ]
    assert floor.rings() == [("c2", "anna")]


def test_an_agent_who_may_serve_nobody_is_told_in_each_queue() -> None:
    floor = Floor("anna")
    floor.configure(skills=[{"needs": {"law": 1}}])
    floor.acd.set_paused("anna", "lunch", floor.now)
    floor.join("c1")
    floor.acd.set_ready("anna", floor.now)
    latest = floor.acd.decisions("support")[-1]
    assert (latest.seeker, latest.chosen) == ("anna", "")
    assert latest.passed_over == (PassedOver("c1", "needs law 1, has 0"),)


def test_only_so_many_are_kept_and_shown() -> None:
    names = [f"a{i:02}" for i in range(SHOWN + 5)]
    floor = Floor(*names)
    for i in range(KEPT + 3):
        floor.join(f"c{i}")
        floor.leave(f"c{i}")
    kept = floor.acd.decisions("support")
    assert len(kept) == KEPT
    assert kept[-1].seeker == f"c{KEPT + 2}"
    latest: Decision = kept[-1]
    assert (len(latest.weighed), latest.not_shown) == (SHOWN, 5)
    assert in_words(latest, {}).endswith("and 5 more")


def test_who_was_chosen_is_the_first_shown_however_many_there_are() -> None:
    names = [f"a{i:02}" for i in range(SHOWN + 5)]
    floor = Floor(*names)
    for name in names[:-1]:  # all but the last have just paused
        floor.acd.set_paused(name, "lunch", floor.now)
        floor.acd.set_ready(name, floor.now)
    floor.join("c1")
    (decision,) = floor.acd.decisions("support")
    assert decision.chosen == decision.weighed[0].name == names[-1]


def test_an_unknown_queue_has_no_decisions() -> None:
    with pytest.raises(AcdMisuse):
        Floor().acd.decisions("nowhere")
