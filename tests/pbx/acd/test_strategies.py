"""Which free agent each strategy gives a caller, as call flows."""

from __future__ import annotations

from collections import Counter

import pytest

from nidaa.config.models import Queue
from pbx.acd.strategy import STRATEGIES
from tests.pbx.acd.floor import Floor

NAMES = ("anna", "bo", "cy")


def floor(strategy: str, **options: object) -> Floor:
    made = Floor(*NAMES)
    made.configure(strategy=strategy, **options)
    return made


def served(of: Floor, calls: int, talk_for: float = 0.0) -> list[str]:
    """Who gets callers that come one after the other."""
    agents = []
    for i in range(calls):
        of.join(f"c{i}")
        agents.append(of.rings()[-1][1])
        of.serve(f"c{i}", agents[-1], talk_for)
        of.now += 1
        of.effects.clear()
    return agents


def members(*names: str) -> dict[str, object]:
    return {name: {} for name in names}


def test_every_strategy_that_can_be_configured_exists() -> None:
    field = Queue.model_fields["strategy"].annotation
    assert set(STRATEGIES) == set(field.__args__)


def test_longest_idle_gives_turns_by_the_time_without_work() -> None:
    assert served(floor("longest_idle"), 5) == ["anna", "bo", "cy", "anna", "bo"]


def test_round_robin_goes_on_after_the_last_turn_whatever_happens_between() -> None:
    made = floor("round_robin")
    assert served(made, 2) == ["anna", "bo"]
    made.acd.set_paused("cy", "lunch", made.now)
    assert served(made, 1) == ["anna"]
    made.acd.set_ready("cy", made.now)
    assert served(made, 3) == ["cy", "bo", "anna"]


def test_round_robin_remembers_over_a_reload_and_new_staff() -> None:
    made = floor("round_robin")
    served(made, 1)
    made.configure(strategy="round_robin")
    made.staff(*map(made.agent, NAMES))
    assert served(made, 2) == ["bo", "cy"]


def test_round_robin_ordered_follows_the_order_of_the_extensions() -> None:
    made = floor("round_robin_ordered")
    made.acd.set_paused("bo", "lunch", made.now)
    assert served(made, 2) == ["anna", "cy"]
    made.acd.set_ready("bo", made.now)
    assert served(made, 4) == ["anna", "bo", "cy", "anna"]


def test_round_robin_ordered_goes_on_where_it_was_when_members_change() -> None:
    made = floor("round_robin_ordered")
    assert served(made, 2) == ["anna", "bo"]
    made.staff(made.agent("anna"), made.agent("cy"))
    assert served(made, 2) == ["cy", "anna"]
    made.staff(made.agent("cy"))
    assert served(made, 2) == ["cy", "cy"]


def test_fewest_calls_counts_those_of_the_shift() -> None:
    made = floor("fewest_calls")
    made.acd.set_paused("cy", "lunch", made.now)
    assert served(made, 4) == ["anna", "bo", "anna", "bo"]
    made.acd.set_ready("cy", made.now)
    assert served(made, 3) == ["cy", "cy", "anna"]
    made.acd.sign_off("bo", made.now)
    made.acd.sign_on("bo", made.now)
    made.acd.set_ready("bo", made.now)
    assert served(made, 1) == ["bo"]


def test_least_talk_time_gives_the_next_call_to_who_talked_least() -> None:
    made = floor("least_talk_time")
    assert served(made, 1, talk_for=100) == ["anna"]
    assert served(made, 1, talk_for=10) == ["bo"]
    assert served(made, 1, talk_for=50) == ["cy"]
    assert served(made, 2, talk_for=20) == ["bo", "bo"]


def test_linear_always_begins_at_the_first() -> None:
    made = floor("linear", members=members("1001"))
    assert served(made, 2) == ["anna", "anna"]
    made.acd.set_paused("anna", "lunch", made.now)
    assert served(made, 1) == ["bo"]


def test_the_order_of_members_is_the_configured_one_then_by_extension() -> None:
    made = Floor(*NAMES)
    extensions = {"anna": "1001", "bo": "1002", "cy": "1003"}
    made.configure(strategy="linear", members=members("1003", "1002"))
    for extension in extensions.values():
        made.acd.set_reachable(extension, True, made.now)
    made.staff(*(_at(made, name, extension) for name, extension in extensions.items()))
    order = []
    for i, _ in enumerate(NAMES):
        made.join(f"c{i}")
        order.append(made.rings()[-1][1])
    assert order == ["cy", "bo", "anna"]


def _at(made: Floor, name: str, extension: str) -> object:
    agent = made.agent(name)
    return type(agent)(agent.id, agent.name, extension, agent.queues, False)


def test_random_gives_everybody_about_as_many_and_is_repeatable() -> None:
    calls = served(floor("random"), 3000)
    assert calls == served(floor("random"), 3000)
    assert all(900 < number < 1100 for number in Counter(calls).values())


@pytest.mark.parametrize("weight", [1, 4])
def test_weighted_random_gives_calls_by_weight(weight: int) -> None:
    made = Floor(*NAMES)
    made.configure(strategy="weighted_random", members={"1001": {"weight": weight}})
    made.acd.set_reachable("1001", True, made.now)
    made.staff(_at(made, "anna", "1001"), made.agent("bo"), made.agent("cy"))
    share = Counter(served(made, 3000))["anna"] / 3000
    assert share == pytest.approx(weight / (weight + 2), abs=0.03)
