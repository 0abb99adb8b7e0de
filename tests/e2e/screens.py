"""Screenshots of the webphone's screens, in three languages, light and dark.

`python -m tests.e2e.screens [FOLDER] [--languages fr,ar,en] [--themes light,dark] [--width 1280]`
starts webphone/dev/mock.py (build the webphone first) and writes one PNG a screen. It also runs
axe on each and prints what it finds.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import ConsoleMessage, Page, sync_playwright

from tests.e2e.waiting import wait_until
from tests.support.chromium import CHROMIUM, SWITCHES

ROOT = Path(__file__).resolve().parents[2]
MOCK = ROOT / "webphone" / "dev" / "mock.py"
AXE = ROOT / "webphone" / "node_modules" / "axe-core" / "axe.min.js"
PORT = 8400
URL = f"http://127.0.0.1:{PORT}"
CALLS = ("ringing", "active", "held", "many", "none", "unavailable", "wrapup")
RULES = "{runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}"


@contextmanager
def mock() -> Iterator[None]:
    """The mock server, for as long as the block runs."""
    server = subprocess.Popen([sys.executable, str(MOCK), str(PORT)])
    try:
        wait_until(is_up, "the mock server", 20)
        yield
    finally:
        server.terminate()
        server.wait(10)


def is_up() -> bool:
    try:
        return httpx.get(URL + "/api/setup").status_code == 200
    except httpx.TransportError:
        return False


class Camera:
    """One page and where its pictures go."""

    def __init__(self, page: Page, folder: Path, mark: str) -> None:
        self.page = page
        self.folder = folder
        self.mark = mark
        self.found: list[str] = []
        page.on("console", self.heard)
        page.on("pageerror", lambda error: self.found.append(f"page error: {error}"))

    def heard(self, line: ConsoleMessage) -> None:
        """Errors count; that nobody is signed in yet is the answer the page asked for."""
        if line.type == "error" and "401" not in line.text:
            self.found.append(line.text)

    def shoot(self, name: str) -> None:
        """Take the picture and ask axe about the page."""
        self.page.wait_for_timeout(400)
        self.page.screenshot(path=self.folder / f"{name}-{self.mark}.png")
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        result: dict[str, Any] = self.page.evaluate(f"axe.run(document, {RULES})")
        for one in result["violations"]:
            nodes = [node["html"][:110] for node in one["nodes"]]
            self.found.append(f"{name}: {one['id']} ({len(nodes)}): {nodes[0]}")

    def move(self, moment: str) -> None:
        httpx.post(f"{URL}/dev/{moment}").raise_for_status()


def agents_day(camera: Camera, language: str, theme: str) -> None:
    """From sign-in to wrap-up, then contacts and history."""
    page = camera.page
    httpx.delete(f"{URL}/api/session")
    httpx.patch(f"{URL}/api/me", json={"language": language, "theme": theme})
    page.goto(URL)
    page.get_by_test_id(f"language-{language}").click()
    camera.shoot("sign-in")
    page.get_by_test_id("login").fill("agent")
    page.get_by_test_id("password").fill("secret-enough")
    page.get_by_test_id("sign-in").click()
    page.get_by_test_id("start-shift").wait_for()
    camera.shoot("device-check")
    page.get_by_test_id("start-desk").click()
    page.wait_for_selector('[data-testid="call-panel"]')
    camera.shoot("idle")
    page.get_by_test_id("state-button").click()
    camera.shoot("state-menu")
    page.keyboard.press("Escape")
    for moment in CALLS:
        camera.move(moment)
        if moment == "active":
            page.get_by_test_id("history-row").first.click()
        camera.shoot(moment)
    page.get_by_test_id("disposition-3").click()
    page.get_by_test_id("note").fill("Rappeler jeudi.")
    camera.shoot("wrapup-chosen")
    camera.move("missed")
    camera.move("alarm")
    page.locator(".rail a").nth(1).click()
    camera.shoot("contacts")
    page.get_by_test_id("contact-row").first.locator("a").click()
    page.get_by_test_id("edit-contact").click()
    camera.shoot("contact-edit")
    page.locator(".rail a").nth(2).click()
    page.get_by_test_id("history-row").first.click()
    camera.shoot("history")


def supervisors_day(camera: Camera) -> None:
    page = camera.page
    credentials = {"login": "supervisor", "password": "secret-enough"}
    httpx.post(f"{URL}/api/session", json=credentials)
    page.goto(URL)
    page.get_by_test_id("queue-support").wait_for()
    camera.shoot("live")
    page.get_by_test_id("user-menu").click()
    camera.shoot("user-menu")


def main(arguments: list[str]) -> int:
    """Returns the number of things found wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT / "build" / "screenshots")
    parser.add_argument("--languages", default="fr,ar,en")
    parser.add_argument("--themes", default="light,dark")
    parser.add_argument("--width", type=int, default=1280)
    wanted = parser.parse_args(arguments)
    wanted.folder.mkdir(parents=True, exist_ok=True)
    found: list[str] = []
    with mock(), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(SWITCHES))
        for language in wanted.languages.split(","):
            for theme in wanted.themes.split(","):
                page = browser.new_page(
                    viewport={"width": wanted.width, "height": 800},
                    color_scheme=theme,
                    timezone_id="Africa/Algiers",
                )
                camera = Camera(page, wanted.folder, f"{language}-{theme}")
                agents_day(camera, language, theme)
                supervisors_day(camera)
                found += [f"{camera.mark} {one}" for one in camera.found]
                page.close()
        browser.close()
    sys.stdout.write("\n".join(found) + "\n" if found else "nothing found\n")
    return min(len(found), 100)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
