"""An endpoint with a desk above it and scripted phones around it."""

from __future__ import annotations

import pytest

from pbx.sip.endpoint import Endpoint
from tests.support.phone import Phone, Wire, counted_tokens
from tests.support.sip_user import Desk


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def endpoint(desk: Desk) -> Endpoint:
    return Endpoint(desk, counted_tokens())


@pytest.fixture
def wire(endpoint: Endpoint) -> Wire:
    return Wire(endpoint)


@pytest.fixture
def anna(wire: Wire) -> Phone:
    return wire.phone("anna")
