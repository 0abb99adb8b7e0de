"""What a conversation's packets become: a spool while it goes on, a finished file afterwards."""

from __future__ import annotations

import hashlib
import os
import signal
import time
import wave
from pathlib import Path

import numpy as np
import pytest

from media.recorder import Recorder
from media.spool import BadSpool, Mark, Record, Side, SpoolHead, head_line, read_head, read_spool
from nidaa.contracts import media as contract
from nidaa.contracts.media import Ok, RecordingFailed, RecordingFinished
from tests.support.media_worker import LocalWorker
from tests.support.rtp import Packet, Phone, loudness, stream, tone

HEAD = SpoolHead("s", "r", 1_700_000_000_000_000)
SOUND = [bytes(packet) for packet in stream(tone(440, 1))]


def unexpected(why: str) -> None:
    pytest.fail(why)


def test_packets_are_kept_with_side_and_time(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "r.rtp", HEAD, 100.0, unexpected)
    left, right = recorder.tap(Side.LEFT), recorder.tap(Side.RIGHT)
    left(SOUND[0], 100.0)
    right(SOUND[1], 100.25)
    left(SOUND[2], 100.5)
    recorder.stop(101.5)
    recorder.close()
    head, records = read_spool(tmp_path / "r.rtp")
    assert head == HEAD == read_head(tmp_path / "r.rtp")
    assert list(records) == [
        Record(Side.LEFT, 0.0, SOUND[0]),
        Record(Side.RIGHT, 0.25, SOUND[1]),
        Record(Side.LEFT, 0.5, SOUND[2]),
        Record(Side.MARK, 1.5, bytes((Mark.STOPPED,))),
    ]


def test_a_second_of_sound_is_on_disk_within_a_second(tmp_path: Path) -> None:
    path = tmp_path / "r.rtp"
    recorder = Recorder(path, HEAD, 100.0, unexpected)
    recorder.tap(Side.LEFT)(SOUND[0], 100.0)
    recorder.handle_timers(100.5)
    assert path.read_bytes() == b""
    recorder.handle_timers(101.0)
    assert [record.packet for record in read_spool(path)[1]] == [SOUND[0]]
    recorder.close()


def test_a_torn_tail_costs_its_record_only(tmp_path: Path) -> None:
    path = tmp_path / "r.rtp"
    recorder = Recorder(path, HEAD, 0.0, unexpected)
    for packet in SOUND[:3]:
        recorder.tap(Side.LEFT)(packet, 0.0)
    recorder.flush(0.0)
    recorder.close()
    whole = path.read_bytes()
    for size in range(len(head_line(HEAD)), len(whole)):
        path.write_bytes(whole[:size])
        count = len(list(read_spool(path)[1]))
        assert count == (size - len(head_line(HEAD))) // (11 + len(SOUND[0]))


@pytest.mark.parametrize("content", [b"", b"no newline", b"no json\n", b"{}\n"])
def test_what_is_no_spool_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "r.rtp").write_bytes(content)
    with pytest.raises(BadSpool):
        read_spool(tmp_path / "r.rtp")


def test_a_full_disk_is_told_once(tmp_path: Path) -> None:
    told: list[str] = []
    recorder = Recorder(tmp_path / "r.rtp", HEAD, 0.0, told.append)
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, recorder._file)
    os.close(full)
    tap = recorder.tap(Side.LEFT)
    for second in range(5):
        tap(SOUND[0], second)
        recorder.handle_timers(second)
    recorder.stop(9.0)
    recorder.close()
    assert len(told) == 1
    assert "No space left" in told[0]


# --- in a worker


def talk(worker: LocalWorker, anna: Phone, karim: Phone, seconds: float = 1.0) -> None:
    ours, theirs = stream(tone(440, seconds), ssrc=1), stream(tone(800, seconds), ssrc=2)
    for one, other in zip(ours, theirs, strict=True):
        anna.send(one)
        karim.send(other)
        worker.pass_time(0.02)


def recorded_call(worker: LocalWorker, anna: Phone, karim: Phone) -> None:
    worker.call_in(anna, "anna")
    worker.call_out(karim, "karim")
    worker.hears(anna="karim", karim="anna")
    assert worker.do(contract.Record("s", "r1", "anna", "karim")) == Ok()
    talk(worker, anna, karim)


def finished(worker: LocalWorker) -> RecordingFinished:
    """The encoder is a process of its own: wait for it, as the worker's timers do."""
    for _ in range(1000):
        worker.pass_time(0.1)
        for event in worker.events:
            if isinstance(event, RecordingFinished):
                return event
        time.sleep(0.02)
    raise AssertionError("the recording was not finished")


def test_each_side_has_its_channel_and_it_is_told_until_noted(
    worker: LocalWorker, anna: Phone, karim: Phone
) -> None:
    recorded_call(worker, anna, karim)
    assert worker.do(contract.End("s")) == Ok()
    event = finished(worker)
    path = worker.paths.recordings / event.path
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getframerate()) == (2, 8000)
        sound = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
    left, right = sound[800:7200, 0], sound[800:7200, 1]
    assert loudness(left, 440) > 0.2 > 0.01 > loudness(left, 800)
    assert loudness(right, 800) > 0.2 > 0.01 > loudness(right, 440)
    content = path.read_bytes()
    assert (event.session, event.recording, event.size) == ("s", "r1", len(content))
    assert event.sha256 == hashlib.sha256(content).hexdigest()
    assert abs(event.duration_for - 1.0) < 0.05
    assert list(worker.paths.spool.glob("*.rtp")) == []

    worker.detach()
    worker.events.clear()
    worker.attach()
    worker.turn()
    assert worker.events == [event]
    worker.do(contract.ForgetRecording("r1"))
    assert list(worker.paths.spool.iterdir()) == []


def spool_of(worker: LocalWorker, name: str) -> None:
    """Left behind by another worker."""
    path = worker.paths.spool / f"{name}.rtp"
    recorder = Recorder(path, SpoolHead("s", name, HEAD.started_at), 0.0, unexpected)
    recorder.tap(Side.LEFT)(SOUND[0], 0.0)
    recorder.stop(0.02)
    recorder.close()


def all_finished(worker: LocalWorker, count: int) -> list[str]:
    for _ in range(1000):
        worker.pass_time(0.1)
        told = [event for event in worker.events if isinstance(event, RecordingFinished)]
        if len(told) == count:
            return [event.recording for event in told]
        time.sleep(0.02)
    raise AssertionError("not all recordings were finished")


def test_one_child_encodes_one_after_another_and_is_let_go_when_idle(worker: LocalWorker) -> None:
    encoder = worker.worker._finisher._encoder
    for name in ("r1", "r2", "r3"):
        spool_of(worker, name)
    worker.worker._finisher.scan()
    child = encoder.pid
    assert child
    assert all_finished(worker, 3) == ["r1", "r2", "r3"]
    assert encoder.pid == child
    worker.pass_time(59)
    assert encoder.pid == child
    worker.pass_time(2)
    assert encoder.pid is None
    spool_of(worker, "r4")
    worker.worker._finisher.scan()
    assert all_finished(worker, 4)[3:] == ["r4"]
    assert encoder.pid != child


def test_a_child_that_dies_costs_the_recording_it_was_at(worker: LocalWorker) -> None:
    encoder = worker.worker._finisher._encoder
    spool_of(worker, "r1")
    spool_of(worker, "r2")
    worker.worker._finisher.scan()
    assert encoder.pid
    os.kill(encoder.pid, signal.SIGKILL)
    assert all_finished(worker, 1) == ["r2"]
    failed = [event for event in worker.events if isinstance(event, RecordingFailed)]
    assert [event.recording for event in failed] == ["r1"]
    assert (worker.paths.spool / "r1.bad").exists()


def test_dropping_a_recorded_leg_ends_the_recording(
    worker: LocalWorker, anna: Phone, karim: Phone
) -> None:
    recorded_call(worker, anna, karim)
    worker.do(contract.Drop("s", "karim"))
    assert worker.do(contract.StopRecording("s", "r1")) == Ok()
    assert finished(worker).recording == "r1"


@pytest.mark.parametrize("number", [1, 2])
def test_what_a_crash_left_is_finished_at_the_next_start(tmp_path: Path, number: int) -> None:
    spool = tmp_path / "var" / "spool"
    spool.mkdir(parents=True)
    recorder = Recorder(spool / "r9.rtp", SpoolHead("s9", "r9", HEAD.started_at), 0.0, unexpected)
    for index, packet in enumerate(SOUND):
        recorder.tap(Side.LEFT)(packet, index * 0.02)
    recorder.flush(1.0)
    recorder.close()
    with (spool / "r9.rtp").open("ab") as file:
        file.write(b"\x00\x00")  # torn
    (spool / "junk.rtp").write_bytes(b"junk")
    worker = LocalWorker(tmp_path, number)
    event = finished(worker)
    assert (event.session, event.recording) == ("s9", "r9")
    failed = [event for event in worker.events if isinstance(event, RecordingFailed)]
    assert [event.recording for event in failed] == ["junk"]
    assert (spool / "junk.bad").exists()
    worker.close()


def test_a_recording_the_disk_does_not_take_is_finished_when_there_is_room(tmp_path: Path) -> None:
    worker = LocalWorker(tmp_path)
    recordings = worker.paths.recordings
    recordings.rmdir()
    recordings.write_text("in the way, as a full disk would be")
    recorder = Recorder(worker.paths.spool / "r9.rtp", HEAD, 0.0, unexpected)
    recorder.stop(1.0)
    recorder.close()
    worker.worker._finisher.scan()
    worker.pass_time(1.0)
    assert worker.events == []
    assert recorder.path.exists()
    recordings.unlink()
    worker.worker._finisher.scan()
    assert finished(worker).recording == HEAD.recording
    worker.close()


def test_a_spool_in_use_is_left_alone(tmp_path: Path) -> None:
    worker = LocalWorker(tmp_path)
    recorder = Recorder(worker.paths.spool / "r.rtp", HEAD, 0.0, unexpected)
    worker.pass_time(0.1)
    worker.worker._finisher.scan()
    worker.turn()
    assert worker.worker._finisher._locks == {}
    recorder.close()
    worker.close()


def test_a_disk_that_takes_no_file_fails_the_recording_not_the_call(
    worker: LocalWorker, anna: Phone, karim: Phone
) -> None:
    worker.paths.spool.rmdir()
    worker.call_in(anna, "anna")
    worker.call_out(karim, "karim")
    worker.hears(anna="karim", karim="anna")
    assert worker.do(contract.Record("s", "r1", "anna", "karim")) == Ok()
    talk(worker, anna, karim, 0.1)
    failed = [event for event in worker.events if isinstance(event, RecordingFailed)]
    assert [event.recording for event in failed] == ["r1"]
    assert len(karim.received()) == 5


def test_a_write_error_fails_the_recording_not_the_call(
    worker: LocalWorker, anna: Phone, karim: Phone
) -> None:
    recorded_call(worker, anna, karim)
    running = worker.worker._recordings._running["r1"].recorder
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, running._file)
    os.close(full)
    anna.received(), karim.received()
    for index in range(80):
        anna.send(Packet(0, 1050 + index, 13000 + index * 160, 1, bytes(160)))
        worker.pass_time(0.02)
    failed = [event for event in worker.events if isinstance(event, RecordingFailed)]
    assert [event.recording for event in failed] == ["r1"]
    assert len(karim.received()) == 80
    assert worker.do(contract.StopRecording("s", "r1")) == Ok()
