"""Chatting with the bot "on Zalo" by hand: a small page in the browser and a chat in the terminal."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from aiohttp import web

from tests.emulators.zalo_common import LoopbackServer
from tests.emulators.zalo_phone import SeenMessage
from tests.emulators.zalo_webhook import Courier

LISTEN_S = 3600.0
HELP = """Gõ tin nhắn rồi Enter. Lệnh: /ten TÊN · /anh ĐƯỜNG_DẪN · /bam NHÃN_NÚT · /vitri VĨ_ĐỘ KINH_ĐỘ
/quantam · /thoat\n"""


class Talker(Protocol):
    """A person on either Zalo platform."""

    name: str

    async def sends(self, text: str) -> Any: ...

    async def sends_photo(self, content: bytes) -> Any: ...

    async def hears(self, timeout_s: float = ...) -> SeenMessage: ...

    def sees(self) -> list[SeenMessage]: ...


@runtime_checkable
class OaTalker(Protocol):
    """What only an Official Account lets a person do."""

    async def taps(self, label: str) -> Any: ...

    async def sends_location(self, lat: float, lon: float) -> Any: ...

    async def follows(self) -> Any: ...


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
        person = self._person(asked["name"])
        try:
            await say(person, str(asked.get("kind", "text")), str(asked["text"]))
        except (ValueError, AssertionError) as error:
            raise web.HTTPBadRequest(text=str(error)) from None
        return web.json_response({})

    async def _photo(self, request: web.Request) -> web.Response:
        await self._person(request.query["name"]).sends_photo(await request.read())
        return web.json_response({})


async def say(person: Talker, kind: str, text: str) -> None:
    """Do what a line of the page or the terminal asks for.

    Raises:
        ValueError: this platform cannot do it, or the line is malformed.
    """
    if kind == "text":
        await person.sends(text)
    elif kind == "photo":
        await person.sends_photo(await asyncio.to_thread(Path(text).read_bytes))
    elif not isinstance(person, OaTalker):
        raise ValueError("nền tảng Zalo Bot không có việc này")
    elif kind == "tap":
        await person.taps(text)
    elif kind == "pin":
        lat, lon = (float(part) for part in text.replace(",", " ").split())
        await person.sends_location(lat, lon)
    elif kind == "follow":
        await person.follows()
    else:
        raise ValueError("không rõ lệnh")


async def serve_by_hand(
    server: LoopbackServer,
    facts: Mapping[str, str],
    courier: Courier,
    person: Callable[[str], Talker],
) -> None:
    """Print what the bot must be set to, then chat until /thoat; without a terminal, serve on."""
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
    while line := await asyncio.to_thread(sys.stdin.readline):
        command, _, rest = line.strip().partition(" ")
        if command == "/thoat":
            listening.cancel()
            return
        if command == "/ten":
            listening.cancel()
            talker = person(rest)
            listening = asyncio.create_task(_print_messages(talker))
        elif command:
            await _obey(talker, command, rest, line.strip())
    await asyncio.Event().wait()


async def _obey(talker: Talker, command: str, rest: str, line: str) -> None:
    kinds = {"/anh": "photo", "/bam": "tap", "/vitri": "pin", "/quantam": "follow"}
    kind = kinds.get(command, "text")
    try:
        await say(talker, kind, line if kind == "text" else rest)
    except (ValueError, AssertionError, OSError) as error:
        _write(f"! {error}\n")


async def _print_messages(talker: Talker) -> None:
    while True:
        try:
            message = await talker.hears(LISTEN_S)
        except TimeoutError:
            continue
        _write(f"\n[{talker.name}] Bot: {message.text}\n")
        for media in message.media:
            _write(f"  ({media.kind} {media.name or media.url})\n")
        for label in message.buttons:
            _write(f"  [{label}]\n")


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
