"""The sample company: whole when loaded, loaded once, and gone without a trace."""

from __future__ import annotations

import json
import stat

import pytest
from sqlalchemy import func, select

from crm_api.errors import Conflict
from crm_api.ingest import Ingest
from crm_api.models import Base, Contact, Conversation, Cursor, Disposition, Segment
from crm_api.sample import load, remove
from crm_api.users.commands import create_user
from nidaa.config.load import load as load_configuration
from tests.crm_api.events import answered_call


async def count(database, model) -> int:
    async with database.reading() as session:
        return await session.scalar(select(func.count()).select_from(model))


async def test_loaded_company_is_whole(database, paths):
    (paths.config / "queues.yaml").unlink()
    await load(paths)
    facts = json.loads(paths.sample.read_text())
    assert stat.S_IMODE(paths.sample.stat().st_mode) == 0o600
    assert [user["extension"] for user in facts["users"]] == [
        "1001",
        "1002",
        "1003",
        "1004",
        "1005",
        "1006",
        None,
    ]
    assert {len(user["password"]) for user in facts["users"]} == {24}
    desks = [user["desk"] for user in facts["users"] if user["desk"]]
    assert {len(desk["password"]) for desk in desks} == {24}
    assert facts["dids"] == ["+21321000001", "+21321000002"]
    assert await count(database, Contact) == 200
    assert await count(database, Conversation) > 200
    assert await count(database, Disposition) > 150
    async with database.reading() as session:
        still_open = select(func.count()).where(Segment.ended_at.is_(None))
        assert await session.scalar(still_open) == 0

    configuration = load_configuration(paths.config, paths.sample_config)
    assert {queue.name for queue in configuration.queues} == {"support", "sales"}
    assert {number.queue for number in configuration.numbers} == {"support", "sales"}
    assert [trunk.name for trunk in configuration.trunks] == ["sample"]


async def test_loading_again_changes_nothing(database, paths):
    await load(paths)
    facts, contacts = paths.sample.read_text(), await count(database, Contact)
    await load(paths)
    assert paths.sample.read_text() == facts
    assert await count(database, Contact) == contacts


async def test_half_a_company_is_mended(database, paths):
    await load(paths)
    paths.sample.unlink()
    await load(paths)
    assert paths.sample.exists()
    assert await count(database, Contact) == 200


async def test_people_of_the_company_can_sign_in_and_see_its_mark(app, paths, browser, services):
    await load(paths)
    await services.publisher.read_people()
    user = json.loads(paths.sample.read_text())["users"][0]
    body = {"login": user["login"], "password": user["password"]}
    session = (await browser.post("/api/session", json=body)).json()
    assert session["is_sample"] is True
    assert session["agent"]["extension"] == "1001"
    history = (await browser.get("/api/conversations")).json()["items"]
    assert history
    assert all(item["contact"] for item in history[:1])


async def test_known_customers_are_found_by_their_number(app, paths, anna_free_browser):
    facts = json.loads(paths.sample.read_text())
    for customer in facts["customers"]:
        answer = await anna_free_browser.get(
            "/api/contacts/lookup", params={"phone": customer["number"]}
        )
        assert answer.json()["kind"] == "one"
        assert answer.json()["contacts"][0]["name"] == customer["name"]


@pytest.fixture
async def anna_free_browser(app, paths, browser):
    """A browser in which a sample agent is signed in."""
    await load(paths)
    user = json.loads(paths.sample.read_text())["users"][0]
    body = {"login": user["login"], "password": user["password"]}
    assert (await browser.post("/api/session", json=body)).status_code == 200
    return browser


async def test_removed_company_leaves_nothing_behind(database, paths):
    await load(paths)
    async with database.reading() as session:
        agents = await session.scalars(select(Base.metadata.tables["agents"].c.id))
        agent = agents.all()[0]
    await Ingest(database, "default", "DZ").take(answered_call(agent=agent))
    (paths.recordings / "v1.wav").write_bytes(b"x")
    (paths.recordings / "v1.json").write_text("{}")

    await remove(paths)
    left = {}
    for table in Base.metadata.sorted_tables:
        if table is not Cursor.__table__ and (rows := await count(database, table)):
            left[table.name] = rows
    assert left == {}
    assert not paths.sample.exists()
    assert not paths.sample_config.exists()
    assert list(paths.recordings.iterdir()) == []


async def test_removal_spares_what_is_real(database, paths, app, anna_like):
    await load(paths)
    await remove(paths)
    assert await count(database, Base.metadata.tables["users"]) == 1


@pytest.fixture
async def anna_like(app, paths):
    """A real user at an extension the sample does not need."""
    return await create_user(
        paths, login="real", name="Real", role="agent", password="a long password", extension="2001"
    )


async def test_company_is_not_loaded_over_somebody_real(database, paths):
    await create_user(
        paths, login="boss", name="B", role="agent", password="a long password", extension="1003"
    )
    with pytest.raises(Conflict, match="1003"):
        await load(paths)
    assert await count(database, Contact) == 0
    assert not paths.sample.exists()
