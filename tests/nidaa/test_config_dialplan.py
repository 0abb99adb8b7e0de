"""Errors and warnings of numbers, groups, callers, schedules and holidays, each at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from nidaa.config.load import load, load_with_warnings
from nidaa.config.problems import ConfigurationError

TRUNK = "trunks:\n- {name: t, sources: [192.0.2.1]}\n"
HOURS = "hours: {workdays: 08:00-16:00}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "trunks.yaml").write_text(TRUNK)
    return tmp_path


def write(folder: Path, **files: str) -> None:
    for stem, text in files.items():
        (folder / f"{stem}.yaml").write_text(text, encoding="utf-8")


def errors(folder: Path, **files: str) -> list[str]:
    write(folder, **files)
    with pytest.raises(ConfigurationError) as caught:
        load(folder)
    return [str(problem).replace(f"{folder}/", "") for problem in caught.value.problems]


def warnings(folder: Path, **files: str) -> list[str]:
    write(folder, **files)
    found = [str(one).replace(f"{folder}/", "") for one in load_with_warnings(folder).warnings]
    assert all(": warning: " in one for one in found)
    return [one.replace("warning: ", "") for one in found]


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("{number: 100, queue: a, schedule: offices}",
         '2:37: no schedule "offices"; did you mean "office"?'),
        ("{number: 100, queue: a, schedule: zz}",
         '2:37: no schedule "zz"; name it in schedules.yaml'),
        ("{number: 100, queue: a, closed: {queue: a}}",
         "2:35: closed: says where calls go outside the hours of a schedule: name one"),
        ("{number: 100, queue: a, schedule: office, closed: {queue: b}}",
         '2:61: no queue "b"; name it in queues.yaml'),
        ("{number: 100, queue: a, schedule: office, closed: {queue: a, extension: 1001}}",
         "2:53: closed: leads to one place: an announcement, a queue or an extension"),
        ("{number: 100, queue: a, schedule: office, closed: {announcement: ''}}",
         "2:53: closed: leads to one place: an announcement, a queue or an extension"),
        ("{number: lines, queue: a}",
         '2:12: no group "lines"; name it under groups: in dialplan.yaml'),
        ("{number: 109-100, queue: a}",
         '2:12: "109-100": the end of a range comes after its start'),
        ("{number: 100-+109, queue: a}",
         '2:12: "100-+109": both ends of a range have the same form, as +21321000010-19 has'),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_number(folder: Path, number: str, expected: str) -> None:
    found = errors(
        folder,
        numbers=f"numbers:\n- {number}\n",
        queues="queues:\n- name: a\n",
        schedules=f"schedules:\n- {{name: office, {HOURS}}}\n",
    )
    assert found == [f"numbers.yaml:{expected}"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("block:\n- {caller: harasser}\ngroups:\n- {name: harassers, numbers: []}",
         '2:12: no group "harasser"; did you mean "harassers"?'),
        ("block:\n- {caller: 9-1}", '2:12: caller: "9-1" should be a number such as +21321000001, '
         "a prefix such as +21321*, a range such as +21321000010-19, or the name of a group"),
        ("groups:\n- {name: a, numbers: [b]}", '2:23: numbers: "b" should be a number such as '
         "+21321000001, a prefix such as +21321*, a range such as +21321000010-19"),
        ("groups:\n- {name: a, numbers: [19-10]}",
         '2:23: "19-10": the end of a range comes after its start'),
        ("groups:\n- {name: anonymous, numbers: [10]}",
         '2:10: "anonymous" means callers without a number: give the group another name'),
        ("groups:\n- {name: a, numbers: [10]}\n- {name: a, numbers: [11]}",
         '3:10: a group "a" is already at dialplan.yaml:2:10'),
        ("blocks: []", '1:1: unknown key "blocks"; did you mean "block"?'),
        ("zz: []", '1:1: unknown key "zz"; this file holds lists, groups:, block:, allow:'),
    ],
)  # fmt: skip
def test_what_is_wrong_in_dialplan_yaml(folder: Path, text: str, expected: str) -> None:
    assert errors(folder, dialplan=f"{text}\n") == [f"dialplan.yaml:{expected}"]


DAYS = "a day such as sunday, days such as sunday-thursday, workdays or weekend"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hours: {dimanche: 08:00-12:00}", f'3:11: hours: "dimanche" should be {DAYS}'),
        ("hours: {sunday: 8-12}",
         '3:19: sunday: "8-12" should be a period such as 08:00-12:00, or closed'),
        ("hours: {sunday: [08:00-12:00, 13-17]}",
         '3:33: sunday: "13-17" should be a period such as 08:00-12:00, or closed'),
        ("hours: {sunday: [13:00-17:00, 08:00-12:00]}",
         "3:19: 08:00-12:00 must come after 13:00-17:00"),
        ("hours: {sunday: '08:00-12:00, 11:00-12:00'}",
         "3:19: 11:00-12:00 must come after 08:00-12:00"),
        ("hours: {sunday: 08:00-24:01}",
         '3:19: sunday: "08:00-24:01" should be a period such as 08:00-12:00, or closed'),
        ("hours: {sunday-tuesday: closed, tuesday-friday: closed}",
         "3:35: tuesday-friday and sunday-tuesday have a day in common"),
        (f"{HOURS}\n  time_zone: Africa/Algier",
         '4:14: no time zone "Africa/Algier"; did you mean "Africa/Algiers"?'),
        (f"{HOURS}\n  country: XX",
         "4:12: no calendar of holidays for XX: name a country such as DZ"),
        (f"{HOURS}\n  holiday_hours: [10:00-12:00, 11:00-13:00]",
         "4:18: 11:00-13:00 must come after 10:00-12:00"),
        (f"{HOURS}\n  special_days: [{{date: 2026-02-30}}]",
         '4:25: date: "2026-02-30" should be a date such as 2026-03-20'),
        (f"{HOURS}\n  special_days: [{{date: 20260228}}]",
         '4:25: date: "20260228" should be a date such as 2026-03-20'),
        (f"{HOURS}\n  special_days:\n  - {{date: 2026-02-03, last: 2026-02-01}}",
         "5:30: is before 2026-02-03"),
        (f"{HOURS}\n  special_days:\n  - {{date: 2026-02-03, last: 2026-02-09}}\n"
         "  - {date: 2026-02-05}", "6:12: 2026-02-05 is also among the special days of 2026-02-03"),
        (f"{HOURS}\n  special_days:\n  - {{date: 2026-02-03, hours: [10:00-12:00, 11:00-12:00]}}",
         "5:31: 11:00-12:00 must come after 10:00-12:00"),
        (f"{HOURS}\n  seasons:\n  - {{name: R, first: 2026-02-18, last: 2026-02-01, hours: {{}}}}",
         "5:40: R ends before it begins on 2026-02-18"),
        (f"{HOURS}\n  seasons:\n  - {{name: R, first: 2026-02-18, last: 2026-03-19, hours: {{}}}}\n"
         "  - {name: S, first: 2026-03-19, last: 2026-03-20, hours: {}}",
         "6:22: S overlaps R, which lasts until 2026-03-19"),
        (f"{HOURS}\n  seasons:\n  - {{name: '', first: 2026-02-18, last: 2026-03-19, hours: {{}}}}",
         '5:12: name: "" should be at least 1 characters long'),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_schedule(folder: Path, text: str, expected: str) -> None:
    found = errors(folder, schedules=f"schedules:\n- name: office\n  {text}\n")
    assert found == [f"schedules.yaml:{expected}"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{name: Eid al Fitr, year: 2026, shift: 1}",
         '2:10: no holiday "Eid al Fitr" in 2026; did you mean "Eid al-Fitr"?'),
        ("{name: Eid al-Fitr, year: 2200, shift: 1}",
         '2:10: no holiday "Eid al-Fitr" in 2200; there are none known'),
        ("{name: Eid al-Fitr, year: 2026}", "2:10: give it a date, or a year and a shift"),
        ("{name: Eid al-Fitr, year: 2026, shift: 1, date: 2026-03-20}",
         "2:10: give it a date, or a year and a shift"),
        ("{name: Eid al-Fitr, year: 2026, shift: 1, is_workday: yes}",
         "2:57: is_workday goes with a date: that day is worked through"),
        ("{name: Eid al-Fitr, year: 2026, shift: 9}",
         '2:42: shift: "9" should be 5 or less'),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_holiday(folder: Path, text: str, expected: str) -> None:
    assert errors(folder, holidays=f"holidays:\n- {text}\n") == [f"holidays.yaml:{expected}"]


def test_an_unknown_holiday_is_answered_with_those_there_are(folder: Path) -> None:
    (found,) = errors(folder, holidays="holidays:\n- {name: Xx, year: 2026, shift: 1}\n")
    assert 'no holiday "Xx" in 2026; there are Amazigh New Year, Ashura' in found


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"numbers": "numbers:\n- {number: 100}\n"},
         ["numbers.yaml:2:12: 100 leads nowhere: give it a queue or an extension"]),
        ({"queues": "queues:\n- {name: a}\n"},
         ['queues.yaml:2:10: no number leads to the queue "a"']),
        ({"schedules": f"schedules:\n- {{name: office, {HOURS}}}\n"},
         ['schedules.yaml:2:10: no number has the schedule "office"']),
        ({"numbers": "numbers:\n- {number: 100, extension: 1001, schedule: office}\n",
          "schedules": "schedules:\n- {name: office, hours: {sunday: closed}}\n"},
         ['schedules.yaml:2:25: "office" is never open']),
        ({"trunks": "", "numbers": "numbers:\n- {number: 100, extension: 1001}\n"},
         ["numbers.yaml:2:12: no trunk in trunks.yaml: nobody outside can call this number"]),
        ({"dialplan": "groups:\n- {name: a, numbers: [10]}\n"},
         ['dialplan.yaml:2:10: no rule names the group "a"']),
        ({"numbers": "numbers:\n- {number: +21321000001, extension: 1001}\n"
          "- {number: 021000001, extension: 1002}\n"},
         ["numbers.yaml:3:12: no call reaches +21321000001 by this entry: numbers.yaml:2:12 "
          "goes first"]),
        ({"numbers": "numbers:\n- {number: 100-109, extension: 1001}\n"
          "- {number: 100-104, extension: 1002}\n- {number: 105-109, extension: 1003}\n"},
         ["numbers.yaml:2:12: no call reaches 100-109 by this entry: numbers.yaml:3:12 "
          "goes first"]),
        ({"dialplan": "block:\n- {caller: +33*}\n- {caller: +3361*}\n- {caller: +331}\n"},
         ["dialplan.yaml:3:12: +3361* is blocked by dialplan.yaml:2:12 already",
          "dialplan.yaml:4:12: +331 is blocked by dialplan.yaml:2:12 already"]),
        ({"dialplan": "block:\n- {caller: +3361*}\n- {caller: anonymous}\nallow:\n"
          "- {caller: +33*}\n- {caller: anonymous}\n- {caller: +44*}\n- {caller: +441-9}\n"},
         ["dialplan.yaml:2:12: never blocks +3361*: dialplan.yaml:5:12 allows it",
          "dialplan.yaml:3:12: never blocks anonymous callers: dialplan.yaml:6:12 allows it",
          "dialplan.yaml:7:12: allows +44*, which nothing blocks",
          "dialplan.yaml:8:12: allows +441-+449, which nothing blocks"]),
        ({"dialplan": "block:\n- {caller: '*'}\n- {caller: +441}\nallow:\n- {caller: +44*}\n"},
         ["dialplan.yaml:3:12: never blocks +441: dialplan.yaml:5:12 allows it"]),
        ({"dialplan": "block:\n- {caller: '*'}\n- {caller: '*'}\n"},
         ["dialplan.yaml:3:12: any number is blocked by dialplan.yaml:2:12 already"]),
        ({"dialplan": "block:\n- {caller: +441}\nallow:\n- {caller: +44*}\n- {caller: +441}\n"},
         ["dialplan.yaml:2:12: never blocks +441: dialplan.yaml:5:12 allows it"]),
    ],
)  # fmt: skip
def test_warnings(folder: Path, files: dict[str, str], expected: list[str]) -> None:
    assert warnings(folder, **files) == expected


def test_a_group_is_warned_of_for_each_of_its_numbers_that_another_takes(folder: Path) -> None:
    found = warnings(
        folder,
        dialplan="groups:\n- {name: lines, numbers: [100, 101, 102]}\n",
        numbers="numbers:\n- {number: 101, extension: 1001}\n- {number: lines, extension: 1002}\n",
    )
    assert found == [
        "numbers.yaml:3:12: no call reaches 101 by this entry: numbers.yaml:2:12 goes first"
    ]


def test_a_queue_for_closed_hours_is_led_to(folder: Path) -> None:
    found = warnings(
        folder,
        numbers="numbers:\n- {number: 100, extension: 1001, schedule: s, closed: {queue: a}}\n",
        queues="queues:\n- name: a\n",
        schedules=f"schedules:\n- {{name: s, {HOURS}}}\n",
    )
    assert found == []


def test_an_error_leaves_no_room_for_warnings(folder: Path) -> None:
    found = errors(folder, queues="queues:\n- {name: a, ring_for: 1}\n- {name: b}\n")
    assert found == ['queues.yaml:2:23: ring_for: "1" should be 5 or more']
