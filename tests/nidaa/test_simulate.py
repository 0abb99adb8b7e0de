"""`nidaa simulate`: the path of a call in words and as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.nidaa.test_config_commands import Site

NUMBERS = """\
numbers:
  - {number: +21321000001, queue: support, greeting: welcome, schedule: office}
  - {number: +21321000010-19, extension: 1001}
  - {number: 100, queue: support, schedule: never}
"""
DIALPLAN = """\
block:
  - {caller: +33*, note: surveys}
  - {caller: anonymous}
allow:
  - {caller: +33144000000}
"""
SCHEDULES = """\
schedules:
  - name: office
    hours: {sunday-thursday: [08:00-12:00, 13:00-16:00]}
    seasons:
      - {name: Ramadan, first: 2026-02-18, last: 2026-03-19, hours: {workdays: 09:00-15:00}}
    special_days:
      - {date: 2026-12-31, note: Inventory}
  - {name: never, hours: {sunday: closed}}
"""


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    site.write(numbers=NUMBERS, dialplan=DIALPLAN, schedules=SCHEDULES)
    return site


def said(site: Site, to: str, at: str, from_: str = "0550123456") -> list[str]:
    return site.said("simulate", "--from", from_, "--to", to, "--at", at).splitlines()


def found(site: Site, to: str, at: str, from_: str = "0550123456") -> Any:
    return json.loads(site.said("simulate", "--from", from_, "--to", to, "--at", at, "--json"))


def test_an_open_queue_in_words(site: Site) -> None:
    assert said(site, "021000001", "2026-02-01 10:00")[:4] == [
        "Sunday 2026-02-01 10:00 CET: +213550123456 calls 021000001 from outside",
        "  number       +21321000001, numbers.yaml:2:14",
        "  schedule     office is open: the week's hours, 08:00-12:00, 13:00-16:00",
        '  destination  queue support in fr, after the greeting "welcome"',
    ]


def test_a_holiday_in_words(site: Site) -> None:
    assert said(site, "+21321000001", "2026-03-22 10:00")[2:5] == [
        "  schedule     office is closed: public holiday Eid al-Fitr (estimated: confirm it in "
        "holidays.yaml), closed all day",
        "  opens next   Monday 2026-03-23 08:00",
        '  destination  announcement "fr/closed", then the call ends',
    ]


@pytest.mark.parametrize(
    ("at", "words"),
    [
        ("2026-02-18 08:30", "office is closed: season Ramadan, 09:00-15:00"),
        ("2026-12-31 09:00", "office is closed: special day Inventory, closed all day"),
    ],
)
def test_other_days_in_words(site: Site, at: str, words: str) -> None:
    assert said(site, "+21321000001", at)[2] == f"  schedule     {words}"


def test_a_schedule_that_never_opens(site: Site) -> None:
    assert said(site, "100", "2026-02-01 10:00")[3] == "  opens next   never"


def test_a_blocked_caller_in_words(site: Site) -> None:
    assert said(site, "+21321000001", "2026-02-01 10:00", "+33612345678")[1:3] == [
        "  caller       blocked by +33* (surveys), dialplan.yaml:2:14",
        "  destination  refused: 603 Decline",
    ]
    anonymous = said(site, "+21321000001", "2026-02-01 10:00", "anonymous")
    assert "an anonymous caller calls" in anonymous[0]


def test_an_allowed_caller_in_words(site: Site) -> None:
    lines = said(site, "+21321000001", "2026-02-01 10:00", "+33144000000")
    assert lines[1] == "  caller       allowed by +33144000000, dialplan.yaml:5:14"


def test_an_extension_that_nobody_has_said_to_be_gone(site: Site) -> None:
    lines = said(site, "+21321000012", "2026-02-01 10:00")
    assert lines[1:] == [
        "  number       +21321000010-19, numbers.yaml:3:14",
        "  destination  extension 1001",
        "  (no directory yet: every extension in the files is taken to exist)",
    ]


def test_a_call_from_inside(site: Site) -> None:
    call = found(site, "1001", "2026-02-01 10:00", "1001")
    assert call["source"] == "phone"
    assert call["destination"] == {"kind": "extension", "number": "1001"}


def test_a_queue_as_json(site: Site) -> None:
    call = found(site, "021000001", "2026-02-01 10:00")
    call["rule"]["at"] = Path(call["rule"]["at"]).name
    assert call == {
        "at": "2026-02-01T10:00:00+01:00",
        "from": "+213550123456",
        "to": "021000001",
        "source": "trunk",
        "blocked_by": None,
        "allowed_by": None,
        "rule": {"number": "+21321000001", "at": "numbers.yaml:2:14"},
        "schedule": {
            "name": "office",
            "is_open": True,
            "reason": "hours",
            "day": "",
            "is_estimated": False,
            "hours": ["08:00-12:00", "13:00-16:00"],
            "opens_next": None,
        },
        "destination": {
            "kind": "queue",
            "queue": "support",
            "language": "fr",
            "greeting": "welcome",
            "number": "+21321000001",
            "priority": 0,
        },
    }


def test_a_closed_day_as_json(site: Site) -> None:
    call = found(site, "021000001", "2026-03-22 10:00")
    assert call["schedule"]["day"] == "Eid al-Fitr"
    assert call["schedule"]["is_estimated"]
    assert call["schedule"]["opens_next"] == "2026-03-23T08:00:00+01:00"
    assert call["destination"]["kind"] == "announcement"


def test_a_time_with_an_offset_and_one_that_is_none(site: Site) -> None:
    assert not found(site, "021000001", "2026-02-01 11:30+00:00")["schedule"]["is_open"]
    done = site.run("simulate", "--from", "1", "--to", "2", "--at", "tomorrow")
    assert done.exit_code == 2
    assert '"tomorrow" is no time' in done.stderr


def test_now_is_when_no_time_is_given(site: Site) -> None:
    assert site.run("simulate", "--from", "0550123456", "--to", "999").exit_code == 0
