"""`/m/<token>`, unguessable and for a while (point 27): pictures for Zalo to fetch, only copies anyone
may see; and files that Zalo does not carry, for whoever they were sent to."""

from __future__ import annotations

import mimetypes
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
from aiohttp import web


class Published(msgspec.Struct, frozen=True):
    """What stands behind a token, and what its first bytes say it is."""

    content: bytes
    content_type: str


FindShown = Callable[[str], Awaitable[Published | None]]
"""What stands behind a token; None when there is nothing, or no more."""

LOGO = "/m/so-xanh.png"
"""What stands on the platform's form for a phone number, which must have a picture (B5)."""

_LOGO_FILE = Path(__file__).parent / "webchat_page" / "icon-512.png"
_SHOWN_COPY = "image/jpeg"
_HEADERS = {
    "Cache-Control": "private, no-store",
    "X-Robots-Tag": "noindex",
    "X-Content-Type-Options": "nosniff",
}


def routes(find: FindShown) -> list[web.RouteDef]:
    """What the server answers for pictures that Zalo fetches, and for files that people do."""

    async def shown(request: web.Request) -> web.Response:
        found = await find(request.match_info["token"])
        if found is None:
            raise web.HTTPNotFound
        headers = _HEADERS
        if found.content_type != _SHOWN_COPY:
            # saved, never opened inside our own address, whatever it is
            name = f"tep{mimetypes.guess_extension(found.content_type) or ''}"
            headers = headers | {"Content-Disposition": f'attachment; filename="{name}"'}
        return web.Response(body=found.content, content_type=found.content_type, headers=headers)

    async def logo(request: web.Request) -> web.FileResponse:
        return web.FileResponse(_LOGO_FILE)

    return [web.get(LOGO, logo), web.get("/m/{token:[A-Za-z0-9_-]{20,60}}", shown)]
