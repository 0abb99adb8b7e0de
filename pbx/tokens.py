"""Unguessable tokens: tags, branches and Call-IDs, eight in a call."""

from __future__ import annotations

import os
from collections.abc import Callable

SIZE = 8  # random bytes of one (RFC 3261 19.3 asks for 4)
BLOCK = 512  # tokens made of one system call


def token_source() -> Callable[[], str]:
    """What makes a new token each time it is called. Not for several threads or a fork."""
    block: list[str] = []

    def new_token() -> str:
        if not block:
            text = os.urandom(BLOCK * SIZE).hex()
            block.extend(text[at : at + 2 * SIZE] for at in range(0, len(text), 2 * SIZE))
        return block.pop()

    return new_token
