"""A browser at the live WebSocket, spoken to through ASGI without a network."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from fastapi import FastAPI

from nidaa.contracts import live


class LiveBrowser:
    """`async with LiveBrowser(app, token) as screen:`; every message's seq is checked."""

    def __init__(self, app: FastAPI, token: str, origin: str | None = "https://nidaa.test") -> None:
        self._app = app
        headers = [(b"host", b"nidaa.test"), (b"cookie", f"nidaa_session={token}".encode())]
        if origin is not None:
            headers.append((b"origin", origin.encode()))
        self._scope: dict[str, Any] = {
            "type": "websocket",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "scheme": "wss",
            "path": "/api/live",
            "raw_path": b"/api/live",
            "query_string": b"",
            "root_path": "",
            "headers": headers,
            "client": ("127.0.0.1", 1),
            "server": ("nidaa.test", 443),
            "subprotocols": [],
            "state": {},
        }
        self._to_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._from_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self.seq = 0

    async def __aenter__(self) -> LiveBrowser:
        self._task = asyncio.create_task(
            self._app(self._scope, self._to_app.get, self._from_app.put)
        )
        self._to_app.put_nowait({"type": "websocket.connect"})
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        self._to_app.put_nowait({"type": "websocket.disconnect", "code": 1001})
        await self._task

    async def raw(self) -> dict[str, Any]:
        """The next ASGI message."""
        return await self._from_app.get()

    async def accepted(self) -> live.Snapshot:
        """The handshake worked; the snapshot."""
        assert (await self.raw())["type"] == "websocket.accept"
        snapshot = await self.next()
        assert isinstance(snapshot, live.Snapshot)
        return snapshot

    async def next(self) -> Any:
        """The next message, numbered without a gap."""
        message = await self.raw()
        assert message["type"] == "websocket.send", message
        decoded = msgspec.json.decode(message["text"], type=live.FromServer)
        if not isinstance(decoded, live.Pong):
            self.seq += 1
        assert decoded.seq == self.seq
        return decoded

    async def next_of(self, kind: type[Any]) -> Any:
        """The next message of this kind; others are passed over."""
        while True:
            message = await self.next()
            if isinstance(message, kind):
                return message

    async def until(self, kind: type[Any], is_so: Any) -> Any:
        """The next message of this kind for which `is_so`."""
        while True:
            message = await self.next_of(kind)
            if is_so(message):
                return message

    def say(self, message: live.FromBrowser) -> None:
        self.say_text(msgspec.json.encode(message).decode())

    def say_text(self, text: str) -> None:
        self._to_app.put_nowait({"type": "websocket.receive", "text": text})
