"""The browsers that listen: each gets a snapshot, then what changes of what it may see."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

from crm_api.live.board import Board, Changes
from crm_api.times import now_micros
from nidaa.contracts import live
from nidaa.logging import Log

log = Log("crm_api.live")

BACKLOG = 500  # messages a browser may be behind before it is closed
_encode = msgspec.json.Encoder().encode
replace = msgspec.structs.replace


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks: an agent sees their own, supervisors and administrators see the team."""

    user: str
    token_hash: str
    agent: str  # "" for a user who is no agent
    sees_team: bool
    language: str


class Browser:
    """One connected browser and what is still to be sent to it; None ends it."""

    def __init__(self, viewer: Viewer) -> None:
        self.viewer = viewer
        self.outgoing: asyncio.Queue[bytes | None] = asyncio.Queue(BACKLOG)
        self.is_closed = False
        self.seq = 0

    def send(self, message: live.FromServer) -> None:
        """Number it and put it in line; a browser too slow for its line is closed."""
        if self.is_closed:
            return
        if self.outgoing.qsize() >= BACKLOG - 1:
            log.warning("a browser is too slow and is closed", user=self.viewer.user)
            self.close()
            return
        if not isinstance(message, live.Pong):
            self.seq += 1
        self.outgoing.put_nowait(_encode(replace(message, seq=self.seq)))

    def close(self) -> None:
        """Nothing more is sent; what is in line is dropped. Idempotent."""
        if not self.is_closed:
            self.is_closed = True
            while not self.outgoing.empty():
                self.outgoing.get_nowait()
            self.outgoing.put_nowait(None)


class Hub:
    """All browsers, and the board they look at."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.is_sample = False
        self._browsers: set[Browser] = set()
        self._by_agent: dict[str, set[Browser]] = {}

    def join(self, viewer: Viewer) -> Browser:
        """A new browser; its snapshot is first in its line."""
        browser = Browser(viewer)
        self._browsers.add(browser)
        if viewer.agent:
            self._by_agent.setdefault(viewer.agent, set()).add(browser)
        browser.send(self._snapshot(viewer))
        return browser

    def leave(self, browser: Browser) -> None:
        self._browsers.discard(browser)
        mine = self._by_agent.get(browser.viewer.agent, set())
        mine.discard(browser)
        if not mine:
            self._by_agent.pop(browser.viewer.agent, None)

    def has_browser(self, agent: str) -> bool:
        """Is a screen of this agent connected?"""
        return bool(self._by_agent.get(agent))

    def end_session(self, token_hash: str) -> None:
        """Somebody signed out: their browser hears no more."""
        for browser in self._browsers:
            if browser.viewer.token_hash == token_hash:
                browser.close()

    def end_user(self, user: str) -> None:
        """A user's sessions were all ended."""
        for browser in self._browsers:
            if browser.viewer.user == user:
                browser.close()

    def close(self) -> None:
        for browser in self._browsers:
            browser.close()

    def publish(self, changes: Changes) -> None:
        """Send each browser what it may see of the changes."""
        if changes.agents or changes.queues or changes.are_alarms:
            for browser in self._browsers:
                self._send_changes(browser, changes)
        self.publish_calls(changes.calls)

    def publish_calls(self, calls: Mapping[str, live.CallView]) -> None:
        """Show each agent (the key) how their call looks now."""
        for agent, view in calls.items():
            for browser in self._by_agent.get(agent, ()):
                call = self._named(view, browser.viewer.language)
                browser.send(live.CallChanged(0, call))

    def publish_history(self, conversation: str, contact: str, agents: Iterable[str]) -> None:
        """A conversation was written: its agents and the supervisors fetch it again."""
        involved = set(agents)
        for browser in self._browsers:
            if browser.viewer.sees_team or browser.viewer.agent in involved:
                browser.send(live.HistoryChanged(0, conversation, contact))

    def _send_changes(self, browser: Browser, changes: Changes) -> None:
        viewer = browser.viewer
        seen = changes.agents if viewer.sees_team else changes.agents & {viewer.agent}
        for agent in sorted(seen):
            view = self.board.agent_view(agent)
            if view is not None:
                browser.send(live.AgentChanged(0, view))
        for queue in sorted(changes.queues & self._queues_of(viewer)):
            browser.send(live.QueueChanged(0, self.board.queue_view(queue, viewer.language)))
        if changes.are_alarms:
            browser.send(live.AlarmsChanged(0, self.board.alarms))

    def _snapshot(self, viewer: Viewer) -> live.Snapshot:
        board = self.board
        team = sorted(board.people.agents) if viewer.sees_team else []
        views = [view for agent in team if (view := board.agent_view(agent))]
        call = board.call_view(viewer.agent)
        return live.Snapshot(
            seq=0,
            server_at=now_micros(),
            agent=board.agent_view(viewer.agent),
            agents=tuple(views),
            queues=tuple(
                board.queue_view(queue, viewer.language)
                for queue in sorted(self._queues_of(viewer))
            ),
            call=self._named(call, viewer.language) if call else None,
            alarms=board.alarms,
            is_sample=self.is_sample,
        )

    def _queues_of(self, viewer: Viewer) -> set[str]:
        people = self.board.people
        if viewer.sees_team:
            return set(people.queues)
        person = people.agents.get(viewer.agent)
        return set(person.queues) if person else set()

    def _named(self, call: live.CallView, language: str) -> live.CallView:
        if not call.queue:
            return call
        return replace(call, queue_name=self.board.people.queue_name(call.queue, language))
