"""G.711: 16-bit samples to and from PCMU and PCMA, and each law into the other.

Both laws keep a sign, three bits of segment and four of step. The tables are made from that
definition once; a packet then costs one look-up.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

Law = Literal["PCMU", "PCMA"]
Samples = npt.NDArray[np.int16]

SAMPLE_RATE = 8000  # Hz
FRAME = 160  # bytes, and samples, of one 20 ms packet
SILENCE: dict[Law, int] = {"PCMU": 0xFF, "PCMA": 0xD5}
PAYLOAD_TYPE: dict[Law, int] = {"PCMU": 0, "PCMA": 8}  # RFC 3551 table 4

_POSITIVE = 0x80  # both laws set it for samples of zero and above
_TOGGLED: dict[Law, int] = {"PCMU": 0xFF, "PCMA": 0x55 | _POSITIVE}


def _magnitude(code: int, law: Law) -> int:
    """What the seven bits below the sign stand for, of 32768."""
    bits = (code ^ _TOGGLED[law]) & 0x7F
    segment, step = bits >> 4, bits & 0x0F
    if law == "PCMU":
        return ((step << 3) + 132 << segment) - 132
    return (step << 4) + 8 if segment == 0 else (step << 4) + 264 << segment - 1


def _decoding(law: Law) -> Samples:
    sign = [1 if code & _POSITIVE else -1 for code in range(256)]
    return np.array([sign[code] * _magnitude(code, law) for code in range(256)], np.int16)


def _encoding(law: Law) -> npt.NDArray[np.uint8]:
    """The code with the nearest value, for each sample seen as an unsigned number."""
    codes = sorted(range(_POSITIVE, 256), key=lambda code: _magnitude(code, law))
    values = np.array([_magnitude(code, law) for code in codes])
    between = (values[1:] + values[:-1]) / 2
    positive = np.array(codes, np.uint8)[np.searchsorted(between, np.arange(32769), side="right")]
    negative = positive[:0:-1] & np.uint8(0x7F)  # -32768 up to -1
    return np.concatenate((positive[:-1], negative))


_DECODING: dict[Law, Samples] = {"PCMU": _decoding("PCMU"), "PCMA": _decoding("PCMA")}
_ENCODING = {"PCMU": _encoding("PCMU"), "PCMA": _encoding("PCMA")}


def decode(payload: bytes, law: Law) -> Samples:
    """The samples of a G.711 payload."""
    return _DECODING[law][np.frombuffer(payload, np.uint8)]


def encode(samples: Samples, law: Law) -> bytes:
    """Samples as G.711, one byte each."""
    return _ENCODING[law][samples.view(np.uint16)].tobytes()


# For `payload.translate(...)`: a tenth of a microsecond a packet.
PCMU_TO_PCMA = encode(_DECODING["PCMU"], "PCMA")
PCMA_TO_PCMU = encode(_DECODING["PCMA"], "PCMU")
