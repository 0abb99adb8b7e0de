"""A session we start: INVITE, its provisional and final answers, forks, CANCEL, challenges."""

from __future__ import annotations

from pbx.sip.core import Core
from pbx.sip.dialog import Dialog, new_branch
from pbx.sip.dialog_usage import CHALLENGED, Phase
from pbx.sip.errors import LocalMisuse
from pbx.sip.invite import AGENT_ROW, SDP_ROW, AckDue, InviteSession
from pbx.sip.message import Request, Response
from pbx.sip.offer_answer import Step, step
from pbx.sip.reason import q850_of
from pbx.sip.screening import ALLOW_ROW
from pbx.sip.timers import TIMEOUT
from pbx.sip.transaction import Transaction, derive_request
from pbx.sip.usage import SessionUser
from pbx.sip.writing import header_row, reason_phrase

MAX_CHALLENGES = 2  # the second for a stale nonce


class ClientSession(InviteSession):
    """Our INVITE and the dialog that its first 2xx makes."""

    __slots__ = (
        "_cancel_rows", "_challenges", "_early_sdp", "_has_provisional", "_invite_tx",
        "_is_cancelling", "_offer", "_rows", "remote_display",
    )  # fmt: skip

    def __init__(
        self, core: Core, dialog: Dialog, user: SessionUser, offer: str, rows: str, display: str
    ) -> None:
        super().__init__(core, dialog)
        self.user = user
        self.remote_display = display
        self._offer, self._rows = offer, rows
        self._early_sdp = ""
        self._challenges = 0
        self._invite_tx: Transaction | None = None
        self._has_provisional = self._is_cancelling = False
        self._cancel_rows = ""
        if offer:
            self._exchange = step(self._exchange, Step.WE_OFFER)

    def start(self, now: float) -> None:
        """Send the INVITE; again with credentials after a challenge (RFC 3261 22.2)."""
        self._has_provisional, self.dialog.remote_tag = False, None
        rows = self._contact() + ALLOW_ROW + AGENT_ROW + self._rows + self.auth_rows
        rows += SDP_ROW if self._offer else ""
        branch = new_branch(self.core.new_token())
        data, flow = self.dialog.next_request("INVITE", branch, rows, self._offer.encode())
        request = self.core.layer.request
        self._invite_tx = request("INVITE", data, branch, flow, self._answered, now)

    # from our side

    def hang_up(self, now: float, reason: str = "") -> None:
        """CANCEL while early, else BYE; see usage.Session."""
        if self.phase is not Phase.EARLY:
            super().hang_up(now, reason)
            return
        if self._is_cancelling:
            return
        self.take_user()
        self._is_cancelling = True
        self._cancel_rows = header_row("Reason", reason) if reason else ""
        if self._has_provisional:
            self._cancel(now)

    def ring(self, now: float, sdp: str = "", status: int = 180) -> None:  # noqa: ARG002
        raise LocalMisuse("ring() on a session we started")

    def accept(self, sdp: str, now: float) -> None:  # noqa: ARG002
        raise LocalMisuse("accept() on a session we started")

    def reject(self, status: int, now: float, reason: str = "", headers: str = "") -> None:  # noqa: ARG002
        raise LocalMisuse("reject() on a session we started")

    def _cancel(self, now: float) -> None:
        """RFC 3261 9.1: only after a provisional answer, over the INVITE's own way."""
        tx = self._invite_tx
        if tx is None:
            return
        data = derive_request(tx.last, "CANCEL", rows=self._cancel_rows)
        self.core.layer.request("CANCEL", data, tx.key[0], tx.flow, _ignore, now)
        self.core.layer.timers.call_at(now + TIMEOUT, self._give_up)

    def _give_up(self, now: float) -> None:
        """RFC 3261 9.1: no final answer 64*T1 after the CANCEL counts as cancelled."""
        if self.phase is Phase.EARLY:
            if self._invite_tx is not None:
                self.core.layer.abandon(self._invite_tx)
            self._end(now)

    # from the network

    def _receive_bye(self, tx: Transaction, request: Request, now: float) -> None:
        if self.phase is Phase.EARLY:  # RFC 3261 15: a callee has no BYE before its answer
            self.respond(tx, 481, now)
        else:
            super()._receive_bye(tx, request, now)

    def _answered(
        self, tx: Transaction, status: int, response: Response | None, now: float
    ) -> None:
        if response is not None and status < 200:
            self._provisional(response, now)
        elif response is not None and status < 300:
            if not self.repeat_ack(tx, response):
                self._succeeded(tx, response, now)
        elif self.phase is Phase.EARLY and not self._is_retried(status, response, now):
            self._failed(status, response, now)

    def _provisional(self, response: Response, now: float) -> None:
        is_first, self._has_provisional = not self._has_provisional, True
        if self._is_cancelling:
            if is_first:
                self._cancel(now)
            return
        if self.phase is not Phase.EARLY or response.status == 100:
            return
        self.dialog.remote_tag = response.to.tag
        sdp = response.body.decode("utf-8", "replace")
        self._early_sdp = sdp or self._early_sdp
        if self.user is not None:
            self.user.ringing(response.status, sdp, now)

    def _succeeded(self, tx: Transaction, response: Response, now: float) -> None:
        """A 2xx with a tag that is new: the first makes our dialog, others are shed."""
        if self.phase is not Phase.EARLY or self._is_cancelling:
            self._shed(tx, response, now)
            if self.phase is Phase.EARLY:
                self._end(now)
            return
        self.dialog.learn(response)
        self.phase = Phase.ESTABLISHED
        self._invite_tx = None
        sdp = response.body.decode("utf-8", "replace")
        due = AckDue.of(tx, response)
        if self._offer:
            self._established(due, sdp or self._early_sdp, now)
        elif sdp:
            due.keep(b"", tx.flow)
            self._late_ack = due
            self._exchange = step(self._exchange, Step.THEY_OFFER)
            self._report_answer(sdp, now)
        else:
            self._without_description(due, now)

    def _established(self, due: AckDue, sdp: str, now: float) -> None:
        self._offer = self._rows = self._early_sdp = ""
        if not sdp:
            self._without_description(due, now)
            return
        self.send_ack(due)
        self._exchange = step(self._exchange, Step.THEY_ANSWER)
        self._report_answer(sdp, now)
        self._try_reoffer(now)

    def _report_answer(self, sdp: str, now: float) -> None:
        if self.user is not None:
            self.user.answered(sdp, now)

    def _without_description(self, due: AckDue, now: float) -> None:
        """A 2xx that neither offers nor answers: there is nothing to talk over."""
        user = self.take_user()
        self.send_ack(due)
        self.send_bye(now)
        if user is not None:
            user.failed(488, "No session description in 2xx", 0, now)

    def _shed(self, tx: Transaction, response: Response, now: float) -> None:
        """RFC 3261 13.2.2.4: a 2xx we have no use for is acked and ended by BYE."""
        fork = self.dialog.fork(response)
        self.send_ack(AckDue.of(tx, response), dialog=fork)
        branch = new_branch(self.core.new_token())
        data, flow = fork.next_request("BYE", branch)
        self.core.layer.request("BYE", data, branch, flow, _ignore, now)

    def _is_retried(self, status: int, response: Response | None, now: float) -> bool:
        if status not in CHALLENGED or response is None or self._is_cancelling:
            return False
        if self._challenges >= MAX_CHALLENGES:
            return False
        rows = self.core.authorization(response, "INVITE", str(self.dialog.target))
        if not rows:
            return False
        self._challenges += 1
        self.auth_rows = rows
        self.start(now)
        return True

    def _failed(self, status: int, response: Response | None, now: float) -> None:
        user = self._end(now)
        if user is not None:
            reason = response.reason if response is not None else reason_phrase(status)
            user.failed(status, reason, q850_of(response), now)

    def _end(self, now: float) -> SessionUser | None:
        self._invite_tx = None
        return super()._end(now)


def _ignore(_: Transaction, __: int, ___: Response | None, ____: float) -> None:
    """What answers a CANCEL, or the BYE of a fork, changes nothing."""
