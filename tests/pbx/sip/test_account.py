from __future__ import annotations

import pytest

from pbx.sip.account import Account
from pbx.sip.digest import Credentials, ha1, response_to

SHA = 'Digest realm="r", nonce="n1", algorithm=SHA-256, qop="auth,auth-int", opaque="o"'
MD5 = 'Digest realm="r", nonce="n1", qop="auth"'
OLD = 'Digest realm="r", nonce="n1"'


@pytest.fixture
def account() -> Account:
    return Account("trunk", "secret", lambda: "cn")


def parsed(text: str | None) -> Credentials:
    credentials = Credentials.parse(text or "")
    assert credentials is not None
    return credentials


@pytest.mark.parametrize(
    ("challenge", "algorithm", "qop"),
    [(SHA, "SHA-256", "auth"), (MD5, "MD5", "auth"), (OLD, "MD5", "")],
)
def test_the_answer_carries_the_digest(
    account: Account, challenge: str, algorithm: str, qop: str
) -> None:
    answer = parsed(account.response(challenge, "INVITE", "sip:a@b"))
    secret = ha1("trunk", "r", "secret", algorithm)
    assert (answer.algorithm, answer.qop, answer.uri) == (algorithm, qop, "sip:a@b")
    assert answer.response == response_to(answer, secret, "INVITE")
    assert answer.opaque == ("o" if challenge == SHA else "")


def test_the_count_grows_with_each_use_of_a_nonce(account: Account) -> None:
    counts = [
        parsed(account.response(challenge, "INVITE", "sip:a@b")).nc
        for challenge in (MD5, MD5, MD5.replace("n1", "n2"), MD5.replace("n1", "n2"))
    ]
    assert counts == ["00000001", "00000002", "00000001", "00000002"]


def test_the_first_challenge_that_can_be_answered_is(account: Account) -> None:
    rows = "\n".join((SHA.replace("SHA-256", "SHA-512-256"), 'Digest realm="', "Basic x", SHA, MD5))
    assert parsed(account.response(rows, "INVITE", "sip:a@b")).algorithm == "SHA-256"


@pytest.mark.parametrize(
    "challenge",
    [
        "",
        "Basic realm=r",
        'Digest realm="r"',
        MD5.replace('"auth"', '"auth-int"'),
        'Digest realm="',
    ],
)
def test_what_cannot_be_answered_is_not(account: Account, challenge: str) -> None:
    assert account.response(challenge, "INVITE", "sip:a@b") is None


def test_a_password_is_for_its_realm_only() -> None:
    account = Account("trunk", "secret", lambda: "cn", realm="theirs")
    assert account.response(MD5, "INVITE", "sip:a@b") is None
    assert account.response(MD5.replace('"r"', '"theirs"'), "INVITE", "sip:a@b")
