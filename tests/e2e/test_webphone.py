"""What the webphone does when an agent's day does not go straight: declined calls, a lost
connection, a reload, two tabs, a call between colleagues, a customer nobody knows.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.conftest import CALLER_HZ, DESK_HZ, MICROPHONE_HZ
from tests.e2e.waiting import wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

SALES = "+21321000002"
STRANGER = "0699000001"
REMEMBER_SOCKETS = """
const Plain = window.WebSocket
window.sockets = []
window.WebSocket = class extends Plain {
  constructor(url, protocols) {
    super(window.isSipCut && protocols === 'sip' ? 'wss://127.0.0.1:9' : url, protocols)
    window.sockets.push(this)
  }
}
"""
CUT_SIP = "() => { window.isSipCut = true }"
DROP_SIP = "() => sockets.filter((one) => one.protocol === 'sip').forEach((one) => one.close())"


@pytest.fixture
def dial(system: Any, caller: Any) -> Any:
    """`dial(number)`: a customer calls sales."""

    def start(number: str) -> Any:
        phone = caller(number)
        phone.dial(f"sip:{SALES}@127.0.0.1:{system.trunks}")
        return phone

    return start


def talk(agent: Any) -> None:
    """Answer by the keyboard, as an agent with 120 calls a day does."""
    agent.wait_call("ringing")
    agent.page.keyboard.press("Alt+a")
    agent.wait_call("active")
    agent.wait_tone(CALLER_HZ)


def is_enabled(agent: Any, test_id: str) -> bool:
    return agent.at(test_id).get_attribute("data-disabled") is None


def test_declined_call_sets_the_agent_away_until_ready_again(agent, dial):
    samia = agent("1005")
    samia.start_shift()
    customer = dial(STRANGER)
    samia.wait_call("ringing")
    samia.at("decline").click()
    samia.wait_state("paused")
    customer.hang_up()
    samia.at("go-ready").click()
    samia.wait_state("ready")


def test_call_outlives_the_sip_connection(agent, dial):
    samia = agent("1005")
    samia.at("start-shift").wait_for()
    samia.page.add_init_script(REMEMBER_SOCKETS)
    samia.page.reload()
    samia.start_shift()
    customer = dial(STRANGER)
    talk(samia)
    samia.page.evaluate(DROP_SIP)
    wait_until(lambda: not is_enabled(samia, "hold"), "hold disabled while the connection is down")
    wait_until(lambda: is_enabled(samia, "hold"), "the connection back", 20)
    samia.wait_tone(CALLER_HZ)
    samia.page.keyboard.press("Alt+h")
    samia.wait_call("held")
    samia.page.keyboard.press("Alt+h")
    samia.wait_call("active")
    customer.hang_up()
    samia.wrap_up("")
    samia.wait_state("ready")


def test_reload_in_wrap_up_goes_on_where_it_was(agent, dial):
    samia = agent("1005")
    samia.start_shift()
    customer = dial(STRANGER)
    talk(samia)
    customer.hang_up()
    samia.wait_call("wrapup")
    samia.page.reload()
    samia.wait_call("wrapup")
    samia.at("disposition-2").wait_for()
    samia.page.keyboard.press("Alt+2")
    samia.page.keyboard.press("Control+Enter")
    samia.wait_state("ready")


def test_second_tab_takes_the_phone_over(agent, dial):
    samia = agent("1005")
    samia.start_shift()
    first = samia.page
    second = samia.context.new_page()
    second.goto(samia.url)
    second.get_by_test_id("start-shift").click()
    second.get_by_test_id("take-over").click()
    first.get_by_test_id("take-over").wait_for()
    samia.page = second
    samia.wait_state("ready")
    customer = dial(STRANGER)
    talk(samia)
    customer.hang_up()
    samia.wrap_up("")
    samia.wait_state("ready")


def test_colleagues_call_each_other(agent):
    samia, walid = agent("1005"), agent("1006")
    samia.start_shift()
    walid.start_shift()
    samia.at("dial-number").fill("1006")
    samia.at("dial").click()
    walid.wait_call("ringing")
    walid.at("answer").click()
    samia.wait_call("active")
    walid.wait_tone(MICROPHONE_HZ)
    samia.wait_tone(MICROPHONE_HZ)
    walid.at("hangup").click()
    for one in (samia, walid):
        one.wait_call("idle")
        one.wait_state("ready")


def test_stranger_becomes_a_contact_during_the_call(agent, dial, client, system):
    samia = agent("1005")
    samia.start_shift()
    customer = dial("0699000002")
    talk(samia)
    samia.at("new-contact").click()
    samia.at("contact-name").fill("Rachida Belaid")
    samia.at("save-contact").click()
    samia.page.locator('[data-testid="card-name"]', has_text="Rachida Belaid").wait_for()
    customer.hang_up()
    samia.wrap_up("")
    found = client(system.supervisor()).get("/contacts/lookup", phone="0699000002")
    assert [one["name"] for one in found["contacts"]] == ["Rachida Belaid"]


def test_hang_up_reaches_the_caller_while_the_sip_connection_is_down(agent, dial):
    samia = agent("1005")
    samia.at("start-shift").wait_for()
    samia.page.add_init_script(REMEMBER_SOCKETS)
    samia.page.reload()
    samia.start_shift()
    customer = dial(STRANGER)
    talk(samia)
    samia.page.evaluate(CUT_SIP)
    samia.page.evaluate(DROP_SIP)
    wait_until(lambda: not is_enabled(samia, "hold"), "the connection down")
    samia.at("hangup").click()
    customer.wait_for("CALL_CLOSED")
    samia.wrap_up("")


def test_digit_of_the_keypad_is_heard_by_the_other_phone(agent, desk_phone):
    desk = desk_phone("1004")
    samia = agent("1005")
    samia.start_shift()
    samia.at("dial-number").fill("1004")
    samia.at("dial").click()
    desk.wait_for("CALL_INCOMING")
    desk.answer()
    samia.wait_call("active")
    samia.wait_tone(DESK_HZ)
    samia.at("keypad").click()
    samia.at("digit-5").click()
    assert desk.wait_for("CALL_DTMF_START")["param"] == "5"
    samia.at("hangup").click()
    desk.wait_for("CALL_CLOSED")


def test_language_picked_before_signing_in_is_kept(agent, client, system):
    samia = agent("1005")
    samia.at("start-shift").wait_for()
    before = language_of(samia)
    wanted = "en" if before != "en" else "ar"
    samia.at("user-menu").click()
    samia.at("sign-out").click()
    samia.at(f"language-{wanted}").click()
    samia.at("login").fill(samia.user["login"])
    samia.at("password").fill(samia.user["password"])
    samia.at("sign-in").click()
    samia.at("start-shift").wait_for()
    assert language_of(samia) == wanted

    elsewhere = agent("1005")
    elsewhere.at("start-shift").wait_for()
    assert language_of(elsewhere) == wanted
    api = client(system.user("1005"))
    assert api.http.patch("/me", json={"language": before}).status_code == 200


def language_of(agent: Any) -> str:
    return str(agent.page.evaluate("document.documentElement.lang"))


def test_two_edits_of_one_contact_are_settled_by_the_agent(agent, client, system):
    api = client(system.supervisor())
    number = system.sample["customers"][5]["number"]
    contact = api.get("/contacts/lookup", phone=number)["contacts"][0]["id"]
    samia = agent("1005")
    samia.at("start-shift").wait_for()
    samia.page.goto(f"{samia.url}/contacts/{contact}")
    samia.at("edit-contact").click()

    save_company(api, contact, "Theirs")
    samia.at("contact-company").fill("Mine")
    samia.at("save-contact").click()
    samia.at("see-theirs").click()
    assert samia.at("contact-company").input_value() == "Theirs"

    save_company(api, contact, "Theirs again")
    samia.at("contact-company").fill("Mine after all")
    samia.at("save-contact").click()
    samia.at("keep-mine").click()
    samia.at("edit-contact").wait_for()
    assert api.get(f"/contacts/{contact}")["company"] == "Mine after all"


def save_company(api: Any, contact: str, company: str) -> None:
    """What a colleague does meanwhile."""
    version = api.get(f"/contacts/{contact}")["version"]
    answer = api.http.patch(f"/contacts/{contact}", json={"company": company, "version": version})
    assert answer.status_code == 200, answer.text
