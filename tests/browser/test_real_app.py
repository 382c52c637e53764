"""A real browser in front of the whole product: a citizen reports with a photo, a village head joins."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp.test_utils import unused_port
from PIL import Image
from playwright.async_api import Page, expect

from bot.app import build
from bot.settings import Settings
from storage.access import Role
from storage.engine import Store
from storage.ids import NumberedIds
from tests.browser.conftest import PHONE, OpenPage
from tests.browser.test_webchat_page import photo, say
from tests.conftest import Clock
from tests.world import SECRET_KEY, World

pytestmark = pytest.mark.browser


@pytest.fixture
async def world(sqlite_store: Store, tmp_path: Path) -> AsyncIterator[World]:
    """Hà Đông, running as `soxanh run` does, with the real clock."""
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]  # pydantic-settings takes it, its types do not say so
        data_dir=tmp_path,
        secret_key=SECRET_KEY,  # type: ignore[arg-type]  # pydantic makes it a SecretStr
        port=unused_port(),
    )
    app = build(settings, store=sqlite_store, ids=NumberedIds())
    made = World(app, Clock(datetime.now(UTC)))
    await made.settles_in("ha-dong")
    running = asyncio.create_task(app.run())
    yield made
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


@pytest.fixture
async def base_url(world: World) -> str:
    """Where the whole product answers."""
    port = world.app.settings.port
    for _ in range(500):
        with suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return f"http://127.0.0.1:{port}/"
        await asyncio.sleep(0)
    raise AssertionError("the app did not start")


async def test_a_citizen_reports_with_a_photo_and_gets_a_code(page: Page, tmp_path: Path) -> None:
    """From the greeting to the code, with real reading, a real file and a page that looks like a chat."""
    await expect(page.get_by_text("trợ lý tự động của xã").first).to_be_visible()
    await say(page, "dot rom mu mit canh dong sau dinh")
    await expect(page.get_by_text("Anh/chị có ảnh thì gửi em").last).to_be_visible()
    await page.locator("#gallery").set_input_files([photo("khoi.jpg")])
    await expect(page.get_by_alt_text("Ảnh 1")).to_be_visible()
    await page.get_by_role("button", name="Gửi", exact=True).click()
    await expect(page.get_by_text("Em đã nhận 1 ảnh")).to_be_visible()
    await page.get_by_role("button", name="Xong").last.click()
    await page.get_by_role("button", name="Giấu tên").last.click()
    await expect(page.get_by_text("Anh/chị xem lại giúp em").last).to_be_visible()
    await page.screenshot(path=tmp_path / "xem-lai.png")
    await page.locator("#log").get_by_role("button", name="Gửi", exact=True).last.click()
    code = page.get_by_text(re.compile(r"có mã PA-[2-9A-Z]{4}"))
    await expect(code).to_be_visible()
    await page.screenshot(path=tmp_path / "da-gui.png")
    shot = Image.open(tmp_path / "da-gui.png").convert("RGB")
    assert shot.size == PHONE
    assert shot.getpixel((180, 6)) == (11, 93, 58)  # the green of the header


async def test_a_village_head_joins_by_the_link_on_the_paper(
    open_page: OpenPage, world: World
) -> None:
    """The QR opens the page with the code; two taps later they are the reporter of their village."""
    code = await world.invite("Thôn Đông Lĩnh", Role.REPORTER, "bác Nam")
    page = await open_page(f"#ma={code}")
    await page.get_by_role("button", name="Đúng rồi").click()
    await page.get_by_role("button", name="Đồng ý").click()
    await expect(page.get_by_text("người báo cáo của Thôn Đông Lĩnh")).to_be_visible()
