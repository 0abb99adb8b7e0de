"""What a recording's picture looks like in REST."""

from __future__ import annotations

from pydantic import BaseModel


class Peaks(BaseModel):
    """About 800 loudness points (0 to 1) per side: left the customer, right the agent."""

    left: tuple[float, ...]
    right: tuple[float, ...]
    duration_for: float
