"""The schemas are current, and the shipped files name theirs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nidaa.config.load import FILES
from nidaa.config.schema import FOLDER, first_line, generated

SHIPPED = Path(__file__).parents[2] / "configs"


def test_every_file_has_a_schema_that_is_current() -> None:
    stale = [path.name for path, text in generated().items() if path.read_text() != text]
    assert stale == [], "run `make contracts`"
    assert {path.stem for path in FOLDER.iterdir()} == {Path(file).stem for file in FILES}


@pytest.mark.parametrize("file", FILES)
def test_every_shipped_file_names_its_schema(file: str) -> None:
    lines = (SHIPPED / file).read_text(encoding="utf-8").splitlines()
    assert lines[0] == first_line(file)


def test_a_schema_takes_numbers_and_yes_for_what_our_files_mean_by_them() -> None:
    (text,) = [text for path, text in generated().items() if path.stem == "queues"]
    queue = json.loads(text)["definitions"]["Queue"]["properties"]
    assert "yes" in queue["is_recorded"]["enum"]
    (text,) = [text for path, text in generated().items() if path.stem == "numbers"]
    number = json.loads(text)["definitions"]["Number"]["properties"]["number"]
    assert number["type"] == ["string", "number"]
    assert "pattern" in number
