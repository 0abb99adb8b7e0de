"""A dialog (RFC 3261 12): facts copied out of messages, and the requests they make.

No message is kept. `target` is whom our requests are for, `routes` which proxies they pass,
and `hop` the flow that leads to the first of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from ipaddress import ip_address

from pbx.sip.flow import Flow
from pbx.sip.message import Message, Request, Response
from pbx.sip.values import MAGIC, Address, Uri
from pbx.sip.writing import tagged, write_request

DEFAULT_PORT = 5060
CONTACT_TRANSPORT = {"TCP": "tcp", "TLS": "tcp", "WS": "ws", "WSS": "ws"}  # RFC 7118 5.2


@dataclass(slots=True, eq=False)
class Dialog:
    """Our side of one dialog."""

    call_id: str
    local: str  # From of our requests, tag included
    remote: str  # To of our requests
    local_tag: str
    remote_tag: str | None  # None until the peer has answered, or for one older than RFC 3261
    target: Uri
    flow: Flow  # what the peer's messages came over
    hop: Flow  # what ours go over
    routes: tuple[Address, ...] = ()
    local_cseq: int = 0
    remote_cseq: int = -1  # none came yet
    is_secure: bool = False  # sips and TLS: 12.1.1
    is_caller: bool = False  # we sent the first INVITE, and so made the Call-ID
    _addressed: tuple[str, str] | None = None  # Request-URI and Route rows, once written

    @property
    def key(self) -> tuple[str, str]:
        """What the peer's requests are found by; its own tag is compared then."""
        return (self.call_id, self.local_tag)

    def learn(self, response: Response) -> None:
        """UAC: take over what a 1xx or 2xx with a tag says (12.1.2)."""
        self.remote = response.fields["to"]
        self.remote_tag = response.to.tag
        if "record-route" in response.fields:
            self.routes = response.addresses("record-route")[::-1]
        self.refresh(response, self.flow)

    def fork(self, response: Response) -> Dialog:
        """Another dialog that the same INVITE made (13.2.2.4)."""
        other = replace(self)
        other.learn(response)
        return other

    def refresh(self, message: Message, flow: Flow) -> None:
        """Take a new remote target (12.2), and the flow that the peer speaks over now."""
        if message.contact:
            self.target = message.contact[0].uri
        self.move(flow)

    def move(self, flow: Flow) -> None:
        """The peer speaks over another connection now: a browser that came back."""
        self.flow, self._addressed = flow, None
        self.hop = hop_to(self.routes[0].uri if self.routes else self.target, flow)

    def next_request(
        self, method: str, branch: str, rows: str = "", body: bytes = b""
    ) -> tuple[bytes, Flow]:
        """The next request of this dialog, and where it goes (12.2.1.1)."""
        self.local_cseq += 1
        return self.write(method, branch, self.local_cseq, rows, body)

    def write(
        self, method: str, branch: str, cseq: int, rows: str = "", body: bytes = b""
    ) -> tuple[bytes, Flow]:
        """A request with this CSeq; an ACK takes that of its INVITE."""
        if self._addressed is None:
            self._addressed = self._address()
        target, routes = self._addressed
        head = f"From: {self.local}\r\nTo: {self.remote}\r\nCall-ID: {self.call_id}\r\n"
        via = via_of(self.hop, branch)
        return write_request(method, target, via, head, cseq, routes + rows, body), self.hop

    def _address(self) -> tuple[str, str]:
        """Request-URI and Route rows; a first proxy without `lr` is a strict router."""
        target = written(self.target)
        if not self.routes:
            return target, ""
        first, rest = self.routes[0], self.routes
        if "lr" not in first.uri.params:
            target, rest = written(first.uri), (*rest[1:], Address(self.target))
        return target, "".join([f"Route: {route}\r\n" for route in rest])


def dialog_of_request(request: Request, local_tag: str, flow: Flow) -> Dialog:
    """UAS: the dialog a 2xx to this INVITE makes (12.1.1); it has one Contact, checked before."""
    fields = request.fields
    routes = request.addresses("record-route")
    target = request.contact[0].uri
    return Dialog(
        request.call_id,
        tagged(fields["to"], local_tag),
        fields["from"],
        local_tag,
        request.from_.tag,
        target,
        flow,
        hop_to(routes[0].uri if routes else target, flow),
        routes,
        remote_cseq=request.cseq.number,
        is_secure=request.uri.scheme == "sips" and flow.transport in ("TLS", "WSS"),
    )


def dialog_to(
    target: Uri,
    flow: Flow,
    local: Address,
    remote: Address,
    call_id: str,
    local_tag: str,
    routes: tuple[Address, ...] = (),
) -> Dialog:
    """UAC: the dialog to be, before anything was answered. The INVITE goes over `flow`."""
    return Dialog(
        call_id,
        tagged(written(local), local_tag),
        written(remote),
        local_tag,
        None,
        target,
        flow,
        flow,
        routes,
        is_secure=target.scheme == "sips",
        is_caller=True,
    )


def via_of(flow: Flow, branch: str) -> str:
    """Our Via; `rport` asks that answers come back where we sent from (RFC 3581)."""
    return f"SIP/2.0/{flow.transport} {flow.sent_by};branch={branch};rport"


def new_branch(token: str) -> str:
    """The name of a new client transaction (8.1.1.7)."""
    return MAGIC + token


@lru_cache(4096)
def written(value: Uri | Address) -> str:
    """Its text, remembered: one phone's Contact is the target of every call to it."""
    return str(value)


@lru_cache(256)
def contact_row(transport: str, sent_by: str) -> str:
    """Our Contact on this listener: the peer's requests within a dialog come back to it."""
    hint = "" if transport == "UDP" else f";transport={CONTACT_TRANSPORT[transport]}"
    return f"Contact: <sip:nidaa@{sent_by}{hint}>\r\n"


@lru_cache(4096)
def hop_to(uri: Uri, flow: Flow) -> Flow:
    """Where a request for this URI goes, as seen by a peer that speaks over `flow`.

    A connection is kept (RFC 5626, RFC 7118: a browser's Contact leads nowhere). So is a
    datagram's source when the URI names no address, or a private one behind a public source.
    """
    if flow.is_reliable or (uri.host in ("", flow.peer[0]) and uri.port == flow.peer[1]):
        return flow
    try:
        host, seen = ip_address(uri.host.strip("[]")), ip_address(flow.peer[0])
    except ValueError:
        return flow
    if host.is_unspecified or (host.is_private and not seen.is_private):
        return flow
    return replace(flow, peer=(str(host), uri.port or DEFAULT_PORT))
