"""What the endpoint and its sessions share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from pbx.sip.dialog import Dialog
from pbx.sip.flow import Flow
from pbx.sip.message import Request, Response
from pbx.sip.transaction import Transaction
from pbx.sip.transaction_layer import TransactionLayer
from pbx.sip.usage import Credentials
from pbx.sip.writing import header_row

CHALLENGES = {
    "www-authenticate": "Authorization",
    "proxy-authenticate": "Proxy-Authorization",
}


class DialogOwner(Protocol):
    """A session, as the endpoint finds it."""

    dialog: Dialog

    def receive_request(
        self, tx: Transaction, request: Request, flow: Flow, now: float
    ) -> None: ...

    def receive_ack(self, request: Request, now: float) -> None: ...


class Core:
    """The transaction layer, the live sessions by dialog key, and where randomness comes from."""

    __slots__ = ("credentials", "layer", "new_token", "random", "sessions")

    def __init__(
        self,
        layer: TransactionLayer,
        new_token: Callable[[], str],
        random: Callable[[], float],
        credentials: Credentials | None,
    ) -> None:
        self.layer, self.new_token, self.random = layer, new_token, random
        self.credentials = credentials
        self.sessions: dict[tuple[str, str], DialogOwner] = {}

    def authorization(self, response: Response, method: str, uri: str) -> str:
        """The rows that answer a 401 or 407 (RFC 3261 22.2); "" where we have no password."""
        if self.credentials is None:
            return ""
        rows = ""
        for field, name in CHALLENGES.items():
            for challenge in response.rows(field):  # the most preferred is on top: RFC 8760 2.4
                answer = self.credentials.response(challenge, method, uri)
                if answer is not None:
                    rows += header_row(name, answer)
                    break
        return rows
