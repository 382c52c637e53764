"""From one rendered message to one call of the Bot API, and from its errors to what follows.

One message is one call, so that it is carried wholly or not at all; `render` cuts replies
accordingly. Plain text only: what people typed is never read as markup.

Telegram can ask for a position or a phone number only through the keyboard under the
typing line, which cannot stand beside inline buttons. So a message with buttons keeps its
buttons, and one without gets the keyboard, in private only; the next message without
buttons takes it away again.
"""

from __future__ import annotations

import os
import re
from datetime import timedelta
from typing import Any

import httpx
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    InputMediaPhoto,
    KeyboardButton,
    LinkPreviewOptions,
    Message,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    ReplyParameters,
)
from telegram.error import (
    BadRequest,
    ChatMigrated,
    EndPointNotFound,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.channels.base import (
    ChannelDown,
    Moved,
    OutcomeUnknown,
    Outgoing,
    Refused,
    SendFailed,
    Sent,
    TryLater,
    Unreachable,
)

# the library's own switch to durations that know their unit; without it every 429 brings a warning
os.environ.setdefault("PTB_TIMEDELTA", "1")

GIVE_PLACE = "📍 Gửi vị trí"
GIVE_CONTACT = "📞 Gửi số điện thoại"

NOT_CONNECTED_S = 5.0
SERVER_TROUBLE_S = 10.0
MOST_KEYBOARDS = 4096

Markup = InlineKeyboardMarkup | ReplyKeyboardMarkup | ReplyKeyboardRemove | None

_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


class Caller:
    """Makes the calls, and knows in which private chats a keyboard stands."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        # Forgotten at a restart, on purpose: a one-time keyboard has then folded away by itself.
        self._keyboards: dict[str, None] = {}

    async def send(self, message: Outgoing) -> Sent:
        """Carry one message with one call. Raises what `bot.channels.base` names."""
        markup = self._markup(message)
        try:
            made = await self._call(message, markup)
        except TelegramError as error:
            raise send_failure(error) from None
        self._note_keyboard(message.chat, markup)
        return Sent(f"{made.chat_id}:{made.message_id}")

    async def _call(self, message: Outgoing, markup: Markup) -> Message:
        common: dict[str, Any] = {
            "chat_id": int(message.chat),
            "reply_parameters": _reply_to(message),
        }
        if not message.photos and not message.files:
            return await self._bot.send_message(
                text=message.words, link_preview_options=_NO_PREVIEW, reply_markup=markup, **common
            )
        caption = message.words or None
        if len(message.photos) + len(message.files) == 1:
            send = self._bot.send_photo if message.photos else self._bot.send_document
            kind = "photo" if message.photos else "document"
            (name, _, content), *_ = message.photos or message.files
            common[kind] = InputFile(content, filename=name)
            return await send(caption=caption, reply_markup=markup, **common)
        if message.files or message.buttons:
            raise Refused("an album carries photos and words, neither files nor buttons")
        album = [InputMediaPhoto(content, filename=name) for name, _, content in message.photos]
        made = await self._bot.send_media_group(media=album, caption=caption, **common)
        return made[0]

    def _markup(self, message: Outgoing) -> Markup:
        if message.buttons:
            return InlineKeyboardMarkup(
                [
                    [InlineKeyboardButton(label, callback_data=token) for label, token in row]
                    for row in message.buttons
                ]
            )
        if message.group or len(message.photos) > 1:
            return None
        keys = []
        if message.asks_place:
            keys.append(KeyboardButton(GIVE_PLACE, request_location=True))
        if message.asks_contact:
            keys.append(KeyboardButton(GIVE_CONTACT, request_contact=True))
        if keys:
            return ReplyKeyboardMarkup([[key] for key in keys], True, True)
        return ReplyKeyboardRemove() if message.chat in self._keyboards else None

    def _note_keyboard(self, chat: str, markup: Markup) -> None:
        if isinstance(markup, ReplyKeyboardMarkup):
            self._keyboards[chat] = None
            if len(self._keyboards) > MOST_KEYBOARDS:
                del self._keyboards[next(iter(self._keyboards))]
        elif isinstance(markup, ReplyKeyboardRemove):
            self._keyboards.pop(chat, None)


def _reply_to(message: Outgoing) -> ReplyParameters | None:
    """What the message answers, when it is a message of this very chat (taps and old chats are not)."""
    chat, _, rest = message.reply_to.partition(":")
    number, _, _ = rest.partition(":")
    if chat != message.chat or not number.isdigit():
        return None
    return ReplyParameters(message_id=int(number), allow_sending_without_reply=True)


# --- what an error means -------------------------------------------------------------------------

_TOKEN = re.compile(r"\d{3,}:[A-Za-z0-9_-]{20,}")

_GONE = (
    "chat not found",
    "user is deactivated",
    "peer_id_invalid",
    "user_is_blocked",
    "have no rights to send",
    "not enough rights to send",
    "chat_write_forbidden",
    "group chat was deactivated",
    "topic_closed",
)
"""Bad requests that speak of the chat, not of the message (descriptions of the live service)."""

_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
)
"""Failures before the first byte of the request left."""


def hidden(words: str) -> str:
    """`words` without anything that looks like a bot token."""
    return _TOKEN.sub("(token)", words)


def send_failure(error: TelegramError) -> SendFailed:
    """What a failed call means for the message."""
    said = hidden(error.message)
    match error:
        case RetryAfter():
            return TryLater(said, after_s=retry_after_s(error))
        case ChatMigrated():
            return Moved(said, chat=str(error.new_chat_id))
        case Forbidden():
            return Unreachable(said)
        case EndPointNotFound():
            return Refused(said)
        case InvalidToken():
            return ChannelDown(f"Telegram does not know the bot's token: {said}")
        case BadRequest():
            gone = any(sign in said.lower() for sign in _GONE)
            return Unreachable(said) if gone else Refused(said)
        case TimedOut() | NetworkError():
            return _unanswered(error, said)
    return OutcomeUnknown(said)


def _unanswered(error: NetworkError, said: str) -> SendFailed:
    """No proper answer: whether anything was sent decides whether it may be sent again."""
    cause = error.__cause__
    if isinstance(cause, _NEVER_SENT):
        return TryLater(said, after_s=NOT_CONNECTED_S)
    if isinstance(cause, httpx.HTTPError) or "Unknown error in HTTP" in said:
        return OutcomeUnknown(said)
    lower = said.lower()
    if "too large" in lower:
        return Refused(said)
    if "gateway time" in lower:
        return OutcomeUnknown(said)
    return TryLater(said, after_s=SERVER_TROUBLE_S)


def retry_after_s(error: RetryAfter) -> float:
    """How long Telegram asks us to wait, in seconds."""
    wait = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)
