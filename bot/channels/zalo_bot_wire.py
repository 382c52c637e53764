"""From a Zalo Bot update to what was said: pure (Zalo reference, A5, A6)."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

import msgspec

from bot.channels.zalo_desk import NAME_BOT, Arrived
from bot.channels.zalo_places import said_words
from bot.events import AnySaid, Incoming, Photo, Unsupported, Voice


class Us(msgspec.Struct, frozen=True):
    """Who we are on the Bot Platform.

    `account` is the number before the colon of the token, known without asking; `own_id` is what
    our own messages come from, and `name` what people mention us by, both as `getMe` tells.
    """

    account: str
    own_id: str = ""
    name: str = ""


def read(raw: bytes, *, us: Us, now: datetime) -> Arrived:
    """What an update means, in either shape: bare, or wrapped in ok/result (A5).

    Never raises: what cannot be read is kept as it came.
    """
    own_key = f"h:{hashlib.sha256(raw).hexdigest()[:40]}"
    body = raw.decode("utf-8", "replace")
    try:
        update = msgspec.json.decode(raw, type=dict[str, Any])
        return _arrived(_part(update, "result") or update, body, own_key, us, now)
    except (msgspec.DecodeError, UnicodeDecodeError, LookupError, TypeError, ValueError):
        return Arrived(key=own_key, event="?", chat="", at=now, body=body)


def _arrived(update: dict[str, Any], body: str, own_key: str, us: Us, now: datetime) -> Arrived:
    name = str(update.get("event_name") or "?")
    message = _part(update, "message")
    sender, chat = _part(message, "from"), _part(message, "chat")
    sender_id = str(sender.get("id") or "")
    chat_id = str(chat.get("id") or sender_id)
    at = min(_at(message.get("date")) or now, now)
    group = str(chat.get("chat_type") or "").upper() == "GROUP"
    own = sender.get("is_bot") is True or sender_id == us.own_id
    said = None if own or not sender_id else _said(name, message, us, group=group)
    key = str(message.get("message_id") or "") or own_key
    incoming = None
    if said is not None:
        incoming = Incoming(
            channel=NAME_BOT,
            account=us.account,
            message_id=key,
            sender=sender_id,
            chat=chat_id,
            said=said,
            sent_at=at,
            sender_name=str(sender.get("display_name") or ""),
            group=group,
        )
    return Arrived(
        key=key,
        event=name,
        chat="" if own else chat_id,
        at=at,
        body=body,
        incoming=incoming,
        interacts=said is not None,
        once_a_day=isinstance(said, Unsupported),
    )


def _said(name: str, message: dict[str, Any], us: Us, *, group: bool) -> AnySaid | None:
    """What was said; in groups only what mentions us arrives, with the mention in it (A6)."""
    match name:
        case "message.text.received":
            return said_words(_unmentioned(str(message.get("text") or ""), us, group=group))
        case "message.image.received":
            # captured traffic says `photo_url`, the documents `photo`
            url = str(message.get("photo_url") or message.get("photo") or "")
            caption = _unmentioned(str(message.get("caption") or ""), us, group=group)
            return Photo(url, caption=caption) if url else Unsupported("image")
        case "message.voice.received":
            url = str(message.get("voice_url") or "")
            return Voice(url) if url else Unsupported("voice")
        case "message.sticker.received":
            return Unsupported("sticker")
        case "message.unsupported.received":
            return Unsupported("unsupported")
    return None


def _unmentioned(words: str, us: Us, *, group: bool) -> str:
    mention = f"@{us.name}"
    if not group or not us.name or mention.casefold() not in words.casefold():
        return words
    at = words.casefold().index(mention.casefold())
    return (words[:at] + words[at + len(mention) :].lstrip(" ,:;")).strip()


def _part(holder: dict[str, Any], name: str) -> dict[str, Any]:
    part = holder.get(name)
    return part if isinstance(part, dict) else {}


def _at(date: Any) -> datetime | None:
    """Epoch milliseconds (A5)."""
    try:
        return datetime.fromtimestamp(int(date) / 1000, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None
