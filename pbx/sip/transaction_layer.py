"""The transaction layer (RFC 3261 17): matches messages to transactions and runs their tables."""

from __future__ import annotations

from collections.abc import Callable

from pbx.sip.errors import LocalMisuse
from pbx.sip.flow import Flow
from pbx.sip.message import Request, Response
from pbx.sip.timers import Timers
from pbx.sip.transaction import (
    CLIENT_KIND,
    INVITE_CLIENT_KIND,
    INVITE_SERVER_KIND,
    SERVER_KIND,
    Do,
    Input,
    Key,
    OnAnswer,
    State,
    Transaction,
    derive_request,
    outcome,
)
from pbx.sip.values import MAGIC
from pbx.sip.writing import write_response

CLASSES = 7  # status classes 1xx-6xx, by first digit
LET_GO = frozenset((State.COMPLETED, State.CONFIRMED))


class TransactionLayer:
    """Every transaction of one endpoint. What is to be sent is appended to `transmissions`."""

    def __init__(self, new_token: Callable[[], str]) -> None:
        self.new_token = new_token
        self.timers = Timers()
        self.transactions: dict[Key, Transaction] = {}
        self.merged: dict[Key, Transaction] = {}  # INVITEs being served, by what a fork repeats
        self.transmissions: list[tuple[bytes, Flow]] = []
        self.open_flows: set[int] = set()
        self.responses_sent = [0] * CLASSES
        self.responses_received = [0] * CLASSES

    # out

    def is_open(self, flow: Flow) -> bool:
        """Whether something can be sent: always over UDP, else while the connection lives."""
        return flow.id == 0 or flow.id in self.open_flows

    def send(self, data: bytes, flow: Flow) -> None:
        """Send outside any transaction: ACK of a 2xx, a stateless answer."""
        if self.is_open(flow):
            self.transmissions.append((data, flow))

    def request(
        self, method: str, data: bytes, branch: str, flow: Flow, on_answer: OnAnswer, now: float
    ) -> Transaction:
        """Start a client transaction for a request written with this branch.

        `on_answer` hears every response that counts; 408 or 503 without one ends it as well.
        """
        kind = INVITE_CLIENT_KIND if method == "INVITE" else CLIENT_KIND
        key = (branch, method)
        tx = Transaction(kind, key, flow, kind.start, data, on_answer=on_answer)
        self.transactions[key] = tx
        if self.is_open(flow):
            self.transmissions.append((data, flow))
            self._arm(tx, now)
        else:  # reported from the timers, never from within the call that sends
            self.timers.call_at(now, self._fire, tx, Input.UNREACHABLE)
        return tx

    def respond(
        self,
        tx: Transaction,
        status: int,
        now: float,
        reason: str = "",
        to_tag: str = "",
        rows: str = "",
        body: bytes = b"",
    ) -> None:
        """Answer a request we serve. Raises LocalMisuse when it was answered for good."""
        if tx.request is None or tx.is_answered:
            raise LocalMisuse(f"{status} to a request that was answered already")
        tx.last = write_response(tx.request, status, reason, to_tag or self.new_token(), rows, body)
        self.responses_sent[status // 100] += 1
        self.feed(tx, outcome(status), None, now)

    def repeat(self, tx: Transaction, now: float) -> None:
        """Send the 2xx of an INVITE again (RFC 3261 13.3.1.4)."""
        self.feed(tx, Input.SUCCESS, None, now)

    def abandon(self, tx: Transaction) -> None:
        """End a client transaction that will never be answered (RFC 3261 9.1)."""
        tx.state = State.TERMINATED
        self._forget(tx)

    # in

    def serve(self, request: Request, key: Key, flow: Flow, now: float) -> Transaction:
        """A new server transaction under its `server_key`; its answers go over `flow`."""
        kind = INVITE_SERVER_KIND if request.method == "INVITE" else SERVER_KIND
        tx = Transaction(kind, key, flow, kind.start, request=request)
        self.transactions[key] = tx
        self._arm(tx, now)
        return tx

    def receive_response(self, response: Response, now: float) -> bool:
        """False when it fits no transaction; then it is dropped (RFC 6026 7.2)."""
        tx = self.transactions.get((response.via.branch, response.cseq.method))
        if tx is None:
            return False
        self.responses_received[response.status // 100] += 1
        self.feed(tx, outcome(response.status), response, now)
        return True

    # the machine

    def feed(self, tx: Transaction, what: Input, response: Response | None, now: float) -> None:
        """One input to one transaction; what its table does not list is ignored."""
        move = tx.kind.table.get((tx.state, what))
        if move is None:
            return
        before = tx.state
        tx.state, effects = move
        for do in effects:
            PERFORM[do](self, tx, response, now)
        if tx.state is not before:
            self._arm(tx, now)
        if what is Input.RETRANSMIT:
            self._arm_again(tx, now)

    def _arm(self, tx: Transaction, now: float) -> None:
        state = tx.state
        if state is State.TERMINATED:
            self._forget(tx)
            return
        if state in LET_GO or (state is State.ACCEPTED and tx.request is not None):
            self._let_go(tx)
        elif state is State.ACCEPTED:
            tx.last = b""  # an answered INVITE of ours is not sent again
        kind = tx.kind
        arms = kind.arms_reliable if tx.flow.is_reliable else kind.arms
        for what, delay in arms.get(state, ()):
            if delay:
                self.timers.call_at(now + delay, self._fire, tx, what)
            else:
                self.feed(tx, what, None, now)

    def _arm_again(self, tx: Transaction, now: float) -> None:
        slowest = tx.kind.slowest
        # RFC 3261 17.1.2.2: once provisionally answered, timer E runs at T2.
        is_slow = tx.state is State.PROCEEDING
        tx.interval = slowest if is_slow else min(2 * tx.interval, slowest)
        self.timers.call_at(now + tx.interval, self._fire, tx, Input.RETRANSMIT)

    def _fire(self, tx: Transaction, what: Input, now: float) -> None:
        self.feed(tx, what, None, now)

    def _let_go(self, tx: Transaction) -> None:
        """Nothing of the user is kept once its part is done: no cycle is left behind."""
        tx.request = tx.owner = tx.on_answer = None

    def _forget(self, tx: Transaction) -> None:
        self._let_go(tx)
        tx.last = tx.ack = b""
        tx.acks = None
        self.transactions.pop(tx.key, None)
        if tx.merge_key:
            self.merged.pop(tx.merge_key, None)

    # effects

    def _send(self, tx: Transaction, _: Response | None, __: float) -> None:
        if tx.last and self.is_open(tx.flow):
            self.transmissions.append((tx.last, tx.flow))

    def _send_trying(self, tx: Transaction, _: Response | None, now: float) -> None:
        if tx.request is not None:
            tx.last = write_response(tx.request, 100)
            self.responses_sent[1] += 1
            self._send(tx, None, now)

    def _send_ack(self, tx: Transaction, response: Response | None, _: float) -> None:
        if not tx.ack and response is not None:
            tx.ack = derive_request(tx.last, "ACK", response.fields["to"])
        self.send(tx.ack, tx.flow)

    def _deliver(self, tx: Transaction, response: Response | None, now: float) -> None:
        if tx.on_answer is not None and response is not None:
            tx.on_answer(tx, response.status, response, now)

    def _report_timeout(self, tx: Transaction, _: Response | None, now: float) -> None:
        if tx.on_answer is not None:
            tx.on_answer(tx, 408, None, now)  # RFC 3261 8.1.3.1

    def _report_unreachable(self, tx: Transaction, _: Response | None, now: float) -> None:
        if tx.on_answer is not None:
            tx.on_answer(tx, 503, None, now)


PERFORM: dict[Do, Callable[[TransactionLayer, Transaction, Response | None, float], None]] = {
    Do.SEND: TransactionLayer._send,
    Do.SEND_TRYING: TransactionLayer._send_trying,
    Do.SEND_ACK: TransactionLayer._send_ack,
    Do.DELIVER: TransactionLayer._deliver,
    Do.REPORT_TIMEOUT: TransactionLayer._report_timeout,
    Do.REPORT_UNREACHABLE: TransactionLayer._report_unreachable,
}


def server_key(request: Request, method: str) -> Key:
    """What names a server transaction (17.2.3), its method last; an ACK has its INVITE's."""
    via = request.via
    method = "INVITE" if method == "ACK" else method
    branch = via.branch
    if branch.startswith(MAGIC):
        return (branch, via.host, str(via.port), method)
    # A client older than RFC 3261: its ACK differs from the INVITE in To tag and method only.
    return (
        str(via),
        request.from_.tag or "",
        request.call_id,
        str(request.cseq.number),
        str(request.uri),
        method,
    )
