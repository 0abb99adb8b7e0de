import numpy as np
import pytest

from media.g711 import PCMA_TO_PCMU, PCMU_TO_PCMA, SILENCE, Law, decode, encode

LAWS: tuple[Law, ...] = ("PCMU", "PCMA")


@pytest.mark.parametrize(
    ("law", "code", "value"),
    [
        ("PCMU", 0xFF, 0),
        ("PCMU", 0x80, 32124),
        ("PCMU", 0x00, -32124),
        ("PCMU", 0xFE, 8),
        ("PCMU", 0xEF, 132),
        ("PCMA", 0xD5, 8),
        ("PCMA", 0x55, -8),
        ("PCMA", 0xAA, 32256),
        ("PCMA", 0x2A, -32256),
        ("PCMA", 0xC5, 264),
    ],
)
def test_codes_stand_for_the_values_of_g711(law: Law, code: int, value: int) -> None:
    assert decode(bytes([code]), law)[0] == value


@pytest.mark.parametrize("law", LAWS)
def test_every_code_survives_being_decoded_and_encoded(law: Law) -> None:
    codes = bytes(range(256))
    again = encode(decode(codes, law), law)
    different = {code for code in codes if code != again[code]}
    assert different == ({0x7F} if law == "PCMU" else set())  # mu-law has a negative zero


@pytest.mark.parametrize("law", LAWS)
def test_each_sample_becomes_the_nearest_value(law: Law) -> None:
    samples = np.arange(-32768, 32768).astype(np.int16)
    values = np.sort(decode(bytes(range(256)), law).astype(int))
    distance = np.abs(decode(encode(samples, law), law).astype(int) - samples)
    at = np.searchsorted(values, samples).clip(1, 255)
    nearest = np.minimum(np.abs(values[at] - samples), np.abs(values[at - 1] - samples))
    assert (distance == nearest).all()


@pytest.mark.parametrize("law", LAWS)
def test_silence_is_the_code_of_zero(law: Law) -> None:
    assert encode(np.zeros(3, np.int16), law) == bytes([SILENCE[law]]) * 3


def test_one_law_into_the_other_stays_within_the_coarser_step() -> None:
    codes = bytes(range(256))
    for law, other, table in (
        ("PCMU", "PCMA", PCMU_TO_PCMA),
        ("PCMA", "PCMU", PCMA_TO_PCMU),
    ):
        before = decode(codes, law).astype(int)
        after = decode(codes.translate(table), other).astype(int)
        assert (np.abs(after - before) <= 8 + np.abs(before) // 32).all()
        assert ((before >= 0) == (after >= 0))[before != 0].all()


def test_slices_of_a_larger_array_are_encoded_too() -> None:
    samples = np.arange(0, 3200, 10, dtype=np.int16)
    assert encode(samples[::2], "PCMA") == encode(samples, "PCMA")[::2]
