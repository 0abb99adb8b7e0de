"""A session that a peer starts: ring, accept or reject its INVITE; CANCEL."""

from __future__ import annotations

from pbx.sip.core import Core
from pbx.sip.dialog import dialog_of_request
from pbx.sip.dialog_usage import Phase
from pbx.sip.errors import LocalMisuse
from pbx.sip.flow import Flow
from pbx.sip.invite import SDP_ROW, InviteSession
from pbx.sip.message import Request
from pbx.sip.offer_answer import Step, step
from pbx.sip.screening import ALLOW_ROW
from pbx.sip.transaction import Transaction
from pbx.sip.usage import SessionUser
from pbx.sip.writing import header_row


class ServerSession(InviteSession):
    """The INVITE of a peer and the dialog that our answers make."""

    __slots__ = ("_invite_tx", "remote_display")

    def __init__(self, core: Core, tx: Transaction, request: Request, flow: Flow) -> None:
        super().__init__(core, dialog_of_request(request, core.new_token(), flow), request)
        self.remote_display = request.from_.name
        self._invite_tx: Transaction | None = tx
        tx.owner = self
        if request.body:
            self._exchange = step(self._exchange, Step.THEY_OFFER)

    def attach(self, user: SessionUser) -> None:
        """Who is told from now on, unless the session ended while it was being taken."""
        if self.phase is not Phase.RELEASED:
            self.user = user

    @property
    def is_pending(self) -> bool:
        """The INVITE has no final answer yet."""
        return self._invite_tx is not None

    # from our side

    def ring(self, now: float, sdp: str = "", status: int = 180) -> None:
        """Answer 180, 183 ...; see usage.Session."""
        if not 100 < status < 200:
            raise LocalMisuse(f"ring() with {status}")
        tx = self._pending("ring()")
        if tx is not None:
            rows = self._contact() + ALLOW_ROW + (SDP_ROW if sdp else "")
            self.respond(tx, status, now, rows=rows, body=sdp.encode())

    def accept(self, sdp: str, now: float) -> None:
        """Answer 200; see usage.Session."""
        if not sdp:
            raise LocalMisuse("accept() without a description")
        tx = self._pending("accept()")
        if tx is not None:
            self.phase = Phase.ESTABLISHED
            self._invite_tx = None
            self._accept(tx, sdp, now, is_first=True)

    def reject(self, status: int, now: float, reason: str = "", headers: str = "") -> None:
        """Answer 3xx-6xx; see usage.Session."""
        if status < 300:
            raise LocalMisuse(f"reject() with {status}")
        tx = self._pending("reject()")
        if tx is not None:
            self._invite_tx = None
            self.respond(tx, status, now, reason, headers)
            self._end(now)

    def hang_up(self, now: float, reason: str = "") -> None:
        """480 while early, else BYE; see usage.Session."""
        if self.phase is Phase.EARLY:
            self.reject(480, now, headers=header_row("Reason", reason) if reason else "")
        else:
            super().hang_up(now, reason)

    def _pending(self, what: str) -> Transaction | None:
        """The INVITE to answer; None when the session has ended, which may cross our answer."""
        if self._invite_tx is None and self.phase is not Phase.RELEASED:
            raise LocalMisuse(f"{what} on a session that was answered")
        return self._invite_tx

    # from the network

    def cancelled_by_peer(self, tx: Transaction, now: float) -> None:
        """CANCEL of the INVITE, or of a later re-INVITE."""
        if tx is self._invite_tx:
            self._give_up_invite(now)
        else:
            super().cancelled_by_peer(tx, now)

    def _receive_bye(self, tx: Transaction, request: Request, now: float) -> None:
        if self.phase is Phase.EARLY:  # RFC 3261 15.1.2: what is pending is answered 487
            self.respond(tx, 200, now)
            self._give_up_invite(now)
        else:
            super()._receive_bye(tx, request, now)

    def _give_up_invite(self, now: float) -> None:
        tx, self._invite_tx = self._invite_tx, None
        if tx is not None:
            self.respond(tx, 487, now)
        user = self._end(now)
        if user is not None:
            user.cancelled(now)

    def _end(self, now: float) -> SessionUser | None:
        self._invite_tx = None
        return super()._end(now)
