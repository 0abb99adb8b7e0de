"""Alarms are raised and cleared once each."""

from nidaa.contracts.events import AlarmCleared, AlarmRaised, EventData
from pbx.alarms import Alarms


class Sink:
    def __init__(self) -> None:
        self.events: list[EventData] = []

    def emit(self, conversation: str, data: EventData) -> None:
        assert conversation == ""
        self.events.append(data)


def test_an_alarm_is_told_when_it_begins_and_when_it_is_over() -> None:
    alarms, sink = Alarms(), Sink()
    alarms.report_to(sink)
    alarms("disk", "the disk is full")
    alarms("disk", "the disk is still full")
    assert alarms.current == {"disk": "the disk is still full"}
    alarms("disk", "")
    alarms("disk", "")
    assert sink.events == [AlarmRaised("disk", "the disk is full"), AlarmCleared("disk")]
    assert alarms.current == {}


def test_what_was_wrong_before_anybody_listened_is_told_then() -> None:
    alarms, sink = Alarms(), Sink()
    alarms("disk", "the disk is full")
    alarms.report_to(sink)
    assert sink.events == [AlarmRaised("disk", "the disk is full")]
