"""The four tables and the layer that runs them; time is an argument."""

from __future__ import annotations

import pytest

from pbx.sip.errors import LocalMisuse
from pbx.sip.flow import Flow
from pbx.sip.message import Request, Response, parse_message
from pbx.sip.transaction import (
    CLIENT_KIND,
    INVITE_CLIENT_KIND,
    INVITE_SERVER_KIND,
    SERVER_KIND,
    Cancellable,
    Input,
    Kind,
    State,
    Transaction,
    derive_request,
    outcome,
)
from pbx.sip.transaction_layer import TransactionLayer, server_key
from tests.support.phone import counted_tokens

UDP = Flow("UDP", "phones", "10.0.0.9:5060", ("10.0.0.1", 5060))
WSS = Flow("WSS", "webphones", "10.0.0.9:7443", ("10.0.0.1", 40000), 7)
KINDS = (INVITE_CLIENT_KIND, CLIENT_KIND, INVITE_SERVER_KIND, SERVER_KIND)
ROWS = (
    "From: <sip:a@x>;tag=a\r\nTo: <sip:b@x>{tag}\r\nCall-ID: c\r\nCSeq: 7 {method}\r\n"
    "Route: <sip:proxy@x;lr>\r\nMax-Forwards: 70\r\nX-Other: 1\r\nContent-Length: 0\r\n\r\n"
)


def text_of(method: str, branch: str = "z9hG4bKb", tag: str = "") -> bytes:
    via = f"Via: SIP/2.0/UDP 10.0.0.1:5060{f';branch={branch}' if branch else ''}\r\n"
    return f"{method} sip:b@x SIP/2.0\r\n{via}{ROWS.format(method=method, tag=tag)}".encode()


def request(method: str, branch: str = "z9hG4bKb", tag: str = "") -> Request:
    message = parse_message(text_of(method, branch, tag))
    assert isinstance(message, Request)
    return message


def response(status: int, method: str, branch: str = "z9hG4bKb") -> Response:
    head = f"SIP/2.0 {status} x\r\nVia: SIP/2.0/UDP 10.0.0.9;branch={branch};received=1.2.3.4\r\n"
    message = parse_message((head + ROWS.format(method=method, tag=";tag=b")).encode())
    assert isinstance(message, Response)
    return message


class Scene:
    """A layer, one transaction, and what was reported."""

    def __init__(self) -> None:
        self.layer = TransactionLayer(counted_tokens())
        self.layer.open_flows.add(WSS.id)
        self.told: list[int] = []
        self.now = 0.0

    def ask(self, method: str, flow: Flow = UDP) -> Transaction:
        def on_answer(tx: Transaction, status: int, _: Response | None, now: float) -> None:
            self.told.append(status)

        return self.layer.request(method, text_of(method), "z9hG4bKb", flow, on_answer, self.now)

    def serve(self, method: str, flow: Flow = UDP) -> Transaction:
        message = request(method)
        return self.layer.serve(message, server_key(message, method), flow, self.now)

    def answers(self, status: int, method: str) -> bool:
        return self.layer.receive_response(response(status, method), self.now)

    def sent(self) -> list[str]:
        """Methods and status codes sent since last asked."""
        starts = [data.split(None, 2) for data, _ in self.layer.transmissions]
        self.layer.transmissions.clear()
        return [(s[1] if s[0] == b"SIP/2.0" else s[0]).decode() for s in starts]

    def times_until(self, end: float) -> list[float]:
        """When something was sent."""
        times = []
        while (due := self.layer.timers.next_deadline()) is not None and due <= end:
            self.now = due
            self.layer.timers.run(due)
            times += [due] * len(self.sent())
        self.now = end
        return times


@pytest.fixture
def scene() -> Scene:
    return Scene()


# --- the tables


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_state_is_reached_and_left(kind: Kind) -> None:
    reached = {kind.start} | {after for after, _ in kind.table.values()}
    assert {state for state, _ in kind.table} == reached - {State.TERMINATED}
    assert State.TERMINATED in reached


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_input_that_is_not_listed_changes_nothing(kind: Kind, scene: Scene) -> None:
    for state in State:
        for what in Input:
            if (state, what) in kind.table:
                continue
            tx = Transaction(kind, ("k",), UDP, state, b"x")
            scene.layer.feed(tx, what, None, 0.0)
            assert (tx.state, scene.sent()) == (state, [])


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_no_state_but_a_waiting_one_lasts_without_timer(kind: Kind) -> None:
    """What the network does not end ends by time; an INVITE that rings is the user's to end."""
    for arms in (kind.arms, kind.arms_reliable):
        lasting = {state for state, _ in kind.table} - arms.keys()
        assert lasting <= {State.TRYING, State.PROCEEDING}


def test_outcome_of_a_status() -> None:
    assert [outcome(s) for s in (100, 199, 200, 299, 300, 699)] == [
        Input.PROVISIONAL, Input.PROVISIONAL, Input.SUCCESS, Input.SUCCESS,
        Input.FAILURE, Input.FAILURE,
    ]  # fmt: skip


# --- INVITE client (17.1.1)


def test_unanswered_invite_is_sent_seven_times_then_times_out(scene):
    scene.ask("INVITE")
    assert scene.sent() == ["INVITE"]
    assert scene.times_until(31.9) == [0.5, 1.5, 3.5, 7.5, 15.5, 31.5]
    assert scene.told == []
    scene.times_until(32.0)
    assert (scene.told, scene.layer.transactions) == ([408], {})


def test_provisional_answer_ends_the_repeating_of_an_invite(scene):
    scene.ask("INVITE")
    scene.answers(100, "INVITE")
    scene.sent()
    assert scene.times_until(300.0) == []
    assert scene.told == [100]


def test_repeated_failure_is_acked_again_but_reported_once(scene):
    scene.ask("INVITE")
    scene.sent()
    scene.answers(486, "INVITE")
    scene.answers(486, "INVITE")
    assert (scene.sent(), scene.told) == (["ACK", "ACK"], [486])
    scene.times_until(32.0)
    assert scene.layer.transactions == {}
    assert not scene.answers(486, "INVITE")


def test_every_2xx_is_reported_for_32_seconds(scene):
    scene.ask("INVITE")
    scene.answers(200, "INVITE")
    scene.answers(180, "INVITE")  # late: ignored
    scene.answers(200, "INVITE")
    assert scene.told == [200, 200]
    scene.times_until(32.0)
    assert not scene.answers(200, "INVITE")


def test_nothing_is_repeated_and_a_failure_leaves_at_once_on_a_connection(scene):
    scene.ask("INVITE", WSS)
    scene.sent()
    assert scene.times_until(31.0) == []
    scene.answers(486, "INVITE")
    assert (scene.sent(), scene.layer.transactions) == (["ACK"], {})


def test_connection_that_is_gone_is_503_but_not_before_the_call_returned(scene):
    scene.layer.open_flows.clear()
    scene.ask("INVITE", WSS)
    assert (scene.told, scene.sent()) == ([], [])
    scene.layer.timers.run(0.0)
    assert (scene.told, scene.layer.transactions) == ([503], {})


def test_ack_of_a_failure_repeats_the_invites_way_and_takes_its_to(scene):
    scene.ask("INVITE")
    scene.layer.transmissions.clear()
    scene.answers(486, "INVITE")
    ack = parse_message(scene.layer.transmissions[0][0])
    assert isinstance(ack, Request)
    assert (ack.via.branch, ack.via.params.get("received")) == ("z9hG4bKb", None)
    assert (str(ack.cseq), ack.to.tag, str(ack.uri)) == ("7 ACK", "b", "sip:b@x")
    assert ack.fields["route"] == "<sip:proxy@x;lr>"
    assert "x-other" not in ack.fields


def test_cancel_keeps_to_and_takes_rows():
    cancel = parse_message(derive_request(text_of("INVITE"), "CANCEL", rows="Reason: x\r\n"))
    assert isinstance(cancel, Request)
    assert (cancel.method, cancel.to.tag, cancel.fields["reason"]) == ("CANCEL", None, "x")


# --- client (17.1.2)


def test_unanswered_request_is_repeated_ever_slower_then_times_out(scene):
    scene.ask("BYE")
    scene.sent()
    assert scene.times_until(12.0) == [0.5, 1.5, 3.5, 7.5, 11.5]
    scene.times_until(32.0)
    assert scene.told == [408]


def test_request_goes_on_at_t2_once_provisionally_answered(scene):
    scene.ask("OPTIONS")
    scene.sent()
    scene.answers(100, "OPTIONS")
    assert scene.times_until(10.0) == [0.5, 4.5, 8.5]
    scene.times_until(32.0)
    assert scene.told == [100, 408]


def test_final_answer_is_reported_once_and_forgotten_after_t4(scene):
    scene.ask("BYE")
    scene.answers(200, "BYE")
    scene.answers(200, "BYE")
    assert scene.told == [200]
    scene.times_until(4.9)
    assert len(scene.layer.transactions) == 1
    scene.times_until(5.0)
    assert scene.layer.transactions == {}


def test_answer_with_another_method_or_branch_fits_nothing(scene):
    scene.ask("BYE")
    assert not scene.answers(200, "INFO")
    assert not scene.layer.receive_response(response(200, "BYE", "z9hG4bKother"), 0.0)


# --- INVITE server (17.2.1)


def test_trying_is_sent_after_200_ms_of_silence_and_repeated_on_demand(scene):
    tx = scene.serve("INVITE")
    scene.layer.feed(tx, Input.REQUEST, None, 0.1)
    assert scene.times_until(0.19) == []
    assert scene.times_until(0.2) == [0.2]
    scene.layer.feed(tx, Input.REQUEST, None, 0.3)
    assert scene.sent() == ["100"]


def test_answer_within_200_ms_saves_the_trying(scene):
    tx = scene.serve("INVITE")
    scene.layer.respond(tx, 180, 0.0)
    assert scene.sent() == ["180"]
    assert scene.times_until(10.0) == []


def test_refusal_is_repeated_until_acked(scene):
    tx = scene.serve("INVITE")
    scene.layer.respond(tx, 486, 0.0)
    scene.layer.feed(tx, Input.REQUEST, None, 0.0)
    assert scene.sent() == ["486", "486"]
    assert scene.times_until(12.0) == [0.5, 1.5, 3.5, 7.5, 11.5]
    scene.layer.feed(tx, Input.ACK, None, 12.0)
    scene.layer.feed(tx, Input.ACK, None, 12.0)
    assert scene.times_until(16.9) == []
    assert tx.state is State.CONFIRMED
    scene.times_until(17.0)
    assert scene.layer.transactions == {}


def test_refusal_that_is_never_acked_is_forgotten(scene):
    scene.layer.respond(scene.serve("INVITE"), 486, 0.0)
    scene.times_until(32.0)
    assert scene.layer.transactions == {}


def test_refusal_over_a_connection_is_sent_once_and_forgotten_with_the_ack(scene):
    tx = scene.serve("INVITE", WSS)
    scene.layer.respond(tx, 486, 0.0)
    assert scene.sent() == ["486"]
    assert scene.times_until(20.0) == []
    scene.layer.feed(tx, Input.ACK, None, 20.0)
    assert scene.layer.transactions == {}


def test_accepted_invite_absorbs_repeats_and_sends_the_2xx_when_told(scene):
    tx = scene.serve("INVITE")
    scene.layer.respond(tx, 200, 0.0)
    scene.layer.feed(tx, Input.REQUEST, None, 0.0)
    scene.layer.repeat(tx, 0.5)
    assert scene.sent() == ["200", "200"]
    scene.times_until(32.0)
    assert scene.layer.transactions == {}
    scene.layer.repeat(tx, 33.0)
    assert scene.sent() == []


def test_second_final_answer_is_our_mistake(scene):
    tx = scene.serve("INVITE")
    scene.layer.respond(tx, 486, 0.0)
    with pytest.raises(LocalMisuse):
        scene.layer.respond(tx, 200, 0.0)


# --- server (17.2.2)


def test_request_is_answered_again_when_it_comes_again(scene):
    tx = scene.serve("OPTIONS")
    scene.layer.feed(tx, Input.REQUEST, None, 0.0)
    assert scene.sent() == []
    scene.layer.respond(tx, 180, 0.0)
    scene.layer.feed(tx, Input.REQUEST, None, 0.0)
    scene.layer.respond(tx, 200, 0.0)
    scene.layer.feed(tx, Input.REQUEST, None, 0.0)
    assert scene.sent() == ["180", "180", "200", "200"]
    scene.times_until(32.0)
    assert scene.layer.transactions == {}


def test_request_over_a_connection_is_forgotten_with_its_answer(scene):
    tx = scene.serve("OPTIONS", WSS)
    scene.layer.respond(tx, 404, 0.0)
    assert (scene.sent(), scene.layer.transactions) == (["404"], {})


# --- matching (17.2.3)


def test_ack_belongs_to_the_invite_and_cancel_names_it():
    invite = server_key(request("INVITE"), "INVITE")
    assert server_key(request("ACK"), "ACK") == invite
    assert server_key(request("CANCEL"), "INVITE") == invite
    assert server_key(request("CANCEL"), "CANCEL") != invite
    assert server_key(request("INVITE", "z9hG4bKother"), "INVITE") != invite


def test_client_older_than_rfc_3261_is_matched_by_its_headers():
    invite = server_key(request("INVITE", ""), "INVITE")
    assert server_key(request("ACK", "", ";tag=ours"), "ACK") == invite
    assert server_key(request("BYE", "", ";tag=ours"), "BYE") != invite
    assert server_key(request("INVITE", "1"), "INVITE") != invite


def test_owner_of_an_invite_must_say_what_a_cancel_does():
    with pytest.raises(NotImplementedError):
        Cancellable().cancelled_by_peer(Transaction(SERVER_KIND, (), UDP, State.TRYING), 0.0)


def test_answers_are_counted_by_class(scene):
    scene.layer.respond(scene.serve("OPTIONS"), 404, 0.0)
    scene.ask("BYE")
    scene.answers(200, "BYE")
    assert scene.layer.responses_sent == [0, 0, 0, 0, 1, 0, 0]
    assert scene.layer.responses_received == [0, 0, 1, 0, 0, 0, 0]
