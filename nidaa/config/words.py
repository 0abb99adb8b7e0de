"""Says in words what pydantic found: the offending text, and what was expected instead."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from nidaa.config.hours import DAYS_RULE
from nidaa.config.located import Spot
from nidaa.config.patterns import PLAIN_RULE, RULE
from nidaa.config.problems import Place, Problem, did_you_mean
from nidaa.config.tree import KeyPath

EXPECTED = {
    "expected": "{expected}",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_parsing": "a number",
    "finite_number": "a number",
    "bool_parsing": "yes or no",
    "literal_error": "{expected}",
    "greater_than_equal": "{ge:g} or more",
    "less_than_equal": "{le:g} or less",
    "too_short": "at least {min_length} of them",
    "string_too_short": "at least {min_length} characters long",
    "string_too_long": "at most {max_length} characters long",
    "string_type": "a text",
    "tuple_type": "a list",
    "dict_type": "keys with values",
    "model_type": "keys with values",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "yes or no",
}
NETWORK = "an address or network such as 192.0.2.7 or 192.0.2.0/24, with no bit set behind the mask"
NUMBERS = "a number such as +21321000001, a prefix such as +21321*, a range such as +21321000010-19"
PATTERNS = {
    RULE: f"{NUMBERS}, or the name of a group",
    PLAIN_RULE: NUMBERS,
    DAYS_RULE: "a day such as sunday, days such as sunday-thursday, workdays or weekend",
    r"^[a-z][a-z0-9_-]{0,31}$": "a name of small letters, digits, - and _, a letter first, "
    "at most 32 characters",
    r"^[0-9]{2,8}$": "an extension of 2 to 8 digits",
    r"^\+?[0-9]{1,3}$": "a penalty such as 3, or +2 for 2 more than in the step before",
    r"^[A-Z]{2}$": "a country such as DZ",
}


def problems_of(error: ValidationError, model: type[BaseModel], spot: Spot) -> Iterator[Problem]:
    """Each thing that is wrong, once, at its place; not what follows from something within it."""
    seen: set[Place] = set()
    errors = error.errors(include_url=False)
    for details in errors:
        path = details["loc"]
        if any(path == other["loc"][: len(path)] != other["loc"] for other in errors):
            continue
        place, text = _problem(details, model, spot)
        if place not in seen or details["type"] == "missing":
            seen.add(place)
            yield Problem(place, text)


def _problem(details: ErrorDetails, model: type[BaseModel], spot: Spot) -> tuple[Place, str]:
    path = details["loc"]
    kind, name = details["type"], str(path[-1]) if path else ""
    if kind == "extra_forbidden":
        known = _model_at(model, path[:-1]).model_fields
        return spot.key_place(*path), f'unknown key "{name}"{did_you_mean(name, known)}'
    if kind == "missing":
        return spot.place(*path[:-1]), f'"{name}" is missing'
    if name == "[key]":
        place = spot.key_place(*path[:-1])
        return place, f'{path[-3]}: "{path[-2]}" should be {_expected(details)}'
    key = next((str(part) for part in reversed(path) if _is_key(part)), "")
    what = f"{key}: " if key else ""
    return spot.place(*path), f"{what}{_shown(details['input'])} should be {_expected(details)}"


def _is_key(part: str | int) -> bool:
    return isinstance(part, str) and part.isidentifier() and part.islower()


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return f'"{value[:60]}"'
    return "this list" if isinstance(value, list) else "this"


def _expected(details: ErrorDetails) -> str:
    kind, context = details["type"], details.get("ctx", {})
    if kind == "string_pattern_mismatch":
        return PATTERNS.get(context["pattern"], f"a text like {context['pattern']}")
    if kind.startswith(("ip_v4", "ip_v6")):
        return NETWORK
    if kind in EXPECTED:
        return EXPECTED[kind].format(**context).replace("'", '"')
    return f"something else: {details['msg']}"


def _model_at(model: type[BaseModel], path: KeyPath) -> type[BaseModel]:
    """The model of what stands at `path`."""
    for part in path:
        field = model.model_fields.get(str(part))
        if field is not None:
            model = _model_in(field.annotation) or model
    return model


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)
