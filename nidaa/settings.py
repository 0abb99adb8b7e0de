"""Where this installation lives and which addresses it uses.

Two environment variables say where: NIDAA_STATE (default `var`) and NIDAA_CONFIG (default
`configs`). Everything else is in `system.yaml` of the configuration folder, read here.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Paths:
    """Every file that processes share, below the state folder."""

    state: Path
    config: Path

    @classmethod
    def from_environment(cls) -> Paths:
        state = Path(os.environ.get("NIDAA_STATE", "var")).resolve()
        return cls(state, Path(os.environ.get("NIDAA_CONFIG", "configs")).resolve())

    @property
    def sample_config(self) -> Path:
        """Configuration of the sample company, read on top of `config` while it exists."""
        return self.state / "sample"

    @property
    def sample(self) -> Path:
        """What a script needs to drive the sample company."""
        return self.state / "sample.json"

    @property
    def config_history(self) -> Path:
        """The configurations that were in force."""
        return self.state / "config-history"

    @property
    def run(self) -> Path:
        return self.state / "run"

    @property
    def pbx_socket(self) -> Path:
        return self.run / "pbx.sock"

    def media_socket(self, number: int) -> Path:
        return self.run / f"media-{number}.sock"

    @property
    def log(self) -> Path:
        return self.state / "log"

    @property
    def outbox(self) -> Path:
        return self.state / "outbox"

    @property
    def directory(self) -> Path:
        """pbx's copy of the last directory snapshot."""
        return self.state / "pbx" / "directory.json"

    @property
    def bindings(self) -> Path:
        return self.state / "pbx" / "bindings.jsonl"

    @property
    def certificates(self) -> Path:
        """ca.crt, server.crt, server.key."""
        return self.state / "certs"

    @property
    def secrets(self) -> Path:
        return self.state / "secrets"

    @property
    def prompts(self) -> Path:
        """Prompts made ready at set-up: 16 kHz WAV, `fr/welcome.wav`; music in `music/`."""
        return self.state / "prompts"

    @property
    def own_prompts(self) -> Path:
        """IT staff's own WAV files: they win over those of the same name in `prompts`."""
        return self.config / "prompts"

    @property
    def spool(self) -> Path:
        return self.state / "spool"

    @property
    def recordings(self) -> Path:
        return self.state / "recordings"

    @property
    def database_default(self) -> str:
        return f"sqlite+aiosqlite:///{self.state / 'nidaa.db'}"
