"""What the web chat answers: sentences for what went wrong, and the headers that keep a page to itself."""

from __future__ import annotations

import math
from collections.abc import Mapping
from urllib.parse import urlsplit

import msgspec
from aiohttp import web

from bot.channels.webchat_door import Refusal

TOO_FAST = "Anh/chị gửi hơi nhanh, em nhận không kịp. Máy sẽ tự gửi lại sau ít giây ạ."
TOO_SLOW = "Mạng chậm quá nên tin chưa tới nơi. Máy sẽ tự gửi lại ạ."
_SAYS = {
    "bad-json": "Em không đọc được tin này. Anh/chị tải lại trang rồi gửi lại giúp em nhé.",
    "bad-id": "Em không đọc được tin này. Anh/chị tải lại trang rồi gửi lại giúp em nhé.",
    "not-one-thing": "Em không đọc được tin này. Anh/chị tải lại trang rồi gửi lại giúp em nhé.",
    "bad-token": "Nút này em không nhận ra. Anh/chị tải lại trang rồi bấm lại giúp em nhé.",
    "bad-place": "Vị trí này em không đọc được. Anh/chị chọn lại trên bản đồ giúp em nhé.",
    "empty": "Tin chưa có chữ nào. Anh/chị gõ lại giúp em nhé.",
    "too-long": "Tin dài quá, em chỉ nhận tối đa 4.000 chữ cái một tin. Anh/chị chia làm hai tin giúp em nhé.",
    "no-photo": "Em chưa thấy ảnh nào. Anh/chị chọn lại ảnh giúp em nhé.",
    "too-many-photos": "Mỗi lần em chỉ nhận tối đa {photos} ảnh. Anh/chị gửi làm nhiều lần giúp em nhé.",
    "photo-too-big": "Ảnh nặng quá, em chỉ nhận ảnh dưới {megabytes} MB. Anh/chị chụp lại ảnh nhỏ hơn giúp em nhé.",
    "not-a-picture": "Tệp này không phải ảnh nên em chưa nhận được. Anh/chị gửi ảnh chụp (JPG, PNG, HEIC) giúp em nhé.",
}

PICTURES = {"image/jpeg", "image/png", "image/webp", "image/gif"}


def _policy(tiles: str) -> str:
    """Content-Security-Policy: ourselves only, and the map's tile server when the office has set one."""
    place = urlsplit(tiles.replace("{s}.", "*."))
    images = (
        f"'self' blob: data: {place.scheme}://{place.netloc}"
        if place.netloc
        else "'self' blob: data:"
    )
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        f"img-src {images}; manifest-src 'self'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    )


def json_answer(body: Mapping[str, object], status: int = 200) -> web.Response:
    """`body` as JSON that no cache keeps."""
    response = web.Response(
        body=msgspec.json.encode(body), status=status, content_type="application/json"
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def refusal(status: int, code: str, **numbers: int) -> Refusal:
    """The refusal with the sentence of `code`; `numbers` fill it."""
    return Refusal(status, code, _SAYS[code].format(**numbers))


def refused(wrong: Refusal) -> web.Response:
    """A refusal as the page reads it: {error, says}, and when to come back."""
    response = json_answer({"error": wrong.code, "says": wrong.says}, wrong.status)
    if wrong.retry_after_s:
        response.headers["Retry-After"] = str(math.ceil(wrong.retry_after_s))
    if wrong.status in (408, 413):
        response.force_close()  # the rest of the body is not worth reading
    return response


def safe_headers(*, tiles: str, https: bool) -> dict[str, str]:
    """The headers of every answer: no foreign scripts, frames, sniffing or referrers.

    Args:
        tiles: the map's tile URL, the only other server a page may ask; empty for none.
        https: whether people reach us by https, so that browsers never try http again.
    """
    headers = {
        "Content-Security-Policy": _policy(tiles),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": "camera=(self), geolocation=(self), microphone=()",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    if https:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return headers
