"""The real ACD in a simulated call centre, against what queueing theory says of it.

M/M/c: Erlang C (waiting probability, mean wait, service level). M/M/c+M: Erlang A (abandonment),
by the balance equations. Time is simulated and the dice are seeded: each run is the same.
"""

from __future__ import annotations

from math import exp, factorial, inf
from random import Random

import pytest

from nidaa.config.models import Queue
from nidaa.contracts.directory import Agent, Membership
from tests.pbx.acd.centre import Centre, Demand, Outcomes

AGENTS, TALK_FOR, WITHIN = 10, 180.0, 20.0


def agent(number: int, **skills: int) -> Agent:
    return Agent(f"a{number}", "", f"{1000 + number}", (Membership("q"),), False, skills)


def queue(**options: object) -> Queue:
    return Queue.model_validate({"name": "q", "wrap_up_for": 0, **options})


def simulated(calls: int, load: float, seed: int, patience: float = inf) -> Outcomes:
    """`load` in Erlang: agents who would be busy on average if nobody had to wait."""
    dice = Random(seed + 1)
    demand = Demand(calls, load / TALK_FOR, lambda *_: dice.expovariate(1 / TALK_FOR), patience)
    return Centre(queue(), tuple(map(agent, range(AGENTS))), demand, seed).run()


def erlang_c(load: float) -> float:
    """The probability that a caller has to wait."""
    full = load**AGENTS / factorial(AGENTS) * AGENTS / (AGENTS - load)
    return full / (sum(load**n / factorial(n) for n in range(AGENTS)) + full)


def erlang_a(load: float, patience: float) -> tuple[float, float]:
    """The probability that a caller has to wait, and that it gives up; PASTA (Wolff 1982)."""
    weights = [1.0]
    for n in range(1, 400):
        leaving = min(n, AGENTS) + max(0, n - AGENTS) * TALK_FOR / patience
        weights.append(weights[-1] * load / leaving)
    total = sum(weights)
    waiting = sum(max(0, n - AGENTS) * one for n, one in enumerate(weights)) / total
    return sum(weights[AGENTS:]) / total, waiting * TALK_FOR / patience / load


def check_erlang_c(of: Outcomes, within: float) -> None:
    """For the load that really came: a hundredth more of it makes waits a tenth longer."""
    load = of.load
    waits = erlang_c(load)
    assert of.waited_share == pytest.approx(waits, rel=within)
    mean = waits * of.talked_for / len(of.waits) / (AGENTS - load)
    assert of.mean_wait == pytest.approx(mean, rel=within)
    level = 1 - waits * exp(-(AGENTS - load) * WITHIN / TALK_FOR)
    assert of.within(WITHIN) == pytest.approx(level, rel=within)


def test_erlang_c_over_100_000_calls() -> None:
    check_erlang_c(simulated(100_000, 7.0, seed=5), within=0.02)


def test_erlang_a() -> None:
    found = simulated(20_000, 10.0, seed=3, patience=120.0)
    waits, gives_up = erlang_a(10.0, 120.0)
    assert found.waited_share == pytest.approx(waits, rel=0.02)
    assert found.abandoned_share == pytest.approx(gives_up, rel=0.02)


def bilingual(steps: list[dict[str, int]]) -> Outcomes:
    """Half the callers speak Arabic, half French; who is served in the other language talks twice
    as long. Six agents speak one well, six the other."""
    staff = [agent(i, ar=5) for i in range(6)] + [agent(i, fr=5) for i in range(6, 12)]
    known = {one.id: one.skills for one in staff}
    dice = Random(2)

    def talk_for(language: str, by: str) -> float:
        return dice.expovariate(1 / (180 if language in known[by] else 360))

    demand = Demand(6_000, 6.5 / 180, talk_for, languages=("ar", "fr"))
    return Centre(queue(skills=steps), tuple(staff), demand, seed=3).run()


def test_skills_that_relax_serve_two_languages_better_than_none() -> None:
    without, routed = bilingual([]), bilingual([{"until": 60, "language": 5}])
    assert routed.mean_wait < without.mean_wait / 3
    assert routed.within(WITHIN) > without.within(WITHIN) + 0.1
