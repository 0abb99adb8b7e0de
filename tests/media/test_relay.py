"""Two phones talk through a worker: real sockets on the loopback, time that only we turn."""

from __future__ import annotations

import itertools
import socket
import struct
import wave
from pathlib import Path

import pytest

from media.g711 import Law, Samples
from nidaa.contracts import media as contract
from nidaa.contracts.media import Failed, MediaProblem, Ok, Profile
from tests.support.media_worker import LocalWorker
from tests.support.rtp import Packet, Phone, digit, heard, loudness, stream, tone

ANNA_HEARS, KARIM_HEARS = 800, 440  # Hz that the other one speaks


def write_prompt(path: Path, samples: Samples) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(samples.astype("<i2").tobytes())


def connect(worker: LocalWorker, anna: Phone, karim: Phone) -> None:
    worker.call_in(anna, "anna")
    worker.call_out(karim, "karim")
    assert worker.hears(anna="karim", karim="anna") == Ok()


def talk(
    worker: LocalWorker,
    anna: Phone,
    karim: Phone,
    seconds: float = 0.5,
    laws: tuple[Law, Law] = ("PCMU", "PCMU"),
    sequence: int = 1,
) -> tuple[list[Packet], list[Packet]]:
    """Both speak; what each of them received."""
    sounds = tone(KARIM_HEARS, seconds), tone(ANNA_HEARS, seconds, 0.5)
    ours, theirs = (
        stream(sound, law, ssrc=ssrc, sequence=sequence, timestamp=sequence * 160)
        for sound, law, ssrc in zip(sounds, laws, (11, 22), strict=True)
    )
    for one, other in zip(ours, theirs, strict=True):
        anna.send(one)
        karim.send(other)
        worker.pass_time(0.02)
    return anna.received(), karim.received()


def assert_unbroken(packets: list[Packet]) -> None:
    assert len({packet.ssrc for packet in packets}) == 1
    for before, after in itertools.pairwise(packets):
        assert after.sequence - before.sequence & 0xFFFF == 1
        assert after.timestamp - before.timestamp & 0xFFFFFFFF == 160


def test_each_hears_the_other_at_full_level_and_not_themselves(
    worker: LocalWorker, anna: Phone, karim: Phone
) -> None:
    connect(worker, anna, karim)
    at_anna, at_karim = talk(worker, anna, karim)
    assert abs(loudness(heard(at_anna), ANNA_HEARS) - 0.5) < 0.01
    assert abs(loudness(heard(at_karim), KARIM_HEARS) - 0.25) < 0.01
    assert loudness(heard(at_anna), KARIM_HEARS) < 0.001
    assert_unbroken(at_anna)
    assert_unbroken(at_karim)
    assert [event for event in worker.events if isinstance(event, contract.LegUp)] == [
        contract.LegUp("s", "anna"),
        contract.LegUp("s", "karim"),
    ]


def test_phones_of_different_laws_understand_each_other(
    worker: LocalWorker, anna: Phone, karim: Phone
) -> None:
    worker.call_in(anna, "anna", formats="8")
    worker.call_out(karim, "karim", formats="0")
    worker.hears(anna="karim", karim="anna")
    at_anna, at_karim = talk(worker, anna, karim, laws=("PCMA", "PCMU"))
    assert {packet.payload_type for packet in at_anna} == {8}
    assert {packet.payload_type for packet in at_karim} == {0}
    assert abs(loudness(heard(at_anna), ANNA_HEARS) - 0.5) < 0.02
    assert abs(loudness(heard(at_karim), KARIM_HEARS) - 0.25) < 0.02


def test_nobody_is_heard_before_the_matrix_says_so(
    worker: LocalWorker, anna: Phone, karim: Phone
) -> None:
    worker.call_in(anna, "anna")
    worker.call_out(karim, "karim")
    assert talk(worker, anna, karim, 0.1) == ([], [])
    worker.hears(anna="karim")
    at_anna, at_karim = talk(worker, anna, karim, 0.1, sequence=6)
    assert (len(at_anna), at_karim) == (5, [])


def test_hold_music_and_back_is_one_unbroken_stream(
    worker: LocalWorker, anna: Phone, karim: Phone
) -> None:
    for track, hertz in (("one", 1200), ("two", 1500)):
        path = worker.paths.prompts / "music" / "default" / f"{track}.wav"
        write_prompt(path, tone(hertz, 0.2))
    connect(worker, anna, karim)
    received, _ = talk(worker, anna, karim, 0.4)
    assert worker.hears() == Ok()
    play = contract.Play("s", "anna", "p1", ("music:default",), is_loop=True)
    assert worker.do(play) == Ok()
    music, _ = talk(worker, anna, karim, 1.0, sequence=21)
    assert worker.do(contract.Stop("s", "anna", "p1")) == Ok()
    worker.hears(anna="karim", karim="anna")
    back, _ = talk(worker, anna, karim, 0.4, sequence=71)
    assert_unbroken(received + music + back)
    assert loudness(heard(music), ANNA_HEARS) < 0.01
    assert loudness(heard(music), 1200) > 0.1 < loudness(heard(music), 1500)
    assert abs(loudness(heard(back), ANNA_HEARS) - 0.5) < 0.01


def test_a_prompt_is_played_to_its_end_and_told(
    worker: LocalWorker, anna: Phone, karim: Phone
) -> None:
    write_prompt(worker.paths.prompts / "fr" / "welcome.wav", tone(600, 0.3))
    connect(worker, anna, karim)
    assert worker.do(contract.Play("s", "anna", "p1", ("fr/welcome",))) == Ok()
    played, at_karim = talk(worker, anna, karim, 0.28)
    assert not any(isinstance(event, contract.PlayDone) for event in worker.events)
    assert loudness(heard(played), 600) > 0.2
    assert loudness(heard(played), ANNA_HEARS) < 0.01
    assert len(at_karim) == 14  # who is not played to hears on
    worker.pass_time(0.04)
    assert worker.events[-1] == contract.PlayDone("s", "anna", "p1")
    anna.received()
    back, _ = talk(worker, anna, karim, 0.1, sequence=15)
    assert len(back) == 5


def test_the_next_play_replaces_the_one_before(worker: LocalWorker, anna: Phone) -> None:
    for name, hertz in (("one", 600), ("two", 900)):
        write_prompt(worker.paths.prompts / "fr" / f"{name}.wav", tone(hertz, 0.3))
    worker.call_in(anna, "anna")
    worker.do(contract.Play("s", "anna", "p1", ("fr/one",)))
    worker.pass_time(0.1)
    anna.received()
    worker.do(contract.Play("s", "anna", "p2", ("fr/two", "fr/one")))
    worker.do(contract.Stop("s", "anna", "p1"))  # too late: it is not the one
    worker.pass_time(0.7)
    packets = anna.received()
    assert loudness(heard(packets[:15]), 900) > 0.2
    assert loudness(heard(packets[15:]), 600) > 0.2
    assert [event for event in worker.events if isinstance(event, contract.PlayDone)] == [
        contract.PlayDone("s", "anna", "p2")
    ]


def test_digits_are_told_and_passed_on_under_the_others_number(
    worker: LocalWorker, anna: Phone, karim: Phone
) -> None:
    worker.call_in(anna, "anna", formats="0 96", event=96)
    worker.call_out(karim, "karim")
    worker.hears(anna="karim", karim="anna")
    for packet in digit(7, timestamp=900, sequence=1, payload_type=96):
        anna.send(packet)
        worker.turn()
    assert worker.events[-1] == contract.DigitPressed("s", "anna", "7", 0.1)
    passed = karim.received()
    assert {packet.payload_type for packet in passed} == {101}
    assert struct.unpack("!BBH", passed[-1].payload) == (7, 0x8A, 800)


def test_strangers_and_garbage_are_not_heard(
    worker: LocalWorker, anna: Phone, karim: Phone
) -> None:
    connect(worker, anna, karim)
    talk(worker, anna, karim, 0.1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for packet in stream(tone(2000, 0.2), ssrc=11, sequence=6):
            assert anna.remote
            stranger.sendto(bytes(packet), anna.remote)
        worker.turn()
    for garbage in (b"", b"\x80", b"\xff" * 300, bytes(Packet(9, 6, 960, 11, bytes(160)))):
        anna.send(garbage)
    worker.turn()
    assert karim.received() == []
    leg = worker.worker._sessions["s"]._members["anna"].leg
    assert leg.dropped == 14
    assert len(talk(worker, anna, karim, 0.1, sequence=6)[1]) == 5


def test_a_mix_is_refused_and_changes_nothing(
    worker: LocalWorker, anna: Phone, karim: Phone
) -> None:
    connect(worker, anna, karim)
    with Phone() as samira:
        worker.call_in(samira, "samira")
        result = worker.do(contract.Hears("s", {"anna": {"karim": 1.0, "samira": 1.0}}))
    assert isinstance(result, Failed)
    assert result.problem is MediaProblem.NOT_ACCEPTABLE
    assert len(talk(worker, anna, karim, 0.1)[0]) == 5


def test_one_may_be_heard_by_several(worker: LocalWorker, anna: Phone, karim: Phone) -> None:
    connect(worker, anna, karim)
    with Phone() as samira:
        worker.call_in(samira, "samira")
        worker.hears(anna="karim", karim="anna", samira="anna")
        talk(worker, anna, karim, 0.1)
        assert len(samira.received()) == 5


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        (contract.Remote("s", "nobody", "v=0"), MediaProblem.UNKNOWN),
        (contract.Remote("none", "anna", "v=0"), MediaProblem.UNKNOWN),
        (contract.Hears("s", {"anna": {"nobody": 1.0}}), MediaProblem.UNKNOWN),
        (contract.Play("s", "anna", "p", ("fr/none",)), MediaProblem.NO_PROMPT),
        (contract.Play("s", "anna", "p", ("music:none",)), MediaProblem.NO_PROMPT),
        (contract.Play("s", "anna", "p", ("../../etc/passwd",)), MediaProblem.NO_PROMPT),
        (contract.Play("s", "anna", "p", ()), MediaProblem.NO_PROMPT),
        (contract.Stop("s", "nobody", "p"), MediaProblem.UNKNOWN),
        (contract.Record("s", "../evil", "anna", "anna"), MediaProblem.UNKNOWN),
        (contract.Record("s", "r", "anna", "nobody"), MediaProblem.UNKNOWN),
        (contract.Answer("s", "new", "hello"), MediaProblem.BAD_SDP),
        (contract.Answer("new", "new", "v=0\r\no=- 1 1 IN IP4 1.1.1.1\r\n"), "not_acceptable"),
    ],
)
def test_what_cannot_be_done_is_refused(
    worker: LocalWorker, anna: Phone, command: contract.Command, problem: str
) -> None:
    worker.call_in(anna, "anna")
    result = worker.do(command)
    assert isinstance(result, Failed)
    assert result.problem == problem
    assert worker.do(contract.ListSessions()) == contract.Sessions({"s": ("anna",)})


def test_drop_and_end_release_sockets_and_are_idempotent(
    worker: LocalWorker, anna: Phone, karim: Phone
) -> None:
    connect(worker, anna, karim)
    talk(worker, anna, karim, 0.1)
    watched = len(worker.loop._readers)
    for _ in range(2):
        assert worker.do(contract.Drop("s", "karim")) == Ok()
    assert worker.do(contract.ListSessions()) == contract.Sessions({"s": ("anna",)})
    assert len(worker.loop._readers) == watched - 3  # RTP, its connected twin, RTCP
    for _ in range(2):
        assert worker.do(contract.End("s")) == Ok()
    assert worker.do(contract.ListSessions()) == contract.Sessions({})
    assert len(worker.loop._readers) == watched - 6


def test_a_browsers_leg_is_opened_by_profile_and_by_its_offer(worker: LocalWorker) -> None:
    sdp = worker.described(contract.Offer("s", "web", Profile.WEBRTC)).sdp
    assert "a=fingerprint:sha-256" in sdp
    answer = worker.described(contract.Answer("s", "web2", sdp.replace("actpass", "active"))).sdp
    assert "UDP/TLS/RTP/SAVPF" in answer
    assert worker.do(contract.End("s")) == Ok()
