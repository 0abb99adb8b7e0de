"""Who works in the sample company and who calls it. All made up; the numbers are valid ones."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

COMPANY = "Djurdjura Livraison"
SEED = 213
CONTACTS = 200
SHARED_EVERY = 25  # each 25th contact has the number of the one before: a family, an office

SUPPORT, SALES = "support", "sales"
DID_SUPPORT, DID_SALES = "+21321000001", "+21321000002"


@dataclass(frozen=True, slots=True)
class Employee:
    """`extension` is "" for one who takes no calls."""

    login: str
    name: str
    role: str
    language: str
    extension: str = ""
    queues: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Customer:
    name: str
    company: str
    email: str
    language: str
    is_vip: bool
    wilaya: str
    notes: str
    numbers: tuple[tuple[str, str], ...]  # as written by somebody, and its label


EMPLOYEES = (
    Employee("amina", "Amina Benali", "agent", "fr", "1001", (SUPPORT,)),
    Employee("karim", "Karim Haddad", "agent", "fr", "1002", (SUPPORT,)),
    Employee("yasmine", "ياسمين بوزيد", "agent", "ar", "1003", (SUPPORT, SALES)),
    Employee("sofiane", "Sofiane Mansouri", "agent", "fr", "1004", (SUPPORT, SALES)),
    Employee("nadia", "نادية خليفي", "agent", "ar", "1005", (SALES,)),
    Employee("rachid", "Rachid Ouali", "agent", "en", "1006", (SALES,)),
    Employee("salima", "Salima Ferhat", "supervisor", "fr"),
)

FIRST_NAMES = (
    ("Mohamed", "محمد"),
    ("Fatima", "فاطمة"),
    ("Ahmed", "أحمد"),
    ("Khadidja", "خديجة"),
    ("Abdelkader", "عبد القادر"),
    ("Zohra", "زهرة"),
    ("Mourad", "مراد"),
    ("Samira", "سميرة"),
    ("Nabil", "نبيل"),
    ("Houria", "حورية"),
    ("Farid", "فريد"),
    ("Malika", "مليكة"),
    ("Omar", "عمر"),
    ("Djamila", "جميلة"),
    ("Reda", "رضا"),
    ("Lynda", "ليندة"),
    ("Tarek", "طارق"),
    ("Meriem", "مريم"),
    ("Bilal", "بلال"),
    ("Assia", "آسيا"),
)
LAST_NAMES = (
    ("Boudiaf", "بوضياف"),
    ("Cherif", "شريف"),
    ("Belkacem", "بلقاسم"),
    ("Saadi", "سعدي"),
    ("Meziane", "مزيان"),
    ("Hamidi", "حميدي"),
    ("Brahimi", "براهيمي"),
    ("Zerrouki", "زروقي"),
    ("Touati", "تواتي"),
    ("Slimani", "سليماني"),
    ("Kaci", "قاسي"),
    ("Bensalem", "بن سالم"),
    ("Guerroudj", "قروج"),
    ("Yahiaoui", "يحياوي"),
    ("Amrani", "عمراني"),
    ("Ziani", "زياني"),
)
WILAYAS = (
    "Alger",
    "Oran",
    "Constantine",
    "Annaba",
    "Blida",
    "Sétif",
    "Tizi Ouzou",
    "Béjaïa",
    "Batna",
    "Tlemcen",
    "Ouargla",
    "Ghardaïa",
)
COMPANIES = ("", "", "", "Atlas Textile", "Pharmacie El Amel", "Sarl Numidia", "Hôtel Le Phare")
NOTES = (
    "",
    "",
    "",
    "Préfère être rappelée après 17 h.",
    "Livraison au bureau, demander la réception.",
    "يفضل الاتصال باللغة العربية.",
    "Refund of order 4417 was promised; check that it arrived.",
    "A changé d'adresse en mars.",
)
AREAS = ("021", "031", "041", "038", "025", "036", "026", "034")


def customers() -> Iterator[Customer]:
    """The same customers each time."""
    dice = random.Random(SEED)  # noqa: S311  not for secrets
    numbers: tuple[tuple[str, str], ...] = ()
    for index in range(CONTACTS):
        is_shared = index % SHARED_EVERY == SHARED_EVERY - 1
        numbers = numbers if is_shared else tuple(_numbers(dice, index))
        yield _customer(dice, index, numbers)


def _customer(dice: random.Random, index: int, numbers: tuple[tuple[str, str], ...]) -> Customer:
    language = ("fr", "ar", "fr", "en")[index % 4]
    column = 1 if language == "ar" else 0
    first = FIRST_NAMES[(index * 7) % len(FIRST_NAMES)]
    last = LAST_NAMES[(index + index // len(LAST_NAMES)) % len(LAST_NAMES)]
    has_email = dice.random() < 0.4
    return Customer(
        name=f"{first[column]} {last[column]}",
        company=dice.choice(COMPANIES),
        email=f"{first[0]}.{last[0]}{index}@example.com".lower() if has_email else "",
        language=language,
        is_vip=dice.random() < 0.08,
        wilaya=dice.choice(WILAYAS),
        notes=dice.choice(NOTES),
        numbers=numbers,
    )


def _numbers(dice: random.Random, index: int) -> Iterator[tuple[str, str]]:
    """A mobile, for some a landline too; no two customers get the same digits."""
    prefix = ("55", "66", "77")[index % 3]
    digits = f"{prefix}{index:03d}{dice.randrange(10_000):04d}"
    yield _mobile(digits, index % 6), "mobile"
    if dice.random() < 0.3:
        area, rest = dice.choice(AREAS), f"{index:03d}{dice.randrange(1000):03d}"
        yield f"{area} {rest[:2]} {rest[2:4]} {rest[4:]}", "home"


def _mobile(digits: str, form: int) -> str:
    """Nine digits in one of the ways people write them."""
    a, b, c, d = digits[:3], digits[3:5], digits[5:7], digits[7:]
    return (
        f"0{a} {b} {c} {d}",
        f"+213 {a} {b} {c} {d}",
        f"00213{digits}",
        f"0{digits}",
        f"0{a}-{b}-{c}-{d}",
        f"+213{digits}",
    )[form]
