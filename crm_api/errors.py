"""What a request can be refused for: a status, a stable code and words for a person."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from nidaa.logging import Log

log = Log("crm_api.errors")


class Problem(BaseModel):
    """The body of every refused request."""

    code: str
    message: str
    fields: dict[str, Any] | None = None


class ApiError(Exception):
    """Base of all that this package refuses. `message` says what, where and what to do."""

    status = HTTPStatus.BAD_REQUEST
    code = "bad_request"

    def __init__(self, message: str, fields: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message, self.fields = message, fields
        self.headers: dict[str, str] = {}


class NotSignedIn(ApiError):
    status, code = HTTPStatus.UNAUTHORIZED, "not_signed_in"


class BadCredentials(ApiError):
    status, code = HTTPStatus.UNAUTHORIZED, "bad_credentials"


class SlowDown(ApiError):
    status, code = HTTPStatus.TOO_MANY_REQUESTS, "slow_down"

    def __init__(self, message: str, wait_for: float) -> None:
        super().__init__(message)
        self.headers = {"Retry-After": str(max(1, round(wait_for)))}


class BadCsrf(ApiError):
    status, code = HTTPStatus.FORBIDDEN, "bad_csrf"


class NotAllowed(ApiError):
    status, code = HTTPStatus.FORBIDDEN, "not_allowed"


class BadToken(ApiError):
    status, code = HTTPStatus.FORBIDDEN, "bad_token"


class NotFound(ApiError):
    status, code = HTTPStatus.NOT_FOUND, "not_found"


class Conflict(ApiError):
    status, code = HTTPStatus.CONFLICT, "conflict"


class BadInput(ApiError):
    status, code = HTTPStatus.UNPROCESSABLE_ENTITY, "bad_input"


class RefusedByPbx(ApiError):
    """The pbx answered no; its refusal code is ours."""

    status = HTTPStatus.CONFLICT

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class PbxDown(ApiError):
    status, code = HTTPStatus.SERVICE_UNAVAILABLE, "pbx_down"

    def __init__(self, message: str = "") -> None:
        super().__init__(message or "The telephone system does not answer. Try again shortly.")


def problem_response(error: ApiError) -> JSONResponse:
    """The error as it goes to the client."""
    body = Problem(code=error.code, message=error.message, fields=dict(error.fields or {}) or None)
    return JSONResponse(
        jsonable_encoder(body, exclude_none=True), int(error.status), error.headers or None
    )


def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)  # noqa: S101  registered for this class only
    return problem_response(error)


def _invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    fields = {_field_of(item["loc"]): str(item["msg"]) for item in error.errors()}
    names = ", ".join(fields)
    return problem_response(
        BadInput(f"Not accepted: {names}. Correct it and send it again.", fields)
    )


def _field_of(location: tuple[int | str, ...]) -> str:
    """`("body", "numbers", 0, "raw")` is `numbers.0.raw`."""
    return ".".join(str(part) for part in location[1:]) or "body"


def _http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    phrase = HTTPStatus(error.status_code)
    refused = ApiError(f"{phrase.phrase}: {phrase.description or error.detail}")
    refused.status, refused.code = phrase, phrase.name.lower()
    refused.headers = dict(error.headers or {})
    return problem_response(refused)


def _database(request: Request, error: Exception) -> Response:
    log.error(f"database refused: {error}", path=request.url.path)
    refused = ApiError("The database does not answer. Try again; if it stays, read the log.")
    refused.status, refused.code = HTTPStatus.SERVICE_UNAVAILABLE, "database_down"
    return problem_response(refused)


def _unexpected(request: Request, error: Exception) -> Response:
    log.error(f"unexpected {type(error).__name__}: {error}", path=request.url.path)
    refused = ApiError("An error of this program. It is in the log of crm_api.")
    refused.status, refused.code = HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error"
    return problem_response(refused)


def install(app: FastAPI) -> None:
    """Answer every error of this application as a Problem."""
    app.add_exception_handler(ApiError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(DBAPIError, _database)
    app.add_exception_handler(Exception, _unexpected)


def responses(*kinds: type[ApiError]) -> dict[int | str, dict[str, Any]]:
    """What OpenAPI says of these refusals."""
    by_status: dict[int, list[str]] = {}
    for kind in kinds:
        by_status.setdefault(int(kind.status), []).append(kind.code)
    return {
        status: {"model": Problem, "description": " or ".join(codes)}
        for status, codes in by_status.items()
    }
