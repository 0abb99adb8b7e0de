"""Sound files: read any that PyAV knows as mono samples, write 16-bit WAV, set a level."""

from __future__ import annotations

import io
import wave
from pathlib import Path

import av
import numpy as np

from media.files import write_whole
from media.g711 import Samples

FULL_SCALE = 32768


class BadSound(ValueError):
    """The file holds no sound that we can read."""


def read_sound(path: Path, rate: int, *, container: str | None = None) -> Samples:
    """All of the file, mixed to mono, at `rate` Hz. Raises BadSound and OSError.

    `container` is needed only for files without a header, such as "g722".
    """
    resampler = av.AudioResampler(format="s16", layout="mono", rate=rate)
    chunks: list[Samples] = []
    try:
        with av.open(str(path), format=container) as opened:
            if not opened.streams.audio:
                raise BadSound(f"{path}: no audio in it")
            for frame in opened.decode(opened.streams.audio[0]):
                frame.pts = None  # some files have gaps there, and all we want is the samples
                chunks += map(_samples, resampler.resample(frame))
            chunks += map(_samples, resampler.resample(None))
    except av.FFmpegError as error:
        if isinstance(error, FileNotFoundError | PermissionError):
            raise
        raise BadSound(f"{path}: {error.strerror}") from error
    if not chunks:
        raise BadSound(f"{path}: no sound in it")
    return np.concatenate(chunks)


def _samples(frame: av.AudioFrame) -> Samples:
    return frame.to_ndarray().reshape(-1).astype(np.int16, copy=False)


def write_wav(path: Path, samples: Samples, rate: int) -> None:
    """Write 16-bit mono WAV; the file appears whole or not at all. Raises OSError."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(samples.astype("<i2").tobytes())
    write_whole(path, buffer.getvalue())


def level_of(samples: Samples) -> float:
    """RMS in dB below full scale; silence is -120."""
    power = float(np.mean(samples.astype(np.float64) ** 2)) if len(samples) else 0.0
    return 10 * float(np.log10(max(power / FULL_SCALE**2, 1e-12)))


def at_level(samples: Samples, level: float, *, peak: float = -3.0) -> Samples:
    """The same sound at `level` dBFS RMS, or less where its peak would pass `peak` dBFS."""
    loudest = float(np.abs(samples.astype(np.float64)).max(initial=0.0))
    if loudest == 0.0:
        return samples
    gain = 10 ** ((level - level_of(samples)) / 20)
    gain = min(gain, 10 ** (peak / 20) * FULL_SCALE / loudest)
    scaled: Samples = np.rint(samples * gain).astype(np.int16)
    return scaled
