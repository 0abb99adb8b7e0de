"""Whatever happens in whatever order: histories add up, nobody is stuck, nothing is left."""

from __future__ import annotations

import asyncio
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from nidaa.contracts.events import (
    AgentState,
    CallEnded,
    CallStarted,
    LegAnswered,
    LegEnded,
    LegStarted,
    Outcome,
    QueueEntered,
    QueueLeft,
    RingEnded,
    RingStarted,
)
from pbx.calls.leg import Leg
from tests.pbx.apps.house import ANSWER, House
from tests.pbx.calls.fakes import FakeSession
from tests.support.media import description

STEPS = 40
IDLE = (AgentState.READY, AgentState.PAUSED)


class Walk:
    """A random walk of a call centre with two agents and a few callers."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.house = House()
        self.house.bindings["1001"].append(self.house.desk_phone("1001"))
        self.sessions: list[FakeSession] = []

    async def run(self) -> None:
        self.house.ready("anna", "badr")
        for _ in range(STEPS):
            await self.dice.choice((self.call, self.move, self.move, self.move, self.wait))()
        for session in self.sessions:
            if isinstance(session.user, Leg) and not session.user.is_released:
                session.user.released(0, 0, self.house.clock.now)
        await self.house.advance(60)

    async def call(self) -> None:
        start = self.dice.choice((self.house.queue_call, self.house.direct_call))
        _, session = await start()
        self.sessions.append(session)

    async def wait(self) -> None:
        await self.house.advance(self.dice.choice((0.1, 1, 7, 25)))

    async def move(self) -> None:
        """Some phone does something that its state allows, or that crosses what we did."""
        open_ = [
            session
            for session in (*self.sessions, *self.house.invited)
            if isinstance(session.user, Leg) and "hang_up" not in session.words
        ]
        if not open_:
            return
        session = self.dice.choice(open_)
        user, now = session.user, self.house.clock.now
        assert isinstance(user, Leg)
        if session in self.house.invited and not user.is_released and user.state != "ANSWERED":
            what = self.dice.randrange(4)
            if what == 0:
                user.ringing(180, "", now)
            elif what == 1:
                user.failed(self.dice.choice((408, 480, 486, 503, 603)), "", 0, now)
            else:
                user.answered(ANSWER, now)
        elif user.state == "ANSWERED":
            what = self.dice.randrange(3)
            if what == 0:
                user.released(0, 0, now)
            else:
                direction = self.dice.choice(("sendrecv", "sendonly", "inactive"))
                user.offered(description("x", direction), now)
        elif user.state == "INVITED":
            user.cancelled(now)
        if self.dice.random() < 0.7:
            await self.house.settle()


def check(house: House) -> None:
    events = house.events
    started, ended = events.of(CallStarted), events.of(CallEnded)
    assert len(started) == len(ended) == len(house.tasks)
    legs = [event.leg for event in events.of(LegStarted)]
    assert sorted(legs) == sorted(event.leg for event in events.of(LegEnded))
    for leg in legs:
        total = sum(length for _, length in events.segments(leg))
        assert abs(total - events.length(leg)) < 1e-6
    answered = [event.leg for event in events.of(LegAnswered)]
    assert len(answered) == len(set(answered))
    assert len(events.of(QueueEntered)) == len(events.of(QueueLeft))
    attempts = [event.attempt for event in events.of(RingEnded)]
    assert len(attempts) == len(set(attempts))
    assert {event.attempt for event in events.of(RingStarted)} <= set(attempts)
    assert Outcome.FAILED not in [event.outcome for event in ended]
    for agent in ("anna", "badr"):
        assert house.agent(agent)[0] in IDLE, "nobody is stuck"
        assert house.owner.conversation_of(agent) == ""
    assert house.acd.live_queues()[0].waiting == ()
    assert not house.media.sessions
    assert house.clock.waiting == 0
    assert all(task.done() for task in house.tasks)


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_histories_add_up_and_nobody_is_stuck(seed: int) -> None:
    async def walk() -> None:
        one = Walk(seed)
        await one.run()
        check(one.house)

    asyncio.run(walk())
