from __future__ import annotations

from types import SimpleNamespace

import pytest

from nidaa.config.hours import Schedule
from nidaa.config.models import CallerRule, Closed, Configuration, Number, Queue
from nidaa.config.patterns import Group
from nidaa.contracts.directory import Extension
from pbx.routing.dialplan import (
    BLOCKED,
    INCOMPLETE,
    NOT_FOUND,
    AnnouncementDestination,
    Destination,
    Dialplan,
    ExtensionDestination,
    FromPhone,
    FromTrunk,
    QueueDestination,
)

CONFIGURATION = Configuration(
    queues=(Queue(name="support"), Queue(name="sales")),
    numbers=(
        Number(number="+21321000001", queue="support", language="ar", greeting="welcome"),
        Number(number="021000002", queue="sales"),
        Number(number="+21321000003", extension="1001"),
        Number(number="+21321000004", extension="1999"),
        Number(number="3033", queue="support"),
    ),
)
PEOPLE = SimpleNamespace(extensions={n: Extension(n, "") for n in ("1001", "1002", "021000001")})
PLAN = Dialplan(CONFIGURATION)
TRUNK, PHONE = FromTrunk("carrier"), FromPhone("1001")
SUPPORT = QueueDestination("support", "ar", "welcome", "+21321000001")
WEDNESDAY = 1_770_199_200_000_000  # 2026-02-04 11:00 in Algiers
FRIDAY = WEDNESDAY + 2 * 86_400_000_000
SALES = QueueDestination("sales", "fr", "", "021000002")


def decide(
    source: FromTrunk | FromPhone, dialled: str, plan: Dialplan = PLAN, at: int = WEDNESDAY
) -> Destination:
    return plan.decide(PEOPLE, source, dialled, at).destination


@pytest.mark.parametrize(
    ("dialled", "destination"),
    [
        ("+21321000001", SUPPORT),
        ("21321000001", SUPPORT),
        ("0021321000001", SUPPORT),
        ("021000001", SUPPORT),
        ("021000002", SALES),
        ("+21321000002", SALES),
        ("3033", QueueDestination("support", "fr", "", "3033")),
        ("+21321000003", ExtensionDestination("1001")),
    ],
)
def test_a_caller_from_outside_reaches_a_number(dialled: str, destination: object) -> None:
    assert decide(TRUNK, dialled) == destination


@pytest.mark.parametrize(
    "dialled", ["1001", "+33123456789", "0550123456", "+21321000009", "support", "900", "*97"]
)
def test_a_caller_from_outside_reaches_nothing_else(dialled: str) -> None:
    assert decide(TRUNK, dialled) is NOT_FOUND


def test_a_number_whose_extension_is_gone_is_not_found() -> None:
    assert decide(TRUNK, "+21321000004") is NOT_FOUND


@pytest.mark.parametrize("source", [TRUNK, PHONE])
def test_a_call_to_nobody_is_incomplete(source: FromTrunk | FromPhone) -> None:
    assert decide(source, "") is INCOMPLETE


def test_a_phone_reaches_extensions_and_our_own_numbers() -> None:
    assert decide(PHONE, "1002") == ExtensionDestination("1002")
    assert decide(PHONE, "021000002") == SALES


def test_for_a_phone_an_extension_wins_over_a_number() -> None:
    assert decide(PHONE, "021000001") == ExtensionDestination("021000001")


@pytest.mark.parametrize("dialled", ["0550123456", "+33123456789", "17", "0033123456789"])
def test_nobody_reaches_the_outside(dialled: str) -> None:
    assert decide(PHONE, dialled) is NOT_FOUND


PATTERNS = Dialplan(
    Configuration(
        groups=(Group(name="sales_lines", numbers=("+21331000001", "+21331000010-19")),),
        numbers=(
            Number(number="*", queue="rest"),
            Number(number="+21321*", queue="algiers"),
            Number(number="021000*", queue="centre"),
            Number(number="+21321000100-199", queue="wide"),
            Number(number="+21321000150-159", queue="narrow"),
            Number(number="+21321000155", queue="one"),
            Number(number="sales_lines", queue="sales"),
            Number(number="30*", queue="short"),
        ),
    )
)


@pytest.mark.parametrize(
    ("dialled", "queue", "number"),
    [
        ("+21321000155", "one", "+21321000155"),
        ("021000155", "one", "+21321000155"),
        ("+21321000154", "narrow", "+21321000154"),
        ("021000160", "wide", "+21321000160"),
        ("021000099", "centre", "+21321000099"),
        ("0021321000200", "centre", "+21321000200"),
        ("+21321100000", "algiers", "+21321100000"),
        ("+21331000001", "sales", "+21331000001"),
        ("031000019", "sales", "+21331000019"),
        ("+21331000020", "rest", "+21331000020"),
        ("3033", "short", "3033"),
        ("support", "rest", "support"),
    ],
)
def test_the_most_particular_rule_counts(dialled: str, queue: str, number: str) -> None:
    assert decide(TRUNK, dialled, PATTERNS) == QueueDestination(queue, "fr", "", number)


SCREENED = Dialplan(
    Configuration(
        groups=(Group(name="harassers", numbers=("+213550999999", "0551000000-09")),),
        numbers=(Number(number="100", queue="support"),),
        block=(
            CallerRule(caller="harassers", note="since March"),
            CallerRule(caller="+33*"),
            CallerRule(caller="anonymous"),
        ),
        allow=(CallerRule(caller="+33144000000"),),
    )
)


@pytest.mark.parametrize("caller", ["+213550999999", "+213551000005", "+33612345678", ""])
def test_blocked_callers_are_declined(caller: str) -> None:
    assert decide(FromTrunk("carrier", caller), "100", SCREENED) is BLOCKED


@pytest.mark.parametrize("caller", ["+213550123456", "+33144000000", "+44123", "garbage"])
def test_other_callers_and_allowed_ones_get_through(caller: str) -> None:
    assert decide(FromTrunk("carrier", caller), "100", SCREENED) == QueueDestination(
        "support", "fr", "", "100"
    )


def test_a_decision_says_by_which_rules() -> None:
    blocked = SCREENED.decide(PEOPLE, FromTrunk("carrier", "+213550999999"), "100", WEDNESDAY)
    assert blocked.blocked_by
    assert blocked.blocked_by.note == "since March"
    allowed = SCREENED.decide(PEOPLE, FromTrunk("carrier", "+33144000000"), "100", WEDNESDAY)
    assert allowed.rule is not None
    assert allowed.allowed_by == CallerRule(caller="+33144000000")


def test_phones_inside_are_not_screened() -> None:
    assert isinstance(decide(PHONE, "100", SCREENED), QueueDestination)


def scheduled(closed: Closed | None = None) -> Dialplan:
    office = Schedule.model_validate({"name": "office", "hours": {"workdays": "08:00-16:00"}})
    number = Number(number="100", queue="support", language="ar", schedule="office", closed=closed)
    return Dialplan(Configuration(numbers=(number,), schedules=(office,)))


@pytest.mark.parametrize(
    ("closed", "destination"),
    [
        (None, AnnouncementDestination("ar/closed", "100")),
        (Closed(announcement="summer"), AnnouncementDestination("ar/summer", "100")),
        (Closed(queue="night"), QueueDestination("night", "ar", "", "100")),
        (Closed(extension="1001"), ExtensionDestination("1001")),
        (Closed(extension="1999"), NOT_FOUND),
    ],
)
def test_outside_the_hours_a_call_goes_elsewhere(
    closed: Closed | None, destination: Destination
) -> None:
    plan = scheduled(closed)
    assert decide(TRUNK, "100", plan) == QueueDestination("support", "ar", "", "100")
    assert decide(TRUNK, "100", plan, FRIDAY) == destination


def test_schedules_of_one_country_share_its_calendar() -> None:
    plan = Dialplan(
        Configuration(
            schedules=tuple(
                Schedule.model_validate({"name": name, "hours": {"workdays": "08:00-16:00"}})
                for name in ("office", "shop")
            )
        )
    )
    assert plan.hours["office"].at(WEDNESDAY).is_open
    assert not plan.hours["shop"].at(FRIDAY).is_open


def test_a_number_without_destination_is_not_found() -> None:
    plan = Dialplan(Configuration(numbers=(Number(number="100"),)))
    assert decide(TRUNK, "100", plan) is NOT_FOUND
