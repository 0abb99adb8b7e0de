"""Cursors of lists: the sort keys of the last row, so that pages do not shift under inserts."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, TypeVar

import msgspec
from fastapi import Query

from crm_api.errors import BadInput

K = TypeVar("K", tuple[str, str], tuple[int, str])

Limit = Annotated[int, Query(ge=1, le=200)]
CursorText = Annotated[str | None, Query(max_length=600)]


def encode_cursor(*keys: str | int) -> str:
    """The keys as opaque text for the client."""
    return base64.urlsafe_b64encode(msgspec.json.encode(keys)).decode().rstrip("=")


def decode_cursor(cursor: str | None, keys: type[K]) -> K | None:
    """The keys of a cursor we gave out, or None for the first page. Raises BadInput."""
    if not cursor:
        return None
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        return msgspec.json.decode(text, type=keys)
    except (ValueError, binascii.Error) as error:
        raise BadInput(
            "This cursor is none of ours. Begin with the first page.", {"cursor": "not valid"}
        ) from error
