"""Measures who-is-calling among a million contacts, on SQLite as installed by default.

`python -m tests.bench.contact_lookup [CONTACTS]` prints JSON lines. The look-up is the one of the
screen-pop: numbers, contacts, past calls, last note. Callers are drawn at random: those who match,
those known by their last digits only, and strangers.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from time import perf_counter

from crm_api.contacts.lookup import Lookup
from crm_api.database import Database, migrate_url
from tests.bench.report import report

CONTACTS, LOOKUPS, WARM_UP, SEED = 1_000_000, 2_000, 100, 7
CONTACT = """INSERT INTO contacts (id, tenant, version, name, company, email, language, is_vip,
 wilaya, notes, search, sort_name, created_at, updated_at, is_sample)
 VALUES (?, 'default', 1, ?, '', '', 'fr', 0, 'Alger', '', ?, ?, 0, 0, 0)"""
NUMBER = """INSERT INTO contact_numbers (contact_id, position, tenant, raw, e164, national, last8,
 label) VALUES (?, 0, 'default', ?, ?, ?, ?, 'mobile')"""
LINK = """INSERT INTO contact_links (conversation, tenant, contact_id, started_at, linked_by)
 VALUES (?, 'default', ?, ?, '')"""


def number_of(index: int) -> str:
    """Nine digits of a mobile, another for each contact."""
    return f"5{index * 7919 % 100_000_000:08d}"


def fill(path: Path, contacts: int) -> None:
    """Contacts in bulk; each tenth had three calls."""
    with closing(sqlite3.connect(path)) as database:
        database.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF")
        database.executemany(CONTACT, _contacts(contacts))
        database.executemany(NUMBER, _numbers(contacts))
        database.executemany(
            LINK,
            ((f"v{i}-{n}", f"c{i:08d}", n) for i in range(0, contacts, 10) for n in range(3)),
        )
        database.execute("ANALYZE")
        database.commit()


def _contacts(contacts: int) -> Iterator[tuple[str, str, str, str]]:
    for i in range(contacts):
        name = f"customer {i}"
        yield f"c{i:08d}", name.title(), f"{name} +213{number_of(i)} 0{number_of(i)}", name


def _numbers(contacts: int) -> Iterator[tuple[str, str, str, str, str]]:
    for i in range(contacts):
        digits = number_of(i)
        yield f"c{i:08d}", f"0{digits}", f"+213{digits}", f"0{digits}", digits[-8:]


def callers(contacts: int) -> Iterator[str]:
    """Numbers that call: known ones, the same digits from abroad, strangers."""
    dice = random.Random(SEED)
    for turn in range(WARM_UP + LOOKUPS):
        digits = number_of(dice.randrange(contacts))
        yield (f"+213{digits}", f"+213{digits}", f"+33{digits}", f"+2136{digits[1:]}")[turn % 4]


async def measure(path: Path, contacts: int) -> list[float]:
    """Milliseconds of each look-up, one after another."""
    database = Database(f"sqlite+aiosqlite:///{path}")
    took = []
    for phone in callers(contacts):
        started = perf_counter()
        async with database.reading() as session:
            await Lookup(session, "default", "DZ").match(phone)
        took.append((perf_counter() - started) * 1000)
    await database.close()
    return sorted(took[WARM_UP:])


def main() -> None:
    contacts = int(sys.argv[1]) if len(sys.argv) > 1 else CONTACTS
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "nidaa.db"
        migrate_url(f"sqlite+aiosqlite:///{path}")
        fill(path, contacts)
        took = asyncio.run(measure(path, contacts))
    report("contact_lookup_ms_p50", took[len(took) // 2], "ms")
    report("contact_lookup_ms_p99", took[len(took) * 99 // 100], "ms")


if __name__ == "__main__":
    main()
