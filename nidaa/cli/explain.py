"""`nidaa explain QUEUE`: why callers got the agents they got, as the running pbx says it."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from nidaa.contracts.control import Decision, Decisions, GetDecisions, Refused
from nidaa.contracts.link import PbxLink
from nidaa.settings import Paths


class CannotExplain(Exception):
    """pbx is not there or knows no such queue; the text says which."""


async def explain(paths: Paths, queue: str, *, is_json: bool) -> str:
    """The latest decisions about the queue, one a line, or as JSON. Raises CannotExplain."""
    try:
        async with await PbxLink.connect(paths.pbx_socket, client="cli") as link:
            said = await link.request(GetDecisions(queue))
    except OSError:
        raise CannotExplain("pbx is not running (`nidaa serve` starts it)") from None
    if not isinstance(said, Decisions):
        raise CannotExplain(said.text if isinstance(said, Refused) else f"pbx said {said}")
    if is_json:
        return msgspec.json.format(msgspec.json.encode(said)).decode()
    return "\n".join(map(_line, said.decisions)) or f"nobody called {queue} since pbx started"


def _line(decision: Decision) -> str:
    at = datetime.fromtimestamp(decision.at / 1_000_000, UTC).astimezone()
    return f"{at:%H:%M:%S} {decision.text}"
