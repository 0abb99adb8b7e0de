"""A PostgreSQL of its own for one command: `python -m tests.support.postgres pytest tests/crm_api`.

The cluster lives in a temporary folder, listens on the loopback address and is gone afterwards.
PostgreSQL refuses to run as root, so as root it runs as the user `postgres` of Debian's package.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.support.net import free_port

USER, DATABASE = "nidaa", "nidaa"
VARIABLE = "NIDAA_TEST_POSTGRES"


def main(command: list[str]) -> int:
    """Run the command with VARIABLE set to the cluster's URL; its exit code."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not programs:
        sys.stderr.write("PostgreSQL is not installed: apt-get install postgresql\n")
        return 1
    with tempfile.TemporaryDirectory(prefix="nidaa-pg-") as name:
        folder, port = Path(name), free_port()
        start(programs[-1], folder, port)
        try:
            url = f"postgresql+asyncpg://{USER}@127.0.0.1:{port}/{DATABASE}"
            return subprocess.call(command, env={**os.environ, VARIABLE: url})
        finally:
            run(programs[-1] / "pg_ctl", "-D", folder / "data", "-m", "fast", "stop")


def start(programs: Path, folder: Path, port: int) -> None:
    """A new cluster with an empty database; durability is not what is tested."""
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    run(programs / "initdb", "-D", folder / "data", "-A", "trust", "-U", USER)
    options = f"-p {port} -h 127.0.0.1 -k {folder} -c fsync=off"
    log = folder / "log"
    run(programs / "pg_ctl", "-D", folder / "data", "-o", options, "-l", log, "-w", "start")
    run(programs / "createdb", "-h", "127.0.0.1", "-p", str(port), "-U", USER, DATABASE)


def run(program: Path, *words: str | Path) -> None:
    """Run one of PostgreSQL's programs, as its own user where we are root."""
    demoted = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    subprocess.run(
        [*demoted, str(program), *map(str, words)], check=True, stdout=subprocess.DEVNULL, cwd="/"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
