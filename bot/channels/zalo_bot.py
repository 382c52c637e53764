"""Zalo Bot Platform: the channel "zalo_bot". No buttons, no location, no files (Zalo reference, part A, C).

Polling has no acknowledgement: Zalo hands an update out once, so it is written down raw before
anything is made of it, and one process only may poll. With a webhook secret set, Zalo posts to
us instead; neither is ever switched on or off by starting up (point 25).
"""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

import msgspec
from aiohttp import web

from bot.channels.base import (
    Abilities,
    Outgoing,
    Refused,
    SendFailed,
    Sent,
    Take,
    TryLater,
    WindowClosed,
)
from bot.channels.render import units
from bot.channels.zalo_bot_calls import BAD_REQUEST, NOTHING_NEW, BotApi, BotError, failure
from bot.channels.zalo_bot_wire import Us, read
from bot.channels.zalo_desk import NAME_BOT, ZaloDesk
from bot.channels.zalo_files import words_for
from bot.channels.zalo_http import CallFailed
from bot.channels.zalo_media import MediaFetcher
from bot.channels.zalo_oa_errors import backoff_s

log = logging.getLogger(__name__)

WEBHOOK = "/zalo/bot/webhook"
SECRET_HEADER = "X-Bot-Api-Secret-Token"

TEXT_LIMIT = 2000
POLL_S = 30
POLL_MARGIN_S = 10.0
"""How much longer than Zalo's own timeout a poll waits (A4)."""

MOST_BODY_BYTES = 256 * 1024
MOST_REMEMBERED = 4096

PLACE_HINT = (
    "Zalo này em không nhận được ghim vị trí. Anh/chị gõ chỗ đó bằng lời, "
    "hoặc gõ tọa độ như 20.93210, 106.31230 ạ."
)
"""Said once in each chat, where a place is asked for the first time."""


class PollDesk(ZaloDesk, Protocol):
    """What polling needs besides."""

    async def spool(self, raw: bytes) -> str:
        """Keep a raw update before anything is made of it."""
        ...

    async def spooled(self) -> list[tuple[str, bytes]]:
        """What a process left behind when it died."""
        ...

    async def unspool(self, key: str) -> None:
        """What this raw update said is kept."""
        ...

    async def may_poll(self) -> bool:
        """Take or renew the right to be the one that polls."""
        ...


class ZaloBot:
    """One bot. `can`, `run`, `send`, `fetch`, `close` as `Channel` says; `routes` for the server.

    Args:
        account: the number before the colon of the token.
        secret: what Zalo must send with every webhook; None to poll.
        photos: whether pictures can be fetched from us by Zalo (a public https address).
    """

    name = NAME_BOT

    def __init__(
        self,
        *,
        account: str,
        api: BotApi,
        media: MediaFetcher,
        desk: PollDesk,
        secret: str | None = None,
        photos: bool = False,
        per_second: float = 5.0,
        poll_s: int = POLL_S,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.account = account
        self.can = Abilities(
            text_limit=TEXT_LIMIT,
            caption_limit=TEXT_LIMIT,
            buttons=0,
            numbers_parts=True,
            location_in=False,
            edits=False,
            photos_out=1 if photos else 0,
            files_out=True,
            file_captions=False,
            groups=True,
            per_second=per_second,
            chat_gap_s=0.0,
            group_gap_s=1.0,
        )
        self._us = Us(account)
        self._api = api
        self._media = media
        self._desk = desk
        self._secret = secret
        self._poll_s = poll_s
        self._clock = clock
        self._tried: OrderedDict[str, int] = OrderedDict()

    # --- sending -------------------------------------------------------------------------------

    async def send(self, message: Outgoing) -> Sent:
        """Carry one message with one call, within the plan's quota."""
        verdict = await self._desk.may_send(message)
        if verdict.may != "go":
            raise WindowClosed(verdict.why)
        method, body = await self._call_for(message)
        try:
            result = await self._api.call(method, body)
        except (BotError, CallFailed) as error:
            failed = failure(error, tried=self._note_try(message.key))
            if failed.code == "channel-down":
                await self._desk.alert("down", str(failed))
            raise failed from None
        self._tried.pop(message.key, None)
        await self._desk.was_sent(message, reserved_vnd=0, billed_vnd=0)
        await self._desk.is_well("down")
        return Sent(str(result.get("message_id") or "") if isinstance(result, dict) else "")

    async def _call_for(self, message: Outgoing) -> tuple[str, dict[str, str]]:
        if message.photos:
            url = await self._desk.publish(message.photos[0][2])
            if url is None:
                raise Refused("only shown copies of pictures are published")
            caption = {"caption": message.words} if message.words else {}
            return "sendPhoto", {"chat_id": message.chat, "photo": url} | caption
        words = message.words
        if message.files:
            words = words_for(message, await self._desk.publish_file(message.files[0][2]))
        fits = units(words) + units(PLACE_HINT) < TEXT_LIMIT
        if message.asks_place and fits and await self._desk.first_place_asked(message.chat):
            words = f"{words}\n{PLACE_HINT}"
        return "sendMessage", {"chat_id": message.chat, "text": words}

    def _note_try(self, key: str) -> int:
        tried = self._tried.pop(key, 0)
        self._tried[key] = tried + 1
        if len(self._tried) > MOST_REMEMBERED:
            self._tried.popitem(last=False)
        return tried

    async def fetch(self, ref: str, *, limit_bytes: int) -> bytes:
        """Download what a person sent, from Zalo's hosts only."""
        return await self._media.fetch(ref, limit_bytes=limit_bytes)

    async def close(self) -> None:
        """Let go of connections."""
        await self._media.close()

    # --- polling -------------------------------------------------------------------------------

    async def run(self, take: Take) -> None:
        """Poll until cancelled; with a webhook secret the route receives, and this returns soon."""
        await self.meet()
        if self._secret is not None:
            return
        for key, raw in await self._desk.spooled():
            await self._keep(key, raw)
        misses = 0
        while True:
            try:
                await self.poll_once()
                misses = 0
            except Exception as error:
                misses += 1
                log.warning("zalo bot: polling failed: %s", type(error).__name__)
                await asyncio.sleep(backoff_s(min(misses, 4)))

    async def meet(self) -> None:
        """Learn our own id and name, by which echoes and mentions are known; without them both are less sure."""
        try:
            found = await self._api.call("getMe")
        except (BotError, CallFailed) as error:
            log.warning("zalo bot: getMe: %s", error)
            return
        if isinstance(found, dict):
            name = found.get("display_name") or found.get("account_name") or ""
            self._us = Us(self.account, str(found.get("id") or ""), str(name))

    async def poll_once(self) -> bool:
        """One poll; True when it brought something.

        Raises:
            CallFailed, SendFailed: Zalo cannot be asked just now. Whatever the store raises.
        """
        if not await self._desk.may_poll():
            await asyncio.sleep(self._poll_s)
            return False
        try:
            result = await self._api.call(
                "getUpdates", {"timeout": self._poll_s}, answer_s=self._poll_s + POLL_MARGIN_S
            )
        except BotError as error:
            if error.code == NOTHING_NEW:
                return False
            raise await self._no_polling(error) from None
        await self._desk.is_well("webhook")
        updates = result if isinstance(result, list) else [result]
        for update in updates:
            if update:
                raw = msgspec.json.encode(update)
                await self._keep(await self._written_down(raw), raw)
        return bool(updates)

    async def _no_polling(self, error: BotError) -> SendFailed:
        code = "webhook" if error.code == BAD_REQUEST else "down"
        await self._desk.alert(code, f"getUpdates: {error}")
        return TryLater(str(error), after_s=60)

    async def _written_down(self, raw: bytes) -> str:
        """Zalo will not give it again: keep trying until it is on the disk."""
        tries = 0
        while True:
            try:
                return await self._desk.spool(raw)
            except Exception as error:
                tries += 1
                log.error("zalo bot: an update cannot be kept yet: %s", type(error).__name__)
                await asyncio.sleep(min(10.0, 0.2 * 2**tries))

    async def _keep(self, key: str, raw: bytes) -> None:
        await self._desk.keep([read(raw, us=self._us, now=self._clock())])
        await self._desk.unspool(key)

    # --- webhook -------------------------------------------------------------------------------

    def routes(self) -> list[web.RouteDef]:
        """What the server answers for us; none when we poll."""
        if self._secret is None:
            return []
        return [web.post(WEBHOOK, self._update)]

    async def _update(self, request: web.Request) -> web.Response:
        """An empty probe gets 200, a wrong secret 403, everything else is kept and gets 200 (point 14)."""
        raw = bytearray()
        async for chunk in request.content.iter_chunked(64 * 1024):
            raw += chunk
            if len(raw) > MOST_BODY_BYTES:
                return web.Response(status=413)
        if not bytes(raw).strip():
            return web.Response(text="ok")
        given = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode(), (self._secret or "").encode()):
            return web.Response(status=403)
        await self._desk.keep([read(bytes(raw), us=self._us, now=self._clock())])
        return web.Response(text="ok")
