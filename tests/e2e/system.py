"""The whole system as `nidaa serve` starts it, in a folder and on ports of its own."""

from __future__ import annotations

import json
import os
import signal
import ssl
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import psutil
from websockets.sync.client import connect
from websockets.typing import Origin

from tests.e2e.waiting import wait_until
from tests.support.net import free_port

SYSTEM_YAML = """\
address: 127.0.0.1
http: {{port: {http}}}
listeners:
  - {{name: phones, serves: phones, transport: udp, port: {phones}}}
  - {{name: trunks, serves: trunks, transport: udp, port: {trunks}}}
  - {{name: webphones, serves: webphones, transport: wss, port: {wss}}}
media: {{workers: {workers}, first_port: {media}, last_port: {last_media}}}
"""
READY = "Nidaa is ready"


class System:
    """A running Nidaa; `close` stops it and checks that nothing is left."""

    def __init__(self, folder: Path, workers: int = 2) -> None:
        self.folder, self.state, self.config = folder, folder / "s", folder / "c"
        self.config.mkdir(parents=True)
        self.http = free_port()
        self.phones, self.trunks = free_port(), free_port()
        media = 20000 + (self.http % 30) * 400  # below the ephemeral ports of the listeners
        text = SYSTEM_YAML.format(
            http=self.http,
            phones=self.phones,
            trunks=self.trunks,
            wss=free_port(),
            workers=workers,
            media=media,
            last_media=media + 399,
        )
        (self.config / "system.yaml").write_text(text)
        self.environment = {
            **os.environ,
            "NIDAA_STATE": str(self.state),
            "NIDAA_CONFIG": str(self.config),
        }
        self.output = (folder / "serve.log").open("wb")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start and wait until it says that it is ready, once more."""
        already = self.said().count(READY)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "nidaa.cli", "serve"],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=self.output,
            stderr=self.output,
        )
        wait_until(lambda: self._starts() > already, "Nidaa to start", 90)

    def _starts(self) -> int:
        assert self._process is not None
        said = self.said()
        assert self._process.poll() is None, f"it ended: {said}"
        return said.count(READY)

    def wait(self) -> None:
        """Wait until it has ended by itself."""
        assert self._process is not None
        self._process.wait(20)

    @property
    def sample(self) -> dict[str, Any]:
        """What var/sample.json tells a script."""
        loaded: dict[str, Any] = json.loads((self.state / "sample.json").read_text())
        return loaded

    def user(self, extension: str) -> dict[str, Any]:
        """The sample user with this extension."""
        return next(user for user in self.sample["users"] if user.get("extension") == extension)

    def supervisor(self) -> dict[str, Any]:
        return next(user for user in self.sample["users"] if user["role"] == "supervisor")

    def pid_of(self, *words: str) -> int:
        """The process that runs this entry point, for example `api` or `media --number 1`."""
        assert self._process is not None
        for child in psutil.Process(self._process.pid).children():
            if child.cmdline()[-len(words) :] == list(words):
                return child.pid
        raise AssertionError(f"no process runs {words}")

    def log(self, name: str) -> str:
        return (self.state / "log" / f"{name}.log").read_text()

    def said(self) -> str:
        """What `nidaa serve` wrote to the terminal."""
        return (self.folder / "serve.log").read_text()

    def run(self, *words: str) -> str:
        """Run a `nidaa` command against this system and return what it said."""
        done = subprocess.run(
            [sys.executable, "-m", "nidaa.cli", *words],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def close(self) -> None:
        if self._process is None or self._process.poll() is not None:
            self.output.close()
            return
        family = psutil.Process(self._process.pid).children(recursive=True)
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(40)
        finally:
            self.output.close()
        left = [process for process in family if process.is_running()]
        assert left == [], f"still running: {left}"


class Client:
    """One signed-in user of the REST API."""

    def __init__(self, system: System, user: dict[str, Any]) -> None:
        self.user = user
        self.http = httpx.Client(
            base_url=f"https://127.0.0.1:{system.http}/api",
            verify=False,  # noqa: S501 - the development CA of a test
            timeout=20,
        )
        answer = self.http.post(
            "/session", json={"login": user["login"], "password": user["password"]}
        )
        assert answer.status_code == 200, answer.text
        self.session = answer.json()
        self.http.headers["X-CSRF-Token"] = self.session["csrf"]

    def get(self, path: str, **query: Any) -> Any:
        answer = self.http.get(path, params=query)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        answer = self.http.post(path, json=body or {})
        assert answer.status_code < 300, f"{path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def be_ready(self) -> None:
        """Start the shift of an agent whose desk phone is registered."""
        self.post("/agent/sign-on")
        self.post("/agent/ready")

    def live(self) -> dict[str, Any]:
        """The snapshot with which the live WebSocket begins."""
        base = str(self.http.base_url).removesuffix("/api/")
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.http.cookies.jar)
        with connect(
            base.replace("https", "wss") + "/api/live",
            ssl=context,
            origin=Origin(base),
            additional_headers={"Cookie": cookies},
        ) as socket:
            snapshot: dict[str, Any] = json.loads(socket.recv(10))
            return snapshot

    def close(self) -> None:
        self.http.close()
