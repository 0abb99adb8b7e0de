"""Files that others read while we write them."""

from __future__ import annotations

import os
from pathlib import Path


def write_whole(path: Path, content: bytes, *, mtime_ns: int | None = None) -> None:
    """Replace the file in one step, so that no reader sees half of it. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with partial.open("wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        if mtime_ns is not None:
            os.utime(partial, ns=(mtime_ns, mtime_ns))
        partial.replace(path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise
