"""CPU of a digest registration through the running product.

`python -m tests.bench.sip_register` prints JSON lines. SIPp plays the desk phones of the sample
company in turn, 500 registrations/s: REGISTER, 401, REGISTER, 200. CPU is that of pbx, from /proc.
"""

from __future__ import annotations

import sys

from tests.bench.product import (
    Outcome,
    cpu,
    processes_of,
    run_sipp,
    running_product,
    write_phones,
)
from tests.bench.report import report
from tests.e2e.system import System

RATE, COUNT, WARM_UP = 500, 7500, 500


def register(system: System, count: int) -> Outcome:
    extensions = [user["extension"] for user in system.sample["users"] if user.get("desk")]
    users = write_phones(system, extensions)
    words = ("-inf", str(users), "-r", str(RATE), "-m", str(count))
    return run_sipp(system.folder, "reg.xml", system.phones, *words)


def main() -> int:
    """1 when a registration failed."""
    with running_product() as system:
        pbx = processes_of(system)[0]
        register(system, WARM_UP)
        before = cpu(pbx)
        outcome = register(system, COUNT)
        spent = 1000 * (cpu(pbx) - before) / COUNT
    report("register_cpu_ms", spent, f"ms CPU a registration, pbx, {RATE}/s")
    report("register_failed", outcome.failed, f"of {COUNT} registrations")
    report("register_retransmitted", outcome.retransmitted, "messages by the phones")
    return 1 if outcome.failed else 0


if __name__ == "__main__":
    sys.exit(main())
