"""Another configuration while calls are up."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import pbx.reload
from nidaa.config.history import History
from nidaa.config.load import load
from nidaa.contracts.control import Refusal, Refused, Reloaded
from nidaa.contracts.events import AgentState
from nidaa.settings import Paths
from pbx.alarms import Alarms
from pbx.reload import ALARM, Reloader
from tests.pbx.apps.town import RunningTown, Town

FILES = {
    "trunks": "trunks:\n- {name: sample, sources: [10.9.0.0/24]}\n",
    "numbers": "numbers:\n- {number: +21321000001, queue: support, greeting: welcome}\n",
    "queues": "queues:\n- {name: support, wrap_up_for: 15}\n",
}
SALES = "queues:\n- {name: sales}\n"
TO_SALES = "numbers:\n- {number: +21321000002, queue: sales}\n"


class Office:
    """A town whose configuration stands in files."""

    def __init__(self, town: Town, folder: Path) -> None:
        self.town, self.alarms = town, Alarms()
        self.paths = Paths(folder / "var", folder / "configs")
        self.paths.config.mkdir()
        self.write(**FILES)
        self.history = History(self.paths.config_history)
        configuration = load(self.paths.config)
        self.reloader = Reloader(
            self.paths,
            configuration,
            town.reception,
            town.owner,
            town.book,
            self.alarms,
            town.clock,
        )
        town.owner.do(town.acd.configure, configuration.queues)
        self.reloader.keep_first()

    def write(self, **files: str) -> None:
        for stem, text in files.items():
            (self.paths.config / f"{stem}.yaml").write_text(text)

    async def reload(self) -> Reloaded:
        result = await self.reloader.reload("karim", "because")
        assert isinstance(result, Reloaded), result
        return result

    async def refusal(self) -> Refused:
        result = await self.reloader.reload("karim", "because")
        assert isinstance(result, Refused), result
        return result

    def queues(self) -> list[str]:
        return [queue.queue for queue in self.town.acd.live_queues()]


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with RunningTown() as town:
        yield Office(town, tmp_path)


async def test_a_new_number_works_from_the_reload_on(office: Office) -> None:
    customer = office.town.customer()
    customer.invite("sip:+21321000003@pbx")
    await office.town.took(customer, 404)
    customer.ack_failure()
    office.write(numbers=FILES["numbers"] + "- {number: +21321000003, queue: support}\n")
    assert await office.reload() == Reloaded(2, ("numbers",), (), ())
    await office.town.call_in(office.town.customer(), "+21321000003")


async def test_a_call_in_progress_survives_the_end_of_its_queue_and_number(office: Office) -> None:
    town = office.town
    phone, customer = town.webphone("1001"), town.customer()
    town.ready("anna")
    await town.call_in(customer)
    await town.pick_up(phone, await town.invited(phone))
    office.write(queues=SALES, numbers=TO_SALES)
    assert (await office.reload()).changed == ("numbers", "queues")
    assert town.state("anna") is AgentState.TALKING
    customer.bye()
    await town.took(customer, 200)
    await town.took(phone, "BYE")
    office.reloader.sweep()
    assert office.queues() == ["sales"]


async def test_a_caller_on_the_way_to_a_removed_queue_still_gets_there(office: Office) -> None:
    """The greeting is playing when the queue is removed."""
    town = office.town
    town.reception.plan = pbx.reload.Plan(load(office.paths.config))
    town.media.prompts_that_last = True
    customer = town.customer()
    await town.call_in(customer)
    office.write(queues=SALES, numbers=TO_SALES)
    await office.reload()
    office.reloader.sweep()
    (session,) = town.media.sessions
    town.media.finish_prompts(session)
    await town.settle()
    waiting = {queue.queue: len(queue.waiting) for queue in town.acd.live_queues()}
    assert waiting == {"sales": 0, "support": 1}
    customer.bye()
    await town.took(customer, 200)
    office.reloader.sweep()
    assert office.queues() == ["sales"]


async def test_errors_keep_the_old_one_and_raise_an_alarm_until_the_next_good_one(
    office: Office,
) -> None:
    plan = office.town.reception.plan
    office.write(queues="queues:\n- {name: support, rings: 5}\n- {name: a b}\n")
    refused = await office.refusal()
    assert refused.code is Refusal.BAD_CONFIGURATION
    assert "queues.yaml:2:19: unknown key" in refused.text
    assert "queues.yaml:3:10" in refused.text
    assert office.town.reception.plan is plan
    assert "queues.yaml:2:19" in office.alarms.current[ALARM]
    assert "(and 1 more)" in office.alarms.current[ALARM]
    await office.refusal()
    office.write(queues=FILES["queues"])
    await office.reload()
    assert office.alarms.current == {}


async def test_the_address_of_the_machine_waits_for_a_restart_its_country_does_not(
    office: Office,
) -> None:
    office.write(system="address: 192.0.2.9\ncountry: FR\nmedia: {workers: 3}\n")
    assert (await office.reload()).restart_needed == ("address", "media")
    assert office.town.reception.plan.country == "FR"
    assert (await office.reload()).restart_needed == ("address", "media"), "it says so each time"


async def test_warnings_are_passed_on(office: Office) -> None:
    office.write(queues=FILES["queues"] + "- name: sales\n")
    (warning,) = (await office.reload()).warnings
    assert 'no number leads to the queue "sales"' in warning


async def test_every_revision_is_kept_once(office: Office) -> None:
    assert (await office.reload()) == Reloaded(1, (), (), ())
    office.write(queues=SALES, numbers=TO_SALES)
    assert (await office.reload()).revision == 2
    office.reloader.keep_first()
    (first, second) = office.history.revisions()
    assert (first.author, second.author, second.reason) == ("pbx", "karim", "because")
    assert second.at == office.town.clock.micros()


async def test_a_disk_that_takes_no_history_does_not_keep_it_from_working(office: Office) -> None:
    folder = office.paths.config_history
    for one in sorted(folder.rglob("*"), reverse=True):
        one.rmdir() if one.is_dir() else one.unlink()
    folder.rmdir()
    folder.write_text("in the way")
    office.write(queues=SALES, numbers=TO_SALES)
    assert (await office.reload()).revision == 0
    assert office.queues() == ["sales"]


async def test_calls_go_first_while_files_are_read_and_as_before_afterwards(
    office: Office,
) -> None:
    before = sys.getswitchinterval()
    task = asyncio.ensure_future(office.reload())
    await asyncio.sleep(0)
    assert sys.getswitchinterval() < before
    await task
    assert sys.getswitchinterval() == before


async def test_files_that_cannot_be_read(office: Office) -> None:
    (office.paths.config / "queues.yaml").unlink()
    (office.paths.config / "queues.yaml").mkdir()
    assert "cannot be read" in (await office.refusal()).text


async def test_one_reload_at_a_time(office: Office) -> None:
    results = await asyncio.gather(
        office.reloader.reload("karim", ""), office.reloader.reload("lynda", "")
    )
    assert isinstance(results[0], Reloaded)
    assert isinstance(results[1], Refused)
    assert results[1].code is Refusal.WRONG_STATE


async def test_a_file_saved_meanwhile(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = iter(({"queues.yaml": b"a"}, {"queues.yaml": b"b"}))
    monkeypatch.setattr(pbx.reload, "read_texts", lambda _: next(seen))
    assert "saved while it was read" in (await office.refusal()).text
