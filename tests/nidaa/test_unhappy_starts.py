"""Starts that cannot work: one clear line with a way out, exit code 1, never a traceback."""

import os
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from nidaa.sample.company import EMPLOYEES
from nidaa.supervisor import hold_lock
from tests.support.net import free_port

SYSTEM = """\
address: 127.0.0.1
http: {{port: {http}}}
listeners:
  - {{name: phones, serves: phones, transport: udp, port: {sip}}}
media: {{workers: 1, first_port: 29000, last_port: 29100}}
"""
NOBODY = 65534


class Installation:
    """A configuration and a state folder, and the command that is tried on them."""

    def __init__(self, folder: Path) -> None:
        self.state, self.config = folder / "s", folder / "c"
        self.config.mkdir()
        self.http, self.sip = free_port(), free_port()
        self.write(SYSTEM.format(http=self.http, sip=self.sip))

    def write(self, text: str) -> None:
        (self.config / "system.yaml").write_text(text)

    def set(self, line: str) -> None:
        self.write((self.config / "system.yaml").read_text() + line + "\n")

    def run(
        self, *words: str, user: int | None = None, said: str = ""
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "nidaa.cli", *words],
            env={**os.environ, "NIDAA_STATE": str(self.state), "NIDAA_CONFIG": str(self.config)},
            input=said,
            capture_output=True,
            text=True,
            timeout=120,
            user=user,
            check=False,
        )

    def fails(self, *words: str, user: int | None = None) -> str:
        """Run it; what it says on standard error, which is no traceback."""
        done = self.run(*words, user=user)
        assert done.returncode == 1, done.stdout + done.stderr
        assert "Traceback" not in done.stdout + done.stderr
        assert done.stderr.startswith("nidaa: ")
        return done.stderr.removeprefix("nidaa: ").rstrip("\n")

    def start_fails(self, user: int | None = None) -> str:
        """The one line that `nidaa serve` ends with."""
        said = self.fails("serve", "--no-sample", user=user)
        assert "\n" not in said
        return said


@pytest.fixture
def installation(tmp_path):
    return Installation(tmp_path)


def test_a_taken_tcp_port_is_named_with_who_has_it(installation):
    with closing(socket.create_server(("127.0.0.1", installation.http))):
        said = installation.start_fails()
    assert f"TCP 127.0.0.1:{installation.http}" in said
    assert f"pid {os.getpid()}" in said
    assert "system.yaml" in said


def test_a_taken_udp_port_is_named_with_who_has_it(installation):
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as taken:
        taken.bind(("127.0.0.1", installation.sip))
        said = installation.start_fails()
    assert f"UDP 127.0.0.1:{installation.sip}" in said
    assert f"pid {os.getpid()}" in said


def test_a_second_start_names_the_first(installation):
    lock = hold_lock(installation.state / "run" / "nidaa.lock")
    said = installation.start_fails()
    lock.close()
    assert f"already running here (pid {os.getpid()})" in said
    assert f"`kill {os.getpid()}`" in said


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user, which root alone may")
def test_a_state_folder_of_somebody_else(installation, tmp_path):
    installation.state.mkdir(mode=0o700)
    for folder in (tmp_path, *tmp_path.parents):
        if folder.owner() == "root" and str(folder).startswith("/tmp/"):
            folder.chmod(0o755)
    said = installation.start_fails(user=NOBODY)
    assert str(installation.state) in said
    assert "NIDAA_STATE" in said


def test_a_file_where_the_state_folder_should_be(installation):
    installation.state.write_text("")
    assert str(installation.state) in installation.start_fails()


def test_broken_yaml_is_shown_with_file_line_and_column(installation):
    installation.write("address: [\n")
    for words in (("serve",), ("check",), ("user", "list"), ("try-call",)):
        assert f"{installation.config / 'system.yaml'}:2:1: " in installation.fails(*words)


def test_every_wrong_value_is_shown_at_once(installation):
    installation.write("address: 127.0.0.1\nhttp: {port: many}\nspeed: fast\n")
    said = installation.fails("check")
    assert "system.yaml:2:14" in said
    assert "system.yaml:3:" in said


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("sqlite+aiosqlite:///{folder}", "unable to open"),
        ("sqlite+aiosqlite:///{folder}/system.yaml", "not a database"),
        ("postgresql+asyncpg://nidaa:secret@127.0.0.1:9/nidaa", "Connect call failed"),
        ("what is this", "URL"),
        ("nosuch://127.0.0.1/nidaa", "nosuch"),
    ],
)
def test_a_database_that_cannot_be_used(installation, url, reason):
    installation.set(f"database: '{url.format(folder=installation.config)}'")
    said = installation.start_fails()
    assert reason in said
    assert "`database` in" in said
    assert "secret" not in said


def test_a_configuration_without_errors_ends_the_check_with_0(installation):
    assert installation.run("check").returncode == 0


def test_a_folder_that_is_not_there_ends_the_check_with_1(installation, tmp_path):
    assert "is not a folder" in installation.fails("check", str(tmp_path / "nowhere"))


def test_a_sample_that_is_in_the_way_of_real_people_says_how_to_start(installation):
    login = EMPLOYEES[0].login
    assert installation.run("setup").returncode == 0
    added = installation.run("user", "add", login, "--name", "X", said="a long password\n")
    assert added.returncode == 0, added.stderr
    assert "start with --no-sample" in installation.fails("serve")


def test_status_without_a_running_system_says_how_to_start_it(installation):
    assert installation.fails("status") == "pbx is not running (`nidaa serve` starts it)"


def test_what_nobody_foresaw_is_one_line_and_its_traceback_is_in_the_log(installation):
    (installation.state / "certs").mkdir(parents=True)
    for name in ("ca.key", "ca.crt"):
        (installation.state / "certs" / name).write_text("no certificate")
    said = installation.start_fails()
    log = installation.state / "log" / "nidaa.log"
    assert said.endswith(f"the whole story is in {log}")
    assert "Traceback" in log.read_text()
