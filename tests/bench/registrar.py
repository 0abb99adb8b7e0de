"""Measures what one registration costs the registrar, apart from parsing and transactions.

`python -m tests.bench.registrar` prints JSON lines: digest judged, binding refreshed, answer
written. Phones repeat themselves with a growing nonce count, as they do in the field.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from time import process_time
from types import SimpleNamespace

from nidaa.contracts.directory import Device
from nidaa.contracts.events import EventData
from nidaa.logging import start_logging
from pbx.registrar.journal import Journal
from pbx.registrar.registrar import Registrar
from pbx.sip.account import Account
from pbx.sip.auth import Algorithm, Authenticator
from pbx.sip.digest import ha1
from pbx.sip.flow import Flow
from pbx.sip.grammar import ROW
from pbx.sip.message import Request, parse_message
from tests.bench.report import report

PHONES, ROUNDS, REALM = 1_000, 5, "nidaa.local"


@dataclass
class Transaction:
    flow: Flow
    status: int = 0
    headers: str = ""

    def respond(self, status: int, now: float, reason: str = "", headers: str = "") -> None:
        self.status, self.headers = status, headers


class Phone:
    """One desk phone; writes the REGISTER it would send."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.flow = Flow("UDP", "phones", "192.0.2.1:5060", ("192.0.2.9", 10000 + number))
        self.account = Account(f"p{number}", "secret", lambda: "cnonce", REALM)
        self.cseq, self.challenge = 0, ""

    def request(self) -> Request:
        self.cseq += 1
        proof = ""
        if self.challenge:
            answer = self.account.response(self.challenge, "REGISTER", f"sip:{REALM}")
            proof = f"Authorization: {answer}\r\n"
        number = self.number
        parsed = parse_message(
            f"REGISTER sip:{REALM} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 192.0.2.9:{10000 + number};branch=z9hG4bK{number}-{self.cseq}\r\n"
            f"From: <sip:{number}@{REALM}>;tag=a\r\nTo: <sip:{number}@{REALM}>\r\n"
            f"Call-ID: r{number}\r\nCSeq: {self.cseq} REGISTER\r\nMax-Forwards: 70\r\n"
            f"User-Agent: Phone/1\r\nContact: <sip:{number}@192.0.2.9:{10000 + number}>\r\n"
            f"Expires: 3600\r\n{proof}\r\n".encode()
        )
        assert isinstance(parsed, Request)
        return parsed


class Nobody:
    def emit(self, conversation: str, data: EventData) -> None:
        """Events cost what the outbox says."""


def _device(number: int) -> Device:
    name = f"p{number}"
    md5, sha256 = (ha1(name, REALM, "secret", a) for a in (Algorithm.MD5, Algorithm.SHA256))
    return Device(name, str(number), "desk", md5, sha256)


def _register(registrar: Registrar, phone: Phone, request: Request) -> int:
    transaction = Transaction(phone.flow)
    registrar.register(transaction, request, 1000.0 + phone.cseq)
    if transaction.status == 401:
        rows = [row.split(": ", 1)[1] for row in transaction.headers.split("\r\n") if row]
        phone.challenge = ROW.join(rows)
    return transaction.status


def main() -> None:
    """Print the microseconds a refreshed registration costs."""
    start_logging(StringIO())
    people = SimpleNamespace(devices={f"p{i}": _device(i) for i in range(PHONES)})
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder) / "bindings.jsonl", 1.7e9)
        registrar = Registrar(
            people, Authenticator(REALM, b"key"), journal, Nobody(), lambda *_: None
        )
        phones = [Phone(i) for i in range(PHONES)]
        for phone in phones:
            _register(registrar, phone, phone.request())
        used = 0.0
        for _ in range(ROUNDS):
            requests = [(phone, phone.request()) for phone in phones]
            began = process_time()
            statuses = {_register(registrar, phone, request) for phone, request in requests}
            registrar.flush()
            used += process_time() - began
            if statuses != {200}:
                raise SystemExit(f"unexpected answers {statuses}")
    report("registrar_core_us", used / PHONES / ROUNDS * 1e6, "us")


if __name__ == "__main__":
    main()
