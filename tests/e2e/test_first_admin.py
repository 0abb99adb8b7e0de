"""The first administrator: the link that `nidaa serve` prints makes one, once."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.e2e.words import word

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

PASSWORD = "a-long-enough-one"


@pytest.fixture
def visitor(chromium: Any) -> Any:
    """`visitor(url)` opens a page in a browser of its own."""
    contexts = []

    def open_page(url: str) -> Any:
        contexts.append(chromium.new_context(ignore_https_errors=True, locale="fr-FR"))
        page = contexts[-1].new_page()
        page.goto(url)
        return page

    yield open_page
    for context in contexts:
        context.close()


def fill(page: Any, login: str) -> None:
    for field, text in (("name", "Nadia Benali"), ("login", login), ("password", PASSWORD)):
        page.get_by_test_id(field).fill(text)


def test_printed_link_makes_one_administrator_and_no_second(system, visitor):
    found = re.search(r"https://\S+/setup\?token=\S+", system.said())
    assert found, system.said()
    first, second = visitor(found[0]), visitor(found[0])
    fill(first, "first-admin")
    fill(second, "second-admin")

    first.get_by_test_id("set-up").click()
    first.get_by_test_id("live-board").wait_for()
    session = first.request.get(f"https://127.0.0.1:{system.http}/api/session").json()
    assert (session["user"]["login"], session["user"]["role"]) == ("first-admin", "admin")
    assert session["user"]["language"] == "fr"

    second.get_by_test_id("set-up").click()
    second.locator(".problem").wait_for()
    assert second.locator(".problem").inner_text() == word(second, "error.bad_token")
