"""A real Chromium, as a phone, in front of a web chat.

`page` opens whatever `base_url` names. By default that is the web chat with the echo desk;
a module that drives the whole product brings its own `base_url` fixture and keeps the rest.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from bot.channels.webchat import Look, WebChat
from tests.channels.echo_desk import EchoDesk

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE = (360, 740)
WAIT_MS = 20_000
"""How long a page may take for one thing: generous, for machines that are busy."""

OpenPage = Callable[..., Awaitable[Page]]


expect.set_options(timeout=WAIT_MS)


def _insist_on_chromium() -> None:
    if not CHROMIUM.exists():
        pytest.fail(
            "no Chromium: apt-get install -y chromium fonts-dejavu-core fonts-noto-core "
            "fonts-noto-color-emoji",
            pytrace=False,
        )


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    """Debian's Chromium; without it the browser tests fail and say what to install."""
    _insist_on_chromium()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        await browser.close()


@pytest.fixture
def echo() -> EchoDesk:
    """The desk behind the default `base_url`."""
    return EchoDesk()


@pytest.fixture
async def base_url(echo: EchoDesk) -> AsyncIterator[str]:
    """Where the web chat under test answers."""
    chat = WebChat(echo, secret=b"a secret for tests, 32 bytes long", look=Look(of="xã Hà Đông"))
    echo.deliver = chat.send
    app = web.Application()
    app.add_routes(chat.routes())
    server = TestServer(app)
    await server.start_server()
    yield str(server.make_url("/"))
    await chat.close()
    await server.close()


class Watch:
    """What went wrong in a page that nobody would see: script errors, policy breaches, foreign requests."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self.troubles: list[str] = []

    def over(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.troubles.append(f"script: {error}"))
        page.on("request", lambda request: self._asked(request.url))
        page.on("console", lambda line: self._said(line.type, line.text))

    def _asked(self, url: str) -> None:
        if not url.startswith((self._base_url, "blob:", "data:")):
            self.troubles.append(f"asked another server: {url}")

    def _said(self, kind: str, text: str) -> None:
        # a refused or lost request is reported by the browser too; tests of those expect it
        if kind == "error" and not text.startswith("Failed to load resource"):
            self.troubles.append(f"console: {text}")


@pytest.fixture
async def open_page(chromium: Browser, base_url: str) -> AsyncIterator[OpenPage]:
    """Opens pages: each a phone of its own unless `context` is given. Fails on silent troubles."""
    watch = Watch(base_url)

    async def opened(
        path: str = "",
        *,
        size: tuple[int, int] = PHONE,
        context: BrowserContext | None = None,
        **options: Any,
    ) -> Page:
        context = context or await a_phone(chromium, size, **options)
        page = await context.new_page()
        page.set_default_timeout(WAIT_MS)
        watch.over(page)
        await page.goto(base_url + path)
        return page

    yield opened
    assert watch.troubles == []


async def a_phone(browser: Browser, size: tuple[int, int], **options: Any) -> BrowserContext:
    """A phone of its own: Vietnamese, touch, in a field of Hải Phòng."""
    width, height = size
    return await browser.new_context(
        **{
            "viewport": {"width": width, "height": height},
            "is_mobile": width < 600,
            "has_touch": width < 600,
            "locale": "vi-VN",
            "timezone_id": "Asia/Ho_Chi_Minh",
            "permissions": ["geolocation"],
            "geolocation": {"latitude": 20.9312, "longitude": 106.3181, "accuracy": 12},
        }
        | options
    )


@pytest.fixture
async def page(open_page: OpenPage) -> Page:
    """The web chat, opened for the first time on a phone."""
    return await open_page()
