"""Why a leg or a call ended: our enum, and what it is as a SIP status and in Q.850."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Cause(StrEnum):
    """Hang-up cause, as events and the log show it."""

    NORMAL_CLEARING = "normal_clearing"
    CALLER_CANCELLED = "caller_cancelled"
    ANSWERED_ELSEWHERE = "answered_elsewhere"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    REJECTED = "rejected"
    UNREACHABLE = "unreachable"  # no phone is registered, or none took the call
    UNKNOWN_NUMBER = "unknown_number"
    NOT_ALLOWED = "not_allowed"
    CLOSED = "closed"  # outside opening hours; the caller heard so
    BAD_DESCRIPTION = "bad_description"  # what came is no SDP
    NO_COMMON_CODEC = "no_common_codec"
    PEER_LOST = "peer_lost"  # the dialog died: no ACK, or unknown at the far end
    AUDIO_LOST = "audio_lost"  # the far end's audio failed or fell silent for good
    MEDIA_LOST = "media_lost"  # our media worker is gone
    NO_CAPACITY = "no_capacity"
    SHUTDOWN = "shutdown"
    FAILURE = "failure"


class Meaning(NamedTuple):
    """A cause on the wire: the status that refuses an INVITE, and the Q.850 value."""

    status: int
    q850: int
    text: str


MEANINGS = {
    Cause.NORMAL_CLEARING: Meaning(480, 16, "Normal call clearing"),
    Cause.CALLER_CANCELLED: Meaning(487, 16, "Caller hung up"),
    Cause.ANSWERED_ELSEWHERE: Meaning(487, 26, "Call completed elsewhere"),
    Cause.BUSY: Meaning(486, 17, "User busy"),
    Cause.NO_ANSWER: Meaning(480, 19, "No answer"),
    Cause.REJECTED: Meaning(603, 21, "Call rejected"),
    Cause.UNREACHABLE: Meaning(480, 20, "Not registered"),
    Cause.UNKNOWN_NUMBER: Meaning(404, 1, "Unallocated number"),
    Cause.NOT_ALLOWED: Meaning(403, 21, "Not allowed"),
    Cause.CLOSED: Meaning(480, 16, "Closed"),
    Cause.BAD_DESCRIPTION: Meaning(400, 111, "Unreadable session description"),
    Cause.NO_COMMON_CODEC: Meaning(488, 88, "No common codec"),
    Cause.PEER_LOST: Meaning(408, 102, "Peer does not answer"),
    Cause.AUDIO_LOST: Meaning(500, 41, "Audio lost"),
    Cause.MEDIA_LOST: Meaning(503, 41, "Media worker lost"),
    Cause.NO_CAPACITY: Meaning(503, 34, "No capacity"),
    Cause.SHUTDOWN: Meaning(503, 41, "Shutting down"),
    Cause.FAILURE: Meaning(500, 41, "Internal failure"),
}

OF_STATUS = {
    403: Cause.NOT_ALLOWED,
    404: Cause.UNKNOWN_NUMBER,
    408: Cause.PEER_LOST,
    480: Cause.UNREACHABLE,
    481: Cause.PEER_LOST,
    486: Cause.BUSY,
    487: Cause.CALLER_CANCELLED,
    488: Cause.NO_COMMON_CODEC,
    503: Cause.UNREACHABLE,
    600: Cause.BUSY,
    603: Cause.REJECTED,
    604: Cause.UNKNOWN_NUMBER,
    606: Cause.NO_COMMON_CODEC,
}


def cause_of_status(status: int) -> Cause:
    """What a final failure of our INVITE, or the death of a dialog, means."""
    return OF_STATUS.get(status, Cause.FAILURE)


def reason_header(cause: Cause) -> str:
    """The Reason header value of a CANCEL or BYE (RFC 3326).

    `SIP;cause=200` keeps the losing phones of a fork from listing the call as missed.
    """
    meaning = MEANINGS[cause]
    if cause is Cause.ANSWERED_ELSEWHERE:
        return f'SIP;cause=200;text="{meaning.text}"'
    return f'Q.850;cause={meaning.q850};text="{meaning.text}"'
