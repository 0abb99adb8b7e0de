"""`nidaa sample remove` while the system runs: nothing of the sample is left, then or later."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from tests.e2e.system import Client, System
from tests.e2e.test_main_job import SUPPORT, finished_conversation
from tests.e2e.waiting import wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

KEPT = {"sessions", "cursors", "settings"}  # our log-in, how far events were read
ADD_US = ("user", "add", "boss", "--role", "admin", "--name", "Boss")
OURS = {"login": "boss", "password": "a password of our own", "name": "Boss"}


@pytest.fixture
def system():
    with tempfile.TemporaryDirectory(prefix="nidaa-") as folder:
        running = System(Path(folder), workers=1)
        try:
            running.start()
            yield running
        finally:
            running.close()


def rows(system) -> dict[str, int]:
    """How many rows each table has that has any, our administrator aside."""
    with closing(sqlite3.connect(system.state / "nidaa.db")) as database:
        names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        counts = {
            name: database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608
            for (name,) in names
        }
    return {name: count for name, count in counts.items() if count}


def add_administrator(system) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "nidaa.cli",
            *["user", "add", "boss", "--role", "admin", "--name", "Boss"],
        ],
        env=system.environment,
        input=OURS["password"] + "\n",
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def is_marked(system) -> bool:
    with closing(Client(system, OURS)) as boss:
        return boss.live()["is_sample"] or boss.session["user"].get("is_sample", False)


def test_removing_the_sample_while_it_works_leaves_nothing(system, caller, desk_phone):
    add_administrator(system)
    assert is_marked(system)
    desk = desk_phone("1001")
    with closing(Client(system, system.user("1001"))) as anna:
        anna.be_ready()
        phone = caller("0770999061")
        phone.dial(f"sip:{SUPPORT}@127.0.0.1:{system.trunks}")
        desk.wait_for("CALL_INCOMING")
        desk.answer()
        desk.wait_for("CALL_ESTABLISHED")
        phone.hang_up()
        desk.wait_for("CALL_CLOSED")
        finished_conversation(anna, "+213770999061")
    system.run("sample", "remove")
    for _ in range(2):
        left = rows(system)
        mine = {"alembic_version": 1, "users": 1}
        theirs = {name: count for name, count in left.items() if mine.get(name) != count}
        assert set(theirs) <= KEPT, theirs
        assert list(system.state.glob("recordings/**/*.*")) == []
        assert not (system.state / "sample").exists()
        assert not (system.state / "sample.json").exists()
        system.close()
        system.output = (system.folder / "serve.log").open("ab")
        system.start()
    assert not is_marked(system)
    wait_until(lambda: "up" in system.run("status"), "the system", 10)
