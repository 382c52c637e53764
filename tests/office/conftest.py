"""What the office's tests share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.engine import Store
from storage.ids import NumberedIds
from storage.media import MediaStore
from tests.conftest import Clock
from tests.office.web_world import Town


@pytest.fixture
async def town(store: Store, clock: Clock, ids: NumberedIds, tmp_path: Path) -> AsyncIterator[Town]:
    """Two communes and a running server, on both databases."""
    made = Town(store, MediaStore(tmp_path / "media"), clock, ids)
    await made.settles()
    await made.opens()
    yield made
    await made.closes()
