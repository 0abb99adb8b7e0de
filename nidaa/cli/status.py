"""`nidaa status`: asks the running pbx how it is."""

from __future__ import annotations

from nidaa.contracts.control import GetHealth, Health
from nidaa.contracts.link import PbxLink
from nidaa.settings import Paths


class NotRunning(Exception):
    """There is nobody to ask; the text says the way out."""


async def describe(paths: Paths) -> str:
    """The health of the running system in a few lines. Raises NotRunning."""
    try:
        link = await PbxLink.connect(paths.pbx_socket, client="cli")
    except OSError:
        raise NotRunning("pbx is not running (`nidaa serve` starts it)") from None
    try:
        health = await link.request(GetHealth())
    finally:
        await link.close()
    if not isinstance(health, Health):
        return f"pbx gave no health: {health}"
    workers = ", ".join(
        f"{number} {'up' if is_up else 'DOWN'}"
        for number, is_up in enumerate(health.media_workers, 1)
    )
    lines = [
        f"nidaa {health.version}: {health.calls} calls, {health.registrations} registrations",
        f"media workers: {workers}",
        f"directory version {health.directory_version}",
        f"events: {health.last_seq}, of which crm_api has {health.acked_seq}",
    ]
    lines += [f"ALARM {name}: {text}" for name, text in health.alarms.items()]
    return "\n".join(lines)
