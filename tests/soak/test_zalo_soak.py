"""The soak, sized down: a few hundred messages with faults on both sides, on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.engine import Store
from tests.conftest import Clock
from tests.soak.zalo import Platform, soak


@pytest.mark.parametrize("platform", ["zalo-oa", "zalo-bot"])
async def test_nothing_is_lost_answered_twice_or_out_of_order(
    platform: Platform, store: Store, clock: Clock, tmp_path: Path
) -> None:
    async with soak(platform, store, tmp_path, clock, seed=20261220) as made:
        await made.run(messages=200, people=20)
    assert made.counts.problems == [], str(made.counts)
    assert made.counts.sent == made.counts.worked == 200
    assert len(made.counts.faults) > 4, str(made.counts)
    if platform == "zalo-oa":
        assert made.counts.answered == 200
