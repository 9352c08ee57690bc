from __future__ import annotations

from collections.abc import Iterator

import pytest
from fake import FakeServer, running


@pytest.fixture
def fake() -> FakeServer:
    return FakeServer()


@pytest.fixture
def url(fake: FakeServer) -> Iterator[str]:
    with running(fake) as address:
        yield address
