"""The contracts: what is generated from them is current, and every message survives the wire."""

import msgspec
import pytest

from nidaa.contracts import control, events, live, wire
from nidaa.contracts.generate import generated


def test_generated_schemas_and_types_are_current():
    stale = [str(path) for path, text in generated().items() if path.read_text() != text]
    assert stale == []


def test_every_event_type_has_its_own_name_and_comes_back_as_its_struct():
    left = events.QueueLeft("support", "l1", "abandoned", 12.5)
    event = events.Event(
        "e1", 1, events.event_type(left), 5, "default", "c1", msgspec.Raw(events.encode_data(left))
    )
    again = msgspec.json.decode(msgspec.json.encode(event), type=events.Event)
    assert again.type == "queue.left"
    assert events.typed(again) == left


def test_an_event_of_an_unknown_type_is_kept_but_has_no_struct():
    raw = msgspec.Raw(b'{"type":"fax.received"}')
    event = events.Event("e1", 1, "fax.received", 5, "default", "c1", raw)
    assert events.typed(event) is None


def test_frames_come_back_whole_however_they_are_cut():
    sent = [control.Hello("cli"), control.Request(1, control.SignOn("anna")), control.Ack(7)]
    data = b"".join(wire.frame(message) for message in sent)
    unframer = wire.Unframer[control.ToPbx](control.ToPbx)
    received = [message for byte in data for message in unframer.feed(bytes([byte]))]
    assert received == sent


@pytest.mark.parametrize(
    "data",
    [b"\xff\xff\xff\xff", b"\x00\x00\x00\x02{}", b"\x00\x00\x00\x01x"],
    ids=["too long", "no such message", "not JSON"],
)
def test_a_peer_that_speaks_something_else_is_a_bad_frame(data):
    with pytest.raises(wire.BadFrame):
        list(wire.Unframer[control.ToPbx](control.ToPbx).feed(data))


def test_live_messages_are_told_apart_by_type():
    message = live.Pong(3)
    assert msgspec.json.decode(msgspec.json.encode(message), type=live.FromServer) == message
