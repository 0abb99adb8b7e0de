"""Bindings on disk, so that desk phones are reached at once after a restart.

One JSON line for each change, written in bunches by `flush`, and the whole anew at the start and
when changes outnumber bindings. What came over a connection is not kept: it ended with pbx.
Losing the last lines in a crash costs a phone at most the time until it registers again.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from nidaa.logging import Log
from pbx.registrar.location import Binding
from pbx.sip.errors import BadMessage
from pbx.sip.flow import Flow
from pbx.sip.uri import Uri

MOST_STALE = 4  # lines for each binding, before the file is written anew
FEWEST = 1000  # lines for which that is not worth it

_log = Log("pbx.registrar")


class Line(msgspec.Struct, frozen=True):
    """A binding as it stands in the file; `expires_at` is UTC seconds, 0 for one removed."""

    extension: str
    uri: str
    expires_at: float = 0.0
    device: str = ""
    transport: str = ""
    listener: str = ""
    host: str = ""
    port: int = 0
    call_id: str = ""
    cseq: int = 0
    params: str = ""
    instance: str = ""
    q: float = 1.0
    path: str = ""
    user_agent: str = ""


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Line).decode


class Journal:
    """`wall_offset` is what must be added to monotonic seconds to get UTC seconds."""

    def __init__(self, file: Path, wall_offset: float) -> None:
        self._file, self._offset = file, wall_offset
        self._unwritten: list[Binding | Line] = []
        self._lines = 0
        self._is_broken = False

    def note(self, binding: Binding) -> None:
        if not binding.flow.id:
            self._unwritten.append(binding)

    def note_gone(self, binding: Binding) -> None:
        if not binding.flow.id:
            self._unwritten.append(Line(binding.extension, binding.key))

    def restore(self, sent_by: Mapping[str, str], now: float) -> Iterator[Binding]:
        """The bindings that were there and still hold; `sent_by` is that of each listener now."""
        kept: dict[tuple[str, str], Line] = {}
        for line in self._read():
            kept.pop((line.extension, line.uri), None)
            if line.expires_at - self._offset > now and line.listener in sent_by:
                kept[line.extension, line.uri] = line
        for line in kept.values():
            binding = self._binding(line, sent_by[line.listener])
            if binding is not None:
                yield binding

    def _read(self) -> Iterator[Line]:
        try:
            text = self._file.read_bytes()
        except FileNotFoundError:
            return
        except OSError as error:
            _log.error(f"registrations cannot be read, phones will come by themselves: {error}")
            return
        for row in text.splitlines():
            try:
                yield _decode(row)
            except msgspec.DecodeError:  # torn by a crash
                continue

    def flush(self, bindings: Iterable[Binding], count: int) -> None:
        """Write what changed; `bindings` are the `count` there are, for when it is all written."""
        if not self._unwritten:
            return
        self._lines += len(self._unwritten)
        if self._is_broken or self._lines > max(FEWEST, MOST_STALE * count):
            self.rewrite(bindings)
            return
        try:
            with open(self._file, "ab", opener=_private) as stream:
                stream.write(self._rows(self._unwritten))
        except OSError as error:
            self._fail(error)
        self._unwritten.clear()

    def rewrite(self, bindings: Iterable[Binding]) -> None:
        """Write the file anew, in one step."""
        rows = [binding for binding in bindings if not binding.flow.id]
        fresh = self._file.with_suffix(".new")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with open(fresh, "wb", opener=_private) as stream:
                stream.write(self._rows(rows))
            fresh.replace(self._file)
        except OSError as error:
            self._fail(error)
            return
        self._lines, self._is_broken = len(rows), False
        self._unwritten.clear()

    def _fail(self, error: OSError) -> None:
        if not self._is_broken:
            _log.error(f"registrations cannot be written to {self._file}: {error}")
        self._is_broken = True

    def _rows(self, entries: Iterable[Binding | Line]) -> bytes:
        lines = [e if isinstance(e, Line) else self._line(e) for e in entries]
        return b"".join([_encode(line) + b"\n" for line in lines])

    def _line(self, binding: Binding) -> Line:
        return Line(
            extension=binding.extension,
            uri=binding.key,
            expires_at=binding.expires_at + self._offset,
            device=binding.device,
            transport=binding.flow.transport,
            listener=binding.flow.listener,
            host=binding.flow.peer[0],
            port=binding.flow.peer[1],
            call_id=binding.call_id,
            cseq=binding.cseq,
            params=binding.params,
            instance=binding.instance,
            q=binding.q,
            path=binding.path,
            user_agent=binding.user_agent,
        )

    def _binding(self, line: Line, sent_by: str) -> Binding | None:
        try:
            uri = Uri.parse(line.uri)
        except BadMessage:
            return None
        return Binding(
            extension=line.extension,
            uri=uri,
            device=line.device,
            flow=Flow(line.transport, line.listener, sent_by, (line.host, line.port)),
            call_id=line.call_id,
            cseq=line.cseq,
            expires_at=line.expires_at - self._offset,
            params=line.params,
            instance=line.instance,
            q=line.q,
            path=line.path,
            user_agent=line.user_agent,
        )


def _private(path: str, flags: int) -> int:
    """Nobody else reads who is registered from where."""
    return os.open(path, flags, 0o600)
