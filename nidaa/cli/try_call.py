"""`nidaa try-call`: plays a customer who calls, with a real SIP call and real sound."""

from __future__ import annotations

import asyncio
import json
import random
import secrets
import signal
import time
from typing import Any

from nidaa.cli.common import configuration_of, fail, say
from nidaa.cli.customer_sound import CustomerSound, speech, tone
from nidaa.config.models import Configuration
from nidaa.sdp import Codec, Description, Media, Origin
from nidaa.settings import Paths
from pbx.sip.endpoint import Endpoint
from pbx.sip.flow import Flow
from pbx.sip.message import Request
from pbx.sip.uri import Uri
from pbx.sip.usage import ServerTransaction, Session, SessionUser
from pbx.sip.values import Address

TICK = 0.05  # seconds between looks at the core's timers
REPORT_EVERY = 5.0
HOST = "127.0.0.1"


def try_call(
    paths: Paths, from_number: str, did: str, length: float, *, is_tone: bool = False
) -> None:
    """Call `did` as `from_number` (defaults: the sample company's) for `length` seconds."""
    configuration = configuration_of(paths)
    port = _trunk_port(configuration)
    from_number = from_number or _sample_customer(paths)
    did = did or _first_number(configuration)
    sound = tone() if is_tone else speech() or tone()
    say(f"{from_number} calls {did} through the trunk at {HOST}:{port} (Ctrl-C hangs up)")
    failure = asyncio.run(Customer(sound).call(from_number, did, port, length))
    if failure:
        fail(failure)


def _trunk_port(configuration: Configuration) -> int:
    listeners = configuration.system.listeners
    port = next((one.port for one in listeners if one.serves == "trunks"), None)
    return port or fail("no listener serves trunks: add one to system.yaml")


def _first_number(configuration: Configuration) -> str:
    written = (entry.number for entry in configuration.numbers)
    number = next((one for one in written if one.removeprefix("+").isdigit()), None)
    return number or fail("no number to call: add one to numbers.yaml, `nidaa sample load`, --did")


def _sample_customer(paths: Paths) -> str:
    if not paths.sample.exists():
        return "0550123456"
    customers = json.loads(paths.sample.read_text(encoding="utf-8"))["customers"]
    return str(random.choice(customers)["number"])  # noqa: S311 - any of them will do


class Customer(asyncio.DatagramProtocol):
    """One caller: the SIP core with a socket of its own, and the sound."""

    def __init__(self, sound: bytes) -> None:
        self._sound = CustomerSound(sound)
        self._endpoint = Endpoint(self, lambda: secrets.token_hex(8), random.random)
        self._transport: asyncio.DatagramTransport | None = None
        self._is_over = asyncio.Event()
        self._failure = ""
        self._tasks: list[asyncio.Task[None]] = []

    async def call(self, from_number: str, did: str, port: int, length: float) -> str:
        """Call, talk, hang up. Returns why it failed, or ""."""
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(HOST, 0))
        self._transport = transport
        mine = f"{HOST}:{transport.get_extra_info('sockname')[1]}"
        session = self._endpoint.invite(
            self,
            Uri.parse(f"sip:{did}@{HOST}:{port}"),
            Flow("UDP", "try-call", mine, (HOST, port)),
            Address.parse(f"<sip:{from_number}@{mine}>"),
            Address.parse(f"<sip:{did}@{HOST}:{port}>"),
            self._offer(await self._sound.open()),
            time.monotonic(),
        )
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._hang_up, session)
        loop.call_later(length, self._hang_up, session)
        await self._run_until_over()
        return self._failure

    async def _run_until_over(self) -> None:
        report_at = time.monotonic() + REPORT_EVERY
        while not self._is_over.is_set():
            now = time.monotonic()
            self._endpoint.handle_timers(now)
            self._flush()
            if self._tasks and now >= report_at:
                report_at = now + REPORT_EVERY
                self._say_what_is_heard()
            await asyncio.sleep(TICK)
        self._flush()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._sound.close()
        if self._transport is not None:
            self._transport.close()

    def _offer(self, port: int) -> str:
        codecs = (
            Codec(0, "PCMU", 8000),
            Codec(101, "telephone-event", 8000, fmtp="0-16"),
        )
        audio = Media("audio", port, codecs=codecs)
        origin = Origin(id=str(secrets.randbits(31)), address=HOST)
        return str(Description(origin, connection=HOST, medias=(audio,)))

    def _hang_up(self, session: Session) -> None:
        say("hanging up")
        session.hang_up(time.monotonic())
        self._flush()
        asyncio.get_running_loop().call_later(0.5, self._is_over.set)  # the answer to our BYE

    def _say_what_is_heard(self) -> None:
        level = self._sound.take_level()
        heard = f"{level:.0f} dBFS" if level > -60 else "silence"
        say(f"  {self._sound.received} packets received, hearing {heard}")

    def _flush(self) -> None:
        if self._transport is not None:
            for data, flow in self._endpoint.transmissions:
                self._transport.sendto(data, flow.peer)
        self._endpoint.transmissions.clear()

    # the socket

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        if self._transport is None:
            return
        mine = self._transport.get_extra_info("sockname")
        flow = Flow("UDP", "try-call", f"{mine[0]}:{mine[1]}", (addr[0], addr[1]))
        self._endpoint.receive(data, flow, time.monotonic())
        self._flush()

    # what happens to the call (pbx.sip.usage.SessionUser)

    def ringing(self, status: int, sdp: str, now: float) -> None:
        say(f"  {status}: it rings")

    def answered(self, sdp: str, now: float) -> None:
        say("  answered: a greeting, then music until an agent takes the call")
        self._tasks.append(asyncio.get_running_loop().create_task(self._sound.talk(sdp)))

    def failed(self, status: int, reason: str, q850: int, now: float) -> None:
        way_out = "is Nidaa running? (`nidaa status`)" if status == 408 else "see var/log/pbx.log"
        self._end(f"the call failed: {status} {reason}; {way_out}")

    def released(self, status: int, q850: int, now: float) -> None:
        say("  the other side hung up")
        self._end("")

    def _end(self, failure: str) -> None:
        self._failure = failure
        self._is_over.set()

    def confirmed(self, sdp: str, now: float) -> None:
        """Only a callee hears of an ACK."""

    def cancelled(self, now: float) -> None:
        """Only a callee is cancelled."""

    def offered(self, sdp: str, now: float) -> None:
        """The system never re-invites its trunk; were it to, the call would go on as it was."""

    def reoffer_answered(self, sdp: str, now: float) -> None:
        """A customer does not hold."""

    def reoffer_failed(self, status: int, now: float) -> None:
        """A customer does not hold."""

    def info(self, content_type: str, body: str, now: float) -> None:
        """Nothing to do with it."""

    # who calls a customer (pbx.sip.usage.EndpointUser)

    def invited(self, session: Session, request: Request, now: float) -> SessionUser | None:
        session.reject(486, now)
        return None

    def requested(self, transaction: ServerTransaction, request: Request, now: float) -> None:
        transaction.respond(501, now)
