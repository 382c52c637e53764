"""The public page and the officials' screens in a real browser: phone and desktop, keys and fingers, axe."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import BrowserContext, Page, expect

from plans.handling import CaseState, CaseStep
from storage import casework, public, triage
from storage.casework import Taken
from storage.engine import Store
from storage.ids import NumberedIds
from storage.media import MediaStore
from tests.browser.conftest import OpenPage, a_phone
from tests.conftest import Clock
from tests.office.web_world import Town, a_photo

pytestmark = pytest.mark.browser

AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text(encoding="utf-8")
PHONE, DESK = (360, 740), (1280, 800)
SIZES = pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])

WHAT = (
    "Khói rơm mù mịt từ trưa, trẻ con ho",
    "Đốt rơm sát đường liên xã, xe máy không thấy đường",
    "Rơm đốt âm ỉ cạnh kho lúa",
    "Đốt đồng lúc chiều tối, khói vào nhà trẻ",
    "Ruộng phía sau làng cháy lan ra bờ tre",
)


@pytest.fixture
async def town(
    sqlite_store: Store, clock: Clock, ids: NumberedIds, tmp_path: Path
) -> AsyncIterator[Town]:
    """An Xuân with 23 cases: pictures, urgent ones, alike ones, some closed, some released."""
    made = Town(sqlite_store, MediaStore(tmp_path / "media"), clock, ids)
    await made.settles()
    await _fill(made)
    await made.opens()
    yield made
    await made.closes()


async def _fill(town: Town) -> None:
    colours = ("seagreen", "peru", "steelblue", "darkkhaki", "indianred")
    for n in range(23):
        photos = (a_photo(colours[n % 5], (640, 470 + n)),) if n % 3 else ()
        case = await town.reports(
            words=WHAT[n % 5],
            photos=photos,
            lat=20.90 + 0.007 * (n // 5) + 0.0001 * n,
            lon=106.30 + 0.009 * (n % 5),
            place_words=f"cánh đồng số {n}",
            urgent=n == 7,
            violation_key="tieng-on" if n % 6 == 5 else "dot-rom",
        )
        town.later(minutes=17)
        if n >= 20:
            await _closed(town, case.id)


async def _closed(town: Town, case_id: int) -> None:
    about: dict[str, Any] = {"now": town.clock(), "ids": town.ids}
    async with town.store.begin() as tx:
        for step in (CaseStep.RESOLVE, CaseStep.FIXED):
            await casework.step(tx, case_id, Taken(step=step, words="đã dập"), **about)
        await public.release_words(tx, case_id, "Đã dập lửa, dọn tro", by=1, **about)
        for shot in (await triage.shots_of(tx, [case_id])).get(case_id, []):
            await public.release_photo(
                tx, shot.evidence_id, public_sha256=shot.shown_sha256, by=1, **about
            )


@pytest.fixture
async def base_url(town: Town) -> str:
    """Where the office under test answers."""
    return town.address


async def _in(town: Town, browser: Any, name: str, size: tuple[int, int]) -> BrowserContext:
    """A browser of its own that one of the cast came in with, by link and button."""
    context = await a_phone(browser, size)
    page = await context.new_page()
    await page.goto(f"{town.address}/van-phong/vao/{await town.link(name)}")
    await page.get_by_role("button", name="Vào văn phòng").click()
    await expect(page.get_by_role("heading", name=f"Chào anh/chị {name}")).to_be_visible()
    await page.close()
    return context


async def _serious(page: Page) -> list[str]:
    """What axe finds serious or worse on the page as it stands."""
    # evaluated by the test's own channel: the page's policy lets no foreign script in
    await page.evaluate(AXE)
    found = await page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:160]} {one['nodes'][0].get('failureSummary', '')[:300]}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
    ]


async def _picture(page: Page, name: str) -> None:
    """Kept for people to look at when SOXANH_SCREENSHOTS names a folder."""
    folder = os.environ.get("SOXANH_SCREENSHOTS")
    if folder:
        await page.screenshot(path=Path(folder) / f"{name}.png", full_page="dai" in name)


async def _fits(page: Page) -> None:
    wide = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0, f"the page is {wide} px wider than the screen"


_CLUSTERS_HOLD = """most => {
  const held = [...document.querySelectorAll("#map .cluster")].map(one => Number(one.innerText));
  return held.length > 0 && held.reduce((sum, one) => sum + one, 0) <= most;
}"""


@SIZES
async def test_the_public_page_draws_its_map_without_tiles(
    open_page: OpenPage, size: tuple[int, int]
) -> None:
    """Clusters that open into points that open into cases; nothing is asked of another server."""
    page = await open_page("/xa/an-xuan", size=size)
    await expect(page.locator("#map")).to_have_attribute("data-points", "23")
    await _picture(page, f"public-{size[0]}")
    await _picture(page, f"public-dai-{size[0]}")
    await page.locator("#map").scroll_into_view_if_needed()
    await expect(page.locator(".leaflet-control-scale")).to_be_visible()
    clusters = page.locator("#map .cluster")
    # while the map still zooms to fit, old clusters fade beside the new ones
    await page.wait_for_function(_CLUSTERS_HOLD, arg=23)
    await clusters.first.click()
    await page.wait_for_function(
        "document.querySelectorAll('#map path.leaflet-interactive').length > 0"
    )
    await _picture(page, f"public-map-{size[0]}")
    await _fits(page)
    assert await _serious(page) == []


async def test_a_point_on_the_map_leads_to_its_case(open_page: OpenPage) -> None:
    page = await open_page("/xa/an-xuan?loai=tieng-on", size=DESK)
    point = page.locator("#map path.leaflet-interactive").first
    await point.click()
    await page.get_by_role("link", name=re.compile("Xem PA-")).click()
    await expect(page.get_by_role("heading", name="Tiếng ồn")).to_be_visible()
    await _picture(page, "public-case")
    assert await _serious(page) == []


async def test_the_list_reads_without_script_or_map(open_page: OpenPage) -> None:
    """Filters are a form, pages are links."""
    page = await open_page("/xa/an-xuan", java_script_enabled=False)
    await expect(page.locator(".caselist > li")).to_have_count(20)
    await page.get_by_label("Tình trạng").select_option("dong")
    await page.get_by_role("button", name="Xem").click()
    await expect(page.locator(".caselist > li")).to_have_count(3)
    await expect(page.get_by_text("Đã dập lửa, dọn tro").first).to_be_visible()


@SIZES
async def test_triage_twenty_on_one_screen(
    town: Town, open_page: OpenPage, chromium: Any, size: tuple[int, int]
) -> None:
    """On a desk all twenty rows are in sight at once; urgent first; axe finds nothing serious."""
    context = await _in(town, chromium, "Chủ tịch Hoa", size)
    page = await open_page("/van-phong/phan-anh", context=context)
    rows = page.locator(".row")
    await expect(rows).to_have_count(20)
    await expect(rows.first).to_contain_text("KHẨN")
    await _picture(page, f"triage-{size[0]}")
    await _fits(page)
    if size == DESK:
        box = await rows.last.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= size[1]
    else:
        await rows.nth(1).tap()
        await expect(page.locator(".detail:visible")).to_have_count(1)
        await _picture(page, "triage-detail-360")
        await _fits(page)
    assert await _serious(page) == []


async def test_one_key_a_deed_and_the_next_case_by_itself(
    town: Town, open_page: OpenPage, chromium: Any
) -> None:
    """1 takes up, 3 and a digit rejects, 2 finds a body by a few letters, 4 and 1 merges."""
    context = await _in(town, chromium, "Chủ tịch Hoa", DESK)
    page = await open_page("/van-phong/phan-anh", context=context)
    says, chosen = page.locator("#says"), page.locator(".row.chosen")

    async def code() -> str:
        return str(await chosen.get_attribute("data-code"))

    taken = await code()
    await page.keyboard.press("1")
    await expect(says).to_have_text(f"{taken}: đã nhận xử lý.")
    refused = await code()
    assert refused != taken
    await page.keyboard.press("3")
    await expect(page.locator("#ask-why")).to_be_visible()
    await _picture(page, "triage-why")
    assert await _serious(page) == []
    await page.keyboard.press("2")
    await expect(says).to_have_text(f"{refused}: không thụ lý.")
    given = await code()
    await page.keyboard.press("2")
    await page.keyboard.type("van phong")
    await _picture(page, "triage-unit")
    await page.keyboard.press("Enter")
    await expect(says).to_have_text(f"{given}: đã giao đơn vị.")
    confirmed = await code()
    await page.keyboard.press("5")
    await expect(says).to_have_text(f"{confirmed}: mới nhận.")
    assert await code() == confirmed
    await page.keyboard.press("ArrowDown")
    assert await code() != confirmed
    states = [(await town.case(one)).state for one in (taken, refused, given)]
    assert states == [CaseState.ACCEPTED, CaseState.REJECTED, CaseState.ASSIGNED]
    assert (await town.case(confirmed)).confirmed


async def test_a_duplicate_is_merged_by_its_digit(
    town: Town, open_page: OpenPage, chromium: Any
) -> None:
    context = await _in(town, chromium, "Chủ tịch Hoa", DESK)
    older = await town.reports(
        words="Đổ rơm cháy cạnh trạm bơm", lat=20.99, lon=106.40, urgent=True
    )
    newer = await town.reports(words="Rơm cháy cạnh trạm bơm", lat=20.99, lon=106.40, urgent=True)
    page = await open_page("/van-phong/phan-anh", context=context)
    await page.locator(f".row[data-code={newer.code}]").click()
    await expect(page.locator(".detail:visible .doubts")).to_contain_text(older.code)
    await page.keyboard.press("4")
    await page.keyboard.press("1")
    await expect(page.locator("#says")).to_contain_text("đã gộp")
    assert (await town.case(newer.code)).merged_into == older.id


async def test_somebody_else_was_faster(town: Town, open_page: OpenPage, chromium: Any) -> None:
    """The screen says so kindly and goes on."""
    context = await _in(town, chromium, "Chủ tịch Hoa", DESK)
    page = await open_page("/van-phong/phan-anh", context=context)
    code = str(await page.locator(".row.chosen").get_attribute("data-code"))
    handler = await town.comes_in("Xử lý Bình")
    await handler.does(code, "nhan", "received")
    await page.keyboard.press("1")
    await expect(page.locator("#says")).to_contain_text("đã có người làm trước đó")
    assert await page.locator(".row.chosen").get_attribute("data-code") != code


@SIZES
async def test_a_case_page_a_covered_face_and_the_public_copy(
    town: Town, open_page: OpenPage, chromium: Any, size: tuple[int, int]
) -> None:
    """Draw a box over the face, let the picture out, and see it on the public page."""
    case = await town.reports(photos=(a_photo(),), sealed=True)
    context = await _in(town, chromium, "Chủ tịch Hoa", size)
    page = await open_page(f"/van-phong/phan-anh/{case.code}", context=context)
    await _picture(page, f"case-dai-{size[0]}")
    await _fits(page)
    assert await _serious(page) == []
    await page.get_by_role("link", name="Che mặt, biển số").click()
    picture = page.locator("#picture")
    await expect(picture).to_be_visible()
    box = await picture.bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + 10, box["y"] + 10)
    await page.mouse.down()
    await page.mouse.move(box["x"] + 90, box["y"] + 80, steps=4)
    await page.mouse.up()
    await expect(page.locator("#count")).to_have_text("1 chỗ sẽ được che.")
    await _picture(page, f"cover-{size[0]}")
    assert await _serious(page) == []
    await page.get_by_role("button", name="Cho mọi người xem ảnh này").click()
    await expect(page.get_by_text("đang công khai")).to_be_visible()
    await page.goto(f"{town.address}/xa/an-xuan/phan-anh/{case.code}")
    shown = page.locator(".photos img")
    await expect(shown).to_be_visible()
    assert await shown.evaluate("image => image.complete && image.naturalWidth") == 640


@SIZES
async def test_overview_and_points(
    town: Town, open_page: OpenPage, chromium: Any, size: tuple[int, int]
) -> None:
    for _ in range(2):
        case = await town.reports()
        async with town.store.begin() as tx:
            taken = Taken(step=CaseStep.CONFIRM)
            await casework.confirm(tx, case.id, taken=taken, now=town.clock(), ids=town.ids)
    context = await _in(town, chromium, "Quản trị Sơn", size)
    page = await open_page("/van-phong", context=context)
    await _picture(page, f"overview-dai-{size[0]}")
    await _fits(page)
    assert await _serious(page) == []
    await page.get_by_role("link", name="Điểm ô nhiễm").click()
    await expect(page.locator("#map")).to_have_attribute("data-points", "1")
    await _picture(page, f"points-dai-{size[0]}")
    await _fits(page)
    assert await _serious(page) == []
