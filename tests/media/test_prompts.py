from __future__ import annotations

import os
import wave
from pathlib import Path

import numpy as np
import pytest

from media.g711 import SILENCE, Law, decode
from media.loop import Loop
from media.preparer import Preparer
from media.prompt_recipe import Sources, make_prompts
from media.prompt_table import LANGUAGES, PROMPTS
from media.prompts import PromptStore, UnknownPrompt, main
from media.sound import BadSound, at_level, level_of, read_sound, write_wav
from media.tones import chord_loop, tone
from nidaa.settings import Paths


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths(tmp_path / "var", tmp_path / "configs")


@pytest.fixture
def store(paths: Paths) -> PromptStore:
    return PromptStore(paths.own_prompts, paths.prompts)


def strongest(samples: np.ndarray, rate: int = 8000) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(spectrum.argmax()) * rate / len(samples)


def write_any_wav(path: Path, hz: int, *, rate: int, channels: int, width: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    sound = 0.25 * np.sin(2 * np.pi * hz * np.arange(rate) / rate)
    full = 2.0 ** (8 * width - 1)
    whole = np.repeat(sound * full, channels).astype(np.int64) + (128 if width == 1 else 0)
    raw = whole.astype("<i8").view(np.uint8).reshape(-1, 8)[:, :width].tobytes()
    with wave.open(str(path), "wb") as out:
        out.setparams((channels, width, rate, 0, "NONE", ""))
        out.writeframes(raw)


# --- the store


@pytest.mark.parametrize("law", ["PCMU", "PCMA"])
def test_prompt_comes_as_whole_packets_of_g711(store: PromptStore, paths: Paths, law: Law) -> None:
    write_wav(paths.prompts / "fr" / "welcome.wav", tone(500, 0.25, 16000), 16000)
    encoded = store.g711("fr/welcome", law)
    assert len(encoded) == 13 * 160  # 2,000 samples and 80 of silence
    assert set(encoded[2000:]) == {SILENCE[law]}
    assert strongest(decode(encoded, law)[:2000]) == pytest.approx(500, abs=4)


@pytest.mark.parametrize(
    ("rate", "channels", "width"),
    [(8000, 1, 2), (44100, 2, 2), (48000, 1, 3), (22050, 1, 1), (96000, 2, 4)],
)
def test_own_file_of_any_kind_wins_over_the_made_one(
    store: PromptStore, paths: Paths, rate: int, channels: int, width: int
) -> None:
    write_wav(paths.prompts / "fr" / "welcome.wav", tone(500, 1, 16000), 16000)
    own = paths.own_prompts / "fr" / "welcome.wav"
    write_any_wav(own, 1200, rate=rate, channels=channels, width=width)
    samples = decode(store.g711("fr/welcome", "PCMU"), "PCMU")
    assert len(samples) == pytest.approx(8000, abs=160)
    assert strongest(samples) == pytest.approx(1200, abs=5)
    assert level_of(samples) == pytest.approx(20 * np.log10(0.25 / np.sqrt(2)), abs=1)


def test_sound_above_the_telephone_band_does_not_fold_back(
    store: PromptStore, paths: Paths
) -> None:
    write_any_wav(paths.own_prompts / "hiss.wav", 6000, rate=16000, channels=1, width=2)
    assert level_of(decode(store.g711("hiss", "PCMU"), "PCMU")) < -50


def test_replaced_file_is_heard_at_the_next_play(store: PromptStore, paths: Paths) -> None:
    own = paths.own_prompts / "fr" / "welcome.wav"
    for hz, changed_at in ((700, 1_000), (1300, 2_000), (900, 1_500)):
        write_wav(own, tone(hz, 0.5, 16000), 16000)
        os.utime(own, (changed_at, changed_at))
        heard = decode(store.g711("fr/welcome", "PCMA"), "PCMA")
        assert strongest(heard) == pytest.approx(hz, abs=5)
    own.unlink()
    with pytest.raises(UnknownPrompt):
        store.g711("fr/welcome", "PCMA")


def test_encoded_variant_is_made_once_for_all_processes(
    store: PromptStore, paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_wav(paths.prompts / "en" / "welcome.wav", tone(500, 0.5, 16000), 16000)
    first = store.g711("en/welcome", "PCMU")
    assert store.g711("en/welcome", "PCMU") is first

    def never(*_: object) -> None:
        raise AssertionError("encoded again")

    monkeypatch.setattr("media.prompts.read_sound", never)
    other = PromptStore(paths.own_prompts, paths.prompts)
    assert other.g711("en/welcome", "PCMU") == first


def test_long_music_is_never_encoded_while_somebody_waits(store: PromptStore, paths: Paths) -> None:
    music = paths.own_prompts / "music" / "default" / "long.wav"
    write_wav(music, tone(500, 40, 16000), 16000)
    with pytest.raises(UnknownPrompt, match="being prepared"):
        store.g711("music/default/long", "PCMU")
    assert [name for name, _ in store.unprepared(is_own=True)] == ["music/default/long"]
    store.prepare("music/default/long")
    assert list(store.unprepared()) == []
    before = store.g711("music/default/long", "PCMU")
    assert len(before) == 40 * 8000
    write_wav(music, tone(800, 50, 16000), 16000)
    assert store.g711("music/default/long", "PCMU") is before
    main(str(paths.own_prompts), str(paths.prompts))
    assert len(store.g711("music/default/long", "PCMU")) == 50 * 8000


def test_new_files_are_prepared_by_a_child_and_broken_ones_tried_once(
    paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    now = 100.0
    loop = Loop(lambda: now)
    preparer = Preparer(paths.own_prompts, paths.prompts, loop)
    assert preparer.pid is None
    write_wav(paths.own_prompts / "hello.wav", tone(500, 1, 8000), 8000)
    (paths.own_prompts / "broken.wav").write_bytes(b"RIFF")
    store = PromptStore(paths.own_prompts, paths.prompts)
    pids: set[int | None] = set()
    for _ in range(5):
        now += 10
        loop.turn(0)
        pids.add(preparer.pid)
        preparer.wait()
    assert len(pids) == 2  # once a child, and then none
    assert [name for name, _ in store.unprepared()] == ["broken"]
    preparer.close()
    loop.close()


@pytest.mark.parametrize("name", ["fr/absent", "", "../secret", "/etc/passwd", "fr/", "a\0b"])
def test_unknown_or_foreign_name_is_refused(store: PromptStore, paths: Paths, name: str) -> None:
    write_wav(paths.state / "secret.wav", tone(500, 0.1, 8000), 8000)
    with pytest.raises(UnknownPrompt):
        store.g711(name, "PCMU")
    with pytest.raises(UnknownPrompt):
        store.music(name)


@pytest.mark.parametrize("content", [b"", b"RIFF", b"this is no sound at all" * 100])
def test_file_without_sound_is_refused(store: PromptStore, paths: Paths, content: bytes) -> None:
    path = paths.own_prompts / "broken.wav"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    with pytest.raises(UnknownPrompt):
        store.g711("broken", "PCMU")
    with pytest.raises(BadSound):
        read_sound(path, 8000)


def test_music_is_every_track_of_its_class(store: PromptStore, paths: Paths) -> None:
    for name in ("b", "a"):
        write_wav(paths.prompts / "music" / "default" / f"{name}.wav", tone(440, 1, 8000), 8000)
    assert store.music("default") == ("music/default/a", "music/default/b")
    assert len(store.g711(store.music("default")[0], "PCMU")) == 8000
    write_wav(paths.own_prompts / "music" / "default" / "ours.wav", tone(440, 1, 8000), 8000)
    assert store.music("default") == ("music/default/ours",)


# --- the recipe


@pytest.fixture
def voices(tmp_path: Path) -> Sources:
    """What the Debian packages install, in small: raw G.722 of silence."""
    names = [name for prompt in PROMPTS for name in prompt.recordings]
    for language in ("fr", "en"):
        for name in names:
            file = tmp_path / "voices" / language / f"{name}.g722"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(bytes(range(256)) * 20)
    folders = {language: tmp_path / "voices" / language for language in ("fr", "en")}
    return Sources(folders, (folders["fr"] / "vm-goodbye.g722",), None)


def test_recordings_become_prompts_and_what_is_missing_is_said(
    paths: Paths, store: PromptStore, voices: Sources
) -> None:
    report = make_prompts(paths, voices)
    recorded = sum(1 for prompt in PROMPTS if prompt.recordings)
    assert report.manifest.recorded == 2 * recorded
    assert "ar/welcome" in report.manifest.missing
    assert "install espeak-ng" in str(report)
    samples = decode(store.g711("fr/goodbye", "PCMU"), "PCMU")
    assert len(samples) == 5120  # half of the 16 kHz that G.722 holds
    assert store.music("default") == ("music/default/vm-goodbye",)


def test_second_run_makes_nothing(paths: Paths, voices: Sources) -> None:
    make_prompts(paths, voices)
    file = paths.prompts / "fr" / "goodbye.wav"
    before = file.stat().st_mtime_ns
    again = make_prompts(paths, voices)
    assert not again.is_new
    assert str(again).startswith("ready (")
    assert file.stat().st_mtime_ns == before


def test_lost_file_or_new_package_makes_them_again(paths: Paths, voices: Sources) -> None:
    make_prompts(paths, Sources())
    assert (paths.prompts / "music" / "default" / "chords.wav").exists()
    assert make_prompts(paths, voices).is_new
    assert not (paths.prompts / "music" / "default" / "chords.wav").exists()
    (paths.prompts / "fr" / "goodbye.wav").unlink()
    assert make_prompts(paths, voices).is_new
    assert (paths.prompts / "fr" / "goodbye.wav").exists()


def test_broken_manifest_of_an_earlier_run_is_no_obstacle(paths: Paths, voices: Sources) -> None:
    paths.prompts.mkdir(parents=True)
    (paths.prompts / "manifest.json").write_text("{")
    assert make_prompts(paths, voices).is_new


def test_bare_machine_still_has_music_and_beep(paths: Paths, store: PromptStore) -> None:
    report = make_prompts(paths, Sources())
    assert "music generated" in str(report)
    assert -30 < level_of(decode(store.g711("music/default/chords", "PCMU"), "PCMU")) < -22
    assert strongest(decode(store.g711("fr/beep", "PCMU"), "PCMU")) == pytest.approx(1000, abs=5)


@pytest.mark.skipif(Sources.installed().espeak is None, reason="espeak-ng is not installed")
def test_every_prompt_is_spoken_in_three_languages(paths: Paths, store: PromptStore) -> None:
    speech = Sources(espeak=Sources.installed().espeak)
    assert make_prompts(paths, speech).manifest.missing == ()
    for language in LANGUAGES:
        for prompt in PROMPTS:
            samples = decode(store.g711(f"{language}/{prompt.name}", "PCMU"), "PCMU")
            assert 1600 < len(samples) < 12 * 8000
            assert -32 < level_of(samples) < -14  # a short word is half silence


# --- sounds


def test_chord_loop_has_no_click_where_it_begins_again() -> None:
    loop = chord_loop(8000, rounds=1).astype(int)
    seam = np.abs(np.diff(np.concatenate((loop[-400:], loop[:400])))).max()
    assert seam <= np.abs(np.diff(loop)).max()
    assert abs(loop[0]) < 10
    assert abs(loop[-1]) < 10


def test_level_is_set_without_clipping() -> None:
    quiet = (tone(500, 1, 8000, level=0.01)).astype(np.int16)
    assert level_of(at_level(quiet, -20)) == pytest.approx(-20, abs=0.1)
    click = np.zeros(8000, np.int16)
    click[100] = 20000
    assert np.abs(at_level(click, -20)).max() < 32768 * 0.71
    assert not at_level(np.zeros(10, np.int16), -20).any()
