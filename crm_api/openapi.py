"""Writes webphone/openapi.json, from which the browser's client is typed.

`python -m crm_api.openapi` writes it, with `--check` it only says whether it is current.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from crm_api.database import ROOT
from crm_api.main import create_app
from nidaa.settings import Paths

TARGET = ROOT / "webphone" / "openapi.json"


def document() -> str:
    """The OpenAPI document of this version; needs neither database nor configuration."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Paths(Path(folder), Path(folder)))
    return json.dumps(app.openapi(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def main() -> None:
    text = document()
    if "--check" in sys.argv:
        if not TARGET.exists() or TARGET.read_text(encoding="utf-8") != text:
            sys.exit(f"{TARGET} is old: run `python -m crm_api.openapi`")
        return
    TARGET.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
