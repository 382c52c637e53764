"""Chatting with the bot "on Zalo" by hand: a small page in the browser and a chat in the terminal."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.emulators.zalo_common import LoopbackServer
from tests.emulators.zalo_lines import Talker, does
from tests.emulators.zalo_phone import SeenMessage
from tests.emulators.zalo_webhook import Courier

LISTEN_S = 3600.0
HELP = """
Gõ chữ rồi Enter để nhắn. Ngoài ra:
  [Nhãn]               bấm nút (hoặc gõ số của nhãn)   (ảnh đường/dẫn.jpg)  gửi ảnh
  (vị trí 20.9, 105.7) gửi vị trí                      (tệp đường/dẫn.pdf)  gửi tệp
  (album 3)            gửi 3 ảnh                       (danh thiếp)         gửi số của mình
  (quan tâm)           quan tâm OA                     (tên Minh)           nói với tên khác
  (thoát)              thôi
"""


class ChatPage:
    """The page and the handful of addresses under `/-/` that it uses."""

    def __init__(self, title: str, person: Callable[[str], Talker]) -> None:
        self._title = title
        self._person = person

    def routes(self) -> list[web.AbstractRouteDef]:
        """GET / and the page's own calls."""
        return [
            web.get("/", self._show),
            web.get("/-/messages", self._messages),
            web.get("/-/media", self._media),
            web.post("/-/say", self._say),
            web.post("/-/photo", self._photo),
        ]

    async def _show(self, _request: web.Request) -> web.Response:
        template = (Path(__file__).parent / "zalo_page.html").read_text(encoding="utf-8")
        return web.Response(text=template.replace("{title}", self._title), content_type="text/html")

    async def _messages(self, request: web.Request) -> web.Response:
        seen = self._person(request.query["name"]).sees()
        return web.json_response([_as_json(message) for message in seen])

    async def _media(self, request: web.Request) -> web.Response:
        messages = self._person(request.query["name"]).sees()
        media = messages[int(request.query["message"])].media[int(request.query["index"])]
        return web.Response(body=media.content or b"")

    async def _say(self, request: web.Request) -> web.Response:
        asked = await request.json()
        await does(self._person(asked["name"]), str(asked["line"]))
        return web.json_response({})

    async def _photo(self, request: web.Request) -> web.Response:
        await self._person(request.query["name"]).sends_photo(await request.read())
        return web.json_response({})


async def serve_by_hand(
    server: LoopbackServer,
    facts: Mapping[str, str],
    courier: Courier,
    person: Callable[[str], Talker],
) -> None:
    """Print what the bot must be set to, then chat until (thoát); without a terminal, serve on."""
    _write(f"Zalo giả lập: {server.base_url}/\n")
    for name, value in facts.items():
        _write(f"  {name}: {value}\n")
    _write(HELP)
    repeating = asyncio.create_task(_repeat_due(courier))
    try:
        await _converse(person)
    finally:
        repeating.cancel()
        await server.stop()


async def _repeat_due(courier: Courier) -> None:
    while True:
        await asyncio.sleep(1.0)
        await courier.run_due()


async def _converse(person: Callable[[str], Talker]) -> None:
    talker = person("Lan")
    listening = asyncio.create_task(_print_messages(talker))
    try:
        while line := await asyncio.to_thread(sys.stdin.readline):
            line = line.strip()
            if line == "(thoát)":
                return
            if name := re.fullmatch(r"\(tên (.+)\)", line):
                listening.cancel()
                talker = person(name[1])
                listening = asyncio.create_task(_print_messages(talker))
            elif line:
                await does(talker, line)
        await asyncio.Event().wait()
    finally:
        listening.cancel()


async def _print_messages(talker: Talker) -> None:
    while True:
        with suppress(AssertionError):
            for message in await talker.hears(LISTEN_S):
                _write(f"\n{talker.name} ← {message}\n")


def _as_json(message: SeenMessage) -> dict[str, Any]:
    return {
        "text": message.text,
        "buttons": message.buttons,
        "media": [media.kind for media in message.media],
        "at": message.at.isoformat(),
    }


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
