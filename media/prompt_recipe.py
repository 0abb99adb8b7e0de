"""Makes the prompts and the music on hold at set-up: `make_prompts(paths)`.

Human voices come from Debian's asterisk-core-sounds packages, music from
asterisk-moh-opsound-g722; what they lack, and all Arabic, is spoken by espeak-ng. Everything
becomes 16 kHz WAV at one level. See docs/prompts.md for the licences.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import numpy as np

from media.files import write_whole
from media.g711 import Samples
from media.prompt_table import BEEP, LANGUAGES, MUSIC, PROMPTS, Prompt
from media.prompts import SUFFIX, PromptStore, UnknownPrompt
from media.sound import BadSound, at_level, read_sound, write_wav
from media.tones import chord_loop, tone
from nidaa.settings import Paths

RECIPE = 1  # raise it when the sounds would come out differently
RATE = 16000  # Hz
SPEECH_LEVEL, MUSIC_LEVEL = -20.0, -26.0  # dBFS RMS
PAUSE = 0.15  # seconds between the parts of a composed prompt
SPEAK_WITHIN = 30.0  # seconds one espeak-ng run may take
ASTERISK = Path("/usr/share/asterisk")


@dataclass(frozen=True, slots=True)
class Sources:
    """Where sounds come from on this machine; None or empty where it is not installed."""

    voices: dict[str, Path] = field(default_factory=dict)  # language -> folder of .g722 files
    music: tuple[Path, ...] = ()
    espeak: str | None = None

    @classmethod
    def installed(cls, asterisk: Path = ASTERISK) -> Sources:
        folders = {
            language: asterisk / "sounds" / folder
            for language, folder in (("fr", "fr_CA_f_June"), ("en", "en_US_f_Allison"))
        }
        tracks = tuple(asterisk / "moh" / f"{name}.g722" for name in MUSIC)
        return cls(
            {language: folder for language, folder in folders.items() if folder.is_dir()},
            tuple(track for track in tracks if track.is_file()),
            shutil.which("espeak-ng"),
        )

    def fingerprint(self) -> str:
        """Changes when the recipe, or what it finds, does."""
        facts = (RECIPE, PROMPTS, sorted(self.voices), [t.name for t in self.music], self.espeak)
        return hashlib.sha256(repr(facts).encode()).hexdigest()


class Manifest(msgspec.Struct, frozen=True):
    """What was made, kept beside it."""

    fingerprint: str
    files: tuple[str, ...]
    recorded: int = 0  # prompts in a human voice
    spoken: int = 0
    missing: tuple[str, ...] = ()
    tracks: int = 0  # of music; 0: the chord loop


@dataclass(frozen=True, slots=True)
class PromptReport:
    """The outcome in one line, for people."""

    manifest: Manifest
    is_new: bool

    def __str__(self) -> str:
        made = self.manifest
        text = f"{made.recorded} recorded, {made.spoken} spoken by espeak-ng"
        text += f", {made.tracks} tracks of music" if made.tracks else ", music generated"
        if made.missing:
            text += (
                f"; {len(made.missing)} missing ({', '.join(made.missing[:3])}, ...): "
                "install espeak-ng or put your own WAV files into the prompts folder"
            )
        return text if self.is_new else f"ready ({text})"


def make_prompts(paths: Paths, sources: Sources | None = None) -> PromptReport:
    """Make what is missing or out of date; quick when there is nothing to do. Raises OSError."""
    sources = sources or Sources.installed()
    folder = paths.prompts
    known = _read_manifest(folder)
    is_current = known is not None and known.fingerprint == sources.fingerprint()
    if known and is_current and all((folder / file).is_file() for file in known.files):
        return PromptReport(known, is_new=False)
    manifest = _Maker(folder, sources).make()
    for file in set(known.files if known else ()) - set(manifest.files):
        (folder / file).unlink(missing_ok=True)
    write_whole(folder / "manifest.json", msgspec.json.encode(manifest))
    return PromptReport(manifest, is_new=True)


def _read_manifest(folder: Path) -> Manifest | None:
    try:
        return msgspec.json.decode((folder / "manifest.json").read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError):
        return None  # never made, or by an earlier recipe


class _Maker:
    """One run of the recipe."""

    def __init__(self, folder: Path, sources: Sources) -> None:
        self._folder, self._sources = folder, sources
        self._files: list[str] = []
        self._missing: list[str] = []
        self._recorded = self._spoken = 0

    def make(self) -> Manifest:
        for language in LANGUAGES:
            for prompt in PROMPTS:
                self._make(language, prompt)
            self._write(f"{language}/{BEEP}", tone(1000, 0.4, RATE))
        tracks = self._make_music()
        self._prepare()
        return Manifest(
            self._sources.fingerprint(),
            tuple(self._files),
            self._recorded,
            self._spoken,
            tuple(self._missing),
            tracks,
        )

    def _make(self, language: str, prompt: Prompt) -> None:
        name = f"{language}/{prompt.name}"
        sound = self._recording(language, prompt)
        if sound is not None:
            self._recorded += 1
        else:
            sound = self._speech(language, prompt.text[language])
            self._spoken += sound is not None
        if sound is None:
            self._missing.append(name)
        else:
            self._write(name, at_level(sound, SPEECH_LEVEL))

    def _recording(self, language: str, prompt: Prompt) -> Samples | None:
        folder = self._sources.voices.get(language)
        if folder is None or not prompt.recordings:
            return None
        try:
            parts = [
                read_sound(folder / f"{part}.g722", RATE, container="g722")
                for part in prompt.recordings
            ]
        except (BadSound, OSError):
            return None  # this package lacks it: it is spoken instead
        return _joined(parts)

    def _speech(self, language: str, text: str) -> Samples | None:
        if self._sources.espeak is None:
            return None
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "speech.wav"
            command = [self._sources.espeak, "-v", language, "-s", "145", "-w", str(file), text]
            try:
                subprocess.run(  # noqa: S603 our own words, no shell
                    command, check=True, capture_output=True, timeout=SPEAK_WITHIN
                )
                return read_sound(file, RATE)
            except (subprocess.SubprocessError, BadSound, OSError):
                return None  # counted as missing

    def _make_music(self) -> int:
        made = 0
        for track in self._sources.music:
            try:
                sound = read_sound(track, RATE, container="g722")
            except (BadSound, OSError):
                continue  # a broken package: the other tracks serve
            self._write(f"music/default/{track.stem}", at_level(sound, MUSIC_LEVEL))
            made += 1
        if not made:
            self._write("music/default/chords", at_level(chord_loop(RATE), MUSIC_LEVEL))
        return made

    def _write(self, name: str, sound: Samples) -> None:
        write_wav(self._folder / f"{name}{SUFFIX}", sound, RATE)
        self._files.append(f"{name}{SUFFIX}")

    def _prepare(self) -> None:
        """Encode now what a worker would otherwise encode between two packets."""
        store = PromptStore(self._folder / "none", self._folder)
        for file in self._files:
            try:
                store.prepare(file.removesuffix(SUFFIX))
            except UnknownPrompt as error:
                raise OSError(f"cannot read back {file}: {error}") from error


def _joined(parts: list[Samples]) -> Samples:
    pause = np.zeros(round(PAUSE * RATE), np.int16)
    spaced = [piece for part in parts for piece in (part, pause)]
    return np.concatenate(spaced[:-1])
