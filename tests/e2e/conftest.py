"""One running system for the end-to-end tests, and the phones and browsers around it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.e2e.baresip import Baresip
from tests.e2e.browser import Agent
from tests.e2e.system import Client, System
from tests.support.chromium import launch
from tests.support.tones import write_tone

MICROPHONE_HZ = 600.0
CALLER_HZ = 1000.0
DESK_HZ = 750.0


@pytest.fixture(scope="package")
def system() -> Iterator[System]:
    """Short paths: a Unix socket's may have 107 characters."""
    with tempfile.TemporaryDirectory(prefix="nidaa-") as folder:
        running = System(Path(folder))
        try:
            running.start()
            yield running
        finally:
            running.close()


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    """One driver for all browsers: a second one in the same thread is refused."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="package")
def microphone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What every browser's microphone hears: MICROPHONE_HZ."""
    tone = tmp_path_factory.mktemp("microphone") / "tone.wav"
    write_tone(tone, MICROPHONE_HZ, 4, rate=48000)
    return tone


@pytest.fixture(scope="package")
def chromium(playwright: Playwright, microphone: Path) -> Iterator[Browser]:
    browser = launch(playwright, microphone)
    yield browser
    browser.close()


@pytest.fixture
def agent(chromium: Browser, system: System) -> Iterator[Callable[[str], Agent]]:
    """`agent("1001")` signs in with a browser; signs off and closes afterwards."""
    opened: list[Agent] = []

    def open_one(extension: str) -> Agent:
        one = Agent(chromium, system, system.user(extension))
        opened.append(one)
        one.sign_in()
        return one

    yield open_one
    for one in opened:
        one.close()
        _sign_off(system, one.user["extension"])


@pytest.fixture
def caller(tmp_path: Path) -> Iterator[Callable[[str], Baresip]]:
    """`caller("0550123456")` is a customer's phone that sends CALLER_HZ."""
    yield from _phones(tmp_path, lambda number: (f"<sip:{number}@127.0.0.1>;regint=0", CALLER_HZ))


@pytest.fixture
def desk_phone(tmp_path: Path, system: System) -> Iterator[Callable[[str], Baresip]]:
    """`desk_phone("1002")` is a registered desk phone of that extension that sends DESK_HZ."""

    def account(extension: str) -> tuple[str, float]:
        desk = system.user(extension)["desk"]
        text = (
            f"<sip:{extension}@127.0.0.1:{system.phones}>;regint=600"
            f";auth_user={desk['username']};auth_pass={desk['password']}"
        )
        return text, DESK_HZ

    yield from _phones(tmp_path, account, Baresip.wait_registered)


def _phones(
    folder: Path,
    account: Callable[[str], tuple[str, float]],
    be_ready: Callable[[Baresip], None] = lambda _: None,
) -> Iterator[Callable[[str], Baresip]]:
    opened: list[Baresip] = []

    def open_one(number: str) -> Baresip:
        text, tone_hz = account(number)
        opened.append(Baresip(folder / f"{number}-{len(opened)}", text, tone_hz))
        be_ready(opened[-1])
        return opened[-1]

    yield open_one
    for phone in opened:
        phone.close()


@pytest.fixture
def client(system: System) -> Iterator[Callable[[dict[str, object]], Client]]:
    """`client(user)` is that user at the REST API."""
    opened: list[Client] = []

    def open_one(user: dict[str, object]) -> Client:
        opened.append(Client(system, user))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()


def _sign_off(system: System, extension: str) -> None:
    """Leave the agent as the next test expects: offline."""
    one = Client(system, system.user(extension))
    one.http.post("/agent/sign-off", json={})
    one.close()
