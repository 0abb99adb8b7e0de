"""CPU of the SIP core per two-leg call, without sockets: `python -m tests.bench.sip_core`.

A caller and a callee written as byte templates, an endpoint between them whose user joins the
two legs: INVITE, 180, 200, ACK, BYE on both sides, six messages in and seven out. Time is
virtual, RATE calls a second, so that every timer fires and memory is that of a busy system.
"""

from __future__ import annotations

import gc
import time

from pbx.sip.endpoint import Endpoint
from pbx.sip.flow import Flow
from pbx.sip.message import Request
from pbx.sip.usage import ServerTransaction, Session, SessionUser
from pbx.sip.values import Address, Uri
from pbx.tokens import token_source
from tests.bench.report import report

RATE = 400  # calls a second of virtual time
WARM_UP, MEASURED = 2_000, 16_000
PBX = "10.0.0.9:5060"
CALLER = Flow("UDP", "trunks", PBX, ("10.0.0.1", 5060))
CALLEE = Flow("UDP", "phones", PBX, ("10.0.0.2", 5060))
TARGET, FROM, TO = (
    Uri.parse("sip:1001@10.0.0.2"),
    Address.parse('"Customer" <sip:0550123456@pbx>'),
    Address.parse("<sip:1001@pbx>"),
)
SDP = (
    "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\n"
    "m=audio 4000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
)
ROWS = (
    "Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK{n}{method}\r\n"
    "From: <sip:0550123456@carrier>;tag=c{n}\r\nTo: <sip:+21321000001@pbx>{tag}\r\n"
    "Call-ID: {n}@carrier\r\nCSeq: {cseq} {method}\r\nMax-Forwards: 70\r\n"
    "Contact: <sip:carrier@10.0.0.1:5060>\r\n"
)


class Leg:
    """One side of a call; what happens to it happens to the other."""

    def __init__(self) -> None:
        self.session: Session | None = None
        self.other: Leg | None = None

    def ringing(self, status: int, sdp: str, now: float) -> None:
        self._other().ring(now)

    def answered(self, sdp: str, now: float) -> None:
        self._other().accept(sdp, now)

    def released(self, status: int, q850: int, now: float) -> None:
        self._other().hang_up(now)
        if self.other is not None:
            self.other.other = None
        self.session = self.other = None

    def failed(self, status: int, reason: str, q850: int, now: float) -> None: ...
    def confirmed(self, sdp: str, now: float) -> None: ...
    def cancelled(self, now: float) -> None: ...
    def offered(self, sdp: str, now: float) -> None: ...
    def reoffer_answered(self, sdp: str, now: float) -> None: ...
    def reoffer_failed(self, status: int, now: float) -> None: ...
    def info(self, content_type: str, body: str, now: float) -> None: ...

    def _other(self) -> Session:
        assert self.other is not None
        assert self.other.session is not None
        return self.other.session


class Switch:
    """Sends every call on to one phone."""

    def __init__(self) -> None:
        self.endpoint = Endpoint(self, token_source())

    def invited(self, session: Session, request: Request, now: float) -> SessionUser | None:
        caller, callee = Leg(), Leg()
        caller.session, caller.other, callee.other = session, callee, caller
        sdp = request.body.decode()
        callee.session = self.endpoint.invite(callee, TARGET, CALLEE, FROM, TO, sdp, now)
        return caller

    def requested(self, transaction: ServerTransaction, request: Request, now: float) -> None:
        transaction.respond(405, now)


class Bench:
    """Plays calls; `cpu` is what the endpoint alone has used."""

    def __init__(self) -> None:
        self.endpoint = Switch().endpoint
        self.now, self.cpu = 0.0, 0.0

    def give(self, data: bytes, flow: Flow) -> list[bytes]:
        endpoint = self.endpoint
        before = time.process_time()
        endpoint.receive(data, flow, self.now)
        self.cpu += time.process_time() - before
        sent = [data for data, _ in endpoint.transmissions]
        endpoint.transmissions.clear()
        return sent

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        before = time.process_time()
        self.endpoint.handle_timers(self.now)
        self.cpu += time.process_time() - before
        self.endpoint.transmissions.clear()

    def call(self, n: int) -> None:
        [invite] = self.give(by_caller("INVITE", n, 1, body=SDP), CALLER)
        self.give(answer(invite, "180 Ringing", n), CALLEE)
        ack, ok = self.give(answer(invite, "200 OK", n, SDP), CALLEE)
        assert (ack[:3], ok[:11]) == (b"ACK", b"SIP/2.0 200")
        tag = ok.partition(b"\r\nTo: ")[2].partition(b"\r\n")[0].decode().partition(">")[2]
        self.give(by_caller("ACK", n, 1, tag), CALLER)
        _, bye = self.give(by_caller("BYE", n, 2, tag), CALLER)
        self.give(answer(bye, "200 OK", n), CALLEE)


def by_caller(method: str, n: int, cseq: int, tag: str = "", body: str = "") -> bytes:
    rows = ROWS.format(method=method, n=n, tag=tag, cseq=cseq)
    typed = "Content-Type: application/sdp\r\n" if body else ""
    uri = "sip:+21321000001@pbx"
    return (
        f"{method} {uri} SIP/2.0\r\n{rows}{typed}Content-Length: {len(body)}\r\n\r\n{body}".encode()
    )


def answer(request: bytes, status: str, n: int, body: str = "") -> bytes:
    rows = [row for row in request.split(b"\r\n") if row[:3] in (b"Via", b"Fro", b"Cal", b"CSe")]
    to = f"To: <sip:1001@pbx>;tag=p{n}\r\nContact: <sip:1001@10.0.0.2>\r\n"
    typed = "Content-Type: application/sdp\r\n" if body else ""
    tail = f"{to}{typed}Content-Length: {len(body)}\r\n\r\n{body}"
    return f"SIP/2.0 {status}\r\n".encode() + b"\r\n".join(rows) + b"\r\n" + tail.encode()


def main() -> None:
    """Print microseconds of CPU per call."""
    bench = Bench()
    gc.freeze()
    gc.disable()
    for n in range(WARM_UP + MEASURED):
        if n == WARM_UP:
            bench.cpu = 0.0
        bench.call(n)
        bench.pass_time(1 / RATE)
    bench.pass_time(100.0)
    assert bench.endpoint.session_count == 0
    report("sip_core_call_us", bench.cpu / MEASURED * 1e6, "us")


if __name__ == "__main__":
    main()
