"""Revisions on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from nidaa.config.history import History, Revision, UnknownRevision, read_texts, write_texts

ONE = {"queues.yaml": b"queues: []\n"}
TWO = {"queues.yaml": b"queues:\n- name: a\n", "numbers.yaml": b"# none\n"}


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "config-history")


def test_there_is_nothing_at_first(history: History) -> None:
    assert history.revisions() == []
    assert history.last() is None
    with pytest.raises(UnknownRevision, match="there is no revision 1"):
        history.texts(1)


def test_revisions_are_counted_and_kept_with_their_files(history: History) -> None:
    assert history.record(ONE, 10, "karim", "first") == Revision(1, 10, "karim", "first")
    assert history.record(TWO, 20, "lynda", "") == Revision(2, 20, "lynda", "")
    assert [one.number for one in history.revisions()] == [1, 2]
    assert history.texts(1) == ONE
    assert history.texts(2) == TWO


def test_the_same_files_again_are_no_new_revision(history: History) -> None:
    first = history.record(ONE, 10, "karim", "first")
    assert history.record(ONE, 20, "lynda", "again") == first
    history.record(TWO, 30, "lynda", "")
    assert history.record(ONE, 40, "lynda", "back").number == 3


def test_a_half_written_revision_does_not_count(history: History, tmp_path: Path) -> None:
    draft = tmp_path / "config-history" / ".draft"
    draft.mkdir(parents=True)
    (draft / "queues.yaml").write_text("half")
    assert history.revisions() == []
    assert history.record(ONE, 10, "karim", "").number == 1
    assert history.texts(1) == ONE


def test_files_are_written_back_and_what_was_not_there_goes(tmp_path: Path) -> None:
    folder = tmp_path / "configs"
    write_texts(folder, TWO)
    (folder / "README").write_text("ours")
    write_texts(folder, ONE)
    assert read_texts(folder) == ONE
    assert sorted(one.name for one in folder.iterdir()) == ["README", "queues.yaml"]
