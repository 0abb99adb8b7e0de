from __future__ import annotations

from pathlib import Path

import pytest

from nidaa.contracts.directory import Agent, Device, Directory, Extension
from pbx.directory import EMPTY, DirectoryBook, StaleDirectory


def snapshot(version: int, name: str = "Anna") -> Directory:
    return Directory(
        version=version,
        tenant="default",
        realm="nidaa.local",
        extensions=(Extension("1001", name),),
        devices=(Device("web-1001", "1001", "webphone", "a" * 32, "b" * 64),),
        agents=(Agent("anna", name, "1001"),),
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "pbx" / "directory.json"


def test_without_a_file_nobody_is_known(file: Path) -> None:
    book = DirectoryBook(file)
    assert book.snapshot == EMPTY
    assert not book.devices


def test_people_are_found_by_what_is_known_of_them(file: Path) -> None:
    book = DirectoryBook(file)
    book.publish(snapshot(1))
    assert book.devices["web-1001"].extension == "1001"
    assert book.extensions["1001"].name == "Anna"
    assert book.agents["anna"].extension == "1001"
    assert book.agents_by_extension["1001"].id == "anna"


def test_the_snapshot_is_there_again_after_a_restart(file: Path) -> None:
    DirectoryBook(file).publish(snapshot(3))
    assert DirectoryBook(file).snapshot == snapshot(3)
    assert file.stat().st_mode & 0o077 == 0  # it holds the secrets of phones


def test_an_older_snapshot_is_refused_and_changes_nothing(file: Path) -> None:
    book = DirectoryBook(file)
    book.publish(snapshot(3))
    with pytest.raises(StaleDirectory, match="2 is older than 3"):
        book.publish(snapshot(2, "Bo"))
    assert book.extensions["1001"].name == "Anna"


def test_who_listens_is_told_of_each_change_once(file: Path) -> None:
    book, seen = DirectoryBook(file), []
    book.on_change(lambda it: seen.append(it.version))
    book.publish(snapshot(1))
    book.publish(snapshot(1))
    book.publish(snapshot(2))
    assert seen == [0, 1, 2]


def test_another_content_under_the_same_version_is_used(file: Path) -> None:
    book = DirectoryBook(file)
    book.publish(snapshot(1))
    book.publish(snapshot(1, "Bo"))
    assert book.extensions["1001"].name == "Bo"


def test_a_broken_file_is_no_reason_not_to_start(file: Path) -> None:
    file.parent.mkdir()
    file.write_bytes(b'{"version": 1')
    assert DirectoryBook(file).snapshot == EMPTY


def test_a_disk_that_cannot_be_written_does_not_stop_the_directory(file: Path) -> None:
    file.parent.write_text("not a folder")
    book = DirectoryBook(file)
    book.publish(snapshot(1))
    assert "anna" in book.agents
