from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nidaa.sdp import (
    DIRECTIONS,
    MAX_SIZE,
    STATIC_CODECS,
    BadSdp,
    Codec,
    Description,
    Media,
    Origin,
    reversed_direction,
)

DESK_PHONE = """v=0
o=- 20518 3 IN IP4 10.0.0.7
s=-
i=dropped
c=IN IP4 10.0.0.7
b=AS:84
t=0 0
m=audio 4000 RTP/AVP 8 0 9 18 101 97
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-16
a=fmtp:18 annexb=no
a=ptime:20
a=sendrecv
""".replace("\n", "\r\n")

BROWSER = """v=0
o=- 4611731400430051336 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0
a=extmap-allow-mixed
a=ice-ufrag:sess
a=fingerprint:sha-256 AA:BB
m=audio 9 UDP/TLS/RTP/SAVPF 111 0
c=IN IP4 0.0.0.0
a=rtcp:9 IN IP4 0.0.0.0
a=ice-ufrag:EsAw
a=setup:actpass
a=mid:0
a=sendrecv
a=rtcp-mux
a=rtpmap:111 opus/48000/2
a=fmtp:111 minptime=10;useinbandfec=1
a=candidate:1 1 udp 2122 10.0.0.7 5000 typ host
a=candidate:2 1 udp 2121 10.0.0.8 5000 typ host
m=video 0 UDP/TLS/RTP/SAVPF 96
m=application 9 UDP/DTLS/SCTP webrtc-datachannel
c=IN IP4 0.0.0.0
"""


def changed(old: str, new: str) -> str:
    assert old in DESK_PHONE
    return DESK_PHONE.replace(old, new)


def audio(text: str) -> Media:
    media = Description.parse(text).audio
    assert media is not None
    return media


def test_what_a_desk_phone_offers() -> None:
    media = audio(DESK_PHONE)
    assert (media.kind, media.port, media.protocol) == ("audio", 4000, "RTP/AVP")
    assert (media.connection, media.direction) == ("10.0.0.7", "sendrecv")
    assert media.formats == ("8", "0", "9", "18", "101", "97")
    assert [(c.payload_type, c.name, c.clock_rate, c.fmtp) for c in media.codecs] == [
        (8, "PCMA", 8000, ""),
        (0, "PCMU", 8000, ""),
        (9, "G722", 8000, ""),
        (18, "G729", 8000, "annexb=no"),
        (101, "telephone-event", 8000, "0-16"),
    ]
    assert media.attributes == (("ptime", "20"),)
    assert Description.parse(DESK_PHONE).origin == Origin("-", "20518", 3, "10.0.0.7")


def test_what_a_browser_offers() -> None:
    description = Description.parse(BROWSER)
    media = description.audio
    assert media is not None
    assert media.codecs[0] == Codec(111, "opus", 48000, 2, "minptime=10;useinbandfec=1")
    assert media.has("rtcp-mux")
    assert not media.has("ptime")
    assert len(media.all("candidate")) == 2
    assert media.attribute("mid") == "0"
    assert media.attribute("rtcp-mux") is None
    assert description.has("extmap-allow-mixed")
    assert not description.has("ice-lite")
    assert [(m.kind, m.port, m.codecs) for m in description.medias[1:]] == [
        ("video", 0, ()),
        ("application", 9, ()),
    ]


def test_attributes_are_inherited_from_the_session() -> None:
    description = Description.parse(BROWSER)
    media = description.audio
    assert description.attribute("fingerprint", media) == "sha-256 AA:BB"
    assert description.attribute("ice-ufrag", media) == "EsAw"
    assert description.attribute("ice-ufrag") == "sess"
    assert description.attribute("ice-pwd", media) is None


@pytest.mark.parametrize("text", [DESK_PHONE, BROWSER, BROWSER.replace("\n", "\r\n")])
def test_real_descriptions_round_trip(text: str) -> None:
    description = Description.parse(text)
    assert Description.parse(str(description)) == description


NAMES = st.sampled_from(["ptime", "mid", "rtcp-mux", "candidate", "x-y", "setup"])
VALUES = st.none() | st.text("abc019 :/=;.-", max_size=10)
ATTRIBUTES = st.lists(st.tuples(NAMES, VALUES), max_size=4).map(tuple)
CODECS = st.builds(
    Codec,
    st.integers(96, 127),
    st.sampled_from(["opus", "telephone-event", "PCMU", "x"]),
    st.sampled_from([8000, 16000, 48000]),
    st.sampled_from([1, 2]),
    st.sampled_from(["", "0-16", "a=1;b=2"]),
)
ADDRESSES = st.one_of(
    st.ip_addresses(v=4).map(str), st.ip_addresses(v=6).map(str), st.just("h.example")
)
MEDIAS = st.builds(
    Media,
    kind=st.sampled_from(["audio", "video"]),
    port=st.integers(0, 65535),
    protocol=st.sampled_from(["RTP/AVP", "UDP/TLS/RTP/SAVPF"]),
    connection=ADDRESSES,
    direction=st.sampled_from(DIRECTIONS),
    codecs=st.lists(CODECS, min_size=1, max_size=4, unique_by=lambda c: c.payload_type).map(tuple),
    attributes=ATTRIBUTES,
)
DESCRIPTIONS = st.builds(
    Description,
    origin=st.builds(Origin, id=st.just("7"), version=st.integers(0, 2**63), address=ADDRESSES),
    connection=ADDRESSES,
    medias=st.lists(MEDIAS, max_size=3).map(tuple),
    name=st.sampled_from(["-", " ", "a call"]),
    direction=st.sampled_from(DIRECTIONS),
    attributes=ATTRIBUTES,
)


@given(DESCRIPTIONS)
def test_descriptions_round_trip(description: Description) -> None:
    text = str(description)
    assert text.endswith("\r\n")
    # White space at the end of an attribute does not survive.
    assert Description.parse(text) == Description.parse(str(Description.parse(text)))
    assert Description.parse(text).medias == tuple(map(trimmed, description.medias))


def trimmed(media: Media) -> Media:
    attributes = tuple(
        (name, value if value is None else f"{name}:{value}".strip().partition(":")[2])
        for name, value in media.attributes
    )
    return Media(
        media.kind,
        media.port,
        media.protocol,
        media.formats,
        media.connection,
        media.direction,
        media.codecs,
        attributes,
    )


@pytest.mark.parametrize(
    ("lines", "direction"),
    [
        ("a=sendrecv", "sendrecv"),
        ("a=sendonly", "sendonly"),
        ("a=inactive", "inactive"),
        ("c=IN IP4 0.0.0.0", "sendonly"),
        ("c=IN IP6 ::", "sendonly"),
        ("c=IN IP4 0.0.0.0\r\na=recvonly", "inactive"),
        ("c=IN IP4 0.0.0.0\r\na=sendonly", "sendonly"),
        ("c=IN IP4 0.0.0.0\r\na=inactive", "inactive"),
        ("c=IN IP4 0.0.0.0\r\na=ice-ufrag:x", "sendrecv"),
    ],
)
def test_hold_in_the_new_way_and_the_old(lines: str, direction: str) -> None:
    description = Description.parse(changed("a=sendrecv", lines))
    assert description.audio is not None
    assert description.direction_of(description.audio) == direction


def test_a_session_may_be_held_as_a_whole() -> None:
    held = changed("a=sendrecv\r\n", "").replace("t=0 0", "t=0 0\r\na=inactive")
    assert audio(held).direction == "inactive"
    assert audio(held.replace("a=ptime:20", "a=sendonly")).direction == "sendonly"
    assert "a=inactive" in str(Description.parse(held))


def test_the_address_of_a_section_beats_the_session_s() -> None:
    own = changed("a=ptime:20", "c=IN IP6 2001:db8::1")
    assert audio(own).connection == "2001:db8::1"
    assert "c=IN IP6 2001:db8::1\r\n" in str(Description.parse(own))


def test_a_refused_section_is_not_the_audio() -> None:
    refused = changed("m=audio 4000", "m=audio 0")
    assert Description.parse(refused).audio is None
    both = refused + "m=audio 4002/2 RTP/AVP 0\r\n"
    assert audio(both).port == 4002


def test_line_feeds_alone_and_blank_lines_at_the_end_are_read() -> None:
    assert Description.parse(DESK_PHONE.replace("\r\n", "\n") + "\n\n") == Description.parse(
        DESK_PHONE
    )


def test_a_name_with_spaces_in_the_origin() -> None:
    named = Description.parse(changed("o=- 20518", "o=My Phone 2 20518"))
    assert named.origin == Origin("My-Phone-2", "20518", 3, "10.0.0.7")


def test_phones_leave_lines_out() -> None:
    short = "v=0\r\no=- 1 1 IN IP4 h\r\nc=IN IP4 h\r\nm=audio 4000 RTP/AVP 0\r\n"
    assert audio(short).codecs == (STATIC_CODECS[0],)
    assert Description.parse(short).name == "-"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "v=0",
        "o=- 1 1 IN IP4 h\r\nv=0",
        changed("v=0", "v=1"),
        changed("v=0", "vv=0"),
        changed("s=-", "s"),
        changed("s=-", "=-"),
        changed("s=-", "s=a\rb"),
        changed("s=-", "s=a\0b"),
        changed("o=- 20518 3", "o=- 20518"),
        changed("o=- 20518 3", "o=- 20518 x"),
        changed("c=IN IP4", "c=IN IP5"),
        changed("c=IN IP4 10.0.0.7", "c=IN IP4"),
        changed("c=IN IP4", "c=ATM IP4"),
        changed("m=audio 4000 RTP/AVP", "m=audio 70000 RTP/AVP"),
        changed("m=audio 4000 RTP/AVP", "m=audio -1 RTP/AVP"),
        changed("m=audio 4000 RTP/AVP 8", "m=audio 4000 RTP/AVP pcma"),
        changed("m=audio 4000 RTP/AVP 8", "m=audio 4000 RTP/AVP 128"),
        changed("m=audio 4000 RTP/AVP 8 0 9 18 101 97", "m=audio 4000 RTP/AVP"),
        changed("a=rtpmap:8 PCMA/8000", "a=rtpmap:8 PCMA"),
        changed("a=rtpmap:8 PCMA/8000", "a=rtpmap:8 /8000"),
        changed("a=rtpmap:8 PCMA/8000", "a=rtpmap:8 PCMA/8k"),
        changed("a=rtpmap:8 PCMA/8000", "a=rtpmap:8 PCMA/8000/x"),
        changed("a=rtpmap:8 PCMA/8000", "a=rtpmap:eight PCMA/8000"),
        changed("a=rtpmap:8 PCMA/8000", "a=rtpmap:" + "9" * 5000),
        DESK_PHONE + "a=" + "x" * MAX_SIZE,
    ],
)
def test_what_is_no_description_is_refused(text: str) -> None:
    with pytest.raises(BadSdp):
        Description.parse(text)


@given(st.text(max_size=200), st.integers(0, len(BROWSER)))
def test_only_bad_sdp_comes_out(noise: str, at: int) -> None:
    try:
        description = Description.parse(BROWSER[:at] + noise + BROWSER[at:])
    except BadSdp:
        return
    assert Description.parse(str(description)) == description


def test_codecs_are_the_same_whatever_their_number() -> None:
    assert Codec(96, "pcmu", 8000).is_same(Codec(0, "PCMU", 8000, 1, "x=y"))
    assert not Codec(96, "opus", 48000, 2).is_same(Codec(96, "opus", 48000))
    assert STATIC_CODECS[101].is_telephone_event
    assert not STATIC_CODECS[0].is_telephone_event


def test_codecs_by_name() -> None:
    media = audio(DESK_PHONE)
    assert media.codec("pcmu") == STATIC_CODECS[0]
    assert media.codec("opus") is None


def test_our_own_section_lists_its_codecs() -> None:
    media = Media("audio", 4000, codecs=(STATIC_CODECS[8], STATIC_CODECS[101]))
    assert media.formats == ("8", "101")
    assert Media("video", 0).formats == ("0",)


@pytest.mark.parametrize(
    ("one", "other"), [("sendonly", "recvonly"), ("inactive", "inactive"), ("sendrecv", "sendrecv")]
)
def test_directions_seen_from_the_other_side(one: str, other: str) -> None:
    assert reversed_direction(one) == other
    assert reversed_direction(other) == one
