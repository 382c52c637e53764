"""Sổ Xanh itself, wired as `soxanh run` wires it: webhook, intake, receive, real flows, one database.

Sending is not started, as the references' sending is an answer from memory: the replies are
rows of the outbox, committed with the turn. 128 village heads of Hà Đông's plan are known,
the half-year report is owed by all of them.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web
from pydantic import SecretStr
from sqlalchemy import text

from benchmarks.servers.script import CHATS, FIRST_CHAT, SECRET, STARTS_AT, TOKEN
from benchmarks.servers.serving import Kept, Place, main
from bot.app import App, build
from bot.channels.telegram import TelegramChannel
from bot.collector import spare_what_stays
from bot.handlers.owe import ensure_owed
from bot.settings import Settings
from plans.calendar import Calendar
from plans.loader import shipped_pack
from storage import people, plans, units
from storage.engine import Store, open_store
from storage.ids import Ids
from storage.migrations import migrate
from storage.people import Arrival
from storage.units import NewUnit

VILLAGES = 2 * CHATS


def clock() -> Callable[[], datetime]:
    """A clock that runs, from a morning on which the report is open."""
    begun = time.monotonic()
    return lambda: STARTS_AT + timedelta(seconds=time.monotonic() - begun)


async def settle(store: Store) -> None:
    """Import the plan, add the villages and their heads, and have everybody owe their report."""
    ids = Ids()
    async with store.begin() as tx:
        plan = await plans.import_pack(tx, shipped_pack("ha-dong"), now=STARTS_AT, ids=ids)
        new = [
            NewUnit(
                code=f"thon-{number}",
                name=f"Thôn {number}",
                kind="village",
                parent_id=plan.commune_id,
                pack_key="cac-thon",
                households=150,
            )
            for number in range(1, VILLAGES + 1)
        ]
        villages = await units.add(tx, new, ids=ids)
        account = TOKEN.partition(":")[0]
        arrivals = [
            Arrival("telegram", account, str(FIRST_CHAT + number), "Lan")
            for number in range(VILLAGES)
        ]
        known = await people.arrive(tx, arrivals, now=STARTS_AT, ids=ids)
        for arrival, village in zip(arrivals, villages, strict=True):
            head = known[arrival.key].person_id
            await people.give_role(tx, head, village.id, "reporter", now=STARTS_AT, ids=ids)
        await ensure_owed(tx, Calendar(), now=STARTS_AT, ids=ids)


async def make(place: Place) -> tuple[web.Application, str]:
    """The product on an empty database, introduced to a Telegram that agrees to everything."""
    await migrate(place.database_url)
    settings = Settings(
        database_url=place.database_url,
        data_dir=place.folder / "data",
        public_url="https://so-xanh.example",
        telegram_token=SecretStr(TOKEN),
        telegram_webhook_secret=SecretStr(SECRET),
    )
    telegram, runner = await _telegram()
    settings = settings.model_copy(update={"telegram_api_url": telegram})
    app = build(settings, clock=clock())
    await settle(app.store)
    await app.shelf.refresh(app.store)
    channel = _telegram_of(app)
    await channel.set_up()
    await runner.cleanup()
    spare_what_stays()
    return app.server, channel.webhook_path


def _telegram_of(app: App) -> TelegramChannel:
    channel = app.channels["telegram", TOKEN.partition(":")[0]]
    assert isinstance(channel, TelegramChannel)
    return channel


_KNOWN = {
    "getMe": {"id": 123456, "is_bot": True, "first_name": "Sổ Xanh", "username": "so_xanh_bot"},
    "getWebhookInfo": {"url": "", "has_custom_certificate": False, "pending_update_count": 0},
    "setWebhook": True,
    "getMyCommands": [],
    "getMyShortDescription": {"short_description": ""},
}


async def _telegram() -> tuple[str, web.AppRunner]:
    """What a bot asks Telegram when it introduces itself."""

    async def answer(request: web.Request) -> web.Response:
        result = _KNOWN.get(request.match_info["method"], True)
        return web.json_response({"ok": True, "result": result})

    application = web.Application()
    application.router.add_route("*", "/{token}/{method}", answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    return f"http://127.0.0.1:{runner.addresses[0][1]}/bot", runner


# --- what became of it ----------------------------------------------------------------------------

_MESSAGES = text(
    "SELECT sender, COUNT(*) FROM inbox WHERE channel = 'telegram' AND state = 'done' GROUP BY sender"
)
_REPLIES = text("SELECT chat, COUNT(*) FROM outbox WHERE purpose = 'reply' GROUP BY chat")
_FILED = text(
    "SELECT a.address, COUNT(*) FROM accounts a JOIN reports r ON r.filed_by = a.person_id"
    " GROUP BY a.address"
)
_FORMS = text(
    "SELECT a.address, s.answers FROM accounts a JOIN sessions s ON s.person_id = a.person_id"
)


def kept(place: Place) -> Kept:
    """Messages seen, replies stored, answers in the open forms and versions filed, by chat."""
    return asyncio.run(_kept(place))


async def _kept(place: Place) -> Kept:
    store = open_store(place.database_url)
    try:
        async with store.read() as tx:
            messages = (await tx.execute(_MESSAGES)).all()
            replies = (await tx.execute(_REPLIES)).all()
            filed = (await tx.execute(_FILED)).all()
            forms = (await tx.execute(_FORMS)).all()
    finally:
        await store.close()
    return Kept(
        turns={"messages": _counts(messages), "replies": _counts(replies)},
        answers={int(form.address): _answered(form.answers) for form in forms},
        filed=_counts(filed),
    )


def _counts(rows: Sequence[Any]) -> dict[int, int]:
    return {int(row[0]): row[1] for row in rows}


def _answered(answers: str) -> int:
    return sum(1 for key in json.loads(answers) if not key.startswith("~"))


if __name__ == "__main__":
    main(make)
