"""The directory snapshot: who people are, published by crm_api, cached on disk by pbx."""

from __future__ import annotations

import msgspec


class Device(msgspec.Struct, frozen=True):
    """Something that may register for an extension, with its digest secrets (RFC 8760)."""

    username: str  # digest user name; never the extension alone, so that guessing needs both
    extension: str
    kind: str  # webphone | desk
    ha1_md5: str  # hex of H(username:realm:password)
    ha1_sha256: str


class Extension(msgspec.Struct, frozen=True):
    number: str
    name: str


class Membership(msgspec.Struct, frozen=True):
    queue: str
    penalty: int = 0


class Agent(msgspec.Struct, frozen=True):
    id: str
    name: str
    extension: str
    queues: tuple[Membership, ...] = ()
    is_screen_expected: bool = True  # False: a desk phone without a browser gets no card
    skills: dict[str, int] = msgspec.field(default_factory=dict)  # level from 1 to 10, by name


class Directory(msgspec.Struct, frozen=True):
    version: int
    tenant: str
    realm: str
    extensions: tuple[Extension, ...] = ()
    devices: tuple[Device, ...] = ()
    agents: tuple[Agent, ...] = ()
