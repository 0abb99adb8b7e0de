"""What agents and the choices they are offered look like in REST."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from crm_api.users.schemas import Body


class PhoneView(BaseModel):
    """What the webphone registers with. Asking again voids the password given before."""

    uri: str
    username: str
    password: str
    realm: str
    display_name: str
    wss_url: str


class PauseBody(Body):
    reason: Annotated[str, StringConstraints(max_length=32)]


class AgentDay(BaseModel):
    """Sums since midnight, in seconds.

    occupancy = (talk + hold + wrap-up) / (signed on - paused); None before any available time.
    """

    calls: int
    talk_for: float
    hold_for: float
    wrap_up_for: float
    ready_for: float
    signed_on_for: float
    occupancy: Annotated[float, Field(ge=0, le=1)] | None


class Label(BaseModel):
    fr: str
    ar: str
    en: str


class Choice(BaseModel):
    """Something to choose: the code is kept, the label is shown."""

    code: str
    label: Label


class TeamAgent(BaseModel):
    id: str
    name: str
    extension: str
    queues: tuple[str, ...]


class TeamQueue(BaseModel):
    name: str
    title: dict[str, str]


class Team(BaseModel):
    agents: tuple[TeamAgent, ...]
    queues: tuple[TeamQueue, ...]
