"""What every answer carries for the browser's safety, and how much a request may bring."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from crm_api.errors import ApiError, problem_response

# 'unsafe-inline' for styles only: the component library sets style attributes.
POLICY = "; ".join(
    (
        "default-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self' wss:",
        "media-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
}
MAX_BODY = 1 << 20  # bytes; no request here needs more


class TooLarge(ApiError):
    status, code = 413, "too_large"  # type: ignore[assignment]


class SafeAnswers:
    """ASGI middleware: the headers on each answer; /api answers are never cached by default."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_api = scope["path"].startswith("/api")

        async def send_safe(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                if is_api:
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, send_safe)


class LimitedBodies:
    """ASGI middleware: refuses a body longer than MAX_BODY, announced or not."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        announced = headers.get(b"content-length", b"0")
        is_fine = announced.isdigit() and int(announced) <= MAX_BODY
        if is_fine and b"transfer-encoding" in headers:
            taken = await _read(receive)
            is_fine, receive = sum(map(_size, taken)) <= MAX_BODY, _replay(taken, receive)
        if is_fine:
            await self._app(scope, receive, send)
        else:
            refused = TooLarge(f"At most {MAX_BODY} bytes are taken.")
            await problem_response(refused)(scope, receive, send)


async def _read(receive: Receive) -> list[Message]:
    """A body without length, until it ends or is too long."""
    taken = [await receive()]
    while taken[-1].get("more_body", False) and sum(map(_size, taken)) <= MAX_BODY:
        taken.append(await receive())
    return taken


def _replay(taken: list[Message], receive: Receive) -> Receive:
    async def receive_again() -> Message:
        return taken.pop(0) if taken else await receive()

    return receive_again


def _size(message: Message) -> int:
    return len(message.get("body", b""))
