"""Headless Chromium whose microphone is a tone."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, Playwright

CHROMIUM = "/usr/bin/chromium"
SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--allow-loopback-in-peer-connection",
    "--autoplay-policy=no-user-gesture-required",
)


def launch(playwright: Playwright, microphone: Path, without: str = "") -> Browser:
    """A browser whose microphone is this WAV file, in a loop; `without` leaves one switch out."""
    switches = [switch for switch in SWITCHES if switch != without]
    return playwright.chromium.launch(
        executable_path=CHROMIUM,
        args=[*switches, f"--use-file-for-fake-audio-capture={microphone}"],
    )
