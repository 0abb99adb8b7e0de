from __future__ import annotations

from dataclasses import replace

import pytest

from pbx.sip.auth import MAX_NONCES, NONCE_FOR, Account, Algorithm, Authenticator, Verdict, ha1
from pbx.sip.digest import Credentials, parse_digest, response_to
from pbx.sip.errors import BadMessage
from pbx.sip.uri import Uri

REALM = "nidaa.example"
URI = Uri.parse("sip:nidaa.example;transport=udp")
PASSWORD = "correct horse"


def secret_of(username: str, algorithm: Algorithm) -> str | None:
    return ha1(username, REALM, PASSWORD, algorithm) if username == "anna" else None


@pytest.fixture
def authenticator() -> Authenticator:
    return Authenticator(REALM, b"key")


def answer(challenge: str, username: str = "anna", password: str = PASSWORD) -> str:
    text = Account(username, password, lambda: "cn").response(challenge, "REGISTER", str(URI))
    assert text is not None
    return text


def judge(
    authenticator: Authenticator, now: float, *values: str, method: str = "REGISTER"
) -> tuple[Verdict, str]:
    return authenticator.judge(values, method, URI, secret_of, now)


def resigned(text: str, **changes: str) -> str:
    """The same credentials with other parameters, signed by Anna again."""
    credentials = Credentials.parse(text)
    assert credentials is not None
    credentials = replace(credentials, **changes)
    secret = secret_of("anna", Algorithm(credentials.algorithm)) or ""
    return str(replace(credentials, response=response_to(credentials, secret, "REGISTER")))


def test_the_better_algorithm_is_offered_first(authenticator: Authenticator) -> None:
    parsed = [parse_digest(text) or {} for text in authenticator.challenges(10.0)]
    assert [challenge["algorithm"] for challenge in parsed] == ["SHA-256", "MD5"]
    assert {challenge["realm"] for challenge in parsed} == {REALM}
    assert {challenge["qop"] for challenge in parsed} == {"auth"}
    assert not any("stale" in challenge for challenge in parsed)


@pytest.mark.parametrize("place", [0, 1], ids=["SHA-256", "MD5"])
def test_the_right_password_is_accepted(authenticator: Authenticator, place: int) -> None:
    challenge = authenticator.challenges(10.0)[place]
    assert judge(authenticator, 11.0, answer(challenge)) == (Verdict.ACCEPTED, "anna")


def test_no_credentials_prove_nothing(authenticator: Authenticator) -> None:
    assert judge(authenticator, 1.0) == (Verdict.ABSENT, "")


@pytest.mark.parametrize(
    "changes",
    [{"realm": "other"}, {"algorithm": "MD5-SESS"}, {"qop": "auth-int"}],
)
def test_credentials_we_did_not_ask_for_are_none(
    authenticator: Authenticator, changes: dict[str, str]
) -> None:
    credentials = Credentials.parse(answer(authenticator.challenges(1.0)[0]))
    assert credentials is not None
    other = str(replace(credentials, **changes))
    assert judge(authenticator, 1.0, "Basic YTpi", other) == (Verdict.ABSENT, "")


def test_ours_are_found_among_others(authenticator: Authenticator) -> None:
    good = answer(authenticator.challenges(1.0)[0])
    other = 'Digest username="a", realm="b", nonce="c", uri="sip:d", response="e"'
    assert judge(authenticator, 1.0, other, good) == (Verdict.ACCEPTED, "anna")


@pytest.mark.parametrize(
    ("username", "password"), [("anna", "wrong"), ("nobody", PASSWORD), ("", "")]
)
def test_unknown_user_and_wrong_password_look_alike(
    authenticator: Authenticator, username: str, password: str
) -> None:
    wrong = answer(authenticator.challenges(1.0)[0], username, password)
    assert judge(authenticator, 1.0, wrong) == (Verdict.REFUSED, "")


def test_the_unknown_user_cannot_sign_with_an_empty_secret(authenticator: Authenticator) -> None:
    credentials = Credentials.parse(answer(authenticator.challenges(1.0)[0], "nobody"))
    assert credentials is not None
    signed = replace(credentials, response=response_to(credentials, "", "REGISTER"))
    assert judge(authenticator, 1.0, str(signed)) == (Verdict.REFUSED, "")


def test_credentials_are_for_one_method(authenticator: Authenticator) -> None:
    good = answer(authenticator.challenges(1.0)[0])
    assert judge(authenticator, 1.0, good, method="INVITE") == (Verdict.REFUSED, "")


def test_credentials_are_for_one_target(authenticator: Authenticator) -> None:
    good = answer(authenticator.challenges(1.0)[0])
    plain = resigned(good, uri="sip:nidaa.example:5060", nc="00000002")
    assert judge(authenticator, 1.0, plain) == (Verdict.ACCEPTED, "anna")
    for uri in ("sip:other.example", "sip:a@nidaa.example", "", "%"):
        with pytest.raises(BadMessage):
            judge(authenticator, 1.0, resigned(good, uri=uri))


def test_a_replay_is_stale(authenticator: Authenticator) -> None:
    good = answer(authenticator.challenges(1.0)[0])
    assert judge(authenticator, 1.0, good)[0] is Verdict.ACCEPTED
    assert judge(authenticator, 2.0, good) == (Verdict.STALE, "anna")


def test_the_count_may_only_grow(authenticator: Authenticator) -> None:
    good = answer(authenticator.challenges(1.0)[0])
    verdicts = [
        judge(authenticator, 2.0, resigned(good, nc=count))[0]
        for count in ("00000001", "00000005", "00000003", "0000000A")
    ]
    assert verdicts == [Verdict.ACCEPTED, Verdict.ACCEPTED, Verdict.STALE, Verdict.ACCEPTED]


def test_without_qop_a_nonce_is_good_for_one_request(authenticator: Authenticator) -> None:
    old = resigned(answer(authenticator.challenges(1.0)[1]), qop="", nc="", cnonce="")
    assert judge(authenticator, 1.0, old) == (Verdict.ACCEPTED, "anna")
    assert judge(authenticator, 1.0, old) == (Verdict.STALE, "anna")


@pytest.mark.parametrize("changes", [{"nc": ""}, {"nc": "1"}, {"nc": "0000000g"}, {"cnonce": ""}])
def test_qop_needs_a_count_and_a_client_nonce(
    authenticator: Authenticator, changes: dict[str, str]
) -> None:
    good = answer(authenticator.challenges(1.0)[0])
    with pytest.raises(BadMessage):
        judge(authenticator, 1.0, resigned(good, **changes))


def test_an_old_nonce_is_stale_and_says_so(authenticator: Authenticator) -> None:
    good = answer(authenticator.challenges(10.0)[0])
    assert judge(authenticator, 11.0 + NONCE_FOR, good) == (Verdict.STALE, "anna")
    assert authenticator.challenges(400.0, is_stale=True)[0].endswith(", stale=true")


@pytest.mark.parametrize(
    "nonce", ["", "made up", "0" * 48, "\u00e9" * 48, "\udcff", "0" * 16 + "\u00e9" * 32]
)
def test_a_nonce_that_is_not_ours_is_stale(authenticator: Authenticator, nonce: str) -> None:
    good = answer(authenticator.challenges(1.0)[0])
    assert judge(authenticator, 1.0, resigned(good, nonce=nonce)) == (Verdict.STALE, "anna")


def test_nonces_of_another_key_or_of_the_future_are_stale(authenticator: Authenticator) -> None:
    foreign = answer(Authenticator(REALM, b"other").challenges(1.0)[0])
    assert judge(authenticator, 1.0, foreign)[0] is Verdict.STALE
    early = answer(authenticator.challenges(50.0)[0])
    assert judge(authenticator, 1.0, early)[0] is Verdict.STALE


def test_two_phones_challenged_in_one_second_do_not_disturb_each_other(
    authenticator: Authenticator,
) -> None:
    first, second = (answer(authenticator.challenges(1.0)[0]) for _ in range(2))
    assert judge(authenticator, 1.0, first)[0] is Verdict.ACCEPTED
    assert judge(authenticator, 1.0, second)[0] is Verdict.ACCEPTED


def test_what_is_remembered_is_bounded_and_what_is_forgotten_is_stale() -> None:
    authenticator = Authenticator(REALM, b"key", max_nonces=2)
    answers = [answer(authenticator.challenges(now)[0]) for now in (1.0, 2.0, 3.0)]
    for text in answers:
        assert judge(authenticator, 4.0, text)[0] is Verdict.ACCEPTED
    assert len(authenticator._counts) == 2
    assert judge(authenticator, 4.0, resigned(answers[0], nc="00000002"))[0] is Verdict.STALE
    assert judge(authenticator, 4.0, resigned(answers[1], nc="00000002"))[0] is Verdict.ACCEPTED


def test_old_nonces_are_dropped(authenticator: Authenticator) -> None:
    assert authenticator.max_nonces == MAX_NONCES
    for now in (1.0, 2.0, 1000.0):
        judge(authenticator, now, answer(authenticator.challenges(now)[0]))
    assert len(authenticator._counts) == 1
