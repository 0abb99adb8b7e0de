"""What the layers above see of the SIP core: an INVITE session, and the user who is told of it.

These are the seams; `endpoint` and `invite` implement them. Every call takes `now` (monotonic
seconds); nothing here waits. A session's user is called from within `Endpoint.receive` and
`Endpoint.handle_timers`.
"""

from __future__ import annotations

from typing import Protocol

from pbx.sip.flow import Flow
from pbx.sip.message import Request
from pbx.sip.values import Address, Uri


class Session(Protocol):
    """One INVITE usage (RFC 3261 12-15): a dialog, its offer/answer state and how it ends.

    Our side's misuse raises LocalMisuse; what the peer does wrong is answered by the core. On a
    session that has ended already every call does nothing: the end may have crossed it.
    """

    @property
    def call_id(self) -> str: ...

    @property
    def flow(self) -> Flow:
        """What the peer speaks over; a browser that reconnects gets a new one."""

    @property
    def invite(self) -> Request | None:
        """The INVITE we received; None on a session we started."""

    @property
    def remote_display(self) -> str:
        """The peer's display name, or ""."""

    def ring(self, now: float, sdp: str = "", status: int = 180) -> None:
        """Send a provisional response (UAS)."""

    def accept(self, sdp: str, now: float) -> None:
        """Answer 200 (UAS). `sdp` is our answer, or our offer where the INVITE had none."""

    def reject(self, status: int, now: float, reason: str = "", headers: str = "") -> None:
        """Refuse the INVITE (UAS)."""

    def hang_up(self, now: float, reason: str = "") -> None:
        """End it whatever its state: CANCEL while early (UAC), 487/480 (UAS), else BYE.

        `reason` is a Reason header value (RFC 3326), for example 'SIP;cause=200;text="..."'.
        A 200 that crosses our CANCEL is acked and ended by BYE (RFC 3261 9.1). Idempotent.
        Its user hears nothing more, as after `reject`.
        """

    def reoffer(self, sdp: str, now: float) -> None:
        """Send a re-INVITE with this offer; 491 is tried again as RFC 3261 14.1 says.

        It waits while another exchange is under way; a newer one then takes its place.
        """

    def answer_offer(self, sdp: str, now: float) -> None:
        """Answer the re-INVITE or UPDATE reported by `offered`.

        After an INVITE without offer of ours it answers the offer of the 2xx, within the ACK.
        """

    def refuse_offer(self, status: int, now: float) -> None:
        """Refuse it (488, 500); the session goes on as it was (RFC 3261 14.2)."""


class SessionUser(Protocol):
    """Who is told what happens to a session.

    One of failed/released/cancelled is the last word, unless we ended it by hang_up or reject.
    """

    def ringing(self, status: int, sdp: str, now: float) -> None:
        """UAC: a provisional response other than 100; `sdp` is early media or ""."""

    def answered(self, sdp: str, now: float) -> None:
        """UAC: the 2xx; the core has sent the ACK already. `sdp` answers our offer.

        Where our INVITE had none, `sdp` is the peer's offer and `answer_offer` sends the ACK.
        """

    def failed(self, status: int, reason: str, q850: int, now: float) -> None:
        """UAC: a final failure (408 when nothing came); `q850` from Reason, or 0."""

    def confirmed(self, sdp: str, now: float) -> None:
        """UAS: the ACK arrived; `sdp` is the answer where our 2xx carried the offer."""

    def cancelled(self, now: float) -> None:
        """UAS: the caller gave up before the answer; 487 has been sent."""

    def offered(self, sdp: str, now: float) -> None:
        """Established: a re-INVITE or UPDATE with an offer; answer_offer or refuse_offer follow.

        An offerless re-INVITE arrives as sdp "": answer_offer then carries our offer.
        """

    def reoffer_answered(self, sdp: str, now: float) -> None:
        """The peer accepted our re-INVITE, or answered the offer we made to its offerless one."""

    def reoffer_failed(self, status: int, now: float) -> None:
        """It did not; the session goes on as it was, except after 408 and 481 (released)."""

    def released(self, status: int, q850: int, now: float) -> None:
        """BYE from the peer (status 0), or the dialog died: 408 no ACK, 481 unknown there."""

    def info(self, content_type: str, body: str, now: float) -> None:
        """INFO within the dialog (RFC 6086), for example application/dtmf-relay; answered 200."""


class ServerTransaction(Protocol):
    """A request outside any session that waits for our final answer."""

    flow: Flow

    def respond(self, status: int, now: float, reason: str = "", headers: str = "") -> None:
        """`headers` are whole rows, each ended by CRLF. The To tag is added by the core."""


class EndpointUser(Protocol):
    """Who decides about new requests: the registrar, call control."""

    def invited(self, session: Session, request: Request, now: float) -> SessionUser | None:
        """A new INVITE outside any dialog, already checked for syntax, loops and Require.

        Return the user of the session, or None after having called `session.reject`.
        """

    def requested(self, transaction: ServerTransaction, request: Request, now: float) -> None:
        """REGISTER, OPTIONS, MESSAGE, SUBSCRIBE ... outside a dialog; must be answered."""


class Credentials(Protocol):
    """Answers a 401/407 for a session we start; None where we have no password for the realm."""

    def response(self, challenge: str, method: str, uri: str) -> str | None: ...


class Caller(Protocol):
    """How call control starts a session; the Endpoint implements it."""

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
        """Send an INVITE to `target` over `flow`; empty `sdp` makes an offerless INVITE."""
