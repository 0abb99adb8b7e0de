"""A worker's loop, ports and control socket, and its process as a whole."""

from __future__ import annotations

import socket
import stat
from functools import partial
from pathlib import Path

import pytest

from media.finisher import DONE
from media.loop import Loop
from media.ports import PortRange
from nidaa.contracts import media as contract
from nidaa.contracts.media import SESSION_GRACE_FOR, Failed, MediaProblem, MediaRefused, Ok
from nidaa.contracts.wire import HEAD, frame
from tests.support.media_worker import LocalWorker, paths_below, worker_process
from tests.support.rtp import Phone

# --- loop


def test_timers_run_in_order_and_once() -> None:
    now, ran = [10.0], list[str]()
    loop = Loop(lambda: now[0])
    for when, name in ((12.0, "c"), (11.0, "a"), (11.0, "b")):
        loop.call_at(when, partial(_note, ran, name))
    loop.turn(0)
    assert ran == []
    now[0] = 12.0
    loop.turn(0)
    loop.turn(0)
    assert ran == ["a", "b", "c"]
    loop.close()


def _note(ran: list[str], name: str, _now: float) -> None:
    ran.append(name)


def test_a_handler_that_fails_does_not_stop_the_others() -> None:
    loop, ran = Loop(lambda: 1.0), list[float]()

    def fail(_now: float) -> None:
        raise ValueError("a bug")

    loop.call_at(0.0, fail)
    loop.call_at(0.5, ran.append)
    loop.turn(0)
    assert (ran, loop.failures) == ([1.0], 1)
    loop.close()


# --- ports


def test_ports_are_even_pairs_within_the_range_and_freed_again() -> None:
    loop = Loop()
    ports = PortRange(loop, "127.0.0.1", 21001, 21009)
    pairs = [ports.pair() for _ in range(4)]
    numbers = sorted(rtp.address[1] for rtp, _ in pairs)
    assert numbers == [21002, 21004, 21006, 21008]
    assert all(rtcp.address[1] == rtp.address[1] + 1 for rtp, rtcp in pairs)
    with pytest.raises(MediaRefused) as refused:
        ports.pair()
    assert refused.value.problem is MediaProblem.NO_PORTS
    for port in pairs[0]:
        port.close()
    again = ports.pair()
    for pair in (*pairs[1:], again):
        for port in pair:
            port.close()
    loop.close()


def test_a_foreign_address_is_no_port() -> None:
    loop = Loop()
    with pytest.raises(MediaRefused) as refused:
        PortRange(loop, "203.0.113.1", 21000, 21009).pair()
    assert refused.value.problem is MediaProblem.NO_PORTS
    loop.close()


def test_a_connected_port_stays_refused_to_others_and_tells_strangers_apart() -> None:
    loop = Loop()
    port = PortRange(loop, "127.0.0.1", 21010, 21019).single()
    got: list[tuple[bytes, bool]] = []
    with Phone() as far, Phone() as stranger:
        path = (0, ("127.0.0.1", far.port))
        port.receive = lambda data, source, _now: got.append((data, source is path))
        transmit = port.connect(path)
        assert transmit
        for phone, text in ((far, b"far"), (stranger, b"stranger"), (far, b"again")):
            phone.socket.sendto(text, port.address)
        for _ in range(4):
            loop.turn(0)
        assert sorted(got) == [(b"again", True), (b"far", True), (b"stranger", False)]
        transmit(b"hello")
        assert far.socket.recv(100) == b"hello"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            with pytest.raises(OSError, match="in use"):
                other.bind(port.address)
    port.close()
    loop.close()


# --- control


def test_the_socket_is_ours_alone_and_gone_afterwards(tmp_path: Path) -> None:
    worker = LocalWorker(tmp_path)
    path = worker.paths.media_socket(1)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    worker.close()
    assert not path.exists()


def test_a_probe_that_says_nothing_takes_nothing_over(worker: LocalWorker) -> None:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.connect(str(worker.paths.media_socket(1)))
        worker.turn()
    worker.turn()
    assert worker.do(contract.ListSessions()) == contract.Sessions({})
    worker.pass_time(SESSION_GRACE_FOR + 1)


@pytest.mark.parametrize(
    "data", [b"GET / HTTP/1.0\r\n\r\n", (3).to_bytes(HEAD) + b"{}x", frame(contract.Ok())]
)
def test_who_speaks_another_protocol_is_cut_off(worker: LocalWorker, data: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as other:
        other.connect(str(worker.paths.media_socket(1)))
        other.send(data)
        worker.turn()
        assert other.recv(100) == b""
    assert worker.do(contract.ListSessions()) == contract.Sessions({})


def test_sessions_survive_a_controller_for_the_grace_time(worker: LocalWorker, anna: Phone) -> None:
    worker.call_in(anna, "anna")
    worker.detach()
    worker.pass_time(SESSION_GRACE_FOR - 1)
    worker.attach()
    assert worker.do(contract.ListSessions()) == contract.Sessions({"s": ("anna",)})
    worker.detach()
    worker.pass_time(SESSION_GRACE_FOR + 1)
    worker.attach()
    assert worker.do(contract.ListSessions()) == contract.Sessions({})


def test_a_bug_in_a_command_is_a_result_and_the_worker_lives(
    worker: LocalWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise KeyError("a bug")

    monkeypatch.setattr(worker.worker._finisher, "forget", fail)
    assert isinstance(worker.do(contract.ForgetRecording("r")), Failed)
    assert worker.do(contract.ListSessions()) == contract.Sessions({})


def test_a_finished_recording_is_told_by_the_next_worker_too(tmp_path: Path) -> None:
    worker = LocalWorker(tmp_path)
    event = contract.RecordingFinished("s", "r", "2026-03-20/r.wav", 2.0, 64044, "00")
    path = worker.paths.spool / f"r{DONE}"
    worker.close()
    path.write_bytes(contract_bytes(event))
    (worker.paths.spool / f"torn{DONE}").write_bytes(b"{")
    worker = LocalWorker(tmp_path)
    worker.turn()
    assert event in worker.events
    assert worker.do(contract.ForgetRecording("r")) == Ok()
    assert not path.exists()
    worker.close()


def contract_bytes(event: contract.RecordingFinished) -> bytes:
    return frame(event)[HEAD:]


# --- process


def test_the_process_stops_cleanly_on_sigterm(tmp_path: Path) -> None:
    paths = paths_below(tmp_path)
    with worker_process(paths) as process, socket.socket(socket.AF_UNIX) as control:
        while control.connect_ex(str(paths.media_socket(1))):
            assert process.poll() is None
            control.settimeout(None)
        control.send(frame(contract.Request(1, contract.ListSessions())))
        assert b"sessions" in control.recv(1000)
    assert process.returncode == 0
    assert not paths.media_socket(1).exists()
