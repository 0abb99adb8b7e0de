"""The location table: by which bindings an extension can be reached (RFC 3261 10.3). Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from math import inf

from pbx.sip.flow import Flow
from pbx.sip.uri import Uri

MAX_BINDINGS = 10  # of one extension; one more takes the place of the one that expires first


@dataclass(frozen=True, slots=True)
class Binding:
    """One registered Contact of an extension, and the flow by which its phone is reached."""

    extension: str
    uri: Uri
    device: str  # user name that it was registered with
    flow: Flow
    call_id: str
    cseq: int
    expires_at: float
    params: str = ""  # the Contact's other parameters as they came, given back in answers
    instance: str = ""  # +sip.instance (RFC 5626): the same phone, whatever its contact
    q: float = 1.0
    path: str = ""  # Path rows as they came (RFC 3327): the Route of requests to it
    user_agent: str = ""

    @property
    def key(self) -> str:
        return str(self.uri)


class Location:
    """Bindings by extension; what expires next is on a heap, and passed over when refreshed."""

    def __init__(self) -> None:
        self._bindings: dict[str, dict[str, Binding]] = {}
        self._by_flow: dict[Flow, set[tuple[str, str]]] = {}
        self._due: list[tuple[float, str, str]] = []
        self._watched: dict[tuple[str, str], float] = {}  # which entry of `_due` counts
        self.count = 0

    def __iter__(self) -> Iterator[Binding]:
        for bindings in self._bindings.values():
            yield from bindings.values()

    def of(self, extension: str) -> list[Binding]:
        """Those to ring: the highest q first, among equals the one bound last."""
        bindings = self._bindings.get(extension)
        return sorted(reversed(bindings.values()), key=_rank) if bindings else []

    def find(self, extension: str, key: str) -> Binding | None:
        return self._bindings.get(extension, {}).get(key)

    def put(self, binding: Binding) -> list[Binding]:
        """Add the binding or refresh it; the ones of which it took the place."""
        replaced = self._replaced(binding)
        for old in replaced:
            self._take(old)
        self._bindings.setdefault(binding.extension, {})[binding.key] = binding
        self.count += 1
        if binding.flow.id:
            name = binding.extension, binding.key
            self._by_flow.setdefault(binding.flow, set()).add(name)
        self._watch(binding)
        return replaced

    def _watch(self, binding: Binding) -> None:
        """See that the binding is looked at when it expires, or earlier."""
        name, at = (binding.extension, binding.key), binding.expires_at
        if at < self._watched.get(name, inf):
            self._watched[name] = at
            heappush(self._due, (at, *name))

    def _replaced(self, binding: Binding) -> list[Binding]:
        bindings = self._bindings.get(binding.extension, {})
        known = bindings.get(binding.key)
        replaced = [known] if known else []
        if binding.instance:
            replaced += [
                old
                for old in bindings.values()
                if old.instance == binding.instance and old is not known
            ]
        if not replaced and len(bindings) >= MAX_BINDINGS:
            replaced = [min(bindings.values(), key=lambda old: old.expires_at)]
        return replaced

    def remove(self, binding: Binding) -> bool:
        """False when it is no longer there, or another has its place."""
        if self.find(binding.extension, binding.key) is not binding:
            return False
        self._take(binding)
        return True

    def _take(self, binding: Binding) -> None:
        bindings = self._bindings[binding.extension]
        del bindings[binding.key]
        self.count -= 1
        if not bindings:
            del self._bindings[binding.extension]
        names = self._by_flow.get(binding.flow)
        if names is not None:
            names.discard((binding.extension, binding.key))
            if not names:
                del self._by_flow[binding.flow]

    def on_flow(self, flow: Flow) -> list[Binding]:
        """What was registered over this connection, and cannot be reached without it."""
        names = self._by_flow.get(flow, ())
        return [self._bindings[extension][key] for extension, key in sorted(names)]

    def expired(self, now: float) -> Iterator[Binding]:
        """Each binding whose time is over, to be removed by the caller."""
        while self._due and self._due[0][0] <= now:
            at, extension, key = heappop(self._due)
            if self._watched.get((extension, key)) != at:
                continue
            del self._watched[extension, key]
            binding = self.find(extension, key)
            if binding is not None and binding.expires_at <= now:
                yield binding
            elif binding is not None:  # refreshed meanwhile
                self._watch(binding)

    def next_deadline(self) -> float | None:
        """When to look for expired bindings; at the latest."""
        return self._due[0][0] if self._due else None


def _rank(binding: Binding) -> float:
    return -binding.q
