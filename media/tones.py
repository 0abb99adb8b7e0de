"""Sounds made by arithmetic: the beep, and a quiet loop of chords where no music is installed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from media.g711 import Samples

CHORD_FOR = 2.0  # seconds
# A minor, F, C, G: four notes each, in semitones from A3.
CHORDS = ((0, 3, 7, 12), (-4, 0, 3, 8), (-9, -5, -2, 3), (-2, 2, 5, 10))
A3 = 220.0  # Hz

Wave = npt.NDArray[np.float64]


def tone(frequency: float, seconds: float, rate: int, *, level: float = 0.3) -> Samples:
    """A sine of `level` (0 to 1) that begins and ends without a click."""
    at = np.arange(round(seconds * rate)) / rate
    sound = np.sin(2 * np.pi * frequency * at) * _fades(len(at), round(0.01 * rate))
    samples: Samples = np.rint(sound * level * 32767).astype(np.int16)
    return samples


def chord_loop(rate: int, *, rounds: int = 4) -> Samples:
    """Music on hold for a machine without any: its end meets its beginning."""
    loop = np.concatenate([_chord(notes, rate) for notes in CHORDS])
    samples: Samples = np.rint(np.tile(loop, rounds) * 3000).astype(np.int16)
    return samples


def _chord(notes: tuple[int, ...], rate: int) -> Wave:
    at = np.arange(round(CHORD_FOR * rate)) / rate
    sound = np.zeros(len(at))
    for place, note in enumerate(notes):
        frequency = A3 * 2 ** (note / 12)
        started = np.maximum(at - 0.2 * place, 0.0)  # one note after the other, as on a harp
        sound += np.sin(2 * np.pi * frequency * started) * np.exp(-1.2 * started)
    return sound / len(notes) * _fades(len(at), round(0.05 * rate))


def _fades(size: int, edge: int) -> Wave:
    ramp = np.linspace(0.0, 1.0, edge)
    return np.concatenate((ramp, np.ones(size - 2 * edge), ramp[::-1]))
