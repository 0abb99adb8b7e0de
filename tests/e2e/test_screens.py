"""Every screen of the webphone in three languages, light and dark, meets WCAG 2.2 AA as far as axe
can tell, and says nothing to the browser's console.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import ConsoleMessage, Page

from tests.e2e.screens import LANGUAGES, ROOT, Walk, mock, wear
from tests.support.chromium import CHROMIUM, SWITCHES

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

AXE = ROOT / "webphone" / "node_modules" / "axe-core" / "axe.min.js"
WCAG = "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']"
ALL = f"{{runOnly: {WCAG}, resultTypes: ['violations']}}"
COLOURS = (
    "{runOnly: {type: 'rule', values: ['color-contrast', 'link-in-text-block']},"
    " resultTypes: ['violations']}"
)
# The theme changes colours only, so in the second theme only rules about colours are asked.
RULES = {"light": ALL, "dark": COLOURS}
# Refusals that the walk asks for: nobody signed in, a wrong password, an edit that conflicts.
EXPECTED = ("401", "409")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with mock() as address:
        yield address


class Auditor:
    """Asks axe about each screen and keeps what it finds."""

    def __init__(self, axe: Path) -> None:
        self._axe = axe.read_text(encoding="utf-8")
        self.seen: list[str] = []
        self.found: list[str] = []

    def __call__(self, page: Page, name: str) -> None:
        self.seen.append(name)
        if not page.evaluate("'axe' in window"):
            page.evaluate(self._axe)
        for theme, rules in RULES.items():
            wear(page, theme)
            result: dict[str, Any] = page.evaluate(f"axe.run(document, {rules})")
            for one in result["violations"]:
                nodes = [node["html"][:120] for node in one["nodes"]]
                self.found.append(f"{name} {theme}: {one['id']} ({len(nodes)}): {nodes[0]}")

    def heard(self, line: ConsoleMessage) -> None:
        if line.type == "error" and not any(code in line.text for code in EXPECTED):
            self.found.append(f"console: {line.text}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_screen_is_accessible_in_both_themes(playwright, url, language):
    auditor = Auditor(AXE)
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(SWITCHES))
    page = browser.new_page(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    page.on("console", auditor.heard)
    page.on("pageerror", lambda error: auditor.found.append(f"page error: {error}"))
    Walk(page, url, language, auditor).whole()
    direction = page.evaluate("document.documentElement.dir")
    browser.close()
    assert auditor.found == []
    assert len(auditor.seen) >= 20
    assert direction == ("rtl" if language == "ar" else "ltr")
