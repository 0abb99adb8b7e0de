"""Phones that register, as a call flow."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import pytest

from nidaa.contracts.directory import Device
from nidaa.contracts.events import EventData, RegistrationChanged
from pbx.registrar.journal import Journal
from pbx.registrar.registrar import Registrar
from pbx.sip.account import Account
from pbx.sip.auth import Algorithm, Authenticator
from pbx.sip.digest import ha1
from pbx.sip.flow import Flow
from pbx.sip.grammar import ROW
from pbx.sip.message import Request, parse_message

REALM = "nidaa.local"
UDP = Flow("UDP", "phones", "192.0.2.1:5060", ("192.0.2.9", 5060))
WSS = Flow("WSS", "webphones", "192.0.2.1:7443", ("192.0.2.9", 40000), 7)
DESK = "<sip:1001@192.0.2.9>"


def device(username: str, extension: str, kind: str = "desk") -> Device:
    md5, sha = (ha1(username, REALM, "secret", a) for a in (Algorithm.MD5, Algorithm.SHA256))
    return Device(username, extension, kind, md5, sha)


@dataclass
class Transaction:
    flow: Flow
    answer: tuple[int, str] = (0, "")

    def respond(self, status: int, now: float, reason: str = "", headers: str = "") -> None:
        assert not self.answer[0], "answered twice"
        self.answer = status, headers


@dataclass
class World:
    """A registrar, its directory, and what it told the others."""

    file: Path
    now: float = 1000.0
    told: list[EventData] = field(default_factory=list)
    reachable: list[tuple[str, bool]] = field(default_factory=list)
    ids: count = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        known = (device("desk-1001", "1001"), device("web-1001", "1001"), device("d2", "1002"))
        self.people = SimpleNamespace(devices={one.username: one for one in known})
        self.start()

    def start(self) -> None:
        journal = Journal(self.file, 1_700_000_000.0)
        self.registrar = Registrar(
            self.people, Authenticator(REALM, b"key"), journal, self, self._on_reachable
        )
        self.registrar.restore({"phones": "192.0.2.1:5060"}, self.now)

    def emit(self, conversation: str, data: EventData) -> None:
        assert conversation == ""
        self.told.append(data)

    def _on_reachable(self, extension: str, is_reachable: bool, now: float) -> None:
        assert now == self.now
        self.reachable.append((extension, is_reachable))

    def phone(self, username: str = "desk-1001", **facts: object) -> Phone:
        return Phone(self, username, **facts)  # type: ignore[arg-type]

    def bound(self, extension: str = "1001") -> list[str]:
        return [one.key for one in self.registrar.location.of(extension)]


@dataclass
class Phone:
    world: World
    username: str
    extension: str = "1001"
    flow: Flow = UDP
    password: str = "secret"
    call_id: str = "c1"
    cseq: int = 0
    credentials: str = ""
    challenge: str = ""

    def send(self, contact: str = DESK, rows: str = "") -> tuple[int, str]:
        """One REGISTER; with the answer to the last challenge if there was one."""
        self.cseq += 1
        contact_row = f"Contact: {contact}\r\n" if contact else ""
        if self.challenge:
            account = Account(self.username, self.password, lambda: "cnonce", REALM)
            proof = account.response(self.challenge, "REGISTER", f"sip:{REALM}")
            self.credentials, self.challenge = f"Authorization: {proof}\r\n", ""
        request = parse_message(
            f"REGISTER sip:{REALM} SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1\r\n"
            f"From: <sip:{self.extension}@{REALM}>;tag=a\r\nTo: <sip:{self.extension}@{REALM}>\r\n"
            f"Call-ID: {self.call_id}\r\nCSeq: {self.cseq} REGISTER\r\nUser-Agent: Phone/1\r\n"
            f"{contact_row}{rows}{self.credentials}\r\n".encode()
        )
        assert isinstance(request, Request)
        transaction = Transaction(self.flow)
        self.world.registrar.register(transaction, request, self.world.now)
        status, headers = transaction.answer
        if status == 401:
            found = [row.split(": ", 1)[1] for row in headers.split("\r\n") if row]
            self.challenge, self.credentials = ROW.join(found), ""
        return status, headers

    def register(self, contact: str = DESK, rows: str = "") -> tuple[int, str]:
        """As phones do: once without credentials, once with them."""
        self.credentials = ""
        assert self.send(contact, rows)[0] == 401
        return self.send(contact, rows)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "bindings.jsonl")


def test_a_phone_that_proves_who_it_is_can_be_reached(world: World) -> None:
    status, headers = world.phone().register()
    assert status == 200
    assert headers == "Contact: <sip:1001@192.0.2.9>;q=1;expires=3600\r\n"
    assert world.bound() == ["sip:1001@192.0.2.9"]
    assert world.registrar.location.of("1001")[0].flow == UDP
    assert world.reachable == [("1001", True)]
    assert world.told == [RegistrationChanged("1001", "desk-1001", True, "Phone/1")]


def test_the_stronger_hash_is_offered_first(world: World) -> None:
    _, headers = world.phone().send()
    first, second, end = headers.split("\r\n")
    assert "algorithm=SHA-256" in first
    assert "algorithm=MD5" in second
    assert end == ""


def test_a_phone_that_knows_only_md5(world: World) -> None:
    phone = world.phone()
    phone.send()
    phone.challenge = phone.challenge.split(ROW)[1]
    assert phone.send()[0] == 200


def test_unknown_user_and_wrong_password_are_answered_alike(world: World) -> None:
    wrong, unknown = world.phone(password="guess"), world.phone("nobody")
    answers = [phone.register() for phone in (wrong, unknown)]
    assert [status for status, _ in answers] == [401, 401]
    shapes = [[part.split("nonce")[0] for part in text.split("\r\n")] for _, text in answers]
    assert shapes[0] == shapes[1]
    assert world.bound() == []


def test_nobody_registers_somebody_elses_extension(world: World) -> None:
    assert world.phone("d2", extension="1001").register()[0] == 403
    assert world.bound() == []


def test_nobody_registers_on_the_listener_of_trunks(world: World) -> None:
    trunk = replace(UDP, listener="trunks")
    assert world.phone(flow=trunk).send()[0] == 403


def test_a_refresh_is_told_to_nobody(world: World) -> None:
    phone = world.phone()
    phone.register()
    world.now += 1800
    assert phone.register()[1].endswith("expires=3600\r\n")
    assert (len(world.told), world.reachable) == (1, [("1001", True)])
    assert len(world.bound()) == 1


def test_a_phone_that_goes_away_is_told_of(world: World) -> None:
    phone = world.phone()
    phone.register()
    assert phone.register(f"{DESK};expires=0") == (200, "")
    assert world.reachable[-1] == ("1001", False)
    assert world.told[-1] == RegistrationChanged("1001", "desk-1001", False, "Phone/1")


def test_removing_what_is_not_there_is_no_error(world: World) -> None:
    assert world.phone().register(f"{DESK};expires=0")[0] == 200
    assert world.told == []


def test_a_star_removes_every_contact(world: World) -> None:
    phone = world.phone()
    phone.register("<sip:a@192.0.2.9>, <sip:b@192.0.2.9>")
    assert len(world.bound()) == 2
    assert phone.register("*", "Expires: 0\r\n") == (200, "")
    assert world.bound() == []
    assert [is_reachable for _, is_reachable in world.reachable] == [True, True, False]


def test_a_binding_that_is_not_refreshed_ends(world: World) -> None:
    world.phone().register(f"{DESK};expires=60")
    assert world.registrar.next_deadline() == 1060.0
    world.now += 60
    world.registrar.handle_timers(world.now)
    assert world.bound() == []
    assert world.reachable[-1] == ("1001", False)


def test_too_short_a_time_is_answered_with_the_shortest(world: World) -> None:
    assert world.phone().register(f"{DESK};expires=10") == (423, "Min-Expires: 60\r\n")


def test_a_query_lists_the_bindings(world: World) -> None:
    phone = world.phone()
    phone.register()
    world.now += 100
    assert phone.register("")[1] == "Contact: <sip:1001@192.0.2.9>;q=1;expires=3500\r\n"


def test_an_older_request_of_the_same_phone_undoes_nothing(world: World) -> None:
    phone = world.phone()
    phone.register()
    phone.cseq = 0
    status, _ = phone.register(f"<sip:new@192.0.2.9>, {DESK};expires=0")
    assert status == 500
    assert world.bound() == ["sip:1001@192.0.2.9"]


def test_a_phone_that_started_again_counts_anew(world: World) -> None:
    world.phone().register()
    assert world.phone(call_id="c2").register()[0] == 200


def test_a_bad_contact_is_answered_not_bound(world: World) -> None:
    assert world.phone().register("<mailto:a@example.com>")[0] == 416


def test_a_browser_ends_with_its_connection(world: World) -> None:
    world.phone().register()
    browser = world.phone("web-1001", flow=WSS)
    browser.register("<sip:x7@k2.invalid;transport=ws>")
    world.registrar.flow_closed(WSS, world.now)
    assert world.bound() == ["sip:1001@192.0.2.9"]
    assert world.reachable[-1] == ("1001", True)  # the desk phone still rings
    assert world.told[-1] == RegistrationChanged("1001", "web-1001", False, "Phone/1")


def test_a_page_that_was_loaded_again_is_reached_over_the_new_connection(world: World) -> None:
    fresh = replace(WSS, id=8)
    world.phone("web-1001", flow=WSS).register("<sip:x7@k2.invalid>")
    world.phone("web-1001", flow=fresh, call_id="c2").register("<sip:x7@k2.invalid>")
    world.registrar.flow_closed(WSS, world.now)
    assert [one.flow for one in world.registrar.location.of("1001")] == [fresh]
    assert world.reachable == [("1001", True), ("1001", True)]


def test_a_phone_behind_a_new_address_with_the_same_instance(world: World) -> None:
    phone = world.phone()
    phone.register('<sip:1001@192.0.2.9:5060>;+sip.instance="<urn:uuid:1>"')
    _, headers = phone.register('<sip:1001@192.0.2.9:6060>;+sip.instance="<urn:uuid:1>"')
    assert headers == (
        'Contact: <sip:1001@192.0.2.9:6060>;+sip.instance="<urn:uuid:1>";q=1;expires=3600\r\n'
    )
    world.registrar.flush()
    world.start()
    assert world.bound() == ["sip:1001@192.0.2.9:6060"]


def test_path_is_kept_and_given_back_to_who_understands_it(world: World) -> None:
    rows = "Path: <sip:p@192.0.2.3;lr>\r\n"
    assert "Path" not in world.phone().register(rows=rows)[1]
    assert world.registrar.location.of("1001")[0].path == "<sip:p@192.0.2.3;lr>"
    answer = world.phone(call_id="c2").register(rows=rows + "Supported: path\r\n")[1]
    assert answer.endswith("\r\nPath: <sip:p@192.0.2.3;lr>\r\n")


def test_desk_phones_are_reached_after_a_restart_and_browsers_are_not(world: World) -> None:
    world.phone().register()
    world.phone("web-1001", flow=WSS).register("<sip:x7@k2.invalid>")
    world.registrar.flush()
    world.reachable.clear()
    world.now += 10
    world.start()
    assert world.bound() == ["sip:1001@192.0.2.9"]
    assert world.reachable == [("1001", True)]
    world.now = 4600.0
    world.registrar.handle_timers(world.now)
    assert world.bound() == []


def test_who_was_removed_meanwhile_is_not_restored(world: World) -> None:
    world.phone().register()
    world.registrar.flush()
    del world.people.devices["desk-1001"]
    world.start()
    assert world.bound() == []


def test_a_device_that_leaves_the_directory_is_not_rung(world: World) -> None:
    world.phone().register()
    world.phone("d2", extension="1002").register("<sip:1002@192.0.2.9>")
    world.people.devices["desk-1001"] = device("desk-1001", "1009")
    world.registrar.directory_changed(world.now)
    assert world.bound() == []
    assert world.bound("1002") == ["sip:1002@192.0.2.9"]


def test_an_old_nonce_is_said_to_be_stale_and_the_phone_comes_again(world: World) -> None:
    phone = world.phone()
    phone.send()
    world.now += 301
    status, headers = phone.send()
    assert status == 401
    assert "stale=true" in headers
    assert phone.send()[0] == 200


def test_a_repeated_answer_to_a_challenge_is_no_proof(world: World) -> None:
    phone = world.phone()
    phone.register()
    assert phone.send(f"{DESK};expires=0")[0] == 401
    assert world.bound() == ["sip:1001@192.0.2.9"]
