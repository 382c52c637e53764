"""kill -9 at any point between receipt and reply: nothing is lost and nothing is doubled.

People file reports through the web chat while the program is killed again and again at
random moments. A browser that got no answer sends the same message again, as the page does.
"""

from __future__ import annotations

import asyncio
import random
import socket
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import func, select

from plans.loader import shipped_pack
from storage import invites, plans
from storage.access import Role
from storage.engine import Store, open_store
from storage.ids import Ids
from storage.tables import inbox, outbox, reports
from tests.crash.child import start

JOINING = ("/start {code}", "đúng rồi", "đồng ý")
SCRIPT = ("/khokhan", "{words}", "bỏ qua", "bỏ qua", "gửi")
"""One report, a message at a time; each gets exactly one answer."""

PATIENCE_S = 60.0


@dataclass
class Program:
    """The program, killed and started again on the same port and database."""

    url: str
    folder: Path
    port: int
    code: str
    rng: random.Random
    kills: int = 0
    acknowledged: asyncio.Event = field(default_factory=asyncio.Event)
    child: Any = None
    stop: bool = False

    def start(self) -> None:
        """Start it (again)."""
        self.child = start(self.url, self.folder, self.port)

    async def is_killed_again_and_again(self, times: int) -> None:
        """Kill it at random moments of its life, from the first breath to well into its work."""
        while self.kills < times:
            await self.answers()
            await self._chooses_its_moment()
            self.child.kill()
            await asyncio.to_thread(self.child.join)
            self.kills += 1
            self.start()
        self.stop = True

    async def _chooses_its_moment(self) -> None:
        """One time in three blindly, else in the midst of work: a little after some acknowledgement."""
        if self.rng.random() > 1 / 3:
            async with asyncio.timeout(PATIENCE_S):
                for _ in range(self.rng.randint(1, 4)):
                    self.acknowledged.clear()
                    await self.acknowledged.wait()
        await asyncio.sleep(self.rng.uniform(0.0, 0.03))

    async def answers(self) -> None:
        """Wait until the port is open."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                except OSError:
                    await asyncio.sleep(0.005)
                else:
                    writer.close()
                    return


@dataclass
class Citizen:
    """One browser that never gives up."""

    name: str
    program: Program
    session: aiohttp.ClientSession
    sent: list[str] = field(default_factory=list)
    filed: int = 0

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.program.port}"

    async def reports_until_the_end(self) -> None:
        """Join, then file report after report; the last one is finished after the last kill."""
        await self._until_ok(lambda: self.session.get(f"{self.origin}/"))
        for line in JOINING:
            await self._says(line.format(code=self.program.code))
        while not self.program.stop or self.filed == 0:
            for line in SCRIPT:
                await self._says(line.format(words=f"thiếu xe chở rác {self.name} {self.filed}"))
            self.filed += 1

    async def _says(self, words: str) -> None:
        body = {"id": f"{self.name}-{len(self.sent):06}", "text": words}
        self.sent.append(body["id"])
        headers = {"Origin": self.origin}
        await self._until_ok(
            lambda: self.session.post(f"{self.origin}/chat/say", json=body, headers=headers)
        )

    async def _until_ok(self, ask: Any) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                try:
                    async with ask() as answer:
                        if answer.status == 200:
                            self.program.acknowledged.set()
                            return
                except (aiohttp.ClientError, ConnectionError):
                    pass
                await asyncio.sleep(0.01)


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


async def _prepare(url: str) -> str:
    """Import a plan; returns a code that any number of people may join with."""
    store, ids, now = open_store(url), Ids(worker=1), datetime.now(UTC)
    async with store.begin() as tx:
        imported = await plans.import_pack(tx, shipped_pack("ha-dong"), now=now, ids=ids)
        made = await invites.make(
            tx,
            unit_id=imported.commune_id,
            role=Role.REPORTER,
            name="bạn",
            uses=9,
            by=None,
            now=now,
            ids=ids,
        )
    await store.close()
    return made.code


async def _play(url: str, folder: Path, port: int, kills: int, seed: int) -> list[Citizen]:
    program = Program(url, folder, port, await _prepare(url), random.Random(seed))
    program.start()
    jars = [aiohttp.CookieJar(unsafe=True) for _ in range(4)]
    sessions = [aiohttp.ClientSession(cookie_jar=jar) for jar in jars]
    citizens = [Citizen(f"nguoi{n}", program, session) for n, session in enumerate(sessions)]
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(program.is_killed_again_and_again(kills))
            for citizen in citizens:
                tasks.create_task(citizen.reports_until_the_end())
    finally:
        program.child.kill()
        for session in sessions:
            await session.close()
    return citizens


async def _facts(store: Store) -> tuple[list[str], Counter[str], Counter[int]]:
    """The reports' words, how often each message id was kept, and answers by person."""
    async with store.read() as tx:
        answers = await tx.scalars(select(reports.c.answers))
        words = [each["answers"]["what"] for each in answers]
        kept = Counter(id_.split("/", 1)[1] for id_ in await tx.scalars(select(inbox.c.message_id)))
        told = await tx.execute(
            select(outbox.c.person_id, func.count()).group_by(outbox.c.person_id)
        )
        return words, kept, Counter(dict(tuple(row) for row in told))


async def _nothing_lost_nothing_doubled(url: str, citizens: list[Citizen]) -> None:
    store = open_store(url)
    words, kept, told = await _facts(store)
    await store.close()
    expected = [
        f"thiếu xe chở rác {citizen.name} {number}"
        for citizen in citizens
        for number in range(citizen.filed)
    ]
    assert sorted(words) == sorted(expected), "a report was lost or filed twice"
    assert kept == Counter(id_ for citizen in citizens for id_ in citizen.sent)
    # one answer a message, and the greeting before a stranger's first
    assert sorted(told.values()) == sorted(len(citizen.sent) + 1 for citizen in citizens)


async def test_a_hundred_kills_on_sqlite(sqlite_url: str, tmp_path: Path, port: int) -> None:
    """WAL with synchronous=FULL: what was acknowledged is there, what was not comes again."""
    citizens = await _play(sqlite_url, tmp_path, port, kills=100, seed=1)
    assert sum(citizen.filed for citizen in citizens) > len(citizens)
    await _nothing_lost_nothing_doubled(sqlite_url, citizens)


async def test_kills_on_postgresql(pg_url: str, tmp_path: Path, port: int) -> None:
    """The same on the other database, with locks that die with their holder."""
    citizens = await _play(pg_url, tmp_path, port, kills=20, seed=2)
    await _nothing_lost_nothing_doubled(pg_url, citizens)
