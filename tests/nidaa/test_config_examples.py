"""The examples are right, without a warning, and route as their comments say."""

from __future__ import annotations

from pathlib import Path

import pytest

from nidaa.cli.simulate import people_of, simulated
from nidaa.config.load import FILES, load_with_warnings
from nidaa.settings import Paths

EXAMPLES = Path(__file__).parents[2] / "configs" / "examples"


@pytest.mark.parametrize("name", ["startup", "courier", "bank"])
def test_an_example_is_right_and_its_files_name_their_schemas(name: str) -> None:
    assert load_with_warnings(EXAMPLES / name).warnings == ()
    for file in (EXAMPLES / name).iterdir():
        assert file.name in FILES
        first = file.read_text(encoding="utf-8").splitlines()[0]
        assert first == f"# yaml-language-server: $schema=../../schema/{file.stem}.json"


@pytest.mark.parametrize(
    ("name", "caller", "dialled", "at", "destination"),
    [
        ("startup", "0550123456", "021000001", "2026-11-24 10:00", "queue everybody in fr"),
        ("startup", "0550123456", "021000001", "2026-11-24 17:30", 'announcement "fr/closed"'),
        ("startup", "0550123456", "021000001", "2026-11-27 10:00", 'announcement "fr/closed"'),
        ("startup", "0550123456", "021000001", "2027-01-12 10:00", 'announcement "fr/closed"'),
        ("startup", "0550123456", "+21321000002", "2026-11-27 10:00", "extension 1001"),
        ("startup", "0550123456", "+21321000003", "2026-11-24 10:00", "refused: 404"),
        ("courier", "0550123456", "+213982400105", "2026-11-24 19:00", "queue parcels in ar"),
        ("courier", "0550123456", "+213982400105", "2026-11-24 20:30", "queue late in ar"),
        ("courier", "0550123456", "+213982400105", "2026-11-27 13:00", "queue late in ar"),
        ("courier", "0550123456", "+213982400105", "2026-11-27 15:00", "queue parcels in ar"),
        ("courier", "0550123456", "+213982400105", "2027-02-09 22:00", "queue parcels in ar"),
        ("courier", "0550123456", "+213982400105", "2027-07-05 10:00", "queue parcels in ar"),
        ("courier", "0550123456", "021000150", "2026-11-26 11:00", "queue shops in fr"),
        ("courier", "0550123456", "021000150", "2026-11-26 14:00", 'announcement "fr/closed"'),
        ("courier", "0550123456", "021000150", "2027-07-05 11:00", "queue shops in fr"),
        ("courier", "0550123456", "021000007", "2026-11-27 03:00", "queue late in fr"),
        ("courier", "0550123456", "021000999", "2026-11-24 10:00", "queue parcels in ar"),
        ("courier", "0661999905", "021000999", "2026-11-24 10:00", "refused: 603"),
        ("courier", "anonymous", "021000999", "2026-11-24 10:00", "refused: 603"),
        ("bank", "0550123456", "3033", "2026-11-24 10:00", "queue customers in ar"),
        ("bank", "0550123456", "3033", "2027-02-09 15:00", 'announcement "ar/closed"'),
        ("bank", "0550123456", "3033", "2026-12-31 13:00", 'announcement "ar/closed"'),
        ("bank", "0550123456", "021000010", "2026-11-27 03:00", "queue cards in fr"),
        ("bank", "0550123456", "021000025", "2026-11-24 18:00", "extension 2000"),
        ("bank", "0550123456", "+21321000101", "2026-11-24 18:00", "extension 3101"),
        ("bank", "+33912345678", "3033", "2026-11-24 10:00", "refused: 603"),
        ("bank", "+33980000000", "3033", "2026-11-24 10:00", "queue customers in ar"),
    ],
)
def test_a_call(
    name: str, caller: str, dialled: str, at: str, destination: str, tmp_path: Path
) -> None:
    loaded = load_with_warnings(EXAMPLES / name)
    people = people_of(Paths(tmp_path, EXAMPLES / name), loaded)
    lines = list(simulated(loaded, people, caller, dialled, at).words())
    (line,) = [line for line in lines if line.startswith("  destination")]
    assert line.removeprefix("  destination  ").startswith(destination), "\n".join(lines)
