"""Zalo Official Account, OpenAPI v3: the channel "zalo_oa".

Receives by webhook: raw bytes are checked, kept, answered 200, and worked on afterwards.
Sends by CS messages. Limits are those of the Zalo reference, parts B4 to B6 and C.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any, Literal

import msgspec
from aiohttp import web

from bot.channels.base import Abilities, Outgoing, SendFailed, Sent, Take
from bot.channels.zalo_desk import NAME_OA, Arrived, ZaloDesk
from bot.channels.zalo_http import CallFailed
from bot.channels.zalo_media import MediaFetcher
from bot.channels.zalo_oa_calls import (
    DETAIL,
    LINES_PER_CALL,
    OUR_ACCOUNT,
    RECENT,
    OaError,
    OpenApi,
)
from bot.channels.zalo_oa_messages import TEXT_LIMIT
from bot.channels.zalo_oa_send import Sender
from bot.channels.zalo_oa_tokens import ConsentFailed, TokenKeeper
from bot.channels.zalo_oa_wire import is_signed, read, recovered

log = logging.getLogger(__name__)

WEBHOOK = "/zalo/oa/webhook"
CALLBACK = "/zalo/oa/callback"

MOST_BODY_BYTES = 256 * 1024
OLDEST_EVENT = timedelta(hours=6)
"""Zalo repeats for two hours at most (B10); what is older is somebody's recording."""

MOST_RECOVERED = 500

CONSENTED = "Xong rồi. Anh/chị đóng trang này được rồi ạ."


class OaDoor(msgspec.Struct, frozen=True, kw_only=True):
    """What the webhook checks events with. Of `keys` any may sign."""

    app_id: str
    keys: tuple[str, ...]
    verify: Literal["off", "log", "enforce"]

    def __repr__(self) -> str:
        """Without the keys."""
        return f"OaDoor({self.app_id}, {self.verify})"


class ZaloOa:
    """One Official Account. `can`, `run`, `send`, `fetch`, `close` as `Channel` says; `routes` for the server."""

    name = NAME_OA

    def __init__(
        self,
        *,
        oa_id: str,
        door: OaDoor,
        api: OpenApi,
        tokens: TokenKeeper,
        sender: Sender,
        media: MediaFetcher,
        desk: ZaloDesk,
        per_second: float = 20.0,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.account = oa_id
        self.can = Abilities(
            text_limit=TEXT_LIMIT,
            caption_limit=TEXT_LIMIT,
            buttons=5,
            button_label_limit=40,
            numbers_choices=True,
            numbers_parts=True,
            location_in=True,
            edits=False,
            photos_out=1,
            files_out=True,
            file_captions=False,
            groups=False,
            free_window_s=48 * 3600,
            open_window_s=7 * 24 * 3600,
            per_second=per_second,
            chat_gap_s=0.0,
            group_gap_s=0.0,
        )
        self._door = door
        self._api = api
        self._tokens = tokens
        self._sender = sender
        self._media = media
        self._desk = desk
        self._clock = clock
        self._good = self._bad = 0

    # --- the channel's contract ----------------------------------------------------------------

    async def run(self, take: Take) -> None:
        """Nothing to do: the webhook receives, and what it kept is worked on by `work_stored`."""

    async def send(self, message: Outgoing) -> Sent:
        """Carry one message; a channel that is down tells the administrators once."""
        try:
            sent = await self._sender.send(message)
        except SendFailed as failure:
            if failure.code == "channel-down":
                await self._desk.alert("down", str(failure))
            raise
        await self._desk.is_well("down")
        return sent

    async def fetch(self, ref: str, *, limit_bytes: int) -> bytes:
        """Download what a person sent, from Zalo's hosts only."""
        return await self._media.fetch(ref, limit_bytes=limit_bytes)

    async def close(self) -> None:
        """Let go of connections; write down what was counted."""
        await self.tick()
        await self._media.close()

    # --- receiving -----------------------------------------------------------------------------

    def routes(self) -> list[web.RouteDef]:
        """What the server answers for us; `bot/app.py` adds them to its application."""
        return [
            web.post(WEBHOOK, self._event),
            web.get(WEBHOOK, self._console_check),
            web.get(CALLBACK, self._consented),
        ]

    async def _console_check(self, request: web.Request) -> web.Response:
        return web.Response(text="ok")

    async def _event(self, request: web.Request) -> web.Response:
        """Check, keep, answer. Whatever is not an event of ours gets 200 too: anything else is repeated (B10)."""
        raw = await _raw_body(request)
        if raw is None or not raw.strip():
            return web.Response(text="ok")
        arrived = self._admitted(raw, request.headers.get("X-ZEvent-Signature", ""))
        if arrived is not None:
            await self._desk.keep([arrived])
        return web.Response(text="ok")

    def _admitted(self, raw: bytes, header: str) -> Arrived | None:
        door = self._door
        if door.verify != "off":
            good = is_signed(raw, header, app_id=door.app_id, keys=door.keys)
            self._good, self._bad = self._good + good, self._bad + (not good)
            if not good:
                log.warning("zalo: an event of %d bytes with a wrong signature", len(raw))
                if door.verify == "enforce":
                    return None
        now = self._clock()
        arrived = read(raw, oa_id=self.account, now=now)
        if arrived.event == "?" and len(raw) < 8:
            return None  # the console's check sends "{}"
        if now - arrived.at > OLDEST_EVENT:
            log.warning("zalo: an event older than %s is left alone", OLDEST_EVENT)
            return None
        return arrived

    async def _consented(self, request: web.Request) -> web.Response:
        query = request.query
        try:
            await self._tokens.take_code(
                query.get("code", ""), state=query.get("state", ""), oa_id=query.get("oa_id", "")
            )
        except ConsentFailed as failed:
            log.warning("zalo consent: %s", failed)
            return web.Response(
                status=400, text=f"<p>{escape(str(failed))}</p>", content_type="text/html"
            )
        await self._desk.is_well("down")
        return web.Response(text=f"<p>{CONSENTED}</p>", content_type="text/html")

    # --- the clock -----------------------------------------------------------------------------

    async def tick(self) -> None:
        """Every minute or so: renew tokens in time, write down the count of signatures."""
        good, bad = self._good, self._bad
        if good or bad:
            self._good, self._bad = self._good - good, self._bad - bad
            await self._desk.signed(good=good, bad=bad)
        try:
            await self._tokens.keep_alive()
        except SendFailed as failure:
            if failure.code == "channel-down":
                await self._desk.alert("down", str(failure))

    # --- asking the platform -------------------------------------------------------------------

    async def describe(self) -> dict[str, Any]:
        """What Zalo says of our account: name, oa_type, id (as `oaid` or `oa_id`, B8).

        Raises:
            OaError, CallFailed, SendFailed: it could not be asked.
        """
        found = await self._api.get(OUR_ACCOUNT)
        return found if isinstance(found, dict) else {}

    async def introduce(self, chat: str) -> tuple[str, bool]:
        """The person's name and whether they are under 18; ("", False) when Zalo does not tell (B8)."""
        try:
            found = await self._api.get(DETAIL, {"user_id": chat})
        except (OaError, CallFailed):
            return "", False
        if not isinstance(found, dict):
            return "", False
        return str(found.get("display_name") or ""), bool(found.get("is_sensitive"))

    async def recover(self, since: datetime) -> int:
        """Read back what the webhook missed since then, into the same inbox (point 30).

        Returns how many lines of people were read; those known already change nothing.

        Raises:
            OaError, CallFailed, SendFailed: the chats could not be read.
        """
        found: list[Arrived] = []
        for offset in range(0, MOST_RECOVERED, LINES_PER_CALL):
            lines = await self._api.get(RECENT, {"offset": offset, "count": LINES_PER_CALL})
            if not isinstance(lines, list):
                break
            dicts = [line for line in lines if isinstance(line, dict)]
            read_back = [recovered(line, oa_id=self.account, now=self._clock()) for line in dicts]
            found += [one for one in read_back if one is not None and one.at >= since]
            if len(lines) < LINES_PER_CALL or all(_before(line, since) for line in dicts):
                break
            await asyncio.sleep(0)
        await self._desk.keep(sorted(found, key=lambda one: one.at))
        return len(found)


def _before(line: dict[str, Any], since: datetime) -> bool:
    try:
        return float(line.get("time", "")) < since.timestamp() * 1000
    except (TypeError, ValueError):
        return False


async def _raw_body(request: web.Request) -> bytes | None:
    """The bytes exactly as received; None when there are too many."""
    raw = bytearray()
    async for chunk in request.content.iter_chunked(64 * 1024):
        raw += chunk
        if len(raw) > MOST_BODY_BYTES:
            return None
    return bytes(raw)
