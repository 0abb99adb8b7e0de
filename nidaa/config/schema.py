"""JSON Schema of every configuration file, so that editors complete and underline.

`python -m nidaa.config.schema` writes them to `configs/schema`; each shipped file names its own in
its first line. `nidaa check` knows more than a schema can say.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, create_model

from nidaa.config.fields import Model
from nidaa.config.load import LISTS, SYSTEM
from nidaa.config.models import System

FOLDER = Path(__file__).resolve().parents[2] / "configs" / "schema"
YES_OR_NO = [True, False, "yes", "no", "on", "off"]
UNKNOWN_FORMATS = {"ipv4network", "ipv6network"}


def first_line(file: str) -> str:
    """What a configuration file begins with."""
    return f"# yaml-language-server: $schema=schema/{Path(file).stem}.json"


def generated() -> dict[Path, str]:
    """Every schema file and what must stand in it."""
    models: dict[str, type[BaseModel]] = {SYSTEM: System}
    models |= {file: _file_model(file, lists) for file, lists in LISTS.items()}
    return {FOLDER / f"{Path(file).stem}.json": _text(file, one) for file, one in models.items()}


def _file_model(file: str, lists: dict[str, type[Model]]) -> type[BaseModel]:
    fields: dict[str, Any] = {
        name: (list[model], Field(default_factory=list))  # type: ignore[valid-type]
        for name, model in lists.items()
    }
    return create_model(file, __config__=ConfigDict(extra="forbid"), **fields)


def _text(file: str, model: type[BaseModel]) -> str:
    schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        **_as_written(model.model_json_schema()),
        "title": file,
    }
    text = json.dumps(schema, indent=2, ensure_ascii=False, sort_keys=True)
    return text.replace("#/$defs/", "#/definitions/").replace('"$defs"', '"definitions"') + "\n"


def _as_written(node: Any) -> Any:
    """What our files call text, an editor may take for a number; and `yes` for a text."""
    if isinstance(node, list):
        return [_as_written(item) for item in node]
    if not isinstance(node, dict):
        return node
    found = {
        key: _as_written(value)
        for key, value in node.items()
        if not (key == "title" and isinstance(value, str))
        and not (key == "format" and value in UNKNOWN_FORMATS)
    }
    if found.get("type") == "string" and "enum" not in found and "const" not in found:
        found["type"] = ["string", "number"]
    if "patternProperties" in found:
        found["additionalProperties"] = False
    if found.get("type") == "boolean":
        del found["type"]
        found["enum"] = YES_OR_NO
    return found


def main() -> None:
    """Write what is out of date."""
    for path, text in generated().items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            sys.stdout.write(f"wrote {path}\n")


if __name__ == "__main__":
    main()
