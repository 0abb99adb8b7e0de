"""`nidaa serve`: all processes on one machine, and what the person who starts them reads."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path

from nidaa.cli.common import configuration_of, fail, say
from nidaa.config.models import Configuration
from nidaa.logging import flush, start_logging
from nidaa.ports import needed, problem
from nidaa.settings import Paths
from nidaa.setup import SetupFailed, prepare
from nidaa.supervisor import AlreadyRunning, Child, Supervisor, command, hold_lock


def serve(paths: Paths, *, with_sample: bool) -> None:
    """Set up, start and supervise until Ctrl-C. Ends the command with one line when it cannot."""
    started_at = time.monotonic()
    start_logging()
    configuration = configuration_of(paths)
    try:
        lock = hold_lock(paths.run / "nidaa.lock")
    except AlreadyRunning as error:
        fail(str(error))
    with lock:
        _check_ports(configuration)
        _prepare(paths, configuration, with_sample)
        configuration = configuration_of(paths)  # the sample company brings its own files
        say("Starting (Ctrl-C stops everything):")

        def ready() -> None:
            say(_where_to_go(paths, configuration, time.monotonic() - started_at))

        Supervisor(_children(paths, configuration), paths.log, ready).run()
        flush()
        say("Stopped.")


def _prepare(paths: Paths, configuration: Configuration, with_sample: bool) -> None:
    say("Setting up:")
    try:
        prepare(paths, configuration, say, with_sample=with_sample)
    except SetupFailed as error:
        fail(str(error))


def _check_ports(configuration: Configuration) -> None:
    problems = [text for endpoint in needed(configuration) if (text := problem(endpoint))]
    if problems:
        fail("\n       ".join(problems))


def worker_count(configuration: Configuration) -> int:
    """How many media workers run: as configured, else one per core."""
    return configuration.system.media.workers or os.cpu_count() or 1


def _children(paths: Paths, configuration: Configuration) -> list[Child]:
    http = configuration.system.http
    address = http.address or configuration.system.address
    media = [
        Child(
            f"media-{number}",
            command("media", "--number", str(number)),
            _answers_at(paths.media_socket(number)),
        )
        for number in range(1, worker_count(configuration) + 1)
    ]
    return [
        *media,
        Child("pbx", command("pbx"), _answers_at(paths.pbx_socket)),
        Child("api", command("api"), lambda: _is_open(address, http.port)),
    ]


def _answers_at(path: Path) -> Callable[[], bool]:
    def is_ready() -> bool:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            return probe.connect_ex(str(path)) == 0

    return is_ready


def _is_open(address: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.settimeout(0.2)
        return probe.connect_ex((address, port)) == 0


def _where_to_go(paths: Paths, configuration: Configuration, took: float) -> str:
    system = configuration.system
    url = f"https://{system.address}:{system.http.port}"
    lines = ["", f"Nidaa is ready after {took:.1f} s.", f"  Open {url}"]
    lines.append(
        f"  The browser warns of the certificate until you trust {paths.certificates / 'ca.crt'}"
    )
    token = _setup_token(paths)
    if token:
        lines.append(f"  Make the first administrator: {url}/setup?token={token}")
    if paths.sample.exists():
        lines.append(f"  Sample company: log-ins are in {paths.sample} (`nidaa sample show`)")
        lines.append("  Play a customer who calls: `.venv/bin/nidaa try-call`")
    if system.address == "127.0.0.1":
        lines.append(
            "  Only this machine reaches it: set `address` in "
            f"{paths.config / 'system.yaml'} to serve your network"
        )
    lines.append(f"  Logs: {paths.log}")
    return "\n".join(lines)


def _setup_token(paths: Paths) -> str | None:
    from crm_api.users.commands import make_setup_token

    return asyncio.run(make_setup_token(paths))
