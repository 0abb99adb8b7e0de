"""A server of made-up answers, to look at the screens without a telephone system.

`python webphone/dev/mock.py [PORT]`, then open http://127.0.0.1:8400. Any password signs in; the
login says as whom: `agent` or `supervisor`. POST /dev/<moment> moves the day on: see MOMENTS.
Nothing of the product uses this.
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path
from typing import Any

import uvicorn
from company import DISPOSITIONS, PAUSES, contacts, conversations, peaks, wav
from fastapi import FastAPI, Request, Response, WebSocket, WebSocketDisconnect
from fastapi.responses import FileResponse, JSONResponse

DIST = Path(__file__).resolve().parents[1] / "dist"
CONTACTS = contacts()
CALLS = conversations(CONTACTS)
QUEUES = {"support": "Support", "sales": "Ventes"}

app = FastAPI()


def micros(ago: float = 0.0) -> int:
    """UTC microseconds, so many seconds ago."""
    return int((time.time() - ago) * 1e6)


class Day:
    """What is going on now, and the sockets that follow it."""

    def __init__(self) -> None:
        self.sockets: dict[WebSocket, int] = {}
        self.start()

    def start(self) -> None:
        """Nobody is signed in and nothing has happened."""
        self.login: str | None = None
        self.language = "fr"
        self.theme = "system"
        self.call: dict[str, Any] | None = None
        self.agent = agent_view("offline")
        self.needs_set_up = False
        self.is_silent = False

    async def tell(self, kind: str, **fields: Any) -> None:
        """Send one delta to every socket."""
        for socket in list(self.sockets):
            self.sockets[socket] += 1
            await socket.send_json({"type": kind, "seq": self.sockets[socket], **fields})

    async def become(self, state: str, **more: Any) -> None:
        self.agent = agent_view(state, **more)
        await self.tell("agent.changed", agent=self.agent)

    async def show(self, state: str, kind: str = "one") -> None:
        """The agent's call is in this state, with so many contacts matching."""
        self.call = call_view(state, kind)
        await self.tell("call.changed", call=self.call)


def agent_view(state: str, reason: str = "", until: float = 0, ago: float = 42) -> dict[str, Any]:
    return {
        "agent": "a1",
        "name": "Samira Haddad",
        "extension": "1001",
        "state": state,
        "reason": reason,
        "since_at": micros(ago),
        "until_at": micros(-until) if until else 0,
        "wanted_next": "",
        "is_reachable": True,
    }


def card(contact: dict[str, Any]) -> dict[str, Any]:
    kept = {key: contact[key] for key in ("id", "name", "company", "language", "is_vip", "wilaya")}
    return kept | {
        "numbers": [one["e164"] for one in contact["numbers"]],
        "notes": contact["notes"],
        "calls_before": 4,
        "last_call_at": micros(3 * 86400),
        "last_note": "Colis retardé à Sétif, rappeler jeudi matin avant 11 h.",
        "why": "e164",
    }


def call_view(state: str, kind: str) -> dict[str, Any]:
    matched = {"one": CONTACTS[:1], "many": CONTACTS[:3]}.get(kind, [])
    return {
        "conversation": "c-live",
        "attempt": f"t-{time.time()}",
        "direction": "inbound",
        "state": state,
        "from_number": "" if kind == "anonymous" else "+213550123456",
        "to_number": "+21321000001",
        "queue": "support",
        "queue_name": "Support",
        "waited_for": 38.0,
        "since_at": micros(75 if state == "held" else 0),
        "answered_at": micros(83) if state in ("active", "held") else 0,
        "deadline_at": micros(-18) if state == "ringing" else 0,
        "match": {"kind": kind, "contacts": [card(one) for one in matched]},
    }


day = Day()

MOMENTS: dict[str, Any] = {
    "reserved": lambda: (("reserved", "one"), ("reserved", {})),
    "ringing": lambda: (("ringing", "one"), ("ringing", {})),
    "many": lambda: (("active", "many"), ("talking", {"ago": 83})),
    "none": lambda: (("active", "none"), ("talking", {"ago": 83})),
    "anonymous": lambda: (("active", "anonymous"), ("talking", {"ago": 83})),
    "unavailable": lambda: (("active", "unavailable"), ("talking", {"ago": 83})),
    "active": lambda: (("active", "one"), ("talking", {"ago": 83})),
    "held": lambda: (("held", "one"), ("held", {"ago": 75})),
    "wrapup": lambda: (("ended", "one"), ("wrap_up", {"until": 22, "ago": 8})),
    "missed": lambda: (("ended", "one"), ("paused", {"reason": "missed"})),
    "ready": lambda: (("ended", "one"), ("ready", {})),
}


@app.post("/dev/alarm")
async def alarm() -> None:
    one = {"alarm": "pbx_down", "code": "pbx_down", "text": "", "since_at": micros()}
    await day.tell("alarms.changed", alarms=[one])


@app.post("/dev/silence")
async def silence() -> None:
    day.is_silent = True


@app.post("/dev/no-administrator")
async def no_administrator() -> None:
    day.needs_set_up = True


@app.post("/dev/morning")
async def morning() -> None:
    """All is as at the start."""
    day.start()


@app.post("/dev/{moment}")
async def move(moment: str) -> None:
    (state, kind), (agent, more) = MOMENTS[moment]()
    await day.show(state, kind)
    await day.become(agent, **more)


def session() -> dict[str, Any]:
    is_agent = day.login != "supervisor"
    return {
        "user": {
            "id": "u1",
            "login": day.login,
            "name": "Samira Haddad" if is_agent else "Nadia Benali",
            "role": "agent" if is_agent else "supervisor",
            "language": day.language,
            "theme": day.theme,
        },
        "agent": {"id": "a1", "extension": "1001"} if is_agent else None,
        "csrf": "x",
        "is_sample": True,
        "locale_country": "DZ",
    }


@app.api_route("/api/session", methods=["GET", "POST", "DELETE"])
async def session_of(request: Request) -> Any:
    if request.method == "POST":
        asked = await request.json()
        if asked["login"] == "nobody":
            return JSONResponse({"code": "bad_credentials", "message": ""}, 401)
        day.login = asked["login"]
    if request.method == "DELETE":
        day.login = None
        return Response(status_code=204)
    return session() if day.login else JSONResponse({"code": "not_signed_in", "message": ""}, 401)


@app.patch("/api/me")
async def me(request: Request) -> Any:
    asked = await request.json()
    day.language = asked.get("language") or day.language
    day.theme = asked.get("theme") or day.theme
    return session()["user"]


@app.post("/api/agent/{wish}", status_code=204)
async def wish(wish: str, request: Request) -> Response:
    reason = (await request.json())["reason"] if wish == "pause" else ""
    states = {"sign-on": "ready", "sign-off": "offline", "ready": "ready", "pause": "paused"}
    await day.become(states[wish], reason=reason, ago=0)
    return Response(status_code=204)


GETS: dict[str, Any] = {
    "pause-reasons": PAUSES,
    "dispositions": DISPOSITIONS,
    "agent/day": {
        "calls": 37,
        "talk_for": 6120,
        "hold_for": 314,
        "wrap_up_for": 1104,
        "ready_for": 2950,
        "signed_on_for": 11040,
        "occupancy": 0.72,
    },
    "team": {"agents": [{"id": "a1", "name": "Samira Haddad", "extension": "1001", "queues": []}],
             "queues": []},
}  # fmt: skip


@app.get("/api/setup")
async def set_up() -> Any:
    return {"needed": day.needs_set_up}


@app.get("/api/contacts")
async def find(q: str = "") -> Any:
    return {"items": [one for one in CONTACTS if q.lower() in one["name"].lower()], "next": None}


@app.get("/api/contacts/lookup")
async def look_up() -> Any:
    return {"kind": "one", "contacts": [card(CONTACTS[0])]}


@app.patch("/api/contacts/{contact}")
async def changed_meanwhile(contact: str) -> Any:
    current = await contact_of(contact) | {"version": 2, "company": "Sarl Atlas Logistique"}
    return JSONResponse({"code": "conflict", "message": "", "fields": {"current": current}}, 409)


@app.get("/api/contacts/{contact}")
async def contact_of(contact: str) -> Any:
    return next(one for one in CONTACTS if one["id"] == contact)


@app.get("/api/contacts/{contact}/history")
@app.get("/api/conversations")
async def history() -> Any:
    return {"items": CALLS, "next": None}


@app.get("/api/recordings/{recording}/peaks")
async def peaks_of() -> Any:
    return peaks()


@app.get("/api/recordings/{recording}/audio")
async def audio_of() -> Response:
    return Response(wav(), media_type="audio/wav")


@app.put("/api/conversations/{conversation}/note")
async def note() -> Any:
    return {"saved_at": "2026-11-23T09:00:00Z"}


@app.put("/api/conversations/{conversation}/contact", status_code=204)
async def link() -> Response:
    return Response(status_code=204)


@app.post("/api/conversations/{conversation}/wrap-up", status_code=204)
async def finish() -> Response:
    await day.become("ready", ago=0)
    return Response(status_code=204)


@app.websocket("/api/live")
async def live(socket: WebSocket) -> None:
    await socket.accept()
    day.sockets[socket] = 1
    team = [agent_view("ready"), agent_view("talking") | {"agent": "a2", "name": "Karim Benali",
            "extension": "1002"}, agent_view("paused", "lunch") | {"agent": "a3",
            "name": "أمينة بوزيد", "extension": "1003"}]  # fmt: skip
    await socket.send_json(
        {
            "type": "snapshot",
            "seq": 1,
            "server_at": micros(),
            "agent": day.agent if day.login != "supervisor" else None,
            "agents": team if day.login == "supervisor" else [],
            "queues": [
                {"queue": name, "name": title, "waiting": waiting, "ready": 2, "agents": 4,
                 "longest_since_at": micros(47) if waiting else 0}
                for (name, title), waiting in zip(QUEUES.items(), (3, 0), strict=True)
            ],
            "call": day.call,
            "alarms": [],
            "is_sample": True,
        }
    )  # fmt: skip
    try:
        while True:
            await socket.receive_json()
            if not day.is_silent:
                await socket.send_json({"type": "pong", "seq": day.sockets[socket]})
    except WebSocketDisconnect:
        day.sockets.pop(socket, None)


@app.get("/api/{path:path}")
async def canned(path: str) -> Any:
    return GETS[path]


@app.get("/{path:path}")
async def page(path: str) -> FileResponse:
    file = DIST / path
    return FileResponse(file if path and file.is_file() else DIST / "index.html")


if __name__ == "__main__":
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8400
    asyncio.run(
        uvicorn.Server(
            uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning")
        ).serve()
    )
