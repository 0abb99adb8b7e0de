"""A small call centre in a test: agents with phones, a queue, callers. Time by hand."""

from __future__ import annotations

from nidaa.config.models import Queue
from nidaa.contracts import directory
from nidaa.contracts.events import AgentState, AgentStateChanged, Direction, LegRole, SegmentKind
from pbx.acd.acd import Acd
from pbx.apps.acd_owner import AcdOwner
from pbx.apps.fork import Callee, Phone
from pbx.apps.queueing import Queueing
from pbx.apps.ring import Ring
from pbx.calls.call import Call
from pbx.sip.uri import Uri
from tests.pbx.calls.fakes import UDP, WSS, Exchange, FakeSession
from tests.support.media import description

OFFER = description("caller")
ANSWER = description("phone")


class House(Exchange):
    """Agents anna (1001) and badr (1002) serve the queue support; both have a webphone."""

    def __init__(self) -> None:
        super().__init__()
        self.has_screens = False
        self.acd = Acd(lambda: self.new_id("a"))
        self.owner = AcdOwner(
            self.acd, self.clock, self.clock, self.events, lambda: self.has_screens
        )
        self.bindings = {"1001": [self.webphone("1001")], "1002": [self.webphone("1002")]}
        self.configure(Queue(name="support", wrap_up_for=15))

    def configure(self, queue: Queue) -> None:
        self.queue = queue
        self.owner.do(self.acd.configure, (queue,))
        agents = tuple(
            directory.Agent(name, name.title(), number, (directory.Membership("support"),))
            for name, number in (("anna", "1001"), ("badr", "1002"))
        )
        self.owner.do(self.acd.set_agents, agents)

    def webphone(self, number: str) -> Phone:
        return Phone(Uri("sip", "x.invalid", number), WSS)

    def desk_phone(self, number: str) -> Phone:
        return Phone(Uri("sip", "127.0.0.1", number, port=40000), UDP)

    def ready(self, *agents: str) -> None:
        for agent in agents:
            self.owner.do(self.acd.set_reachable, self.extension(agent), True)
            self.owner.do(self.acd.sign_on, agent)
            self.owner.do(self.acd.set_ready, agent)

    @staticmethod
    def extension(agent: str) -> str:
        return {"anna": "1001", "badr": "1002"}[agent]

    def agent(self, name: str) -> tuple[AgentState, str]:
        facts = self.acd.agent(name)
        return facts.state, facts.reason

    def states(self, name: str) -> list[AgentState]:
        """Every state the agent's events told of, in order."""
        return [e.state for e in self.events.of(AgentStateChanged) if e.agent == name]

    async def queue_call(self, greeting: str = "") -> tuple[Call, FakeSession]:
        app = Queueing(self.queue, greeting, OFFER, self.owner, self.bound, "test")
        call, caller = self.incoming(
            app, kind=SegmentKind.IVR, direction=Direction.INBOUND, from_number="+213550123456"
        )
        await self.settle()
        return call, caller

    async def direct_call(
        self,
        number: str = "1001",
        agent: str = "",
        caller_agent: str = "",
        from_number: str = "1003",
    ) -> tuple[Call, FakeSession]:
        callee = Callee(number, LegRole.CALLEE, agent)
        app = Ring(callee, OFFER, self.owner, self.bound, "test")
        call, caller = self.incoming(app, from_number=from_number, agent=caller_agent)
        await self.settle()
        return call, caller

    def bound(self, number: str) -> list[Phone]:
        return self.bindings.get(number, [])

    # what phones do

    async def pick_up(self, session: FakeSession, sdp: str = ANSWER) -> None:
        assert session.user
        session.user.answered(sdp, self.clock.now)
        await self.settle()

    async def say_ringing(self, session: FakeSession) -> None:
        assert session.user
        session.user.ringing(180, "", self.clock.now)
        await self.settle()

    async def refuse(self, session: FakeSession, status: int) -> None:
        assert session.user
        session.user.failed(status, "", 0, self.clock.now)
        await self.settle()

    async def hang_up(self, session: FakeSession) -> None:
        assert session.user
        session.user.released(0, 0, self.clock.now)
        await self.settle()

    async def offer(self, session: FakeSession, sdp: str) -> None:
        assert session.user
        session.user.offered(sdp, self.clock.now)
        await self.settle()

    async def talk(self) -> tuple[Call, FakeSession, FakeSession]:
        """A queue call that anna has answered."""
        self.ready("anna")
        call, caller = await self.queue_call()
        agent = self.invited[-1]
        await self.say_ringing(agent)
        await self.pick_up(agent)
        return call, caller, agent
