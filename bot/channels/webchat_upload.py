"""Photos on their way in: a multipart body, read part by part, each photo kept before the next is read."""

from __future__ import annotations

import re

import msgspec
from aiohttp import BodyPartReader, web

from bot.channels.webchat_answers import refusal
from bot.channels.webchat_door import Limits
from bot.channels.webchat_wire import CLIENT_ID, NotAPicture, WebChatDesk
from bot.events import Photo

_NUMBER = re.compile(r"[0-9]{1,3}")


class Uploaded(msgspec.Struct, frozen=True, kw_only=True):
    """One photo that is kept. `own_id` is the page's ("album.0"), `album` the same for photos sent together."""

    own_id: str
    album: str
    said: Photo


async def read_album(
    request: web.Request, desk: WebChatDesk, address: str, limits: Limits
) -> list[Uploaded]:
    """Keep every photo of the body. The fields `id`, `n` (number of the first) and `caption` come first.

    Raises Refusal: nothing but the photos before the refused one is kept, and nothing is said.
    """
    fields = {"id": "", "n": "0", "caption": ""}
    photos: list[Uploaded] = []
    try:
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader):
                raise refusal(400, "bad-json")
            if part.filename is None:
                fields[part.name or ""] = await _field(part, limits)
            elif len(photos) >= limits.photos:
                raise refusal(413, "too-many-photos", photos=limits.photos)
            else:
                photos.append(await _photo(part, desk, address, fields, len(photos), limits))
    except ValueError as wrong:  # aiohttp's word for a broken multipart body
        raise refusal(400, "bad-json") from wrong
    if not photos:
        raise refusal(400, "no-photo")
    return photos


async def _field(part: BodyPartReader, limits: Limits) -> str:
    data = await _read(part, 4 * limits.caption, "too-long", limits)
    return data.decode("utf-8", "replace").replace("\x00", "")


async def _photo(
    part: BodyPartReader,
    desk: WebChatDesk,
    address: str,
    fields: dict[str, str],
    nth: int,
    limits: Limits,
) -> Uploaded:
    album, first = fields["id"], fields["n"]
    if not CLIENT_ID.fullmatch(album) or not _NUMBER.fullmatch(first):
        raise refusal(400, "bad-id")
    data = await _read(part, limits.photo_bytes, "photo-too-big", limits)
    number = int(first) + nth
    own_id = f"{album}.{number}"
    ref = f"{address}/{own_id}"
    try:
        media = await desk.keep_photo(data, address=address, ref=ref)
    except NotAPicture as wrong:
        raise refusal(415, "not-a-picture") from wrong
    caption = fields["caption"][: limits.caption] if number == 0 else ""
    said = Photo(ref=ref, caption=caption, media=media)
    return Uploaded(own_id=own_id, album=f"{address}/{album}", said=said)


async def _read(part: BodyPartReader, limit: int, code: str, limits: Limits) -> bytes:
    data = bytearray()
    while chunk := await part.read_chunk(64 * 1024):
        data += chunk
        if len(data) > limit:
            raise refusal(413, code, megabytes=limits.photo_bytes // 2**20)
    return bytes(data)
