"""Brings a fresh machine to the point where `nidaa` runs; standard library only.

`python3 deploy/bootstrap.py run` installs what running needs, `... test` what tests need besides.
Each step says what it does, is safe to repeat, and is skipped when its inputs have not changed.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMPS = ROOT / "build" / "stamps"
LOG = ROOT / "build" / "setup.log"
LEAST_PYTHON = (3, 11)

RUN_PACKAGES = (
    "espeak-ng",
    "asterisk-core-sounds-fr-g722",
    "asterisk-core-sounds-en-g722",
    "asterisk-moh-opsound-g722",
)
TEST_PACKAGES = ("chromium", "fonts-noto-core", "sip-tester", "baresip", "postgresql")


class StepFailed(Exception):
    """What went wrong and the way out, in one line."""


def main(purpose: str) -> None:
    """Run every step for `run` or `test`."""
    if sys.version_info < LEAST_PYTHON:
        raise StepFailed(f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}")
    is_test = purpose == "test"
    try:
        STAMPS.mkdir(parents=True, exist_ok=True)
        LOG.write_text("")
    except OSError as error:
        raise StepFailed(f"cannot write to {STAMPS}: {error.strerror}; own this folder") from error
    packages = venv_packages() + RUN_PACKAGES + (TEST_PACKAGES if is_test else ())
    step("Debian packages", lambda: debian(packages))
    step("Python packages", lambda: python_packages(is_test=is_test))
    step("webphone", webphone)


def step(name: str, action: object) -> None:
    """Do one step and say how long it took."""
    if not callable(action):
        raise TypeError(name)
    started_at = time.monotonic()
    print(f"{name} ...", end=" ", flush=True)
    try:
        outcome = action()
    except StepFailed:
        print("failed", flush=True)
        raise
    print(f"{outcome} ({time.monotonic() - started_at:.1f} s)", flush=True)


def venv_packages() -> tuple[str, ...]:
    """Debian splits venv off Python; a Python built otherwise has it."""
    if importlib.util.find_spec("ensurepip"):
        return ()
    return (f"python{sys.version_info.major}.{sys.version_info.minor}-venv",)


def debian(packages: tuple[str, ...]) -> str:
    """Install missing Debian packages by apt; needs root only when something is missing."""
    if shutil.which("dpkg-query") is None:
        raise StepFailed(f"this is no Debian or Ubuntu: install these yourself: {packages}")
    missing = [name for name in packages if not is_installed(name)]
    if not missing:
        return "ready"
    by_hand = f"apt-get install -y --no-install-recommends {' '.join(missing)}"
    if os.geteuid() != 0:
        raise StepFailed(f"packages are missing and this is not root. Run once: sudo {by_hand}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command = by_hand.split()
    if not run(command, environment):  # the package lists may be old or absent
        run(["apt-get", "update"], environment)
        if not run(command, environment):
            raise StepFailed(
                f"apt could not install packages: is there a network? See {LOG}, or: {by_hand}"
            )
    return f"installed {' '.join(missing)}"


def is_installed(package: str) -> bool:
    """Does dpkg know it as installed?"""
    query = ["dpkg-query", "-W", "-f=${Status}", package]
    answer = subprocess.run(query, capture_output=True, text=True, check=False)
    return answer.stdout == "install ok installed"


def python_packages(*, is_test: bool) -> str:
    """A venv with exactly what the hash-locked requirements name."""
    locks = [ROOT / "requirements" / "run.txt"]
    if is_test:
        locks.append(ROOT / "requirements" / "dev.txt")
    stamp = STAMPS / f"python-{'test' if is_test else 'run'}"
    state = digest([*locks, ROOT / "pyproject.toml"]) + sys.version
    if is_current(stamp, state) and (VENV / "bin" / "nidaa").exists():
        return "ready"
    stamp.unlink(missing_ok=True)
    unfinished = STAMPS / "python-unfinished"
    if unfinished.exists() or not run([str(VENV / "bin" / "pip"), "--version"]):
        shutil.rmtree(VENV, ignore_errors=True)  # absent, or left by a run that was interrupted
    unfinished.touch()
    try:
        install(locks)
    except StepFailed:
        unfinished.unlink()  # pip itself gave up: what it did is in order
        raise
    unfinished.unlink()
    stamp.write_text(state)
    return "installed"


def install(locks: list[Path]) -> None:
    """Make the venv unless it is there, and bring it to what these locks name."""
    pip = [str(VENV / "bin" / "pip"), "install", "--disable-pip-version-check", "-q"]
    if not VENV.exists() and not run([sys.executable, "-m", "venv", str(VENV)]):
        raise StepFailed(f"no venv could be made (see {LOG}): apt-get install python3-venv")
    for lock in locks:
        if not run([*pip, "--require-hashes", "-r", str(lock)]):
            raise StepFailed(
                f"pip could not install {lock.name}: is there a network? Try again; see {LOG}"
            )
    if not run([*pip, "--no-deps", "--no-build-isolation", "-e", str(ROOT)]):
        raise StepFailed(f"the nidaa command could not be installed (see {LOG})")


def webphone() -> str:
    """The webphone's pages, built by the Node of the venv."""
    folder = ROOT / "webphone"
    stamp, state = STAMPS / "webphone", digest(sources_of(folder))
    if is_current(stamp, state) and (folder / "dist" / "index.html").exists():
        return "ready"
    environment = {**os.environ, "PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    packages = STAMPS / "webphone-packages"
    lock = digest([folder / "package-lock.json", folder / "package.json"])
    npm = str(VENV / "bin" / "npm")
    if not is_current(packages, lock) or not (folder / "node_modules").exists():
        packages.unlink(missing_ok=True)
        if not run([npm, "ci", "--no-audit", "--no-fund"], environment, folder):
            raise StepFailed(f"npm ci failed: is there a network? Try again; see {LOG}")
        packages.write_text(lock)
    stamp.unlink(missing_ok=True)
    if not run([npm, "run", "build"], environment, folder):
        raise StepFailed(f"the webphone did not build (see {LOG})")
    stamp.write_text(state)
    return "built"


def sources_of(folder: Path) -> list[Path]:
    """The files of the webphone that are written by people."""
    found: list[Path] = []
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(set(folders) - {"node_modules", "dist"})
        found += [Path(place) / name for name in sorted(files)]
    return found


def digest(files: list[Path]) -> str:
    """One hash over these files' names and contents."""
    whole = hashlib.sha256()
    for file in files:
        whole.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes() + b"\0")
    return whole.hexdigest()


def is_current(stamp: Path, state: str) -> bool:
    """Was this step done with these inputs?"""
    return stamp.exists() and stamp.read_text() == state


def run(command: list[str], environment: dict[str, str] | None = None, folder: Path = ROOT) -> bool:
    """Run a command, its output in the set-up log. True when it succeeded."""
    with LOG.open("a") as log:
        log.write(f"$ {' '.join(command)}\n")
        log.flush()
        try:
            done = subprocess.run(
                command, cwd=folder, env=environment, stdout=log, stderr=log, check=False
            )
        except OSError as error:
            log.write(f"{error}\n")
            return False
    return done.returncode == 0


if __name__ == "__main__":
    try:
        main(sys.argv[1] if len(sys.argv) > 1 else "run")
    except (StepFailed, OSError) as failure:
        print(f"setup: {failure}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
