"""Call control without a network: sessions that remember what they were told, time by hand."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from nidaa.contracts.events import (
    Direction,
    EventData,
    LegEnded,
    LegStarted,
    SegmentKind,
    SegmentStarted,
)
from nidaa.contracts.media import Profile
from pbx.calls.call import Call
from pbx.calls.facts import CallFacts
from pbx.calls.ports import Ports
from pbx.sip.flow import Flow
from pbx.sip.message import Request
from pbx.sip.usage import SessionUser
from pbx.sip.values import Address, Uri
from tests.support.clock import FakeClock
from tests.support.media import FakeMedia

UDP = Flow("UDP", "phones", "127.0.0.1:5060", ("127.0.0.1", 40000))
WSS = Flow("WSS", "webphones", "127.0.0.1:7443", ("127.0.0.1", 40001), id=7)


@dataclass(eq=False)
class HandTimer:
    callback: Callable[..., object]
    args: tuple[Any, ...]
    is_cancelled: bool = False

    def cancel(self) -> None:
        self.is_cancelled = True


class HandClock(FakeClock):
    """The clock and the timers of a test: time passes only by `advance`."""

    def __init__(self) -> None:
        super().__init__(1000.0)
        self._heap: list[tuple[float, int, HandTimer]] = []
        self._order = count()

    def call_at(self, when: float, callback: Callable[..., object], *args: Any) -> HandTimer:
        timer = HandTimer(callback, args)
        heapq.heappush(self._heap, (when, next(self._order), timer))
        return timer

    def next_at(self) -> float | None:
        """When the next timer is due."""
        while self._heap and self._heap[0][2].is_cancelled:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    @property
    def waiting(self) -> int:
        return sum(not timer.is_cancelled for _, _, timer in self._heap)

    def next_due(self, until: float) -> bool:
        """Run the next timer due by then; False when there is none."""
        while self._heap and self._heap[0][0] <= until:
            when, _, timer = heapq.heappop(self._heap)
            if not timer.is_cancelled:
                self.now = max(self.now, when)
                timer.callback(*timer.args)
                return True
        return False


@dataclass(eq=False)
class FakeSession:
    """One INVITE session; `said` is what our side did, in order."""

    user: SessionUser | None
    flow: Flow
    headers: str = ""
    offer: str = ""
    target: Uri | None = None
    from_: Address | None = None
    call_id: str = "x"
    invite: Request | None = None
    remote_display: str = ""
    said: list[tuple[object, ...]] = field(default_factory=list)

    def ring(self, now: float, sdp: str = "", status: int = 180) -> None:
        self.said.append(("ring", status))

    def accept(self, sdp: str, now: float) -> None:
        self.said.append(("accept", sdp))

    def reject(self, status: int, now: float, reason: str = "", headers: str = "") -> None:
        self.said.append(("reject", status))

    def hang_up(self, now: float, reason: str = "") -> None:
        self.said.append(("hang_up", reason))

    def reoffer(self, sdp: str, now: float) -> None:
        self.said.append(("reoffer", sdp))

    def answer_offer(self, sdp: str, now: float) -> None:
        self.said.append(("answer_offer", sdp))

    def refuse_offer(self, status: int, now: float) -> None:
        self.said.append(("refuse_offer", status))

    @property
    def last(self) -> tuple[object, ...]:
        return self.said[-1] if self.said else ()

    @property
    def words(self) -> list[object]:
        return [what for what, *_ in self.said]


class EventLog:
    """Every event with its time, in order."""

    def __init__(self, clock: HandClock) -> None:
        self._clock = clock
        self.all: list[tuple[float, str, EventData]] = []

    def emit(self, conversation: str, data: EventData) -> None:
        self.all.append((self._clock.now, conversation, data))

    def of(self, kind: type) -> list[Any]:
        return [data for _, _, data in self.all if isinstance(data, kind)]

    def segments(self, leg: str) -> list[tuple[SegmentKind, float]]:
        """Kind and length of each segment of a leg, as history folds them."""
        folded: list[tuple[SegmentKind, float]] = []
        opened: tuple[SegmentKind, float] | None = None
        for at, _, data in self.all:
            if isinstance(data, SegmentStarted | LegEnded) and data.leg == leg:
                if opened is not None:
                    folded.append((opened[0], at - opened[1]))
                opened = (data.kind, at) if isinstance(data, SegmentStarted) else None
        assert opened is None, f"leg {leg} never ended"
        return folded

    def length(self, leg: str) -> float:
        ends = {type(d): at for at, _, d in self.all if getattr(d, "leg", "") == leg}
        return ends[LegEnded] - next(
            at for at, _, d in self.all if isinstance(d, LegStarted) and d.leg == leg
        )


class Exchange:
    """Ports for calls, and the sessions that they started."""

    def __init__(self) -> None:
        self.clock, self.media = HandClock(), FakeMedia()
        self.events = EventLog(self.clock)
        self.invited: list[FakeSession] = []
        self.tasks: list[asyncio.Task[None]] = []
        self._ids = count(1)
        self.ports = Ports(
            self.media, self.events, self, self.clock, self.clock, self.new_id, self.flush
        )

    def new_id(self, prefix: str) -> str:
        return f"{prefix}{next(self._ids)}"

    def flush(self) -> None:
        """Nothing is buffered here."""

    def invite(
        self,
        user: SessionUser,
        target: Uri,
        flow: Flow,
        from_: Address,
        to: Address,
        sdp: str,
        now: float,
        headers: str = "",
        route: tuple[Address, ...] = (),
    ) -> FakeSession:
        session = FakeSession(user, flow, headers, sdp, target, from_)
        self.invited.append(session)
        return session

    def incoming(
        self,
        app: Any,
        *,
        from_number: str = "+213550123456",
        kind: SegmentKind = SegmentKind.RING,
        direction: Direction = Direction.INTERNAL,
        agent: str = "",
    ) -> tuple[Call, FakeSession]:
        """A call whose caller waits for our answer; its task runs `app`."""
        id_ = self.new_id("c")
        facts = CallFacts(id_, direction, from_number, from_number, "Amina", "1001")
        call = Call(facts, self.ports)
        leg = call.start("sip:caller@test", kind, Profile.PLAIN, agent)
        session = FakeSession(leg, UDP)
        leg.attach(session)
        self.tasks.append(asyncio.get_running_loop().create_task(call.run(app)))
        return call, session

    async def settle(self) -> None:
        """Let every task do what it can without time passing."""
        for _ in range(30):
            await asyncio.sleep(0)

    async def advance(self, seconds: float) -> None:
        until = self.clock.now + seconds
        await self.settle()
        while self.clock.next_due(until):
            await self.settle()
        self.clock.now = until
