"""A worker in this process and the phones that call through it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.media_worker import LocalWorker
from tests.support.rtp import Phone


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[LocalWorker]:
    local = LocalWorker(tmp_path)
    yield local
    local.close()


@pytest.fixture
def anna() -> Iterator[Phone]:
    with Phone() as phone:
        yield phone


@pytest.fixture
def karim() -> Iterator[Phone]:
    with Phone() as phone:
        yield phone
