"""Waiting in tests that use real sockets and threads: for a condition, never for a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

STEPS = 5000


async def until(is_so: Callable[[], object]) -> None:
    """Let the loop run until the condition holds; fails when it does not come to hold."""
    for step in range(STEPS):
        if is_so():
            return
        await asyncio.sleep(0 if step < 100 else 0.002)
    raise AssertionError("it did not come to hold")
