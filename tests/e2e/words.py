"""The words of the webphone, so that tests follow them through changes and languages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

MESSAGES = Path(__file__).resolve().parents[2] / "webphone" / "src" / "i18n"


def word(page: Any, key: str) -> str:
    """The message `section.name` in the language that the page is in now."""
    language = page.evaluate("document.documentElement.lang")
    found: Any = json.loads((MESSAGES / f"{language}.json").read_text(encoding="utf-8"))
    for part in key.split("."):
        found = found[part]
    return str(found)
