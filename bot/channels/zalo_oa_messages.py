"""From one rendered message to the body of one CS send (Zalo reference, B5, B6)."""

from __future__ import annotations

import io
import unicodedata
from typing import Literal

from PIL import Image, ImageOps

from bot.channels.base import Outgoing, Refused
from bot.channels.zalo_desk import Uploaded
from bot.channels.zalo_files import FILE_SUFFIXES
from bot.channels.zalo_http import JsonObject

TEXT_LIMIT = 2000
TITLE_LIMIT = 100
SUBTITLE_LIMIT = 500
MOST_BUTTONS = 5

IMAGE_BYTES = 900_000
"""Under Zalo's "1 MB", which may mean 1,000,000 or 1,048,576 (point 27)."""

CONTACT_TITLE = "Gửi số điện thoại cho xã"

_SIDES_PX = (2048, 1600, 1280, 1024, 800, 640)
_QUALITIES = (85, 75, 60)


def jpeg_within(content: bytes, limit_bytes: int = IMAGE_BYTES) -> bytes:
    """The picture as JPEG of at most `limit_bytes`, upright, made smaller as far as needed.

    Slow; call it in a thread.

    Raises:
        Refused: no picture, or one that cannot be made small enough.
    """
    if content.startswith(b"\xff\xd8\xff") and len(content) <= limit_bytes:
        return content
    try:
        with Image.open(io.BytesIO(content)) as opened:
            image = ImageOps.exif_transpose(opened).convert("RGB")
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise Refused(f"not a picture: {type(error).__name__}") from None
    for side_px in _SIDES_PX:
        image.thumbnail((side_px, side_px))
        for quality in _QUALITIES:
            out = io.BytesIO()
            image.save(out, "JPEG", quality=quality, optimize=True)
            if out.tell() <= limit_bytes:
                return out.getvalue()
    raise Refused("a picture that cannot be made small enough")


def file_name(name: str, content_type: str) -> str:
    """A name with the extension that Zalo wants (B6).

    Raises:
        Refused: a kind of file Zalo does not carry.
    """
    suffix = FILE_SUFFIXES.get(content_type)
    if suffix is None:
        raise Refused(f"Zalo carries no {content_type}")
    return name if name.lower().endswith(suffix) else f"{name}{suffix}"


def text_message(words: str) -> JsonObject:
    """Plain words; markup is never sent (point 4)."""
    return {"text": unicodedata.normalize("NFC", words)}


def button_message(
    message: Outgoing, *, template: Literal["with", "without"], taps: Literal["hide", "show"]
) -> JsonObject:
    """Words with buttons. A tap comes back as text: our token with "#" before it (B5)."""
    cells = [cell for row in message.buttons for cell in row][:MOST_BUTTONS]
    buttons = [
        {"title": label[:TITLE_LIMIT], "type": f"oa.query.{taps}", "payload": f"#{token}"}
        for label, token in cells
    ]
    payload: JsonObject = {"buttons": buttons}
    if template == "with":
        payload["template_type"] = "button"
    return text_message(message.words) | {"attachment": {"type": "template", "payload": payload}}


def image_message(words: str, uploaded: Uploaded) -> JsonObject:
    """One picture, with words beneath it when there are any."""
    element = {"media_type": "image", uploaded.field: uploaded.ref}
    payload = {"template_type": "media", "elements": [element]}
    attachment = {"type": "template", "payload": payload}
    return {**(text_message(words) if words else {}), "attachment": attachment}


def file_message(uploaded: Uploaded) -> JsonObject:
    """One file; words beside it are not carried (B5). The field is the one the upload answered with."""
    return {"attachment": {"type": "file", "payload": {uploaded.field: uploaded.ref}}}


def contact_message(words: str, image_url: str) -> JsonObject:
    """The platform's own form for a phone number, with the purpose in our words (point 20)."""
    element = {
        "title": CONTACT_TITLE,
        "subtitle": unicodedata.normalize("NFC", words)[:SUBTITLE_LIMIT],
        "image_url": image_url,
    }
    payload = {"template_type": "request_user_info", "elements": [element]}
    return {"attachment": {"type": "template", "payload": payload}}
