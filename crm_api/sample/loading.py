"""Loads the sample company: people, customers, past calls, configuration, and its facts."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from itertools import groupby

from sqlalchemy.ext.asyncio import AsyncSession

from crm_api.callcenter.repository import AgentRepository
from crm_api.callcenter.service import AgentService
from crm_api.calls.repository import ConversationRepository
from crm_api.configuration import read_configuration
from crm_api.contacts.schemas import NewContactBody
from crm_api.contacts.service import ContactService
from crm_api.database import Database
from crm_api.errors import Conflict
from crm_api.ingest import BATCH, Ingest
from crm_api.models import Contact
from crm_api.sample.files import Login, write_configuration, write_facts
from crm_api.sample.past import DAY, Member, PastCall, Teller, past_calls
from crm_api.sample.removal import remove
from crm_api.times import midnight_before, now_micros
from crm_api.users.passwords import hash_password, new_password
from crm_api.users.repository import UserRepository
from crm_api.users.service import NewUser, UserService
from nidaa.config.models import Configuration
from nidaa.logging import Log
from nidaa.sample.company import (
    DID_SALES,
    DID_SUPPORT,
    EMPLOYEES,
    SALES,
    SEED,
    SUPPORT,
    Employee,
    customers,
)
from nidaa.settings import Paths

log = Log("crm_api.sample")

DIDS = {SUPPORT: DID_SUPPORT, SALES: DID_SALES}
KNOWN_CUSTOMERS = 20  # named in sample.json
VERDICTS = (
    ("INFO", "Horaires de l'agence donnés."),
    ("CMD", "Commande passée, deux articles."),
    ("SUIVI", "Colis attendu jeudi, client prévenu."),
    ("RECL", "Colis abîmé; échange proposé."),
    ("SAV", "طلب تبديل المنتج."),
    ("RAPPEL", "À rappeler demain matin."),
    ("INFO", "Asked about delivery to Oran."),
    ("ERREUR", ""),
)


async def load(paths: Paths) -> None:
    """Bring the sample company. Does nothing when it is here whole; mends half of one.

    Raises Conflict when a login or extension of it is taken by somebody real.
    """
    configuration = read_configuration(paths)
    system = configuration.system
    database = Database(system.database or paths.database_default)
    try:
        is_loaded = await _is_loaded(database, system.tenant)
        if is_loaded and paths.sample.exists():
            return
        if is_loaded or paths.sample_config.exists():
            await remove(paths)
        await _load(paths, database, read_configuration(paths))
    finally:
        await database.close()
    log.info("the sample company is loaded")


async def _is_loaded(database: Database, tenant: str) -> bool:
    async with database.reading() as session:
        return await UserRepository(session, tenant).has_sample()


async def _load(paths: Paths, database: Database, own: Configuration) -> None:
    system = own.system
    passwords = {employee.login: new_password() for employee in EMPLOYEES}
    hashes = {
        login: await asyncio.to_thread(hash_password, password)
        for login, password in passwords.items()
    }
    async with database.writing() as session:
        await _check_free(session, system.tenant)
        logins = [
            await _employ(session, own, employee, passwords[employee.login], hashes)
            for employee in EMPLOYEES
        ]
        service = ContactService(session, system.tenant, system.country)
        contacts = [
            await service.create(_body(customer), is_sample=True) for customer in customers()
        ]
        members = await _members(session, system.tenant)
    known = _known(contacts)
    await _tell_past(database, own, [number for _, number in known] + _all(contacts), members)
    write_configuration(paths, own)
    write_facts(paths, system, logins, known[:KNOWN_CUSTOMERS])


async def _check_free(session: AsyncSession, tenant: str) -> None:
    agents, users = AgentRepository(session, tenant), UserRepository(session, tenant)
    for employee in EMPLOYEES:
        is_used = employee.extension and await agents.extension(employee.extension)
        if is_used or await users.is_taken(employee.login):
            raise Conflict(
                f"The sample company needs login {employee.login} and extension "
                f"{employee.extension or '-'}, which are somebody's. It was not loaded."
            )


async def _employ(
    session: AsyncSession,
    own: Configuration,
    employee: Employee,
    password: str,
    hashes: dict[str, str],
) -> Login:
    tenant, desk = own.system.tenant, None
    user = await UserService(session, tenant).create(
        NewUser(
            employee.login,
            employee.name,
            hashes[employee.login],
            employee.role,
            employee.language,
            employee.extension or None,
            employee.queues,
            is_sample=True,
        )
    )
    if user.agent is not None:
        agents = AgentService(session, tenant)
        desk = await agents.rotate_device(user.agent.extension, "desk", own.system.domain)
    return Login(employee, password, desk)


def _body(customer: object) -> NewContactBody:
    fields = ("name", "company", "email", "language", "is_vip", "wilaya", "notes")
    values = {field: getattr(customer, field) for field in fields}
    numbers = [{"raw": raw, "label": label} for raw, label in getattr(customer, "numbers", ())]
    return NewContactBody.model_validate({**values, "numbers": numbers})


async def _members(session: AsyncSession, tenant: str) -> list[Member]:
    return [
        Member(agent.id, agent.extension.number, tuple(row.queue for row in agent.memberships))
        for agent in await AgentRepository(session, tenant).all()
        if agent.user.is_sample
    ]


def _all(contacts: Sequence[Contact]) -> list[str]:
    return [contact.numbers[0].e164 for contact in contacts]


def _known(contacts: Sequence[Contact]) -> list[tuple[str, str]]:
    """Name and number of customers whom exactly one number leads to."""
    numbers = _all(contacts)
    return [
        (contact.name, number)
        for contact, number in zip(contacts, numbers, strict=True)
        if numbers.count(number) == 1
    ]


async def _tell_past(
    database: Database, own: Configuration, phones: Sequence[str], members: Sequence[Member]
) -> None:
    system = own.system
    ingest = Ingest(database, system.tenant, system.country)
    teller = Teller(system.tenant)
    midnight = midnight_before(now_micros())
    calls = list(past_calls(phones, members, DIDS, midnight))
    events = []
    for day, of_day in groupby(calls, key=lambda call: (call.started_at - midnight) // DAY):
        begin = midnight + day * DAY
        told = [*teller.day(members, begin)]
        for call in of_day:
            told += teller.call(call)
        told += teller.night(members, begin)
        events += sorted(told, key=lambda event: event.at)
    for start in range(0, len(events), BATCH):
        await ingest.add(events[start : start + BATCH])
    await _write_verdicts(database, system.tenant, calls)


async def _write_verdicts(database: Database, tenant: str, calls: Sequence[PastCall]) -> None:
    """What the agents wrote after most of the calls they answered."""
    dice = random.Random(SEED)  # noqa: S311  not for secrets
    async with database.writing() as session:
        repository = ConversationRepository(session, tenant)
        for call in calls:
            if call.is_abandoned or dice.random() < 0.1:
                continue
            code, note = dice.choice(VERDICTS)
            over = call.waited + call.talked + call.held + call.wrapped_up
            at = call.started_at + int(over) * 1_000_000
            await repository.put_note(call.conversation, call.member.agent, note, at)
            await repository.put_disposition(call.conversation, call.member.agent, code, at)
