"""Pictures for Zalo to fetch: `/m/<token>`, unguessable, for a day, and only copies anyone may see (point 27)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

FindShown = Callable[[str], Awaitable[bytes | None]]
"""The JPEG behind a token; None when there is none, or no more."""

LOGO = "/m/so-xanh.png"
"""What stands on the platform's form for a phone number, which must have a picture (B5)."""

_LOGO_FILE = Path(__file__).parent / "webchat_page" / "icon-512.png"
_HEADERS = {
    "Cache-Control": "private, no-store",
    "X-Robots-Tag": "noindex",
    "X-Content-Type-Options": "nosniff",
}


def routes(find: FindShown) -> list[web.RouteDef]:
    """What the server answers for pictures that Zalo fetches."""

    async def shown(request: web.Request) -> web.Response:
        content = await find(request.match_info["token"])
        if content is None:
            raise web.HTTPNotFound
        return web.Response(body=content, content_type="image/jpeg", headers=_HEADERS)

    async def logo(request: web.Request) -> web.FileResponse:
        return web.FileResponse(_LOGO_FILE)

    return [web.get(LOGO, logo), web.get("/m/{token:[A-Za-z0-9_-]{20,60}}", shown)]
