"""Prompts and music on hold as G.711, ready to be cut into packets.

IT staff's own sound files win over those made at set-up. The encoded variant of each is made
once and kept on disk, so that a worker's loop never stops for a long piece of music.
"""

from __future__ import annotations

import re
from pathlib import Path

from media.files import write_whole
from media.g711 import FRAME, SAMPLE_RATE, SILENCE, Law, encode
from media.sound import BadSound, read_sound

SUFFIX = ".wav"
ENCODED = ".g711"  # folder, below the made prompts, of the encoded variants
NAME = re.compile(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*")


class UnknownPrompt(Exception):
    """There is no such prompt, or its file holds no sound; the text says which."""


class PromptStore:
    """`own` wins over `made`; a file that was replaced is heard at its next play."""

    def __init__(self, own: Path, made: Path) -> None:
        self._own, self._made = own, made
        self._cached: dict[tuple[Path, Law], tuple[int, bytes]] = {}

    def g711(self, name: str, law: Law) -> bytes:
        """The prompt at 8 kHz, filled with silence to whole packets of 160 bytes.

        `name` is as in "fr/welcome". Raises UnknownPrompt.
        """
        source, mtime_ns = self._find(name)
        known = self._cached.get((source, law))
        if known and known[0] == mtime_ns:
            return known[1]
        encoded = self._read_encoded(source, name, law, mtime_ns)
        self._cached[source, law] = mtime_ns, encoded
        return encoded

    def music(self, name: str) -> tuple[str, ...]:
        """The tracks of one class of music on hold, such as "default". Raises UnknownPrompt."""
        if NAME.fullmatch(name):
            for folder in (self._own, self._made):
                files = sorted((folder / "music" / name).glob(f"*{SUFFIX}"))
                tracks = tuple(f"music/{name}/{file.stem}" for file in files)
                if tracks:
                    return tracks
        raise UnknownPrompt(f"music {name!r}")

    def prepare(self, name: str) -> None:
        """Make both encoded variants now. Raises UnknownPrompt."""
        for law in SILENCE:
            self.g711(name, law)

    def _find(self, name: str) -> tuple[Path, int]:
        """Where the sound is and when it was last changed."""
        if NAME.fullmatch(name):
            for folder in (self._own, self._made):
                path = folder / f"{name}{SUFFIX}"
                try:
                    return path, path.stat().st_mtime_ns
                except OSError:
                    continue  # not here: the next folder may have it
        raise UnknownPrompt(f"prompt {name!r}")

    def _read_encoded(self, source: Path, name: str, law: Law, mtime_ns: int) -> bytes:
        owner = "own" if source.is_relative_to(self._own) else "made"
        kept = self._made / ENCODED / owner / f"{name}.{law.lower()}"
        try:
            if kept.stat().st_mtime_ns == mtime_ns:
                return kept.read_bytes()
        except OSError:
            pass
        return self._encode(source, kept, law, mtime_ns)

    def _encode(self, source: Path, kept: Path, law: Law, mtime_ns: int) -> bytes:
        try:
            samples = read_sound(source, SAMPLE_RATE)
        except (BadSound, OSError) as error:
            raise UnknownPrompt(str(error)) from error
        missing = -len(samples) % FRAME
        encoded = encode(samples, law) + bytes([SILENCE[law]]) * missing
        try:
            write_whole(kept, encoded, mtime_ns=mtime_ns)
        except OSError:
            return encoded  # a full disk costs time at the next start, not the prompt
        return encoded
