"""Microseconds a SIP message: read as dialogs go (known people, new calls), and written."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from pbx.sip import grammar, message, uri, values
from pbx.sip.auth import Account, Authenticator, Verdict
from pbx.sip.digest import Algorithm, ha1
from pbx.sip.message import Request, parse_message
from pbx.sip.uri import Uri
from pbx.sip.writing import write_request, write_response
from tests.bench.report import report

COUNT = 3000  # messages a round
ROUNDS = 5  # the best of them counts: the machine is shared
TURNS = range(COUNT * ROUNDS)
Item = TypeVar("Item")
SDP = (
    "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\n"
    "m=audio 4000 RTP/AVP 0 8 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"
    "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=sendrecv\r\n"
)
MEMOS = (
    grammar.parse_hostport,
    message.header_name,
    message.parse_request_line,
    uri.Uri.parse,
    values.Address.parse,
    values.Via.parse,
    values.CSeq.parse,
    values._parse_name_addr,
    values._parse_sent,
)


def text_of(kind: str, at: int) -> bytes:
    """Message `kind` of dialog `at`: 100 people, everything of the dialog itself new."""
    person, body = at % 100, SDP if kind in ("INVITE", "200") else ""
    first = "SIP/2.0 200 OK" if kind == "200" else f"{kind} sip:{person}@pbx.example:5060 SIP/2.0"
    to_tag = "" if kind in ("INVITE", "REGISTER") else f";tag=t{at}"
    return (
        f"{first}\r\n"
        f"Via: SIP/2.0/UDP 10.0.{person}.1:5061;branch=z9hG4bK-{kind}-{at};rport\r\n"
        f'From: "Phone {person}" <sip:u{person}@pbx.example>;tag=f{at}\r\n'
        f"To: <sip:{person}@pbx.example>{to_tag}\r\n"
        f"Call-ID: {at}-call@10.0.0.1\r\n"
        f"CSeq: {at % 5 + 1} {'INVITE' if kind == '200' else kind}\r\n"
        f"Contact: <sip:u{person}@10.0.{person}.1:5061>\r\n"
        "Max-Forwards: 70\r\n"
        "User-Agent: phone/1.0\r\n"
        "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS\r\n"
        f"{'Content-Type: application/sdp' if body else 'Expires: 3600'}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def best_us(work: Callable[[Item], object], items: Sequence[Item]) -> float:
    """CPU microseconds of `work` on an item: the best of the rounds, each with its own items."""
    spans = []
    for start in range(0, len(items), COUNT):
        part = items[start : start + COUNT]
        started_at = time.process_time()
        for item in part:
            work(item)
        spans.append((time.process_time() - started_at) / len(part))
    return min(spans) * 1e6


def forget() -> None:
    """Empty the memos, as a flood of ever new values would."""
    for memo in MEMOS:
        memo.cache_clear()


def read_anew(data: bytes) -> None:
    forget()
    parse_message(data)


def bench_reading() -> None:
    for kind in ("INVITE", "200", "ACK", "BYE", "REGISTER"):
        texts = [text_of(kind, at) for at in TURNS]
        report(f"sip_parse_{kind.lower()}_us", best_us(parse_message, texts), "us")
    texts = [text_of("INVITE", at) for at in TURNS]
    report("sip_parse_repeated_us", best_us(parse_message, [texts[0] for _ in TURNS]), "us")
    forgetting = best_us(lambda _: forget(), TURNS)
    report("sip_parse_unremembered_us", best_us(read_anew, texts) - forgetting, "us")


def bench_writing() -> None:
    invite = parse_message(text_of("INVITE", 1))
    assert isinstance(invite, Request)
    rows = "Contact: <sip:pbx.example>\r\n"
    dialog = "From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>;tag=2\r\nCall-ID: x\r\n"
    via = "SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1"

    def respond(_: int) -> bytes:
        return write_response(invite, 180, "", "t", rows)

    def request(at: int) -> bytes:
        return write_request("BYE", "sip:c@d", via, dialog, at, rows)

    report("sip_write_response_us", best_us(respond, TURNS), "us")
    report("sip_write_request_us", best_us(request, TURNS), "us")


def bench_digest(algorithm: Algorithm) -> None:
    target = Uri.parse("sip:pbx.example")
    server = Authenticator("pbx.example", b"key", (algorithm,))
    phone = Account("u1", "secret", lambda: "cnonce")
    secret = ha1("u1", "pbx.example", "secret", algorithm)
    answers = [
        phone.response(server.challenges(0.0)[0], "REGISTER", str(target)) or "" for _ in TURNS
    ]

    def judge(answer: str) -> None:
        verdict, _ = server.judge((answer,), "REGISTER", target, lambda *_: secret, 1.0)
        assert verdict is Verdict.ACCEPTED

    report(f"sip_digest_{algorithm.lower()}_us", best_us(judge, answers), "us")


def main() -> None:
    gc.freeze()
    bench_reading()
    bench_writing()
    for algorithm in Algorithm:
        bench_digest(algorithm)


if __name__ == "__main__":
    main()
