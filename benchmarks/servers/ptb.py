"""python-telegram-bot: Application, ConversationHandler and PicklePersistence, flushed at every update.

Treated kindly: sending is an answer from memory, there is no outbox row, and the pickle
holds 64 chats only (one flush writes all chats; it grows with them).
"""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path
from typing import Any

from aiohttp import web
from telegram import Update
from telegram.ext import (
    Application,
    ApplicationBuilder,
    BaseHandler,
    CallbackContext,
    ConversationHandler,
    MessageHandler,
    PicklePersistence,
    filters,
)
from telegram.request import BaseRequest, RequestData

from benchmarks.servers.script import ASKED, LEAVES, OPENS, TOKEN, read_answer
from benchmarks.servers.serving import Kept, Place, main, verified

Context = CallbackContext[Any, Any, Any, Any]
Handler = BaseHandler[Update, Context, Any]

CONFIRMING = len(ASKED)

_ME = {"id": 123456, "is_bot": True, "first_name": "Sổ Xanh", "username": "so_xanh_bot"}
_SENT = {"message_id": 1, "date": 1780884000, "chat": {"id": 1, "type": "private"}, "text": "ok"}


class _Answers(BaseRequest):
    """Telegram's answers, without a network."""

    @property
    def read_timeout(self) -> float | None:
        return None

    async def initialize(self) -> None:
        """Nothing to open."""

    async def shutdown(self) -> None:
        """Nothing to close."""

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = None,
        write_timeout: Any = None,
        connect_timeout: Any = None,
        pool_timeout: Any = None,
    ) -> tuple[int, bytes]:
        """Whatever was asked went well."""
        result = _ME if url.endswith("getMe") else _SENT
        return 200, json.dumps({"ok": True, "result": result}).encode()


class _Durable(PicklePersistence[Any, Any, Any]):
    """The library's pickle, on the disk before `flush` returns."""

    async def flush(self) -> None:
        await super().flush()
        _to_disk(self.filepath)


def _to_disk(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _count(context: Context) -> Any:
    data: Any = context.user_data
    data["turns"] = data.get("turns", 0) + 1
    return data


async def _say(update: Update, words: str) -> None:
    assert update.message is not None
    await update.message.reply_text(words)


async def _open(update: Update, context: Context) -> int:
    _count(context)["answers"] = {}
    await _say(update, ASKED[0][2])
    return 0


async def _leave(update: Update, context: Context) -> int:
    _count(context)["answers"] = {}
    await _say(update, "Dạ, em dừng ở đây.")
    return ConversationHandler.END


def _answer(at: int) -> Handler:
    """The handler of one question: read, keep, ask the next."""

    async def take(update: Update, context: Context) -> int:
        assert update.message is not None
        assert update.message.text is not None
        data = _count(context)
        try:
            data["answers"][ASKED[at][0]] = read_answer(update.message.text)
        except ValueError:
            await _say(update, "Em cần một con số ạ.")
            return at
        after = at + 1
        page = "\n".join(f"{key}: {value}" for key, value in data["answers"].items())
        await _say(update, ASKED[after][2] if after < len(ASKED) else page)
        return after

    return MessageHandler(filters.TEXT & ~filters.Regex(f"^{LEAVES}$"), take)


def _application(place: Place) -> Application[Any, Any, Any, Any, Any, Any]:
    persistence = _Durable(place.folder / "ptb.pickle", on_flush=True, update_interval=1e9)
    application = (
        ApplicationBuilder()
        .token(TOKEN)
        .request(_Answers())
        .get_updates_request(_Answers())
        .updater(None)
        .persistence(persistence)
        .build()
    )
    states: dict[object, list[Handler]] = {at: [_answer(at)] for at in range(len(ASKED))}
    states[CONFIRMING] = [MessageHandler(filters.Regex(f"^{LEAVES}$"), _leave)]
    opens: list[Handler] = [MessageHandler(filters.Regex(f"^{OPENS}$"), _open)]
    leaves: list[Handler] = [MessageHandler(filters.Regex(f"^{LEAVES}$"), _leave)]
    application.add_handler(
        ConversationHandler(opens, states, leaves, name="report", persistent=True)
    )
    return application


async def make(place: Place) -> tuple[web.Application, str]:
    """The webhook as the library's documents write it for a server of one's own."""
    bot = _application(place)
    await bot.initialize()

    async def webhook(request: web.Request) -> web.Response:
        if not verified(request):
            return web.Response(status=403)
        update = Update.de_json(json.loads(await request.read()), bot.bot)
        await bot.process_update(update)
        await bot.update_persistence()
        assert bot.persistence is not None
        await bot.persistence.flush()
        return web.Response()

    application = web.Application()
    application.router.add_post("/webhook", webhook)
    return application, "/webhook"


def kept(place: Place) -> Kept:
    """What stands in the pickle."""
    with (place.folder / "ptb.pickle").open("rb") as file:
        people = pickle.load(file)["user_data"]
    return Kept(
        turns={"turns": {chat: data["turns"] for chat, data in people.items()}},
        answers={chat: len(data["answers"]) for chat, data in people.items()},
    )


if __name__ == "__main__":
    main(make)
