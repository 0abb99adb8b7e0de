"""Reloads under load: 100 calls/s while 1,000 numbers are changed and reloaded.

`python -m tests.bench.reload [SECONDS]` prints JSON lines; no call may fail.
"""

from __future__ import annotations

import sys
import threading
from time import perf_counter

from tests.bench.product import (
    DID,
    NUMBERS,
    Outcome,
    answering_phone,
    run_sipp,
    running_product,
)
from tests.bench.report import report
from tests.e2e.system import System

RATE, HELD_MS, SECONDS, RULES = 100, 1000, 12, 1_000


def change(system: System, number: int) -> None:
    """Other rules than before, the one that is called among them."""
    rules = [f"  - {{number: +21331{number}{i:05}, extension: 1001}}" for i in range(RULES)]
    text = NUMBERS + "\n".join(rules) + "\n"
    (system.config / "numbers.yaml").write_text(text, encoding="utf-8")


def reload_until(system: System, is_over: threading.Event, taken: list[float]) -> None:
    """Reload over and over, a second apart."""
    while not is_over.wait(1):
        change(system, len(taken) % 10)
        began = perf_counter()
        system.run("reload")
        taken.append(perf_counter() - began)


def measure(system: System, seconds: int) -> Outcome:
    """Place the calls while another thread reloads."""
    calls, is_over, taken = RATE * seconds, threading.Event(), list[float]()
    reloads = threading.Thread(target=reload_until, args=(system, is_over, taken))
    reloads.start()
    words = ("-s", DID, "-r", str(RATE), "-d", str(HELD_MS), "-m", str(calls), "-l", "5000")
    try:
        outcome = run_sipp(system.folder, "uac.xml", system.trunks, *words)
    finally:
        is_over.set()
        reloads.join()
    report("reload_s", sum(taken) / len(taken), f"s a reload, command included, of {len(taken)}")
    report("reload_calls_failed", outcome.failed, f"of {calls} calls")
    report("reload_calls_retransmitted", outcome.retransmitted, "messages by the caller")
    return outcome


def main() -> int:
    """1 when a call failed."""
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    with running_product() as system, answering_phone(system):
        outcome = measure(system, seconds)
    return 1 if outcome.failed else 0


if __name__ == "__main__":
    sys.exit(main())
