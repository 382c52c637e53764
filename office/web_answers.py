"""What the office's pages answer with: templates, the headers that keep a page to itself, refusals."""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

HERE = Path(__file__).parent
STATIC = HERE / "static"

_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


class Refusal(Exception):
    """A request that is not served. `says` is the sentence people read."""

    def __init__(self, status: int, says: str, *, retry_after_s: int = 0) -> None:
        super().__init__(says)
        self.status = status
        self.says = says
        self.retry_after_s = retry_after_s


NOT_FOUND = "Em không tìm thấy trang này ạ."
"""Said alike whether there is nothing or it is not theirs to see."""


def not_found() -> Refusal:
    """The one answer to what is not there and to what is none of theirs."""
    return Refusal(404, NOT_FOUND)


def headers(*, tiles: str, https: bool) -> dict[str, str]:
    """The headers of every page: nothing from elsewhere but the map's tiles, no frames, no sniffing."""
    place = urlsplit(tiles.replace("{s}.", "*."))
    images = "'self' data:" + (f" {place.scheme}://{place.netloc}" if place.netloc else "")
    found = {
        "Content-Security-Policy": (
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
            f"img-src {images}; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        ),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    if https:
        found["Strict-Transport-Security"] = "max-age=31536000"
    return found


class Pages:
    """The templates and the files beside them, under an address that changes with their content."""

    def __init__(self) -> None:
        self.version = _digest()
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "pages"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals["static"] = f"/static/office/{self.version}"

    def page(self, name: str, status: int = 200, **values: Any) -> web.Response:
        """A page out of a template. Everything in `values` is text to it, never markup."""
        text = self._templates.get_template(name).render(**values)
        response = web.Response(text=text, content_type="text/html", status=status)
        response.headers["Cache-Control"] = "no-store"
        return response

    def file(self, request: web.Request) -> web.StreamResponse:
        """A file of ours by its name; 404 for every other name."""
        path = _files().get(request.match_info["path"])
        if path is None:
            raise web.HTTPNotFound
        current = request.match_info["version"] == self.version
        response = web.FileResponse(path)
        response.content_type = _TYPES.get(path.suffix) or _guess(path)
        response.headers["Cache-Control"] = (
            "public, max-age=31536000, immutable" if current else "no-cache"
        )
        return response


def _guess(path: Path) -> str:
    return mimetypes.guess_type(path.name)[0] or "application/octet-stream"


@lru_cache(maxsize=1)
def _files() -> Mapping[str, Path]:
    return {
        path.relative_to(STATIC).as_posix(): path
        for path in sorted(STATIC.rglob("*"))
        if path.is_file()
    }


@lru_cache(maxsize=1)
def _digest() -> str:
    digest = hashlib.sha256()
    for name, path in _files().items():
        digest.update(name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def json_answer(body: object, status: int = 200, *, kind: str = "application/json") -> web.Response:
    """`body` as JSON; ids in it must be text, for they are larger than JavaScript's numbers."""
    return web.Response(
        body=msgspec.json.encode(body), status=status, content_type=kind, charset="utf-8"
    )


def picture(content: bytes, *, public: bool) -> web.Response:
    """A picture as JPEG. A public one is kept for a minute only: it may be taken back."""
    response = web.Response(body=content, content_type="image/jpeg")
    response.headers["Cache-Control"] = "public, max-age=60" if public else "private, max-age=600"
    response.headers["Content-Disposition"] = "inline"
    return response
