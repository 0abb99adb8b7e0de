"""Users of the SIP core that write down what they are told."""

from __future__ import annotations

from collections.abc import Callable

from pbx.sip.message import Request
from pbx.sip.usage import ServerTransaction, Session, SessionUser

Told = tuple[object, ...]


class Recorder:
    """A SessionUser: `told` is what it heard, in order, without the time."""

    def __init__(self) -> None:
        self.told: list[Told] = []

    def take(self) -> list[Told]:
        told, self.told = self.told, []
        return told

    def ringing(self, status: int, sdp: str, now: float) -> None:
        self.told.append(("ringing", status, sdp))

    def answered(self, sdp: str, now: float) -> None:
        self.told.append(("answered", sdp))

    def failed(self, status: int, reason: str, q850: int, now: float) -> None:
        self.told.append(("failed", status, reason, q850))

    def confirmed(self, sdp: str, now: float) -> None:
        self.told.append(("confirmed", sdp))

    def cancelled(self, now: float) -> None:
        self.told.append(("cancelled",))

    def offered(self, sdp: str, now: float) -> None:
        self.told.append(("offered", sdp))

    def reoffer_answered(self, sdp: str, now: float) -> None:
        self.told.append(("reoffer_answered", sdp))

    def reoffer_failed(self, status: int, now: float) -> None:
        self.told.append(("reoffer_failed", status))

    def released(self, status: int, q850: int, now: float) -> None:
        self.told.append(("released", status, q850))

    def info(self, content_type: str, body: str, now: float) -> None:
        self.told.append(("info", content_type, body))


class Desk:
    """An EndpointUser that takes every INVITE and keeps every other request for the test."""

    def __init__(self) -> None:
        self.sessions: list[Session] = []
        self.users: list[Recorder] = []
        self.requests: list[tuple[ServerTransaction, Request]] = []
        self.on_invite: Callable[[Session, float], SessionUser | None] | None = None

    @property
    def session(self) -> Session:
        return self.sessions[-1]

    @property
    def heard(self) -> list[Told]:
        """What the last session's user was told since last asked."""
        return self.users[-1].take()

    def invited(self, session: Session, request: Request, now: float) -> SessionUser | None:
        if self.on_invite is not None:
            return self.on_invite(session, now)
        self.sessions.append(session)
        self.users.append(Recorder())
        return self.users[-1]

    def requested(self, transaction: ServerTransaction, request: Request, now: float) -> None:
        self.requests.append((transaction, request))
