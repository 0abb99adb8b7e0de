"""A play is a packet every 20 ms, whatever the loop was busy with."""

from __future__ import annotations

from media.loop import Loop
from media.player import Play
from tests.support.rtp import Packet


class Listener:
    def __init__(self) -> None:
        self.time = 50.0
        self.loop = Loop(lambda: self.time)
        self.packets: list[tuple[float, Packet]] = []
        self.done = 0

    def hear(self, packet: bytes, now: float) -> None:
        self.packets.append((now, Packet.parse(packet)))

    def end(self) -> None:
        self.done += 1

    def play(self, *audio: bytes, payload_type: int = 0, is_loop: bool = False) -> Play:
        return Play(audio, payload_type, self.hear, self.end, is_loop=is_loop)

    def pass_time(self, seconds: float, step: float = 0.005) -> None:
        for _ in range(round(seconds / step)):
            self.time += step
            self.loop.turn(0)

    def heard(self) -> bytes:
        return b"".join(packet.payload for _, packet in self.packets)


def test_items_follow_each_other_and_the_end_is_told_when_it_was_heard() -> None:
    ear = Listener()
    ear.play(b"a" * 320, b"b" * 160).start(ear.loop)
    ear.pass_time(0.05)
    assert (ear.heard(), ear.done) == (b"a" * 320 + b"b" * 160, 0)
    ear.pass_time(0.05)
    assert (len(ear.packets), ear.done) == (3, 1)
    ear.loop.close()


def test_sequence_and_timestamp_go_on_for_each_packet() -> None:
    ear = Listener()
    ear.play(b"a" * 800).start(ear.loop)
    ear.pass_time(0.2)
    first = ear.packets[0][1]
    for index, (_, packet) in enumerate(ear.packets):
        assert packet.sequence == first.sequence + index & 0xFFFF
        assert packet.timestamp == first.timestamp + index * 160 & 0xFFFFFFFF
        assert packet.ssrc == first.ssrc
    ear.loop.close()


def test_music_begins_again_without_a_seam() -> None:
    ear = Listener()
    ear.play(b"a" * 160, b"b" * 160, is_loop=True).start(ear.loop)
    ear.pass_time(0.2)
    assert ear.heard()[:1600] == (b"a" * 160 + b"b" * 160) * 5
    assert ear.done == 0
    ear.loop.close()


def test_a_radio_is_joined_where_it_is() -> None:
    for position, expected in (
        (0, b"a"),
        (479, b"b"),
        (480, b"c"),
        (640, b"a"),
        (6400 + 170, b"b"),
    ):
        ear = Listener()
        play = ear.play(b"a" * 160, b"b" * 320, b"c" * 160, is_loop=True)
        play.seek(position)
        play.start(ear.loop)
        assert ear.heard() == expected * 160
        ear.loop.close()


def test_what_is_stopped_says_nothing_more() -> None:
    ear = Listener()
    play = ear.play(b"a" * 800)
    play.start(ear.loop)
    play.stop()
    ear.pass_time(0.3)
    assert (len(ear.packets), ear.done) == (1, 0)
    ear.loop.close()


def test_a_short_stall_is_caught_up_and_a_long_one_skipped() -> None:
    ear = Listener()
    ear.play(b"a" * 16000).start(ear.loop)
    ear.time += 0.11
    ear.loop.turn(0)
    assert len(ear.packets) == 6
    ear.time += 1.0
    ear.loop.turn(0)
    late = [packet for now, packet in ear.packets if now == ear.time]
    assert 1 <= len(late) <= 2
    elapsed = late[0].timestamp - ear.packets[0][1].timestamp & 0xFFFFFFFF
    assert abs(elapsed / 8000 - 1.1) <= 0.04
    ear.loop.close()


def test_an_unfinished_packet_is_filled_with_silence() -> None:
    for payload_type, silence in ((0, b"\xff"), (8, b"\xd5")):
        ear = Listener()
        ear.play(b"a" * 100, payload_type=payload_type).start(ear.loop)
        assert ear.heard() == b"a" * 100 + silence * 60
        ear.loop.close()
