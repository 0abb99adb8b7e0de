"""What contacts look like in REST."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from crm_api.users.schemas import Body, Language, Name

Text120 = Annotated[str, StringConstraints(strip_whitespace=True, max_length=120)]
Notes = Annotated[str, StringConstraints(max_length=20_000)]
Phone = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        min_length=2,
        max_length=40,
        pattern=r"^\+?[\d٠-٩][\d٠-٩ ()./\-]*$",
    ),
]
Email = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, max_length=254, pattern=r"^$|^[^@\s]+@[^@\s]+\.[^@\s]+$"
    ),
]
LabelText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=32)]


class NumberBody(Body):
    raw: Phone
    label: LabelText = ""


class NewContactBody(Body):
    name: Name
    company: Text120 = ""
    email: Email = ""
    language: Language = "fr"
    is_vip: bool = False
    wilaya: Text120 = ""
    notes: Notes = ""
    numbers: Annotated[tuple[NumberBody, ...], Field(max_length=20)] = ()


class ChangedContactBody(Body):
    """What is left out stays; `version` is the one that was read."""

    version: int
    name: Name | None = None
    company: Text120 | None = None
    email: Email | None = None
    language: Language | None = None
    is_vip: bool | None = None
    wilaya: Text120 | None = None
    notes: Notes | None = None
    numbers: Annotated[tuple[NumberBody, ...], Field(max_length=20)] | None = None


class NumberView(BaseModel):
    """`e164` is "" for a number that cannot be written so."""

    raw: str
    e164: str
    national: str
    label: str


class ContactSummary(BaseModel):
    id: str
    name: str
    company: str
    language: Language
    is_vip: bool
    wilaya: str
    numbers: tuple[NumberView, ...]
    is_sample: bool


class ContactView(ContactSummary):
    version: int
    email: str
    notes: str
    created_at: datetime
    updated_at: datetime


class ContactPage(BaseModel):
    """`next` is the cursor of the page after this one; None on the last."""

    items: tuple[ContactSummary, ...]
    next: str | None


class CardView(BaseModel):
    """A contact as the screen-pop shows it; times are UTC microseconds as in the WebSocket."""

    id: str
    name: str
    company: str
    language: str
    is_vip: bool
    wilaya: str
    numbers: tuple[str, ...]
    notes: str
    calls_before: int
    last_call_at: int
    last_note: str
    why: Literal["e164", "national", "last8"]


class MatchView(BaseModel):
    kind: Literal["one", "many", "none", "anonymous"]
    contacts: tuple[CardView, ...]
