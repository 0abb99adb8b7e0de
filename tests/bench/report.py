"""How a benchmark says its figures: one JSON object a line."""

from __future__ import annotations

import json


def report(name: str, value: float, unit: str) -> None:
    """Print `{"name", "value", "unit"}`."""
    print(json.dumps({"name": name, "value": round(value, 4), "unit": unit}), flush=True)
