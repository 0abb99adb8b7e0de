"""What may stand in `configs/*.yaml`. Every scalar is text until a model here types it.

`load.py` reads the files into `Configuration` and names file, line and column of each error.
"""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from nidaa.config.fields import CountryCode, ExtensionNumber, Language, Model, Name, Port
from nidaa.config.hours import Holiday, Schedule
from nidaa.config.patterns import Group, NumberPattern

PenaltyLimit = Annotated[str, StringConstraints(pattern=r"^\+?[0-9]{1,3}$")]
Level = Annotated[int, Field(ge=1, le=10)]  # of a skill


# --- system.yaml --------------------------------------------------------------------------------


class Listener(Model):
    """One socket that speaks SIP. Phones and webphones must log in; trunks must be known."""

    name: Name
    serves: Literal["phones", "trunks", "webphones"]
    transport: Literal["udp", "wss"]
    address: str = ""  # "" is the system's address
    port: Port


class MediaSettings(Model):
    workers: int = Field(default=0, ge=0, le=64)  # 0: one per core, at least one
    first_port: Port = 20000
    last_port: Port = 29999


class HttpSettings(Model):
    address: str = ""  # "" is the system's address
    port: Port = 8443


class System(Model):
    """Addresses and limits of this machine."""

    address: str = "127.0.0.1"  # what phones and browsers reach us by; set the LAN address here
    domain: str = "nidaa.local"  # the SIP domain and digest realm
    # Challenges in order of preference (RFC 8760). JsSIP, baresip, SIPp and many desk phones give
    # up when the first they see is not MD5, some when any is.
    digest: tuple[Literal["MD5", "SHA-256"], ...] = Field(default=("MD5",), min_length=1)
    tenant: Name = "default"
    database: str = ""  # SQLAlchemy URL; "" is SQLite in the state folder
    http: HttpSettings = HttpSettings()
    listeners: tuple[Listener, ...] = (
        Listener(name="phones", serves="phones", transport="udp", port=5060),
        Listener(name="trunks", serves="trunks", transport="udp", port=5080),
        Listener(name="webphones", serves="webphones", transport="wss", port=7443),
    )
    media: MediaSettings = MediaSettings()
    country: CountryCode = "DZ"


# --- trunks.yaml, numbers.yaml, queues.yaml -----------------------------------------------------


class Trunk(Model):
    """A carrier. What it sends is inbound and can only reach `numbers`, never an outbound route."""

    name: Name
    sources: tuple[IPv4Network | IPv6Network, ...] = Field(min_length=1)  # it sends from these
    max_calls: int = Field(default=30, ge=1)


class Closed(Model):
    """Where calls go outside the hours of a number's schedule: one of these."""

    announcement: str = ""  # a prompt; it is played and the call ends
    queue: Name | None = None
    extension: ExtensionNumber | None = None


class Number(Model):
    """A DID, or the DIDs of a pattern or a group, and where it leads."""

    number: NumberPattern
    queue: Name | None = None
    extension: ExtensionNumber | None = None
    language: Language = "fr"
    greeting: str = ""  # a prompt name such as "welcome", spoken before the queue
    schedule: Name | None = None  # one of schedules.yaml; left out: always open
    closed: Closed | None = None  # left out: the announcement "closed"
    priority: int = Field(default=0, ge=0, le=10)  # of its callers, against others of the queue


class SkillStep(Model):
    """What an agent must master while the caller waits no longer than `until` seconds."""

    until: float | None = Field(default=None, ge=1, le=86400)  # None: for ever
    needs: dict[Name, Level] = Field(default_factory=dict)
    language: int = Field(default=0, ge=0, le=10)  # level in the caller's language (fr, ar, en)


class PenaltyStep(Model):
    """The highest penalty that may serve while the caller waits no longer than `until` seconds."""

    until: float | None = Field(default=None, ge=1, le=86400)  # None: for ever
    limit: PenaltyLimit  # `3`, or `+2`: that many more than in the step before


class Member(Model):
    """What counts for one agent in this queue instead of what the web interface says."""

    penalty: int | None = Field(default=None, ge=0, le=1000)
    weight: float = Field(default=1, ge=0.01, le=100)  # share of the calls with weighted_random
    skills: dict[Name, Level] = Field(default_factory=dict)


StrategyName = Literal[
    "longest_idle",
    "round_robin",
    "round_robin_ordered",
    "fewest_calls",
    "least_talk_time",
    "random",
    "weighted_random",
    "linear",
]


class CallerRule(Model):
    """Callers, by number, prefix, range, group or `anonymous`."""

    caller: NumberPattern
    note: str = ""  # why, for those who read the log and the simulation


class Queue(Model):
    """Callers who wait and how agents are chosen."""

    name: Name
    title: dict[Language, str] = Field(default_factory=dict)
    strategy: StrategyName = "longest_idle"
    members: dict[ExtensionNumber, Member] = Field(default_factory=dict)
    skills: tuple[SkillStep, ...] = ()  # after the last `until` nothing is needed
    penalty_limits: tuple[PenaltyStep, ...] = ()  # after the last `until` there is no limit
    penalties_from: int = Field(default=0, ge=0, le=1000)  # fewer members at work: no penalties
    weight: float = Field(default=1, ge=0.1, le=100)  # a second of waiting counts that much
    priority_step: float = Field(default=60, ge=0, le=3600)  # seconds a step of priority is worth
    ring_for: float = Field(default=20, ge=5, le=120)  # seconds one agent's phone rings
    wrap_up_for: float = Field(default=60, ge=0, le=3600)  # seconds, then ready again
    music: str = "default"
    is_recorded: bool = True


class Configuration(Model):
    """All of it, as one value that is swapped as a whole."""

    system: System = System()
    trunks: tuple[Trunk, ...] = ()
    numbers: tuple[Number, ...] = ()
    queues: tuple[Queue, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    holidays: tuple[Holiday, ...] = ()
    groups: tuple[Group, ...] = ()
    block: tuple[CallerRule, ...] = ()
    allow: tuple[CallerRule, ...] = ()
