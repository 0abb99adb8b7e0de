"""Every benchmark, one after another: `make bench`, or `python -m tests.bench NAME ...` for some.

Each is a module of this folder with a `main()`; it prints JSON lines {"name","value","unit"} and
says on standard error what it runs. Figures are CPU per unit of work or latencies, never verdicts.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
HELPERS = {"__init__", "__main__", "product", "report"}


def main(chosen: list[str]) -> int:
    """Run each in a process of its own, so that one's memory and threads do not colour the next."""
    names = sorted(path.stem for path in HERE.glob("*.py") if path.stem not in HELPERS)
    failed = []
    for name in chosen or names:
        print(f"# {name}", file=sys.stderr, flush=True)
        done = subprocess.run([sys.executable, "-m", f"tests.bench.{name}"], check=False)
        if done.returncode:
            failed.append(name)
    if failed:
        print(f"# failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
