"""Fixtures of the app tests."""

from collections.abc import AsyncIterator

import pytest

from tests.pbx.apps.house import House


@pytest.fixture
async def house() -> AsyncIterator[House]:
    built = House()
    yield built
    for task in built.tasks:
        task.cancel()
