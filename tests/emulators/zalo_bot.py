"""The Zalo Bot Platform on loopback: `/bot<TOKEN>/<method>`, long polling, webhook, and people.

    async with ZaloBotEmulator(webhook_url=url, secret_token="x" * 32) as zalo:
        lan = zalo.person("Lan")
        await lan.sends("báo cáo")
        assert "kỳ này" in (await lan.hears()).text

Everything the sources disagree on is an attribute that a test may turn.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from aiohttp import web

from tests.emulators.zalo_bot_methods import BotMethods, envelope
from tests.emulators.zalo_bot_people import BotPerson, Group
from tests.emulators.zalo_common import (
    EmulatorTime,
    JsonObject,
    LoopbackServer,
    Now,
    Refused,
    epoch_ms,
    utc_now,
)
from tests.emulators.zalo_page import ChatPage, serve_by_hand
from tests.emulators.zalo_phone import SeenMessage
from tests.emulators.zalo_webhook import ANSWER_WITHIN_S, Courier, Delivery, advance

WEBHOOK_SECRET_HEADER = "X-Bot-Api-Secret-Token"
# Nobody knows the platform's retry schedule (A5); some repetition asks more of the bot than none.
BOT_RETRY_LADDER_S = (30.0, 300.0)


@dataclass(frozen=True)
class MethodCall:
    """One call of the bot: method, parameters, answer."""

    at: datetime
    method: str
    body: JsonObject
    answer: JsonObject


class UpdateQueue:
    """Updates waiting for getUpdates: handed out once, without acknowledgement (A4)."""

    def __init__(self, clock: EmulatorTime) -> None:
        self._time = clock
        self._updates: deque[JsonObject] = deque()
        self._changed = asyncio.Condition()
        self.polling = 0
        self.most_polling = 0

    def __len__(self) -> int:
        return len(self._updates)

    async def put(self, update: JsonObject) -> None:
        """Add an update and wake whoever polls."""
        # Turns of the loop in which a poller that has hung up is noticed and dropped: a restarted
        # bot would otherwise lose an update to its own dead connection.
        for _ in range(4):
            await asyncio.sleep(0)
        async with self._changed:
            self._updates.append(update)
            self._changed.notify_all()

    async def wake(self) -> None:
        """Let pollers look at the clock again."""
        async with self._changed:
            self._changed.notify_all()

    async def next(self, timeout_s: float) -> JsonObject | None:
        """The oldest update; None when nothing came in `timeout_s`, real or emulated seconds."""
        until = self._time.now() + timedelta(seconds=timeout_s)
        self.polling += 1
        self.most_polling = max(self.most_polling, self.polling)
        try:
            async with self._changed, asyncio.timeout(timeout_s):
                await self._changed.wait_for(lambda: self._updates or self._time.now() >= until)
        except TimeoutError:
            return None
        finally:
            self.polling -= 1
        return self._updates.popleft() if self._updates else None


class ZaloBotEmulator(LoopbackServer):
    """One bot, its token, its people and groups.

    Attributes (besides `methods` with the quota, `courier` with the deliveries, `queue`):
        sent: every message that reached somebody, with the chat, in order; typing: chat actions.
        calls: every call with its answer; violations: rules the bot broke.
        body_shape: updates come `wrapped` in ok/result (docs) or `bare` (captured traffic), A5.
        photo_field: `photo_url` (captured) or `photo` (docs), A5.
        loopback_is_public: lets setWebhook take an address of this machine, which Zalo refuses.
        echoes: whether the bot's own messages come back as updates (one source, A5).
    """

    def __init__(
        self,
        *,
        clock: Now = utc_now,
        webhook_url: str | None = None,
        secret_token: str = "secret-token-for-tests",
        token: str = "1000000001:token-for-tests",
        answer_within_s: float = ANSWER_WITHIN_S,
    ) -> None:
        super().__init__(clock)
        self.token = token
        self.bot_id = "b" + "0" * 18 + "1"
        self.bot_name, self.account_name = "Bot Sổ Xanh", "bot.soxanh"
        self.can_join_groups = False
        self.body_shape: Literal["wrapped", "bare"] = "bare"
        self.photo_field: Literal["photo_url", "photo"] = "photo_url"
        self.user_agent = "Java/21.0.4"
        self.loopback_is_public = True
        self.echoes = False
        self.sent: list[tuple[BotPerson | Group, SeenMessage]] = []
        self.typing: list[str] = []
        self.calls: list[MethodCall] = []
        self.webhook_updated_at_ms: int | None = None
        self.queue = UpdateQueue(self.time)
        self.methods = BotMethods(self)
        self.courier = Courier(
            self.time,
            lambda: self.client,
            ladder_s=BOT_RETRY_LADDER_S,
            answer_within_s=answer_within_s,
            gives_up=False,
        )
        self._secret_token = ""
        self._people: dict[str, BotPerson] = {}
        self._groups: dict[str, Group] = {}
        self._page = ChatPage(self.bot_name, self.person)
        if webhook_url is not None:
            self.keep_webhook(webhook_url, secret_token)

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        """The methods and the chat page."""
        return [
            *self._page.routes(),
            web.route("*", "/bot{token:[^/]+}/{method}", self.methods.handle),
        ]

    def refusal(self, refused: Refused) -> web.Response:
        """`ok: false` with a code (A2)."""
        return web.json_response(envelope(refused))

    def now(self) -> datetime:
        """The emulator's time, aware UTC."""
        return self.time.now()

    async def advance(self, seconds: float) -> None:
        """Let time pass: repeat what is due and end polls whose time is over."""
        await advance(self.time, self.courier, seconds)
        await self.queue.wake()

    def new_message_id(self) -> str:
        """Twenty characters, numbered."""
        return f"m{self.next_number():019x}"

    def person(self, name: str) -> BotPerson:
        """The person of this name, new on first mention."""
        newcomer = BotPerson(self, name)
        return self._people.setdefault(newcomer.chat_id, newcomer)

    def group(self, name: str) -> Group:
        """The group of this name with the bot in it (needs the beta, A6)."""
        self.can_join_groups = True
        newcomer = Group(name)
        return self._groups.setdefault(newcomer.chat_id, newcomer)

    def chat(self, chat_id: str) -> BotPerson | Group | None:
        """Somebody the bot may know: a group it is in, or a person who has written to it."""
        person = self._people.get(chat_id)
        if person is not None and person.has_written:
            return person
        return self._groups.get(chat_id)

    def keep_webhook(self, url: str | None, secret_token: str) -> None:
        """Set or clear the webhook, as Bot Creator does, without a check."""
        self.courier.url, self._secret_token = url, secret_token
        self.webhook_updated_at_ms = epoch_ms(self.now())

    async def show(self, chat: BotPerson | Group, message: SeenMessage) -> None:
        """Let a message of the bot reach a chat."""
        self.sent.append((chat, message))
        await chat.shows(message)
        if self.echoes:
            own = {"id": self.bot_id, "is_bot": True, "display_name": self.bot_name}
            echo = {
                "date": epoch_ms(message.at),
                "chat": {"chat_type": chat.chat_type, "id": chat.chat_id},
                "message_id": message.message_id,
                "from": own,
                "text": message.text,
            }
            self.in_background(self._quietly("message.text.received", echo))

    async def raise_update(self, event_name: str, message: JsonObject) -> Delivery | None:
        """Carry an update to the webhook; without one it waits for getUpdates (None)."""
        update: JsonObject = {"event_name": event_name, "message": message}
        if self.courier.url is None:
            await self.queue.put(update)
            return None
        body = update if self.body_shape == "bare" else {"ok": True, "result": update}
        headers = {
            "Content-Type": "application/json",
            "User-Agent": self.user_agent,
            WEBHOOK_SECRET_HEADER: self._secret_token,
        }
        raw = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        return await self.courier.deliver(event_name, raw, headers)

    async def probe(self) -> int | None:
        """An empty POST without content type (A5); returns the HTTP status."""
        return (await self.courier.post(b"", {"User-Agent": self.user_agent})).status

    async def forge(
        self, event_name: str, message: JsonObject, *, secret: str | None
    ) -> int | None:
        """Somebody else's POST, with a wrong secret or none; returns the HTTP status."""
        headers = {"Content-Type": "application/json"}
        if secret is not None:
            headers[WEBHOOK_SECRET_HEADER] = secret
        raw = json.dumps({"event_name": event_name, "message": message}).encode()
        return (await self.courier.post(raw, headers)).status

    def record(self, method: str, body: JsonObject, answer: JsonObject) -> None:
        """Remember a call and its answer."""
        self.calls.append(MethodCall(self.now(), method, body, answer))

    async def _quietly(self, event_name: str, message: JsonObject) -> None:
        await self.raise_update(event_name, message)


async def serve(port: int, webhook_url: str | None = None) -> None:
    """Run by hand: a chat page on http://127.0.0.1:`port`/ and a chat in this terminal."""
    zalo = ZaloBotEmulator(webhook_url=webhook_url)
    await zalo.start(port)
    facts = {
        "token": zalo.token,
        "secret_token": "secret-token-for-tests",
        "webhook": webhook_url or "none: poll with getUpdates, or call setWebhook",
    }
    await serve_by_hand(zalo, facts, zalo.courier, zalo.person)
