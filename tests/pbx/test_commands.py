"""Control commands as actions, and what live views see."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from pathlib import Path

import pytest

from nidaa.contracts import control, directory
from nidaa.contracts.control import Done, LiveState, Refusal, Refused
from nidaa.contracts.events import AgentState
from pbx.alarms import Alarms
from pbx.commands import Commands, Figures
from pbx.directory import DirectoryBook
from tests.pbx.apps.town import RunningTown, Town


class Desk:
    """Commands over a town, with a directory of its own."""

    def __init__(self, town: Town, folder: Path) -> None:
        self.town, self.alarms = town, Alarms()
        self.directory = DirectoryBook(folder / "directory.json")
        figures = Figures(lambda: 3, lambda: (True, False), lambda: 42, lambda: 40)
        self.commands = Commands(
            town.owner,
            town.book,
            self.directory,
            self.alarms,
            town.clock,
            figures,
            "9.9",
            self.reload,
        )

    async def reload(self, author: str, reason: str) -> control.Result:
        return control.Reloaded(7, (author, reason), (), ())

    def __call__(self, command: control.Command) -> control.Result:
        result = self.commands.handle(command)
        assert not isinstance(result, Awaitable)
        return result

    def live(self) -> LiveState:
        live = self(control.GetLive())
        assert isinstance(live, LiveState)
        return live

    def refusal(self, command: control.Command) -> Refusal:
        result = self(command)
        assert isinstance(result, Refused)
        assert result.text
        return result.code


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with RunningTown() as town:
        yield Desk(town, tmp_path)


async def test_an_agent_s_shift(desk: Desk) -> None:
    assert desk.refusal(control.SetReady("anna")) is Refusal.WRONG_STATE
    assert desk(control.SignOn("anna")) == Done()
    assert desk.refusal(control.SetReady("anna")) is Refusal.UNREACHABLE
    desk.town.owner.do(desk.town.acd.set_reachable, "1001", True)
    assert desk(control.SetReady("anna")) == Done()
    assert desk.live().agents[0].state is AgentState.READY
    assert desk(control.SetPaused("anna", "lunch")) == Done()
    assert desk.live().agents[0].reason == "lunch"
    assert desk(control.SignOff("anna")) == Done()
    assert desk.live().agents[0].state is AgentState.OFFLINE


async def test_live_state_through_a_call(desk: Desk) -> None:
    town = desk.town
    phone, customer = town.webphone("1001"), town.customer()
    await town.call_in(customer)
    live = desk.live()
    (waiting,) = live.queues[0].waiting
    (call,) = live.calls
    assert waiting.conversation == call.conversation
    assert (call.queue, call.agent, call.state) == ("support", "", "ringing")

    town.ready("anna")
    invite = await town.invited(phone)
    (call,) = desk.live().calls
    assert (call.agent, call.state) == ("anna", "ringing")
    assert call.attempt == invite.fields["x-attempt"]
    agent = desk.live().agents[0]
    assert (agent.state, agent.conversation) == (AgentState.RINGING, call.conversation)
    assert agent.until_at > agent.since_at

    await town.pick_up(phone, invite)
    live = desk.live()
    assert live.calls[0].state == "active"
    assert live.calls[0].agent == "anna"
    assert not live.queues[0].waiting

    customer.bye()
    await town.took(customer, 200)
    live = desk.live()
    assert not live.calls
    assert live.agents[0].state is AgentState.WRAP_UP
    assert live.agents[0].conversation == call.conversation, "a reloaded page finds it again"
    assert desk(control.ExtendWrapUp("anna", 30)) == Done()
    assert desk(control.FinishWrapUp("anna")) == Done()
    assert desk.live().agents[0].conversation == ""
    assert desk.refusal(control.FinishWrapUp("anna")) is Refusal.WRONG_STATE


async def test_an_agent_who_rings_no_more_is_not_shown_with_the_call(desk: Desk) -> None:
    town = desk.town
    phone, customer = town.webphone("1001"), town.customer()
    town.ready("anna")
    await town.call_in(customer)
    phone.answer(await town.invited(phone), 180)
    await town.advance(20)
    (call,) = desk.live().calls
    assert (call.agent, call.attempt, call.queue) == ("", "", "support")


async def test_hang_up(desk: Desk) -> None:
    customer = desk.town.customer()
    await desk.town.call_in(customer)
    (call,) = desk.live().calls
    assert desk(control.HangUp(call.conversation)) == Done()
    await desk.town.took(customer, "BYE")
    assert desk.refusal(control.HangUp(call.conversation)) is Refusal.UNKNOWN_CALL


async def test_a_card(desk: Desk) -> None:
    assert desk.refusal(control.CardShown("a99", "shown")) is Refusal.UNKNOWN_ATTEMPT


async def test_a_directory_is_published_unless_it_is_old(desk: Desk) -> None:
    new, old = (directory.Directory(version, "default", "nidaa.local") for version in (2, 1))
    assert desk(control.PublishDirectory(new)) == Done()
    assert desk.refusal(control.PublishDirectory(old)) is Refusal.STALE
    assert desk.directory.snapshot == new


async def test_health(desk: Desk) -> None:
    desk.alarms("media_worker_down:2", "down")
    health = desk(control.GetHealth())
    assert health == control.Health(
        "9.9", 0, 3, (True, False), 0, 42, 40, {"media_worker_down:2": "down"}
    )
    assert desk.live().alarms == {"media_worker_down:2": "down"}


async def test_a_reload_is_passed_on_and_awaited(desk: Desk) -> None:
    result = desk.commands.handle(control.Reload("karim", "new number"))
    assert isinstance(result, Awaitable)
    assert await result == control.Reloaded(7, ("karim", "new number"), (), ())


async def test_decisions_are_explained(desk: Desk) -> None:
    agents = (directory.Agent("anna", "Anna", "1001"),)
    desk(control.PublishDirectory(directory.Directory(1, "default", "test", agents=agents)))
    await desk.town.call_in(desk.town.customer())
    told = desk(control.GetDecisions("support"))
    assert isinstance(told, control.Decisions)
    (decision,) = told.decisions
    assert (decision.strategy, decision.chosen) == ("longest_idle", "")
    assert control.PassedOver("anna", "offline") in decision.passed_over
    assert "nobody by longest_idle. passed over: Anna (1001) offline" in decision.text
    assert desk.refusal(control.GetDecisions("nowhere")) is Refusal.UNKNOWN_QUEUE
