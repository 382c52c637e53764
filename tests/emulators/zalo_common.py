"""What the emulators of both Zalo platforms share: time, faults, media, the loopback server.

Section numbers (A1..C) in these modules are those of the project's Zalo API reference, which
was written from public descriptions only; where its sources conflict the emulator has a setting.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from aiohttp import ClientError, ClientSession, ClientTimeout, web

JsonObject = dict[str, Any]
Now = Callable[[], datetime]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
MAX_BODY_BYTES = 16_000_000
FETCH_TIMEOUT_S = 5.0


def utc_now() -> datetime:
    """The machine's clock, aware, in UTC."""
    return datetime.now(UTC)


def utf16_units(text: str) -> int:
    """Length as Zalo counts style runs (A3): UTF-16 units, the stricter reading of "2000 chars"."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def epoch_ms(at: datetime) -> int:
    """Milliseconds since 1970, the unit of every Zalo time (A5, B11)."""
    return int(at.timestamp() * 1000)


def is_loopback(url: str) -> bool:
    """Whether a URL points at this machine, the only host an emulator ever contacts."""
    return (urlsplit(url).hostname or "") in LOOPBACK_HOSTS


class EmulatorTime:
    """The emulator's time: an injected clock, moved together with it when it can be moved.

    A test's clock that bot and emulator share has a method `forward(seconds=...)`; a clock
    without one keeps its own pace, and what the emulator advances is added on top of it.
    """

    def __init__(self, clock: Now) -> None:
        self._clock = clock
        self._ahead = timedelta()

    def now(self) -> datetime:
        """Aware UTC time."""
        return self._clock() + self._ahead

    def move_to(self, at: datetime) -> None:
        """Move forward to `at`; a time already past changes nothing."""
        seconds = (at - self.now()).total_seconds()
        if seconds <= 0:
            return
        forward = getattr(self._clock, "forward", None)
        if forward is None:
            self._ahead += timedelta(seconds=seconds)
        else:
            forward(seconds=seconds)


@dataclass(frozen=True)
class Violation:
    """Something the bot did that the reference forbids or warns of, even if it was answered."""

    at: datetime
    rule: str
    detail: str


@dataclass(eq=False)
class Refused(Exception):
    """The platform refuses a call: its error code and the sentence beside it."""

    code: int
    message: str = ""


FaultKind = Literal["silence", "drop", "status", "garbage", "slow", "code"]


@dataclass(frozen=True)
class Fault:
    """One misbehaviour of the platform towards the bot's call.

    `accepts` says whether the call still takes effect before the answer goes wrong: the case in
    which a blind second attempt would reach the person twice.
    """

    kind: FaultKind
    accepts: bool = False
    code: int = 0
    delay_s: float = 0.0

    @classmethod
    def timeout_after_accepting(cls) -> Fault:
        """Do what was asked, then say nothing until the caller gives up."""
        return cls("silence", accepts=True, delay_s=60.0)

    @classmethod
    def drop(cls, *, accepts: bool = False) -> Fault:
        """Close the connection without an answer."""
        return cls("drop", accepts=accepts)

    @classmethod
    def status(cls, code: int = 502, *, accepts: bool = False) -> Fault:
        """Answer with an HTTP status and a proxy's HTML page."""
        return cls("status", accepts=accepts, code=code)

    @classmethod
    def garbage(cls, *, accepts: bool = False) -> Fault:
        """Answer 200 with something that is no JSON."""
        return cls("garbage", accepts=accepts)

    @classmethod
    def slow(cls, delay_s: float) -> Fault:
        """Answer rightly, `delay_s` seconds late."""
        return cls("slow", accepts=True, delay_s=delay_s)

    @classmethod
    def error(cls, code: int) -> Fault:
        """Refuse with one of the platform's own codes (-32, -124, -200, 429, ...)."""
        return cls("code", code=code)


class Faults:
    """Which coming calls go wrong: those ordered one by one, then whatever `choose` says.

    `choose` takes the called path or method and returns a fault or None; a soak puts its seeded
    random generator there.
    """

    def __init__(self) -> None:
        self._ordered: list[tuple[str, Fault]] = []
        self.choose: Callable[[str], Fault | None] = lambda _call: None

    def order(self, fault: Fault, *, on: str = "", times: int = 1) -> None:
        """Let the next `times` calls whose path contains `on` meet `fault`."""
        self._ordered.extend([(on, fault)] * times)

    def take(self, call: str) -> Fault | None:
        """The fault for this call, used up."""
        for index, (part, fault) in enumerate(self._ordered):
            if part in call:
                del self._ordered[index]
                return fault
        return self.choose(call)


@dataclass
class MediaShelf:
    """Files people sent, served by plain GET without a token, as *.zdn.vn does (A5, B11)."""

    files: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    fetched: list[str] = field(default_factory=list)

    def put(self, content: bytes, suffix: str, content_type: str) -> str:
        """Keep a file; returns its path on this server."""
        digest = hashlib.sha256(content).hexdigest()[:24]
        path = f"/media/{digest}/{len(self.files) + 1}{suffix}"
        self.files[path] = (content, content_type)
        return path

    def put_redirect(self, target: str) -> str:
        """A media path that answers with a redirect, for a bot that must not follow it."""
        path = f"/media/redirect/{len(self.redirects) + 1}"
        self.redirects[path] = target
        return path

    def expire_all(self) -> None:
        """Forget every file, as Zalo does after a time nobody documents."""
        self.files.clear()

    async def handle(self, request: web.Request) -> web.Response:
        """GET /media/...: the file, a redirect, or 404."""
        self.fetched.append(request.path)
        if request.path in self.redirects:
            raise web.HTTPFound(self.redirects[request.path])
        if request.path not in self.files:
            raise web.HTTPNotFound
        content, content_type = self.files[request.path]
        return web.Response(body=content, content_type=content_type)


class LoopbackServer:
    """An aiohttp server on 127.0.0.1 with faults, recorded violations and background work."""

    def __init__(self, clock: Now) -> None:
        self.time = EmulatorTime(clock)
        self.faults = Faults()
        self.media = MediaShelf()
        self.violations: list[Violation] = []
        self.port = 0
        self._runner: web.AppRunner | None = None
        self._client: ClientSession | None = None
        self._closing = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._count = 0

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        """Every path the platform answers."""
        raise LookupError("each platform names its own routes")

    def refusal(self, refused: Refused) -> web.Response:
        """The platform's own way of saying no."""
        raise LookupError("each platform has its own envelope")

    @property
    def base_url(self) -> str:
        """Where the bot finds the platform, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def client(self) -> ClientSession:
        """The HTTP client by which the platform calls the bot."""
        if self._client is None:
            raise RuntimeError("the emulator is not running; use `async with`")
        return self._client

    def next_number(self) -> int:
        """1, 2, 3, ...: ids are numbered so that a failing test reads the same twice."""
        self._count += 1
        return self._count

    def violate(self, rule: str, detail: str) -> None:
        """Remember that the bot broke a rule of the reference."""
        self.violations.append(Violation(self.time.now(), rule, detail))

    def in_background(self, work: Coroutine[Any, Any, None]) -> None:
        """Do `work` after the current call is answered; `settles` waits for it."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settles(self) -> None:
        """Wait until nothing is left in the background."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    async def start(self, port: int = 0) -> None:
        """Listen on 127.0.0.1; port 0 takes a free one."""
        app = web.Application(client_max_size=MAX_BODY_BYTES, middlewares=[self._misbehave])
        app.add_routes(self.routes())
        app.router.add_get("/media/{name:.+}", self.media.handle)
        self._runner = web.AppRunner(
            app, handler_cancellation=True, access_log=None, shutdown_timeout=1.0
        )
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self._client = ClientSession()

    async def stop(self) -> None:
        """End silent answers and background work, then close."""
        self._closing.set()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._client is not None:
            await self._client.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    async def fetch_public(self, url: str) -> bytes | None:
        """What a platform does with a URL it is given: open it from outside.

        Only this machine is contacted; an https URL elsewhere is believed and gives None.

        Raises:
            LookupError: no http(s) URL, plain http elsewhere, or nothing there.
        """
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise LookupError("not a public URL")
        if not is_loopback(url):
            if parts.scheme != "https":
                raise LookupError("not an https URL")
            return None
        try:
            async with self.client.get(url, timeout=ClientTimeout(total=FETCH_TIMEOUT_S)) as answer:
                if answer.status != 200:
                    raise LookupError(f"the URL answers {answer.status}")
                return await answer.read()
        except (ClientError, TimeoutError) as error:
            raise LookupError(f"the URL cannot be opened: {type(error).__name__}") from None

    @web.middleware
    async def _misbehave(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith(("/media/", "/-/")):
            return await handler(request)
        fault = self.faults.take(request.path)
        if fault is None:
            return await handler(request)
        if fault.kind == "slow":
            await asyncio.sleep(fault.delay_s)
            return await handler(request)
        if fault.accepts:
            await handler(request)
        return await self._wrong_answer(request, fault)

    async def _wrong_answer(self, request: web.Request, fault: Fault) -> web.Response:
        if fault.kind == "code":
            return self.refusal(Refused(fault.code, "ordered by the test"))
        if fault.kind == "garbage":
            return web.Response(text="<html>\x00 bảo trì {", content_type="text/html")
        if fault.kind == "status":
            return web.Response(
                status=fault.code, text="<h1>Bad Gateway</h1>", content_type="text/html"
            )
        if fault.kind == "silence":
            await self._stay_silent(fault.delay_s)
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    async def _stay_silent(self, at_most_s: float) -> None:
        try:
            async with asyncio.timeout(at_most_s):
                await self._closing.wait()
        except TimeoutError:
            return
