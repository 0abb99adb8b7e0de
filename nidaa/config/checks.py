"""What must hold between the parts of a configuration, each of which is right by itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import Any

from nidaa.config.dialplan_checks import dialplan_problems
from nidaa.config.located import Located
from nidaa.config.models import Listener, System, Trunk
from nidaa.config.parts import Parts
from nidaa.config.problems import Problem
from nidaa.config.queue_checks import queue_problems
from nidaa.config.schedule_checks import schedule_problems

EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 - compared with, not bound


def problems(parts: Parts) -> Iterator[Problem]:
    """Everything that contradicts something else."""
    for kind, entries in parts.named_lists():
        yield from _twice(kind, entries, "name")
    yield from _twice("number", parts.numbers, "number")
    yield from dialplan_problems(parts)
    yield from schedule_problems(parts)
    for queue in parts.queues:
        yield from queue_problems(queue)
    yield from _overlapping_trunks(parts.trunks)
    yield from _listeners(parts.system)
    yield from _ports(parts.system)


def _twice(kind: str, entries: Iterable[Located[Any]], key: str) -> Iterator[Problem]:
    first: dict[str, Located[Any]] = {}
    for entry in entries:
        name = getattr(entry.value, key)
        known = first.setdefault(name, entry)
        if known is not entry:
            where = known.place(key)
            yield Problem(entry.place(key), f'a {kind} "{name}" is already at {where}')


def _overlapping_trunks(trunks: Sequence[Located[Trunk]]) -> Iterator[Problem]:
    """A call must belong to one trunk by where it comes from."""
    for one, other in combinations(trunks, 2):
        for i, network in enumerate(other.value.sources):
            if any(_overlap(network, known) for known in one.value.sources):
                yield Problem(
                    other.place("sources", i),
                    f'{network} also belongs to the trunk "{one.value.name}"',
                )


def _overlap(one: Any, other: Any) -> bool:
    return one.version == other.version and bool(one.overlaps(other))


def _listeners(system: Located[System]) -> Iterator[Problem]:
    """Two sockets cannot share a port; webphones and only they need a browser's transport."""
    seen: dict[str, int] = {}
    listeners = system.value.listeners
    for i, listener in enumerate(listeners):
        if seen.setdefault(listener.name, i) != i:
            text = f'a listener "{listener.name}" is already there'
            yield Problem(system.place("listeners", i, "name"), text)
        if (listener.serves == "webphones") != (listener.transport == "wss"):
            needed = "wss" if listener.serves == "webphones" else "udp"
            text = f"{listener.serves} need the transport {needed}"
            yield Problem(system.place("listeners", i, "transport"), text)
        for other in listeners[:i]:
            if _is_same_socket(listener, other):
                text = f'port {listener.port} is already used by "{other.name}"'
                yield Problem(system.place("listeners", i, "port"), text)


def _is_same_socket(one: Listener, other: Listener) -> bool:
    if (one.transport, one.port) != (other.transport, other.port):
        return False
    addresses = {one.address, other.address}
    return len(addresses) == 1 or not addresses.isdisjoint(EVERY_ADDRESS)


def _ports(system: Located[System]) -> Iterator[Problem]:
    """The web server and the media ports keep clear of the listeners."""
    media = system.value.media
    if media.last_port - media.first_port < 3:
        text = f"media needs at least 4 ports, {media.first_port} to {media.last_port} are too few"
        yield Problem(system.place("media"), text)
    for i, listener in enumerate(system.value.listeners):
        if listener.transport == "wss" and listener.port == system.value.http.port:
            text = f"port {listener.port} is already used by http"
            yield Problem(system.place("listeners", i, "port"), text)
        is_within = media.first_port <= listener.port <= media.last_port
        if listener.transport == "udp" and is_within:
            text = f"port {listener.port} lies among the media ports"
            yield Problem(system.place("listeners", i, "port"), text)
