"""Measures the screen-pop: pbx says that an agent is reserved -> their browser has the card.

`python -m tests.bench.screen_pop [SECONDS]` prints JSON lines. crm_api runs as installed, in a
process of its own, on HTTPS; here are a pbx that speaks the control contract and tells whole calls
(all of which crm_api writes down meanwhile), ten a second, and the browsers of twenty agents.
"""

from __future__ import annotations

import asyncio
import os
import ssl
import sys
import tempfile
from contextlib import AsyncExitStack
from itertools import count
from pathlib import Path
from time import perf_counter

import msgspec
import websockets

from crm_api.auth import COOKIE, hash_token, new_token
from crm_api.database import migrate, open_database
from crm_api.times import now_micros
from crm_api.users.passwords import hash_password
from crm_api.users.repository import SessionRepository
from crm_api.users.service import NewUser, UserService
from nidaa.certificates import ensure_certificates
from nidaa.contracts import control, live
from nidaa.settings import Paths
from tests.bench.contact_lookup import fill, number_of
from tests.bench.report import report
from tests.crm_api.events import Script
from tests.crm_api.fake_pbx import FakePbx
from tests.support.net import free_port

AGENTS, RATE, SECONDS, CONTACTS, WARM_UP = 20, 10, 30, 100_000, 20


class Screens:
    """The agents' browsers; they note when a card came and say that they show it."""

    def __init__(self) -> None:
        self.sent_at: dict[str, float] = {}
        self.took: list[float] = []

    async def watch(self, url: str, port: int, token: str) -> None:
        context = ssl._create_unverified_context()  # noqa: S323  a CA made for this run
        origin = websockets.Origin(f"https://127.0.0.1:{port}")
        async with websockets.connect(
            url,
            ssl=context,
            origin=origin,
            additional_headers={"Cookie": f"{COOKIE}={token}"},
            compression=None,
        ) as socket:
            async for text in socket:
                message = msgspec.json.decode(text, type=live.FromServer)
                if isinstance(message, live.CallChanged) and message.call.state == "reserved":
                    attempt = message.call.attempt
                    self.took.append((perf_counter() - self.sent_at[attempt]) * 1000)
                    shown = live.CardShownByBrowser(attempt)
                    await socket.send(msgspec.json.encode(shown).decode())


async def prepare(paths: Paths) -> list[tuple[str, str]]:
    """(agent, session token) of each agent."""
    database = open_database(paths)
    password_hash, found = hash_password(new_token()), []
    async with database.writing() as session:
        for number in range(AGENTS):
            token = new_token()
            new = NewUser(
                f"agent{number}",
                f"Agent {number}",
                password_hash,
                "agent",
                extension=str(1001 + number),
                queues=("support",),
            )
            user = await UserService(session, "default").create(new)
            await SessionRepository(session, "default").add(
                hash_token(token), user.id, now_micros()
            )
            assert user.agent is not None
            found.append((user.agent.id, token))
    await database.close()
    return found


async def tell_calls(
    pbx: FakePbx, screens: Screens, agents: list[tuple[str, str]], seconds: int
) -> None:
    """Ten calls a second, each whole: it arrives, is taken, held, wrapped up."""
    numbers, begin = count(1), perf_counter()
    async with asyncio.TaskGroup() as calls:
        for number in range(RATE * seconds):
            await asyncio.sleep(max(0.0, begin + number / RATE - perf_counter()))
            phone = f"+213{number_of(number * 37 % CONTACTS)}"
            script = Script(f"v{number}", numbers=numbers)
            calls.create_task(tell_call(pbx, screens, script, agents[number % AGENTS][0], phone))


async def tell_call(pbx: FakePbx, screens: Screens, script: Script, agent: str, phone: str) -> None:
    """One call; as in pbx the phone rings when the card is shown."""
    script.arrives(0, phone)
    await pbx.say(*script.take())
    script.reserves(4, agent, phone)
    attempt = f"{script.conversation}-try"
    screens.sent_at[attempt] = perf_counter()
    await pbx.say(*script.take())
    shown = control.CardShown(attempt, "shown")
    await asyncio.wait_for(pbx.wait_for(lambda: shown in pbx.asked), 10)
    script.rings(4, agent)
    script.answers(8, agent)
    script.holds(12, agent, until=18)
    script.hangs_up(28, agent)
    script.is_ready(38, agent)
    await pbx.say(*script.take())


async def run(folder: Path, seconds: int) -> list[float]:
    paths = Paths(folder / "s", folder / "c")
    port, screens = free_port(), Screens()
    agents = await prepare(paths)
    pbx = FakePbx(paths.pbx_socket)
    await pbx.start()
    environment = {**os.environ, "NIDAA_STATE": str(paths.state), "NIDAA_CONFIG": str(paths.config)}
    (paths.config / "system.yaml").write_text(f"http: {{port: {port}}}\n")
    async with AsyncExitStack() as stack:
        log = stack.enter_context((folder / "api.log").open("wb"))
        api = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "nidaa.cli", "api", env=environment, stdout=log, stderr=log
        )
        stack.callback(api.terminate)
        await asyncio.wait_for(pbx.wait_for(lambda: pbx.got(control.PublishDirectory)), 30)
        url = f"wss://127.0.0.1:{port}/api/live"
        watching = [asyncio.create_task(screens.watch(url, port, token)) for _, token in agents]
        await asyncio.sleep(2)
        await tell_calls(pbx, screens, agents, seconds)
        await asyncio.wait_for(pbx.wait_for(lambda: pbx.acked == pbx.events[-1].seq), 60)
        for task in watching:
            task.cancel()
        for result in await asyncio.gather(*watching, return_exceptions=True):
            if isinstance(result, Exception):
                raise result
        api.terminate()
        await api.wait()
        stack.pop_all()
    await pbx.stop()
    return screens.took


def main() -> None:
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = Paths(folder / "s", folder / "c")
        paths.config.mkdir()
        migrate(paths)
        fill(paths.state / "nidaa.db", CONTACTS)
        ensure_certificates(paths.certificates, "127.0.0.1")
        (paths.config / "queues.yaml").write_text("queues: [{name: support}]\n")
        took = asyncio.run(run(folder, seconds))
    late = sorted(took[WARM_UP:])
    report("screen_pop_ms_p50", late[len(late) // 2], "ms")
    report("screen_pop_ms_p99", late[len(late) * 99 // 100], "ms")
    report("screen_pop_share_shown", len(took) / (RATE * seconds), "ratio")


if __name__ == "__main__":
    main()
