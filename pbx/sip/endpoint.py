"""The SIP endpoint, sans-IO: bytes in, bytes out, time passed in.

`receive` and `handle_timers` take what happened; `transmissions` is what to send, `drops` what
could not be read, and `next_deadline` when to come back. Nothing here waits or asks the clock.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from pbx.sip.core import Core, DialogOwner
from pbx.sip.dialog import DEFAULT_PORT, dialog_to
from pbx.sip.errors import BadMessage, LocalMisuse
from pbx.sip.flow import Flow
from pbx.sip.invite_client import ClientSession
from pbx.sip.invite_server import ServerSession
from pbx.sip.message import Request, parse_message
from pbx.sip.screening import Refusal, refuse_new
from pbx.sip.transaction import Input, Key, State, Transaction
from pbx.sip.transaction_layer import TransactionLayer, server_key
from pbx.sip.usage import Credentials, EndpointUser, Session, SessionUser
from pbx.sip.values import Address, Uri, Via
from pbx.sip.writing import rejection

KEEP_ALIVE = b"\r\n\0"  # datagrams of nothing else keep a NAT open (RFC 5626 3.5.1)


class Drop(NamedTuple):
    """Something that could not be read, for a log line."""

    flow: Flow
    why: str


class PendingRequest:
    """A request outside any dialog that waits for our answer: usage.ServerTransaction."""

    __slots__ = ("_layer", "_tx", "flow")

    def __init__(self, layer: TransactionLayer, tx: Transaction, flow: Flow) -> None:
        self._layer, self._tx, self.flow = layer, tx, flow

    def respond(self, status: int, now: float, reason: str = "", headers: str = "") -> None:
        """Answer it. Raises LocalMisuse when it was answered for good."""
        self._layer.respond(self._tx, status, now, reason, rows=headers)


class Endpoint:
    """Finds out what a message is for: a transaction, a session, or our user.

    `new_token` makes unguessable tokens (tags, branches, Call-IDs); `random` is in [0, 1).
    """

    def __init__(
        self,
        user: EndpointUser,
        new_token: Callable[[], str],
        random: Callable[[], float] = lambda: 0.5,
        credentials: Credentials | None = None,
    ) -> None:
        self.user = user
        self.layer = TransactionLayer(new_token)
        self.core = Core(self.layer, new_token, random, credentials)
        self.drops: list[Drop] = []
        self.dropped = 0

    @property
    def transmissions(self) -> list[tuple[bytes, Flow]]:
        """What is to be sent, in order; whoever sends it clears the list."""
        return self.layer.transmissions

    @property
    def session_count(self) -> int:
        """Sessions alive now."""
        return len(self.core.sessions)

    # time

    def next_deadline(self) -> float | None:
        """When `handle_timers` is due, in the clock of `now`; None when nothing waits."""
        return self.layer.timers.next_deadline()

    def handle_timers(self, now: float) -> None:
        """Do everything that is due."""
        self.layer.timers.run(now)

    # flows

    def flow_opened(self, flow: Flow) -> None:
        """A connection is there; `receive` over it says so too."""
        if flow.id:
            self.layer.open_flows.add(flow.id)

    def flow_closed(self, flow: Flow, now: float) -> None:  # noqa: ARG002
        """A connection is gone: requests over it fail with 503; no session ends by itself."""
        self.layer.open_flows.discard(flow.id)

    # out

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
    ) -> Session:
        """Start a session; see usage.Caller. `user` hears nothing before this has returned."""
        new_token = self.core.new_token
        dialog = dialog_to(target, flow, from_, to, new_token(), new_token(), route)
        session = ClientSession(self.core, dialog, user, sdp, headers, to.name)
        self.core.sessions[dialog.key] = session
        session.start(now)
        return session

    # in

    def receive(self, data: bytes, flow: Flow, now: float) -> None:
        """One datagram, or one whole message of a connection."""
        if flow.id:
            self.layer.open_flows.add(flow.id)
        try:
            message = parse_message(data)
        except BadMessage as error:
            self._refuse_unreadable(data, error, flow)
            return
        if isinstance(message, Request):
            self._receive_request(message, flow, now)
        elif len(message.all("via")) > 1:  # RFC 3261 8.1.3.3: not meant for us
            self._drop(flow, "response with more than one Via")
        else:
            self.layer.receive_response(message, now)

    def _refuse_unreadable(self, data: bytes, error: BadMessage, flow: Flow) -> None:
        if not data.strip(KEEP_ALIVE):
            return
        answer = rejection(data, error)
        if answer is not None:
            self.layer.responses_sent[error.status // 100] += 1
            self.layer.send(answer, flow)
        self._drop(flow, error.reason)

    def _drop(self, flow: Flow, why: str) -> None:
        self.dropped += 1
        self.drops.append(Drop(flow, why))

    def _receive_request(self, request: Request, flow: Flow, now: float) -> None:
        key = server_key(request, request.method)
        tx = self.layer.transactions.get(key)
        if request.method == "ACK":
            self._receive_ack(tx, request, now)
            return
        if tx is not None:
            self.layer.feed(tx, Input.REQUEST, None, now)
            return
        answers_over = answer_flow(request.via, flow)
        note_source(request, flow)
        tx = self.layer.serve(request, key, answers_over, now)
        if request.method == "CANCEL":
            self._receive_cancel(tx, key, now)
        elif request.to.tag is not None:
            self._receive_within(tx, request, flow, now)
        else:
            self._receive_new(tx, request, flow, now)

    def _receive_ack(self, tx: Transaction | None, request: Request, now: float) -> None:
        if tx is not None and tx.state is not State.ACCEPTED:
            self.layer.feed(tx, Input.ACK, None, now)
            return
        session = self._session_of(request)
        if session is not None:
            session.receive_ack(request, now)

    def _receive_cancel(self, tx: Transaction, key: Key, now: float) -> None:
        cancelled = self.layer.transactions.get((*key[:-1], "INVITE"))  # RFC 3261 9.2
        if cancelled is None:
            self.layer.respond(tx, 481, now)
            return
        self.layer.respond(tx, 200, now)
        if cancelled.owner is not None:
            cancelled.owner.cancelled_by_peer(cancelled, now)

    def _receive_within(self, tx: Transaction, request: Request, flow: Flow, now: float) -> None:
        session = self._session_of(request)
        if session is None:
            self.layer.respond(tx, 481, now)
        else:
            session.receive_request(tx, request, flow, now)

    def _session_of(self, request: Request) -> DialogOwner | None:
        session = self.core.sessions.get((request.call_id, request.to.tag or ""))
        if session is None or session.dialog.remote_tag != request.from_.tag:
            return None
        return session

    def _receive_new(self, tx: Transaction, request: Request, flow: Flow, now: float) -> None:
        refusal = refuse_new(request) or self._refuse_merged(tx, request)
        if refusal is not None:
            self.layer.respond(tx, refusal.status, now, refusal.reason, rows=refusal.rows)
        elif request.method == "INVITE":
            self._receive_invite(tx, request, flow, now)
        else:
            self.user.requested(PendingRequest(self.layer, tx, flow), request, now)

    def _refuse_merged(self, tx: Transaction, request: Request) -> Refusal | None:
        """RFC 3261 8.2.2.2: a proxy forked one INVITE and both copies came here."""
        if request.method != "INVITE":
            return None
        key = (request.call_id, request.from_.tag or "", str(request.cseq.number))
        if key in self.layer.merged:
            return Refusal(482)
        tx.merge_key = key
        self.layer.merged[key] = tx
        return None

    def _receive_invite(self, tx: Transaction, request: Request, flow: Flow, now: float) -> None:
        session = ServerSession(self.core, tx, request, flow)
        self.core.sessions[session.dialog.key] = session
        user = self.user.invited(session, request, now)
        if user is not None:
            session.attach(user)
        elif session.is_pending:
            session.reject(500, now)
            raise LocalMisuse("an INVITE was neither taken nor rejected")


def note_source(request: Request, flow: Flow) -> None:
    """Write where the request came from into its topmost Via (18.2.1, RFC 3581)."""
    via = request.via
    seen = via.received_from(*flow.peer)
    if seen is not via:
        request.fields["via"] = ", ".join((str(seen), *request.all("via")[1:]))


def answer_flow(via: Via, flow: Flow) -> Flow:
    """What the answers to a request go over (RFC 3261 18.2.2).

    To the source address and the port of sent-by, with `rport` to the source port too
    (RFC 3581). Over a connection they go back through it.
    """
    if flow.is_reliable or "rport" in via.params:
        return flow
    host, port = flow.peer
    answer_port = via.port or DEFAULT_PORT
    if answer_port == port:
        return flow
    return Flow(flow.transport, flow.listener, flow.sent_by, (host, answer_port))
