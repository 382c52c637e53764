"""A running web chat for tests: a real aiohttp server on loopback, real clients, the echo desk behind it."""

from __future__ import annotations

import asyncio
import io
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from PIL import Image

from bot.channels.webchat import WebChat
from tests.channels.echo_desk import EchoDesk
from tests.conftest import Clock

Client = TestClient[web.Request, web.Application]
SECRET = b"a secret for tests, 32 bytes long"


class Stream:
    """One open event stream: the next event as (id, data)."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.response = response
        self.id = ""

    async def next(self) -> dict[str, Any]:
        event: dict[str, Any] = {}
        async with asyncio.timeout(10):
            while line := (await self.response.content.readline()).decode():
                field, _, value = line.rstrip("\n").partition(": ")
                if field == "id":
                    self.id = value
                elif field == "event":
                    event = {"event": value}
                elif field == "data":
                    data = json.loads(value)
                    event = event | {"data": data} if event else data
                elif line == "\n" and event:
                    return event
        return {"event": "end"}


class House:
    """A running web chat, and as many browsers as a test wants."""

    def __init__(self, chat: WebChat, desk: EchoDesk, server: TestServer) -> None:
        self.chat = chat
        self.desk = desk
        self.server = server
        self._clients: list[Client] = []
        self._streams: list[Stream] = []

    async def browser(self, *, opened: bool = True) -> Client:
        """A browser with its own cookies; it has opened the page unless told otherwise."""
        jar = aiohttp.CookieJar(unsafe=True)  # loopback addresses may have cookies too
        client: Client = TestClient(self.server, cookie_jar=jar)
        self._clients.append(client)
        if opened:
            assert (await client.get("/")).status == 200
        return client

    @property
    def origin(self) -> dict[str, str]:
        return {"Origin": str(self.server.make_url("/")).rstrip("/")}

    async def say(self, client: Client, **body: Any) -> aiohttp.ClientResponse:
        body = {"id": "message-1"} | body
        return await client.post("/chat/say", json=body, headers=self.origin)

    async def photos(self, client: Client, *photos: bytes, **fields: str) -> aiohttp.ClientResponse:
        form = aiohttp.FormData(default_to_multipart=True)
        for name, value in ({"id": "album-01"} | fields).items():
            form.add_field(name, value)
        for photo in photos:
            form.add_field(
                "photo", io.BytesIO(photo), filename="anh.jpg", content_type="image/jpeg"
            )
        return await client.post("/chat/photo", data=form, headers=self.origin)

    async def listen(self, client: Client, **headers: str) -> Stream:
        response = await client.get("/chat/events", headers=headers)
        assert response.status == 200
        assert response.content_type == "text/event-stream"
        self._streams.append(Stream(response))
        return self._streams[-1]

    async def close(self) -> None:
        await self.chat.close()
        for stream in self._streams:
            stream.response.close()
        for client in self._clients:
            await client.session.close()
        await self.server.close()


async def open_house(clock: Clock, **options: Any) -> House:
    desk = EchoDesk(clock)
    chat = WebChat(desk, secret=SECRET, now=clock, **options)
    desk.deliver = chat.send
    app = web.Application()
    app.add_routes(chat.routes())
    server = TestServer(app)
    await server.start_server()
    return House(chat, desk, server)


def picture(side_px: int = 40) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (side_px, side_px), "orange").save(out, "JPEG")
    return out.getvalue()


async def refusal_of(response: aiohttp.ClientResponse) -> tuple[int, str]:
    """Status and code; the sentence for the person must be there and Vietnamese."""
    body = await response.json()
    assert re.search(r"[Ee]m|[Mm]áy|Anh/chị", body["says"])
    return response.status, body["error"]


OpenHouse = Callable[..., Awaitable[House]]
