"""CPU of a two-leg call through the product as it runs: SIPp calls a DID that rings a SIPp phone.

Signalling only, 200 calls/s, each held 2 s. CPU is that of pbx and the media workers together,
from /proc; the same scenarios as the marks for Asterisk (4.2-5.3 ms a call at this rate).
"""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil

from tests.bench.report import report
from tests.e2e.system import System
from tests.support.net import free_port

SCENARIOS = Path(__file__).parent / "sipp"
RATE, HELD_MS, CALLS = 200, 2000, 3000
UAS_PORT = 5090  # reg.xml registers this Contact
DID = "+21321000009"


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="nidaa-") as name:
        folder = Path(name)
        system = System(folder)
        try:
            prepare(system)
            system.start()
            measure(system, folder)
        finally:
            system.close()


def prepare(system: System) -> None:
    """The sample company, its trunk without a limit, and a DID that rings extension 1001."""
    system.run("setup", "--sample")
    sample = system.state / "sample"
    trunks = sample / "trunks.yaml"
    trunks.write_text(
        "trunks:\n  - {name: bench, sources: [127.0.0.0/8], max_calls: 20000}\n", encoding="utf-8"
    )
    numbers = sample / "numbers.yaml"
    text = numbers.read_text(encoding="utf-8")
    numbers.write_text(f'{text}\n  - {{number: "{DID}", extension: "1001"}}\n', encoding="utf-8")


def register(system: System, folder: Path) -> None:
    """SIPp registers the phone that answers."""
    desk = system.user("1001")["desk"]
    users = folder / "users.csv"
    authentication = f"[authentication username={desk['username']} password={desk['password']}]"
    users.write_text(f"SEQUENTIAL\n1001;{authentication}\n")
    run_sipp(
        *("-sf", str(SCENARIOS / "reg.xml"), "-inf", str(users), "-m", "1"),
        f"127.0.0.1:{system.phones}",
    )


def measure(system: System, folder: Path) -> None:
    uas = subprocess.Popen(
        [
            *("sipp", "-sf", str(SCENARIOS / "uas.xml"), "-i", "127.0.0.1"),
            *("-p", str(UAS_PORT), "-nostdin", "-trace_err"),
        ],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        register(system, folder)
        processes = [psutil.Process(system.pid_of("pbx"))]
        processes += [psutil.Process(system.pid_of("media", "--number", n)) for n in ("1", "2")]
        call(system, 200)  # warm caches, not counted
        before = [cpu(process) for process in processes]
        call(system, CALLS)
        after = [cpu(process) for process in processes]
        spent = [1000 * (b - a) / CALLS for a, b in zip(before, after, strict=True)]
        report("sip_call_cpu_ms", sum(spent), f"ms CPU a call, pbx + media, {RATE}/s")
        report("sip_call_cpu_ms_pbx", spent[0], f"ms CPU a call, pbx alone, {RATE}/s")
        memory = processes[0].memory_info().rss / 2**20
        report("pbx_memory_mb_after_calls", memory, f"MB after {CALLS} calls")
    finally:
        uas.terminate()
        uas.wait(10)


def cpu(process: psutil.Process) -> float:
    """Seconds of user and system time so far."""
    times = process.cpu_times()
    return float(times.user + times.system)


def call(system: System, calls: int) -> None:
    """Place the calls; SIPp ends with an error when one fails."""
    run_sipp(
        *("-sf", str(SCENARIOS / "uac.xml"), "-s", DID, "-r", str(RATE), "-d", str(HELD_MS)),
        *("-m", str(calls), "-l", "2000"),
        f"127.0.0.1:{system.trunks}",
    )


def run_sipp(*words: str) -> None:
    port = free_port(socket.SOCK_DGRAM)
    command = ["sipp", "-i", "127.0.0.1", "-p", str(port), "-nostdin", *words]
    print(f"# {' '.join(command)}", file=sys.stderr)
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False
    )
    if done.returncode:
        raise SystemExit(f"SIPp failed ({done.returncode}): {done.stdout[-2000:].decode()}")


if __name__ == "__main__":
    main()
