"""Contacts: numbers in every written form, who a caller is, lists, and changes by two people."""

from __future__ import annotations

import pytest

from crm_api.contacts.lookup import best
from crm_api.contacts.numbers import fold, is_anonymous, keys_of
from crm_api.contacts.repository import Candidate
from crm_api.ingest import Ingest
from nidaa.contracts.live import ContactCard
from tests.crm_api.events import answered_call


@pytest.mark.parametrize(
    "raw",
    [
        "0550 12 34 56",
        "+213550123456",
        "00213550123456",
        "213550123456",
        "+213 (0)550 12 34 56",
        "0550-12-34-56",
        "٠٥٥٠١٢٣٤٥٦",
    ],
)
def test_every_way_to_write_a_mobile_gives_the_same_keys(raw):
    keys = keys_of(raw, "DZ")
    assert (keys.e164, keys.national, keys.last8) == ("+213550123456", "0550123456", "50123456")


def test_landline_has_eight_digits_without_its_zero():
    keys = keys_of("021 23 45 67", "DZ")
    assert (keys.e164, keys.national, keys.last8) == ("+21321234567", "021234567", "21234567")


@pytest.mark.parametrize("raw", ["14", "17", "1055", "3030", ""])
def test_service_codes_are_never_looked_up(raw):
    assert not keys_of(raw, "DZ").is_searchable


@pytest.mark.parametrize("raw", ["++--", "abc", "1" * 60, "+999999999999", "\x00"])
def test_no_number_breaks_the_keys(raw):
    keys_of(raw, "DZ")


@pytest.mark.parametrize("phone", ["", "anonymous", "Restricted", " unknown "])
def test_hidden_numbers_are_anonymous(phone):
    assert is_anonymous(phone)


def candidate(contact: str, e164: str, national: str, number: str = "1") -> Candidate:
    card = ContactCard(contact, contact, "", "fr", False, "", (number,), "", 0, 0, "", "")
    return Candidate(e164, national, card)


def test_best_reason_wins_and_hides_the_weaker():
    keys = keys_of("+213550123456", "DZ")
    rows = [
        candidate("c3", "+33150123456", "0150123456"),
        candidate("c2", "", "0550123456"),
        candidate("c1", "+213550123456", "0550123456"),
    ]
    assert [(card.id, card.why) for card in best(keys, rows)] == [("c1", "e164")]
    assert [(card.id, card.why) for card in best(keys, rows[:2])] == [("c2", "national")]
    assert [(card.id, card.why) for card in best(keys, rows[:1])] == [("c3", "last8")]
    assert best(keys, []) == []


def test_card_has_all_numbers_of_its_contact_once():
    keys = keys_of("+213550123456", "DZ")
    row = ("c1", "+213550123456", "0550123456")
    rows = [candidate(*row, "1"), candidate(*row, "2"), candidate(*row, "1")]
    assert [card.numbers for card in best(keys, rows)] == [("1", "2")]


def test_folded_text_has_no_accents_marks_or_letter_variants():
    assert fold("  Kheïra  BENAÏSSA ") == "kheira benaissa"
    assert fold("فَاطِمَة أحمد") == fold("فاطمه احمد")


async def make(account, name, *numbers, **more):
    body = {"name": name, "numbers": [{"raw": raw, "label": "mobile"} for raw in numbers], **more}
    answer = await account.http.post("/api/contacts", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def look_up(account, phone):
    answer = await account.http.get("/api/contacts/lookup", params={"phone": phone})
    assert answer.status_code == 200
    return answer.json()


async def test_contact_is_written_read_and_changed(anna):
    made = await make(anna, "Samira Touati", "0550 12 34 56", email="s@example.com", is_vip=True)
    assert made["numbers"] == [
        {
            "raw": "0550 12 34 56",
            "e164": "+213550123456",
            "national": "0550123456",
            "label": "mobile",
        }
    ]
    path = f"/api/contacts/{made['id']}"
    assert (await anna.http.get(path)).json() == made
    changed = await anna.http.patch(
        path, json={"version": 1, "company": "Atlas", "numbers": [{"raw": "021 23 45 67"}]}
    )
    assert changed.status_code == 200
    assert changed.json()["version"] == 2
    assert changed.json()["name"] == "Samira Touati"
    assert [row["e164"] for row in changed.json()["numbers"]] == ["+21321234567"]
    assert (await look_up(anna, "0550123456"))["kind"] == "none"


async def test_second_of_two_writers_gets_the_current_contact(anna):
    made = await make(anna, "Samira")
    path = f"/api/contacts/{made['id']}"
    await anna.http.patch(path, json={"version": 1, "company": "Atlas"})
    answer = await anna.http.patch(path, json={"version": 1, "company": "Numidia"})
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert answer.json()["fields"]["current"]["company"] == "Atlas"
    assert answer.json()["fields"]["current"]["version"] == 2


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": " "}, "name"),
        ({"name": "A", "numbers": [{"raw": "abc"}]}, "numbers.0.raw"),
        ({"name": "A", "language": "de"}, "language"),
        ({"name": "A", "email": "nobody"}, "email"),
        ({"name": "A", "colour": "red"}, "colour"),
        ({"name": "A" * 200}, "name"),
    ],
)
async def test_bad_contact_names_the_field(anna, body, field):
    answer = await anna.http.post("/api/contacts", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_input")
    assert list(answer.json()["fields"]) == [field]


async def test_unknown_contact_is_not_found(anna):
    for path in ("/api/contacts/nobody", "/api/contacts/nobody/history"):
        answer = await anna.http.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_list_finds_by_name_company_and_part_of_number(anna):
    await make(anna, "Kheïra Benaïssa", "0550 12 34 56", company="Atlas Textile")
    await make(anna, "فاطمة زهرة", "021 98 76 50")
    for text in ("kheira", "BENAÏ", "atlas", "1234", "0550 12", "+21355012"):
        found = (await anna.http.get("/api/contacts", params={"q": text})).json()["items"]
        assert [item["name"] for item in found] == ["Kheïra Benaïssa"], text
    found = (await anna.http.get("/api/contacts", params={"q": "فاطمه"})).json()["items"]
    assert [item["name"] for item in found] == ["فاطمة زهرة"]
    for text in ("nobody", "%", "_", "99"):
        assert (await anna.http.get("/api/contacts", params={"q": text})).json()["items"] == []


async def test_list_comes_in_pages_without_gap_or_repeat(anna):
    for number in range(7):
        await make(anna, f"Same {number // 2}")
    seen, cursor = [], None
    while True:
        params = {"limit": 3, **({"cursor": cursor} if cursor else {})}
        page = (await anna.http.get("/api/contacts", params=params)).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 7


@pytest.mark.parametrize("cursor", ["x", "e30", "WzEsMl0", "é"])
async def test_cursor_of_somebody_else_is_bad_input(anna, cursor):
    answer = await anna.http.get("/api/contacts", params={"cursor": cursor})
    assert (answer.status_code, answer.json()["fields"]) == (422, {"cursor": "not valid"})


async def test_caller_is_none_one_many_or_anonymous(anna):
    await make(anna, "Samira", "0550 12 34 56")
    one = await look_up(anna, "+213550123456")
    assert (one["kind"], one["contacts"][0]["name"]) == ("one", "Samira")
    assert one["contacts"][0]["why"] == "e164"
    assert one["contacts"][0]["numbers"] == ["+213550123456"]
    assert (await look_up(anna, "0661000000"))["kind"] == "none"
    assert (await look_up(anna, "anonymous"))["kind"] == "anonymous"
    assert (await look_up(anna, "1055"))["kind"] == "none"
    await make(anna, "Her brother", "+213 550 12 34 56")
    many = await look_up(anna, "00213550123456")
    assert (many["kind"], len(many["contacts"])) == ("many", 2)


async def test_last_contacted_is_offered_first(anna, database):
    await make(anna, "Aaa", "0550 12 34 56")
    second = await make(anna, "Bbb", "0550 12 34 56")
    await Ingest(database, "default", "DZ").take(answered_call(agent=anna.agent))
    link = await anna.http.put("/api/conversations/v1/contact", json={"contact": second["id"]})
    assert link.status_code == 204
    await anna.http.put("/api/conversations/v1/note", json={"text": "Wants Thursday"})
    found = (await look_up(anna, "0550123456"))["contacts"]
    assert [card["name"] for card in found] == ["Bbb", "Aaa"]
    assert (found[0]["calls_before"], found[0]["last_note"]) == (1, "Wants Thursday")
    assert found[0]["last_call_at"] > 0
    assert (found[1]["calls_before"], found[1]["last_call_at"]) == (0, 0)
