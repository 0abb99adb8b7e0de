"""Tokens are new each time, across blocks too."""

from __future__ import annotations

from pbx.tokens import BLOCK, SIZE, token_source


def test_no_token_comes_twice() -> None:
    new_token, other = token_source(), token_source()
    tokens = [new_token() for _ in range(2 * BLOCK + 1)] + [other()]
    assert len(set(tokens)) == len(tokens)
    assert {len(token) for token in tokens} == {2 * SIZE}
    assert all(int(token, 16) >= 0 for token in tokens)
