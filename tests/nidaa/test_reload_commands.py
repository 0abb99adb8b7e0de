"""`nidaa reload` and `nidaa config`: against a scripted pbx, and against none."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from nidaa.config.history import History, read_texts
from nidaa.contracts import control
from nidaa.contracts.wire import Unframer, frame
from tests.nidaa.test_config_commands import Site

DONE = control.Reloaded(2, ("numbers",), (), ())


class ScriptedPbx(asyncio.Protocol):
    """Answers every reload the same way and remembers what it was asked."""

    def __init__(self, answer: control.Result, asked: list[control.Command]) -> None:
        self._answer, self._asked = answer, asked
        self._unframer = Unframer[control.ToPbx](control.ToPbx)

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        for message in self._unframer.feed(data):
            if isinstance(message, control.Hello):
                self._transport.write(frame(control.Welcome("9.9", 0)))
            elif isinstance(message, control.Request):
                self._asked.append(message.command)
                self._transport.write(frame(control.Reply(message.id, self._answer)))


@contextmanager
def running(site: Site, answer: control.Result = DONE) -> Iterator[list[control.Command]]:
    """A pbx at the site's socket, in a thread of its own: the commands run their own loop."""
    asked: list[control.Command] = []
    loop = asyncio.new_event_loop()
    (site.state / "run").mkdir(parents=True, exist_ok=True)
    path = str(site.state / "run" / "pbx.sock")
    server = loop.run_until_complete(
        loop.create_unix_server(lambda: ScriptedPbx(answer, asked), path)
    )
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield asked
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    server.close()
    loop.run_until_complete(server.wait_closed())
    loop.close()
    Path(path).unlink(missing_ok=True)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture
def history(site: Site) -> History:
    """Two revisions; the second is what the files hold."""
    history = History(site.state / "config-history")
    texts = read_texts(site.config)
    history.record(texts, 1_770_199_200_000_000, "pbx", "read at the start")
    site.write(queues="queues:\n- name: support\n- name: sales\n")
    history.record(read_texts(site.config), 1_770_199_260_000_000, "karim", "sales opens")
    return history


def test_a_reload_says_by_whom_and_why(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUDO_USER", "karim")
    with running(site) as asked:
        said = site.said("reload", "--reason", "new number")
    assert asked == [control.Reload("karim", "new number")]
    assert said == "revision 2 is in force: numbers changed\n"


@pytest.mark.parametrize(
    ("answer", "lines"),
    [
        (control.Reloaded(2, (), (), ()), ["revision 2 is in force: nothing changed"]),
        (control.Reloaded(3, ("queues",), ("media",), ("a: warning: b",)),
         ["a: warning: b", "revision 3 is in force: queues changed",
          "system.yaml: media will count after a restart of Nidaa, and not before",
          "the web interface shows new titles of queues after its next start"]),
        (control.Reloaded(0, ("numbers",), (), ()),
         ["in force, but the disk did not take it into the history (see the log of pbx)"]),
    ],
)  # fmt: skip
def test_what_a_reload_did(site: Site, answer: control.Reloaded, lines: list[str]) -> None:
    with running(site, answer):
        assert site.said("reload").splitlines() == lines


def test_a_refused_reload(site: Site) -> None:
    refused = control.Refused(control.Refusal.BAD_CONFIGURATION, "queues.yaml:1:1: is bad")
    with running(site, refused):
        done = site.run("reload")
    assert done.exit_code == 1
    assert "the old configuration stays in force:\nqueues.yaml:1:1: is bad" in done.stderr


def test_a_reload_of_nothing_that_runs(site: Site) -> None:
    done = site.run("reload")
    assert done.exit_code == 3
    assert "the files count from the next start" in done.stderr


def test_the_history(site: Site, history: History) -> None:
    lines = site.said("config", "history").splitlines()
    assert lines[0].split()[0] == "1"
    assert lines[0].endswith("pbx           read at the start")
    assert lines[1].endswith("karim         sales opens")


def test_no_history_yet(site: Site) -> None:
    assert "no revision yet" in site.said("config", "history")
    assert site.run("config", "diff").exit_code == 1


def test_differences(site: Site, history: History) -> None:
    assert site.said("config", "diff") == "no difference\n"
    assert site.said("config", "diff", "1").splitlines() == [
        "--- queues.yaml (revision 1)",
        "+++ queues.yaml (now)",
        "@@ -1,2 +1,3 @@",
        " queues:",
        " - name: support",
        "+- name: sales",
    ]
    assert "-- name: sales" in site.said("config", "diff", "2", "1")
    done = site.run("config", "diff", "9")
    assert (done.exit_code, "there is no revision 9" in done.stderr) == (1, True)


def test_a_rollback_writes_the_files_and_reloads(site: Site, history: History) -> None:
    with running(site) as asked:
        assert "revision 2 is in force" in site.said("config", "rollback", "1")
    assert [one.reason for one in asked] == ["rollback to revision 1"]  # type: ignore[union-attr]
    assert read_texts(site.config) == history.texts(1)


def test_a_rollback_that_is_refused_leaves_the_files(site: Site, history: History) -> None:
    refused = control.Refused(control.Refusal.BAD_CONFIGURATION, "numbers.yaml: is bad")
    with running(site, refused):
        done = site.run("config", "rollback", "1")
    assert done.exit_code == 1
    assert "revision 1 cannot be used" in done.stderr
    assert read_texts(site.config) == history.texts(2)


def test_a_rollback_loses_no_work_unless_told_so(site: Site, history: History) -> None:
    site.write(queues="queues:\n- name: support\n- name: night\n")
    done = site.run("config", "rollback", "1")
    assert done.exit_code == 1
    assert "--discard" in done.stderr
    assert "they count when Nidaa starts" in site.said("config", "rollback", "1", "--discard")
    assert read_texts(site.config) == history.texts(1)


def test_a_rollback_while_nothing_runs_is_checked_all_the_same(
    site: Site, history: History
) -> None:
    sample = site.state / "sample"
    sample.mkdir()
    (sample / "queues.yaml").write_text("queues:\n- name: support\n")
    done = site.run("config", "rollback", "1", "--reason", "x")
    assert done.exit_code == 1
    assert read_texts(site.config) == history.texts(2)


def test_the_holidays(site: Site) -> None:
    site.write(holidays="holidays:\n- {name: Eid al-Adha, year: 2026, shift: 1}\n")
    lines = site.said("config", "holidays", "--year", "2026").splitlines()
    assert "2026-03-20 Fri  Eid al-Fitr  (estimated)" in lines
    assert "2026-05-28 Thu  Eid al-Adha" in lines
    assert "2026-07-14 Tue  National Day" in site.said(
        "config", "holidays", "--year", "2026", "--country", "FR"
    )
    assert site.run("config", "holidays", "--country", "XX").exit_code == 1
