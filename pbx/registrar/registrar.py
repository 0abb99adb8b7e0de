"""The registrar: answers REGISTER, and says which extensions can be reached (RFC 3261 10)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from nidaa.contracts.directory import Device
from nidaa.contracts.events import RegistrationChanged
from nidaa.logging import Log
from pbx.calls.ports import EventSink
from pbx.registrar.journal import Journal
from pbx.registrar.location import Binding, Location
from pbx.registrar.wishes import SHORTEST, IntervalTooBrief, Wish, wishes
from pbx.sip.auth import Algorithm, Authenticator, Verdict
from pbx.sip.errors import BadMessage
from pbx.sip.flow import Flow
from pbx.sip.grammar import ROW
from pbx.sip.message import Request
from pbx.sip.usage import ServerTransaction

LONGEST_AGENT = 120  # characters of User-Agent that are kept

_log = Log("pbx.registrar")


class Devices(Protocol):
    """Who may register; the directory."""

    @property
    def devices(self) -> Mapping[str, Device]: ...


class Refused(Exception):
    """The device is known but may not do this."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Registrar:
    """Owns the location table. `on_reachable(extension, is_reachable, now)` is told of each new
    binding, and when the last one of an extension is gone."""

    def __init__(
        self,
        people: Devices,
        authenticator: Authenticator,
        journal: Journal,
        events: EventSink,
        on_reachable: Callable[[str, bool, float], None],
        closed_listeners: frozenset[str] = frozenset(("trunks",)),
    ) -> None:
        """Nobody registers on `closed_listeners`."""
        self.location = Location()
        self._people, self._authenticator, self._journal = people, authenticator, journal
        self._events, self._on_reachable = events, on_reachable
        self._closed = closed_listeners

    # requests

    def register(self, transaction: ServerTransaction, request: Request, now: float) -> None:
        """Answer a REGISTER."""
        self.handle_timers(now)
        try:
            headers = self._register(transaction.flow, request, now)
        except _Challenged as challenged:
            rows = "".join(f"WWW-Authenticate: {row}\r\n" for row in challenged.rows)
            transaction.respond(401, now, headers=rows)
        except IntervalTooBrief:
            transaction.respond(423, now, headers=f"Min-Expires: {SHORTEST}\r\n")
        except BadMessage as error:
            transaction.respond(error.status, now)
            _log.info(f"REGISTER refused: {error}", peer=transaction.flow.peer[0])
        except Refused as refused:
            transaction.respond(refused.status, now)
            _log.warning(f"REGISTER refused: {refused}", peer=transaction.flow.peer[0])
        else:
            transaction.respond(200, now, headers=headers)

    def _register(self, flow: Flow, request: Request, now: float) -> str:
        """Do what is asked; the headers of the 200."""
        if flow.listener in self._closed:
            raise Refused(403, f"nobody registers on {flow.listener}")
        device = self._authenticated(request, now)
        if not request.to.uri.is_sip or request.to.uri.user != device.extension:
            raise Refused(403, f"{device.username} may not register {request.to.uri.user}")
        extension = device.extension
        asked = wishes(request)
        if asked is None:
            asked = tuple(
                Wish(known.uri, 0, known.q, known.instance, "")
                for known in self.location.of(extension)
            )
        self._check_order(extension, asked, request)
        for wish in asked:
            self._grant(device, wish, request, flow, now)
        return self._contacts(extension, now) + _path(request)

    def _authenticated(self, request: Request, now: float) -> Device:
        verdict, username = self._authenticator.judge(
            request.rows("authorization"), request.method, request.uri, self._secret, now
        )
        if verdict is not Verdict.ACCEPTED:
            if verdict is Verdict.REFUSED:
                _log.warning("REGISTER with unknown user or wrong password", call=request.call_id)
            raise _Challenged(self._authenticator.challenges(now, verdict is Verdict.STALE))
        return self._people.devices[username]

    def _secret(self, username: str, algorithm: Algorithm) -> str | None:
        device = self._people.devices.get(username)
        if device is None:
            return None
        return device.ha1_sha256 if algorithm is Algorithm.SHA256 else device.ha1_md5

    def _check_order(self, extension: str, asked: tuple[Wish, ...], request: Request) -> None:
        """An older request must not undo a newer one; then nothing at all is changed."""
        for wish in asked:
            known = self.location.find(extension, str(wish.uri))
            if known and known.call_id == request.call_id and known.cseq >= request.cseq.number:
                raise BadMessage("CSeq of a registration must grow", 500)

    def _grant(self, device: Device, wish: Wish, request: Request, flow: Flow, now: float) -> None:
        if wish.seconds == 0:
            known = self.location.find(device.extension, str(wish.uri))
            if known is not None:
                self._remove(known, "unregistered", now)
            return
        fields = request.fields
        binding = Binding(
            extension=device.extension,
            uri=wish.uri,
            device=device.username,
            flow=flow,
            call_id=request.call_id,
            cseq=request.cseq.number,
            expires_at=now + wish.seconds,
            params=wish.params,
            instance=wish.instance,
            q=wish.q,
            path=fields.get("path", ""),
            user_agent=fields.get("user-agent", "")[:LONGEST_AGENT],
        )
        self._put(binding, now)

    def _contacts(self, extension: str, now: float) -> str:
        return "".join(
            [
                f"Contact: <{one.key}>{one.params};q={one.q:g}"
                f";expires={one.expires_at - now:.0f}\r\n"
                for one in self.location.of(extension)
            ]
        )

    # changes of the table

    def _put(self, binding: Binding, now: float) -> None:
        was_registered = self._is_registered(binding)
        replaced = self.location.put(binding)
        for old in replaced:
            if old.key != binding.key:
                self._journal.note_gone(old)
        self._journal.note(binding)
        if any(old.key == binding.key and old.flow == binding.flow for old in replaced):
            return  # refreshed
        _log.info(
            f"registered {binding.key} over {binding.flow.transport}",
            extension=binding.extension,
            device=binding.device,
        )
        if not was_registered:
            self._tell(binding, is_registered=True)
        self._on_reachable(binding.extension, True, now)

    def _remove(self, binding: Binding, why: str, now: float) -> None:
        self.location.remove(binding)
        self._journal.note_gone(binding)
        _log.info(f"{why} {binding.key}", extension=binding.extension, device=binding.device)
        if not self._is_registered(binding):
            self._tell(binding, is_registered=False)
        if not self.location.of(binding.extension):
            self._on_reachable(binding.extension, False, now)

    def _is_registered(self, binding: Binding) -> bool:
        return any(one.device == binding.device for one in self.location.of(binding.extension))

    def _tell(self, binding: Binding, is_registered: bool) -> None:
        self._events.emit(
            "",
            RegistrationChanged(
                binding.extension, binding.device, is_registered, binding.user_agent
            ),
        )

    # the world around

    def flow_closed(self, flow: Flow, now: float) -> None:
        """A connection ended: what was registered over it cannot be reached."""
        for binding in self.location.on_flow(flow):
            self._remove(binding, "connection closed:", now)

    def directory_changed(self, now: float) -> None:
        """Devices that are no more, or belong to another extension now, are not rung."""
        for binding in tuple(self.location):
            device = self._people.devices.get(binding.device)
            if device is None or device.extension != binding.extension:
                self._remove(binding, "no longer in the directory:", now)

    def restore(self, sent_by: Mapping[str, str], now: float) -> None:
        """Take up the bindings of the last run. `sent_by` is that of each listener by name."""
        for binding in self._journal.restore(sent_by, now):
            device = self._people.devices.get(binding.device)
            if device is not None and device.extension == binding.extension:
                self.location.put(binding)
                self._on_reachable(binding.extension, True, now)
        self._journal.rewrite(self.location)

    def flush(self) -> None:
        """Write changed bindings down; to be called about each second, and at the end."""
        self._journal.flush(self.location, self.location.count)

    def handle_timers(self, now: float) -> None:
        """Remove what expired."""
        for binding in self.location.expired(now):
            self._remove(binding, "expired", now)

    def next_deadline(self) -> float | None:
        return self.location.next_deadline()


class _Challenged(Exception):
    """Credentials are missing, wrong or stale: answer 401 with these."""

    def __init__(self, rows: tuple[str, ...]) -> None:
        super().__init__()
        self.rows = rows


def _path(request: Request) -> str:
    """Path is given back to who understands it (RFC 3327 5.3)."""
    if "path" not in request.fields or "path" not in request.options("supported"):
        return ""
    return "".join(f"Path: {row}\r\n" for row in request.fields["path"].split(ROW))
