"""The whole of call control with real SIP on both sides: phones, a trunk, agents, no socket."""

from __future__ import annotations

import asyncio
from itertools import count
from types import TracebackType

from nidaa.config.models import Configuration, Listener, Number, Queue, System, Trunk
from nidaa.contracts import directory
from nidaa.contracts.events import AgentState
from pbx.acd.acd import Acd
from pbx.apps.acd_owner import AcdOwner
from pbx.apps.fork import Phone as Binding
from pbx.apps.reception import Plan, Reception
from pbx.calls.book import CallBook
from pbx.calls.ports import Ports
from pbx.sip.account import Account
from pbx.sip.auth import Authenticator
from pbx.sip.digest import Algorithm, ha1
from pbx.sip.endpoint import Endpoint
from pbx.sip.message import Request, Response
from pbx.sip.uri import Uri
from pbx.sip.usage import ServerTransaction
from tests.pbx.calls.fakes import EventLog, HandClock
from tests.support.media import FakeMedia, description
from tests.support.phone import Phone, Wire, counted_tokens

REALM, SECRET = "nidaa.local", "secret"
AGENTS = {"anna": "1001", "badr": "1002"}
CALLER_SDP = description("customer")
PHONE_SDP = description("phone")

CONFIGURATION = Configuration(
    system=System(
        listeners=(
            Listener(name="phones", serves="phones", transport="udp", port=5060),
            Listener(name="trunks", serves="trunks", transport="udp", port=5080),
            Listener(name="webphones", serves="webphones", transport="wss", port=7443),
        )
    ),
    trunks=(Trunk(name="sample", sources=("10.9.0.0/24",), max_calls=2),),  # type: ignore[arg-type]
    numbers=(
        Number(number="+21321000001", queue="support", greeting="welcome"),
        Number(number="+21321000002", extension="1001"),
    ),
    queues=(Queue(name="support", wrap_up_for=15),),
)


def device(number: str) -> directory.Device:
    name = f"d{number}"
    secrets = (
        ha1(name, REALM, SECRET, algorithm) for algorithm in (Algorithm.MD5, Algorithm.SHA256)
    )
    return directory.Device(name, number, "webphone", *secrets)


class People:
    """Fits pbx.apps.reception.Directory."""

    def __init__(self) -> None:
        self.devices = {one.username: one for one in map(device, AGENTS.values())}
        self.extensions = {n: directory.Extension(n, name.title()) for name, n in AGENTS.items()}
        self.agents_by_extension = {
            number: directory.Agent(name, name.title(), number, (directory.Membership("support"),))
            for name, number in AGENTS.items()
        }


class Registrations:
    """Fits pbx.apps.reception.Registers: remembers who asked."""

    def __init__(self) -> None:
        self.asked: list[Request] = []

    def register(self, transaction: ServerTransaction, request: Request, now: float) -> None:
        self.asked.append(request)
        transaction.respond(200, now)


class Town:
    """Endpoint, reception, ACD and phones around one wire."""

    def __init__(self, group: asyncio.TaskGroup) -> None:
        self.clock, self.media = HandClock(), FakeMedia()
        self.events = EventLog(self.clock)
        self.people, self.registrations = People(), Registrations()
        self.bindings: dict[str, list[Binding]] = {}
        ids = count(1)
        self.acd = Acd(lambda: f"a{next(ids)}")
        self.owner = AcdOwner(self.acd, self.clock, self.clock, self.events, lambda: False)
        self.owner.do(self.acd.configure, CONFIGURATION.queues)
        self.owner.do(self.acd.set_agents, tuple(self.people.agents_by_extension.values()))
        self.reception = Reception(
            Plan(CONFIGURATION),
            self.people,
            Authenticator(REALM, b"k" * 32),
            self.registrations,
            self.owner,
            lambda number: self.bindings.get(number, []),
        )
        self.endpoint = Endpoint(self.reception, counted_tokens())
        self.book = CallBook(group)
        self.reception.open(
            Ports(
                self.media,
                self.events,
                self.endpoint,
                self.clock,
                self.clock,
                lambda prefix: f"{prefix}{next(ids)}",
                lambda: None,
            ),
            self.book,
        )
        self.wire = Wire(self.endpoint, self.clock)
        self._trunks = count(1)

    # who is there

    def customer(self) -> Phone:
        number = next(self._trunks)
        return self.wire.phone(f"customer{number}", listener="trunks", host=f"10.9.0.{number}")

    def webphone(self, number: str) -> Phone:
        """A registered webphone."""
        phone = self.wire.phone(f"web{number}", "WSS", "webphones")
        target = Uri.parse(f"sip:{phone.name}@{phone.name}.invalid")
        self.bindings.setdefault(number, []).append(Binding(target, phone.flow))
        return phone

    def desk_phone(self, number: str) -> Phone:
        """A registered desk phone."""
        phone = self.wire.phone(f"desk{number}")
        host, port = phone.flow.peer
        target = Uri.parse(f"sip:{phone.name}@{host}:{port}")
        self.bindings.setdefault(number, []).append(Binding(target, phone.flow))
        return phone

    def ready(self, *agents: str) -> None:
        for agent in agents:
            self.owner.do(self.acd.set_reachable, AGENTS[agent], True)
            self.owner.do(self.acd.sign_on, agent)
            self.owner.do(self.acd.set_ready, agent)

    def state(self, agent: str) -> AgentState:
        return self.acd.agent(agent).state

    # time

    async def settle(self) -> None:
        for _ in range(20):
            await asyncio.sleep(0)

    async def advance(self, seconds: float) -> None:
        """Let time pass, stopping at every deadline of SIP and of call control."""
        until = self.clock.now + seconds
        await self.settle()
        while True:
            dues = [at for at in (self.endpoint.next_deadline(), self.clock.next_at()) if at]
            if not dues or min(dues) > until:
                break
            self.clock.now = max(self.clock.now, min(dues))
            self.endpoint.handle_timers(self.clock.now)
            self.clock.next_due(self.clock.now)
            await self.settle()
        self.clock.now = until

    # steps of a call

    async def took(self, phone: Phone, *kinds: str | int) -> Request | Response:
        """What the phone got since last asked, which is exactly this; the last of it."""
        await self.settle()
        return phone.expect(*kinds)

    async def invited(self, phone: Phone) -> Request:
        request = await self.took(phone, "INVITE")
        assert isinstance(request, Request)
        return request

    async def call_in(self, customer: Phone, number: str = "+21321000001") -> None:
        """The customer calls and is answered by the queue."""
        customer.invite(f"sip:{number}@pbx", CALLER_SDP)
        await self.took(customer, 200)
        customer.ack()

    async def pick_up(self, phone: Phone, request: Request) -> None:
        phone.answer(request, 180)
        phone.answer(request, 200, PHONE_SDP)
        await self.took(phone, "ACK")

    def authorize(self, challenge: Response, number: str, password: str = SECRET) -> str:
        """The row that answers a 407 with this device's credentials."""
        account = Account(f"d{number}", password, lambda: "cnonce")
        value = account.response(
            challenge.fields["proxy-authenticate"], "INVITE", "sip:1002@nidaa.local"
        )
        return f"Proxy-Authorization: {value}\r\n"


class RunningTown:
    """`async with RunningTown() as town`: its calls end with the block."""

    async def __aenter__(self) -> Town:
        self._group = asyncio.TaskGroup()
        await self._group.__aenter__()
        self.town = Town(self._group)
        return self.town

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await self._group.__aexit__(kind, error, trace)
