"""`make run` on a machine that lacks something: one clear line, exit code 1, and the way out."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

BOOTSTRAP = Path(__file__).parents[2] / "deploy" / "bootstrap.py"
LOCK = "tomli==2.0.1 --hash=sha256:" + "0" * 64 + "\n"
# What comes after the packages fails here, which shows that they were installed.
PROJECT = '[build-system]\nrequires = []\nbuild-backend = "there_is_none"\n'
AFTER_PACKAGES = "the nidaa command could not be installed"
NO_NETWORK = {"PIP_INDEX_URL": "http://127.0.0.1:9/", "PIP_RETRIES": "0", "PIP_NO_CACHE_DIR": "1"}
NOBODY = 65534


class Checkout:
    """A copy of what the bootstrap needs, on a machine whose packages we decide."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.programs = folder / "checkout", folder / "bin"
        for name in ("deploy", "requirements"):
            (self.folder / name).mkdir(parents=True)
        self.programs.mkdir()
        shutil.copy(BOOTSTRAP, self.folder / "deploy")
        (self.folder / "pyproject.toml").write_text(PROJECT)
        self.lock("")
        self.program("dpkg-query", "printf 'install ok installed'")

    @property
    def venv(self) -> Path:
        return self.folder / ".venv"

    def lock(self, text: str) -> None:
        (self.folder / "requirements" / "run.txt").write_text(text)

    def program(self, name: str, script: str) -> None:
        path = self.programs / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def set_up(self, user: int | None = None) -> subprocess.CompletedProcess[str]:
        path = f"{self.programs}{os.pathsep}{os.environ['PATH']}"
        return subprocess.run(
            [sys.executable, str(self.folder / "deploy" / "bootstrap.py"), "run"],
            env={**os.environ, **NO_NETWORK, "PATH": path},
            capture_output=True,
            text=True,
            timeout=120,
            user=user,
            check=False,
        )

    def fails(self, user: int | None = None) -> str:
        done = self.set_up(user)
        assert done.returncode == 1, done.stdout + done.stderr
        assert done.stderr.startswith("setup: ")
        assert done.stderr.count("\n") == 1
        return done.stderr


@pytest.fixture
def checkout(tmp_path):
    return Checkout(tmp_path)


def test_no_network_for_apt(checkout):
    checkout.program("dpkg-query", "exit 1")
    checkout.program("apt-get", "exit 100")
    if os.geteuid() == 0:
        assert "is there a network?" in checkout.fails()
    else:
        assert "sudo apt-get install" in checkout.fails()


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user, which root alone may")
def test_missing_packages_without_root_name_the_command(checkout, tmp_path):
    checkout.program("dpkg-query", "exit 1")
    (checkout.folder / "build").mkdir()
    os.chown(checkout.folder / "build", NOBODY, NOBODY)
    for folder in (tmp_path, *tmp_path.parents):
        if str(folder).startswith("/tmp/"):
            folder.chmod(0o755)
    assert "Run once: sudo apt-get install" in checkout.fails(user=NOBODY)


def test_no_network_for_pip_and_the_next_run_goes_on(checkout):
    checkout.lock(LOCK)
    assert "pip could not install run.txt: is there a network?" in checkout.fails()
    checkout.lock("")
    assert AFTER_PACKAGES in checkout.fails()


def test_a_venv_whose_making_was_interrupted_is_made_anew(checkout):
    (checkout.venv / "bin").mkdir(parents=True)
    (checkout.venv / "bin" / "pip").write_text("half a file")
    assert AFTER_PACKAGES in checkout.fails()


def test_packages_whose_installation_was_interrupted_are_installed_anew(checkout):
    checkout.lock(LOCK)
    interrupt = "case $* in *--require-hashes*) kill -9 $PPID;; esac; exit 0"
    (checkout.venv / "bin").mkdir(parents=True)
    pip = checkout.venv / "bin" / "pip"
    pip.write_text(f"#!/bin/sh\n{interrupt}\n")
    pip.chmod(0o755)
    assert checkout.set_up().returncode == -9
    checkout.lock("")
    assert AFTER_PACKAGES in checkout.fails()
    assert "kill" not in pip.read_text()


def test_a_folder_of_somebody_else(checkout):
    (checkout.folder / "build").write_text("in the way")
    assert "own this folder" in checkout.fails()
