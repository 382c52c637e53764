"""Takes the pictures of the village head's page: `python -m tests.browser.pictures` writes docs/pictures/.

The whole product runs on a store of its own, on a Sunday morning in June, and a phone goes through it. Run it
again when sentences or the look of the chat change; the pictures are part of the docs.
"""

from __future__ import annotations

import asyncio
import io
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from aiohttp.test_utils import unused_port
from PIL import Image
from playwright.async_api import Page, async_playwright, expect

from bot.app import build
from bot.settings import Settings
from storage.access import Role
from storage.engine import open_store
from storage.ids import NumberedIds
from storage.migrations import migrate
from tests.browser.conftest import CHROMIUM, FLAGS, a_phone
from tests.browser.test_webchat_page import words
from tests.conftest import Clock
from tests.world import SECRET_KEY, World

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "pictures"
NOW = datetime(2026, 6, 14, 2, 0, tzinfo=UTC)
SIZE = (360, 640)
DUE = {"half_year": {"on": "06-20"}}
COLOURS = 64
"""Of a picture's palette: a chat has few, and the page is to be light on old phones."""


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[tuple[World, str]]:
    """Hà Đông, served as `soxanh run` serves it, at `NOW`."""
    url = f"sqlite+aiosqlite:///{folder / 'pictures.db'}"
    await migrate(url)
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]  # pydantic-settings takes it, its types do not say so
        data_dir=folder,
        secret_key=SECRET_KEY,  # type: ignore[arg-type]  # pydantic makes it a SecretStr
        port=unused_port(),
    )
    clock = Clock(NOW)
    store = open_store(url, media_dir=folder / "media")
    world = World(build(settings, store=store, ids=NumberedIds(), clock=clock), clock)
    await world.settles_in("ha-dong")
    await world.office_sets("duty.bao-cao-dinh-ky.due", DUE)
    serving = asyncio.create_task(world.app.run())
    yield world, f"http://127.0.0.1:{settings.port}/"
    serving.cancel()
    with suppress(asyncio.CancelledError):
        await serving


async def keep(page: Page, name: str) -> None:
    """One picture, with few colours."""
    await page.wait_for_timeout(400)  # the newest bubble slides in
    shot = Image.open(io.BytesIO(await page.screenshot()))
    shot.convert("RGB").quantize(COLOURS).save(FOLDER / f"{name}.png", optimize=True)


async def say(page: Page, text: str) -> None:
    """Types and sends; the page's own button, as the form has one of the same name."""
    await words(page).fill(text)
    await page.locator("#send").click()


async def joins(page: Page) -> None:
    await expect(page.get_by_role("button", name="Đúng rồi")).to_be_visible()
    await keep(page, "vao-lan-dau")
    await page.get_by_role("button", name="Đúng rồi").click()
    await page.get_by_role("button", name="Đồng ý").click()
    await expect(page.get_by_text("người báo cáo của Thôn Đông Lĩnh")).to_be_visible()


async def reports(page: Page) -> None:
    await say(page, "bao cao")
    await expect(page.get_by_text("bao nhiêu hộ đã phân loại rác").last).to_be_visible()
    await keep(page, "tra-loi")
    for answer, then in (
        ("142", "Cả thôn mình có bao nhiêu hộ"),
        ("150", "mấy vụ đốt rơm"),
        ("khong co vu nao", "khu dân cư xanh"),
        ("1", "mô hình nông nghiệp"),
        ("0", "Gia đình xanh"),
        ("hai muoi lam", "kế hoạch chuyển đổi xanh"),
        ("roi", "muốn nói thêm"),
        ("bo qua", "Anh/chị xem lại giúp em"),
    ):
        await say(page, answer)
        await expect(page.get_by_text(then).last).to_be_visible()
    await keep(page, "doc-lai")
    await page.locator("#log").get_by_role("button", name="Gửi", exact=True).last.click()
    await expect(page.get_by_text("mã BC-")).to_be_visible()


async def posts(page: Page) -> None:
    await say(page, "CN xanh sáng nay 45 người, dọn 2km đường, thu 300kg rác")
    await expect(page.get_by_text("300").last).to_be_visible()
    await keep(page, "ra-quan")


async def main() -> None:
    """Writes all pictures, or stops at the first page that is not as the docs say."""
    with tempfile.TemporaryDirectory() as folder:
        async with running(Path(folder)) as (world, url), async_playwright() as playwright:
            code = await world.invite("Thôn Đông Lĩnh", Role.REPORTER, "bác Nam")
            browser = await playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
            phone = await a_phone(browser, SIZE)
            await phone.clock.set_system_time(NOW)
            page = await phone.new_page()
            await page.goto(f"{url}#ma={code}")
            await joins(page)
            await reports(page)
            await posts(page)
            await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
