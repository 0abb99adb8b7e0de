"""Scripted phones around one endpoint: no socket, no waiting, every step written in the test.

    wire = Wire(endpoint)
    anna = wire.phone("anna")
    anna.invite("sip:1001@pbx", SDP)
    assert anna.kinds() == [180]

A Phone has its own few lines of SIP and shares nothing with the endpoint but the parser.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

from pbx.sip.endpoint import Endpoint
from pbx.sip.flow import Flow, HostPort
from pbx.sip.message import Request, Response, parse_message
from tests.support.clock import FakeClock

PBX = "10.0.0.9:5060"
SDP = (
    "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\n"
    "m=audio 4000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
)


def counted_tokens(prefix: str = "t") -> Callable[[], str]:
    """Tokens t1, t2 ...: the same in every run."""
    numbers = count(1)
    return lambda: f"{prefix}{next(numbers)}"


class Wire:
    """Carries messages between the endpoint and its phones; time moves only when told."""

    def __init__(self, endpoint: Endpoint, clock: FakeClock | None = None) -> None:
        self.endpoint, self.clock = endpoint, clock or FakeClock()
        self._phones: dict[tuple[HostPort, int], Phone] = {}
        self._hosts = count(1)
        self.lost: list[tuple[bytes, Flow]] = []  # sent to nobody we know

    def phone(
        self, name: str, transport: str = "UDP", listener: str = "phones", host: str = ""
    ) -> Phone:
        """A new phone with an address of its own; over WSS with a connection of its own."""
        number = next(self._hosts)
        peer = (host or f"10.0.0.{number}", 5060)
        flow = Flow(transport, listener, PBX, peer, 0 if transport == "UDP" else number)
        phone = self._phones[peer, flow.id] = Phone(self, name, flow)
        if flow.id:
            self.endpoint.flow_opened(flow)
        return phone

    def give(self, data: bytes, flow: Flow) -> None:
        """To the endpoint."""
        self.endpoint.receive(data, flow, self.clock.now)

    def deliver(self) -> None:
        """What the endpoint sent, into the inboxes of the phones."""
        sent = list(self.endpoint.transmissions)
        self.endpoint.transmissions.clear()
        for data, flow in sent:
            phone = self._phones.get((flow.peer, flow.id))
            if phone is None:
                self.lost.append((data, flow))
            else:
                phone.inbox.append(parse_message(data))

    def until(self, at: float) -> None:
        """Let time pass, stopping at every deadline of the endpoint."""
        while (due := self.endpoint.next_deadline()) is not None and due <= at:
            self.clock.now = max(due, self.clock.now)
            self.endpoint.handle_timers(self.clock.now)
        self.clock.now = at

    def after(self, seconds: float) -> None:
        """Let so much time pass."""
        self.until(self.clock.now + seconds)


class Phone:
    """One phone with at most one call at a time: facts of its dialog, and an inbox."""

    def __init__(self, wire: Wire, name: str, flow: Flow) -> None:
        self.wire, self.name, self.flow = wire, name, flow
        self.inbox: list[Request | Response] = []
        self.invite_request: Request | None = None  # the last one received
        self._branches = count(1)
        self._calls = count(1)
        self.call_id, self.local, self.remote = "", "", ""
        self.target = f"sip:pbx@{PBX}"
        self.cseq = 0
        self.branch = ""
        self.invite_branch, self.invite_uri, self.invite_cseq = "", "", 0

    # what came

    def take(self) -> list[Request | Response]:
        """Everything that came since last asked."""
        self.wire.deliver()
        taken, self.inbox = self.inbox, []
        for message in taken:
            self._learn(message)
        return taken

    def kinds(self) -> list[str | int]:
        """The same, as methods and status codes."""
        return [m.method if isinstance(m, Request) else m.status for m in self.take()]

    def expect(self, *kinds: str | int) -> Request | Response:
        """The last of what came, which was exactly this."""
        taken = self.take()
        found = [m.method if isinstance(m, Request) else m.status for m in taken]
        assert found == list(kinds), f"{self.name} got {found} instead of {list(kinds)}"
        return taken[-1]

    def expect_request(self, *kinds: str | int) -> Request:
        message = self.expect(*kinds)
        assert isinstance(message, Request)
        return message

    def expect_response(self, *kinds: str | int) -> Response:
        message = self.expect(*kinds)
        assert isinstance(message, Response)
        return message

    def _learn(self, message: Request | Response) -> None:
        if isinstance(message, Request):
            if message.method == "INVITE" and not message.to.tag:
                self.invite_request = message
                self.call_id = message.call_id
                self.remote = message.fields["from"]
                self.local = f"{message.fields['to']};tag={self.name}"
                self.cseq = 0
        elif message.cseq.method == "INVITE" and message.to.tag:
            self.remote = message.fields["to"]
        if message.contact:
            self.target = str(message.contact[0].uri)

    # what it says

    def request(
        self,
        method: str,
        body: str = "",
        rows: str = "",
        uri: str = "",
        cseq: int = 0,
        branch: str = "",
        content_type: str = "application/sdp",
    ) -> None:
        """Any request of the phone's current dialog; by default with the next CSeq."""
        if not cseq:
            self.cseq += method != "ACK"
            cseq = self.cseq
        self.branch = branch or f"z9hG4bK{self.name}{next(self._branches)}"
        host, port = self.flow.peer
        sent_by = f"{host}:{port}" if self.flow.id == 0 else f"{self.name}.invalid"
        typed = f"Content-Type: {content_type}\r\n" if body else ""
        text = (
            f"{method} {uri or self.target} SIP/2.0\r\n"
            f"Via: SIP/2.0/{self.flow.transport} {sent_by};branch={self.branch}\r\n"
            f"From: {self.local}\r\nTo: {self.remote}\r\nCall-ID: {self.call_id}\r\n"
            f"CSeq: {cseq} {method}\r\nMax-Forwards: 70\r\n"
            f"Contact: <sip:{self.name}@{sent_by}>\r\n"
            f"{rows}{typed}Content-Length: {len(body.encode())}\r\n\r\n{body}"
        )
        self.wire.give(text.encode(), self.flow)

    def start(self, to: str) -> None:
        """Facts of a new call or registration of this phone: nothing is sent."""
        self.call_id = f"{self.name}-{next(self._calls)}@{self.flow.peer[0]}"
        self.local, self.remote = f"<sip:{self.name}@pbx>;tag={self.name}", f"<{to}>"
        self.target, self.cseq = to, 0

    def invite(self, to: str, sdp: str = SDP, rows: str = "") -> None:
        """Call somebody."""
        self.start(to)
        self.request("INVITE", sdp, rows)
        self.invite_branch, self.invite_uri = self.branch, to
        self.invite_cseq = self.cseq

    def reinvite(self, sdp: str = SDP, rows: str = "") -> None:
        """A new offer within the call; with "" an offerless one."""
        self.request("INVITE", sdp, rows)
        self.invite_branch, self.invite_uri = self.branch, self.target
        self.invite_cseq = self.cseq

    def ack(self, sdp: str = "", cseq: int = 0) -> None:
        """Ack a 2xx."""
        self.request("ACK", sdp, cseq=cseq or self.invite_cseq)

    def ack_failure(self) -> None:
        """Ack anything else, in the INVITE's own transaction."""
        self.request("ACK", uri=self.invite_uri, cseq=self.invite_cseq, branch=self.invite_branch)

    def cancel(self) -> None:
        """Give the INVITE up."""
        remote, self.remote = self.remote, self.remote.partition(";tag=")[0]
        self.request(
            "CANCEL", uri=self.invite_uri, cseq=self.invite_cseq, branch=self.invite_branch
        )
        self.remote = remote

    def bye(self, rows: str = "") -> None:
        """Hang up."""
        self.request("BYE", rows=rows)

    def answer(
        self,
        request: Request,
        status: int,
        sdp: str = "",
        rows: str = "",
        tag: str = "",
        reason: str = "x",
    ) -> None:
        """Answer a request that came; a 2xx to an INVITE carries our Contact."""
        fields = request.fields
        to = fields["to"] if request.to.tag else f"{fields['to']};tag={tag or self.name}"
        host, port = self.flow.peer
        contact = f"Contact: <sip:{self.name}@{host}:{port}>\r\n"
        typed = "Content-Type: application/sdp\r\n" if sdp else ""
        text = (
            f"SIP/2.0 {status} {reason}\r\nVia: {fields['via']}\r\nFrom: {fields['from']}\r\n"
            f"To: {to if status > 100 else fields['to']}\r\nCall-ID: {request.call_id}\r\n"
            f"CSeq: {fields['cseq']}\r\n"
            f"{contact if status in range(101, 300) else ''}{rows}{typed}"
            f"Content-Length: {len(sdp.encode())}\r\n\r\n{sdp}"
        )
        self.wire.give(text.encode(), self.flow)


def sdp_versions() -> Iterator[str]:
    """Descriptions that differ in nothing but the version of their origin."""
    for version in count(1):
        yield SDP.replace("o=- 1 1", f"o=- 1 {version}")
