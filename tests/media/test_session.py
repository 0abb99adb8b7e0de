"""A browser and a desk phone in one session: the two kinds of leg are interchangeable."""

from __future__ import annotations

import itertools
import re
import socket
from collections.abc import Iterator

import pytest

from nidaa.contracts import media as contract
from nidaa.contracts.media import LegFailed, LegUp, Ok, Profile
from tests.media.scripted_browser import ScriptedBrowser
from tests.support.media_worker import LocalWorker
from tests.support.rtp import Packet, Phone, digit, heard, loudness, stream, tone


class Browser:
    """A scripted browser on a real socket."""

    def __init__(self, worker: LocalWorker) -> None:
        self.worker, self.script = worker, ScriptedBrowser()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.setblocking(False)
        self.media: list[Packet] = []

    def ring(self) -> None:
        """Be offered to, answer, and connect."""
        sdp = self.worker.described(contract.Offer("s", "web", Profile.WEBRTC)).sdp
        self.script.remote = sdp
        answer = self.script.describe(setup="active", codecs=("0 PCMU/8000", "8 PCMA/8000"))
        assert self.worker.do(contract.Remote("s", "web", answer)) == Ok()
        found = re.search(r"^a=candidate:\S+ 1 udp \d+ (\S+) (\d+) typ host", sdp, re.M)
        assert found
        self.remote = found[1], int(found[2])
        self.exchange([self.script.check()])
        flight = self.script.hello()
        for _ in range(10):
            received = self.exchange(flight)
            handshake = [data for data in received if 20 <= data[0] <= 63]
            flight = [reply for data in handshake for reply in self.script.handshake(data)]
        assert self.script.keys

    def exchange(self, datagrams: list[bytes]) -> list[bytes]:
        for datagram in datagrams:
            self.socket.sendto(datagram, self.remote)
        self.worker.turn()
        return self.received()

    def received(self) -> list[bytes]:
        datagrams = []
        try:
            while True:
                datagrams.append(self.socket.recv(2048))
        except BlockingIOError:
            return datagrams

    def speak(self, packet: Packet) -> None:
        self.socket.sendto(self.script.speak(bytes(packet)), self.remote)

    def heard(self) -> list[Packet]:
        media = [data for data in self.received() if 128 <= data[0] <= 191 and data[1] < 192]
        assert self.script.keys
        return [Packet.parse(self.script.keys.unprotect(data)) for data in media]

    def close(self) -> None:
        self.socket.close()


@pytest.fixture
def browser(worker: LocalWorker) -> Iterator[Browser]:
    one = Browser(worker)
    yield one
    one.close()


def talk(
    worker: LocalWorker, phone: Phone, browser: Browser, sequence: int = 1
) -> tuple[list[Packet], list[Packet]]:
    """Half a second of both; what the phone and the browser received."""
    ours = stream(tone(440, 0.5), ssrc=1, sequence=sequence, timestamp=sequence * 160)
    theirs = stream(tone(800, 0.5), ssrc=2, sequence=sequence, timestamp=sequence * 160)
    for one, other in zip(ours, theirs, strict=True):
        phone.send(one)
        browser.speak(other)
        worker.pass_time(0.02)
    return phone.received(), browser.heard()


def test_browser_and_phone_hear_each_other(
    worker: LocalWorker, anna: Phone, browser: Browser
) -> None:
    worker.call_in(anna, "anna")
    browser.ring()
    worker.hears(anna="web", web="anna")
    at_phone, at_browser = talk(worker, anna, browser)
    assert abs(loudness(heard(at_phone), 800) - 0.25) < 0.01
    assert abs(loudness(heard(at_browser), 440) - 0.25) < 0.01
    assert {LegUp("s", "anna"), LegUp("s", "web")} <= set(worker.events)


def test_hold_and_back_is_one_stream_for_the_browser(
    worker: LocalWorker, anna: Phone, browser: Browser
) -> None:
    worker.call_in(anna, "anna")
    browser.ring()
    worker.hears(anna="web", web="anna")
    _, before = talk(worker, anna, browser)
    worker.hears()
    _, held = talk(worker, anna, browser, 26)
    worker.hears(anna="web", web="anna")
    _, after = talk(worker, anna, browser, 51)
    assert (len(before), held, len(after)) == (25, [], 25)
    packets = before + after
    for one, other in itertools.pairwise(packets):
        assert other.sequence - one.sequence & 0xFFFF == 1
        assert other.timestamp - one.timestamp & 0xFFFFFFFF in (160, 26 * 160)
    assert len({packet.ssrc for packet in packets}) == 1


def test_a_phones_a_law_reaches_a_browser_that_took_both(
    worker: LocalWorker, anna: Phone, browser: Browser
) -> None:
    worker.call_in(anna, "anna", formats="8")
    browser.ring()
    worker.hears(anna="web", web="anna")
    for packet in stream(tone(440, 0.2), "PCMA"):
        anna.send(packet)
        worker.pass_time(0.02)
    for packet in stream(tone(800, 0.2), ssrc=2):
        browser.speak(packet)
        worker.pass_time(0.02)
    assert abs(loudness(heard(browser.heard()), 440) - 0.25) < 0.02
    at_phone = anna.received()
    assert {packet.payload_type for packet in at_phone} == {8}
    assert abs(loudness(heard(at_phone), 800) - 0.25) < 0.02


def test_digits_are_not_sent_to_who_does_not_take_them(
    worker: LocalWorker, anna: Phone, browser: Browser
) -> None:
    worker.call_in(anna, "anna")
    browser.ring()
    worker.hears(web="anna")
    for packet in digit(3, timestamp=1, sequence=1):
        anna.send(packet)
        worker.turn()
    assert contract.DigitPressed("s", "anna", "3", 0.1) in worker.events
    assert browser.heard() == []


def test_a_page_that_goes_away_is_told(worker: LocalWorker, browser: Browser) -> None:
    browser.ring()
    assert browser.script.dtls
    browser.exchange(browser.script.dtls.farewell())
    assert [event.leg for event in worker.events if isinstance(event, LegFailed)] == ["web"]
