"""What the ACD refuses."""

from __future__ import annotations

from nidaa.contracts.control import Refusal


class AgentRefused(Exception):
    """The command cannot be done; `code` and the text go back to who gave it."""

    def __init__(self, code: Refusal, text: str) -> None:
        super().__init__(text)
        self.code = code


class AcdMisuse(ValueError):
    """Our own mistake: an unknown queue, a caller who is already waiting, a senseless result."""
