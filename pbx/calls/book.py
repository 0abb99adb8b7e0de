"""The calls under way: each with its task, found by conversation."""

from __future__ import annotations

import asyncio
import traceback
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from typing import NoReturn

from nidaa.logging import Log
from pbx.calls.call import Call
from pbx.calls.causes import Cause
from pbx.calls.reports import EndAsked

log = Log("pbx.calls")
App = Callable[[Call], Awaitable[NoReturn]]


class CallBook:
    """Owns the tasks of all calls; they end with the task group."""

    def __init__(self, group: asyncio.TaskGroup) -> None:
        self._group = group
        self._calls: dict[str, Call] = {}
        self._trunks: Counter[str] = Counter()
        self.empty = asyncio.Event()  # set while there is no call
        self.empty.set()

    def __len__(self) -> int:
        return len(self._calls)

    def __iter__(self) -> Iterator[Call]:
        return iter(tuple(self._calls.values()))

    def start(self, call: Call, app: App) -> None:
        """Run the call in a task of its own."""
        self._calls[call.id] = call
        self.empty.clear()
        self._trunks[call.facts.trunk] += 1
        self._group.create_task(self._run(call, app))

    def get(self, conversation: str) -> Call | None:
        return self._calls.get(conversation)

    def on_trunk(self, trunk: str) -> int:
        """How many calls a trunk carries now."""
        return self._trunks[trunk]

    def end_all(self, cause: Cause) -> None:
        """Ask every call to end; `empty` is set when they have."""
        for call in self:
            call.put(EndAsked(cause))

    async def _run(self, call: Call, app: App) -> None:
        """Supervised: what even the call's own end cannot handle stays with this call."""
        try:
            await call.run(app)
        except Exception as error:
            log.error(f"call did not end well: {error!r}\n{traceback.format_exc()}", call=call.id)
        finally:
            del self._calls[call.id]
            if not self._calls:
                self.empty.set()
            self._trunks[call.facts.trunk] -= 1
