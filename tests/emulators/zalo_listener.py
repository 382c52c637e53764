"""A webhook that remembers what it was sent and answers as told: the other end, for tests."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import msgspec
from aiohttp import web


@dataclass(frozen=True)
class Heard:
    """One POST: its raw bytes and headers (names in lower case)."""

    raw: bytes
    headers: Mapping[str, str]

    @property
    def body(self) -> dict[str, Any]:
        """The bytes as a JSON object."""
        return msgspec.json.decode(self.raw, type=dict[str, Any])


class Listener:
    """Listens on a free port of this machine.

    Attributes:
        answers: HTTP statuses for the coming calls; afterwards `usually`.
        silent: never answer, until the listener closes.
        location: where 3xx answers point to.
    """

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.answers: list[int] = []
        self.usually = 200
        self.silent = False
        self.location = "/elsewhere"
        self.photo = b""
        self.url = ""
        self._closing = asyncio.Event()
        self._runner: web.AppRunner | None = None

    @property
    def events(self) -> list[str]:
        """Names of the events heard, in order of arrival."""
        return [heard.body["event_name"] for heard in self.heard]

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/hook", self._hear)
        app.router.add_get("/photo.jpg", self._show_photo)
        self._runner = web.AppRunner(
            app, handler_cancellation=True, access_log=None, shutdown_timeout=1.0
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/hook"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing.set()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _hear(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.heard.append(Heard(await request.read(), headers))
        if self.silent:
            await self._closing.wait()
        status = self.answers.pop(0) if self.answers else self.usually
        headers = {"Location": self.location} if 300 <= status < 400 else {}
        return web.Response(status=status, headers=headers)

    async def _show_photo(self, _request: web.Request) -> web.Response:
        return web.Response(body=self.photo, content_type="image/jpeg")
