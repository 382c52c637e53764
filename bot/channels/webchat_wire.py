"""What goes over the web chat's wire: the desk it asks, the lines it shows, the words it accepts."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import msgspec

from bot.events import AnySaid, Incoming, Photo, Place, Reply, Tap, Text

CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
"""What a page may call its own messages. The dot is ours: it numbers the photos of an album."""

PLACE_WORDS_LIMIT = 200
TOKEN_LIMIT = 64

OVERLAP = timedelta(seconds=10)
"""How far a cursor looks back: rows committed a little out of order are read twice, never missed."""


class NotAPicture(Exception):
    """The bytes are no picture that the store can keep (it sniffs them; names and headers are not believed)."""


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """One thing the person said in this chat. `message_id` is as `WebChat` gave it in the `Incoming`."""

    message_id: str
    said: AnySaid
    at: datetime


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One thing the bot said: an outbox row that is being sent or was sent.

    `at` is when it appeared (sent, or now for a row on its way), not when it was made: a
    nudge made on Monday for Thursday belongs to Thursday.
    """

    id: int
    reply: Reply
    at: datetime


Line = Heard | Told


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A copy that may be shown: without position and time. `name` is for files that are downloaded."""

    content_type: str
    data: bytes
    name: str = ""


class WebChatDesk(Protocol):
    """What the web chat needs of the rest of the house; `bot/app.py` answers with the store."""

    async def take(self, incomings: Sequence[Incoming]) -> None:
        """Hand over what was said; returns once it is durable. A known message changes nothing."""
        ...

    async def keep_photo(self, data: bytes, *, address: str, ref: str) -> int:
        """Keep a picture and return its media id; the same `ref` again gives the same id.

        Raises NotAPicture for anything else than a picture.
        """
        ...

    async def photo(self, media: int, *, address: str, thumbnail: bool) -> Shown | None:
        """The copy that may be shown, when a message of this very chat carries it; else None."""
        ...

    async def history(self, address: str, *, since: datetime | None, limit: int) -> Sequence[Line]:
        """The newest `limit` lines of this chat that appeared at or after `since`, oldest first.

        Rows that are being sent right now always count, whatever their times.
        """
        ...


class Pin(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A place as the page sends it: WGS 84 degrees."""

    lat: float
    lon: float
    words: str = ""


class Saying(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of `POST /chat/say`: an id and exactly one of the three."""

    id: str
    text: str | None = None
    token: str | None = None
    place: Pin | None = None


def said_of(saying: Saying, *, text_limit: int) -> AnySaid:
    """What was said. Raises ValueError (bad-id, empty, too-long, bad-token, bad-place, not-one-thing)."""
    if not CLIENT_ID.fullmatch(saying.id):
        raise ValueError("bad-id")
    if sum(part is not None for part in (saying.text, saying.token, saying.place)) != 1:
        raise ValueError("not-one-thing")
    if saying.text is not None:
        return _text(saying.text, text_limit)
    if saying.token is not None:
        return _tap(saying.token)
    assert saying.place is not None
    return _place(saying.place)


def _text(words: str, limit: int) -> Text:
    words = words.replace("\x00", "")  # PostgreSQL cannot keep it
    if not words.strip():
        raise ValueError("empty")
    if utf16_length(words) > limit:
        raise ValueError("too-long")
    return Text(words=words)


def _tap(token: str) -> Tap:
    if not (0 < len(token) <= TOKEN_LIMIT and token.isascii() and token.isprintable()):
        raise ValueError("bad-token")
    return Tap(token=token)


def _place(pin: Pin) -> Place:
    if not (math.isfinite(pin.lat) and math.isfinite(pin.lon)):
        raise ValueError("bad-place")
    if not (-90 <= pin.lat <= 90 and -180 <= pin.lon <= 180):
        raise ValueError("bad-place")
    return Place(lat=pin.lat, lon=pin.lon, words=pin.words.replace("\x00", "")[:PLACE_WORDS_LIMIT])


def utf16_length(words: str) -> int:
    """Length as `Abilities.text_limit` and JavaScript count it."""
    return len(words.encode("utf-16-le")) // 2


def line_id(line: Line) -> str:
    """What the page knows the line by. A page's own ids have no colon, so the two never meet."""
    if isinstance(line, Told):
        return f"bot:{line.id}"
    return line.message_id.rpartition("/")[2]


def as_json(line: Line) -> dict[str, Any]:
    """The line as the page reads it. Ids are strings: they are larger than JavaScript's whole numbers."""
    common = {"id": line_id(line), "at": line.at.astimezone(UTC).isoformat()}
    if isinstance(line, Heard):
        return common | {"who": "me"} | _heard_json(line.said)
    reply = line.reply
    return common | {
        "who": "bot",
        "words": reply.words,
        "buttons": [[button.label, button.token] for button in reply.buttons],
        "photos": [str(media) for media in reply.photos],
        "files": [str(media) for media in reply.files],
        "asks_place": reply.asks_place,
    }


def _heard_json(said: AnySaid) -> dict[str, Any]:
    match said:
        case Text(words=words):
            return {"words": words}
        case Tap(token=token):
            return {"token": token}
        case Place(lat=lat, lon=lon, words=words):
            return {"place": {"lat": lat, "lon": lon, "words": words}}
        case Photo(media=media, caption=caption):
            return {"photos": [] if media is None else [str(media)], "words": caption}
        case _:
            return {"words": ""}


def cursor_of(lines: Sequence[Line], otherwise: str = "") -> str:
    """Where a page stands after these lines: microseconds since 1970, as SSE's `id`."""
    if not lines:
        return otherwise
    newest = max(line.at for line in lines)
    return str(int(newest.timestamp() * 1_000_000))


def since_of(cursor: str) -> datetime | None:
    """The moment to read from for a page that stands at `cursor`; None when it is no cursor of ours."""
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= 17):
        return None
    return datetime.fromtimestamp(int(cursor) / 1_000_000, UTC) - OVERLAP
