"""The revisions of the configuration: every one that was in force, with author, time and reason.

Each is a folder of its own below the state folder, with the files as they were and
`revision.json`. A revision is written whole or not at all and never changed.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import msgspec

from nidaa.config.load import FILES
from nidaa.contracts.events import Micros

RECORD = "revision.json"
DRAFT = ".draft"
Texts = Mapping[str, bytes]  # by file name


class Revision(msgspec.Struct, frozen=True):
    """What is known of a revision besides its files."""

    number: int  # 1, 2, 3 ...
    at: Micros
    author: str  # the Unix user who applied it
    reason: str


class UnknownRevision(LookupError):
    """There is no revision of this number."""


def read_texts(folder: Path) -> dict[str, bytes]:
    """The configuration files of a folder as they are. Raises OSError."""
    return {name: (folder / name).read_bytes() for name in FILES if (folder / name).is_file()}


def write_texts(folder: Path, texts: Texts) -> None:
    """Make the folder's configuration files these; others of its files stay. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        fresh = folder / f".{name}.new"
        fresh.write_bytes(text)
        fresh.replace(folder / name)
    for name in set(FILES) - texts.keys():
        (folder / name).unlink(missing_ok=True)


class History:
    """All revisions below one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def revisions(self) -> list[Revision]:
        """The oldest first. Raises OSError."""
        if not self._folder.is_dir():
            return []
        numbers = sorted(int(one.name) for one in self._folder.iterdir() if one.name.isdigit())
        return [self._read(number) for number in numbers]

    def last(self) -> Revision | None:
        revisions = self.revisions()
        return revisions[-1] if revisions else None

    def texts(self, number: int) -> dict[str, bytes]:
        """The files of a revision. Raises UnknownRevision."""
        folder = self._folder / f"{number:06}"
        if not (folder / RECORD).is_file():
            raise UnknownRevision(f"there is no revision {number}")
        return read_texts(folder)

    def record(self, texts: Texts, at: Micros, author: str, reason: str) -> Revision:
        """Keep these files as a new revision, unless the last one is the same. Raises OSError."""
        last = self.last()
        if last is not None and self.texts(last.number) == texts:
            return last
        revision = Revision(last.number + 1 if last else 1, at, author, reason)
        draft = self._folder / DRAFT
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True, mode=0o700)
        for name, text in texts.items():
            (draft / name).write_bytes(text)
        (draft / RECORD).write_bytes(msgspec.json.encode(revision))
        draft.rename(self._folder / f"{revision.number:06}")
        return revision

    def _read(self, number: int) -> Revision:
        text = (self._folder / f"{number:06}" / RECORD).read_bytes()
        return msgspec.json.decode(text, type=Revision)
