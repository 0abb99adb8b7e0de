"""The DTLS 1.2 association of one leg (RFC 6347), from which its SRTP keys come (RFC 5764).

No socket here. Retransmission runs on OpenSSL's own clock; there is no way around it.
"""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Iterator

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from OpenSSL import SSL
from OpenSSL.crypto import X509

from media.srtp import PROFILES, SrtpKeys, secret_length

DTLS_1_2 = 0xFEFD
MTU = 1200  # bytes; what libwebrtc itself uses for DTLS
RECORD_HEADER = 13
HANDSHAKE = 22  # content type
LIFETIME = datetime.timedelta(days=365)  # of a certificate that lives as long as its process
EXPORTER = b"EXTRACTOR-dtls_srtp"  # RFC 5764 4.2


class DtlsEnded(Exception):
    """The association is over; `is_closed`: the peer said good-bye, else it broke."""

    def __init__(self, reason: str, *, is_closed: bool = False) -> None:
        super().__init__(reason)
        self.is_closed = is_closed


class Identity:
    """Our self-signed P-256 certificate, made once and shared by all legs of a process."""

    def __init__(self, profiles: tuple[bytes, ...] = tuple(PROFILES)) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _self_signed(key)
        self.fingerprint = "sha-256 " + certificate.fingerprint(hashes.SHA256()).hex(":").upper()
        self.context = SSL.Context(SSL.DTLS_METHOD)
        self.context.set_min_proto_version(DTLS_1_2)
        self.context.use_certificate(certificate)
        self.context.use_privatekey(key)
        self.context.set_options(SSL.OP_NO_QUERY_MTU | SSL.OP_NO_TICKET)
        self.context.set_tlsext_use_srtp(b":".join(profiles))
        self.context.set_cipher_list(b"ECDHE+AESGCM:ECDHE+CHACHA20")


def _self_signed(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "pbx")])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name)
    builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - datetime.timedelta(days=1))
    return builder.not_valid_after(now + LIFETIME).sign(key, hashes.SHA256())


class DtlsAssociation:
    """One handshake and what follows it; `fingerprints` are those of the far end's SDP.

    Every method that may end the association raises DtlsEnded; `farewell` then gives the last
    datagrams, among them the alert that tells the peer why.
    """

    def __init__(
        self,
        identity: Identity,
        fingerprints: frozenset[str],
        *,
        is_client: bool,
        mtu: int = MTU,
    ) -> None:
        self.is_established = False
        self._is_client, self._fingerprints, self._mtu = is_client, fingerprints, mtu
        self._last_flight: list[bytes] = []
        self._ssl = ssl = SSL.Connection(identity.context, None)
        ssl.set_ciphertext_mtu(mtu)
        # Checking inside the handshake tells the browser by an alert and derives no key at all.
        ssl.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, self._is_expected)
        if is_client:
            ssl.set_connect_state()
        else:
            ssl.set_accept_state()

    def _is_expected(self, _ssl: object, cert: X509, _error: int, depth: int, _ok: int) -> bool:
        certificate = cert.to_cryptography()
        seen = (
            f"{name} {certificate.fingerprint(algorithm).hex(':')}".upper()
            for name, algorithm in (
                ("sha-256", hashes.SHA256()),
                ("sha-384", hashes.SHA384()),
                ("sha-512", hashes.SHA512()),
            )
        )
        return depth == 0 and not self._fingerprints.isdisjoint(seen)

    def advance(self, datagram: bytes = b"") -> list[bytes]:
        """Feed one datagram, or just start, and return what to send."""
        if datagram:
            self._ssl.bio_write(datagram)
        self._run()
        flight = list(self._outgoing())
        if flight:
            self._last_flight = flight
        elif datagram and not self.is_established and datagram[0] == HANDSHAKE:
            # A repeated or incomplete flight: OpenSSL stays silent until its own timer (1 s, not
            # settable through pyOpenSSL), browsers repeat after 50 ms. Repeating ours is harmless:
            # what did arrive is dropped as a replay.
            return self._last_flight
        return flight

    def _run(self) -> None:
        try:
            if not self.is_established:
                self._ssl.do_handshake()
                self.is_established = True
            self._ssl.recv(self._mtu)
        except SSL.WantReadError:
            return
        except SSL.ZeroReturnError:
            raise DtlsEnded("close_notify", is_closed=True) from None
        except SSL.Error as error:
            raise DtlsEnded(_words(error)) from None

    def retransmit(self) -> list[bytes]:
        """Our last flight once more, when OpenSSL's timer says that it is lost."""
        timeout = None if self.is_established else self._ssl.DTLSv1_get_timeout()
        if timeout is None or timeout > 0:
            return []
        try:
            self._ssl.DTLSv1_handle_timeout()
        except SSL.Error as error:
            raise DtlsEnded(f"handshake timed out: {_words(error)}") from None
        return list(self._outgoing())

    def farewell(self) -> list[bytes]:
        """What is left to send at the end: an alert already queued, or close_notify."""
        if self.is_established:
            with contextlib.suppress(SSL.Error):
                self._ssl.shutdown()
        return list(self._outgoing())

    def srtp_keys(self) -> SrtpKeys:
        """The keys both ends derive from the handshake."""
        profile = self._ssl.get_selected_srtp_profile()
        if profile not in PROFILES:
            raise DtlsEnded("no common SRTP profile")
        secret = self._ssl.export_keying_material(EXPORTER, secret_length(profile))
        return SrtpKeys(profile, secret, is_client=self._is_client)

    def describe(self) -> str:
        """What was negotiated, for the log."""
        ssl = self._ssl
        parts = ssl.get_protocol_version_name(), ssl.get_cipher_name()
        role = "client" if self._is_client else "server"
        return " ".join((*map(str, parts), ssl.get_selected_srtp_profile().decode(), role))

    def _outgoing(self) -> Iterator[bytes]:
        """A memory BIO forgets where datagrams end: pack whole records up to the MTU."""
        try:
            pending = self._ssl.bio_read(1 << 16)
        except SSL.WantReadError:
            return
        datagram = b""
        while pending:
            size = RECORD_HEADER + int.from_bytes(pending[RECORD_HEADER - 2 : RECORD_HEADER])
            if datagram and len(datagram) + size > self._mtu:
                yield datagram
                datagram = b""
            datagram, pending = datagram + pending[:size], pending[size:]
        yield datagram


def _words(error: SSL.Error) -> str:
    """OpenSSL's own reasons, without the tuple they come in."""
    stack = error.args[0] if error.args and isinstance(error.args[0], list) else []
    return ", ".join(str(entry[-1]) for entry in stack) or type(error).__name__
