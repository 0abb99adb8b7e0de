"""What a browser may refuse: the microphone, sound before a click, to be looked at."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.browser import Agent
from tests.e2e.conftest import CALLER_HZ
from tests.e2e.waiting import wait_until
from tests.e2e.words import word
from tests.support.chromium import launch

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

SALES = "+21321000002"
STRANGER = "0699000003"
HIDDEN = """
Object.defineProperty(document, 'hidden', { get: () => true })
window.notices = []
const Plain = window.Notification
window.Notification = class extends Plain {
  constructor(title, options) {
    super(title, options)
    window.notices.push({ title, ...options })
  }
}
"""


@pytest.fixture
def agent_without(playwright: Any, microphone: Any, system: Any) -> Any:
    """`agent_without(switch)`: agent 1006 at a browser that was started without this switch."""
    browsers = []

    def open_one(switch: str) -> Agent:
        browsers.append(launch(playwright, microphone, without=switch))
        one = Agent(browsers[-1], system, system.user("1006"))
        one.sign_in()
        return one

    yield open_one
    for browser in browsers:
        browser.close()


def test_refused_microphone_is_explained_and_tried_again(agent_without, client, system):
    walid = agent_without("--use-fake-ui-for-media-stream")
    walid.page.locator('[data-testid="check-microphone"][data-status="bad"]').wait_for()
    said = walid.at("check-microphone").inner_text()
    assert word(walid.page, "check.microphone_denied") in said
    assert walid.at("start-shift").get_attribute("data-disabled") is not None

    walid.context.grant_permissions(["microphone"], origin=walid.url)
    walid.at("retry-microphone").click()
    walid.page.locator('[data-testid="check-microphone"][data-status="ok"]').wait_for()
    walid.start_shift()
    client(system.user("1006")).post("/agent/sign-off")


def test_sound_that_the_browser_blocks_after_a_reload_is_asked_for(agent_without, client, system):
    walid = agent_without("--autoplay-policy=no-user-gesture-required")
    walid.start_shift()
    # Nothing is evaluated in the page meanwhile: to the browser that would be a gesture.
    with walid.page.expect_websocket(lambda socket: "/api/live" not in socket.url) as sip:
        walid.page.reload(wait_until="commit")
    sip.value.wait_for_event("framereceived", lambda frame: "SIP/2.0 200" in str(frame))
    walid.page.wait_for_timeout(500)  # the answer of the audio context: 200 ms at the most
    walid.at("sound-blocked").wait_for()
    walid.at("allow-sound").click()
    walid.at("sound-blocked").wait_for(state="detached")
    client(system.user("1006")).post("/agent/sign-off")


def test_call_is_announced_by_the_system_while_the_page_is_hidden(agent, caller, system):
    walid = agent("1006")
    walid.at("start-shift").wait_for()
    walid.context.grant_permissions(["microphone", "notifications"], origin=walid.url)
    walid.page.add_init_script(HIDDEN)
    walid.page.reload()
    walid.start_shift()
    customer = caller(STRANGER)
    customer.dial(f"sip:{SALES}@127.0.0.1:{system.trunks}")
    walid.wait_call("ringing")
    [notice] = wait_until(lambda: walid.page.evaluate("window.notices"), "the notification")
    assert notice["title"] == word(walid.page, "call.incoming")
    assert notice["body"].replace(" ", "") == STRANGER
    assert notice["requireInteraction"]
    assert notice["tag"]
    walid.at("answer").click()
    walid.wait_tone(CALLER_HZ)
    customer.hang_up()
    walid.wrap_up("")
