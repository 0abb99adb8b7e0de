"""A plain leg: what it describes, whom it listens to, when it speaks."""

from __future__ import annotations

import pytest

from media.leg import LegChange, LegPorts, LegReport, Path
from media.plain import Dropped, PlainLeg
from media.rtcp import compound_report
from media.stream import ContinuousStream, Reception
from nidaa.contracts.media import MediaProblem, MediaRefused
from nidaa.sdp import Description, Media
from tests.support.rtp import Packet, digit, stream, tone

OURS = ("127.0.0.1", 20000), ("127.0.0.1", 20001)
THEIRS: Path = (0, ("10.0.0.5", 4000))
NAT: Path = (0, ("198.51.100.7", 61234))
THIEF: Path = (0, ("203.0.113.9", 9999))
SOUND = [bytes(packet) for packet in stream(tone(440, 1))]


class Bench:
    """A leg, what it sent, delivered and reported."""

    def __init__(self) -> None:
        self.sent: list[tuple[bytes, Path]] = []
        self.audio: list[bytes] = []
        self.events: list[bytes] = []
        self.reports: list[LegReport] = []
        ports = LegPorts(
            lambda data, path: self.sent.append((data, path)),
            lambda packet, _now: self.audio.append(packet),
            lambda packet, _now: self.events.append(packet),
            self.reports.append,
        )
        self.leg = PlainLeg(ports, OURS, lambda: 1_000_000_000.0)

    def receive(self, *datagrams: bytes, path: Path = THEIRS, now: float = 0.0) -> None:
        for datagram in datagrams:
            self.leg.receive(datagram, path, now)

    def answered(self, sdp: str) -> Media:
        audio = Description.parse(self.leg.answer(sdp)[0]).audio
        assert audio is not None
        return audio

    @property
    def targets(self) -> set[Path]:
        return {path for _, path in self.sent}


def sdp(
    formats: str = "0 8 101", direction: str = "sendrecv", host: str = "10.0.0.5", more: str = ""
) -> str:
    return (
        f"v=0\r\no=- 1 1 IN IP4 10.0.0.5\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
        f"m=audio 4000 RTP/AVP {formats}\r\na={direction}\r\n{more}"
    )


@pytest.fixture
def bench() -> Bench:
    return Bench()


# --- descriptions


def test_offer_prefers_pcmu_and_has_digits(bench: Bench) -> None:
    audio = Description.parse(bench.leg.offer("sendrecv")).audio
    assert audio is not None
    assert (audio.formats, audio.port, audio.connection) == (("0", "8", "101"), 20000, "127.0.0.1")


def test_each_description_is_a_new_version_of_one_session(bench: Bench) -> None:
    first, second = (Description.parse(bench.leg.offer("sendrecv")).origin for _ in range(2))
    assert (second.id, second.version) == (first.id, first.version + 1)


def test_answer_keeps_the_offerers_order_and_numbers(bench: Bench) -> None:
    more = "a=rtpmap:96 telephone-event/8000\r\na=rtpmap:97 opus/48000/2\r\n"
    audio = bench.answered(sdp("97 9 8 96 0", more=more))
    assert audio.formats == ("8", "96", "0")
    assert bench.leg.payload_type == 8


def test_video_is_refused_in_its_place(bench: Bench) -> None:
    video = "m=video 4002 RTP/AVP 99\r\na=rtpmap:99 H264/90000\r\n"
    text = sdp().replace("m=audio", video + "m=audio")
    medias = Description.parse(bench.leg.answer(text)[0]).medias
    assert [(media.kind, media.port) for media in medias] == [("video", 0), ("audio", 20000)]
    again = Description.parse(bench.leg.offer("sendonly")).medias
    assert [(media.kind, media.port) for media in again] == [("video", 0), ("audio", 20000)]


@pytest.mark.parametrize(
    "text",
    [
        sdp("9 18"),  # no codec in common
        sdp("101"),  # digits alone are no call
        sdp().replace("m=audio 4000", "m=audio 0"),
        sdp().replace("RTP/AVP", "RTP/SAVP"),
        sdp().split("m=")[0],
    ],
)
def test_an_offer_without_usable_audio_is_not_acceptable(bench: Bench, text: str) -> None:
    with pytest.raises(MediaRefused) as refused:
        bench.leg.answer(text)
    assert refused.value.problem is MediaProblem.NOT_ACCEPTABLE


def test_what_is_no_sdp_is_bad_and_leaves_the_leg_as_it_was(bench: Bench) -> None:
    bench.leg.answer(sdp())
    with pytest.raises(MediaRefused) as refused:
        bench.leg.answer("hello")
    assert refused.value.problem is MediaProblem.BAD_SDP
    bench.receive(*SOUND[:2])
    assert len(bench.audio) == 2


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("sendrecv", "sendrecv"),
        ("sendonly", "recvonly"),
        ("recvonly", "sendonly"),
        ("inactive", "inactive"),
    ],
)
def test_hold_is_answered_the_other_way_round(bench: Bench, asked: str, answered: str) -> None:
    text, direction = bench.leg.answer(sdp(direction=asked))
    assert direction == asked
    assert f"a={answered}\r\n" in text


def test_address_zero_is_the_old_way_to_hold(bench: Bench) -> None:
    assert bench.leg.answer(sdp(host="0.0.0.0"))[1] == "sendonly"  # noqa: S104
    bench.leg.send(SOUND[0], 0.0)
    assert bench.sent == []


def test_who_we_hold_stays_held_when_it_refreshes(bench: Bench) -> None:
    bench.leg.offer("sendonly")
    bench.leg.accept(sdp(direction="recvonly"))
    assert bench.answered(sdp()).direction == "sendonly"
    bench.leg.offer("sendrecv")
    assert bench.answered(sdp()).direction == "sendrecv"


# --- whom it listens to


def test_nothing_is_heard_before_the_far_end_described_itself(bench: Bench) -> None:
    bench.leg.offer("sendrecv")
    bench.receive(*SOUND[:3])
    assert bench.audio == []
    assert bench.leg.drops == {Dropped.NOT_EXPECTED: 3}


def test_the_described_address_is_heard_and_strangers_are_not(bench: Bench) -> None:
    bench.leg.answer(sdp())
    bench.receive(*SOUND[:5])
    bench.receive(*SOUND[5:8], path=THIEF)
    assert bench.audio == SOUND[:5]
    assert bench.leg.drops == {Dropped.STRANGER: 3}
    assert bench.reports == [LegReport(LegChange.UP, "10.0.0.5:4000")]


def test_behind_a_nat_the_first_sender_is_the_far_end(bench: Bench) -> None:
    bench.leg.answer(sdp())
    bench.receive(*SOUND[:2], path=NAT)
    bench.receive(*SOUND[2:4], path=THIEF)
    bench.leg.send(SOUND[0], 0.0)
    assert bench.audio == SOUND[:2]
    assert bench.targets == {NAT}


def test_the_described_address_wins_over_a_quicker_stranger(bench: Bench) -> None:
    bench.leg.answer(sdp())
    bench.receive(SOUND[0], path=THIEF)
    bench.receive(*SOUND[1:3])
    bench.receive(*SOUND[3:5], path=THIEF)
    bench.leg.send(SOUND[0], 0.0)
    assert bench.audio == SOUND[:3]
    assert bench.targets == {THEIRS}


def test_only_signalling_moves_the_far_end(bench: Bench) -> None:
    bench.leg.answer(sdp())
    bench.receive(SOUND[0])
    bench.leg.answer(sdp(host="10.0.0.6"))
    moved: Path = (0, ("10.0.0.6", 4000))
    bench.receive(SOUND[1])  # still under way from the old place
    bench.receive(SOUND[2], path=moved)
    bench.receive(SOUND[3])
    bench.leg.send(SOUND[0], 0.0)
    assert bench.audio == [SOUND[0], SOUND[2]]
    assert bench.targets == {moved}


def test_hold_by_zero_address_does_not_lose_a_phone_behind_a_nat(bench: Bench) -> None:
    bench.leg.answer(sdp())
    bench.receive(SOUND[0], path=NAT)
    bench.leg.answer(sdp(host="0.0.0.0"))  # noqa: S104
    bench.leg.answer(sdp())
    bench.receive(SOUND[1], path=NAT)
    assert bench.audio == SOUND[:2]


def test_another_source_of_the_same_address_is_believed_at_its_second_packet(bench: Bench) -> None:
    bench.leg.answer(sdp())
    other = [bytes(packet) for packet in stream(tone(440, 1), ssrc=99)]
    bench.receive(SOUND[0], other[0], SOUND[1], other[7], SOUND[2])  # forged: never two in a row
    assert bench.audio == SOUND[:3]
    bench.receive(other[8], other[9], other[10])
    assert bench.audio == [*SOUND[:3], *other[9:11]]
    assert bench.leg.drops == {Dropped.NEW_SOURCE: 3}


def test_garbage_and_codecs_not_agreed_are_dropped_and_counted(bench: Bench) -> None:
    bench.leg.answer(sdp("0"))
    garbage = (b"", b"\x80", b"GET / HTTP/1.0\r\n\r\n", SOUND[0][:12], b"\x8f" + SOUND[0][1:20])
    bench.receive(*garbage, bytes(Packet(9, 1, 1, 1, bytes(160))))
    bench.receive(SOUND[0], path=(1, THEIRS[1]))  # RTP on the RTCP port
    assert bench.audio == []
    assert bench.leg.drops == {Dropped.NOT_RTP: 6, Dropped.NOT_AGREED: 1}


def test_digits_come_apart_from_sound_under_our_number(bench: Bench) -> None:
    bench.leg.answer(sdp("0 96", more="a=rtpmap:96 telephone-event/8000\r\n"))
    bench.receive(SOUND[0])
    for packet in digit(5, timestamp=1, sequence=1001, payload_type=96):
        bench.receive(bytes(packet))
    assert bench.audio == [SOUND[0]]
    assert {Packet.parse(packet).payload_type for packet in bench.events} == {101}


# --- when it speaks


def test_speech_goes_to_the_described_address_before_anything_came(bench: Bench) -> None:
    bench.leg.answer(sdp())
    bench.leg.send(SOUND[0], 0.0)
    assert bench.targets == {THEIRS}


@pytest.mark.parametrize("direction", ["sendonly", "inactive"])
def test_who_holds_us_hears_nothing(bench: Bench, direction: str) -> None:
    bench.leg.answer(sdp(direction=direction))
    bench.leg.send(SOUND[0], 0.0)
    assert bench.sent == []


@pytest.mark.parametrize("host", ["phone.example.com", "239.1.1.1", "255.255.255.255"])
def test_names_and_groups_are_never_sent_to(bench: Bench, host: str) -> None:
    bench.leg.answer(sdp(host=host))
    bench.leg.send(SOUND[0], 0.0)
    assert bench.sent == []
    bench.receive(SOUND[0], path=NAT)
    bench.leg.send(SOUND[0], 0.0)
    assert bench.targets == {NAT}


def test_reports_are_sent_and_taken(bench: Bench) -> None:
    bench.leg.answer(sdp())
    bench.receive(*SOUND[:10])
    bench.leg.handle_timers(1.0)
    bench.leg.handle_timers(6.0)
    (report, path), *rest = bench.sent
    assert rest == []
    assert path == (1, ("10.0.0.5", 4001))
    assert report[1] == 201
    sender = ContinuousStream()
    sender.agree({0: 0})
    sender.rewrite(SOUND[0], 6.0)
    theirs = compound_report(sender, Reception(), 6.0, 5.0)
    bench.receive(theirs, path=(1, THIEF[1]), now=6.5)
    bench.receive(theirs, path=(1, ("10.0.0.5", 4055)), now=6.5)
    bench.leg.handle_timers(11.0)
    report, path = bench.sent[-1]
    assert path == (1, ("10.0.0.5", 4055))
    assert report[24:28] == theirs[10:14]
    assert int.from_bytes(report[28:32]) == int(4.5 * 65536)
    assert bench.leg.drops == {Dropped.STRANGER: 1}


def test_silence_is_reported_once_and_its_end(bench: Bench) -> None:
    bench.leg.answer(sdp())
    bench.receive(SOUND[0], now=1.0)
    for now in (1.0, 5.0, 10.9, 11.0, 20.0):
        bench.leg.handle_timers(now)
    assert bench.reports[1:] == [LegReport(LegChange.SILENT, silent_for=10.0)]
    bench.receive(SOUND[1], now=21.0)
    bench.leg.handle_timers(21.0)
    assert bench.reports[2:] == [LegReport(LegChange.RESUMED)]


def test_a_far_end_on_hold_may_be_silent(bench: Bench) -> None:
    bench.leg.offer("sendonly")
    bench.leg.accept(sdp(direction="recvonly"))
    for now in (1.0, 30.0, 60.0):
        bench.leg.handle_timers(now)
    assert bench.reports == []


def test_a_closed_leg_is_quiet(bench: Bench) -> None:
    bench.leg.answer(sdp())
    bench.receive(SOUND[0])
    bench.leg.close()
    bench.receive(*SOUND[1:5])
    bench.leg.send(SOUND[0], 0.0)
    bench.leg.handle_timers(100.0)
    assert (bench.audio, bench.sent) == (SOUND[:1], [])
