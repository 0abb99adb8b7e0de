"""Recorded audio, played in the browser."""
