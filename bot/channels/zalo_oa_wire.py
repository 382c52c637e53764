"""From an Official Account's webhook event to what was said: pure (Zalo reference, B10, B11)."""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from bot.channels.zalo_desk import NAME_OA, Arrived
from bot.channels.zalo_places import said_words, typed_place
from bot.events import (
    AnySaid,
    Blocked,
    Contact,
    File,
    Incoming,
    Photo,
    Place,
    Tap,
    Text,
    Unblocked,
    Unsupported,
    Voice,
)

TAP = re.compile(r"^#((?:q|w|go|look|do)\.[\x20-\x7e]{1,60})$")
"""A button's payload comes back as ordinary text (B5): our tokens with "#" before them."""

INTERACTS = frozenset({"user_call_oa", "follow", "user_click_chatnow"})
"""Besides every `user_send_…`: what restarts the clock of a window (point 18)."""

TO_DO = frozenset({"user_withdraw", "permission_revoked"})


class Stamp(msgspec.Struct, frozen=True):
    """The one thing the signature needs from the body; nothing else is read before it is checked."""

    timestamp: str | int = ""


def signature(app_id: str, raw: bytes, timestamp: str, key: str) -> str:
    """The value Zalo signs an event with: plain SHA-256 over app id, raw body, time and key (B10)."""
    return hashlib.sha256(app_id.encode() + raw + timestamp.encode() + key.encode()).hexdigest()


def is_signed(raw: bytes, header: str, *, app_id: str, keys: tuple[str, ...]) -> bool:
    """Whether `header` (with or without "mac=") signs exactly these bytes with one of `keys`."""
    try:
        stamp = msgspec.json.decode(raw, type=Stamp)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    given = header.strip().lower().removeprefix("mac=")
    expected = [signature(app_id, raw, str(stamp.timestamp), key) for key in keys]
    return any(hmac.compare_digest(given.encode(), one.encode()) for one in expected)


def read(raw: bytes, *, oa_id: str, now: datetime) -> Arrived:
    """What an event means. Never raises: what cannot be read is kept as it came.

    Args:
        oa_id: our account.
        now: the time of an event that carries none, and the latest time believed.
    """
    own_key = f"h:{hashlib.sha256(raw).hexdigest()[:40]}"
    body = raw.decode("utf-8", "replace")
    try:
        event = msgspec.json.decode(raw, type=dict[str, Any])
        return _arrived(event, body, own_key, oa_id, now)
    except (msgspec.DecodeError, UnicodeDecodeError, LookupError, TypeError, ValueError):
        return Arrived(key=own_key, event="?", chat="", at=now, body=body)


def _arrived(event: dict[str, Any], body: str, own_key: str, oa_id: str, now: datetime) -> Arrived:
    name = str(event.get("event_name") or "?")
    at = min(_at(event.get("timestamp")) or now, now)
    chat = _user_of(event, name)
    said = _said(event, name)
    message_id = str(_part(event, "message").get("msg_id") or "")
    staff = name.startswith("oa_send_") and bool(_part(event, "sender").get("admin_id"))
    # one message has several events (sent, received, seen): only what a person sends is known by its id
    key = message_id if message_id and name.startswith("user_send_") else own_key
    incoming = None
    if said is not None and chat:
        incoming = Incoming(
            channel=NAME_OA,
            account=oa_id,
            message_id=key,
            sender=chat,
            chat=chat,
            said=said,
            sent_at=at,
        )
    return Arrived(
        key=key,
        event=name,
        chat=chat,
        at=at,
        body=body,
        incoming=incoming,
        interacts=name.startswith("user_send_") or name in INTERACTS,
        to_do=name in TO_DO,
        staff=staff,
        once_a_day=isinstance(said, Unsupported),
    )


def _at(timestamp: Any) -> datetime | None:
    """Epoch milliseconds, as text or number; None for anything else."""
    try:
        return datetime.fromtimestamp(int(timestamp) / 1000, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def _part(holder: dict[str, Any], name: str) -> dict[str, Any]:
    part = holder.get(name)
    return part if isinstance(part, dict) else {}


def _user_of(event: dict[str, Any], name: str) -> str:
    """The person an event is about; ids are strings above 2^53 (B1)."""
    if name in ("follow", "unfollow"):
        return str(_part(event, "follower").get("id") or "")
    if name in ("user_click_chatnow", "user_withdraw"):
        return str(event.get("user_id") or "")
    theirs = name.startswith("oa_") or name in ("user_received_message", "user_seen_message")
    return str(_part(event, "recipient" if theirs else "sender").get("id") or "")


def _said(event: dict[str, Any], name: str) -> AnySaid | None:
    """What the person said; None when nobody said anything to us."""
    match name:
        case "follow" | "user_click_chatnow":
            return Unblocked()
        case "unfollow":
            return Blocked()
        case "user_submit_info":
            info = _part(event, "info")
            phone = str(info.get("phone") or "")
            return Contact(phone, name=str(info.get("name") or ""), own=True) if phone else None
    if not name.startswith("user_send_") or name.startswith("user_send_group_"):
        return None
    message = _part(event, "message")
    words = str(message.get("text") or "")
    if name == "user_send_text":
        tapped = TAP.match(words)
        return Tap(tapped[1]) if tapped else said_words(words)
    return _attached(name, message, words)


def _attached(name: str, message: dict[str, Any], words: str) -> AnySaid:
    kind = name.removeprefix("user_send_")
    payload = _payload(message)
    url = str(payload.get("url") or payload.get("thumbnail") or "")
    match kind:
        case "image" | "gif" if url:
            return Photo(url, caption=words)
        case "audio" if url:
            return Voice(url)
        case "video" | "file" if url:
            described = words or str(payload.get("description") or "")
            return File(url, name=str(payload.get("name") or ""), caption=described)
        case "location":
            return _place(payload, words) or Unsupported(kind)
        case "link" | "business_card":
            return _link(payload, words, url) or Unsupported(kind)
    # a sticker, and whatever Zalo invents next
    return Text(words) if words and kind != "sticker" else Unsupported(kind)


def _payload(message: dict[str, Any]) -> dict[str, Any]:
    attachments = message.get("attachments")
    first = attachments[0] if isinstance(attachments, list) and attachments else {}
    return _part(first, "payload") if isinstance(first, dict) else {}


def _place(payload: dict[str, Any], words: str) -> Place | None:
    """A pin: coordinates travel as strings; out of range means that it is none (point 5)."""
    at = _part(payload, "coordinates")
    try:
        lat, lon = Decimal(str(at.get("latitude"))), Decimal(str(at.get("longitude")))
    except InvalidOperation:
        return None
    if not (lat.is_finite() and lon.is_finite() and abs(lat) <= 90 and abs(lon) <= 180):
        return None
    return Place(float(lat), float(lon), words)


def _link(payload: dict[str, Any], words: str, url: str) -> AnySaid | None:
    """A pasted link: a place when it is a map's, a card when it describes a person, else words."""
    described = str(payload.get("description") or "")
    if described.lstrip().startswith("{"):
        card = _card(described)
        if card is not None:
            return card
        described = ""
    text = " ".join(part for part in (words or described, url if url not in words else "") if part)
    if not text:
        return None
    return typed_place(text) or Text(text)


def _card(described: str) -> Contact | None:
    try:
        card = msgspec.json.decode(described.encode(), type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    phone = str(card.get("phone") or "")
    return (
        Contact(phone, name=str(card.get("caption") or card.get("name") or "")) if phone else None
    )


def recovered(line: dict[str, Any], *, oa_id: str, now: datetime) -> Arrived | None:
    """A line of `listrecentchat` as the event that was missed; None for our own lines (point 30).

    The reference gives no shape for these lines, so they are read leniently: `src` 1 (or an
    origin that is not us) marks the person's.
    """
    sender = str(line.get("from_id") or "")
    message_id = str(line.get("message_id") or line.get("msg_id") or "")
    if not sender or not message_id or sender == oa_id or str(line.get("src", 1)) == "0":
        return None
    words = str(line.get("message") or "")
    kind = {"photo": "image", "voice": "audio"}.get(str(line.get("type")), str(line.get("type")))
    payload = {key: line.get(key) for key in ("url", "thumbnail", "description") if line.get(key)}
    location = line.get("location")
    if isinstance(location, str) and location.lstrip().startswith("{"):
        payload["coordinates"] = msgspec.json.decode(location.encode())
    if kind == "text" or not payload:
        kind = "text"
    event = {
        "event_name": f"user_send_{kind}",
        "timestamp": str(line.get("time") or ""),
        "sender": {"id": sender},
        "message": {"msg_id": message_id, "text": words, "attachments": [{"payload": payload}]},
    }
    return read(msgspec.json.encode(event), oa_id=oa_id, now=now)
