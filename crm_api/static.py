"""The web pages: built files, one page for all its addresses, and the development CA."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from crm_api.errors import NotFound
from crm_api.services import Use

router = APIRouter(include_in_schema=False)

FOREVER = "public, max-age=31536000, immutable"  # names of files in assets/ change with content
ALWAYS_ASK = "no-cache"
NOT_BUILT = "The web pages are not built: run `npm ci && npm run build` in webphone/."


@router.get("/ca.crt")
async def ca_certificate(services: Use) -> Response:
    """The certificate authority that browsers and phones may be told to trust."""
    file = services.paths.certificates / "ca.crt"
    if not file.is_file():
        raise NotFound("This installation has no certificate authority of its own.")
    return FileResponse(file, media_type="application/x-x509-ca-cert", filename="nidaa-ca.crt")


@router.api_route("/api/{path:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
async def no_such_address(path: str) -> Response:
    """A wrong address below /api is an error, never the web page."""
    raise NotFound(f"There is no /api/{path}.")


@router.get("/{path:path}")
async def page(path: str, request: Request, services: Use) -> Response:
    """A built file, or the one page, which reads the rest of the address itself."""
    root = services.webphone.resolve()
    file = (root / path).resolve()
    if path and file.is_relative_to(root) and file.is_file():
        return _file(file, FOREVER if path.startswith("assets/") else ALWAYS_ASK)
    if Path(path).suffix and "text/html" not in request.headers.get("accept", ""):
        raise NotFound(f"There is no /{path}.")
    index = root / "index.html"
    if not index.is_file():
        raise NotFound(NOT_BUILT)
    return _file(index, ALWAYS_ASK)


def _file(file: Path, cache: str) -> Response:
    return FileResponse(file, headers={"Cache-Control": cache})
