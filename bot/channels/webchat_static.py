"""The web chat's page and its files, read once, served from memory under a name that changes with them."""

from __future__ import annotations

import gzip
import hashlib
import html
import mimetypes
from pathlib import Path
from string import Template

import msgspec
from aiohttp import web

FOLDER = Path(__file__).parent / "webchat_page"

_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}
_SHRINKS = {".css", ".js", ".svg", ".webmanifest"}


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What an office may set about the page.

    `of` names the commune in the header ("xã Hà Đông"). `tiles` is a Leaflet tile URL
    ("https://tiles.example/{z}/{x}/{y}.png"), empty for none: then the map draws a grid and no
    other server is asked for anything. `centre` is (latitude, longitude, zoom) where the map opens.
    """

    of: str = "xã"
    tiles: str = ""
    tile_credit: str = ""
    centre: tuple[float, float, int] | None = None


class _File(msgspec.Struct, frozen=True):
    content_type: str
    data: bytes
    zipped: bytes | None


class Pages:
    """Every file of the page. Its version is a digest, so that files may be cached for ever."""

    def __init__(self, look: Look, *, photo_limit_bytes: int, text_limit: int) -> None:
        self._files = {
            path.relative_to(FOLDER).as_posix(): _read(path)
            for path in sorted(FOLDER.rglob("*"))
            if path.is_file()
        }
        index = self._files.pop("index.html").data
        self.version = self._digest()
        self.index = _fill(index.decode(), look, self.version, photo_limit_bytes, text_limit)

    def _digest(self) -> str:
        digest = hashlib.sha256()
        for name, file in self._files.items():
            digest.update(name.encode() + b"\0" + file.data)
        return digest.hexdigest()[:12]

    def answer(self, request: web.Request) -> web.Response:
        """The file that `request` names, zipped where the browser can. 404 for any other name."""
        file = self._files.get(request.match_info["path"])
        if file is None:
            raise web.HTTPNotFound
        current = request.match_info["version"] == self.version
        headers = {
            "Cache-Control": "public, max-age=31536000, immutable" if current else "no-cache"
        }
        body = file.data
        if file.zipped is not None:
            headers["Vary"] = "Accept-Encoding"
            if "gzip" in request.headers.get("Accept-Encoding", ""):
                headers["Content-Encoding"] = "gzip"
                body = file.zipped
        return web.Response(
            body=body, headers=headers, content_type=file.content_type, charset=_charset(file)
        )


def _read(path: Path) -> _File:
    data = path.read_bytes()
    guessed = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    zipped = gzip.compress(data, 9, mtime=0) if path.suffix in _SHRINKS else None
    return _File(_TYPES.get(path.suffix, guessed), data, zipped)


def _charset(file: _File) -> str | None:
    return "utf-8" if file.content_type.startswith("text/") else None


def _fill(page: str, look: Look, version: str, photo_limit_bytes: int, text_limit: int) -> str:
    centre = "" if look.centre is None else ",".join(str(part) for part in look.centre)
    values = {
        "static": f"/static/chat/{version}",
        "of": look.of,
        "tiles": look.tiles,
        "tile_credit": look.tile_credit,
        "centre": centre,
        "photo_limit_bytes": str(photo_limit_bytes),
        "text_limit": str(text_limit),
    }
    return Template(page).substitute({key: html.escape(value) for key, value in values.items()})
