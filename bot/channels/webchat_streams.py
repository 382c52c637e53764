"""Server-sent events of the web chat: every open page hears of new lines the moment they are sent.

A stream holds no messages. It is woken, reads what is new from the history and writes that;
so a page that was away, another process, or a lost connection end in the same lines.
(https://html.spec.whatwg.org/multipage/server-sent-events.html)
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

import msgspec
from aiohttp import web

from bot.channels.webchat_wire import Line, as_json, cursor_of, line_id, since_of

Read = Callable[[datetime | None], Awaitable[Sequence[Line]]]

STREAMS_EACH = 4
"""Open streams of one session. Browsers keep six connections to a host: two must stay free to post."""

RETRY_MS = 3000


class Streams:
    """The open streams, by session. One process's view: `wake` reaches only the pages it serves."""

    def __init__(self, heartbeat_s: float) -> None:
        self._heartbeat_s = heartbeat_s
        self._open: dict[str, list[Stream]] = {}
        self._closing = False

    def wake(self, address: str) -> None:
        """Let the pages of one chat look for new lines now."""
        for stream in self._open.get(address, ()):
            stream.wake()

    def close(self) -> None:
        """End every stream, so that the server can stop."""
        self._closing = True
        for streams in self._open.values():
            for stream in streams:
                stream.leave("closing")

    async def serve(
        self, request: web.Request, address: str, cursor: str, read: Read, headers: dict[str, str]
    ) -> web.StreamResponse:
        """Write lines from `cursor` on until the page goes away or a newer page needs the place."""
        response = web.StreamResponse(headers=headers)
        response.content_type = "text/event-stream"
        response.charset = "utf-8"
        stream = Stream(response, read, cursor, self._heartbeat_s)
        self._enter(address, stream)
        try:
            await response.prepare(request)
            await stream.run()
        except ConnectionResetError:
            pass  # the page went away; it comes back with its cursor
        finally:
            self._forget(address, stream)
        return response

    def _enter(self, address: str, stream: Stream) -> None:
        if self._closing:
            stream.leave("closing")
        streams = self._open.setdefault(address, [])
        streams.append(stream)
        for older in streams[:-STREAMS_EACH]:
            older.leave("newer")

    def _forget(self, address: str, stream: Stream) -> None:
        streams = self._open[address]
        streams.remove(stream)
        if not streams:
            del self._open[address]


class Stream:
    """One open page."""

    def __init__(
        self, response: web.StreamResponse, read: Read, cursor: str, heartbeat_s: float
    ) -> None:
        self._response = response
        self._read = read
        self._cursor = cursor
        self._heartbeat_s = heartbeat_s
        self._told: set[str] = set()
        self._bell = asyncio.Event()
        self._leaving = ""

    def wake(self) -> None:
        self._bell.set()

    def leave(self, why: str) -> None:
        """End soon; the page is told `why`: "closing" (come back at once) or "newer" (another tab took the place)."""
        self._leaving = why
        self._bell.set()

    async def run(self) -> None:
        await self._response.write(f"retry: {RETRY_MS}\n\n".encode())
        while not self._leaving:
            self._bell.clear()
            await self._tell(await self._read(since_of(self._cursor)))
            await self._wait()
        await self._response.write(f'event: leave\ndata: "{self._leaving}"\n\n'.encode())

    async def _wait(self) -> None:
        """Until the bell rings; at each heartbeat too, because another process may have sent something."""
        if self._leaving:
            return
        try:
            async with asyncio.timeout(self._heartbeat_s):
                await self._bell.wait()
        except TimeoutError:
            await self._response.write(b": .\n\n")

    async def _tell(self, lines: Sequence[Line]) -> None:
        fresh = [line for line in lines if line_id(line) not in self._told]
        self._told = {line_id(line) for line in lines}
        for line in fresh:
            self._cursor = max(self._cursor, cursor_of([line]), key=_as_number)
            data = msgspec.json.encode(as_json(line)).decode()
            await self._response.write(f"id: {self._cursor}\ndata: {data}\n\n".encode())


def _as_number(cursor: str) -> int:
    return int(cursor) if cursor else 0
