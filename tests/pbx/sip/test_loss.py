"""Two endpoints and a network that loses, repeats and reorders: calls still come to their end."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field

import pytest

from pbx.sip.endpoint import Endpoint
from pbx.sip.flow import Flow
from pbx.sip.message import Request
from pbx.sip.timers import TIMEOUT
from pbx.sip.usage import ServerTransaction, Session, SessionUser
from pbx.sip.values import Address, Uri
from tests.support.phone import SDP, counted_tokens
from tests.support.sip_user import Recorder

A, B = ("10.0.0.1", 5060), ("10.0.0.2", 5060)
STEP = 0.01  # seconds a datagram is at least under way


@dataclass
class Network:
    """Carries datagrams between two endpoints by a seeded die."""

    dice: random.Random
    loss: float
    ends: dict[tuple[str, int], Endpoint] = field(default_factory=dict)
    air: list[tuple[float, tuple[str, int], bytes, tuple[str, int]]] = field(default_factory=list)
    now: float = 0.0

    def add(self, address: tuple[str, int], endpoint: Endpoint) -> None:
        self.ends[address] = endpoint

    def transfer(self) -> None:
        """What was sent goes on its way: lost, once, or twice, each with its own delay."""
        for source, endpoint in self.ends.items():
            sent = list(endpoint.transmissions)
            endpoint.transmissions.clear()
            for data, flow in sent:
                for _ in range(2 if self.dice.random() < 0.1 else 1):
                    if self.dice.random() >= self.loss:
                        delay = STEP + self.dice.random() * 0.3
                        self.air.append((self.now + delay, source, data, flow.peer))

    def step(self, until: float = math.inf) -> bool:
        """To the next thing that happens; False when nothing is left to happen by then."""
        self.transfer()
        times = [at for at, *_ in self.air]
        times += [at for e in self.ends.values() if (at := e.next_deadline()) is not None]
        if not times or min(times) > until:
            return False
        self.now = max(self.now, min(times))
        arrived = sorted(item for item in self.air if item[0] <= self.now)
        self.air = [item for item in self.air if item[0] > self.now]
        for _, source, data, target in arrived:
            host, port = target
            flow = Flow("UDP", "x", f"{host}:{port}", source)
            self.ends[target].receive(data, flow, self.now)
        for endpoint in self.ends.values():
            endpoint.handle_timers(self.now)
        return True

    def until(self, at: float) -> None:
        while self.step(at):
            pass
        self.now = at

    def drain(self) -> None:
        while self.step():
            pass


class Callee(Recorder):
    """Rings, answers, accepts every offer, and keeps its session."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session

    def offered(self, sdp: str, now: float) -> None:
        super().offered(sdp, now)
        self.session.answer_offer(SDP, now)


class Callees:
    """Answers every call as `how` says."""

    def __init__(self, how: str) -> None:
        self.how = how
        self.users: list[Callee] = []

    def invited(self, session: Session, request: Request, now: float) -> SessionUser | None:
        user = Callee(session)
        self.users.append(user)
        if self.how == "busy":
            session.reject(486, now)
        elif self.how == "ring":
            session.ring(now)
        else:
            session.ring(now)
            session.accept(SDP, now)
        return user

    def requested(self, transaction: ServerTransaction, request: Request, now: float) -> None:
        transaction.respond(405, now)


class Scene:
    """A caller's and a callee's endpoint with a network between them."""

    def __init__(self, seed: int, loss: float, how: str) -> None:
        dice = random.Random(seed)
        self.network = Network(dice, loss)
        self.callees = Callees(how)
        self.a = Endpoint(Callees("busy"), counted_tokens("a"), dice.random)
        self.b = Endpoint(self.callees, counted_tokens("b"), dice.random)
        self.network.add(A, self.a)
        self.network.add(B, self.b)
        self.user = Recorder()

    def call(self) -> Session:
        flow = Flow("UDP", "x", "10.0.0.1:5060", B)
        from_, to = Address.parse("<sip:a@x>"), Address.parse("<sip:b@x>")
        target = Uri.parse("sip:b@10.0.0.2")
        return self.a.invite(self.user, target, flow, from_, to, SDP, self.network.now)

    def assert_nothing_is_left(self) -> None:
        self.network.drain()
        for endpoint in (self.a, self.b):
            assert endpoint.session_count == 0
            assert endpoint.layer.transactions == {}
            assert endpoint.layer.merged == {}

    @property
    def names(self) -> list[object]:
        return [told[0] for told in self.user.told]


@pytest.mark.parametrize("seed", range(25))
def test_answered_call_holds_and_ends_through_a_bad_network(seed):
    s = Scene(seed, 0.2, "answer")
    session = s.call()
    s.network.until(20.0)
    session.reoffer(SDP, s.network.now)
    s.network.until(60.0)
    session.hang_up(s.network.now)
    s.assert_nothing_is_left()
    assert [name for name in s.names if name != "ringing"] == ["answered", "reoffer_answered"]
    [callee] = s.callees.users
    assert callee.told[-1][:2] == ("released", 0)


@pytest.mark.parametrize("seed", range(25))
def test_refused_call_is_told_once(seed):
    s = Scene(seed, 0.3, "busy")
    s.call()
    s.assert_nothing_is_left()
    assert s.names == ["failed"]


@pytest.mark.parametrize("seed", range(25))
def test_cancel_or_answer_wins_and_both_sides_agree(seed):
    """CANCEL and 200 cross: whoever wins, nobody is left ringing or talking."""
    s = Scene(seed, 0.2, "ring")
    session = s.call()
    s.network.until(1.0)
    if s.callees.users:
        callee = s.callees.users[0]
        callee.session.accept(SDP, s.network.now)
    session.hang_up(s.network.now)
    s.assert_nothing_is_left()
    assert "failed" not in s.names
    for user in s.callees.users:
        ends = [told for told in user.told if told[0] in ("released", "cancelled")]
        assert len(ends) == 1


@pytest.mark.parametrize("seed", range(25))
def test_both_sides_offer_at_once_and_both_get_their_answer(seed):
    s = Scene(seed, 0.0, "answer")
    session = s.call()
    s.network.until(3.0)
    callee = s.callees.users[0]
    s.user.offered = lambda sdp, now: session.answer_offer(SDP, now)
    session.reoffer(SDP, s.network.now)
    callee.session.reoffer(SDP, s.network.now)
    s.network.until(30.0)
    assert "reoffer_answered" in s.names
    assert ("reoffer_answered", SDP) in callee.told
    session.hang_up(s.network.now)
    s.assert_nothing_is_left()


def test_network_that_is_gone_ends_both_sides_within_64_t1():
    s = Scene(1, 0.0, "answer")
    session = s.call()
    s.network.until(3.0)
    s.network.loss = 1.0
    session.reoffer(SDP, s.network.now)
    s.network.until(3.0 + TIMEOUT + 1)
    assert s.user.told[-1][:2] == ("released", 408)
    s.callees.users[0].session.hang_up(s.network.now)
    s.assert_nothing_is_left()
