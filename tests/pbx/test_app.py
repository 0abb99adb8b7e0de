"""The pbx process whole: real sockets, a real media worker, the control link, SIGTERM."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import pytest

from nidaa.certificates import ensure_certificates
from nidaa.contracts import control, directory
from nidaa.contracts.events import AgentState, Event
from nidaa.contracts.link import PbxLink
from pbx.app import serve
from pbx.sip.account import Account
from pbx.sip.digest import Algorithm, ha1
from pbx.sip.flow import Flow
from pbx.sip.message import Request, Response, parse_message
from tests.support.media import description
from tests.support.media_worker import paths_below, worker_process
from tests.support.net import free_port
from tests.support.phone import Phone

REALM, PASSWORD = "nidaa.local", "secret"
SOON = 10.0  # seconds; only a broken system comes near it


def device() -> directory.Device:
    secrets = (ha1("d1001", REALM, PASSWORD, one) for one in (Algorithm.MD5, Algorithm.SHA256))
    return directory.Device("d1001", "1001", "desk", *secrets)


DIRECTORY = directory.Directory(
    1,
    "default",
    REALM,
    (directory.Extension("1001", "Anna"),),
    (device(),),
    (directory.Agent("anna", "Anna", "1001", (directory.Membership("support"),), False),),
)


class SocketWire(asyncio.DatagramProtocol):
    """Carries a scripted phone's messages over a real socket to pbx."""

    def __init__(self, port: int) -> None:
        self._to = ("127.0.0.1", port)
        self.phone: Phone | None = None
        self.came = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        assert self.phone
        self.phone.inbox.append(parse_message(data))
        self.came.set()

    def give(self, data: bytes, flow: Flow) -> None:
        self.transport.sendto(data, self._to)

    def deliver(self) -> None:
        """The loop brings what comes."""

    async def take(self, *kinds: str | int) -> Request | Response:
        """The next message, which is one of these; retransmissions of what came are passed."""
        assert self.phone
        while True:
            async with asyncio.timeout(SOON):
                while not self.phone.inbox:
                    self.came.clear()
                    await self.came.wait()
            message = self.phone.inbox.pop(0)
            self.phone._learn(message)
            if (message.method if isinstance(message, Request) else message.status) in kinds:
                return message


class Site:
    """A configuration with ports of its own, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.paths = paths_below(folder)
        self.phones, self.trunks, self.web = (
            free_port(),
            free_port(),
            free_port(),
        )
        ensure_certificates(self.paths.certificates, "127.0.0.1")
        config = self.paths.config
        (config / "system.yaml").write_text(
            "media:\n  workers: 1\n  first_port: 31000\n  last_port: 31999\n"
            "listeners:\n"
            + "".join(
                f"  - name: {name}\n    serves: {name}\n    transport: {kind}\n    port: {port}\n"
                for name, kind, port in (
                    ("phones", "udp", self.phones),
                    ("trunks", "udp", self.trunks),
                    ("webphones", "wss", self.web),
                )
            )
        )
        (config / "trunks.yaml").write_text("trunks:\n  - name: t\n    sources: [127.0.0.0/8]\n")
        (config / "numbers.yaml").write_text(
            'numbers:\n  - number: "+21321000001"\n    queue: support\n'
        )
        (config / "queues.yaml").write_text("queues:\n  - name: support\n    wrap_up_for: 5\n")

    @asynccontextmanager
    async def running(self) -> AsyncIterator[tuple[asyncio.Task[None], subprocess.Popen[bytes]]]:
        """pbx and its media worker; pbx is ended by SIGTERM as its supervisor does."""
        is_up = asyncio.Event()
        with worker_process(self.paths) as worker:
            task = asyncio.create_task(serve(self.paths, lambda _: is_up.set()))
            try:
                async with asyncio.timeout(SOON):
                    await is_up.wait()
                yield task, worker
            finally:
                if not task.done():
                    os.kill(os.getpid(), signal.SIGTERM)
                async with asyncio.timeout(SOON):
                    await task

    @asynccontextmanager
    async def phone(self, name: str, port: int) -> AsyncIterator[tuple[Phone, SocketWire]]:
        loop = asyncio.get_running_loop()
        _, wire = await loop.create_datagram_endpoint(
            lambda: SocketWire(port), local_addr=("127.0.0.1", 0)
        )
        own = wire.transport.get_extra_info("sockname")
        phone = wire.phone = Phone(wire, name, Flow("UDP", name, "", own))  # type: ignore[arg-type]
        yield phone, wire
        wire.transport.close()


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


async def register(phone: Phone, wire: SocketWire) -> None:
    phone.start("sip:1001@nidaa.local")
    phone.request("REGISTER", uri="sip:nidaa.local")
    challenge = await wire.take(401)
    account = Account("d1001", PASSWORD, lambda: "cnonce")
    row = account.response(challenge.fields["www-authenticate"], "REGISTER", "sip:nidaa.local")
    phone.request("REGISTER", uri="sip:nidaa.local", rows=f"Authorization: {row}\r\n")
    await wire.take(200)


async def until(link: PbxLink, is_so: Callable[[control.LiveState], bool]) -> control.LiveState:
    """Look until the live state is so."""
    async with asyncio.timeout(SOON):
        while True:
            live = await link.request(control.GetLive())
            assert isinstance(live, control.LiveState)
            if is_so(live):
                return live
            await asyncio.sleep(0.02)


async def media_up(link: PbxLink) -> None:
    async with asyncio.timeout(SOON):
        while True:
            health = await link.request(control.GetHealth())
            assert isinstance(health, control.Health)
            if all(health.media_workers):
                return
            await asyncio.sleep(0.05)


async def shift(link: PbxLink) -> None:
    """Anna is there and ready."""
    for command in (control.SignOn("anna"), control.SetReady("anna")):
        assert await link.request(command) == control.Done()


class Listener:
    """The events of a link, as they come."""

    def __init__(self, link: PbxLink) -> None:
        self.events: list[Event] = []
        self._task = asyncio.create_task(self._listen(link))

    async def _listen(self, link: PbxLink) -> None:
        async for batch in link.batches():
            self.events += batch
            link.ack(batch[-1].seq)

    async def has(self, kind: str) -> Event:
        async with asyncio.timeout(SOON):
            while True:
                found = [event for event in self.events if event.type == kind]
                if found:
                    return found[-1]
                await asyncio.sleep(0.02)

    def stop(self) -> None:
        self._task.cancel()


async def test_a_call_through_the_whole_process(site: Site) -> None:
    async with (
        site.running(),
        site.phone("anna", site.phones) as (anna, anna_wire),
        site.phone("customer", site.trunks) as (customer, customer_wire),
        await PbxLink.connect(site.paths.pbx_socket, "test", events_after=0) as link,
    ):
        listener = Listener(link)
        await media_up(link)
        assert await link.request(control.PublishDirectory(DIRECTORY)) == control.Done()
        await register(anna, anna_wire)
        await shift(link)

        customer.invite("sip:+21321000001@127.0.0.1", description("customer"))
        await customer_wire.take(200)
        customer.ack()
        invite = await anna_wire.take("INVITE")
        assert isinstance(invite, Request)
        anna.answer(invite, 180)
        anna.answer(invite, 200, description("anna"))
        await anna_wire.take("ACK")
        live = await until(link, lambda live: live.agents[0].state is AgentState.TALKING)
        (call,) = live.calls
        assert (call.queue, call.agent, call.state) == ("support", "anna", "active")
        assert live.agents[0].conversation == call.conversation
        health = await link.request(control.GetHealth())
        assert isinstance(health, control.Health)
        assert (health.calls, health.registrations, health.directory_version) == (1, 1, 1)

        hang_up = control.HangUp(call.conversation)
        assert await link.request(hang_up) == control.Done()
        bye = await customer_wire.take("BYE")
        customer.answer(bye, 200)  # type: ignore[arg-type]
        anna.answer(await anna_wire.take("BYE"), 200)  # type: ignore[arg-type]
        assert await listener.has("call.ended")
        assert await listener.has("recording.started")
        refused = await link.request(hang_up)
        assert isinstance(refused, control.Refused)
        assert refused.code is control.Refusal.UNKNOWN_CALL
        listener.stop()


async def test_sigterm_ends_calls_with_bye(site: Site) -> None:
    async with (
        site.running() as (task, _),
        site.phone("customer", site.trunks) as (customer, wire),
    ):
        async with await PbxLink.connect(site.paths.pbx_socket, "test") as link:
            await media_up(link)
        customer.invite("sip:+21321000001@127.0.0.1", description("customer"))
        await wire.take(200)
        customer.ack()
        os.kill(os.getpid(), signal.SIGTERM)
        customer.answer(await wire.take("BYE"), 200)  # type: ignore[arg-type]
        async with asyncio.timeout(SOON):
            await task
        assert not site.paths.pbx_socket.exists()


async def test_commands_that_cannot_be_done_say_why(site: Site) -> None:
    async with (
        site.running(),
        await PbxLink.connect(site.paths.pbx_socket, "test") as link,
    ):
        await link.request(control.PublishDirectory(DIRECTORY))
        for command, code in (
            (control.SignOn("nobody"), control.Refusal.UNKNOWN_AGENT),
            (control.SetReady("anna"), control.Refusal.WRONG_STATE),
            (control.SetPaused("anna", "lunch"), control.Refusal.WRONG_STATE),
            (control.FinishWrapUp("anna"), control.Refusal.WRONG_STATE),
            (control.ExtendWrapUp("anna", 30), control.Refusal.WRONG_STATE),
            (control.CardShown("a1", "shown"), control.Refusal.UNKNOWN_ATTEMPT),
            (
                control.PublishDirectory(directory.Directory(0, "default", REALM)),
                control.Refusal.STALE,
            ),
        ):
            refused = await link.request(command)
            assert isinstance(refused, control.Refused), command
            assert refused.code is code
            assert refused.text
        assert await link.request(control.SignOn("anna")) == control.Done()
        ready = await link.request(control.SetReady("anna"))
        assert isinstance(ready, control.Refused)
        assert ready.code is control.Refusal.UNREACHABLE
        assert await link.request(control.SignOff("anna")) == control.Done()


async def test_a_worker_that_dies_is_an_alarm_and_ends_its_calls(site: Site) -> None:
    async with (
        site.running() as (_, worker),
        site.phone("customer", site.trunks) as (customer, wire),
        await PbxLink.connect(site.paths.pbx_socket, "test", events_after=0) as link,
    ):
        await media_up(link)
        customer.invite("sip:+21321000001@127.0.0.1", description("customer"))
        await wire.take(200)
        customer.ack()
        await until(link, lambda live: bool(live.queues[0].waiting))
        worker.kill()
        customer.answer(await wire.take("BYE"), 200)  # type: ignore[arg-type]
        live = await until(link, lambda live: bool(live.alarms))
        assert list(live.alarms) == ["media_worker_down:1"]
        assert not live.calls
        assert not live.queues[0].waiting
        customer.invite("sip:+21321000001@127.0.0.1", description("customer"))
        await wire.take(503)
        customer.ack_failure()
        with worker_process(site.paths):
            await media_up(link)
            assert not (await until(link, lambda live: not live.alarms)).alarms
            customer.invite("sip:+21321000001@127.0.0.1", description("customer"))
            await wire.take(200)
            customer.ack()


def started_and_failed(site: Site) -> str:
    """Run `nidaa pbx`, which cannot start; what it wrote."""
    environment = os.environ | {
        "NIDAA_STATE": str(site.paths.state),
        "NIDAA_CONFIG": str(site.paths.config),
    }
    command = [sys.executable, "-m", "nidaa.cli", "pbx"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    return done.stderr


def test_a_taken_port_is_said_in_one_line(site: Site) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", site.phones))
        said = started_and_failed(site)
    (line,) = [line for line in said.splitlines() if " ERROR " in line]
    assert str(site.phones) in line
    assert "Traceback" not in said


def test_a_wrong_configuration_is_said_with_its_place(site: Site) -> None:
    (site.paths.config / "queues.yaml").write_text("queues:\n  - name: support\n    rings: 5\n")
    said = started_and_failed(site)
    assert "queues.yaml:3" in said
    assert "Traceback" not in said
