"""Reception: who may call, and which app a new call is sent to.

A phone proves by digest which device it is, each time it calls; its number is that device's
extension whatever its From says. A trunk is known by where it sends from. Nobody else gets in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from nidaa.config.models import Configuration, Queue
from nidaa.contracts.directory import Agent, Device, Extension
from nidaa.contracts.events import Direction, LegRole, SegmentKind
from nidaa.logging import Log
from pbx.apps.acd_owner import AcdOwner
from pbx.apps.announce import Announce
from pbx.apps.callers import trunk_caller
from pbx.apps.fork import Callee, Phones, profile_of
from pbx.apps.queueing import Queueing
from pbx.apps.quiet import Quiet
from pbx.apps.ring import Ring
from pbx.calls.book import App, CallBook
from pbx.calls.call import Call
from pbx.calls.facts import CallFacts
from pbx.calls.ports import Ports
from pbx.routing.dialplan import (
    AnnouncementDestination,
    Destination,
    Dialplan,
    ExtensionDestination,
    FromPhone,
    FromTrunk,
    QueueDestination,
    Refusal,
)
from pbx.routing.trunks import TrunkTable
from pbx.sip.auth import Algorithm, Authenticator, Verdict
from pbx.sip.errors import BadMessage
from pbx.sip.message import Request
from pbx.sip.screening import ACCEPT_ROW, ALLOW_ROW, KNOWN
from pbx.sip.usage import ServerTransaction, Session, SessionUser
from pbx.sip.writing import header_row

log = Log("pbx.reception")


class Directory(Protocol):
    """Who people are."""

    @property
    def devices(self) -> Mapping[str, Device]: ...
    @property
    def extensions(self) -> Mapping[str, Extension]: ...
    @property
    def agents_by_extension(self) -> Mapping[str, Agent]: ...


class Registers(Protocol):
    """The registrar."""

    def register(self, transaction: ServerTransaction, request: Request, now: float) -> None: ...


class Plan:
    """What of the configuration decides about a new call; swapped as a whole."""

    def __init__(self, configuration: Configuration) -> None:
        self.domain = configuration.system.domain
        self.country = configuration.system.country
        self.dialplan = Dialplan(configuration)
        self.trunks = TrunkTable(configuration)
        self.queues: dict[str, Queue] = {queue.name: queue for queue in configuration.queues}
        self.serves = {entry.name: entry.serves for entry in configuration.system.listeners}


@dataclass(frozen=True, slots=True)
class Origin:
    """Who calls, as far as we believe it."""

    direction: Direction
    source: FromTrunk | FromPhone
    number: str
    raw: str
    name: str
    endpoint: str
    trunk: str = ""
    agent: str = ""


class Reception:
    """The EndpointUser of this pbx."""

    def __init__(
        self,
        plan: Plan,
        directory: Directory,
        authenticator: Authenticator,
        registrar: Registers,
        owner: AcdOwner,
        phones: Phones,
    ) -> None:
        self.plan = plan
        self.is_closed = False  # pbx is about to stop: no new calls
        self._directory, self._authenticator = directory, authenticator
        self._registrar, self._owner, self._phones = registrar, owner, phones
        self._quiet = Quiet(log)
        self._ports: Ports | None = None
        self._book: CallBook | None = None

    def open(self, ports: Ports, book: CallBook) -> None:
        """Calls can be made from now on: the endpoint, whose user this is, exists."""
        self._ports, self._book = ports, book

    # new calls

    def invited(self, session: Session, request: Request, now: float) -> SessionUser | None:
        """A new INVITE: refused, or a new call whose caller's leg is returned."""
        if self.is_closed or self._ports is None or self._book is None:
            session.reject(503, now)
            return None
        if self.plan.serves.get(session.flow.listener) == "trunks":
            origin = self._from_trunk(session, request, now, self._book)
        else:
            origin = self._from_phone(session, request, now)
        if origin is None:
            return None
        dialled = request.uri.user or ""
        at = self._ports.clock.micros()
        decision = self.plan.dialplan.decide(self._directory, origin.source, dialled, at)
        destination = decision.destination
        if isinstance(destination, Refusal):
            why = f" blocked by {decision.blocked_by.caller}" if decision.blocked_by else ""
            log.info(f"{origin.endpoint} dialled {dialled!r}: {destination.status}{why}")
            session.reject(destination.status, now, destination.reason)
            return None
        return self._start(session, request, origin, destination, self._ports, self._book)

    def _start(
        self,
        session: Session,
        request: Request,
        origin: Origin,
        destination: Destination,
        ports: Ports,
        book: CallBook,
    ) -> SessionUser | None:
        sdp = request.body.decode("utf-8", "replace")
        app, kind, to_number = self._app(destination, sdp)
        facts = CallFacts(
            ports.new_id("c"),
            origin.direction,
            origin.number,
            origin.raw,
            origin.name,
            to_number,
            origin.trunk,
        )
        call = Call(facts, ports)
        leg = call.start(origin.endpoint, kind, profile_of(session.flow), origin.agent)
        leg.attach(session)
        book.start(call, app)
        return leg

    def _app(self, destination: Destination, sdp: str) -> tuple[App, SegmentKind, str]:
        plan = self.plan
        if isinstance(destination, QueueDestination):
            greeting = destination.greeting and f"{destination.language}/{destination.greeting}"
            queue = plan.queues[destination.queue]
            app = Queueing(
                queue,
                greeting,
                sdp,
                self._owner,
                self._phones,
                plan.domain,
                destination.language,
                destination.priority,
            )
            return app, SegmentKind.IVR, destination.number
        if isinstance(destination, AnnouncementDestination):
            return Announce(destination.prompt, sdp), SegmentKind.IVR, destination.number
        if not isinstance(destination, ExtensionDestination):
            raise TypeError(destination)
        number = destination.number
        agent = self._directory.agents_by_extension.get(number)
        callee = Callee(number, LegRole.CALLEE, agent.id if agent else "")
        return (
            Ring(callee, sdp, self._owner, self._phones, plan.domain),
            SegmentKind.RING,
            number,
        )

    def _from_trunk(
        self, session: Session, request: Request, now: float, book: CallBook
    ) -> Origin | None:
        flow = session.flow
        trunk = self.plan.trunks.identify(flow.listener, flow.peer[0])
        if trunk is None:
            self._quiet.warning(flow.peer[0], f"INVITE from no trunk we know: {flow.peer}", now)
            session.reject(403, now)
            return None
        if book.on_trunk(trunk.name) >= trunk.max_calls:
            text = f"trunk {trunk.name} has its {trunk.max_calls} calls already"
            self._quiet.warning(trunk.name, text, now)
            session.reject(503, now, "Trunk Full", header_row("Retry-After", "5"))
            return None
        number, raw, name = trunk_caller(request, self.plan.country)
        return Origin(
            Direction.INBOUND,
            FromTrunk(trunk.name, number),
            number,
            raw,
            name,
            f"{trunk.name}/{raw or 'anonymous'}",
            trunk.name,
        )

    def _from_phone(self, session: Session, request: Request, now: float) -> Origin | None:
        device = self._device(session, request, now)
        if device is None:
            return None
        number = device.extension
        extension = self._directory.extensions.get(number)
        agent = self._directory.agents_by_extension.get(number)
        return Origin(
            Direction.INTERNAL,
            FromPhone(number),
            number,
            number,
            extension.name if extension else "",
            f"sip:{number}@{self.plan.domain}",
            agent=agent.id if agent else "",
        )

    def _device(self, session: Session, request: Request, now: float) -> Device | None:
        """The device that proved who it is; None after it was challenged or refused."""
        values = request.rows("proxy-authorization")
        try:
            verdict, username = self._authenticator.judge(
                values, "INVITE", request.uri, self._secret_of, now
            )
        except BadMessage as error:
            session.reject(error.status, now, error.reason)
            return None
        device = self._directory.devices.get(username)
        if verdict is Verdict.ACCEPTED and device is not None:
            return device
        if verdict is Verdict.REFUSED:
            peer = session.flow.peer
            self._quiet.warning(peer[0], f"INVITE with wrong credentials from {peer}", now)
        challenges = self._authenticator.challenges(now, is_stale=verdict is Verdict.STALE)
        rows = "".join(header_row("Proxy-Authenticate", value) for value in challenges)
        session.reject(407, now, headers=rows)
        return None

    def _secret_of(self, username: str, algorithm: Algorithm) -> str | None:
        device = self._directory.devices.get(username)
        if device is None:
            return None
        return device.ha1_sha256 if algorithm is Algorithm.SHA256 else device.ha1_md5

    # other requests

    def requested(self, transaction: ServerTransaction, request: Request, now: float) -> None:
        """REGISTER goes to the registrar, OPTIONS is answered, the rest is not served."""
        serves = self.plan.serves.get(transaction.flow.listener)
        if request.method == "REGISTER" and serves != "trunks":
            self._registrar.register(transaction, request, now)
        elif request.method == "REGISTER":
            transaction.respond(403, now)
        elif request.method == "OPTIONS":
            transaction.respond(200, now, headers=ALLOW_ROW + ACCEPT_ROW)
        else:
            status = 405 if request.method in KNOWN else 501
            transaction.respond(status, now, headers=ALLOW_ROW)
