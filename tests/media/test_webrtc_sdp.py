"""What a browser leg writes and reads as SDP."""

from __future__ import annotations

import pytest

from media.dtls import Identity
from media.leg import PCMA, PCMU, MediaLeg
from media.webrtc import WebRtcLeg
from nidaa.contracts.media import MediaProblem, MediaRefused
from nidaa.sdp import Description
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

Up = tuple[WebRtcLeg, Wire, ScriptedBrowser]


@pytest.fixture
def browser() -> ScriptedBrowser:
    return ScriptedBrowser(BROWSERS)


@pytest.fixture
def leg() -> WebRtcLeg:
    return WebRtcLeg(IDENTITY, Wire().ports(), LOCAL, lambda: WALL)


@pytest.fixture
def up(browser: ScriptedBrowser) -> Up:
    leg, wire = connected(IDENTITY, browser)
    return leg, wire, browser


def audio_of(sdp: str) -> tuple[int, list[int], str]:
    audio = Description.parse(sdp).audio
    assert audio
    return audio.port, [codec.payload_type for codec in audio.codecs], audio.direction


def again(browser: ScriptedBrowser, leg: WebRtcLeg, **wishes: str) -> str:
    """The browser describes the call again; returns our answer."""
    answer, _ = leg.answer(browser.describe(**wishes))
    return answer


def test_leg_fits_the_seam(leg: WebRtcLeg) -> None:
    seam: MediaLeg = leg
    assert seam.payload_type == PCMU
    assert seam.dropped == 0


def test_offer_says_all_that_a_browser_needs(leg: WebRtcLeg) -> None:
    offer = leg.offer("sendrecv")
    assert audio_of(offer) == (40000, [0, 8, 101], "sendrecv")
    assert value_of("setup", offer) == "actpass"
    for line in ("a=ice-lite", "a=rtcp-mux", "a=mid:0", "a=group:BUNDLE 0", "a=fmtp:101 0-15"):
        assert f"\r\n{line}\r\n" in offer
    assert "a=candidate:1 1 udp 2130706431 127.0.0.1 40000 typ host" in offer
    for word in ("ssrc", "extmap", "CN/8000", "msid"):
        assert word not in offer


def test_answer_keeps_the_browsers_numbers_and_order(
    leg: WebRtcLeg, browser: ScriptedBrowser
) -> None:
    codecs = ("9 G722/8000", "8 PCMA/8000", "96 telephone-event/48000", "0 PCMU/8000")
    offer = browser.describe(codecs=(*codecs, "126 telephone-event/8000"))
    answer, direction = leg.answer(offer)
    assert audio_of(answer) == (40000, [8, 0, 126], "sendrecv")
    assert direction == "sendrecv"
    assert leg.payload_type == PCMA
    assert "a=mid:a1" in answer
    assert "a=group:BUNDLE a1" in answer


def test_each_description_has_a_higher_version(leg: WebRtcLeg, browser: ScriptedBrowser) -> None:
    texts = [leg.offer("sendrecv"), again(browser, leg), leg.offer("sendonly")]
    origins = [Description.parse(text).origin for text in texts]
    assert [origin.version for origin in origins] == [1, 2, 3]
    assert len({origin.id for origin in origins}) == 1


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [("sendonly", "recvonly"), ("recvonly", "sendonly"), ("inactive", "inactive")],
)
def test_hold_is_answered_with_its_opposite(
    leg: WebRtcLeg, browser: ScriptedBrowser, theirs: str, ours: str
) -> None:
    answer, direction = leg.answer(browser.describe(direction=theirs))
    assert direction == theirs
    assert audio_of(answer)[2] == ours


def test_browser_we_hold_stays_held_when_it_describes_itself_again(up: Up) -> None:
    leg, _, browser = up
    leg.offer("sendonly")
    leg.accept(browser.describe(direction="recvonly", setup="active"))
    assert audio_of(again(browser, leg))[2] == "sendonly"
    assert audio_of(again(browser, leg, direction="recvonly"))[2] == "sendonly"
    assert audio_of(again(browser, leg, direction="sendonly"))[2] == "inactive"
    leg.offer("sendrecv")
    assert audio_of(again(browser, leg))[2] == "sendrecv"


def test_other_sections_are_refused_in_place_also_in_our_next_offer(
    leg: WebRtcLeg, browser: ScriptedBrowser
) -> None:
    video = (
        "m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=mid:v\r\na=rtpmap:96 VP8/90000\r\n"
    )
    data = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:d\r\n"
    answer, _ = leg.answer(browser.describe(more=video + data))
    for text in (answer, leg.offer("sendrecv")):
        medias = Description.parse(text).medias
        assert [(m.kind, m.port, m.attribute("mid")) for m in medias] == [
            ("audio", 40000, "a1"),
            ("video", 0, "v"),
            ("application", 0, "d"),
        ]
        assert "a=group:BUNDLE a1\r\n" in text


@pytest.mark.parametrize(
    ("replaced", "by", "problem"),
    [
        ("v=0", "", MediaProblem.BAD_SDP),
        ("m=audio 9", "m=audio nine", MediaProblem.BAD_SDP),
        ("UDP/TLS/RTP/SAVPF", "RTP/AVP", MediaProblem.NOT_ACCEPTABLE),
        ("m=audio 9", "m=audio 0", MediaProblem.NOT_ACCEPTABLE),
        ("m=audio", "m=video", MediaProblem.NOT_ACCEPTABLE),
        ("a=rtcp-mux\r\n", "", MediaProblem.NOT_ACCEPTABLE),
        ("a=ice-ufrag", "a=other", MediaProblem.NOT_ACCEPTABLE),
        ("a=fingerprint", "a=other", MediaProblem.NOT_ACCEPTABLE),
    ],
)
def test_refused_description_leaves_the_leg_as_it_was(
    up: Up, replaced: str, by: str, problem: MediaProblem
) -> None:
    leg, wire, browser = up
    bad = browser.describe().replace(replaced, by)
    for take in (leg.answer, leg.accept):
        with pytest.raises(MediaRefused) as caught:
            take(bad)
        assert caught.value.problem is problem
    leg.receive(browser.speak(rtp(1)), PATH, 1.0)
    assert wire.delivered == [rtp(1)]


def test_browser_without_a_common_codec_is_refused(
    leg: WebRtcLeg, browser: ScriptedBrowser
) -> None:
    with pytest.raises(MediaRefused) as caught:
        leg.answer(browser.describe(codecs=("111 opus/48000/2", "126 telephone-event/8000")))
    assert caught.value.problem is MediaProblem.NOT_ACCEPTABLE


def test_fingerprint_at_session_level_counts(leg: WebRtcLeg, browser: ScriptedBrowser) -> None:
    line = f"a=fingerprint:{BROWSERS.fingerprint}\r\n"
    offer = browser.describe().replace(line, "").replace("t=0 0\r\n", "t=0 0\r\n" + line)
    browser.remote, _ = leg.answer(offer)
    assert value_of("setup", browser.remote) == "passive"


def test_old_browser_without_bundle_gets_none(leg: WebRtcLeg, browser: ScriptedBrowser) -> None:
    answer, _ = leg.answer(browser.describe().replace("a=group:BUNDLE a1\r\n", ""))
    assert "a=group" not in answer
