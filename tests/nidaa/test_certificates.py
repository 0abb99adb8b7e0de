"""The development CA: made once, renewed in time, never touching the administrator's own files."""

import ssl
from datetime import UTC, datetime, timedelta

from cryptography import x509

from nidaa.certificates import ensure_certificates

NOW = datetime(2026, 3, 20, tzinfo=UTC)


def certificate(folder):
    return x509.load_pem_x509_certificate((folder / "server.crt").read_bytes())


def test_first_start_makes_a_ca_and_a_certificate_that_names_the_address(tmp_path):
    assert ensure_certificates(tmp_path, "192.168.1.10", NOW)
    names = certificate(tmp_path).extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert "192.168.1.10" in [str(name) for name in names.value.get_values_for_type(x509.IPAddress)]
    assert (tmp_path / "server.key").stat().st_mode & 0o077 == 0
    ca = x509.load_pem_x509_certificate((tmp_path / "ca.crt").read_bytes())
    certificate(tmp_path).verify_directly_issued_by(ca)


def test_the_files_serve_tls(tmp_path):
    ensure_certificates(tmp_path, "127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.crt", tmp_path / "server.key")


def test_second_start_changes_nothing(tmp_path):
    ensure_certificates(tmp_path, "127.0.0.1", NOW)
    before = (tmp_path / "server.crt").read_bytes()
    assert not ensure_certificates(tmp_path, "127.0.0.1", NOW + timedelta(days=300))
    assert (tmp_path / "server.crt").read_bytes() == before


def test_a_certificate_about_to_expire_or_for_another_address_is_renewed_by_the_same_ca(tmp_path):
    ensure_certificates(tmp_path, "127.0.0.1", NOW)
    ca = (tmp_path / "ca.crt").read_bytes()
    assert ensure_certificates(tmp_path, "127.0.0.1", NOW + timedelta(days=380))
    assert ensure_certificates(tmp_path, "10.0.0.5", NOW + timedelta(days=380))
    assert (tmp_path / "ca.crt").read_bytes() == ca


def test_the_administrators_own_certificate_is_never_replaced(tmp_path):
    other = tmp_path / "other"
    ensure_certificates(other, "pbx.example", NOW)
    mine = tmp_path / "mine"
    mine.mkdir()
    for name in ("server.crt", "server.key"):
        (mine / name).write_bytes((other / name).read_bytes())
    assert not ensure_certificates(mine, "10.0.0.5", NOW)
    assert (mine / "server.crt").read_bytes() == (other / "server.crt").read_bytes()
