"""CPU of a two-leg call through the product as it runs: SIPp calls a DID that rings a SIPp phone.

`python -m tests.bench.sip_call [SECONDS]` prints JSON lines. Signalling only, 200 and then 400
calls/s, each held 2 s. CPU is that of pbx and the media workers together, from /proc; the same
scenarios as the marks for Asterisk (4.2-5.3 ms a call at 200/s).
"""

from __future__ import annotations

import sys

from tests.bench.product import (
    DID,
    Outcome,
    answering_phone,
    cpu,
    processes_of,
    run_sipp,
    running_product,
)
from tests.bench.report import report
from tests.e2e.system import System

RATES, HELD_MS, SECONDS, WARM_UP = (200, 400), 2000, 15, 200


def measure(system: System, rate: int, seconds: int) -> Outcome:
    """Place the calls and print what one costs at this rate."""
    processes, calls = processes_of(system), rate * seconds
    before = [cpu(process) for process in processes]
    outcome = place(system, rate, calls)
    after = [cpu(process) for process in processes]
    spent = [1000 * (b - a) / calls for a, b in zip(before, after, strict=True)]
    name = "sip_call_cpu_ms" if rate == RATES[0] else f"sip_call_cpu_ms_at_{rate}"
    report(name, sum(spent), f"ms CPU a call, pbx + media, {rate}/s")
    report(f"{name}_pbx", spent[0], f"ms CPU a call, pbx alone, {rate}/s")
    report(f"sip_call_failed_at_{rate}", outcome.failed, f"of {calls} calls")
    report(f"sip_call_retransmitted_at_{rate}", outcome.retransmitted, "messages by the caller")
    return outcome


def place(system: System, rate: int, calls: int) -> Outcome:
    words = ("-s", DID, "-r", str(rate), "-d", str(HELD_MS), "-m", str(calls), "-l", "5000")
    return run_sipp(system.folder, "uac.xml", system.trunks, *words)


def main() -> int:
    """1 when a call failed."""
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    with running_product() as system, answering_phone(system):
        place(system, WARM_UP, WARM_UP)
        outcomes = [measure(system, rate, seconds) for rate in RATES]
        memory = processes_of(system)[0].memory_info().rss / 2**20
    report("pbx_memory_mb_after_calls", memory, f"MB after {sum(RATES) * seconds} calls")
    return 1 if any(outcome.failed for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
