"""Transcripts on the web chat: each person a browser of their own, over real HTTP against the real app."""

from __future__ import annotations

import io
import itertools
from datetime import datetime
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from tests.chat import Heard
from tests.emulators.media import a_photo
from tests.stages.telegram import PlayedApp

Client = TestClient[web.Request, web.Application]


class WebChatStage:
    """Implements `tests.chat.Stage` on the web chat. There are no groups on it."""

    def __init__(self, server: web.Application, app: PlayedApp) -> None:
        self.server = TestServer(server)
        self.app = app
        self.browsers: dict[str, Client] = {}
        self._told: dict[str, list[dict[str, Any]]] = {}
        self._numbers = itertools.count(1)

    async def open(self) -> None:
        """Start the server."""
        await self.server.start_server()

    async def close(self) -> None:
        """Close every browser and the server."""
        for browser in self.browsers.values():
            await browser.session.close()
        await self.server.close()

    async def says(self, who: str, words: str, group: str) -> None:
        """Type words."""
        await self._post(who, text=words)

    async def taps(self, who: str, label: str, group: str) -> None:
        """Press the newest button of that label."""
        for line in reversed(self._told.get(who, [])):
            for shown, token in line["buttons"]:
                if shown == label:
                    await self._post(who, token=token)
                    return
        raise AssertionError(f"{who} sees no button {label!r}")

    async def sends_photos(self, who: str, count: int, caption: str, group: str) -> None:
        """Choose pictures from the phone and send them with words."""
        browser = await self._browser(who)
        form = aiohttp.FormData(default_to_multipart=True)
        form.add_field("id", f"album-{next(self._numbers):04}")
        if caption:
            form.add_field("caption", caption)
        for number in range(count):
            photo = io.BytesIO(a_photo(f"IMG_{next(self._numbers)}"))
            form.add_field("photo", photo, filename=f"{number}.jpg", content_type="image/jpeg")
        answer = await browser.post("/chat/photo", data=form, headers=self._origin)
        assert answer.status == 200, await answer.text()

    async def pins(self, who: str, lat: float, lon: float, group: str) -> None:
        """Confirm a place on the map."""
        await self._post(who, place={"lat": lat, "lon": lon})

    async def settle(self) -> list[Heard]:
        """What pages show since the last call, in order."""
        await self.app.settle()
        new: list[tuple[int, Heard]] = []
        for who, browser in self.browsers.items():
            seen = {line["id"] for line in self._told.setdefault(who, [])}
            for line in await self._history(browser):
                if line["who"] == "bot" and line["id"] not in seen:
                    self._told[who].append(line)
                    new.append((int(line["id"].removeprefix("bot:")), _heard(who, line)))
        return [heard for _, heard in sorted(new, key=lambda one: one[0])]

    async def clock_to(self, at: datetime) -> None:
        """Move the clock."""
        await self.app.clock_to(at)

    async def _history(self, browser: Client) -> list[dict[str, Any]]:
        answer = await browser.get("/chat/history")
        assert answer.status == 200, await answer.text()
        lines: list[dict[str, Any]] = (await answer.json())["lines"]
        return lines

    async def _post(self, who: str, **said: Any) -> None:
        browser = await self._browser(who)
        body = {"id": f"message-{next(self._numbers):04}"} | said
        answer = await browser.post("/chat/say", json=body, headers=self._origin)
        assert answer.status == 200, await answer.text()

    async def _browser(self, who: str) -> Client:
        if who not in self.browsers:
            jar = aiohttp.CookieJar(unsafe=True)  # loopback addresses may have cookies too
            self.browsers[who] = TestClient(self.server, cookie_jar=jar)
            assert (await self.browsers[who].get("/")).status == 200
        return self.browsers[who]

    @property
    def _origin(self) -> dict[str, str]:
        return {"Origin": str(self.server.make_url("/")).rstrip("/")}


def _heard(who: str, line: dict[str, Any]) -> Heard:
    labels = tuple(label for label, _ in line["buttons"])
    return Heard(who, line["words"], labels, len(line["photos"]))
