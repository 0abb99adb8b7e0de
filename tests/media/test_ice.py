from __future__ import annotations

import hashlib
import hmac
import random
import struct
import zlib

import pytest

from media.ice import (
    COOKIE,
    PATHS_KEPT,
    SILENT_AFTER,
    BadCheck,
    BindingRequest,
    IceLite,
    binding_success,
)
from media.leg import Path
from tests.media.scripted_browser import binding_request

FIRST: Path = (0, ("192.0.2.1", 5000))
SECOND: Path = (0, ("2001:db8::7", 6000, 0, 0))


@pytest.fixture
def ice() -> IceLite:
    return IceLite()


def check(ice: IceLite, *, nominates: bool = True) -> bytes:
    return binding_request(f"{ice.ufrag}:peer", ice.password, nominates=nominates)


# --- messages


def test_signature_and_fingerprint_agree_with_rfc_5769() -> None:
    """The sample request of RFC 5769 2.1, written by somebody else."""
    sample = bytes.fromhex(
        "000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74"
        "002400046e0001ff80290008932ff9b151263b36000600096576746a3a68367659202020"
        "000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a280280004e57a3bcf"
    )
    request = BindingRequest.parse(sample)
    assert request.username == "evtj:h6vY"
    assert request.local_ufrag == "evtj"
    assert request.is_signed_with("VOkJxbRl1RmTxUk/WvJxBt")
    assert not request.is_signed_with("VOkJxbRl1RmTxUk/WvJxBu")


def test_success_carries_the_sources_address_and_is_signed() -> None:
    """As RFC 5769 2.2 maps its address, but without its SOFTWARE attribute."""
    transaction = COOKIE + bytes.fromhex("b7e7a701bc34d686fa87dfae")
    reply = binding_success(transaction, ("192.0.2.1", 32853), "secret")
    assert reply[:2] == b"\x01\x01"
    assert int.from_bytes(reply[2:4]) == len(reply) - 20
    assert reply[20:32] == bytes.fromhex("002000080001a147e112a643")
    signed = reply[:2] + struct.pack("!H", 12 + 24) + reply[4:32]
    assert reply[36:56] == hmac.digest(b"secret", signed, hashlib.sha1)
    assert reply[-4:] == struct.pack("!I", zlib.crc32(reply[:-8]) ^ 0x5354554E)


def test_ipv6_source_is_mapped_as_in_rfc_5769() -> None:
    transaction = COOKIE + bytes.fromhex("b7e7a701bc34d686fa87dfae")
    source = ("2001:db8:1234:5678:11:2233:4455:6677", 32853)
    mapped = binding_success(transaction, source, "x")[24:44]
    assert mapped == bytes.fromhex("0002a1470113a9faa5d3f179bc25f4b5bed2b9d9")


@pytest.mark.parametrize(
    "damage",
    [
        lambda m: b"",
        lambda m: m[:19],
        lambda m: m[:-1],
        lambda m: m + b"\0\0\0\0",
        lambda m: b"\x01\x01" + m[2:],  # a response
        lambda m: m[:4] + b"\0\0\0\0" + m[8:],  # no magic cookie
        lambda m: m[:2] + b"\xff\xfc" + m[4:],  # a length that is not its own
        lambda m: m[:-4] + b"\0\0\0\0",  # another fingerprint
        lambda m: m[:30] + b"\xff" + m[31:],  # one byte changed
    ],
)
def test_damaged_message_is_no_check(ice: IceLite, damage) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(BadCheck):
        ice.receive(damage(check(ice)), FIRST, 0.0)
    assert ice.path is None


def with_fingerprint(attributes: bytes) -> bytes:
    head = struct.pack("!HH", 1, len(attributes) + 8) + COOKIE + bytes(12)
    message = head + attributes
    return message + struct.pack("!HHI", 0x8028, 4, zlib.crc32(message) ^ 0x5354554E)


@pytest.mark.parametrize(
    "attributes",
    [
        b"",
        struct.pack("!HH", 6, 4) + b"a:b\0",  # no integrity
        struct.pack("!HH", 8, 4) + bytes(4),  # a short one
        struct.pack("!HH", 6, 0xFFFF) + bytes(8),  # longer than the message
        struct.pack("!HH", 6, 4) + b"\xff\xfe\xfd:" + struct.pack("!HH", 8, 20) + bytes(20),
    ],
)
def test_strange_attributes_are_no_check(ice: IceLite, attributes: bytes) -> None:
    with pytest.raises(BadCheck):
        ice.receive(with_fingerprint(attributes), FIRST, 0.0)


def test_noise_is_never_a_check_and_never_breaks(ice: IceLite) -> None:
    dice = random.Random(7)
    good = check(ice)
    for _ in range(3000):
        message = bytearray(good)
        for _ in range(dice.randint(1, 4)):
            message[dice.randrange(len(message))] ^= 1 << dice.randrange(8)
        if bytes(message) != good:
            with pytest.raises(BadCheck):
                ice.receive(bytes(message[: dice.randint(0, len(message))]), FIRST, 0.0)
    assert not ice.has_checked(FIRST)


# --- the agent


def test_first_good_check_opens_the_path(ice: IceLite) -> None:
    reply = ice.receive(check(ice, nominates=False), FIRST, 0.0)
    assert reply[:2] == b"\x01\x01"
    assert ice.path == FIRST
    assert ice.has_checked(FIRST)
    assert not ice.has_checked(SECOND)


def test_last_nomination_holds(ice: IceLite) -> None:
    ice.receive(check(ice), FIRST, 0.0)
    ice.receive(check(ice, nominates=False), SECOND, 0.1)
    assert ice.path == FIRST
    ice.receive(check(ice), SECOND, 0.2)
    assert ice.path == SECOND


def test_who_does_not_know_the_password_gets_no_answer(ice: IceLite) -> None:
    for request in (
        binding_request(f"{ice.ufrag}:peer", "guess"),
        binding_request("nobody:peer", ice.password),
        binding_request("", ice.password),
    ):
        with pytest.raises(BadCheck):
            ice.receive(request, FIRST, 0.0)
    assert not ice.has_checked(FIRST)


def test_credentials_before_a_restart_hold_until_the_next_one(ice: IceLite) -> None:
    old = check(ice)
    ice.renew()
    ice.receive(old, FIRST, 0.0)
    ice.receive(check(ice), SECOND, 0.1)
    assert ice.path == SECOND
    ice.renew()
    with pytest.raises(BadCheck):
        ice.receive(old, FIRST, 0.2)


def test_silence_is_noticed_once_and_ends_with_the_next_check(ice: IceLite) -> None:
    assert not ice.watch_consent(1000.0)  # nobody has come yet
    ice.receive(check(ice), FIRST, 0.0)
    assert not ice.watch_consent(SILENT_AFTER)
    assert ice.watch_consent(SILENT_AFTER + 0.1)
    assert not ice.watch_consent(SILENT_AFTER + 0.2)
    assert ice.is_silent
    ice.receive(check(ice), FIRST, 60.0)
    assert not ice.is_silent
    assert ice.watch_consent(60.1 + SILENT_AFTER)


def test_check_on_another_path_is_no_consent_for_the_chosen_one(ice: IceLite) -> None:
    ice.receive(check(ice), FIRST, 0.0)
    ice.receive(check(ice, nominates=False), SECOND, 9.0)
    assert ice.watch_consent(SILENT_AFTER + 0.1)


def test_only_so_many_paths_are_kept_and_the_chosen_one_always(ice: IceLite) -> None:
    ice.receive(check(ice), FIRST, 0.0)
    for port in range(3 * PATHS_KEPT):
        ice.receive(check(ice, nominates=False), (0, ("192.0.2.9", port + 1)), 0.0)
    assert ice.path == FIRST
    assert ice.has_checked(FIRST)
    assert not ice.has_checked((0, ("192.0.2.9", 1)))
