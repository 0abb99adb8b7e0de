"""Recordings as files: only below their folder, with the peaks written beside them."""

from __future__ import annotations

from pathlib import Path

import msgspec

from crm_api.errors import NotFound


class _Sides(msgspec.Struct, frozen=True):
    left: tuple[float, ...]
    right: tuple[float, ...]


class _Sidecar(msgspec.Struct, frozen=True):
    peaks: _Sides


def audio_file(folder: Path, path: str) -> Path:
    """The recording's file. Raises NotFound when it was deleted or the path leads elsewhere."""
    root = folder.resolve()
    file = (root / path).resolve()
    if not file.is_relative_to(root) or not file.is_file():
        raise NotFound("The file of this recording is not there any more.")
    return file


def peaks_of(audio: Path) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Left and right points. Raises NotFound."""
    try:
        sidecar = msgspec.json.decode(sidecar_of(audio).read_bytes(), type=_Sidecar)
    except (OSError, msgspec.DecodeError) as error:
        raise NotFound("There is no picture of this recording.") from error
    return sidecar.peaks.left, sidecar.peaks.right


def sidecar_of(audio: Path) -> Path:
    """`a/b.wav` has its facts in `a/b.json`."""
    return audio.with_suffix(".json")
