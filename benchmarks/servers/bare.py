"""The measure of all others: an aiohttp handler that answers 200 and does nothing."""

from __future__ import annotations

from aiohttp import web

from benchmarks.servers.serving import Kept, Place, main


async def make(place: Place) -> tuple[web.Application, str]:
    """One route."""

    async def answer(request: web.Request) -> web.Response:
        return web.Response()

    application = web.Application()
    application.router.add_post("/webhook", answer)
    return application, "/webhook"


def kept(place: Place) -> Kept | None:
    """It keeps nothing."""
    return None


if __name__ == "__main__":
    main(make)
