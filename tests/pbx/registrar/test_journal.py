from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pbx.registrar import journal as module
from pbx.registrar.journal import Journal
from pbx.registrar.location import Binding
from pbx.sip.flow import Flow
from pbx.sip.uri import Uri

UDP = Flow("UDP", "phones", "192.0.2.1:5060", ("192.0.2.9", 5061))
WSS = Flow("WSS", "webphones", "192.0.2.1:7443", ("192.0.2.9", 40000), 7)
LISTENERS = {"phones": "192.0.2.1:5060"}
ANNA = Binding(
    "1001",
    Uri.parse("sip:1001@192.0.2.9:5061;line=x"),
    "desk-1001",
    UDP,
    "c1",
    7,
    100.0,
    ";+sip.instance=x",
    "x",
    0.5,
    "<sip:p@192.0.2.3;lr>",
    "Phone/1",
)
BO = replace(ANNA, extension="1002", uri=Uri.parse("sip:1002@192.0.2.9"))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "pbx" / "bindings.jsonl"


@pytest.fixture
def journal(file: Path) -> Journal:
    made = Journal(file, 1_000_000.0)
    made.rewrite(())
    return made


def restored(file: Path, offset: float = 1_000_000.0, now: float = 0.0) -> list[Binding]:
    return list(Journal(file, offset).restore(LISTENERS, now))


def test_a_binding_is_there_again_with_all_its_facts(journal: Journal, file: Path) -> None:
    journal.note(ANNA)
    journal.flush([ANNA], 1)
    assert restored(file) == [ANNA]
    assert file.stat().st_mode & 0o077 == 0


def test_a_machine_that_started_again_counts_from_another_time(
    journal: Journal, file: Path
) -> None:
    journal.note(ANNA)
    journal.flush([ANNA], 1)
    [found] = restored(file, 1_000_040.0)
    assert found.expires_at == 60.0


def test_what_expired_meanwhile_or_was_removed_is_not_restored(
    journal: Journal, file: Path
) -> None:
    journal.note(ANNA)
    journal.note(BO)
    journal.note_gone(BO)
    journal.flush([ANNA], 1)
    assert restored(file, now=50.0) == [ANNA]
    assert restored(file, now=100.0) == []


def test_what_came_over_a_connection_is_not_kept(journal: Journal, file: Path) -> None:
    browser = replace(ANNA, flow=WSS)
    journal.note(browser)
    journal.note_gone(browser)
    journal.flush([browser], 1)
    journal.rewrite([browser])
    assert file.read_bytes() == b""


def test_a_listener_that_is_gone_takes_its_bindings_along(journal: Journal, file: Path) -> None:
    journal.note(ANNA)
    journal.flush([ANNA], 1)
    assert list(Journal(file, 1_000_000.0).restore({"other": ""}, 0.0)) == []


def test_a_listener_that_moved_is_used_as_it_is_now(journal: Journal, file: Path) -> None:
    journal.note(ANNA)
    journal.flush([ANNA], 1)
    [found] = Journal(file, 1_000_000.0).restore({"phones": "198.51.100.1:5060"}, 0.0)
    assert found.flow.sent_by == "198.51.100.1:5060"


def test_torn_and_strange_lines_are_passed_over(journal: Journal, file: Path) -> None:
    journal.note(ANNA)
    journal.note(replace(BO, uri=Uri("sip", host="a b")))
    journal.flush([ANNA], 1)
    with file.open("ab") as stream:
        stream.write(b'{"extension":"1002","ur')
    assert restored(file) == [ANNA]


def test_no_file_is_no_bindings(tmp_path: Path) -> None:
    assert restored(tmp_path / "nothing.jsonl") == []


def test_a_file_that_cannot_be_read_is_no_bindings(tmp_path: Path) -> None:
    assert restored(tmp_path) == []


def test_the_file_is_written_anew_when_it_is_mostly_stale(
    journal: Journal, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FEWEST", 3)
    for _ in range(10):
        journal.note(ANNA)
        journal.flush([ANNA], 1)
    assert len(file.read_bytes().splitlines()) <= 4
    assert restored(file) == [ANNA]


def test_nothing_new_writes_nothing(journal: Journal, file: Path) -> None:
    file.unlink()
    journal.flush([ANNA], 1)
    assert not file.exists()


def test_a_disk_that_refuses_is_tried_again_with_everything(journal: Journal, file: Path) -> None:
    file.unlink()
    file.mkdir()
    for _ in range(2):
        journal.note(ANNA)
        journal.flush([ANNA], 1)
    file.rmdir()
    journal.note(BO)
    journal.flush([ANNA, BO], 2)
    assert restored(file) == [ANNA, BO]
