"""The development CA and the server certificate that it signs, for HTTPS and SIP over WSS.

Production replaces `server.crt` and `server.key` by its own; a certificate that this CA did not
sign is never touched.
"""

from __future__ import annotations

import os
import socket
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CA_FOR = timedelta(days=3650)
SERVER_FOR = timedelta(days=397)  # browsers refuse longer ones
RENEW_BEFORE = timedelta(days=30)
SKEW = timedelta(hours=1)  # a phone whose clock is a little behind still accepts it

Key = ec.EllipticCurvePrivateKey


def ensure_certificates(folder: Path, address: str, now: datetime | None = None) -> bool:
    """Make what is missing or about to expire, or does not name `address`. True when it did."""
    now = now or datetime.now(UTC)
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "ca.key").exists() and (folder / "server.crt").exists():
        return False  # brought by the administrator
    ca_key, ca = _load_or_make_ca(folder, now)
    names = _names(address)
    if _is_current(folder / "server.crt", ca, names, now):
        return False
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _server_certificate(key, ca_key, ca, names, now)
    _write_key(folder / "server.key", key)
    # The chain carries the CA too, so that one file serves uvicorn and the WSS listener alike.
    chain = certificate.public_bytes(serialization.Encoding.PEM)
    (folder / "server.crt").write_bytes(chain + ca.public_bytes(serialization.Encoding.PEM))
    return True


def _names(address: str) -> list[x509.GeneralName]:
    hosts = dict.fromkeys([address, "localhost", "127.0.0.1", "::1", socket.gethostname()])
    return [_general_name(host) for host in hosts if host]


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _load_or_make_ca(folder: Path, now: datetime) -> tuple[Key, x509.Certificate]:
    key_file, file = folder / "ca.key", folder / "ca.crt"
    if key_file.exists() and file.exists():
        key = serialization.load_pem_private_key(key_file.read_bytes(), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ValueError(f"{key_file} is not an elliptic curve key: remove it to make a new CA")
        return key, x509.load_pem_x509_certificate(file.read_bytes())
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Nidaa CA {socket.gethostname()}")])
    ca = (
        _builder(name, name, key, now, CA_FOR)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(is_ca=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    _write_key(key_file, key)
    file.write_bytes(ca.public_bytes(serialization.Encoding.PEM))
    return key, ca


def _server_certificate(
    key: Key, ca_key: Key, ca: x509.Certificate, names: list[x509.GeneralName], now: datetime
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Nidaa")])
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key())
    return (
        _builder(subject, ca.subject, key, now, SERVER_FOR)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(_key_usage(is_ca=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(authority, critical=False)
        .sign(ca_key, hashes.SHA256())
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, key: Key, now: datetime, valid_for: timedelta
) -> x509.CertificateBuilder:
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - SKEW)
        .not_valid_after(now + valid_for)
        .add_extension(identifier, critical=False)
    )


def _key_usage(*, is_ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_ca,
        key_cert_sign=is_ca,
        crl_sign=is_ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _is_current(
    file: Path, ca: x509.Certificate, names: list[x509.GeneralName], now: datetime
) -> bool:
    if not file.exists() or not file.with_suffix(".key").exists():
        return False
    certificate = x509.load_pem_x509_certificate(file.read_bytes())
    if certificate.issuer != ca.subject:
        return True  # the administrator's own: not ours to judge
    present = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    is_named = set(names) <= set(present)
    return is_named and certificate.not_valid_after_utc - now > RENEW_BEFORE


def _write_key(file: Path, key: Key) -> None:
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(pem)
