"""The messages of RFC 4475, by the names it gives them."""

from __future__ import annotations


def wire(text: str) -> bytes:
    """A message as it goes over the wire: rows ended by CRLF, the first line break dropped."""
    return text.removeprefix("\n").replace("\n", "\r\n").encode()


def sdp(host: str, time: str = "0 0") -> str:
    """The session description that most of the messages carry."""
    return (
        f"\nv=0\no=mhandley 29739 7272939 IN IP4 {host}\ns=-\nc=IN IP4 {host}\nt={time}\n"
        "m=audio 49217 RTP/AVP 0 12\nm=video 3227 RTP/AVP 31\na=rtpmap:31 LPC\n"
    )
