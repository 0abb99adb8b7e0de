"""Prompts and music on hold as G.711, ready to be cut into packets.

IT staff's own sound files win over those made at set-up. The encoded variant of each is made
once and kept on disk. For a long piece of music that takes longer than a worker's loop may stop:
`python -m media.prompts OWN MADE` makes all of them that are missing (see `media.preparer`).
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from media.files import write_whole
from media.g711 import FRAME, SAMPLE_RATE, SILENCE, Law, encode
from media.sound import BadSound, read_sound

SUFFIX = ".wav"
ENCODED = ".g711"  # folder, below the made prompts, of the encoded variants
LONG = 1 << 20  # bytes of a sound file that is never encoded while somebody waits
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

        `name` is as in "fr/welcome". A long file that was not prepared is heard as it was before
        it changed, or not yet. Raises UnknownPrompt.
        """
        source, found = self._find(name)
        known = self._cached.get((source, law))
        if known and known[0] == found.st_mtime_ns:
            return known[1]
        encoded = self._kept(source, name, law, found.st_mtime_ns)
        if encoded is None and found.st_size > LONG:
            if known:
                return known[1]
            raise UnknownPrompt(f"prompt {name!r} is still being prepared")
        if encoded is None:
            encoded = self._encode(source, name, law, found.st_mtime_ns)
        self._cached[source, law] = found.st_mtime_ns, encoded
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
        """Make both encoded variants now, however long that takes. Raises UnknownPrompt."""
        source, found = self._find(name)
        mtime_ns = found.st_mtime_ns
        for law in SILENCE:
            encoded = self._kept(source, name, law, mtime_ns)
            if encoded is None:
                encoded = self._encode(source, name, law, mtime_ns)
            self._cached[source, law] = mtime_ns, encoded

    def unprepared(self, *, is_own: bool = False) -> Iterator[tuple[str, int]]:
        """Name and time of change of whatever is not encoded; `is_own`: of our own files only."""
        for folder in (self._own,) if is_own else (self._own, self._made):
            for path in sorted(folder.rglob(f"*{SUFFIX}")):
                name = path.relative_to(folder).with_suffix("").as_posix()
                with suppress(UnknownPrompt):
                    source, found = self._find(name)
                    mtime_ns = found.st_mtime_ns
                    if not all(self._is_kept(source, name, law, mtime_ns) for law in SILENCE):
                        yield name, mtime_ns

    def _find(self, name: str) -> tuple[Path, os.stat_result]:
        """Where the sound is, its size and when it was last changed."""
        if NAME.fullmatch(name):
            for folder in (self._own, self._made):
                path = folder / f"{name}{SUFFIX}"
                try:
                    return path, path.stat()
                except OSError:
                    continue  # not here: the next folder may have it
        raise UnknownPrompt(f"prompt {name!r}")

    def _place(self, source: Path, name: str, law: Law) -> Path:
        owner = "own" if source.is_relative_to(self._own) else "made"
        return self._made / ENCODED / owner / f"{name}.{law.lower()}"

    def _is_kept(self, source: Path, name: str, law: Law, mtime_ns: int) -> bool:
        try:
            return self._place(source, name, law).stat().st_mtime_ns == mtime_ns
        except OSError:
            return False

    def _kept(self, source: Path, name: str, law: Law, mtime_ns: int) -> bytes | None:
        try:
            if self._is_kept(source, name, law, mtime_ns):
                return self._place(source, name, law).read_bytes()
        except OSError:
            pass
        return None

    def _encode(self, source: Path, name: str, law: Law, mtime_ns: int) -> bytes:
        try:
            samples = read_sound(source, SAMPLE_RATE)
        except (BadSound, OSError) as error:
            raise UnknownPrompt(str(error)) from error
        missing = -len(samples) % FRAME
        encoded = encode(samples, law) + bytes([SILENCE[law]]) * missing
        with suppress(OSError):  # a full disk costs time at the next start, not the prompt
            write_whole(self._place(source, name, law), encoded, mtime_ns=mtime_ns)
        return encoded


def main(own: str, made: str) -> None:
    """Prepare whatever is not."""
    store = PromptStore(Path(own), Path(made))
    for name, _ in store.unprepared():
        try:
            store.prepare(name)
        except UnknownPrompt as error:
            sys.stderr.write(f"{error}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
