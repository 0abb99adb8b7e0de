"""The live WebSocket: crm_api -> browsers. A snapshot, then deltas numbered without gaps.

A gap in `seq` means: close, connect again, take the new snapshot. `at` values are UTC microseconds.
The browser's types are generated from here (`make contracts`).
"""

from __future__ import annotations

import msgspec

from nidaa.contracts.events import AgentState, Micros


class ContactCard(msgspec.Struct, frozen=True):
    """What the agent needs to see before saying hello."""

    id: str
    name: str
    company: str
    language: str  # fr | ar | en
    is_vip: bool
    wilaya: str
    numbers: tuple[str, ...]  # E.164
    notes: str
    calls_before: int
    last_call_at: Micros  # 0 when there was none
    last_note: str
    why: str  # why this contact matched: e164 | national | last8


class Match(msgspec.Struct, frozen=True):
    """Who is calling: `kind` is one, many, none, anonymous or unavailable (CRM did not answer)."""

    kind: str
    contacts: tuple[ContactCard, ...] = ()


class AgentView(msgspec.Struct, frozen=True):
    agent: str
    name: str
    extension: str
    state: AgentState
    reason: str
    since_at: Micros
    until_at: Micros
    wanted_next: str
    is_reachable: bool


class QueueView(msgspec.Struct, frozen=True):
    queue: str
    name: str
    waiting: int
    longest_since_at: Micros  # when the longest waiting caller entered; 0: nobody waits
    ready: int
    agents: int


class CallView(msgspec.Struct, frozen=True):
    """One call of this agent."""

    conversation: str
    attempt: str
    direction: str
    state: str  # reserved | ringing | active | held | ended
    from_number: str
    to_number: str
    queue: str
    queue_name: str
    waited_for: float
    since_at: Micros  # when `state` began
    answered_at: Micros  # 0 until answered
    deadline_at: Micros  # of ringing; 0 otherwise
    match: Match


class Alarm(msgspec.Struct, frozen=True):
    """`code` is translated by the browser: pbx_down, media_worker_down, crm_late ..."""

    alarm: str
    code: str
    text: str
    since_at: Micros


class Snapshot(msgspec.Struct, frozen=True, tag="snapshot"):
    seq: int
    server_at: Micros
    agent: AgentView | None  # None for a user who is no agent
    agents: tuple[AgentView, ...]  # the team; empty for an agent
    queues: tuple[QueueView, ...]  # those the user may see
    call: CallView | None
    alarms: tuple[Alarm, ...]
    is_sample: bool


class CallChanged(msgspec.Struct, frozen=True, tag="call.changed"):
    """The agent's call appeared or changed; `state` "reserved" is the screen-pop.

    On "reserved" the browser draws the card, then says card.shown; only then does the phone ring.
    """

    seq: int
    call: CallView


class AgentChanged(msgspec.Struct, frozen=True, tag="agent.changed"):
    seq: int
    agent: AgentView


class QueueChanged(msgspec.Struct, frozen=True, tag="queue.changed"):
    seq: int
    queue: QueueView


class AlarmsChanged(msgspec.Struct, frozen=True, tag="alarms.changed"):
    seq: int
    alarms: tuple[Alarm, ...]


class HistoryChanged(msgspec.Struct, frozen=True, tag="history.changed"):
    """A conversation was written or its recording became playable: fetch it again."""

    seq: int
    conversation: str
    contact: str  # "" when it belongs to no contact


class Pong(msgspec.Struct, frozen=True, tag="pong"):
    seq: int  # that of the last message: a pong numbers nothing


FromServer = (
    Snapshot | CallChanged | AgentChanged | QueueChanged | AlarmsChanged | HistoryChanged | Pong
)


class CardShownByBrowser(msgspec.Struct, frozen=True, tag="card.shown"):
    attempt: str


class Ping(msgspec.Struct, frozen=True, tag="ping"):
    """Sent every 4 s; a server that does not answer is gone."""


FromBrowser = CardShownByBrowser | Ping
