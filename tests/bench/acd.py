"""Measures what one decision of the ACD costs, at the size of a large call centre.

`python -m tests.bench.acd` prints JSON lines. A decision is a command and all that follows from
it: somebody freed takes the longest waiting caller of several queues; somebody who joins gets the
agent free for the longest time among all. Half the queues ask for skills that ease with the wait.
`acd_decision_us` is the dearest of these; an event is a command or a deadline.
"""

from __future__ import annotations

from itertools import count
from time import process_time

from nidaa.config import models
from nidaa.contracts import directory
from pbx.acd.acd import Acd
from pbx.acd.effects import CallerFacts, Ring
from tests.bench.report import report

AGENTS, WAITING, QUEUES, DECISIONS = 1_000, 5_000, 100, 4_000


def staffed() -> Acd:
    """All agents ready; each serves three of the queues."""
    ids = count()
    acd = Acd(lambda: str(next(ids)))
    acd.configure(tuple(map(_queue, range(QUEUES))), 0.0)
    acd.set_agents(tuple(_agent(i) for i in range(AGENTS)), 0.0)
    for i in range(AGENTS):
        acd.set_reachable(f"e{i}", True, float(i))
        acd.sign_on(f"a{i}", float(i))
        acd.set_ready(f"a{i}", float(i))
    acd.take_effects()
    return acd


def _queue(i: int) -> models.Queue:
    steps = [{"until": 60, "needs": {"ar": 4}}, {"until": 120, "needs": {"ar": 2}}]
    options = {"name": f"q{i}", "wrap_up_for": 0, "skills": steps if i % 2 else []}
    return models.Queue.model_validate(options)


def _agent(i: int) -> directory.Agent:
    members = tuple(directory.Membership(f"q{(i + step) % QUEUES}") for step in (0, 1, 7))
    return directory.Agent(f"a{i}", "", f"e{i}", members, False, {"ar": i % 6})


def measure_freed() -> float:
    """Microseconds for the end of a talk, the next caller's ring and its answer; all wait."""
    acd, talking = staffed(), []
    for i in range(AGENTS + WAITING):
        acd.join(f"c{i}", f"q{i % QUEUES}", 2000.0 + i / 10, CallerFacts())
        for ring in [effect for effect in acd.take_effects() if isinstance(effect, Ring)]:
            acd.answered(ring.attempt, 2000.0 + i / 10)
            talking.append(ring.caller)
    acd.handle_timers(9000.0)  # by now every skill has been waived
    acd.take_effects()
    decisions = len(talking)  # each agent's next caller
    began = process_time()
    for i in range(decisions):
        acd.talk_ended(talking[i], 9001.0 + i)
        for effect in acd.take_effects():
            if isinstance(effect, Ring):
                acd.answered(effect.attempt, 9001.0 + i)
                talking.append(effect.caller)
    return (process_time() - began) / decisions * 1e6


def measure_backlog() -> float:
    """Microseconds for a caller who joins and finds nobody free, though 5,000 wait already."""
    acd = staffed()
    for i in range(AGENTS + WAITING):
        acd.join(f"c{i}", f"q{i % QUEUES}", 2000.0, CallerFacts())
    acd.take_effects()
    return _joining(acd, 2000.0)


def measure_joined() -> float:
    """Microseconds for a caller who joins while all agents are free."""
    return _joining(staffed(), 2000.0)


def _joining(acd: Acd, now: float) -> float:
    """Microseconds for one to join; each leaves again, which is not counted."""
    spent = 0.0
    for i in range(DECISIONS):
        began = process_time()
        acd.join(f"d{i}", f"q{i % QUEUES}", now, CallerFacts())
        spent += process_time() - began
        acd.leave(f"d{i}", now)
        acd.take_effects()
    return spent / DECISIONS * 1e6


def main() -> None:
    freed, joined, backlog = measure_freed(), measure_joined(), measure_backlog()
    for name, value in (("freed", freed), ("joined", joined), ("backlog", backlog)):
        report(f"acd_decision_{name}_us", value, "us")
    report("acd_decision_us", max(freed, joined, backlog), "us")
    report("acd_events_per_s", 2e6 / freed, "1/s")  # the end of a talk, and an answer


if __name__ == "__main__":
    main()
