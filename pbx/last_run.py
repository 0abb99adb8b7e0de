"""Ends, in the events, what the last run of this pbx left open when it died."""

from __future__ import annotations

from nidaa.contracts.events import (
    AgentStateChanged,
    AlarmCleared,
    CallEnded,
    encode_data,
    event_type,
)
from nidaa.logging import Log
from pbx.leftovers import endings
from pbx.outbox import Outbox

log = Log("pbx.last_run")


def end_last_run(outbox: Outbox) -> None:
    """Tell how everything ended that an earlier pbx left open. Raises OSError."""
    open_events = outbox.unfinished()
    if not open_events:
        return
    at = max(outbox.alive_at, open_events[-1].at)
    for event, data in endings(open_events, at):
        if isinstance(data, CallEnded):
            log.warning("ended with the pbx that died", call=event.conversation)
        is_call = not isinstance(data, AgentStateChanged | AlarmCleared)
        conversation = event.conversation if is_call else ""
        outbox.append(event_type(data), at, event.tenant, conversation, encode_data(data))
    outbox.flush()
