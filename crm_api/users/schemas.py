"""What users look like in REST."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from crm_api.users.passwords import MIN_LENGTH

Role = Literal["agent", "supervisor", "admin"]
Language = Literal["fr", "ar", "en"]
Theme = Literal["light", "dark", "system"]
Login = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, to_lower=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9._@-]{1,63}$"
    ),
]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Password = Annotated[str, StringConstraints(min_length=MIN_LENGTH, max_length=256)]
ExtensionNumber = Annotated[str, StringConstraints(pattern=r"^[0-9]{2,8}$")]
QueueName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]


class Body(BaseModel):
    """What a client sends: unknown fields are an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SetupState(BaseModel):
    needed: bool


class SetupBody(Body):
    token: Annotated[str, StringConstraints(max_length=256)]
    name: Name
    login: Login
    password: Password


class SignInBody(Body):
    login: Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, max_length=256)]
    password: Annotated[str, StringConstraints(max_length=256)]


class UserView(BaseModel):
    id: str
    login: str
    name: str
    role: Role
    language: Language
    theme: Theme


class SessionAgent(BaseModel):
    id: str
    extension: str


class SessionView(BaseModel):
    """Who is signed in in this browser; `csrf` goes into X-CSRF-Token."""

    user: UserView
    agent: SessionAgent | None
    csrf: str
    is_sample: bool
    locale_country: str


class MeBody(Body):
    language: Language | None = None
    theme: Theme | None = None


class NewUserBody(Body):
    login: Login
    name: Name
    password: Password
    role: Role = "agent"
    language: Language = "fr"
    extension: ExtensionNumber | None = None  # makes the user an agent
    queues: Annotated[tuple[QueueName, ...], Field(max_length=100)] = ()


class ChangedUserBody(Body):
    name: Name | None = None
    password: Password | None = None
    role: Role | None = None
    language: Language | None = None
    is_active: bool | None = None
    queues: Annotated[tuple[QueueName, ...], Field(max_length=100)] | None = None


class ListedUser(UserView):
    """A user as an administrator sees it."""

    is_active: bool
    is_sample: bool
    created_at: datetime
    extension: str | None
    queues: tuple[str, ...]
