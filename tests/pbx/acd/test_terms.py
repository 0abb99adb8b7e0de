"""Skills, penalties, priority and weight: who may serve whom, and who is served first."""

from __future__ import annotations

import pytest

from tests.pbx.acd.floor import Floor

RELAXING = [{"until": 60, "needs": {"arabic": 4}}, {"until": 90, "needs": {"arabic": 2}}]


def floor(*agents: object, **options: object) -> Floor:
    """Ready agents of these skills and penalties, and the queue support with these options."""
    made = Floor(*(agent.id for agent in agents))  # type: ignore[attr-defined]
    made.staff(*agents)  # type: ignore[arg-type]
    made.configure(**options)
    return made


def agent(name: str, penalty: int = 0, **skills: int) -> object:
    return Floor.agent(name, penalty=penalty, **skills)


def test_a_skilled_agent_is_chosen_before_one_who_was_free_longer() -> None:
    made = floor(agent("anna"), agent("bo", arabic=4), skills=RELAXING)
    made.join("c1")
    assert made.rings() == [("c1", "bo")]


def test_what_is_needed_relaxes_as_the_caller_waits() -> None:
    made = floor(agent("anna"), agent("bo", arabic=2), skills=RELAXING)
    made.join("c1")
    made.wait(59.9)
    assert made.rings() == []
    made.wait(0.1)
    assert made.rings() == [("c1", "bo")]
    assert made.answer("bo")
    made.join("c2")
    made.wait(90)
    assert made.rings()[-1] == ("c2", "anna")
    assert made.acd.next_deadline() == pytest.approx(made.now + 20)


def test_a_last_step_without_end_holds_for_ever() -> None:
    made = floor(agent("anna"), skills=[{"needs": {"arabic": 1}}])
    made.join("c1")
    made.wait(10_000)
    assert made.rings() == []
    assert made.acd.next_deadline() is None


def test_a_freed_agent_takes_the_first_caller_it_may_serve() -> None:
    made = floor(agent("anna", fr=5), skills=[{"language": 3}])
    made.acd.set_paused("anna", "lunch", made.now)
    for i, language in enumerate(("ar", "fr", "fr")):
        made.join(f"c{i}", language=language)
        made.now += 1
    made.acd.set_ready("anna", made.now)
    assert made.rings() == [("c1", "anna")]


def test_a_caller_whose_language_is_unknown_is_served_by_anybody() -> None:
    made = floor(agent("anna"), skills=[{"language": 3}])
    made.join("c1")
    assert made.rings() == [("c1", "anna")]


def test_relaxing_while_it_rings_changes_nothing_and_counts_afterwards() -> None:
    made = floor(agent("anna"), agent("bo", arabic=4), skills=RELAXING, ring_for=100)
    made.join("c1")
    made.wait(95)
    assert made.rings() == [("c1", "bo")]
    made.wait(5)
    assert made.rings() == [("c1", "bo"), ("c1", "anna")]


def test_new_skills_and_new_needs_count_at_once() -> None:
    made = floor(agent("anna"), skills=RELAXING)
    made.join("c1")
    assert made.rings() == []
    made.staff(agent("anna", arabic=4))  # type: ignore[arg-type]
    assert made.rings() == [("c1", "anna")]
    made.leave("c1")
    made.configure(skills=[{"needs": {"law": 1}}])
    made.join("c2")
    assert len(made.rings()) == 1
    made.configure()
    assert made.rings()[-1] == ("c2", "anna")


def test_penalties_open_up_step_by_step() -> None:
    limits = [{"until": 20, "limit": "1"}, {"until": 40, "limit": "+2"}]
    made = floor(agent("anna", 4), agent("bo", 3), penalty_limits=limits)
    made.join("c1")
    made.wait(19)
    assert made.rings() == []
    made.wait(1)
    assert made.rings() == [("c1", "bo")]
    assert made.answer("bo")
    made.join("c2")
    made.wait(40)
    assert made.rings()[-1] == ("c2", "anna")


def test_penalties_do_not_count_when_too_few_are_at_work() -> None:
    made = floor(agent("anna", 9), agent("bo"), penalty_limits=[{"limit": "0"}], penalties_from=2)
    made.join("c1")
    made.join("c2")
    assert made.rings() == [("c1", "bo")]
    made.serve("c1", "bo")
    assert made.rings()[-1] == ("c2", "bo")
    made.join("c3")
    assert len(made.rings()) == 2
    made.serve("c2", "bo")
    made.serve("c3", "bo")
    made.acd.set_paused("bo", "lunch", made.now)
    made.join("c4")
    assert made.rings()[-1] == ("c4", "anna")


def test_a_waiting_caller_gets_who_was_too_bad_when_the_others_go() -> None:
    made = floor(agent("anna", 9), agent("bo"), penalty_limits=[{"limit": "0"}], penalties_from=2)
    for caller in ("c1", "c2"):
        made.join(caller)
    made.answer("bo")
    made.acd.sign_off("bo", made.now)
    assert len(made.rings()) == 1
    made.acd.talk_ended("c1", made.now)
    assert made.rings()[-1] == ("c2", "anna")


def test_members_in_the_configuration_change_penalty_and_skills() -> None:
    made = Floor("anna", "bo")
    staff = [made.agent("anna"), made.agent("bo", penalty=3)]
    numbers = {"anna": "1001", "bo": "1002"}
    made.staff(*(type(a)(a.id, a.name, numbers[a.id], a.queues, False) for a in staff))
    for number in numbers.values():
        made.acd.set_reachable(number, True, made.now)
    made.configure(members={"1001": {"penalty": 5}, "1002": {"skills": {"law": 2}}})
    made.join("c1")
    assert made.rings() == [("c1", "bo")]
    made.configure(members={"1002": {"skills": {"law": 2}}}, skills=[{"needs": {"law": 2}}])
    made.serve("c1", "bo")
    made.join("c2")
    assert made.rings()[-1] == ("c2", "bo")


def test_priority_is_worth_waiting_time_so_that_nobody_starves() -> None:
    made = floor(agent("anna"), priority_step=60)
    made.acd.set_paused("anna", "lunch", made.now)
    assert made.join("old") == 1
    made.now += 100
    assert made.join("new") == 2
    assert made.join("vip", priority=1) == 2
    assert made.join("boss", priority=2) == 1
    assert made.waiting() == ["boss", "old", "vip", "new"]
    made.acd.set_ready("anna", made.now)
    for caller in ("boss", "old", "vip", "new"):
        assert made.rings()[-1] == (caller, "anna")
        made.serve(caller, "anna")


def test_a_heavier_queue_is_served_first_until_the_other_waited_longer_still() -> None:
    made = floor(agent("anna"), weight=3)
    made.acd.set_paused("anna", "lunch", made.now)
    for caller, to, wait in (("c1", "sales", 20), ("c2", "support", 10)):
        made.join(caller, to)
        made.now += wait
    made.acd.set_ready("anna", made.now)
    assert made.rings() == [("c1", "anna")]  # 30 s against 3 x 10 s: the first to come
    made.acd.set_paused("anna", "lunch", made.now)
    made.leave("c1")
    made.join("c3", "sales")
    made.now += 1
    made.acd.set_ready("anna", made.now)
    assert made.rings()[-1] == ("c2", "anna")
