"""Whose fault it is: the peer's, which is answered, or ours, which is logged."""

from __future__ import annotations


class SipError(Exception):
    """The base of every error of the SIP core."""


class BadMessage(SipError):
    """The peer sent something that is not a SIP message we can act on; answer it `status`."""

    def __init__(self, reason: str, status: int = 400) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


class LocalMisuse(SipError):
    """We asked the core for something its state does not allow: a bug of ours."""
