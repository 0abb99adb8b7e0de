"""What call control itself costs: microseconds per two-leg call, without SIP, media and disk.

python -m tests.bench.calls
"""

from __future__ import annotations

import asyncio
import gc
import io
import json
import time
from collections.abc import Awaitable, Callable

from nidaa.contracts.events import EventData
from nidaa.logging import start_logging
from tests.pbx.apps.house import House
from tests.pbx.calls.fakes import FakeSession

CALLS = 2000


class Nowhere:
    """An event sink that keeps nothing."""

    def emit(self, conversation: str, data: EventData) -> None:
        pass


async def turn() -> None:
    """Let the calls' tasks run."""
    for _ in range(4):
        await asyncio.sleep(0)


def quiet_house() -> House:
    house = House()
    sink = Nowhere()
    house.owner._events = sink
    object.__setattr__(house.ports, "events", sink)
    return house


async def direct_call(house: House) -> None:
    _, caller = await house.direct_call()
    await finish(house, caller)


async def queue_call(house: House) -> None:
    _, caller = await house.queue_call()
    await finish(house, caller)
    house.owner.do(house.acd.finish_wrap_up, "anna")


async def finish(house: House, caller: FakeSession) -> None:
    phone = house.invited.pop()
    await house.say_ringing(phone)
    await house.pick_up(phone)
    await house.hang_up(caller)
    house.tasks.clear()


async def measure(name: str, call: Callable[[House], Awaitable[None]]) -> None:
    house = quiet_house()
    house.settle = turn  # type: ignore[method-assign]
    house.ready("anna")
    for _ in range(200):
        await call(house)
    gc.collect()
    gc.freeze()
    started_at = time.process_time()
    for _ in range(CALLS):
        await call(house)
    spent = (time.process_time() - started_at) / CALLS * 1_000_000
    print(json.dumps({"name": name, "value": round(spent, 1), "unit": "us"}))


async def main() -> None:
    await measure("direct_call_control_us", direct_call)
    await measure("queue_call_control_us", queue_call)


if __name__ == "__main__":
    start_logging(io.StringIO())
    asyncio.run(main())
