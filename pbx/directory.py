"""Who people are, as crm_api last told: held in memory, and on disk for the next start."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

import msgspec

from nidaa.contracts import directory
from nidaa.logging import Log

_log = Log("pbx.directory")
T = TypeVar("T")
_decode = msgspec.json.Decoder(directory.Directory).decode

EMPTY = directory.Directory(version=0, tenant="", realm="")


class StaleDirectory(ValueError):
    """An older snapshot than the one in use; whoever publishes it must look again."""


class DirectoryBook:
    """The snapshot in use and what is looked up in it. Swapped as a whole, never changed."""

    devices: Mapping[str, directory.Device]  # by digest user name
    extensions: Mapping[str, directory.Extension]  # by number
    agents: Mapping[str, directory.Agent]  # by id
    agents_by_extension: Mapping[str, directory.Agent]

    def __init__(self, file: Path) -> None:
        self._file = file
        self._users: list[Callable[[directory.Directory], None]] = []
        self.snapshot = EMPTY
        self._use(_read(file))

    def on_change(self, user: Callable[[directory.Directory], None]) -> None:
        """Tell `user` of each new snapshot, and of the present one now."""
        self._users.append(user)
        user(self.snapshot)

    def publish(self, snapshot: directory.Directory) -> None:
        """Use this snapshot from now on and keep it for the next start.

        The same version again changes nothing. Raises StaleDirectory. A disk that cannot be
        written is only logged: what is in memory counts.
        """
        if snapshot.version < self.snapshot.version:
            raise StaleDirectory(
                f"directory {snapshot.version} is older than {self.snapshot.version} in use"
            )
        if snapshot == self.snapshot:
            return
        self._use(snapshot)
        try:
            _write(self._file, snapshot)
        except OSError as error:
            _log.error(f"cannot keep the directory in {self._file}: {error}")
        for user in self._users:
            user(snapshot)

    def _use(self, snapshot: directory.Directory) -> None:
        self.snapshot = snapshot
        self.devices = _by(snapshot.devices, "username")
        self.extensions = _by(snapshot.extensions, "number")
        self.agents = _by(snapshot.agents, "id")
        self.agents_by_extension = _by(snapshot.agents, "extension")


def _by(entries: tuple[T, ...], key: str) -> Mapping[str, T]:
    return MappingProxyType({getattr(entry, key): entry for entry in entries})


def _read(file: Path) -> directory.Directory:
    try:
        return _decode(file.read_bytes())
    except FileNotFoundError:
        return EMPTY
    except (OSError, msgspec.DecodeError) as error:
        _log.error(f"cannot use the directory kept in {file}, waiting for crm_api: {error}")
        return EMPTY


def _write(file: Path, snapshot: directory.Directory) -> None:
    """Replace the file in one step: a crash leaves the old one or the new one. It holds secrets."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(".new")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(msgspec.json.encode(snapshot))
        stream.flush()
        os.fsync(stream.fileno())
    fresh.replace(file)
