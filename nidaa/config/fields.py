"""The small types that configuration models are made of."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]
ExtensionNumber = Annotated[str, StringConstraints(pattern=r"^[0-9]{2,8}$")]
CountryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Port = Annotated[int, Field(ge=1, le=65535)]
Language = Literal["fr", "ar", "en"]
DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class Model(BaseModel):
    """Closed and frozen: an unknown key is an error, not a silent option."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def expected(what: str) -> PydanticCustomError:
    """To raise in a validator: the text there should be `what`."""
    return PydanticCustomError("expected", "{expected}", {"expected": what})


def _day(value: Any) -> date:
    if isinstance(value, date):
        return value
    try:
        if DATE.fullmatch(str(value)):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise expected("a date such as 2026-03-20")


Day = Annotated[date, PlainValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
