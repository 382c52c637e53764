"""Which messages a Zalo Official Account may send: their shape and limits (B5, B6, B9)."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from tests.emulators.zalo_common import JsonObject, Refused, utf16_units
from tests.emulators.zalo_phone import Button, Media

TEXT_LIMIT = 2000
MAX_BUTTONS = 5
TITLE_LIMIT = 100
SUBTITLE_LIMIT = 500
QUERY_LIMIT = 1000
# "1 MB" and "5 MB" (B6), taken at their smaller reading.
IMAGE_LIMIT_BYTES = 1_000_000
FILE_LIMIT_BYTES = 5_000_000
UPLOAD_LIFE = timedelta(days=7)
UPLOADS_PER_MONTH = 5000

INVALID, TOO_LARGE, EXPIRED_UPLOAD, UNSUPPORTED = -201, -210, -100, -233
BUTTON_TYPES = frozenset(
    {"oa.open.url", "oa.query.show", "oa.query.hide", "oa.open.sms", "oa.open.phone"}
)
PHONE_CODE = re.compile(r"84\d{8,10}")

FILE_MAGIC = {
    ".pdf": (b"%PDF",),
    ".doc": (b"\xd0\xcf\x11\xe0",),
    ".docx": (b"PK\x03\x04",),
}
IMAGE_MAGIC = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
GIF_MAGIC = (b"GIF87a", b"GIF89a")

UploadKind = Literal["image", "gif", "file"]
Fetch = Callable[[str], Awaitable[bytes | None]]


@dataclass(frozen=True)
class Upload:
    """A file kept by Zalo for seven days under an id."""

    kind: UploadKind
    content: bytes
    name: str
    at: datetime


@dataclass(frozen=True)
class Draft:
    """A message the rules have let through, before anybody is asked whether it may be sent."""

    kind: str
    text: str = ""
    buttons: tuple[Button, ...] = ()
    media: tuple[Media, ...] = ()


@dataclass
class MessageRules:
    """The checks of one OA, with the choices the reference's sources do not agree on (B5, B6).

    Attributes:
        button_template: whether a button payload must, may or may not name `template_type`.
        file_key: what a file message is sent by, the same word the upload answered with.
        caption_beside_file: only one source sends text beside a file.
        fetch: opens a URL from outside; None for a URL that cannot be opened here.
    """

    fetch: Fetch
    now: Callable[[], datetime]
    knows_message: Callable[[str], bool]
    button_template: Literal["either", "with", "without"] = "either"
    file_key: Literal["token", "attachment_id"] = "token"
    caption_beside_file: bool = False
    uploads: dict[str, Upload] = field(default_factory=dict)

    async def read(self, message: Any) -> Draft:
        """The message of a CS send.

        Raises:
            Refused: -201 wrong shape, -210 too long or too many, -100 upload id expired,
                -233 a kind v3 does not send.
        """
        if not isinstance(message, dict):
            raise Refused(INVALID, "message is invalid")
        text = self._text(message)
        self._quote(message)
        attachment = message.get("attachment")
        if attachment is None:
            if not text.strip():
                raise Refused(INVALID, "message.text is empty")
            return Draft("text", text)
        if not isinstance(attachment, dict) or not isinstance(attachment.get("payload"), dict):
            raise Refused(INVALID, "message.attachment is invalid")
        if attachment.get("type") == "file":
            return self._file(text, attachment["payload"])
        if attachment.get("type") != "template":
            raise Refused(INVALID, "message.attachment.type is invalid")
        return await self._template(text, attachment["payload"])

    def _text(self, message: JsonObject) -> str:
        text = message.get("text", "")
        if not isinstance(text, str):
            raise Refused(INVALID, "message.text is invalid")
        if utf16_units(text) > TEXT_LIMIT:
            raise Refused(TOO_LARGE, "message.text is longer than 2000 characters")
        return text

    def _quote(self, message: JsonObject) -> None:
        quoted = message.get("quote_message_id")
        if quoted is not None and not self.knows_message(str(quoted)):
            raise Refused(INVALID, "quote_message_id is invalid")

    async def _template(self, text: str, payload: JsonObject) -> Draft:
        kind = payload.get("template_type")
        if kind == "media":
            return await self._media(text, payload)
        if kind == "request_user_info":
            return await self._request_user_info(payload)
        if kind == "list":
            raise Refused(UNSUPPORTED, "template_type list is not supported")
        if kind not in {None, "button"} or "buttons" not in payload:
            raise Refused(INVALID, "template_type is invalid")
        if (kind is None and self.button_template == "with") or (
            kind == "button" and self.button_template == "without"
        ):
            raise Refused(INVALID, "template_type is invalid")
        if not text.strip():
            raise Refused(INVALID, "message.text is empty")
        return Draft("buttons", text, buttons=_buttons(payload["buttons"]))

    async def _media(self, text: str, payload: JsonObject) -> Draft:
        element = _only_element(payload)
        kind = element.get("media_type")
        if kind not in {"image", "gif", "sticker"}:
            raise Refused(INVALID, "media_type is invalid")
        if kind == "gif" and not (_positive(element, "width") and _positive(element, "height")):
            raise Refused(INVALID, "a gif needs width and height")
        upload_id, url = element.get("attachment_id"), element.get("url")
        if bool(upload_id) == bool(url):
            raise Refused(INVALID, "either attachment_id or url")
        if url:
            return Draft(kind, text, media=(Media(kind, await self._open(url), url=str(url)),))
        if kind == "sticker":
            return Draft(kind, text, media=(Media(kind, name=str(upload_id)),))
        upload = self._upload(upload_id, kind)
        return Draft(kind, text, media=(Media(kind, upload.content, upload.name),))

    async def _request_user_info(self, payload: JsonObject) -> Draft:
        element = _only_element(payload)
        title = _limited(element, "title", TITLE_LIMIT)
        subtitle = _limited(element, "subtitle", SUBTITLE_LIMIT)
        url = element.get("image_url")
        media = Media("image", await self._open(url), url=str(url))
        return Draft("request_user_info", f"{title}\n{subtitle}", media=(media,))

    def _file(self, text: str, payload: JsonObject) -> Draft:
        if text and not self.caption_beside_file:
            raise Refused(INVALID, "no text beside a file")
        if self.file_key not in payload:
            raise Refused(INVALID, f"payload.{self.file_key} is missing")
        upload = self._upload(payload[self.file_key], "file")
        return Draft("file", text, media=(Media("file", upload.content, upload.name),))

    def _upload(self, upload_id: Any, kind: str) -> Upload:
        upload = self.uploads.get(str(upload_id))
        if upload is None or upload.kind != kind:
            raise Refused(INVALID, "attachment_id is invalid")
        if self.now() - upload.at >= UPLOAD_LIFE:
            raise Refused(EXPIRED_UPLOAD, "attachment id expired")
        return upload

    async def _open(self, url: Any) -> bytes | None:
        try:
            return await self.fetch(str(url))
        except LookupError as error:
            raise Refused(INVALID, str(error)) from None


def check_upload(kind: UploadKind, content: bytes, name: str) -> None:
    """Formats and sizes of B6, by the bytes and not only by the name.

    Raises:
        Refused: -201 for a wrong type, -210 when too large.
    """
    suffix = name[name.rfind(".") :].lower()
    known: tuple[bytes, ...] = FILE_MAGIC.get(suffix, ())
    magic = {"image": IMAGE_MAGIC, "gif": GIF_MAGIC}.get(kind, known)
    if not content.startswith(magic):
        raise Refused(INVALID, "file type is not supported")
    limit = IMAGE_LIMIT_BYTES if kind == "image" else FILE_LIMIT_BYTES
    if len(content) > limit:
        raise Refused(TOO_LARGE, "file is too large")


def _buttons(given: Any) -> tuple[Button, ...]:
    if not isinstance(given, list) or not given:
        raise Refused(INVALID, "buttons is invalid")
    if len(given) > MAX_BUTTONS:
        raise Refused(TOO_LARGE, "more than 5 buttons")
    return tuple(_button(one) for one in given)


def _button(one: Any) -> Button:
    if not isinstance(one, dict) or one.get("type") not in BUTTON_TYPES:
        raise Refused(INVALID, "button type is invalid")
    title = _limited(one, "title", TITLE_LIMIT)
    payload = one.get("payload")
    kind = str(one["type"])
    if kind.startswith("oa.query."):
        _limited(one, "payload", QUERY_LIMIT)
    elif not isinstance(payload, dict):
        raise Refused(INVALID, "button payload is invalid")
    elif kind == "oa.open.url":
        if not str(payload.get("url", "")).startswith(("https://", "http://")):
            raise Refused(INVALID, "button url is invalid")
    else:
        _phone_payload(kind, payload)
    return Button(title, kind, payload)


def _phone_payload(kind: str, payload: JsonObject) -> None:
    if not PHONE_CODE.fullmatch(str(payload.get("phone_code", ""))):
        raise Refused(INVALID, "phone_code is invalid")
    if kind == "oa.open.sms" and not isinstance(payload.get("content"), str):
        raise Refused(INVALID, "sms content is invalid")


def _only_element(payload: JsonObject) -> JsonObject:
    elements = payload.get("elements")
    if not isinstance(elements, list) or len(elements) != 1 or not isinstance(elements[0], dict):
        raise Refused(INVALID, "elements must hold one element")
    return elements[0]


def _limited(holder: JsonObject, key: str, limit: int) -> str:
    value = holder.get(key)
    if not isinstance(value, str) or not value.strip():
        raise Refused(INVALID, f"{key} is invalid")
    if utf16_units(value) > limit:
        raise Refused(TOO_LARGE, f"{key} is longer than {limit} characters")
    return value


def _positive(element: JsonObject, key: str) -> bool:
    return isinstance(element.get(key), int) and element[key] > 0
