"""baresip as a phone: an independent SIP and RTP implementation, driven over its control port."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import numpy as np

from tests.e2e.waiting import wait_until
from tests.support.net import free_port
from tests.support.tones import write_tone

CONFIG = """\
module_path /usr/lib/baresip/modules
poll_method epoll
sip_listen 127.0.0.1:{sip_port}
net_interface 127.0.0.1
call_local_timeout 120
call_max_calls 4
audio_source aufile,{folder}/tone.wav
audio_player aubridge,none
audio_alert aubridge,none
ausrc_srate 8000
auplay_srate 8000
audio_level no
rtp_ports {rtp_port}-{last_rtp_port}
snd_path {folder}
ctrl_tcp_listen 127.0.0.1:{control_port}
module g711.so
module sndfile.so
module aufile.so
module aubridge.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
"""


class Baresip:
    """One phone that sends a steady tone and keeps what it hears."""

    def __init__(self, folder: Path, account: str, tone_hz: float, codec: str = "PCMU") -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        self.sip_port = free_port()
        control_port, rtp_port = free_port(), free_port()
        write_tone(folder / "tone.wav", tone_hz, 120)
        text = CONFIG.format(
            folder=folder,
            sip_port=self.sip_port,
            control_port=control_port,
            rtp_port=rtp_port,
            last_rtp_port=rtp_port + 20,
        )
        (folder / "config").write_text(text)
        (folder / "accounts").write_text(f"{account};audio_codecs={codec}/8000/1\n")
        (folder / "contacts").write_text("")
        self._log = (folder / "log").open("wb")
        self._process = subprocess.Popen(
            ["baresip", "-f", str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
        )
        self.events: list[dict[str, Any]] = []
        self._buffer = b""
        try:
            self._socket = wait_until(lambda: self._connect(control_port), "baresip's control port")
        except AssertionError:
            self._end_process()
            raise

    def _connect(self, port: int) -> socket.socket | None:
        assert self._process.poll() is None, (self.folder / "log").read_text()
        try:
            control = socket.create_connection(("127.0.0.1", port), timeout=1)
        except OSError:
            return None
        control.settimeout(0.05)
        return control

    def command(self, name: str, params: str = "") -> None:
        """Send one command, for example `dial` or `hangup`."""
        body = json.dumps({"command": name, "params": params}).encode()
        self._socket.sendall(b"%d:%s," % (len(body), body))

    def dial(self, uri: str) -> None:
        self.command("dial", uri)

    def hang_up(self) -> None:
        self.command("hangup")

    def answer(self) -> None:
        self.command("accept")

    def wait_for(self, event: str, seconds: float = 20.0) -> dict[str, Any]:
        """The first event of this type since the last call for it."""

        def find() -> dict[str, Any] | None:
            self._read()
            for number, found in enumerate(self.events):
                if found.get("type") == event:
                    del self.events[: number + 1]
                    return found
            return None

        return wait_until(find, f"{event} at {self.folder.name}", seconds)

    def wait_registered(self) -> None:
        """Wait for the registrar's 200, which may come before the control port is open."""
        log = self.folder / "log"
        wait_until(lambda: "200 OK" in log.read_text(), f"{self.folder.name} to register")

    def saw(self, event: str) -> bool:
        """Has this event come, and not been waited for?"""
        self._read()
        return any(found.get("type") == event for found in self.events)

    def _read(self) -> None:
        try:
            while data := self._socket.recv(65536):
                self._buffer += data
        except TimeoutError:
            pass
        while b":" in self._buffer:
            head, _, rest = self._buffer.partition(b":")
            if len(rest) <= int(head):
                return
            message = json.loads(rest[: int(head)])
            self._buffer = rest[int(head) + 1 :]
            if message.get("event"):
                self.events.append(message)

    def heard(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """All samples decoded so far in the newest call, 8 kHz, -1 to 1."""
        files = sorted(self.folder.glob("dump-*-dec.wav"), key=lambda path: path.stat().st_mtime)
        if not files:
            return np.zeros(0)
        data = files[-1].read_bytes()[44:]
        return np.frombuffer(data[: len(data) // 2 * 2], "<i2") / 32768

    def close(self) -> None:
        self._socket.close()
        self._end_process()

    def _end_process(self) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._log.close()


def last_seconds(
    phone: Baresip, seconds: float, rate: int = 8000
) -> np.ndarray[Any, np.dtype[np.float64]]:
    """What the phone hears in the coming `seconds`."""
    before = len(phone.heard())
    time.sleep(seconds)
    return phone.heard()[before:]
