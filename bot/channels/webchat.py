"""Web chat, the embedded channel: a page on our own server that looks and feels like a chat on a phone.

Nothing here keeps a message: what a page shows is read back from the inbox and the outbox
through `WebChatDesk`, so a reload, a second tab and a lost connection all see the same lines.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

import msgspec
from aiohttp import web

from bot.channels.base import Abilities, FetchFailed, Outgoing, Sent, Take
from bot.channels.webchat_answers import (
    PICTURES,
    TOO_FAST,
    TOO_SLOW,
    json_answer,
    refusal,
    refused,
    safe_headers,
)
from bot.channels.webchat_door import (
    COOKIE,
    COOKIE_AGE_S,
    Limits,
    Pace,
    Refusal,
    Sessions,
    Slots,
    same_origin,
    visitor,
)
from bot.channels.webchat_static import Look, Pages
from bot.channels.webchat_streams import Streams
from bot.channels.webchat_upload import read_album
from bot.channels.webchat_wire import (
    Line,
    Saying,
    WebChatDesk,
    as_json,
    cursor_of,
    said_of,
    since_of,
)
from bot.events import AnySaid, Incoming

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class WebChat:
    """The channel "webchat". `can`, `run`, `send`, `fetch`, `close` as `Channel` says; `routes` for the server.

    Args:
        desk: the rest of the house.
        secret: signs the session cookies, at least 32 bytes, from the settings.
        account: names this web chat in the store.
        public_url: where people reach it ("https://soxanh.example"); decides the Secure cookie.
        proxies: how many proxies of our own stand in front (see `webchat_door.visitor`).
        heartbeat_s: at least this often an open page looks for lines another process has sent.
    """

    name = "webchat"
    can = Abilities(
        text_limit=4000,
        caption_limit=1000,
        buttons=12,
        location_in=True,
        edits=False,
        photos_out=10,
        files_out=True,
        groups=False,
        per_second=1000.0,
        chat_gap_s=0.0,
        group_gap_s=0.0,
    )

    def __init__(
        self,
        desk: WebChatDesk,
        *,
        secret: bytes,
        account: str = "local",
        public_url: str = "",
        proxies: int = 0,
        look: Look = Look(),  # noqa: B008  frozen, so one default for all is safe
        limits: Limits = Limits(),  # noqa: B008  frozen likewise
        heartbeat_s: float = 20.0,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.account = account
        self._desk = desk
        self._sessions = Sessions(secret)
        self._public = urlsplit(public_url)
        self._proxies = proxies
        self._limits = limits
        self._now = now
        self._pages = Pages(
            look, photo_limit_bytes=limits.photo_bytes, text_limit=self.can.text_limit
        )
        self._headers = safe_headers(tiles=look.tiles, https=self._public.scheme == "https")
        self._streams = Streams(heartbeat_s)
        self._stream_slots = Slots(each=limits.streams_each, total=limits.streams_total)
        self._upload_slots = Slots(each=limits.uploads_each, total=limits.uploads_total)
        self._by_session = Pace(burst=limits.session_burst, per_s=limits.session_per_s, now=now)
        self._by_address = Pace(burst=limits.address_burst, per_s=limits.address_per_s, now=now)

        self._reads = Pace(burst=limits.reads_burst, per_s=limits.reads_per_s, now=now)

    # --- the channel's contract ------------------------------------------------------------

    async def run(self, take: Take) -> None:
        """Return at once: `routes` receive, and hand over through the desk."""

    async def send(self, message: Outgoing) -> Sent:
        """Wake the pages of this chat; they read the line from the outbox, so a repeat shows it once."""
        self.wake(message.chat)
        return Sent(message_id=message.key)

    async def fetch(self, ref: str, *, limit_bytes: int) -> bytes:
        """Never needed: photos are kept on arrival, `Photo.media` is set from the start."""
        raise FetchFailed("web chat photos are kept on arrival", for_good=True)

    async def close(self) -> None:
        """End the open streams. Call it before the server stops, or the server waits for them."""
        self._streams.close()

    def wake(self, chat: str) -> None:
        """Let this process's pages of one chat look for new lines (for NOTIFY from another process)."""
        self._streams.wake(chat)

    def routes(self) -> list[web.RouteDef]:
        """What the server answers for us; `bot/app.py` adds them to its application."""
        return [
            web.get("/", self._safe(self._page)),
            web.get("/static/chat/{version}/{path:.+}", self._safe(self._file)),
            web.get("/chat/history", self._safe(self._history)),
            web.get("/chat/events", self._safe(self._events)),
            web.get("/chat/media/{id:[0-9]{1,19}}", self._safe(self._media)),
            web.post("/chat/say", self._safe(self._say)),
            web.post("/chat/photo", self._safe(self._photo)),
        ]

    # --- what pages ask ---------------------------------------------------------------------

    async def _page(self, request: web.Request) -> web.StreamResponse:
        self._keep_reading_pace(request)
        address = self._session_of(request) or self._sessions.new()
        response = web.Response(text=self._pages.index, content_type="text/html")
        response.headers["Cache-Control"] = "no-store"
        response.set_cookie(
            COOKIE,
            self._sessions.seal(address),
            max_age=COOKIE_AGE_S,
            path="/",
            httponly=True,
            secure="https" in (self._public.scheme, request.scheme),
            # Lax, not Strict: people arrive by a QR or a link in another app and must keep their session
            samesite="Lax",
        )
        return response

    async def _file(self, request: web.Request) -> web.StreamResponse:
        return self._pages.answer(request)

    async def _history(self, request: web.Request) -> web.StreamResponse:
        address = self._known(request)
        self._keep_reading_pace(request)
        after = request.query.get("after", "")
        lines = await self._lines(address, since_of(after))
        body = {
            "lines": [as_json(line) for line in lines],
            "cursor": cursor_of(lines, after or "0"),
        }
        return json_answer(body)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        address = self._known(request)
        self._keep_reading_pace(request)
        cursor = request.headers.get("Last-Event-ID") or request.query.get("after", "")
        cursor = cursor if since_of(cursor) else ""
        headers = self._headers | {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        with self._stream_slots.one(visitor(request, self._proxies)):
            return await self._streams.serve(
                request, address, cursor, lambda since: self._lines(address, since), headers
            )

    async def _lines(self, address: str, since: datetime | None) -> list[Line]:
        return list(await self._desk.history(address, since=since, limit=self._limits.lines))

    async def _media(self, request: web.Request) -> web.StreamResponse:
        address = self._known(request)
        self._keep_reading_pace(request)
        thumbnail = "thumb" in request.query
        media = int(request.match_info["id"])
        shown = await self._desk.photo(media, address=address, thumbnail=thumbnail)
        if shown is None:
            raise Refusal(404, "no-such-photo", "Em không tìm thấy ảnh này.")
        response = web.Response(body=shown.data, content_type=shown.content_type)
        response.headers["Cache-Control"] = "private, max-age=86400, immutable"
        if shown.content_type not in PICTURES:
            name = quote(shown.name or str(media), safe="")
            response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
        return response

    # --- what pages say ----------------------------------------------------------------------

    @asynccontextmanager
    async def _in_time(self, limit_s: float) -> AsyncIterator[None]:
        """A body that has not arrived within `limit_s` is given up; the page sends it again."""
        try:
            async with asyncio.timeout(limit_s):
                yield
        except TimeoutError as late:
            raise Refusal(408, "slow", TOO_SLOW) from late

    async def _say(self, request: web.Request) -> web.StreamResponse:
        address = self._speaker(request)
        if request.content_type != "application/json":
            raise refusal(415, "bad-json")
        async with self._in_time(self._limits.say_s):
            saying = await self._saying(request)
        try:
            said = said_of(saying, text_limit=self.can.text_limit)
        except ValueError as wrong:
            raise refusal(400, str(wrong)) from wrong
        await self._take(address, [self._incoming(address, saying.id, said)])
        return json_answer({"ok": True})

    async def _saying(self, request: web.Request) -> Saying:
        body = await request.content.read(self._limits.body_bytes + 1)
        while len(body) <= self._limits.body_bytes and not request.content.at_eof():
            body += await request.content.read(self._limits.body_bytes + 1 - len(body))
        if len(body) > self._limits.body_bytes:
            raise refusal(413, "too-long")
        try:
            return msgspec.json.decode(body, type=Saying)
        except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
            raise refusal(400, "bad-json") from wrong

    async def _photo(self, request: web.Request) -> web.StreamResponse:
        address = self._speaker(request)
        if request.content_type != "multipart/form-data":
            raise refusal(415, "no-photo")
        with self._upload_slots.one(visitor(request, self._proxies)):
            async with self._in_time(self._limits.upload_s):
                photos = await read_album(request, self._desk, address, self._limits)
        await self._take(
            address,
            [self._incoming(address, one.own_id, one.said, album=one.album) for one in photos],
        )
        return json_answer({"ok": True, "photos": [str(one.said.media) for one in photos]})

    def _incoming(self, address: str, own_id: str, said: AnySaid, *, album: str = "") -> Incoming:
        return Incoming(
            channel=self.name,
            account=self.account,
            # the session is part of the id: one browser can neither guess nor block another's
            message_id=f"{address}/{own_id}",
            sender=address,
            chat=address,
            said=said,
            sent_at=self._now(),
            album=album,
        )

    async def _take(self, address: str, incomings: list[Incoming]) -> None:
        await self._desk.take(incomings)
        self.wake(address)

    # --- the door ----------------------------------------------------------------------------

    def _session_of(self, request: web.Request) -> str | None:
        return self._sessions.open(request.cookies.get(COOKIE, ""))

    def _known(self, request: web.Request) -> str:
        address = self._session_of(request)
        if address is None:
            raise Refusal(
                401, "no-session", "Phiên trò chuyện đã hết. Anh/chị tải lại trang giúp em nhé."
            )
        return address

    def _speaker(self, request: web.Request) -> str:
        if not same_origin(request, self._public.netloc):
            raise Refusal(403, "foreign-origin", "Em chỉ nhận tin gửi từ chính trang này ạ.")
        address = self._known(request)
        self._keep_pace(request, address)
        return address

    def _keep_pace(self, request: web.Request, address: str) -> None:
        wait_s = max(
            self._by_session.wait_s(address),
            self._by_address.wait_s(visitor(request, self._proxies)),
        )
        if wait_s:
            raise Refusal(429, "too-fast", TOO_FAST, retry_after_s=wait_s)

    def _keep_reading_pace(self, request: web.Request) -> None:
        wait_s = self._reads.wait_s(visitor(request, self._proxies))
        if wait_s:
            raise Refusal(429, "too-fast", TOO_FAST, retry_after_s=wait_s)

    def _safe(self, handler: Handler) -> Handler:
        """`handler`, with refusals as sentences and the headers that keep a page to itself."""

        async def answer(request: web.Request) -> web.StreamResponse:
            try:
                response = await handler(request)
            except Refusal as wrong:
                response = refused(wrong)
            except web.HTTPException:
                raise
            except Exception:
                log.exception("web chat: %s %s failed", request.method, request.path)
                response = refused(Refusal(503, "trouble", "Em đang bận một chút, máy sẽ tự gửi lại ạ.", retry_after_s=5))  # fmt: skip
            if not response.prepared:
                response.headers.update(self._headers)
            return response

        return answer
