"""An INVITE session once it is established: re-INVITE and UPDATE both ways, ACK, BYE.

`invite_client` and `invite_server` add how each side gets there.
"""

from __future__ import annotations

from dataclasses import dataclass

from pbx.sip.core import Core
from pbx.sip.dialog import Dialog, contact_row, new_branch
from pbx.sip.dialog_usage import DEAD, DialogUsage, Phase
from pbx.sip.errors import LocalMisuse
from pbx.sip.flow import Flow
from pbx.sip.message import Request, Response
from pbx.sip.offer_answer import BUSY, GLARE, Exchange, Step, refusal_of_offer, step
from pbx.sip.screening import ALLOW_ROW
from pbx.sip.timers import T1, T2, TIMEOUT
from pbx.sip.transaction import Transaction
from pbx.sip.usage import SessionUser

SDP_ROW = "Content-Type: application/sdp\r\n"
AGENT_ROW = "User-Agent: Nidaa\r\n"
RETRY_ROW = "Retry-After: {}\r\n"
RETRY_UP_TO = 10  # seconds (RFC 3261 14.2)
GLARE_TRIES = 5
RECOVERY_ON_TIMER = 102  # Q.850


@dataclass(slots=True, eq=False)
class Unacked:
    """A 2xx of ours that the peer has not acked yet."""

    tx: Transaction
    cseq: int
    is_first: bool  # of the INVITE that made the session
    has_offer: bool  # its ACK carries the answer


@dataclass(frozen=True, slots=True)
class AckDue:
    """A 2xx of theirs that we are to ack."""

    tx: Transaction
    tag: str
    cseq: int

    @classmethod
    def of(cls, tx: Transaction, response: Response) -> AckDue:
        return cls(tx, response.to.tag or "", response.cseq.number)

    def keep(self, ack: bytes, flow: Flow) -> None:
        """Remember the ACK, for every time the 2xx comes again."""
        if self.tx.acks is None:
            self.tx.acks = {}
        self.tx.acks[self.tag] = (ack, flow)


class InviteSession(DialogUsage):
    """What both sides of a session do after the answer."""

    __slots__ = (
        "_exchange", "_glares", "_in_flight", "_is_backing_off", "_late_ack", "_offer_tx",
        "_unacked", "_wanted", "invite",
    )  # fmt: skip

    def __init__(self, core: Core, dialog: Dialog, invite: Request | None = None) -> None:
        super().__init__(core, dialog)
        self.invite = invite
        self._exchange = Exchange.IDLE
        self._unacked: Unacked | None = None
        self._offer_tx: Transaction | None = None  # the peer's re-INVITE or UPDATE, unanswered
        self._late_ack: AckDue | None = None  # of a 2xx with an offer, until we answer it
        self._wanted: str | None = None  # the offer to send when nothing stands in its way
        self._in_flight: str | None = None  # the offer of our re-INVITE
        self._glares, self._is_backing_off = 0, False

    # from our side

    def hang_up(self, now: float, reason: str = "") -> None:
        """End an established session; see usage.Session."""
        if self.phase is not Phase.ESTABLISHED:
            return
        self.take_user()
        self._refuse_pending(now)
        if self._late_ack is not None:
            self.send_ack(self._late_ack)
            self._late_ack = None
        if self._unacked is not None and self._unacked.is_first:
            self.phase = Phase.RELEASING  # RFC 3261 15: no BYE before the ACK
        else:
            self.send_bye(now, reason)

    def reoffer(self, sdp: str, now: float) -> None:
        """Send a re-INVITE as soon as no other exchange is under way."""
        if self.phase is Phase.EARLY:
            raise LocalMisuse("reoffer before the answer")
        self._wanted, self._glares = sdp, 0
        self._try_reoffer(now)

    def answer_offer(self, sdp: str, now: float) -> None:
        """Answer the peer's offer; nothing when it was taken back meanwhile."""
        if self._late_ack is not None:
            late, self._late_ack = self._late_ack, None
            self._exchange = step(self._exchange, Step.WE_ANSWER)
            self.send_ack(late, sdp)
            self._try_reoffer(now)
            return
        tx, self._offer_tx = self._offer_tx, None
        if tx is None or tx.request is None:
            return
        if tx.request.method == "INVITE":
            self._accept(tx, sdp, now, is_first=False)
        else:
            self._exchange = step(self._exchange, Step.WE_ANSWER)
            self.respond(tx, 200, now, rows=self._contact() + SDP_ROW, body=sdp.encode())
            self._try_reoffer(now)

    def refuse_offer(self, status: int, now: float) -> None:
        """Refuse the peer's re-INVITE or UPDATE; the session goes on as it was."""
        if status < 300:
            raise LocalMisuse(f"refused with {status}")
        tx, self._offer_tx = self._offer_tx, None
        if tx is not None:
            self._exchange = step(self._exchange, Step.REFUSED)
            self.respond(tx, status, now)
            self._try_reoffer(now)

    # the 2xx and its ACK: ours

    def _accept(self, tx: Transaction, sdp: str, now: float, is_first: bool) -> None:
        """200 to an INVITE, repeated until its ACK is here (RFC 3261 13.3.1.4)."""
        if tx.request is None:
            raise LocalMisuse("answered already")
        has_offer = self._exchange is Exchange.IDLE
        self._exchange = step(self._exchange, Step.WE_OFFER if has_offer else Step.WE_ANSWER)
        unacked = Unacked(tx, tx.request.cseq.number, is_first, has_offer)
        rows = self._contact() + ALLOW_ROW + SDP_ROW
        self.respond(tx, 200, now, rows=rows, body=sdp.encode())
        self._unacked = unacked
        at = now + T1
        self.core.layer.timers.call_at(at, self._repeat_answer, unacked, T1, now + TIMEOUT)

    def _repeat_answer(self, unacked: Unacked, interval: float, until: float, now: float) -> None:
        if self._unacked is not unacked:
            return
        if now >= until:
            self._unacked = None
            self._die(408, now)
            return
        self.core.layer.repeat(unacked.tx, now)
        interval = min(2 * interval, T2)
        at = min(now + interval, until)
        self.core.layer.timers.call_at(at, self._repeat_answer, unacked, interval, until)

    def receive_ack(self, request: Request, now: float) -> None:
        """The ACK of a 2xx; a repeated one is ignored."""
        unacked = self._unacked
        if unacked is not None and unacked.cseq == request.cseq.number:
            self._acked(unacked, request.body.decode("utf-8", "replace"), now)

    def _acked(self, unacked: Unacked, sdp: str, now: float) -> None:
        self._unacked = None
        if self.phase is Phase.RELEASING:
            self.send_bye(now)
            return
        if unacked.has_offer:
            answer = Step.THEY_ANSWER if sdp else Step.REFUSED
            self._exchange = step(self._exchange, answer)
            if not sdp:
                self._die(488, now)  # our offer was never answered: no session to speak of
                return
        user = self.user
        if user is not None and unacked.is_first:
            user.confirmed(sdp if unacked.has_offer else "", now)
        elif user is not None and unacked.has_offer:
            user.reoffer_answered(sdp, now)
        self._try_reoffer(now)

    # the 2xx and its ACK: theirs

    def repeat_ack(self, tx: Transaction, response: Response) -> bool:
        """Ack a 2xx once more (RFC 3261 13.2.2.4); False when it is the first with its tag."""
        if tx.acks is None or (response.to.tag or "") not in tx.acks:
            return False
        ack, flow = tx.acks[response.to.tag or ""]
        if ack:  # nothing yet while our answer to its offer is being made
            self.core.layer.send(ack, flow)
        return True

    def send_ack(self, due: AckDue, sdp: str = "", dialog: Dialog | None = None) -> None:
        """Ack a 2xx, with our answer where it carried the offer."""
        rows = self.auth_rows + (SDP_ROW if sdp else "")
        branch = new_branch(self.core.new_token())
        ack = (dialog or self.dialog).write("ACK", branch, due.cseq, rows, sdp.encode())
        due.keep(*ack)
        self.core.layer.send(*ack)

    # offers of the peer

    def _receive_refresh(self, tx: Transaction, request: Request, flow: Flow, now: float) -> None:
        """A re-INVITE or UPDATE: refused when it crosses another, else reported or answered."""
        if request.method == "INVITE" and self._unacked is not None:
            # Its sender has our 2xx, or could not send this; the ACK was lost or comes later.
            unacked = self._unacked
            if not unacked.has_offer:
                self._acked(unacked, "", now)
        refusal = self._refusal_of(request)
        if refusal:
            wait = int(self.core.random() * (RETRY_UP_TO + 1))
            rows = RETRY_ROW.format(wait) if refusal == BUSY else ""
            self.respond(tx, refusal, now, rows=rows)
            return
        self.dialog.refresh(request, flow)
        if request.method == "UPDATE" and not request.body:
            self.respond(tx, 200, now, rows=self._contact())  # a session refresh: RFC 4028
            return
        self._offer_tx, tx.owner = tx, self
        if request.body:
            self._exchange = step(self._exchange, Step.THEY_OFFER)
        if self.user is not None:
            self.user.offered(request.body.decode("utf-8", "replace"), now)

    def _refusal_of(self, request: Request) -> int:
        if self.phase >= Phase.RELEASING:
            return 481
        if request.method == "UPDATE" and not request.body:
            return 0
        if self.phase is Phase.EARLY and self._exchange is Exchange.IDLE:
            return BUSY
        if self._in_flight is not None:
            return GLARE
        if self._offer_tx is not None:
            return BUSY
        return refusal_of_offer(self._exchange)

    def cancelled_by_peer(self, tx: Transaction, now: float) -> None:
        """The peer took its re-INVITE back."""
        if tx is self._offer_tx:
            self._refuse_pending(now)
            self._try_reoffer(now)

    def _refuse_pending(self, now: float) -> None:
        tx, self._offer_tx = self._offer_tx, None
        if tx is not None:
            self._exchange = step(self._exchange, Step.REFUSED)
            self.respond(tx, 487, now)

    # offers of ours

    def _try_reoffer(self, now: float) -> None:
        is_free = (
            self.phase is Phase.ESTABLISHED
            and self._exchange is Exchange.IDLE
            and self._unacked is None
            and self._offer_tx is None
            and self._in_flight is None
            and not self._is_backing_off
        )
        if self._wanted is None or not is_free:
            return
        self._in_flight, self._wanted = self._wanted, None
        self._exchange = step(self._exchange, Step.WE_OFFER)
        rows = self._contact() + ALLOW_ROW + SDP_ROW
        self.ask("INVITE", self._reoffer_answered, now, rows, self._in_flight.encode())

    def _reoffer_answered(
        self, tx: Transaction, status: int, response: Response | None, now: float
    ) -> None:
        if status < 200:
            return
        if response is None or status >= 300:
            self._reoffer_ended(status, response, now)
        elif not self.repeat_ack(tx, response):
            self.dialog.refresh(response, self.dialog.flow)
            self.send_ack(AckDue.of(tx, response))
            self._reoffer_ended(200 if response.body else 488, response, now)

    def _reoffer_ended(self, status: int, response: Response | None, now: float) -> None:
        offer, self._in_flight = self._in_flight, None
        if self.phase is not Phase.ESTABLISHED:
            return
        answer = Step.THEY_ANSWER if status == 200 else Step.REFUSED
        self._exchange = step(self._exchange, answer)
        if status in DEAD:
            self._die(status, now)
            return
        if status == GLARE and self._glares < GLARE_TRIES:
            self._back_off(offer, now)
            return
        if self.user is not None and status == 200 and response is not None:
            self.user.reoffer_answered(response.body.decode("utf-8", "replace"), now)
        elif self.user is not None:
            self.user.reoffer_failed(status, now)
        self._try_reoffer(now)

    def _back_off(self, offer: str | None, now: float) -> None:
        """RFC 3261 14.1: the owner of the Call-ID waits 2.1 to 4 s, the other up to 2 s."""
        self._glares += 1
        self._is_backing_off = True
        self._wanted = offer if self._wanted is None else self._wanted
        start, span = (2.1, 1.9) if self.dialog.is_caller else (0.0, 2.0)
        wait = start + int(self.core.random() * span * 100) / 100
        self.core.layer.timers.call_at(now + wait, self._end_back_off)

    def _end_back_off(self, now: float) -> None:
        self._is_backing_off = False
        self._try_reoffer(now)

    # the end

    def _die(self, status: int, now: float) -> None:
        """The dialog is of no use any more: say BYE where it may be heard, and report it."""
        user: SessionUser | None = self.take_user()
        self._refuse_pending(now)
        self.send_bye(now)
        if user is not None:
            user.released(status, RECOVERY_ON_TIMER if status == 408 else 0, now)

    def _end(self, now: float) -> SessionUser | None:
        self._refuse_pending(now)  # RFC 3261 15.1.2: a BYE ends what is pending with 487
        self._unacked = self._late_ack = None
        self._wanted = self._in_flight = None
        self.invite = None
        return super()._end(now)

    def _contact(self) -> str:
        flow = self.dialog.flow
        return contact_row(flow.transport, flow.sent_by)
