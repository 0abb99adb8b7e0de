"""Two associations against each other, with no socket between them."""

from __future__ import annotations

import random

import pytest

from media.dtls import DtlsAssociation, DtlsEnded, Identity
from tests.media.scripted_browser import rtp

OURS, THEIRS = Identity(), Identity()


def expected(identity: Identity) -> frozenset[str]:
    return frozenset({identity.fingerprint.upper()})


def ends(*, mtu: int = 1200) -> tuple[DtlsAssociation, DtlsAssociation]:
    """(client, server)"""
    return (
        DtlsAssociation(THEIRS, expected(OURS), is_client=True, mtu=mtu),
        DtlsAssociation(OURS, expected(THEIRS), is_client=False, mtu=mtu),
    )


def exchange(client: DtlsAssociation, server: DtlsAssociation, first: list[bytes]) -> list[bytes]:
    """Carry datagrams to and fro until nobody has anything to say; returns all of them."""
    carried: list[bytes] = []
    to_server, to_client = first, list[bytes]()
    while to_server or to_client:
        carried += to_server + to_client
        replies = [reply for datagram in to_server for reply in server.advance(datagram)]
        to_server = [reply for datagram in to_client for reply in client.advance(datagram)]
        to_client = replies
    return carried


def feed(association: DtlsAssociation, datagrams: list[bytes]) -> None:
    for datagram in datagrams:
        association.advance(datagram)


def test_both_ends_derive_the_same_keys() -> None:
    client, server = ends()
    exchange(client, server, client.advance())
    assert client.is_established
    assert server.is_established
    assert server.srtp_keys().unprotect(client.srtp_keys().protect(rtp(1))) == rtp(1)
    assert client.srtp_keys().unprotect(server.srtp_keys().protect(rtp(2))) == rtp(2)
    assert server.describe().startswith("DTLSv1.2 ")
    assert server.describe().endswith("SRTP_AEAD_AES_128_GCM server")


def test_profile_follows_what_the_peer_can() -> None:
    old = Identity((b"SRTP_AES128_CM_SHA1_80",))
    client = DtlsAssociation(old, expected(OURS), is_client=True)
    server = DtlsAssociation(OURS, expected(old), is_client=False)
    exchange(client, server, client.advance())
    assert "SRTP_AES128_CM_SHA1_80" in server.describe()
    assert server.srtp_keys().unprotect(client.srtp_keys().protect(rtp(1))) == rtp(1)


def test_flights_are_split_at_the_mtu() -> None:
    client, server = ends(mtu=300)
    carried = exchange(client, server, client.advance())
    assert max(map(len, carried)) <= 300 < sum(map(len, carried))
    assert server.is_established


@pytest.mark.parametrize("is_client", [True, False])
def test_wrong_fingerprint_ends_the_handshake_before_any_key(is_client: bool) -> None:
    stranger = expected(Identity())
    client = DtlsAssociation(THEIRS, stranger if is_client else expected(OURS), is_client=True)
    server = DtlsAssociation(OURS, expected(THEIRS) if is_client else stranger, is_client=False)
    with pytest.raises(DtlsEnded, match="certificate verify failed") as caught:
        exchange(client, server, client.advance())
    assert not caught.value.is_closed
    careful, other = (client, server) if is_client else (server, client)
    assert not careful.is_established
    alerts = careful.farewell()
    assert alerts
    with pytest.raises(DtlsEnded, match="alert"):
        feed(other, alerts)


def test_repeated_flight_is_answered_with_ours_at_once() -> None:
    client, server = ends()
    hello = client.advance()
    lost = [reply for datagram in hello for reply in server.advance(datagram)]
    again = [reply for datagram in hello for reply in server.advance(datagram)]
    assert again == lost
    answers = [reply for datagram in again for reply in client.advance(datagram)]
    exchange(client, server, answers)
    assert client.is_established
    assert server.is_established


def test_lost_start_is_not_repeated_before_its_timer() -> None:
    client, _ = ends()
    assert client.advance()
    assert client.retransmit() == []


def test_farewell_tells_the_peer() -> None:
    client, server = ends()
    exchange(client, server, client.advance())
    farewell = client.farewell()
    with pytest.raises(DtlsEnded) as caught:
        feed(server, farewell)
    assert caught.value.is_closed


def test_farewell_of_an_unfinished_handshake_says_nothing() -> None:
    client, server = ends()
    server.advance(client.advance()[0])
    assert server.farewell() == []


def test_noise_neither_breaks_nor_ends_a_handshake() -> None:
    """RFC 6347 4.1.2.7: invalid records are dropped in silence."""
    client, server = ends()
    dice = random.Random(3)
    for _ in range(300):
        server.advance(bytes([dice.randint(20, 63)]) + dice.randbytes(dice.randint(0, 80)))
    exchange(client, server, client.advance())
    assert server.is_established


def test_noise_neither_breaks_nor_ends_an_association() -> None:
    client, server = ends()
    carried = exchange(client, server, client.advance())
    dice = random.Random(4)
    for _ in range(300):
        server.advance(bytes([dice.randint(20, 63)]) + dice.randbytes(dice.randint(0, 80)))
    for datagram in carried:
        server.advance(datagram)
    assert server.is_established
    assert server.srtp_keys().unprotect(client.srtp_keys().protect(rtp(1))) == rtp(1)


def test_peer_without_a_common_srtp_profile_is_refused() -> None:
    client, server = ends()
    with pytest.raises(DtlsEnded, match="SRTP profile"):
        server.srtp_keys()
    assert not client.is_established
