"""The live WebSocket with a fake pbx: snapshot, deltas, the card before the ring, lost links."""

from __future__ import annotations

import json

import pytest

from crm_api.live.board import Board
from crm_api.live.hub import BACKLOG, Hub, Viewer
from nidaa.contracts import control, live
from nidaa.contracts.events import (
    AgentState,
    AgentStateChanged,
    AlarmCleared,
    AlarmRaised,
    RegistrationChanged,
)
from tests.crm_api.conftest import Account
from tests.crm_api.events import T0, Script, answered_call
from tests.crm_api.live_browser import LiveBrowser

PHONE = "+213550123456"


def live_state(account: Account, seq: int = 0, state: AgentState = AgentState.READY):
    agent = control.LiveAgent(account.agent, state, "", T0, 0, "", "", True)
    return control.LiveState(seq, (agent,), (), (), {})


async def add_contact(account: Account, name: str = "Samira Touati", phone: str = PHONE) -> str:
    answer = await account.http.post(
        "/api/contacts", json={"name": name, "numbers": [{"raw": phone}]}
    )
    assert answer.status_code == 201
    return answer.json()["id"]


@pytest.fixture
async def screen(app, pbx, anna):
    """Anna's browser, connected to a running pbx in which she is ready."""
    pbx.live = live_state(anna)
    async with LiveBrowser(app, anna.token) as screen:
        await screen.accepted()
        await pbx.start()
        await screen.until(live.AlarmsChanged, lambda message: not message.alarms)
        yield screen


async def test_snapshot_shows_the_agent_their_own_state_and_queues(app, anna, supervisor):
    async with LiveBrowser(app, anna.token) as screen:
        snapshot = await screen.accepted()
    assert snapshot.agent.agent == anna.agent
    assert snapshot.agent.state is AgentState.OFFLINE
    assert snapshot.agents == ()
    assert [queue.queue for queue in snapshot.queues] == ["support"]
    assert snapshot.queues[0].name == "Assistance"
    assert snapshot.call is None
    assert not snapshot.is_sample

    async with LiveBrowser(app, supervisor.token) as screen:
        snapshot = await screen.accepted()
    assert snapshot.agent is None
    assert [agent.name for agent in snapshot.agents] == ["Anna"]
    assert [queue.queue for queue in snapshot.queues] == ["sales", "support"]


async def test_no_pbx_is_said_and_unsaid(app, pbx, anna):
    async with LiveBrowser(app, anna.token) as screen:
        snapshot = await screen.accepted()
        if not snapshot.alarms:
            snapshot = await screen.next_of(live.AlarmsChanged)
        assert [alarm.code for alarm in snapshot.alarms] == ["pbx_down"]
        pbx.live = live_state(anna)
        await pbx.start()
        await screen.until(live.AlarmsChanged, lambda message: not message.alarms)
        await pbx.stop()
        again = await screen.until(live.AlarmsChanged, lambda message: message.alarms)
        assert again.alarms[0].alarm == "pbx_down"


async def test_the_card_is_on_the_screen_before_the_phone_may_ring(screen, pbx, anna):
    contact = await add_contact(anna)
    script = Script()
    script.arrives(0)
    script.reserves(5, anna.agent)
    await pbx.say(*script.take())

    changed = await screen.next_of(live.CallChanged)
    assert changed.call.state == "reserved"
    assert changed.call.queue_name == "Assistance"
    assert changed.call.match.kind == "one"
    assert changed.call.match.contacts[0].id == contact
    assert changed.call.match.contacts[0].why == "e164"
    assert pbx.got(control.CardShown) == []

    screen.say(live.CardShownByBrowser(changed.call.attempt))
    await pbx.wait_for(lambda: pbx.got(control.CardShown))
    assert pbx.got(control.CardShown) == [control.CardShown("v1-try", "shown")]


async def test_agent_without_a_browser_rings_at_once_without_card(app, pbx, anna):
    pbx.live = live_state(anna)
    await pbx.start()
    await pbx.wait_for(lambda: pbx.got(control.PublishDirectory))
    script = Script()
    script.reserves(5, anna.agent)
    await pbx.say(*script.take())
    await pbx.wait_for(lambda: pbx.got(control.CardShown))
    assert pbx.got(control.CardShown) == [control.CardShown("v1-try", "none")]


async def test_card_of_another_agents_call_is_not_believed(screen, pbx, anna):
    script = Script()
    script.arrives(0)
    script.reserves(5, anna.agent)
    await pbx.say(*script.take())
    await screen.next_of(live.CallChanged)
    screen.say(live.CardShownByBrowser("somebody-else"))
    screen.say(live.Ping())
    await screen.next_of(live.Pong)
    assert pbx.got(control.CardShown) == []


async def test_a_call_from_ring_to_ready(screen, pbx, anna):
    script = Script()
    script.arrives(0)
    script.reserves(4, anna.agent)
    script.rings(4, anna.agent)
    script.answers(8, anna.agent)
    script.holds(12, anna.agent, until=18)
    script.hangs_up(28, anna.agent)
    script.is_ready(38, anna.agent)
    for event in script.take():
        await pbx.say(event)

    seen, call = [], None
    while call is None or call.state != "ended":
        call = (await screen.next_of(live.CallChanged)).call
        if not seen or seen[-1] != call.state:
            seen.append(call.state)
    assert [state for state in seen if state != "reserved"] == [
        "ringing",
        "active",
        "held",
        "active",
        "ended",
    ]
    assert call.answered_at == T0 + 8_000_000
    changed = await screen.until(
        live.AgentChanged, lambda message: message.agent.state is AgentState.READY
    )
    assert changed.agent.since_at == T0 + 38_000_000


async def test_queue_figures_follow_the_callers(screen, pbx, anna):
    script = Script()
    script.arrives(0)
    await pbx.say(*script.take())
    waiting = await screen.until(live.QueueChanged, lambda message: message.queue.waiting)
    assert waiting.queue.waiting == 1
    assert waiting.queue.longest_since_at == T0 + 3_000_000
    assert (waiting.queue.ready, waiting.queue.agents) == (1, 1)
    script.reserves(4, anna.agent)
    script.rings(4, anna.agent)
    script.answers(8, anna.agent)
    await pbx.say(*script.take())
    gone = await screen.until(live.QueueChanged, lambda message: not message.queue.waiting)
    assert gone.queue.longest_since_at == 0
    assert gone.queue.ready == 0


async def test_alarm_of_a_media_worker_has_a_code(screen, pbx, anna):
    script = Script("")
    script.say(0, AlarmRaised("media_worker_down:1", "media worker 1 died"))
    await pbx.say(*script.take())
    changed = await screen.next_of(live.AlarmsChanged)
    assert (changed.alarms[0].alarm, changed.alarms[0].code) == (
        "media_worker_down:1",
        "media_worker_down",
    )
    script.say(1, AlarmCleared("media_worker_down:1"))
    await pbx.say(*script.take())
    assert (await screen.next_of(live.AlarmsChanged)).alarms == ()


async def test_a_database_that_fails_is_said_while_the_screen_works_on(
    screen, pbx, anna, services, monkeypatch
):
    take = services.ingest.take

    async def fail(_events):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(services.ingest, "take", fail)
    script = Script("")
    script.say(0, AgentStateChanged(anna.agent, AgentState.PAUSED, "break"))
    await pbx.say(*script.take())
    assert (await screen.next_of(live.AgentChanged)).agent.reason == "break"
    changed = await screen.next_of(live.AlarmsChanged)
    assert [alarm.code for alarm in changed.alarms] == ["database_down"]
    assert pbx.acked == 0
    assert services.pbx.is_connected

    monkeypatch.setattr(services.ingest, "take", take)
    await screen.until(live.AlarmsChanged, lambda message: not message.alarms)
    await pbx.wait_for(lambda: pbx.acked > 0)


async def test_phone_that_goes_is_asked_after(screen, pbx, anna):
    agent = control.LiveAgent(anna.agent, AgentState.READY, "", T0, 0, "", "", False)
    pbx.live = control.LiveState(1, (agent,), (), (), {})
    script = Script("")
    script.say(0, RegistrationChanged("1001", "1001-web", False))
    await pbx.say(*script.take())
    changed = await screen.next_of(live.AgentChanged)
    assert not changed.agent.is_reachable


async def test_history_is_announced_when_it_is_written(screen, pbx, anna):
    contact = await add_contact(anna)
    await pbx.say(*answered_call(agent=anna.agent))
    changed = await screen.next_of(live.HistoryChanged)
    assert (changed.conversation, changed.contact) == ("v1", contact)
    answer = await anna.http.get("/api/conversations/v1")
    assert answer.json()["outcome"] == "answered"
    await pbx.wait_for(lambda: pbx.acked == pbx.events[-1].seq)


async def test_events_missed_while_away_are_caught_up_without_ringing(app, pbx, anna):
    pbx.events = answered_call(agent=anna.agent)
    pbx.live = live_state(anna, seq=pbx.events[-1].seq)
    await pbx.start()
    await pbx.wait_for(lambda: pbx.acked == pbx.events[-1].seq)
    assert pbx.hello.events_after == 0
    assert pbx.got(control.CardShown) == []
    assert (await anna.http.get("/api/conversations/v1")).json()["talk_for"] == 14.0

    await pbx.stop()
    await pbx.start()
    await pbx.wait_for(lambda: pbx.hello.events_after == pbx.events[-1].seq)


async def test_ping_is_answered(screen):
    screen.say(live.Ping())
    assert isinstance(await screen.next(), live.Pong)


@pytest.mark.parametrize("text", ["{", '{"type":"nonsense"}', "[]", "x" * 5000])
async def test_nonsense_ends_the_connection(app, anna, text):
    async with LiveBrowser(app, anna.token) as screen:
        await screen.accepted()
        screen.say_text(text)
        while (message := await screen.raw())["type"] == "websocket.send":
            pass
        assert message == {"type": "websocket.close", "code": 4408, "reason": ""}


@pytest.mark.parametrize("origin", [None, "https://evil.test", "null"])
async def test_other_pages_cannot_connect(app, anna, origin):
    async with LiveBrowser(app, anna.token, origin) as screen:
        message = await screen.raw()
        assert (message["type"], message["reason"]) == ("websocket.close", "not_allowed")


async def test_without_session_there_is_no_socket(app, anna):
    async with LiveBrowser(app, "guess") as screen:
        message = await screen.raw()
        assert (message["code"], message["reason"]) == (4401, "not_signed_in")


async def test_signing_out_closes_the_socket(app, anna):
    async with LiveBrowser(app, anna.token) as screen:
        await screen.accepted()
        await anna.http.delete("/api/session")
        while (message := await screen.raw())["type"] == "websocket.send":
            pass
        assert message["type"] == "websocket.close"


def test_a_browser_too_slow_is_closed():
    hub = Hub(Board())
    browser = hub.join(Viewer("u", "t", "", True, "fr"))
    for number in range(BACKLOG + 10):
        hub.publish_history(str(number), "", ())
    assert browser.is_closed
    assert browser.outgoing.get_nowait() is None


def test_messages_are_json_text_with_a_type():
    hub = Hub(Board())
    browser = hub.join(Viewer("u", "t", "", True, "fr"))
    message = json.loads(browser.outgoing.get_nowait())
    assert (message["type"], message["seq"]) == ("snapshot", 1)


async def test_wish_for_after_the_call_is_shown(screen, pbx, anna):
    script = Script()
    script.say(0, AgentStateChanged(anna.agent, AgentState.TALKING))
    await pbx.say(*script.take())
    await screen.until(live.AgentChanged, lambda message: message.agent.state is AgentState.TALKING)
    agent = control.LiveAgent(anna.agent, AgentState.TALKING, "", T0, 0, "v1", "lunch", True)
    pbx.live = control.LiveState(1, (agent,), (), (), {})
    assert (await anna.http.post("/api/agent/pause", json={"reason": "lunch"})).status_code == 204
    changed = await screen.next_of(live.AgentChanged)
    assert changed.agent.wanted_next == "lunch"
