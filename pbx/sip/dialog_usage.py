"""What every session does within its dialog, whoever called: BYE, INFO, OPTIONS, challenges."""

from __future__ import annotations

from enum import IntEnum

from pbx.sip.core import Core
from pbx.sip.dialog import Dialog, new_branch
from pbx.sip.flow import Flow
from pbx.sip.message import Request, Response
from pbx.sip.reason import q850_of
from pbx.sip.screening import ACCEPT_ROW, ALLOW_ROW, KNOWN, refuse_any
from pbx.sip.transaction import Cancellable, OnAnswer, Transaction
from pbx.sip.usage import SessionUser
from pbx.sip.writing import header_row

DEAD = frozenset((408, 481))  # answers that end the dialog itself (RFC 3261 12.2.1.2)
CHALLENGED = frozenset((401, 407))


class Phase(IntEnum):
    """How far a session is."""

    EARLY = 1  # the INVITE has no final answer yet
    ESTABLISHED = 2
    RELEASING = 3  # we said BYE, or will once the ACK is here
    RELEASED = 4


class DialogUsage(Cancellable):
    """The part of a session that does not depend on offers. Its user is let go with its end."""

    __slots__ = ("auth_rows", "core", "dialog", "phase", "user")

    def __init__(self, core: Core, dialog: Dialog) -> None:
        self.core, self.dialog = core, dialog
        self.phase = Phase.EARLY
        self.user: SessionUser | None = None
        self.auth_rows = ""  # credentials of our last INVITE: its ACK repeats them (22.1)

    @property
    def call_id(self) -> str:
        return self.dialog.call_id

    @property
    def flow(self) -> Flow:
        return self.dialog.flow

    # from the network

    def receive_request(self, tx: Transaction, request: Request, flow: Flow, now: float) -> None:
        """A request that belongs to this dialog."""
        dialog = self.dialog
        if request.cseq.number <= dialog.remote_cseq:
            self.respond(tx, 500, now, "CSeq Out Of Order")  # RFC 3261 12.2.2
            return
        dialog.remote_cseq = request.cseq.number
        if flow.id != dialog.flow.id:
            dialog.move(flow)
        refusal = refuse_any(request)
        if refusal is not None:
            self.respond(tx, refusal.status, now, refusal.reason, refusal.rows)
            return
        match request.method:
            case "BYE":
                self._receive_bye(tx, request, now)
            case "INVITE" | "UPDATE":
                self._receive_refresh(tx, request, flow, now)
            case "INFO":
                self._receive_info(tx, request, now)
            case "OPTIONS":
                self.respond(tx, 200, now, rows=ALLOW_ROW + ACCEPT_ROW)
            case method:
                self.respond(tx, 405 if method in KNOWN else 501, now, rows=ALLOW_ROW)

    def _receive_bye(self, tx: Transaction, request: Request, now: float) -> None:
        self.respond(tx, 200, now)
        user = self._end(now)
        if user is not None:
            user.released(0, q850_of(request), now)

    def _receive_refresh(self, tx: Transaction, request: Request, flow: Flow, now: float) -> None:
        raise NotImplementedError

    def _receive_info(self, tx: Transaction, request: Request, now: float) -> None:
        if "info-package" in request.fields:  # RFC 6086 4.2.2: none was agreed
            self.respond(tx, 469, now, "Bad Info Package", "Recv-Info: \r\n")
            return
        self.respond(tx, 200, now)
        if self.user is not None:
            body = request.body.decode("utf-8", "replace")
            self.user.info(request.content_type, body, now)

    # to the network

    def respond(
        self,
        tx: Transaction,
        status: int,
        now: float,
        reason: str = "",
        rows: str = "",
        body: bytes = b"",
    ) -> None:
        """Answer a request of this dialog with our tag."""
        self.core.layer.respond(tx, status, now, reason, self.dialog.local_tag, rows, body)

    def ask(
        self, method: str, on_answer: OnAnswer, now: float, rows: str = "", body: bytes = b""
    ) -> None:
        """Send a request within the dialog; a challenge is answered once."""
        _Ask(self, method, rows, body, on_answer).send(now, "")

    def send_bye(self, now: float, reason: str = "") -> None:
        """Say BYE; the session is gone when it is answered or timed out."""
        self.phase = Phase.RELEASING
        self.ask("BYE", self._bye_answered, now, header_row("Reason", reason) if reason else "")

    def _bye_answered(self, _: Transaction, status: int, __: Response | None, now: float) -> None:
        if status >= 200:
            self._end(now)

    # the end

    def take_user(self) -> SessionUser | None:
        """The user, who hears nothing more from here on."""
        user, self.user = self.user, None
        return user

    def _end(self, now: float) -> SessionUser | None:  # noqa: ARG002
        """Leave the endpoint; whoever must still be told is returned."""
        self.phase = Phase.RELEASED
        self.core.sessions.pop(self.dialog.key, None)
        return self.take_user()


class _Ask:
    """One request within a dialog, sent again once with credentials when it is challenged."""

    __slots__ = ("_body", "_is_retried", "_method", "_on_answer", "_rows", "_usage")

    def __init__(
        self, usage: DialogUsage, method: str, rows: str, body: bytes, on_answer: OnAnswer
    ) -> None:
        self._usage, self._method, self._rows, self._body = usage, method, rows, body
        self._on_answer, self._is_retried = on_answer, False

    def send(self, now: float, credentials: str) -> None:
        core, dialog = self._usage.core, self._usage.dialog
        branch = new_branch(core.new_token())
        data, flow = dialog.next_request(self._method, branch, self._rows + credentials, self._body)
        core.layer.request(self._method, data, branch, flow, self._answered, now)

    def _answered(
        self, tx: Transaction, status: int, response: Response | None, now: float
    ) -> None:
        usage = self._usage
        if status in CHALLENGED and not self._is_retried and response is not None:
            rows = usage.core.authorization(response, self._method, str(usage.dialog.target))
            if rows:
                self._is_retried = True
                if self._method == "INVITE":
                    usage.auth_rows = rows
                self.send(now, rows)
                return
        self._on_answer(tx, status, response, now)
