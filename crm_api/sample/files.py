"""The sample company's configuration files, and what a script needs to drive it."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from crm_api.callcenter.endpoints import ANY_ADDRESS, wss_url
from crm_api.callcenter.service import DeviceSecret
from nidaa.config.models import Configuration, System
from nidaa.sample.company import COMPANY, DID_SALES, DID_SUPPORT, SALES, SUPPORT, Employee
from nidaa.settings import Paths

HEAD = "# The sample company's. Removed by `nidaa sample remove`; do not put your own here.\n"
TRUNKS = [{"name": "sample", "sources": ["127.0.0.0/8", "::1/128"]}]
NUMBERS = [
    {"number": DID_SUPPORT, "queue": SUPPORT, "language": "fr", "greeting": "welcome"},
    {"number": DID_SALES, "queue": SALES, "language": "fr", "greeting": "welcome"},
]
QUEUES = [
    {
        "name": SUPPORT,
        "title": {"fr": "Assistance", "ar": "خدمة الزبائن", "en": "Support"},
        "is_recorded": "true",
    },
    {
        "name": SALES,
        "title": {"fr": "Ventes", "ar": "المبيعات", "en": "Sales"},
        "is_recorded": "true",
    },
]


@dataclass(frozen=True, slots=True)
class Login:
    """An employee with the passwords that were generated for them."""

    employee: Employee
    password: str
    desk: DeviceSecret | None


def write_configuration(paths: Paths, own: Configuration) -> None:
    """Trunk, numbers and queues, but for what the company's own files have already."""
    folder = paths.sample_config
    folder.mkdir(parents=True, exist_ok=True)
    has_trunks = {trunk.name for trunk in own.trunks}
    has_numbers = {number.number for number in own.numbers}
    has_queues: set[str] = {queue.name for queue in own.queues}
    lists: dict[str, list[dict[str, Any]]] = {
        "trunks": [entry for entry in TRUNKS if entry["name"] not in has_trunks],
        "numbers": [entry for entry in NUMBERS if entry["number"] not in has_numbers],
        "queues": [entry for entry in QUEUES if entry["name"] not in has_queues],
    }
    for name, entries in lists.items():
        (folder / f"{name}.yaml").write_text(_yaml({name: entries}), encoding="utf-8")


def write_facts(
    paths: Paths, system: System, logins: Sequence[Login], customers: Sequence[tuple[str, str]]
) -> None:
    """sample.json, readable by its owner only: it holds passwords. Written whole or not at all."""
    text = json.dumps(_facts(system, logins, customers), indent=2, ensure_ascii=False)
    draft = paths.sample.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text + "\n")
    draft.replace(paths.sample)


def _facts(
    system: System, logins: Sequence[Login], customers: Sequence[tuple[str, str]]
) -> dict[str, Any]:
    host = system.http.address or system.address
    return {
        "company": COMPANY,
        "https": f"https://{host}:{system.http.port}",
        "wss": wss_url(system.listeners, system.address),
        "domain": system.domain,
        "phones": _listener(system, "phones"),
        "trunks": _listener(system, "trunks"),
        "dids": [entry["number"] for entry in NUMBERS],
        "numbers": [
            {"number": entry["number"], "queue": entry["queue"], "language": entry["language"]}
            for entry in NUMBERS
        ],
        "users": [_user(login) for login in logins],
        "customers": [{"name": name, "number": number} for name, number in customers],
    }


def _user(login: Login) -> dict[str, Any]:
    who, desk = login.employee, login.desk
    return {
        "login": who.login,
        "password": login.password,
        "name": who.name,
        "role": who.role,
        "extension": who.extension or None,
        "desk": {"username": desk.username, "password": desk.password} if desk else None,
    }


def _listener(system: System, serves: str) -> dict[str, Any] | None:
    for listener in system.listeners:
        if listener.serves == serves:
            host = system.address if listener.address in ANY_ADDRESS else listener.address
            return {"address": host, "port": listener.port, "transport": listener.transport}
    return None


def _yaml(value: dict[str, Any]) -> str:
    yaml = YAML()
    yaml.allow_unicode = True
    yaml.default_flow_style = False
    stream = io.StringIO()
    yaml.dump(value, stream)
    return HEAD + stream.getvalue()


def remove_files(paths: Paths) -> None:
    """Both, and nothing else."""
    paths.sample.unlink(missing_ok=True)
    if paths.sample_config.is_dir():
        for file in sorted(Path(paths.sample_config).glob("*.yaml")):
            file.unlink()
        if not any(paths.sample_config.iterdir()):
            paths.sample_config.rmdir()
