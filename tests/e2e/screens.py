"""Walks through the webphone's screens, and takes their pictures.

`python -m tests.e2e.screens [FOLDER] [--languages fr,ar,en] [--themes light,dark] [--width 1280]`
starts webphone/dev/mock.py (build the webphone first) and writes one PNG a screen.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import httpx
from playwright.sync_api import Page, sync_playwright

from tests.e2e.waiting import wait_until
from tests.support.chromium import CHROMIUM, SWITCHES
from tests.support.net import free_port

ROOT = Path(__file__).resolve().parents[2]
MOCK = ROOT / "webphone" / "dev" / "mock.py"
CALLS = ("ringing", "active", "held", "many", "none", "unavailable", "wrapup")
LANGUAGES = ("fr", "ar", "en")


@contextmanager
def mock() -> Iterator[str]:
    """The mock server, for as long as the block runs; its address."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    server = subprocess.Popen([sys.executable, str(MOCK), str(port)])
    try:
        wait_until(lambda: _is_up(url), "the mock server", 20)
        yield url
    finally:
        server.terminate()
        server.wait(10)


def _is_up(url: str) -> bool:
    try:
        return httpx.get(url + "/api/setup").status_code == 200
    except httpx.TransportError:
        return False


class Visitor(Protocol):
    """What is done at each screen."""

    def __call__(self, page: Page, name: str) -> None: ...


class Walk:
    """One browser page going through the screens in one language."""

    def __init__(self, page: Page, url: str, language: str, visit: Visitor) -> None:
        self.page, self.url, self.language = page, url, language
        self.visit = lambda name: visit(page, name)
        self.is_wide = (page.viewport_size or {"width": 1280})["width"] >= 1180

    def move(self, moment: str) -> None:
        """Move the mock's day on."""
        httpx.post(f"{self.url}/dev/{moment}").raise_for_status()

    def at(self, test_id: str) -> None:
        self.page.get_by_test_id(test_id).first.click()

    def see(self, test_id: str) -> None:
        self.page.get_by_test_id(test_id).first.wait_for()

    def turn_to(self, page_number: int) -> None:
        """Open a page by its place in the rail."""
        self.page.locator(".rail a").nth(page_number).click()

    def whole(self) -> None:
        """Every screen."""
        self.gate()
        self.sign_in()
        self.calls()
        self.pages()
        self.supervision()

    def gate(self) -> None:
        """The first administrator's form and the sign-in page."""
        self.move("morning")
        self.move("no-administrator")
        self.page.goto(self.url + "/setup?token=7d1f-c0de")
        self.at(f"language-{self.language}")
        self.visit("set-up")
        self.move("morning")
        self.page.goto(self.url)
        self.at(f"language-{self.language}")
        self.page.get_by_test_id("login").fill("nobody")
        self.page.get_by_test_id("password").fill("secret-enough")
        self.at("sign-in")
        self.page.locator(".problem").wait_for()
        self.visit("sign-in")

    def sign_in(self) -> None:
        """Into the device check, then to work."""
        self.page.get_by_test_id("login").fill("agent")
        self.at("sign-in")
        self.see("start-shift")
        self.visit("device-check")
        self.at("start-desk")
        self.see("call-panel")
        self.visit("idle")
        self.at("state-button")
        self.visit("state-menu")
        self.page.keyboard.press("Escape")
        self.page.keyboard.press("?")
        self.page.locator(".dialog").wait_for()
        self.visit("shortcuts")
        self.page.keyboard.press("Escape")

    def calls(self) -> None:
        """One call in all its states."""
        for moment in CALLS:
            self.move(moment)
            if moment == "active" and self.is_wide:
                self.at("history-row")
            self.visit(moment)
            if moment == "many" and self.is_wide:
                self.page.get_by_test_id("find-contact").fill("Nour")
                self.visit("many-searched")
            if moment == "unavailable" and self.is_wide:
                self.at("retry-contact")
                self.see("edit-contact")
        self.at("disposition-3")
        self.page.keyboard.press("Alt+n")
        self.page.get_by_test_id("note").fill("Rappeler jeudi.")
        self.visit("wrapup-chosen")
        self.turn_to(1)
        self.see("contact-row")
        self.visit("wrapup-elsewhere")
        self.move("missed")
        self.move("alarm")
        self.turn_to(0)
        self.visit("missed")

    def pages(self) -> None:
        """Contacts and history."""
        self.turn_to(1)
        self.see("contact-row")
        self.visit("contacts")
        self.page.get_by_test_id("contact-row").first.locator("a").click()
        self.at("edit-contact")
        self.visit("contact-edit")
        self.at("save-contact")
        self.see("keep-mine")
        self.visit("contact-conflict")
        self.turn_to(2)
        self.at("history-row")
        self.visit("history")
        self.page.locator(".date-button").first.click()
        self.page.locator(".calendar").wait_for()
        self.visit("calendar")
        self.page.keyboard.press("Escape")

    def supervision(self) -> None:
        """The supervisor's live page."""
        credentials = {"login": "supervisor", "password": "secret-enough"}
        httpx.post(f"{self.url}/api/session", json=credentials)
        self.page.goto(self.url)
        self.see("queue-support")
        self.visit("live")
        self.at("user-menu")
        self.visit("user-menu")
        self.page.keyboard.press("Escape")
        self.move("silence")
        self.see("stale")
        self.visit("live-stale")


def main(arguments: list[str]) -> int:
    """Returns an exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT / "build" / "screenshots")
    parser.add_argument("--languages", default=",".join(LANGUAGES))
    parser.add_argument("--themes", default="light,dark")
    parser.add_argument("--width", type=int, default=1280)
    wanted = parser.parse_args(arguments)
    wanted.folder.mkdir(parents=True, exist_ok=True)
    with mock() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(SWITCHES))
        for language in wanted.languages.split(","):
            page = browser.new_page(
                viewport={"width": wanted.width, "height": 800},
                timezone_id="Africa/Algiers",
                reduced_motion="reduce",
            )
            themes = wanted.themes.split(",")
            Walk(page, url, language, _photographer(wanted.folder, language, themes)).whole()
            page.close()
        browser.close()
    return 0


def wear(page: Page, theme: str) -> None:
    """Show the page in this theme, light or dark."""
    page.evaluate("(theme) => { document.documentElement.dataset.theme = theme }", theme)


def _photographer(folder: Path, language: str, themes: list[str]) -> Visitor:
    def shoot(page: Page, name: str) -> None:
        page.wait_for_timeout(300)
        for theme in themes:
            wear(page, theme)
            page.screenshot(path=folder / f"{name}-{language}-{theme}.png")

    return shoot


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
