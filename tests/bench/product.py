"""The product as it runs, with SIPp on both sides of it; for the benchmarks of signalling."""

from __future__ import annotations

import csv
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.e2e.system import System
from tests.support.net import free_port

SCENARIOS = Path(__file__).parent / "sipp"
UAS_PORT = 5090  # reg.xml registers this Contact
DID, EXTENSION = "+21321000009", "1001"
TRUNKS = "trunks:\n  - {name: bench, sources: [127.0.0.0/8], max_calls: 20000}\n"
NUMBERS = f'numbers:\n  - {{number: "{DID}", extension: "{EXTENSION}"}}\n'
FIRST_MEDIA, LAST_MEDIA = 20000, 31999  # for 3000 calls at once, below the ephemeral ports


@dataclass(frozen=True, slots=True)
class Outcome:
    """What SIPp counted."""

    succeeded: int
    failed: int
    retransmitted: int


@contextmanager
def running_product() -> Iterator[System]:
    """The sample company, its trunk without a limit, and a DID that rings one extension."""
    with tempfile.TemporaryDirectory(prefix="nidaa-") as name:
        system = System(Path(name))
        try:
            _widen_media(system)
            system.run("setup", "--sample")
            (system.state / "sample" / "trunks.yaml").write_text(TRUNKS, encoding="utf-8")
            (system.config / "numbers.yaml").write_text(NUMBERS, encoding="utf-8")
            system.start()
            yield system
        finally:
            system.close()


def _widen_media(system: System) -> None:
    """As many media ports as calls need that are held while new ones come."""
    file = system.config / "system.yaml"
    lines = file.read_text(encoding="utf-8").splitlines()
    media = f"media: {{workers: 2, first_port: {FIRST_MEDIA}, last_port: {LAST_MEDIA}}}"
    lines = [media if line.startswith("media:") else line for line in lines]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def processes_of(system: System) -> list[psutil.Process]:
    """pbx, then the media workers."""
    workers = [psutil.Process(system.pid_of("media", "--number", n)) for n in ("1", "2")]
    return [psutil.Process(system.pid_of("pbx")), *workers]


def cpu(process: psutil.Process) -> float:
    """Seconds of user and system time so far."""
    times = process.cpu_times()
    return float(times.user + times.system)


def write_phones(system: System, extensions: list[str]) -> Path:
    """The file that tells reg.xml who registers with which password, one after another."""
    users = system.folder / f"phones-{len(extensions)}.csv"
    rows = ["SEQUENTIAL"]
    for extension in extensions:
        desk = system.user(extension)["desk"]
        proof = f"[authentication username={desk['username']} password={desk['password']}]"
        rows.append(f"{extension};{proof}")
    users.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return users


@contextmanager
def answering_phone(system: System) -> Iterator[None]:
    """A registered phone that rings and answers every call."""
    command = ["sipp", "-sf", str(SCENARIOS / "uas.xml"), "-i", "127.0.0.1", "-p", str(UAS_PORT)]
    phone = subprocess.Popen(
        [*command, "-nostdin"],
        cwd=system.folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        users = write_phones(system, [EXTENSION])
        run_sipp(system.folder, "reg.xml", system.phones, "-inf", str(users), "-m", "1")
        yield
    finally:
        phone.terminate()
        phone.wait(10)


def run_sipp(folder: Path, scenario: str, port: int, *words: str) -> Outcome:
    """Run a scenario against this port until it is through. Ends the program when SIPp cannot."""
    counts = folder / "counts.csv"
    counts.unlink(missing_ok=True)
    own_port = free_port()
    command = ["sipp", "-sf", str(SCENARIOS / scenario), "-i", "127.0.0.1", "-p", str(own_port)]
    command += ["-nostdin", "-trace_stat", "-stf", str(counts), *words, f"127.0.0.1:{port}"]
    print(f"# {' '.join(command)}", file=sys.stderr)
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, timeout=180, check=False
    )
    if not counts.exists():
        raise SystemExit(f"SIPp failed ({done.returncode}): {done.stdout[-2000:].decode()}")
    with counts.open(encoding="utf-8") as stream:
        last = list(csv.DictReader(stream, delimiter=";"))[-1]
    return Outcome(*(int(last[name]) for name in COLUMNS))


COLUMNS = ("SuccessfulCall(C)", "FailedCall(C)", "Retransmissions(C)")
