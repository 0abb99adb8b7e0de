"""Files changed by IT staff in the running system: closed hours, a new number, a mistake."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.baresip import last_seconds
from tests.e2e.conftest import CALLER_HZ, DESK_HZ
from tests.e2e.test_main_job import SUPPORT
from tests.e2e.waiting import wait_until
from tests.support.tones import has_tone, level_db

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

CLOSED, NEW = "+21321000050", "+21321000051"
SCHEDULES = """\
schedules:
  - name: never
    hours: {sunday: closed}
"""
NUMBERS = f"""\
numbers:
  - number: {CLOSED}
    queue: support
    schedule: never
    closed: {{announcement: closed}}
"""


@pytest.fixture
def files(system: Any) -> Iterator[Any]:
    """The system's configuration folder; afterwards in force as it was."""
    before = {path: path.read_text() for path in system.config.glob("*.yaml")}
    yield system.config
    for path in system.config.glob("*.yaml"):
        if path not in before:
            path.unlink()
    for path, text in before.items():
        path.write_text(text)
    system.run("reload")


def last_conversation(client: Any, number: str) -> Any:
    items = client.get("/conversations", limit=5)["items"]
    return next((one for one in items if one["from_number"] == number and one["ended_at"]), None)


def test_outside_the_hours_a_caller_hears_so_and_the_call_ends(system, files, caller, client):
    (files / "schedules.yaml").write_text(SCHEDULES)
    (files / "numbers.yaml").write_text(NUMBERS)
    said = system.run("reload", "--reason", "a number that is closed")
    assert "numbers, schedules changed" in said
    phone = caller("0770999050")
    phone.dial(f"sip:{CLOSED}@127.0.0.1:{system.trunks}")
    phone.wait_for("CALL_ESTABLISHED")
    phone.wait_for("CALL_CLOSED", 40)
    heard = phone.heard()
    assert len(heard) > 8000, "the announcement takes more than a second"
    assert level_db(heard) > -45
    found = wait_until(
        lambda: last_conversation(client(system.supervisor()), "+213770999050"), "its history", 30
    )
    assert found["outcome"] == "no_answer"
    simulated = system.run("simulate", "--from", "0770999050", "--to", CLOSED)
    assert 'announcement "fr/closed"' in simulated
    assert "a number that is closed" in system.run("config", "history")


def test_a_call_survives_a_reload_after_which_a_new_number_works(
    system, files, caller, desk_phone, client
):
    desk, other = desk_phone("1001"), desk_phone("1002")
    client(system.user("1001")).be_ready()
    first = caller("0770999051")
    first.dial(f"sip:{SUPPORT}@127.0.0.1:{system.trunks}")
    desk.wait_for("CALL_INCOMING")
    desk.answer()
    desk.wait_for("CALL_ESTABLISHED")

    second = caller("0770999052")
    second.dial(f"sip:{NEW}@127.0.0.1:{system.trunks}")
    assert "404" in second.wait_for("CALL_CLOSED")["param"]
    (files / "numbers.yaml").write_text(f"numbers:\n  - number: {NEW}\n    extension: 1002\n")
    assert "numbers changed" in system.run("reload")
    second.dial(f"sip:{NEW}@127.0.0.1:{system.trunks}")
    other.wait_for("CALL_INCOMING")
    other.answer()
    second.wait_for("CALL_ESTABLISHED")
    wait_until(lambda: has_tone(last_seconds(second, 1), DESK_HZ), "the new number's callee", 10)

    wait_until(lambda: has_tone(last_seconds(first, 1), DESK_HZ), "the first call going on", 10)
    assert has_tone(last_seconds(desk, 1), CALLER_HZ)
    assert not first.saw("CALL_CLOSED")
    second.hang_up()
    first.hang_up()
    desk.wait_for("CALL_CLOSED")
    client(system.user("1001")).post("/agent/sign-off")


def test_a_mistake_keeps_the_old_configuration_and_says_so(system, files, client):
    (files / "numbers.yaml").write_text("numbers:\n  - number: +21321000052\n    queu: support\n")
    done = subprocess.run(
        [sys.executable, "-m", "nidaa.cli", "reload"],
        env=system.environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert 'numbers.yaml:3:5: unknown key "queu"; did you mean "queue"?' in done.stderr
    assert "ALARM config_rejected" in system.run("status")
    assert "config_rejected" in str(client(system.supervisor()).live())
    assert 'unknown key "queu"' in system.log("pbx")
    assert "revision" in system.run("config", "rollback", _last(system), "--discard")
    assert "ALARM" not in system.run("status")


def _last(system: Any) -> str:
    """The number of the revision in force."""
    return system.run("config", "history").splitlines()[-1].split()[0]
