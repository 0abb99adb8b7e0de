"""The control server and its client, over a real socket."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from nidaa.contracts import control
from nidaa.contracts import link as link_module
from nidaa.contracts.control import Done, GetHealth, Health, Refusal, Refused, Result, SetReady
from nidaa.contracts.events import AgentState, AgentStateChanged, Event, typed
from nidaa.contracts.link import LinkLost, PbxLink
from nidaa.contracts.wire import frame
from pbx import control as module
from pbx import outbox as outbox_module
from pbx.control import ControlServer
from pbx.events import Events
from pbx.outbox import Outbox
from tests.support.until import until

HEALTH = Health("1", 0, 0, (), 0, 0, 0, {})


@dataclass
class Pbx:
    """A server with an outbox; `do` answers commands, `clients` says who came and went."""

    folder: Path
    do: Callable[[control.Command], Result | Awaitable[Result]] = lambda _: Done()
    asked: list[control.Command] = field(default_factory=list)
    clients: list[tuple[str, bool]] = field(default_factory=list)

    async def start(self) -> None:
        outbox = Outbox(self.folder / "outbox", "run")
        self.events = Events(outbox, "default", lambda: 1, lambda _name, _text: None)
        self.server = ControlServer(
            self.path, self._handle, self.events, "0.1.0", lambda *news: self.clients.append(news)
        )
        await self.server.start()

    @property
    def path(self) -> Path:
        return self.folder / "run" / "pbx.sock"

    def _handle(self, command: control.Command) -> Result | Awaitable[Result]:
        self.asked.append(command)
        return self.do(command)

    async def connect(self, client: str = "crm_api", events_after: int = -1) -> PbxLink:
        return await PbxLink.connect(self.path, client, events_after)

    def emit(self, *agents: str) -> None:
        for agent in agents:
            self.events.emit("", AgentStateChanged(agent, AgentState.READY))

    async def stop(self) -> None:
        await self.server.close()
        await self.events.close()


@pytest.fixture
async def pbx(tmp_path: Path) -> AsyncIterator[Pbx]:
    made = Pbx(tmp_path)
    await made.start()
    yield made
    await made.stop()


async def receive(link: PbxLink, count: int) -> list[Event]:
    found: list[Event] = []
    async for batch in link.batches():
        found += batch
        if len(found) >= count:
            break
    return found


def agents(found: list[Event]) -> list[str]:
    return [data.agent for event in found if isinstance(data := typed(event), AgentStateChanged)]


async def gone(pbx: Pbx, client: str) -> None:
    await until(lambda: not pbx.server.is_connected(client))


# commands


async def test_a_command_is_answered(pbx: Pbx) -> None:
    pbx.do = lambda _: HEALTH
    async with await pbx.connect() as link:
        assert link.welcome == control.Welcome("0.1.0", 0)
        assert await link.request(GetHealth()) == HEALTH
        assert pbx.asked == [GetHealth()]


async def test_a_command_that_takes_time_does_not_hold_up_the_next(pbx: Pbx) -> None:
    gate = asyncio.Event()

    async def slow() -> Result:
        await gate.wait()
        return Done()

    pbx.do = lambda command: HEALTH if command == GetHealth() else slow()
    async with await pbx.connect() as link:
        waiting = asyncio.create_task(link.request(SetReady("anna")))
        assert await link.request(GetHealth()) == HEALTH
        gate.set()
        assert await waiting == Done()


async def test_a_repeated_key_does_nothing_again_even_on_another_connection(pbx: Pbx) -> None:
    async with await pbx.connect() as link:
        assert await link.request(SetReady("anna"), key="k1") == Done()
    pbx.do = lambda _: HEALTH
    async with await pbx.connect() as link:
        assert await link.request(SetReady("anna"), key="k1") == Done()
        assert await link.request(SetReady("anna"), key="k2") == HEALTH
    assert len(pbx.asked) == 2


async def test_a_key_repeated_while_the_first_is_under_way_waits_for_it(pbx: Pbx) -> None:
    gate = asyncio.Event()

    async def slow() -> Result:
        await gate.wait()
        return HEALTH

    pbx.do = lambda _: slow()
    async with await pbx.connect() as link:
        both = [asyncio.create_task(link.request(GetHealth(), key="k")) for _ in range(2)]
        await until(lambda: pbx.asked)
        gate.set()
        assert await asyncio.gather(*both) == [HEALTH, HEALTH]
    assert len(pbx.asked) == 1


async def test_keys_are_forgotten_when_there_are_too_many(
    pbx: Pbx, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_KEYS", 2)
    async with await pbx.connect() as link:
        for key in ("a", "b", "c", "c", "a"):
            await link.request(GetHealth(), key=key)
    assert len(pbx.asked) == 4


async def test_a_command_that_fails_is_said_to_and_others_go_on(pbx: Pbx) -> None:
    async def later() -> Result:
        raise ZeroDivisionError

    def at_once(_: control.Command) -> Result:
        raise ZeroDivisionError

    async with await pbx.connect() as link:
        for do in (at_once, lambda _: later()):
            pbx.do = do
            result = await link.request(GetHealth())
            assert isinstance(result, Refused)
            assert result.code is Refusal.FAILED
        pbx.do = lambda _: HEALTH
        assert await link.request(GetHealth()) == HEALTH


async def test_a_reply_that_does_not_come_is_a_lost_link(pbx: Pbx) -> None:
    async def never() -> Result:
        await asyncio.Event().wait()
        return Done()

    pbx.do = lambda _: never()
    async with await pbx.connect() as link:
        with pytest.raises(LinkLost, match="did not answer"):
            await link.request(GetHealth(), wait_for=0.01)


# who may connect


async def test_who_came_and_who_went(pbx: Pbx) -> None:
    first = await pbx.connect()
    second = await pbx.connect()
    assert pbx.server.is_connected("crm_api")
    await first.close()
    await second.close()
    await gone(pbx, "crm_api")
    assert pbx.clients == [("crm_api", True), ("crm_api", False)]


async def test_only_our_own_user_may_open_the_socket(pbx: Pbx) -> None:
    assert pbx.path.stat().st_mode & 0o777 == 0o600


async def test_another_user_is_turned_away(pbx: Pbx, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_peer_uid", lambda _peer: os.getuid() + 1000)
    with pytest.raises(LinkLost):
        await pbx.connect()


@pytest.mark.parametrize(
    "said",
    [
        frame(control.Request(1, GetHealth())),
        frame(control.Hello("a")) + frame(control.Hello("b")),
        b"\xff\xff\xff\xff",
        b"GET / HTTP/1.1\r\n\r\n",
        frame({"type": "nonsense"}),
    ],
)
async def test_who_speaks_something_else_is_closed(pbx: Pbx, said: bytes) -> None:
    reader, writer = await asyncio.open_unix_connection(str(pbx.path))
    writer.write(said)
    with suppress(ConnectionResetError):
        await reader.read()
    writer.close()
    assert pbx.asked == []


async def test_a_second_pbx_does_not_take_the_socket(pbx: Pbx) -> None:
    second = ControlServer(pbx.path, lambda _: Done(), pbx.events, "1")
    with pytest.raises(FileExistsError, match="another pbx"):
        await second.start()
    await second.close()
    await (await pbx.connect()).close()


async def test_a_path_no_socket_can_have_is_an_error(pbx: Pbx) -> None:
    server = ControlServer(pbx.folder / ("x" * 120), lambda _: Done(), pbx.events, "1")
    with pytest.raises(OSError, match="too long"):
        await server.start()
    await server.close()


async def test_the_socket_of_a_pbx_that_died_is_replaced(tmp_path: Path) -> None:
    made = Pbx(tmp_path)
    made.path.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(made.path))
    await made.start()
    await (await made.connect()).close()
    await made.stop()


# events


async def test_events_come_as_they_happen(pbx: Pbx) -> None:
    async with await pbx.connect(events_after=0) as link:
        pbx.emit("anna")
        assert agents(await receive(link, 1)) == ["anna"]
        pbx.emit("bo", "cy")
        assert agents(await receive(link, 2)) == ["bo", "cy"]


async def test_who_did_not_ask_for_events_gets_none(pbx: Pbx) -> None:
    async with await pbx.connect() as link:
        pbx.emit("anna")
        pbx.events.flush()
        await link.request(GetHealth())
        assert link._receiver.batches.empty()


async def test_who_was_away_is_caught_up(pbx: Pbx) -> None:
    async with await pbx.connect(events_after=0) as link:
        pbx.emit("a", "b")
        link.ack((await receive(link, 2))[-1].seq)
    await gone(pbx, "crm_api")
    pbx.emit("c", "d")
    pbx.events.flush()
    async with await pbx.connect(events_after=2) as link:
        assert link.welcome.last_seq == 4
        assert agents(await receive(link, 2)) == ["c", "d"]


async def test_who_was_away_for_long_is_caught_up_from_disk(
    pbx: Pbx, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox_module, "RECENT", 2)
    monkeypatch.setattr(module, "BATCH", 3)
    names = [f"a{i}" for i in range(20)]
    pbx.emit(*names)
    pbx.events.flush()
    async with await pbx.connect(events_after=0) as link:
        pbx.emit("last")
        assert agents(await receive(link, 21)) == [*names, "last"]


async def test_who_does_not_acknowledge_gets_no_more_than_the_window(
    pbx: Pbx, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control, "WINDOW", 4)
    monkeypatch.setattr(module, "BATCH", 2)
    async with await pbx.connect(events_after=0) as link:
        pbx.emit(*"abcdefgh")
        assert agents(await receive(link, 4)) == [*"abcd"]
        await link.request(GetHealth())
        assert link._receiver.batches.empty()
        link.ack(3)
        assert agents(await receive(link, 4)) == [*"efgh"]


async def test_what_crm_api_acknowledges_is_deleted_here(pbx: Pbx) -> None:
    async with await pbx.connect(events_after=0) as link:
        pbx.emit(*"abc")
        await receive(link, 3)
        link.ack(2)
        await link.request(GetHealth())
        assert pbx.events.outbox.acked_seq == 2
        link.ack(99)  # more than it was sent: counts as all it was sent
        await link.request(GetHealth())
        assert pbx.events.outbox.acked_seq == 3


async def test_somebody_else_who_watches_deletes_nothing(pbx: Pbx) -> None:
    async with await pbx.connect("cli", events_after=0) as link:
        pbx.emit("a")
        await receive(link, 1)
        link.ack(1)
        await link.request(GetHealth())
        assert pbx.events.outbox.acked_seq == 0


async def test_who_knows_more_than_the_outbox_gets_all_of_it(pbx: Pbx) -> None:
    pbx.emit("a")
    pbx.events.flush()
    async with await pbx.connect(events_after=500) as link:
        assert link.welcome.last_seq == 1
        assert agents(await receive(link, 1)) == ["a"]


async def test_events_that_cannot_be_read_end_the_connection(
    pbx: Pbx, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_after: int, _limit: int) -> list[bytes]:
        raise OSError("unreadable")

    pbx.emit("a")
    pbx.events.flush()
    monkeypatch.setattr(pbx.events.outbox, "recent", lambda *_: None)
    monkeypatch.setattr(pbx.events.outbox, "read", broken)
    link = await pbx.connect(events_after=0)
    with pytest.raises(LinkLost):
        await receive(link, 1)
    await link.close()


async def test_a_client_may_go_while_it_is_caught_up(
    pbx: Pbx, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Event()
    monkeypatch.setattr(pbx.events.outbox, "recent", lambda *_: None)
    monkeypatch.setattr(pbx.events.outbox, "read", lambda *_: gate.wait(5) and [])
    pbx.emit("a")
    pbx.events.flush()
    link = await pbx.connect(events_after=0)
    await link.close()
    await gone(pbx, "crm_api")
    gate.set()


async def test_a_client_that_reads_nothing_stops_nobody_and_is_caught_up(
    pbx: Pbx, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "HIGH_WATER", 1000)
    monkeypatch.setattr(module, "BATCH", 10)
    slow = await pbx.connect("slow", events_after=0)
    slow._transport.pause_reading()
    names = [f"agent-{i}" for i in range(8000)]
    pbx.emit(*names)
    pbx.events.flush()
    async with await pbx.connect("quick", events_after=0) as quick:
        assert len(await receive(quick, 8000)) == 8000
    slow._transport.resume_reading()
    assert agents(await receive(slow, 8000)) == names
    await slow.close()


async def test_a_client_that_takes_no_replies_is_closed(
    pbx: Pbx, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_UNSENT", 1000)
    pbx.do = lambda _: Refused(Refusal.FAILED, "x" * 500_000)
    link = await pbx.connect("deaf")
    link._transport.pause_reading()
    for number in range(9):
        link._transport.write(frame(control.Request(number, GetHealth())))
    await gone(pbx, "deaf")
    link._transport.abort()
    await link._receiver.closed.wait()


# the link's own end


async def test_no_pbx_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(LinkLost, match=r"no pbx at .*pbx\.sock: No such file"):
        await PbxLink.connect(tmp_path / "pbx.sock", "cli")


async def test_a_pbx_that_says_nothing_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link_module, "CONNECT_FOR", 0.01)
    path = tmp_path / "pbx.sock"
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(path))
        silent.listen()
        with pytest.raises(LinkLost, match="did not answer"):
            await PbxLink.connect(path, "cli")


async def test_a_link_ends_for_whoever_waits_when_pbx_stops(pbx: Pbx) -> None:
    async def never() -> Result:
        await asyncio.Event().wait()
        return Done()

    pbx.do = lambda _: never()
    link = await pbx.connect(events_after=0)
    waiting = asyncio.create_task(link.request(GetHealth()))
    await until(lambda: pbx.asked)
    await pbx.server.close()
    for doomed in (waiting, receive(link, 1), receive(link, 1), link.request(GetHealth())):
        with pytest.raises(LinkLost):
            await doomed
    assert link.is_lost
    link.ack(1)
    await link.close()


async def test_a_pbx_of_another_version_is_left(tmp_path: Path) -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(frame({"type": "bonjour"}))
        with suppress(ConnectionResetError):
            await reader.read()
        writer.close()

    path = tmp_path / "pbx.sock"
    server = await asyncio.start_unix_server(speak, str(path))
    with pytest.raises(LinkLost, match="another protocol or version"):
        await PbxLink.connect(path, "cli")
    server.close()
