"""The whole leg against a scripted browser: no socket, no clock."""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator
from itertools import pairwise

import pytest

from media.dtls import Identity
from media.ice import SILENT_AFTER
from media.leg import PCMA, PCMU, LegChange, Path
from media.relay import Transmit
from media.webrtc import HANDSHAKE_WITHIN, REPORT_EVERY, Dropped, WebRtcLeg
from tests.media.scripted_browser import (
    LOCAL,
    PATH,
    WALL,
    ScriptedBrowser,
    Wire,
    connected,
    rtp,
    value_of,
)

IDENTITY = Identity()
BROWSERS = Identity()
ELSEWHERE: Path = (0, ("127.0.0.1", 50002))

Up = tuple[WebRtcLeg, Wire, ScriptedBrowser]


@pytest.fixture
def browser() -> ScriptedBrowser:
    return ScriptedBrowser(BROWSERS)


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def leg(wire: Wire) -> WebRtcLeg:
    return WebRtcLeg(IDENTITY, wire.ports(), LOCAL, lambda: WALL)


@pytest.fixture
def up(browser: ScriptedBrowser) -> Up:
    leg, wire = connected(IDENTITY, browser)
    return leg, wire, browser


def again(browser: ScriptedBrowser, leg: WebRtcLeg, **wishes: str) -> str:
    """The browser describes the call again; returns our answer."""
    answer, _ = leg.answer(browser.describe(**wishes))
    return answer


# --- connection


@pytest.mark.parametrize(("setup", "role"), [("actpass", "server"), ("passive", "client")])
def test_media_flows_both_ways_in_either_dtls_role(
    browser: ScriptedBrowser, setup: str, role: str
) -> None:
    leg, wire = connected(IDENTITY, browser, setup=setup)
    leg.receive(browser.speak(rtp(1)), PATH, 0.1)
    assert wire.delivered == [rtp(1)]
    assert wire.changes == [LegChange.UP]
    assert wire.reports[0].text.endswith(role)
    leg.send(rtp(900, b"\x11" * 160), 0.1)
    assert [packet[12:] for packet in browser.hear(wire)] == [b"\x11" * 160]
    assert leg.dropped == 0


def test_we_call_the_browser(leg: WebRtcLeg, wire: Wire, browser: ScriptedBrowser) -> None:
    browser.remote = leg.offer("sendrecv")
    leg.accept(browser.describe(setup="active"))
    browser.shake_hands(leg, wire)
    leg.receive(browser.speak(rtp(1)), PATH, 0.1)
    assert wire.changes == [LegChange.UP]


def test_handshake_ahead_of_the_answer_waits_for_its_repetition(
    leg: WebRtcLeg, wire: Wire, browser: ScriptedBrowser
) -> None:
    browser.remote = leg.offer("sendrecv")
    leg.receive(browser.check(), PATH, 0.0)
    leg.receive(b"\x16\xfe\xff" + bytes(60), PATH, 0.0)
    assert leg.drops == {Dropped.TOO_EARLY: 1}
    leg.accept(browser.describe(setup="active"))
    browser.shake_hands(leg, wire)
    leg.receive(browser.speak(rtp(1)), PATH, 0.1)
    assert wire.changes == [LegChange.UP]


def test_wrong_fingerprint_fails_the_leg_with_a_reason(
    leg: WebRtcLeg, wire: Wire, browser: ScriptedBrowser
) -> None:
    browser.remote, _ = leg.answer(browser.describe(fingerprint=IDENTITY.fingerprint))
    with pytest.raises(Exception, match=r"alert|SRTP profile"):
        browser.shake_hands(leg, wire)
    assert wire.changes == [LegChange.FAILED]
    assert "certificate verify failed" in wire.reports[0].text
    leg.send(rtp(1), 1.0)
    leg.handle_timers(99.0)
    leg.receive(browser.check(), PATH, 99.0)
    assert wire.changes == [LegChange.FAILED]
    assert leg.drops[Dropped.ENDED] >= 1


def test_handshake_that_never_comes_fails_the_leg(
    leg: WebRtcLeg, wire: Wire, browser: ScriptedBrowser
) -> None:
    browser.remote, _ = leg.answer(browser.describe())
    for second in range(round(HANDSHAKE_WITHIN) + 3):
        leg.receive(browser.check(), PATH, float(second))
        leg.handle_timers(float(second))
    assert wire.changes == [LegChange.FAILED]
    assert "no DTLS handshake" in wire.reports[0].text


def test_page_that_closes_is_reported(up: Up) -> None:
    leg, wire, browser = up
    assert browser.dtls
    for datagram in browser.dtls.farewell():
        leg.receive(datagram, PATH, 1.0)
    assert wire.changes == [LegChange.CLOSED]


def test_reloaded_page_takes_the_leg_over(up: Up) -> None:
    leg, wire, old = up
    leg.receive(old.speak(rtp(1)), PATH, 0.1)
    new = ScriptedBrowser(Identity(), ELSEWHERE)
    new.remote = again(new, leg)
    leg.receive(old.speak(rtp(2)), PATH, 1.0)
    assert leg.drops[Dropped.UNCHECKED_PATH] == 1
    new.shake_hands(leg, wire, 1.0)
    leg.receive(new.speak(rtp(1, ssrc=78)), ELSEWHERE, 1.1)
    assert wire.delivered == [rtp(1), rtp(1, ssrc=78)]
    assert wire.changes == [LegChange.UP, LegChange.UP]


def test_closed_leg_says_farewell_and_then_nothing(up: Up) -> None:
    leg, wire, browser = up
    wire.take()
    leg.close()
    assert [20 <= datagram[0] <= 63 for datagram in wire.take()] == [True]
    leg.close()
    leg.send(rtp(1), 1.0)
    leg.receive(browser.check(), PATH, 1.0)
    leg.receive(browser.speak(rtp(1)), PATH, 1.0)
    leg.handle_timers(100.0)
    assert (wire.sent, wire.reports, wire.delivered) == ([], [], [])


# --- paths


def test_ice_restart_renews_credentials_and_keeps_the_association(up: Up) -> None:
    leg, wire, browser = up
    before = browser.remote
    browser.ufrag, browser.path = "restarted", ELSEWHERE
    browser.remote = again(browser, leg)
    assert value_of("ice-ufrag", before) != value_of("ice-ufrag", browser.remote)
    leg.receive(browser.speak(rtp(1)), PATH, 1.0)  # the old path, until the switch
    leg.receive(browser.check(), ELSEWHERE, 1.1)
    wire.take()
    leg.send(rtp(50), 1.2)
    assert [path for _, path in wire.sent] == [ELSEWHERE]
    leg.receive(browser.speak(rtp(2)), ELSEWHERE, 1.2)
    assert wire.delivered == [rtp(1), rtp(2)]


def test_our_restart_renews_credentials_too(up: Up) -> None:
    leg, _, browser = up
    assert value_of("ice-ufrag", leg.offer("sendrecv")) == value_of("ice-ufrag", browser.remote)
    restarted = leg.offer("sendrecv", restart=True)
    assert value_of("ice-ufrag", restarted) != value_of("ice-ufrag", browser.remote)


def test_authentic_media_moves_the_path_before_its_nomination(up: Up) -> None:
    leg, wire, browser = up
    leg.receive(browser.check(nominates=False), ELSEWHERE, 1.0)
    leg.receive(browser.speak(rtp(1)), ELSEWHERE, 1.1)
    wire.take()
    leg.send(rtp(50), 1.2)
    assert [path for _, path in wire.sent] == [ELSEWHERE]


def test_silent_browser_gets_no_media_until_it_is_back(up: Up) -> None:
    leg, wire, browser = up
    leg.handle_timers(SILENT_AFTER - 0.1)
    assert wire.changes == []
    leg.handle_timers(SILENT_AFTER + 0.1)
    assert wire.changes == [LegChange.SILENT]
    assert wire.reports[0].silent_for == pytest.approx(SILENT_AFTER + 0.1)
    wire.take()
    leg.send(rtp(50), 11.0)
    leg.handle_timers(15.0)
    assert wire.sent == []
    leg.receive(browser.check(), PATH, 16.0)
    assert wire.changes == [LegChange.SILENT, LegChange.RESUMED]
    leg.send(rtp(51), 16.1)
    assert len(browser.hear(wire)) == 1


# --- packets


def test_telephone_events_and_laws_get_our_payload_types(browser: ScriptedBrowser) -> None:
    codecs = ("97 PCMA/8000", "0 PCMU/8000", "126 telephone-event/8000")
    wire = Wire()
    leg = WebRtcLeg(IDENTITY, wire.ports(), LOCAL, lambda: WALL)
    browser.remote, _ = leg.answer(browser.describe(codecs=codecs))
    browser.shake_hands(leg, wire)
    leg.receive(browser.speak(rtp(1, kind=97)), PATH, 0.0)
    leg.receive(browser.speak(rtp(2, b"\x05\x0a\x00\xa0", kind=126)), PATH, 0.0)
    leg.receive(browser.speak(rtp(3, kind=13)), PATH, 0.0)
    assert wire.delivered == [rtp(1, kind=PCMA)]
    assert wire.events == [rtp(2, b"\x05\x0a\x00\xa0", kind=101)]
    assert leg.drops == {Dropped.BAD_RTP: 1}
    for kind in (PCMU, PCMA, 101, 99):
        leg.send(rtp(kind, kind=kind), 0.1)
    assert [packet[1] & 0x7F for packet in browser.hear(wire)] == [0, 97, 126]


def test_browser_with_one_law_hears_the_other_in_its_own(browser: ScriptedBrowser) -> None:
    wire = Wire()
    leg = WebRtcLeg(IDENTITY, wire.ports(), LOCAL, lambda: WALL)
    browser.remote, _ = leg.answer(browser.describe(codecs=("8 PCMA/8000",)))
    browser.shake_hands(leg, wire)
    leg.send(rtp(1, b"\xff" * 160, kind=PCMU), 0.1)
    (packet,) = browser.hear(wire)
    assert packet[1] & 0x7F == 8
    assert set(packet[12:]) == {0xD5}


def test_one_ssrc_for_life_through_every_source(up: Up) -> None:
    leg, wire, browser = up
    for place, ssrc in enumerate((1, 2, 1, 3)):
        for number in range(5):
            leg.send(rtp(1000 * place + number, ssrc=ssrc), place + number * 0.02)
    heard = [struct.unpack_from("!HII", packet, 2) for packet in browser.hear(wire)]
    assert len({ssrc for _, _, ssrc in heard}) == 1
    sequences = [sequence for sequence, _, _ in heard]
    assert sequences == list(range(sequences[0], sequences[0] + 20))
    assert sequences[0] < 2**15 + 1
    assert all(later > earlier for (_, earlier, _), (_, later, _) in pairwise(heard))


@pytest.mark.parametrize(
    ("theirs", "is_sent"),
    [("sendonly", False), ("inactive", False), ("recvonly", True), ("sendrecv", True)],
)
def test_browser_that_does_not_want_media_gets_none(up: Up, theirs: str, is_sent: bool) -> None:
    leg, wire, browser = up
    again(browser, leg, direction=theirs)
    leg.send(rtp(1), 1.0)
    assert bool(browser.hear(wire)) is is_sent


def test_source_that_repeats_a_packet_does_not_break_the_leg(up: Up) -> None:
    leg, wire, browser = up
    for number in (1, 2, 2, 3, 1, 4):
        leg.send(rtp(number), number * 0.02)
    leg.send(rtp(5, bytes(2000)), 0.1)
    assert len(browser.hear(wire)) == 4
    assert leg.drops == {Dropped.NOT_SENT: 3}


def test_replayed_forged_and_foreign_packets_are_dropped_and_counted(up: Up) -> None:
    leg, wire, browser = up
    good = browser.speak(rtp(1))
    leg.receive(good, PATH, 0.1)
    leg.receive(good, PATH, 0.2)  # replayed
    leg.receive(good[:-1] + b"\0", PATH, 0.2)  # forged
    leg.receive(rtp(2), PATH, 0.2)  # not encrypted
    leg.receive(browser.speak(rtp(3)), ELSEWHERE, 0.2)  # from where no check came
    assert wire.delivered == [rtp(1)]
    assert leg.drops == {Dropped.BAD_SRTP: 3, Dropped.UNCHECKED_PATH: 1}


def test_authentic_packet_that_is_no_rtp_is_dropped(up: Up) -> None:
    leg, wire, browser = up
    extended = struct.pack("!BBHII", 0x80, 0, 9, 1440, 77)
    leg.receive(browser.speak(extended), PATH, 0.1)  # no payload
    assert wire.delivered == []
    assert leg.drops == {Dropped.BAD_RTP: 1}


def test_media_before_the_keys_is_dropped(
    leg: WebRtcLeg, wire: Wire, browser: ScriptedBrowser
) -> None:
    browser.remote, _ = leg.answer(browser.describe())
    leg.receive(browser.check(), PATH, 0.0)
    wire.take()
    leg.receive(rtp(1), PATH, 0.1)
    leg.send(rtp(1), 0.1)
    assert leg.drops == {Dropped.TOO_EARLY: 1}
    assert wire.sent == []


# --- RTCP


def test_reports_go_out_and_know_what_was_heard(up: Up) -> None:
    leg, wire, browser = up
    for number in (1, 2, 4, 5):
        leg.receive(browser.speak(rtp(number)), PATH, number * 0.02)
    middle = 0x12345678
    report = struct.pack("!BBHIIIIII", 0x80, 200, 6, 77, 0x1234, 0x56780000, 0, 0, 0)
    assert browser.keys
    leg.receive(browser.keys.protect_rtcp(report), PATH, 0.5)
    leg.send(rtp(50), 0.9)
    wire.take()
    leg.handle_timers(1.0)
    (compound,) = browser.reports(wire)
    assert compound[:2] == b"\x81\xc8"
    ssrc, lost, highest, _, last, delay = struct.unpack_from("!6I", compound, 28)
    assert (ssrc, lost & 0xFFFFFF, highest, last) == (77, 1, 5, middle)
    assert delay == 32768
    leg.handle_timers(1.0 + REPORT_EVERY - 0.1)
    assert browser.reports(wire) == []
    leg.handle_timers(1.0 + REPORT_EVERY)
    assert len(browser.reports(wire)) == 1


def test_strange_reports_are_taken_in_silence(up: Up) -> None:
    leg, wire, browser = up
    assert browser.keys
    dice = random.Random(5)
    for number in range(50):
        body = struct.pack("!BBHI", 0x80, 192 + dice.randrange(32), dice.randrange(9), number)
        leg.receive(
            browser.keys.protect_rtcp(body + dice.randbytes(4 * dice.randrange(9))), PATH, 1.0
        )
    leg.receive(b"\x80\xc8", PATH, 1.0)
    assert leg.drops == {Dropped.BAD_SRTP: 1}
    assert wire.reports == []


# --- noise


def noises() -> Iterator[bytes]:
    dice = random.Random(11)
    yield from (b"", b"\0", b"\x80", b"\x80\xc8", b"\x16", b"\x40", b"\xff", b"\x80" * 4000)
    for _ in range(500):
        yield bytes([dice.randrange(256)]) + dice.randbytes(dice.randrange(200))


def test_noise_gets_no_answer_and_does_no_harm(up: Up) -> None:
    leg, wire, browser = up
    wire.take()
    count = 0
    for noise in noises():
        for path in (PATH, ELSEWHERE):
            leg.receive(noise, path, 0.1)
            count += 1
    assert wire.sent == []
    assert wire.reports == []
    # DTLS records of an address that was checked are OpenSSL's to drop.
    assert count * 0.6 < leg.dropped <= count
    leg.receive(browser.speak(rtp(1)), PATH, 0.2)
    assert wire.delivered == [rtp(1)]


def test_noise_before_any_description_does_no_harm(leg: WebRtcLeg, wire: Wire) -> None:
    for noise in noises():
        leg.receive(noise, PATH, 0.0)
    leg.handle_timers(50.0)
    leg.send(rtp(1), 50.0)
    leg.close()
    assert (wire.sent, wire.reports) == ([], [])
    assert leg.dropped == 508


def test_path_in_use_is_connected_and_the_next_one_when_it_changes(
    browser: ScriptedBrowser, wire: Wire
) -> None:
    followed: list[Path] = []
    sent: list[tuple[Path, bytes]] = []

    def connect(path: Path) -> Transmit:
        followed.append(path)

        def transmit(packet: bytes | memoryview) -> int:
            if len(sent) == 2:
                raise ConnectionRefusedError
            sent.append((path, bytes(packet)))
            return len(packet)

        return transmit

    leg = WebRtcLeg(IDENTITY, wire.ports(), LOCAL, lambda: WALL, connect=connect)
    browser.remote, _ = leg.answer(browser.describe())
    browser.shake_hands(leg, wire)
    leg.receive(browser.speak(rtp(1)), PATH, 0.1)
    leg.send(rtp(10), 0.1)
    leg.receive(browser.check(), PATH, 1.0)
    assert followed == [PATH]
    leg.receive(browser.check(), ELSEWHERE, 1.1)
    leg.send(rtp(11), 1.2)
    leg.send(rtp(12), 1.3)  # is lost
    leg.receive(browser.speak(rtp(2)), PATH, 1.3)  # authentic media: back again
    leg.receive(b"\x80garbage that is no SRTP", PATH, 1.4)
    assert followed == [PATH, ELSEWHERE, PATH]
    assert [path for path, _ in sent] == [PATH, ELSEWHERE]
    assert wire.delivered == [rtp(1), rtp(2)]
    assert leg.drops == {Dropped.BAD_SRTP: 1}
