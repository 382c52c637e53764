"""The pages of deadlines in a real browser, on a phone and at a desk: everything fits, axe finds nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from plans.calendar import Calendar
from plans.owed import owed
from storage import ledger, obligations, office
from storage.engine import Store
from storage.ids import NumberedIds
from storage.media import MediaStore
from tests.browser.test_office_pages import SIZES, _fits, _in, _picture, _serious
from tests.conftest import Clock
from tests.office.web_world import Town
from tests.storage.an_xuan import mini_pack

pytestmark = pytest.mark.browser

DUE = {"duty.dinh-ky.due": {"year": {"on": "12-20", "at": "17:00"}}}


@pytest.fixture
async def town(
    sqlite_store: Store, clock: Clock, ids: NumberedIds, tmp_path: Path
) -> AsyncIterator[Town]:
    """An Xuân's villages owe the year's report; one was excused, its books are closed."""
    made = Town(sqlite_store, MediaStore(tmp_path / "media"), clock, ids)
    await made.settles()
    now = clock()
    async with sqlite_store.begin() as tx:
        for key, value in DUE.items():
            await office.set_to(tx, made.commune.id, key, value, by=None, now=now, ids=ids)
        wanted = owed(
            mini_pack(), DUE, Calendar(), first=now.date(), last=now.date() + timedelta(days=250)
        )
        await obligations.ensure(tx, made.plan_id, made.commune.id, wanted, now=now, ids=ids)
        owing = await obligations.of_period(tx, made.plan_id, "dinh-ky", "2026")
        first = owing[0]
        about: dict[str, Any] = {"by": made.who["Quản trị Sơn"], "now": now, "ids": ids}
        soon = now + timedelta(days=10)
        await ledger.extend(tx, [each.id for each in owing], until=soon, **about)
        await ledger.excuse(tx, [first.id], why="bão lụt", **about)
        await ledger.lock(tx, [first.id], why="hết kỳ", **about)
    await made.opens()
    yield made
    await made.closes()


@pytest.fixture
async def base_url(town: Town) -> str:
    """Where the office under test answers."""
    return town.address


@SIZES
async def test_deadlines_fit_the_screen_and_every_way_is_in_sight(
    town: Town, chromium: Any, size: tuple[int, int]
) -> None:
    """No way of the menu hides beyond the edge; a report's page opens from the list."""
    context = await _in(town, chromium, "Quản trị Sơn", size)
    page = await context.new_page()
    await page.goto(f"{town.address}/van-phong/han")
    await _fits(page)
    for way in await page.locator("nav.ways a").all():
        box = await way.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= size[0], await way.inner_text()
    assert await _serious(page) == []
    await _picture(page, f"deadlines-dai-{size[0]}")
    await page.locator("a[href*='/van-phong/han/']").first.click()
    await expect(page.get_by_text("bão lụt").first).to_be_visible()
    await _fits(page)
    assert await _serious(page) == []
    await _picture(page, f"deadline-dai-{size[0]}")
    await context.close()


@SIZES
async def test_the_page_of_reviews_fits_the_screen(
    town: Town, chromium: Any, size: tuple[int, int]
) -> None:
    """Empty as on the first day: it says so."""
    context = await _in(town, chromium, "Duyệt Mai", size)
    page = await context.new_page()
    await page.goto(f"{town.address}/van-phong/duyet")
    await _fits(page)
    assert await _serious(page) == []
    await _picture(page, f"reviews-dai-{size[0]}")
    await context.close()
