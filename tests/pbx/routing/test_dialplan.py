from __future__ import annotations

from types import SimpleNamespace

import pytest

from nidaa.config.models import Configuration, Number, Queue
from nidaa.contracts.directory import Extension
from pbx.routing.dialplan import (
    INCOMPLETE,
    NOT_FOUND,
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
SALES = QueueDestination("sales", "fr", "", "021000002")


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
    assert PLAN.route(PEOPLE, TRUNK, dialled) == destination


@pytest.mark.parametrize(
    "dialled", ["1001", "+33123456789", "0550123456", "+21321000009", "support", "900", "*97"]
)
def test_a_caller_from_outside_reaches_nothing_else(dialled: str) -> None:
    assert PLAN.route(PEOPLE, TRUNK, dialled) is NOT_FOUND


def test_a_number_whose_extension_is_gone_is_not_found() -> None:
    assert PLAN.route(PEOPLE, TRUNK, "+21321000004") is NOT_FOUND


@pytest.mark.parametrize("source", [TRUNK, PHONE])
def test_a_call_to_nobody_is_incomplete(source: FromTrunk | FromPhone) -> None:
    assert PLAN.route(PEOPLE, source, "") is INCOMPLETE


def test_a_phone_reaches_extensions_and_our_own_numbers() -> None:
    assert PLAN.route(PEOPLE, PHONE, "1002") == ExtensionDestination("1002")
    assert PLAN.route(PEOPLE, PHONE, "021000002") == SALES


def test_for_a_phone_an_extension_wins_over_a_number() -> None:
    assert PLAN.route(PEOPLE, PHONE, "021000001") == ExtensionDestination("021000001")


@pytest.mark.parametrize("dialled", ["0550123456", "+33123456789", "17", "0033123456789"])
def test_nobody_reaches_the_outside(dialled: str) -> None:
    assert PLAN.route(PEOPLE, PHONE, dialled) is NOT_FOUND
