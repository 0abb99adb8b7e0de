"""Tones: written to files, and found again in what was heard."""

from __future__ import annotations

import wave
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

Samples = np.ndarray[Any, np.dtype[np.float64]]


def write_tone(path: Path, hz: float, seconds: float, rate: int = 8000) -> None:
    """A 16-bit mono WAV of a steady tone at about -10 dBFS."""
    time = np.arange(int(rate * seconds)) / rate
    samples = (0.3 * 32767 * np.sin(2 * np.pi * hz * time)).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())


def level_db(samples: Samples) -> float:
    """RMS in dBFS; -120 for silence or nothing."""
    if not len(samples):
        return -120.0
    return float(20 * np.log10(max(np.sqrt(np.mean(np.square(samples))), 1e-6)))


def strongest_hz(samples: Samples, rate: int = 8000) -> float:
    """The frequency with the most energy; 0.0 where there is less than a tenth of a second."""
    if len(samples) < rate // 10:
        return 0.0
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum[1:]) + 1) * rate / len(samples)


def has_tone(samples: Samples, hz: float, rate: int = 8000) -> bool:
    """Is this tone what is heard, at -40 dBFS or more?"""
    return level_db(samples) > -40 and abs(strongest_hz(samples, rate) - hz) < 15


def read_wav(source: Path | BinaryIO) -> tuple[int, Samples]:
    """The rate and the samples of a 16-bit WAV, one row a channel."""
    opened = str(source) if isinstance(source, Path) else source
    with wave.open(opened, "rb") as file:
        frames = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768
        return file.getframerate(), frames.reshape(-1, file.getnchannels()).T
