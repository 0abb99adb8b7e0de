"""Measures what one decision of the dialplan costs with 10,000 rules.

`python -m tests.bench.dialplan` prints JSON lines. The rules are numbers, ranges and prefixes, a
tenth of them with opening hours, and 2,000 blocked callers; every call comes from a number and goes
to a number seen for the first time, in the form a carrier writes it in. `again` is the same calls
once more: what a busy number costs.
"""

from __future__ import annotations

from time import process_time
from types import SimpleNamespace

from nidaa.config.hours import Schedule
from nidaa.config.models import CallerRule, Configuration, Number
from nidaa.config.phone_numbers import normalised
from pbx.routing.dialplan import Dialplan, FromTrunk, QueueDestination
from tests.bench.report import report

RULES, BLOCKED, CALLS = 10_000, 2_000, 4_000  # fewer calls than pbx remembers numbers
NOW = 1_770_199_200_000_000  # a Wednesday at 11:00 in Algiers
HOUR = 3_600_000_000
OFFICE = {
    "name": "office",
    "hours": {"workdays": ["08:00-12:00", "13:00-17:00"]},
    "seasons": [
        {
            "name": "Ramadan",
            "first": "2026-02-18",
            "last": "2026-03-19",
            "hours": {"workdays": "09:00-15:00"},
        }
    ],
}
PEOPLE = SimpleNamespace(extensions={})


def rules() -> Configuration:
    numbers = [_number(i) for i in range(RULES)]
    block = tuple(CallerRule(caller=f"+213551{i:06}") for i in range(BLOCKED))
    schedule = Schedule.model_validate(OFFICE)
    return Configuration(numbers=tuple(numbers), block=block, schedules=(schedule,))


def _number(i: int) -> Number:
    written = f"+21321{i:06}"
    if i % 10 == 1:
        written = f"+21331{i:05}0-9"
    elif i % 10 == 2:
        written = f"+21341{i:05}*"
    return Number(number=written, queue="support", schedule="office" if i % 10 == 0 else None)


def dialled(i: int) -> str:
    """What a carrier sends for the rule `i`."""
    j = i % RULES
    if j % 10 == 1:
        return f"031{j:05}5"
    return f"041{j:05}7" if j % 10 == 2 else f"021{j:06}"


def measure(plan: Dialplan) -> float:
    """Microseconds a decision."""
    sources = [FromTrunk("carrier", f"+213550{i:06}") for i in range(CALLS)]
    called = [dialled(i) for i in range(CALLS)]
    began = process_time()
    for i in range(CALLS):
        found = plan.decide(PEOPLE, sources[i], called[i], NOW + i * HOUR // 60)
    taken = process_time() - began
    assert isinstance(found.destination, QueueDestination)
    return taken / CALLS * 1e6


def main() -> None:
    began = process_time()
    plan = Dialplan(rules())
    report("dialplan_build_ms", (process_time() - began) * 1e3, "ms")
    normalised.cache_clear()
    report("dialplan_decide_us", measure(plan), "us")
    report("dialplan_decide_again_us", measure(plan), "us")


if __name__ == "__main__":
    main()
