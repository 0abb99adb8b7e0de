"""Spools are written by hand here: what counts is what comes out as sound, and where."""

from __future__ import annotations

import hashlib
import struct
import subprocess
import sys
import wave
from pathlib import Path

import msgspec
import numpy as np
import pytest

from media.encode import TRY_LATER, Recorded, encode_spool, main
from media.g711 import Law, Samples, encode
from media.spool import RECORD, BadSpool, Mark, Side, SpoolHead, head_line

LEFT_HZ, RIGHT_HZ = 600, 1000


class Spool:
    """Speaks the spool's format; `talk` adds packets of a tone."""

    def __init__(self) -> None:
        self.body = bytearray(head_line(SpoolHead("s1", "r1", 0)))

    def packet(self, side: Side, at: float, packet: bytes) -> None:
        self.body += RECORD.pack(side, len(packet), round(at * 1e6)) + packet

    def mark(self, mark: Mark, at: float) -> None:
        self.packet(Side.MARK, at, bytes([mark]))

    def talk(
        self,
        side: Side,
        hz: int,
        at: float,
        seconds: float,
        *,
        law: Law = "PCMU",
        ssrc: int = 7,
        timestamp: int = 0xFFFFFF00,
        jitter: tuple[float, ...] = (0.0,),
    ) -> None:
        sound = encode(tone(hz, round(seconds * 50) * 160), law)
        for place in range(round(seconds * 50)):
            stamp = timestamp + place * 160 & 0xFFFFFFFF
            kind = 0 if law == "PCMU" else 8
            head = struct.pack("!BBHII", 0x80, kind, place & 0xFFFF, stamp, ssrc)
            arrives = at + place * 0.02 + jitter[place % len(jitter)]
            self.packet(side, arrives, head + sound[place * 160 : place * 160 + 160])

    def write(self, folder: Path) -> Path:
        path = folder / "r1.rtp"
        path.write_bytes(self.body)
        return path


def tone(hz: int, samples: int) -> Samples:
    return np.rint(8000 * np.sin(2 * np.pi * hz * np.arange(samples) / 8000)).astype(np.int16)


def sides_of(target: Path) -> tuple[Samples, Samples]:
    with wave.open(str(target)) as opened:
        assert (opened.getnchannels(), opened.getsampwidth(), opened.getframerate()) == (2, 2, 8000)
        both = np.frombuffer(opened.readframes(opened.getnframes()), "<i2").reshape(-1, 2)
    return both[:, 0], both[:, 1]


def strongest(samples: Samples) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(spectrum.argmax()) * 8000 / len(samples)


def seconds(samples: Samples, start: float, end: float) -> Samples:
    return samples[round(start * 8000) : round(end * 8000)]


@pytest.fixture
def spool() -> Spool:
    return Spool()


def finish(spool: Spool, folder: Path) -> tuple[Recorded, Samples, Samples]:
    target = folder / "day" / "r1.wav"
    recorded = encode_spool(spool.write(folder), target)
    return recorded, *sides_of(target)


def test_each_side_is_heard_in_its_own_channel(spool: Spool, tmp_path: Path) -> None:
    spool.talk(Side.LEFT, LEFT_HZ, 0.0, 2.0)
    spool.talk(Side.RIGHT, RIGHT_HZ, 1.0, 1.0, law="PCMA")
    spool.mark(Mark.STOPPED, 2.5)
    recorded, left, right = finish(spool, tmp_path)
    assert recorded.duration_for == 2.5
    assert strongest(seconds(left, 0, 2)) == pytest.approx(LEFT_HZ, abs=2)
    assert strongest(seconds(right, 1, 2)) == pytest.approx(RIGHT_HZ, abs=2)
    assert not seconds(right, 0, 1).any()
    assert not seconds(left, 2, 2.5).any()


def test_facts_beside_the_sound_are_those_of_the_file(spool: Spool, tmp_path: Path) -> None:
    spool.talk(Side.LEFT, LEFT_HZ, 0.0, 20.0)
    recorded, left, _ = finish(spool, tmp_path)
    target = tmp_path / "day" / "r1.wav"
    assert recorded.size == target.stat().st_size == 44 + 4 * len(left)
    assert recorded.sha256 == hashlib.sha256(target.read_bytes()).hexdigest()
    said = msgspec.json.decode((tmp_path / "day" / "r1.json").read_bytes(), type=Recorded)
    assert said == recorded
    assert 600 <= len(recorded.peaks["left"]) == len(recorded.peaks["right"]) <= 800
    assert set(recorded.peaks["right"]) == {0.0}
    assert min(recorded.peaks["left"]) == pytest.approx(8000 / 32768, abs=0.01)


def test_jitter_is_smoothed_by_the_timestamps(spool: Spool, tmp_path: Path) -> None:
    spool.talk(Side.LEFT, LEFT_HZ, 0.1, 2.0, jitter=(0.0, 0.015, 0.06, 0.002, 0.03))
    _, left, _ = finish(spool, tmp_path)
    expected = tone(LEFT_HZ, 16000)
    heard = seconds(left, 0.1, 2.1)
    assert np.abs(heard.astype(int) - expected).max() <= 300  # no more than the law's step


def test_packets_out_of_order_and_twice_find_their_place(spool: Spool, tmp_path: Path) -> None:
    other = Spool()
    other.talk(Side.LEFT, LEFT_HZ, 0.0, 1.0)
    size = RECORD.size + 172
    head = len(head_line(SpoolHead("s1", "r1", 0)))
    records = [bytes(other.body[at : at + size]) for at in range(head, len(other.body), size)]
    records[10], records[11] = records[11], records[10]
    spool.body += b"".join(records[:20] + records[19:])
    _, left, _ = finish(spool, tmp_path)
    assert len(left) == 8000
    assert np.abs(left.astype(int) - tone(LEFT_HZ, 8000)).max() <= 300


def test_lost_packets_leave_silence_and_keep_the_rest_in_place(
    spool: Spool, tmp_path: Path
) -> None:
    spool.talk(Side.LEFT, LEFT_HZ, 0.0, 1.0)
    size = RECORD.size + 172
    head = len(head_line(SpoolHead("s1", "r1", 0)))
    del spool.body[head + 10 * size : head + 20 * size]
    _, left, _ = finish(spool, tmp_path)
    assert len(left) == 8000
    assert not left[1600:3200].any()
    assert np.abs(left[3200:].astype(int) - tone(LEFT_HZ, 8000)[3200:]).max() <= 300


def test_new_source_starts_where_it_arrived(spool: Spool, tmp_path: Path) -> None:
    spool.talk(Side.LEFT, LEFT_HZ, 0.0, 1.0, ssrc=1, timestamp=5)
    spool.talk(Side.LEFT, RIGHT_HZ, 3.0, 1.0, ssrc=2, timestamp=3_000_000_000)
    _, left, _ = finish(spool, tmp_path)
    assert not seconds(left, 1, 3).any()
    assert strongest(seconds(left, 3, 4)) == pytest.approx(RIGHT_HZ, abs=2)


def test_timestamps_that_jump_within_a_source_do_not_move_the_sound(
    spool: Spool, tmp_path: Path
) -> None:
    spool.talk(Side.LEFT, LEFT_HZ, 0.0, 1.0, timestamp=1000)
    spool.talk(Side.LEFT, RIGHT_HZ, 2.0, 1.0, timestamp=90_000_000)
    recorded, left, _ = finish(spool, tmp_path)
    assert recorded.duration_for == 3.0
    assert strongest(seconds(left, 2, 3)) == pytest.approx(RIGHT_HZ, abs=2)


def test_masked_stretch_is_silent_and_keeps_the_time(spool: Spool, tmp_path: Path) -> None:
    spool.talk(Side.LEFT, LEFT_HZ, 0.0, 1.0, timestamp=0)
    spool.mark(Mark.MASKED, 1.0)
    spool.talk(Side.LEFT, LEFT_HZ, 1.0, 1.0, timestamp=8000)
    spool.mark(Mark.UNMASKED, 2.0)
    spool.talk(Side.LEFT, LEFT_HZ, 2.0, 1.0, timestamp=16000)
    _, left, _ = finish(spool, tmp_path)
    assert not seconds(left, 1, 2).any()
    assert seconds(left, 0, 1).any()
    assert strongest(seconds(left, 2, 3)) == pytest.approx(LEFT_HZ, abs=2)


def test_spool_torn_by_a_crash_gives_what_came_before(spool: Spool, tmp_path: Path) -> None:
    spool.talk(Side.RIGHT, RIGHT_HZ, 0.0, 1.0)
    del spool.body[-30:]
    recorded, _, right = finish(spool, tmp_path)
    assert recorded.duration_for == pytest.approx(0.98)
    assert strongest(right) == pytest.approx(RIGHT_HZ, abs=2)


def test_what_is_no_g711_is_left_out(spool: Spool, tmp_path: Path) -> None:
    spool.packet(Side.LEFT, 0.0, b"")
    spool.packet(Side.LEFT, 0.0, b"\x80")
    spool.packet(Side.LEFT, 0.0, struct.pack("!BBHII", 0x80, 101, 1, 1, 1) + bytes(4))
    spool.packet(Side.LEFT, 0.0, struct.pack("!BBHII", 0x9F, 0, 1, 1, 1) + b"\xff" * 160)
    spool.mark(Mark.STOPPED, 0.5)
    recorded, left, _ = finish(spool, tmp_path)
    assert recorded.duration_for == 0.5
    assert not left.any()


def test_recording_without_sound_has_no_length(spool: Spool, tmp_path: Path) -> None:
    recorded, left, _ = finish(spool, tmp_path)
    assert (recorded.duration_for, len(left)) == (0.0, 0)
    assert recorded.peaks == {"left": [], "right": []}


def test_long_recording_is_written_piece_by_piece(spool: Spool, tmp_path: Path) -> None:
    spool.talk(Side.LEFT, LEFT_HZ, 0.0, 1.0, timestamp=0)
    spool.talk(Side.RIGHT, RIGHT_HZ, 400.0, 1.0, timestamp=0)
    spool.talk(Side.LEFT, LEFT_HZ, 401.0, 1.0, timestamp=401 * 8000)
    spool.mark(Mark.STOPPED, 500.0)
    recorded, left, right = finish(spool, tmp_path)
    assert recorded.duration_for == 500.0
    assert strongest(seconds(right, 400, 401)) == pytest.approx(RIGHT_HZ, abs=2)
    assert strongest(seconds(left, 401, 402)) == pytest.approx(LEFT_HZ, abs=2)
    assert np.abs(left).sum() == pytest.approx(2 * np.abs(seconds(left, 0, 1)).sum(), rel=0.01)
    assert len(recorded.peaks["left"]) <= 800


def test_file_that_is_no_spool_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    bad = tmp_path / "bad.rtp"
    bad.write_bytes(b"what is this")
    with pytest.raises(BadSpool):
        encode_spool(bad, tmp_path / "out.wav")
    assert [path.name for path in tmp_path.iterdir()] == ["bad.rtp"]
    assert main([str(bad), str(tmp_path / "out.wav")]) == 1
    assert main([str(tmp_path / "absent.rtp"), str(tmp_path / "out.wav")]) == TRY_LATER
    assert main([]) == 1


def test_runs_as_a_program(spool: Spool, tmp_path: Path) -> None:
    spool.talk(Side.LEFT, LEFT_HZ, 0.0, 0.2)
    target = tmp_path / "r1.wav"
    command = [sys.executable, "-m", "media.encode", str(spool.write(tmp_path)), str(target)]
    assert subprocess.run(command, check=False).returncode == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["r1.json", "r1.rtp", "r1.wav"]
