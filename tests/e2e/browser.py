"""An agent at a real browser: headless Chromium whose microphone plays a tone."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.e2e.system import System
from tests.e2e.waiting import wait_until


class Agent:
    """One agent's browser tab, in the agent's own words."""

    def __init__(self, browser: Browser, system: System, user: dict[str, Any]) -> None:
        self.user = user
        self.context: BrowserContext = browser.new_context(
            ignore_https_errors=True, locale="fr-FR", viewport={"width": 1440, "height": 900}
        )
        self.page: Page = self.context.new_page()
        self.console: list[str] = []
        self.page.on("console", lambda message: self.console.append(message.text))
        self.page.on("pageerror", lambda error: self.console.append(f"PAGE ERROR {error}"))
        self.url = f"https://127.0.0.1:{system.http}"

    def sign_in(self) -> None:
        self.page.goto(self.url)
        self.at("login").fill(self.user["login"])
        self.at("password").fill(self.user["password"])
        self.at("sign-in").click()

    def start_shift(self) -> None:
        """Pass the device check and be ready for calls."""
        self.at("start-shift").click(timeout=20_000)
        self.wait_state("ready")

    def be_ready(self) -> None:
        """Choose "ready" in the state menu, again while the phone is still registering."""
        for seconds in (5, 10, 10, 20):
            self.at("state-button").click()
            self.at("be-ready").click()
            try:
                return self.wait_state("ready", seconds)
            except PlaywrightTimeout:
                continue
        return self.wait_state("ready")

    def at(self, test_id: str) -> Any:
        return self.page.get_by_test_id(test_id)

    def wait_state(self, state: str, seconds: float = 20.0) -> None:
        """Wait until the state button shows this agent state."""
        self._wait_attribute("state-button", state, seconds)

    def wait_call(self, state: str, seconds: float = 20.0) -> None:
        """Wait until the call panel is in this state."""
        self._wait_attribute("call-panel", state, seconds)

    def _wait_attribute(self, test_id: str, state: str, seconds: float) -> None:
        selector = f'[data-testid="{test_id}"][data-state="{state}"]'
        self.page.wait_for_selector(selector, timeout=seconds * 1000)

    def heard_hz(self) -> float:
        """The strongest frequency the browser hears from the other party now."""
        return float(self.at("meter-remote").get_attribute("data-hz") or 0)

    def heard_db(self) -> float:
        return float(self.at("meter-remote").get_attribute("data-db") or -120)

    def wait_tone(self, hz: float, seconds: float = 15.0) -> None:
        wait_until(
            lambda: abs(self.heard_hz() - hz) < 25 and self.heard_db() > -40,
            f"{hz:.0f} Hz in the browser (it hears {self.heard_hz():.0f} Hz)",
            seconds,
        )

    def wrap_up(self, note: str) -> None:
        """Choose the first disposition, write a note, be done."""
        self.wait_call("wrapup")
        self.at("disposition-1").click()
        self.at("note").fill(note)
        self.at("wrapup-done").click()

    def close(self) -> None:
        self.context.close()
