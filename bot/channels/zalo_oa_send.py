"""Sending through the Official Account: one message, one call, and what follows when it goes wrong.

Zalo has no key by which it would know a repeated send. But it shows the conversation, so a
message whose answer was lost is looked for there before it is tried again (point 11); where
looking does not help either, the outcome stays unknown and nothing is repeated.
"""

from __future__ import annotations

import asyncio
import hashlib
import unicodedata
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import msgspec

from bot.channels.base import (
    ChannelDown,
    OutcomeUnknown,
    Outgoing,
    SendFailed,
    Sent,
    TryLater,
    WindowClosed,
)
from bot.channels.zalo_desk import Uploaded, ZaloDesk
from bot.channels.zalo_files import fits, last_words, words_for
from bot.channels.zalo_http import CallFailed, JsonObject, NotSent
from bot.channels.zalo_oa_calls import (
    CONVERSATION,
    LINES_PER_CALL,
    SEND,
    TEMPLATE,
    OaError,
    OpenApi,
)
from bot.channels.zalo_oa_errors import INVALID, advice, backoff_s, failure, kind_of
from bot.channels.zalo_oa_messages import (
    SUBTITLE_LIMIT,
    button_message,
    contact_message,
    file_message,
    file_name,
    image_message,
    jpeg_within,
    text_message,
)

CLOCK_SKEW = timedelta(seconds=30)
"""How far Zalo's clock may be behind ours when a message is looked for."""

MOST_LOOKS = 4
MOST_REMEMBERED = 4096
UNREACHABLE_AFTER = 5
"""Calls in a row without connection after which the whole account waits, instead of each message by itself."""

NO_MORE_DOUBT = "the conversation cannot be read either"


class SendRules(msgspec.Struct, frozen=True, kw_only=True):
    """What the operator chose where sources conflict, and prices."""

    button_template: Literal["with", "without"] = "without"
    button_taps: Literal["hide", "show"] = "hide"
    checks_sends: bool = True
    paid_vnd: int = 55
    template_id: str = ""
    contact_image_url: str = ""


class Sender:
    """Carries messages of one Official Account."""

    def __init__(
        self,
        api: OpenApi,
        desk: ZaloDesk,
        rules: SendRules,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._api = api
        self._desk = desk
        self._rules = rules
        self._clock = clock
        self._template = rules.button_template
        self._tried: OrderedDict[str, int] = OrderedDict()
        self._doubts: dict[str, datetime] | None = None
        self._looks: dict[str, int] = {}
        self._ours: OrderedDict[str, None] = OrderedDict()
        self._unconnected = 0

    async def send(self, message: Outgoing) -> Sent:
        """Carry one message. Raises what `bot.channels.base` names."""
        verdict = await self._desk.may_send(message)
        if verdict.may == "wake":
            await self._wake(message)
        if verdict.may != "go":
            raise WindowClosed(verdict.why)
        try:
            sent, billed_vnd = await self._carry(message)
        except OutcomeUnknown:
            raise
        except SendFailed:
            await self._desk.not_sent(message, reserved_vnd=verdict.reserved_vnd)
            raise
        await self._desk.was_sent(message, reserved_vnd=verdict.reserved_vnd, billed_vnd=billed_vnd)
        return sent

    async def _carry(self, message: Outgoing) -> tuple[Sent, int]:
        started = self._clock()
        known = await self._look_first(message)
        if known is not None:
            return known, 0
        try:
            data = await self._posted(message)
        except OaError as error:
            raise await self._refused(message, error) from None
        except NotSent as error:
            raise self._unreached(message, str(error)) from None
        except CallFailed as error:
            return await self._after_silence(message, started, str(error)), 0
        self._unconnected = 0
        self._tried.pop(message.key, None)
        message_id = str(data.get("message_id") or "")
        _remember(self._ours, message_id)
        return Sent(message_id), self._billed_vnd(data)

    def _billed_vnd(self, data: JsonObject) -> int:
        quota = data.get("quota")
        kind = quota.get("quota_type") if isinstance(quota, dict) else ""
        return self._rules.paid_vnd if kind == "purchase_quota" else 0

    async def _posted(self, message: Outgoing) -> JsonObject:
        try:
            return await self._cs(message, await self._body(message))
        except OaError as error:
            if error.code == INVALID and message.buttons and not message.photos:
                # the sources do not agree whether button messages name their template (B5)
                self._template = "with" if self._template == "without" else "without"
                return await self._cs(message, await self._body(message))
            if kind_of(error.code) == "upload" and (message.photos or message.files):
                await self._desk.keep_upload(_sha256(_file(message)[2]), None)
                return await self._cs(message, await self._body(message))
            raise

    async def _cs(self, message: Outgoing, body: JsonObject) -> JsonObject:
        return await self._api.post(SEND, {"recipient": {"user_id": message.chat}, "message": body})

    async def _body(self, message: Outgoing) -> JsonObject:
        if message.photos:
            return image_message(message.words, await self._uploaded(message, "image"))
        if message.files and not fits(message):
            url = await self._desk.publish_file(_file(message)[2])
            return text_message(words_for(message, url))
        if message.files:
            return file_message(await self._uploaded(message, "file"))
        if message.buttons:
            return button_message(message, template=self._template, taps=self._rules.button_taps)
        if message.asks_contact and await self._may_ask_contact(message):
            return contact_message(message.words, self._rules.contact_image_url)
        return text_message(message.words)

    async def _may_ask_contact(self, message: Outgoing) -> bool:
        fits = len(message.words.encode("utf-16-le")) // 2 <= SUBTITLE_LIMIT
        if not fits or not self._rules.contact_image_url:
            return False
        return not await self._desk.is_sensitive(message.chat)

    async def _uploaded(self, message: Outgoing, kind: Literal["image", "file"]) -> Uploaded:
        """What Zalo calls the picture or file; uploaded once a week for everybody it goes to."""
        name, content_type, content = _file(message)
        digest = _sha256(content)
        known = await self._desk.uploaded(digest)
        if known is not None:
            return known
        if kind == "image":
            name, content_type = f"{name.rsplit('.', 1)[0]}.jpg", "image/jpeg"
            content = await asyncio.to_thread(jpeg_within, content)
        else:
            name = file_name(name, content_type)
        try:
            data = await self._api.upload(kind, content, name, content_type)
        except NotSent:
            raise
        except CallFailed as error:
            # an upload reaches nobody: it may be made again
            raise TryLater(f"upload: {error}", after_s=self._next_wait_s(message.key)) from None
        made = next(
            (Uploaded(f, str(data[f])) for f in ("token", "attachment_id") if data.get(f)), None
        )
        if made is None:
            raise TryLater("an upload without an id", after_s=self._next_wait_s(message.key))
        await self._desk.keep_upload(digest, made)
        return made

    # --- when it goes wrong -------------------------------------------------------------------

    async def _refused(self, message: Outgoing, error: OaError) -> SendFailed:
        self._unconnected = 0
        kind = kind_of(error.code, error.message)
        tried = self._tried.get(message.key, 0)
        self._note_try(message.key)
        if kind == "money":
            await self._desk.no_paid_until_morning()
            await self._desk.alert("no-money", advice(error.code))
        elif kind == "stop":
            await self._desk.alert(f"error{error.code}", advice(error.code))
        return failure(error.code, error.message, now=self._clock(), tried=tried)

    def _unreached(self, message: Outgoing, reason: str) -> SendFailed:
        self._unconnected += 1
        if self._unconnected >= UNREACHABLE_AFTER:
            return ChannelDown(f"openapi.zalo.me cannot be reached: {reason}")
        return TryLater(reason, after_s=self._next_wait_s(message.key))

    def _next_wait_s(self, key: str) -> float:
        return backoff_s(self._note_try(key))

    def _note_try(self, key: str) -> int:
        """Count one more failed try; returns how many there were before."""
        tried = self._tried.pop(key, 0)
        self._tried[key] = tried + 1
        if len(self._tried) > MOST_REMEMBERED:
            self._tried.popitem(last=False)
        return tried

    # --- when no answer came ------------------------------------------------------------------

    async def _after_silence(self, message: Outgoing, started: datetime, reason: str) -> Sent:
        """The call left and nothing usable came back: look whether it is in the conversation."""
        if not self._rules.checks_sends or (message.asks_contact and not message.words):
            raise OutcomeUnknown(reason)
        doubts = await self._known_doubts()
        if message.key not in doubts:
            doubts[message.key] = started
            await self._desk.doubt(message.key, started)
        if await self._is_there(message, doubts[message.key]):
            return await self._settled(message)
        # it may still be on its way; the next try looks once more before it sends
        raise TryLater(
            f"{reason}; not in the conversation yet", after_s=self._next_wait_s(message.key)
        )

    async def _look_first(self, message: Outgoing) -> Sent | None:
        """What is already known to be carried, of a message that was in doubt; None to send it."""
        doubts = await self._known_doubts()
        since = doubts.get(message.key)
        if since is None:
            return None
        there = await self._is_there(message, since)
        if there:
            return await self._settled(message)
        if there is None:
            self._looks[message.key] = self._looks.get(message.key, 0) + 1
            if self._looks[message.key] >= MOST_LOOKS:
                await self._settled(message)
                raise OutcomeUnknown(NO_MORE_DOUBT)
            raise TryLater(NO_MORE_DOUBT, after_s=self._next_wait_s(message.key))
        await self._settled(message)
        return None

    async def _settled(self, message: Outgoing) -> Sent:
        (await self._known_doubts()).pop(message.key, None)
        self._looks.pop(message.key, None)
        self._tried.pop(message.key, None)
        await self._desk.settled(message.key)
        return Sent("")

    async def _known_doubts(self) -> dict[str, datetime]:
        if self._doubts is None:
            self._doubts = await self._desk.doubts()
        return self._doubts

    async def _is_there(self, message: Outgoing, since: datetime) -> bool | None:
        """Whether the conversation shows the message after `since`; None when it cannot be told."""
        since_ms = (since - CLOCK_SKEW).timestamp() * 1000
        for page in range(5):
            body = {
                "user_id": message.chat,
                "offset": page * LINES_PER_CALL,
                "count": LINES_PER_CALL,
            }
            try:
                lines = await self._api.get(CONVERSATION, body)
            except (OaError, CallFailed, SendFailed):
                return None
            if not isinstance(lines, list) or not all(_readable(line) for line in lines):
                return None
            for line in lines:
                if float(line["time"]) < since_ms:
                    return False
                if self._is_it(line, message):
                    _remember(self._ours, str(line.get("message_id") or ""))
                    return True
            if len(lines) < LINES_PER_CALL:
                return False
        return False

    def _is_it(self, line: dict[str, Any], message: Outgoing) -> bool:
        if str(line["src"]) != "0" or str(line.get("message_id") or "") in self._ours:
            return False
        words = message.words
        if message.files and not message.photos and not fits(message):
            words = last_words(message)
        if words:
            return _plain(str(line.get("message") or "")).endswith(_plain(words))
        return str(line.get("type")) not in ("text", "")

    # --- templates ----------------------------------------------------------------------------

    async def _wake(self, message: Outgoing) -> None:
        """A paid template asks a person who has been silent for long to write; the message itself waits."""
        body = {
            "user_id": message.chat,
            "template_id": self._rules.template_id,
            "template_data": {"noi_dung": "Xã có tin cho anh/chị"},
        }
        try:
            await self._api.post(TEMPLATE, body)
        except (OaError, CallFailed) as error:
            code = error.code if isinstance(error, OaError) else 0
            if kind_of(code) in ("money", "refused"):
                await self._desk.no_paid_until_morning()
                await self._desk.alert("template", f"the waking template was refused: {error}")


def _file(message: Outgoing) -> tuple[str, str, bytes]:
    return (*message.photos, *message.files)[0]


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _plain(words: str) -> str:
    return " ".join(unicodedata.normalize("NFC", words).split())


def _readable(line: Any) -> bool:
    """Whether a line of the conversation has what looking needs; its shape is undocumented (B8)."""
    if not isinstance(line, dict) or str(line.get("src")) not in ("0", "1"):
        return False
    try:
        float(line.get("time", ""))
    except (TypeError, ValueError):
        return False
    return True


def _remember(memory: OrderedDict[str, None], message_id: str) -> None:
    if message_id:
        memory[message_id] = None
        if len(memory) > MOST_REMEMBERED:
            memory.popitem(last=False)
