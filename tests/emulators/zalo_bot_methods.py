"""The eleven methods of the Zalo Bot Platform (A2, A3) and its monthly quota (A7)."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from aiohttp import web

from tests.emulators.zalo_bot_people import BotPerson, Group
from tests.emulators.zalo_common import JsonObject, Refused, epoch_ms, is_loopback, utf16_units
from tests.emulators.zalo_phone import Media, SeenMessage

if TYPE_CHECKING:
    from tests.emulators.zalo_bot import ZaloBotEmulator

Method = Callable[[JsonObject], Awaitable[Any]]

LOCAL_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
TEXT_LIMIT = 2000
SECRET_LENGTH = range(8, 257)
BAD_REQUEST, BAD_TOKEN, NOT_FOUND, NOTHING_NEW, TOO_OFTEN, QUOTA = 400, 401, 404, 408, 426, 429
POLL_DEFAULT_S = 30.0
IMAGE_MAGIC = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"RIFF")
HINTS = {
    "webhook.ok": "The webhook answered 200.",
    "webhook.http.403": "The webhook refused the request; check Browser Integrity Check.",
    "webhook.err.unreachable": "The webhook could not be reached or was too slow.",
}


class BotMethods:
    """Answers `/bot<TOKEN>/<method>`.

    Attributes:
        users_per_month, messages_per_month: the free plan of A7 (50 and 3,000).
        webhook_checks_per_day: after so many of each, testWebhook and setWebhook give 426; the
            real number is unknown.
        has_test_webhook: one source found the method gone.
    """

    def __init__(self, bot: ZaloBotEmulator) -> None:
        self.users_per_month = 50
        self.messages_per_month = 3000
        self.webhook_checks_per_day = 20
        self.has_test_webhook = True
        self._bot = bot
        self._checks: dict[tuple[str, str], int] = {}
        self._sent_in: dict[str, int] = {}
        self._users_in: dict[str, set[str]] = {}
        self._methods: dict[str, Method] = {
            "getMe": self._get_me,
            "getUpdates": self._get_updates,
            "setWebhook": self._set_webhook,
            "testWebhook": self._test_webhook,
            "deleteWebhook": self._delete_webhook,
            "getWebhookInfo": self._webhook_info,
            "sendMessage": self._send_message,
            "sendPhoto": self._send_photo,
            "sendSticker": self._send_sticker,
            "sendVoice": self._send_voice,
            "sendChatAction": self._send_chat_action,
        }

    async def handle(self, request: web.Request) -> web.Response:
        """One call; failures are `ok: false` in an HTTP 200 (A2)."""
        name = request.match_info["method"]
        body: JsonObject = {}
        try:
            body = await _parameters(request)
            answer = await self._call(request.match_info["token"], name, body)
        except Refused as refused:
            answer = envelope(refused, "errorCode" if name == "testWebhook" else "error_code")
        self._bot.record(name, body, answer)
        return web.json_response(answer)

    async def _call(self, token: str, name: str, body: JsonObject) -> JsonObject:
        if token != self._bot.token:
            raise Refused(BAD_TOKEN, "Unauthorized")
        method = self._methods.get(name)
        if method is None or (name == "testWebhook" and not self.has_test_webhook):
            self._bot.violate("A3", f"no such method: {name}")
            raise Refused(BAD_REQUEST, "Bad Request: wrong method name")
        result = await method(body)
        return {"ok": True} if result is None else {"ok": True, "result": result}

    async def _get_me(self, _body: JsonObject) -> JsonObject:
        return {
            "id": self._bot.bot_id,
            "account_name": self._bot.account_name,
            "account_type": "BASIC",
            "can_join_groups": self._bot.can_join_groups,
            "display_name": self._bot.bot_name,
        }

    async def _get_updates(self, body: JsonObject) -> JsonObject:
        if self._bot.courier.url is not None:
            self._bot.violate("A4", "polling while a webhook is set")
            raise Refused(BAD_REQUEST, "Bad Request: webhook is active")
        try:
            timeout_s = float(body.get("timeout", POLL_DEFAULT_S))
        except (TypeError, ValueError):
            raise Refused(BAD_REQUEST, "Bad Request: timeout") from None
        update = await self._bot.queue.next(timeout_s)
        if update is None:
            raise Refused(NOTHING_NEW, "Request timeout")
        return update

    async def _set_webhook(self, body: JsonObject) -> JsonObject:
        url, secret = body.get("url"), body.get("secret_token")
        if not isinstance(url, str) or not self._public(url):
            raise Refused(BAD_REQUEST, "Bad Request: url must be public https")
        if not isinstance(secret, str) or len(secret) not in SECRET_LENGTH:
            raise Refused(BAD_REQUEST, "Bad Request: secret_token must have 8 to 256 characters")
        self._count_check("setWebhook")
        # The URL is kept even when nobody answers there (A5).
        self._bot.keep_webhook(url, secret)
        return {
            "url": url,
            "updated_at": self._bot.webhook_updated_at_ms,
            "verification": await self._verify(url),
        }

    async def _test_webhook(self, _body: JsonObject) -> JsonObject:
        if not self._bot.courier.url:
            raise Refused(NOT_FOUND, "Not Found: no webhook")
        self._count_check("testWebhook")
        return await self._verify(self._bot.courier.url)

    async def _delete_webhook(self, _body: JsonObject) -> JsonObject:
        self._bot.keep_webhook(None, "")
        return {"url": "", "updated_at": self._bot.webhook_updated_at_ms}

    async def _webhook_info(self, _body: JsonObject) -> JsonObject:
        if self._bot.webhook_updated_at_ms is None:
            raise Refused(NOT_FOUND, "Not Found")
        return {
            "url": self._bot.courier.url or "",
            "updated_at": self._bot.webhook_updated_at_ms,
        }

    async def _send_message(self, body: JsonObject) -> JsonObject:
        chat = self._chat(body)
        if body.get("parse_mode") not in {None, "markdown", "html"}:
            raise Refused(BAD_REQUEST, "Bad Request: parse_mode")
        return await self._deliver(chat, "text", text=_text(body, "text"))

    async def _send_photo(self, body: JsonObject) -> JsonObject:
        chat = self._chat(body)
        url = body.get("photo")
        if not isinstance(url, str):
            raise Refused(BAD_REQUEST, "Bad Request: photo must be a public URL")
        caption = _text(body, "caption") if body.get("caption") is not None else ""
        content = await self._open(url)
        if content is not None and not content.startswith(IMAGE_MAGIC):
            raise Refused(BAD_REQUEST, "Bad Request: photo is no image")
        return await self._deliver(
            chat, "image", text=caption, media=(Media("image", content, url=url),)
        )

    async def _send_sticker(self, body: JsonObject) -> JsonObject:
        sticker = body.get("sticker")
        if not isinstance(sticker, str) or not sticker:
            raise Refused(BAD_REQUEST, "Bad Request: sticker")
        media = (Media("sticker", name=sticker),)
        return await self._deliver(self._chat(body), "sticker", media=media)

    async def _send_voice(self, body: JsonObject) -> JsonObject:
        chat = self._chat(body)
        url = body.get("voice_url")
        if not isinstance(url, str) or not urlsplit(url).path.endswith(".aac"):
            raise Refused(BAD_REQUEST, "Bad Request: voice_url must end in .aac")
        if isinstance(chat, Group):
            self._bot.violate("A3", "a voice message to a group is answered ok and delivered never")
            return self._receipt(self._bot.new_message_id())
        media = (Media("voice", await self._open(url), url=url),)
        return await self._deliver(chat, "voice", media=media)

    async def _send_chat_action(self, body: JsonObject) -> None:
        chat = self._chat(body)
        if body.get("action") != "typing":
            raise Refused(BAD_REQUEST, "Bad Request: action")
        self._bot.typing.append(chat.name)

    async def _deliver(
        self,
        chat: BotPerson | Group,
        kind: str,
        *,
        text: str = "",
        media: tuple[Media, ...] = (),
    ) -> JsonObject:
        self._spend(chat)
        message = SeenMessage(self._bot.new_message_id(), kind, self._bot.now(), text, media=media)
        await self._bot.show(chat, message)
        return self._receipt(message.message_id)

    def _receipt(self, message_id: str) -> JsonObject:
        return {"message_id": message_id, "date": epoch_ms(self._bot.now())}

    def _chat(self, body: JsonObject) -> BotPerson | Group:
        """Only ids learnt from an update are known; others were never tried (A7)."""
        chat = self._bot.chat(str(body.get("chat_id", "")))
        if chat is None:
            self._bot.violate("A7", "a chat id is learnt only when the person writes first")
            raise Refused(BAD_REQUEST, "Bad Request: chat not found")
        return chat

    def _spend(self, chat: BotPerson | Group) -> None:
        month = self._bot.now().astimezone(LOCAL_ZONE).strftime("%Y-%m")
        users = self._users_in.setdefault(month, set())
        sent = self._sent_in.get(month, 0)
        too_many_users = chat.chat_id not in users and len(users) >= self.users_per_month
        if too_many_users or sent >= self.messages_per_month:
            raise Refused(QUOTA, "Quota exceeded")
        users.add(chat.chat_id)
        self._sent_in[month] = sent + 1

    def _count_check(self, method: str) -> None:
        key = (method, self._bot.now().astimezone(LOCAL_ZONE).date().isoformat())
        if self._checks.get(key, 0) >= self.webhook_checks_per_day:
            raise Refused(TOO_OFTEN, f"Too many {method} calls today")
        self._checks[key] = self._checks.get(key, 0) + 1

    async def _verify(self, url: str) -> JsonObject:
        """An empty probe without content type (A5)."""
        attempt = await self._bot.courier.post(b"", {"User-Agent": self._bot.user_agent})
        outcome = _outcome(attempt.status)
        verification: JsonObject = {
            "ok": outcome == "webhook.ok",
            "url": url,
            "outcome": outcome,
            "hint": HINTS.get(outcome, "The webhook must answer 200."),
        }
        if attempt.status is not None:
            verification["status_code"] = attempt.status
        return verification

    async def _open(self, url: str) -> bytes | None:
        try:
            return await self._bot.fetch_public(url)
        except LookupError as error:
            raise Refused(BAD_REQUEST, f"Bad Request: {error}") from None

    def _public(self, url: str) -> bool:
        """Public https only; this machine stands for the public when the test allows it (A3)."""
        if is_loopback(url):
            return self._bot.loopback_is_public
        parts = urlsplit(url)
        if parts.scheme != "https" or not parts.hostname:
            return False
        try:
            return ipaddress.ip_address(parts.hostname).is_global
        except ValueError:
            return "." in parts.hostname


def envelope(refused: Refused, code_field: str = "error_code") -> JsonObject:
    """The failure shape; testWebhook spells the field `errorCode` (A2)."""
    return {"ok": False, code_field: refused.code, "description": refused.message}


def _outcome(status: int | None) -> str:
    if status is None:
        return "webhook.err.unreachable"
    if status == 200:
        return "webhook.ok"
    if status in {403, 404}:
        return f"webhook.http.{status}"
    return "webhook.http.5xx" if status >= 500 else "webhook.http.other"


def _text(body: JsonObject, key: str) -> str:
    text = body.get(key)
    if not isinstance(text, str) or not text.strip() or utf16_units(text) > TEXT_LIMIT:
        raise Refused(BAD_REQUEST, f"Bad Request: {key} must have 1 to 2000 characters")
    return text


async def _parameters(request: web.Request) -> JsonObject:
    """JSON, form, multipart or query string (A1)."""
    if request.content_type == "application/json" and request.can_read_body:
        try:
            body = json.loads(await request.read())
        except ValueError:
            raise Refused(BAD_REQUEST, "Bad Request: no JSON") from None
        if not isinstance(body, dict):
            raise Refused(BAD_REQUEST, "Bad Request: no JSON object")
        return body
    return dict(request.query) | dict(await request.post())
