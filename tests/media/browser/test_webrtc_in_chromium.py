"""The WebRTC leg against a real headless Chromium: who hears which tone."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from typing import cast

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from media.leg import LegChange
from media.webrtc import WebRtcLeg
from tests.media.browser.call import MICROPHONE_HZ, PHONE_HZ, Call, LoopThread
from tests.media.browser.page import served
from tests.support.chromium import launch
from tests.support.rtp import heard
from tests.support.tones import has_tone, level_db, write_tone

LISTEN_FOR = 1.0  # seconds
MakeCall = Callable[[], Call]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    microphone = tmp_path_factory.mktemp("microphone") / "tone.wav"
    write_tone(microphone, MICROPHONE_HZ, 4, rate=48000)
    with sync_playwright() as playwright:
        chromium = launch(playwright, microphone)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def page_url() -> Iterator[str]:
    with served() as url:
        yield url


@pytest.fixture
def page(browser: Browser, page_url: str) -> Iterator[Page]:
    page = browser.new_page()
    page.goto(page_url)
    yield page
    page.close()


@pytest.fixture(scope="module")
def worker() -> Iterator[LoopThread]:
    thread = LoopThread()
    yield thread
    thread.close()


@pytest.fixture
def make_call(worker: LoopThread) -> Iterator[MakeCall]:
    calls: list[Call] = []

    def make() -> Call:
        calls.append(Call(worker))
        return calls[-1]

    yield make
    for call in calls:
        call.close()


def browser_offers(
    page: Page, call: Call, *, sdp: Callable[[str], str] = str, **wishes: bool
) -> str:
    """Let the page call; returns our answer."""
    page.evaluate("w => begin(w)", {"microphone": True} | wishes)
    return renegotiate(page, call, sdp=sdp)


def renegotiate(page: Page, call: Call, *, sdp: Callable[[str], str] = str, **options: bool) -> str:
    offer = sdp(page.evaluate("o => offer(o)", options))
    answer, _ = call.do(lambda leg: leg.answer(offer))
    page.evaluate("s => accept(s)", answer)
    return answer


def we_offer(page: Page, call: Call, direction: str = "sendrecv", *, restart: bool = False) -> str:
    """Call the page, or describe the call to it again; returns its answer."""
    offer = call.do(lambda leg: cast(WebRtcLeg, leg).offer(direction, restart=restart))
    is_first = page.evaluate("typeof pc === 'undefined' || !pc")
    if is_first:
        page.evaluate("begin({})")
    answer: str = page.evaluate("([s, m]) => answer(s, m)", [offer, is_first])
    assert call.do(lambda leg: leg.accept(answer)) is None
    return answer


def assert_both_hear(page: Page, call: Call) -> None:
    page.evaluate("listen()")
    call.heard.clear()
    time.sleep(LISTEN_FOR)
    hz, level = page.evaluate("analyse()")
    assert (hz, level > -40) == (pytest.approx(PHONE_HZ, abs=15), True)
    assert has_tone(heard(call.heard) / 32768, MICROPHONE_HZ)
    assert len(call.heard) >= 35  # of 50


def is_dtls(datagram: bytes) -> bool:
    return 20 <= datagram[0] <= 63


def test_browser_offers_and_both_sides_hear_each_other(page: Page, make_call: MakeCall) -> None:
    call = make_call()
    answer = browser_offers(page, call)
    report = call.wait(LegChange.UP)
    assert "a=setup:passive" in answer
    assert report.text.startswith("DTLSv1.2 ECDHE-ECDSA-AES128-GCM-SHA256")
    assert report.text.endswith("SRTP_AEAD_AES_128_GCM server")
    assert_both_hear(page, call)
    assert page.evaluate("streams") == 1  # a page may rely on the track's stream
    assert {packet.payload_type for packet in call.heard} == {0}
    assert all(len(packet.payload) == 160 for packet in call.heard)  # no header extension
    assert call.leg.dropped == 0


def test_we_offer_and_both_sides_hear_each_other(page: Page, make_call: MakeCall) -> None:
    call = make_call()
    answer = we_offer(page, call)
    assert "a=setup:active" in answer
    call.wait(LegChange.UP)
    assert_both_hear(page, call)


def test_we_open_dtls_when_the_browser_is_passive(page: Page, make_call: MakeCall) -> None:
    call = make_call()
    answer = browser_offers(page, call, sdp=lambda s: s.replace(":actpass", ":passive"))
    assert "a=setup:active" in answer
    # As DTLS server Chromium picks by its own order, which begins with the SHA1 profile.
    assert call.wait(LegChange.UP).text.endswith("SRTP_AES128_CM_SHA1_80 client")
    assert_both_hear(page, call)


def test_held_browser_is_silent_and_comes_back(page: Page, make_call: MakeCall) -> None:
    call = make_call()
    we_offer(page, call)
    call.wait(LegChange.UP)
    assert_both_hear(page, call)
    ssrc = call.heard[-1].ssrc
    assert "a=recvonly" in we_offer(page, call, "sendonly")
    time.sleep(0.3)
    call.heard.clear()
    time.sleep(0.5)
    assert call.heard == []
    assert page.evaluate("analyse()")[0] == pytest.approx(PHONE_HZ, abs=15)  # hears the music
    we_offer(page, call, "inactive")
    time.sleep(0.5)
    assert page.evaluate("analyse()")[1] < -60
    we_offer(page, call)
    time.sleep(0.3)
    assert_both_hear(page, call)
    assert call.heard[-1].ssrc == ssrc
    assert call.count(LegChange.UP) == 1  # still the first association


def test_browser_that_holds_us_gets_nothing_and_sends_on_again(
    page: Page, make_call: MakeCall
) -> None:
    call = make_call()
    browser_offers(page, call)
    call.wait(LegChange.UP)
    assert_both_hear(page, call)
    for wish, reply in (("sendonly", "recvonly"), ("inactive", "inactive")):
        page.evaluate("d => turn(d)", wish)
        assert f"a={reply}" in renegotiate(page, call)
        time.sleep(0.3)
        call.heard.clear()
        time.sleep(0.4)
        assert bool(call.heard) is (wish == "sendonly")
        assert page.evaluate("analyse()")[1] < -60
    page.evaluate("turn('sendrecv')")
    assert "a=sendrecv" in renegotiate(page, call)
    time.sleep(0.3)
    assert_both_hear(page, call)


def test_ice_restart_from_either_side_keeps_the_sound(page: Page, make_call: MakeCall) -> None:
    call = make_call()
    first = browser_offers(page, call)
    call.wait(LegChange.UP)
    second = renegotiate(page, call, iceRestart=True)
    ufrag = re.compile(r"a=ice-ufrag:(\S+)")
    assert ufrag.findall(first) != ufrag.findall(second)
    assert_both_hear(page, call)
    we_offer(page, call, restart=True)
    assert_both_hear(page, call)
    assert call.count(LegChange.UP) == 1


def test_reloaded_page_takes_the_leg_over(page: Page, make_call: MakeCall) -> None:
    call = make_call()
    browser_offers(page, call)
    call.wait(LegChange.UP)
    page.reload()
    call.wait(LegChange.CLOSED)
    call.reports.clear()
    browser_offers(page, call)
    call.wait(LegChange.UP)
    assert_both_hear(page, call)


def test_lost_flight_costs_no_second(page: Page, make_call: MakeCall) -> None:
    call = make_call()
    lost: list[bytes] = []

    def lose_first(datagram: bytes) -> bool:
        if is_dtls(datagram) and not lost:
            lost.append(datagram)
            return True
        return False

    call.lose = lose_first
    browser_offers(page, call)
    call.wait(LegChange.UP)
    assert lost
    assert_both_hear(page, call)


def test_wrong_fingerprint_ends_the_leg(page: Page, make_call: MakeCall) -> None:
    call = make_call()
    browser_offers(page, call, sdp=lambda s: re.sub(r"(fingerprint:sha-256 )..", r"\g<1>00", s))
    assert "certificate verify failed" in call.wait(LegChange.FAILED).text
    page.wait_for_function("pc.connectionState === 'failed'")
    assert call.heard == []


def test_video_and_data_are_refused_in_place(page: Page, make_call: MakeCall) -> None:
    call = make_call()
    answer = browser_offers(page, call, video=True, data=True)
    assert re.findall(r"m=(\w+) (\d+)", answer)[1:] == [("video", "0"), ("application", "0")]
    call.wait(LegChange.UP)
    assert_both_hear(page, call)
    we_offer(page, call)
    assert_both_hear(page, call)


def test_digits_arrive_under_our_payload_type(page: Page, make_call: MakeCall) -> None:
    call = make_call()
    browser_offers(page, call)
    call.wait(LegChange.UP)
    page.evaluate("press('15#')")
    deadline = time.monotonic() + 5
    while len([e for e in call.events if e.payload[1] & 0x80]) < 9 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert {event.payload_type for event in call.events} == {101}
    assert list(dict.fromkeys(event.payload[0] for event in call.events)) == [1, 5, 11]


def test_browser_learns_loss_and_round_trip_from_our_reports(
    page: Page, make_call: MakeCall
) -> None:
    call = make_call()
    browser_offers(page, call)
    call.wait(LegChange.UP)
    view = None
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        view = page.evaluate("stat('remote-inbound-rtp')")
        if view and view.get("roundTripTimeMeasurements"):
            break
        time.sleep(0.2)
    assert view
    assert view["roundTripTimeMeasurements"] > 0
    assert view["packetsLost"] == 0
    assert level_db(heard(call.heard) / 32768) > -40
