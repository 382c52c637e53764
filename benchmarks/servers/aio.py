"""aiogram: Dispatcher and FSM on a durable store of our own making (aiosqlite, WAL, synchronous=FULL).

aiogram ships no SQLite storage; the one on PyPI keeps SQLite's rollback journal and answers
None where aiogram expects `{}`, so this one is written as kindly as its interface allows:
one open connection, one row a chat, upserts. Every write of the FSM commits, because the
interface knows no transaction over state and data. Also kind: asynchronous filters only,
the reply travels in the webhook's answer, and there is no outbox row.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

import aiosqlite
from aiogram import Bot, Dispatcher, Router
from aiogram.filters import StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.fsm.storage.base import BaseStorage, StateType, StorageKey
from aiogram.methods import SendMessage
from aiogram.types import Message
from aiogram.webhook.aiohttp_server import SimpleRequestHandler
from aiohttp import web

from benchmarks.servers.script import ASKED, LEAVES, SECRET, TOKEN, read_answer
from benchmarks.servers.serving import Kept, Place, main

_READ = "SELECT state, data FROM fsm WHERE chat = ?"
_SET_STATE = (
    "INSERT INTO fsm (chat, state) VALUES (?, ?)"
    " ON CONFLICT (chat) DO UPDATE SET state = excluded.state"
)
_SET_DATA = (
    "INSERT INTO fsm (chat, data) VALUES (?, ?)"
    " ON CONFLICT (chat) DO UPDATE SET data = excluded.data"
)


class SqliteStorage(BaseStorage):
    """State and data of each chat in one row."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def set_state(self, key: StorageKey, state: StateType = None) -> None:
        """Keep the state."""
        name = state.state if isinstance(state, State) else state
        await self._connection.execute(_SET_STATE, (key.chat_id, name))

    async def get_state(self, key: StorageKey) -> str | None:
        """The state, None without one."""
        return (await self._row(key))[0]

    async def set_data(self, key: StorageKey, data: Mapping[str, Any]) -> None:
        """Keep the data."""
        await self._connection.execute(_SET_DATA, (key.chat_id, json.dumps(dict(data))))

    async def get_data(self, key: StorageKey) -> dict[str, Any]:
        """The data, empty without any."""
        found: dict[str, Any] = json.loads((await self._row(key))[1] or "{}")
        return found

    async def close(self) -> None:
        """Let go of the connection."""
        await self._connection.close()

    async def _row(self, key: StorageKey) -> tuple[str | None, str | None]:
        rows = list(await self._connection.execute_fetchall(_READ, (key.chat_id,)))
        return (rows[0][0], rows[0][1]) if rows else (None, None)


class Report(StatesGroup):
    """Where a chat is: at which question is in the data."""

    answering = State()
    confirming = State()


router = Router()


async def _counted(state: FSMContext) -> dict[str, Any]:
    data = await state.get_data()
    data["turns"] = data.get("turns", 0) + 1
    return data


@router.message(StateFilter(None))
async def opens(message: Message, state: FSMContext) -> SendMessage:
    """The report is opened."""
    data = await _counted(state)
    await state.set_data(data | {"answers": {}})
    await state.set_state(Report.answering)
    return message.answer(ASKED[0][2])


@router.message(StateFilter(Report.answering))
async def answers(message: Message, state: FSMContext) -> SendMessage:
    """One answer: read, keep, ask the next."""
    data = await _counted(state)
    at = len(data["answers"])
    try:
        data["answers"][ASKED[at][0]] = read_answer(message.text or "")
    except ValueError:
        await state.set_data(data)
        return message.answer("Em cần một con số ạ.")
    await state.set_data(data)
    if at + 1 < len(ASKED):
        return message.answer(ASKED[at + 1][2])
    await state.set_state(Report.confirming)
    return message.answer("\n".join(f"{key}: {value}" for key, value in data["answers"].items()))


@router.message(StateFilter(Report.confirming))
async def leaves(message: Message, state: FSMContext) -> SendMessage:
    """The report is left."""
    data = await _counted(state)
    if message.text != LEAVES:
        await state.set_data(data)
        return message.answer("Anh/chị xem lại giúp em.")
    await state.set_data(data | {"answers": {}})
    await state.set_state(None)
    return message.answer("Dạ, em dừng ở đây.")


async def make(place: Place) -> tuple[web.Application, str]:
    """aiogram's own handler for aiohttp."""
    connection = await aiosqlite.connect(place.folder / "aiogram.db", isolation_level=None)
    await connection.execute("PRAGMA journal_mode=WAL")
    await connection.execute("PRAGMA synchronous=FULL")
    await connection.execute(
        "CREATE TABLE IF NOT EXISTS fsm (chat INTEGER PRIMARY KEY, state TEXT, data TEXT)"
    )
    storage = SqliteStorage(connection)
    dispatcher = Dispatcher(storage=storage)
    dispatcher.include_router(router)
    handler = SimpleRequestHandler(dispatcher, Bot(TOKEN), False, SECRET)
    application = web.Application()
    application.on_cleanup.append(lambda _: storage.close())
    handler.register(application, "/webhook")
    return application, "/webhook"


def kept(place: Place) -> Kept:
    """What stands in the table."""
    with sqlite3.connect(place.folder / "aiogram.db") as database:
        rows = database.execute("SELECT chat, data FROM fsm").fetchall()
    database.close()
    data = {chat: json.loads(text) for chat, text in rows}
    return Kept(
        turns={"turns": {chat: one["turns"] for chat, one in data.items()}},
        answers={chat: len(one["answers"]) for chat, one in data.items()},
    )


if __name__ == "__main__":
    main(make)
