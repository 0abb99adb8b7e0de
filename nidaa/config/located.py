"""A checked value together with where it was written, so that later checks can point at it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from nidaa.config.problems import Place
from nidaa.config.tree import KeyPath, Tree

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Spot:
    """Where an entry stands. A value merged from several files has the tree of each of its keys."""

    source: Tree | dict[str, Tree]
    path: KeyPath = ()

    def place(self, *path: str | int) -> Place:
        """Where the value at `path` below this one stands."""
        tree = self._tree(path)
        return tree.place((*self.path, *path)) if tree else Place(Path("system.yaml"))

    def key_place(self, *path: str | int) -> Place:
        """Where the key of that value stands; the value's own place where it has no key."""
        tree = self._tree(path)
        key = tree.keys.get((*self.path, *path)) if tree else None
        return key or self.place(*path)

    def _tree(self, path: KeyPath) -> Tree | None:
        if isinstance(self.source, Tree):
            return self.source
        first = str(path[0]) if path else ""
        return self.source.get(first) or next(iter(self.source.values()), None)


@dataclass(frozen=True, slots=True)
class Located(Generic[T]):
    value: T
    spot: Spot

    def place(self, *path: str | int) -> Place:
        return self.spot.place(*path)
