"""A bridge: who hears whom among the legs of a call, as a pure hearing matrix."""

from __future__ import annotations

from dataclasses import dataclass, replace

Matrix = dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True)
class Bridge:
    """Two legs that talk. A leg that holds is heard by nobody; the one it holds hears music."""

    legs: tuple[str, str]
    holding: frozenset[str] = frozenset()

    def held_by(self, leg: str) -> Bridge:
        return replace(self, holding=self.holding | {leg})

    def resumed_by(self, leg: str) -> Bridge:
        return replace(self, holding=self.holding - {leg})

    @property
    def is_held(self) -> bool:
        return bool(self.holding)

    def hears(self) -> Matrix:
        """listener -> source -> gain; empty while either side holds."""
        first, second = self.legs
        if self.holding:
            return {}
        return {first: {second: 1.0}, second: {first: 1.0}}

    def music_to(self) -> frozenset[str]:
        """The legs that wait for the other side; none when both hold each other."""
        return frozenset(self.legs) - self.holding if self.holding else frozenset()
