"""The demonstration: a whole commune through the store's own doors, the same each time, and invented throughout."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import func, select

from bot import demo_cast as cast
from bot.demo import Made, fill
from bot.handlers.remind import Reminder
from bot.secret_key import new_key
from plans.calendar import local_time
from storage import invites, obligations, plans, progress
from storage.engine import Store, open_store
from storage.ids import NumberedIds
from storage.recount import recount
from storage.secrets import Seal
from storage.tables import cases, persons, reports, sealed_reporters

NOVEMBER = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


async def filled(store: Store, now: datetime = NOVEMBER) -> Made:
    """The demonstration as it looks on a day."""
    return await fill(store, now=now, ids=NumberedIds(), sealing=Seal(new_key()))


@pytest.fixture(scope="module")
def november(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Made]:
    """The demonstration of 22 November 2026 on SQLite, made once: its URL, and what it says it holds."""
    path = tmp_path_factory.mktemp("demo") / "november.db"
    shutil.copyfile(sqlite_template, path)

    async def make() -> Made:
        store = open_store(f"sqlite:///{path}")
        made = await filled(store)
        await store.close()
        return made

    return f"sqlite:///{path}", asyncio.run(make())


@pytest.fixture
async def shown(november: tuple[str, Made]) -> AsyncIterator[tuple[Store, Made]]:
    """The store of `november`, for looking."""
    store = open_store(november[0])
    yield store, november[1]
    await store.close()


async def test_the_figures_of_the_demonstration_add_up(store: Store):
    """Months of reports, and every total is what they say, on both databases."""
    made = await filled(store)
    assert made.reports > 50
    found = await recount(store)
    assert found.agrees
    assert found.figures > 150


async def test_there_is_something_to_see_and_somebody_to_chase(shown: tuple[Store, Made]):
    """The last closed period nearly complete, the open one just begun, the next due day near."""
    store, made = shown
    async with store.read() as tx:
        plan = await plans.load_plan(tx, cast.PLAN)
        found = await progress.progress(tx, plan.id, plan.commune_id)
        half, year = (
            next(one for one in found.reporting if one.period_key == key)
            for key in ("2026-H1", "2026")
        )
    assert half.duty_key == year.duty_key == cast.DUTY
    assert 0.6 < half.units_reported / half.units_owing < 1
    assert 0 < year.units_reported < half.units_reported
    assert made.next_due_at is not None
    assert local_time(made.next_due_at).date().isoformat() == "2026-12-20"
    planned = await Reminder(store=store, ids=NumberedIds(10_000_000)).preview(
        made.next_due_at - timedelta(days=1, hours=9)
    )
    assert len(planned) > 5
    assert all("ngày mai là hạn báo cáo năm 2026" in each.reply.words for each in planned)


async def test_every_code_opens_its_role(shown: tuple[Store, Made]):
    """One for each of the five that a newcomer tries."""
    store, made = shown
    assert [each.role for each in made.codes] == [
        "reporter",
        "reporter",
        "handler",
        "admin",
        "leader",
    ]
    async with store.begin() as tx:
        for each in made.codes:
            assert re.fullmatch(r"[2-9A-Z]{4}-[2-9A-Z]{4}", each.code)
            invite = await invites.find(
                tx, each.code, channel="webchat", account="local", address="new", now=NOVEMBER
            )
            assert invite is not None
            assert invite.role == each.role


async def test_half_of_the_complaints_are_sealed_and_one_is_confirmed(shown: tuple[Store, Made]):
    """What a handler and a chairman would look at."""
    store, made = shown
    async with store.read() as tx:
        total, confirmed = (
            await tx.execute(select(func.count(), func.count(cases.c.counted)).select_from(cases))
        ).one()
        sealed = await tx.scalar(select(func.count()).select_from(sealed_reporters))
        named = await tx.scalar(select(func.count(cases.c.reporter_id)))
    assert total == made.cases == len(cast.CASES)
    assert confirmed == 1
    assert (sealed, named) == (4, 3)


async def test_the_same_day_gives_the_same_commune(shown: tuple[Store, Made], sqlite_store: Store):
    """Answers, codes of reports and times alike; only invite codes are drawn anew."""
    await filled(sqlite_store)
    seen = []
    for store in (shown[0], sqlite_store):
        async with store.read() as tx:
            rows = await tx.execute(select(reports).order_by(reports.c.id))
            seen.append([tuple(row) for row in rows])
    assert seen[0] == seen[1]


@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 5, 3, 1, 0, tzinfo=UTC),
        datetime(2026, 6, 20, 9, 59, tzinfo=UTC),
        datetime(2027, 12, 31, 16, 59, 59, tzinfo=UTC),
    ],
)
async def test_any_day_of_the_plan_will_do(sqlite_store: Store, now: datetime):
    """Before the first due day, on it, in the last second of a year: all lies in the past."""
    await filled(sqlite_store, now)
    async with sqlite_store.read() as tx:
        newest = await tx.scalar(select(func.max(reports.c.filed_at)))
        oldest = await tx.scalar(select(func.min(cases.c.opened_at)))
        plan = await plans.load_plan(tx, cast.PLAN)
        owed = await obligations.of_period(tx, plan.id, cast.DUTY, "2026-H1")
    assert newest <= now
    assert oldest < now
    assert len(owed) == len(cast.VILLAGES) + len(cast.SCHOOLS) + 9
    assert (await recount(sqlite_store)).agrees


async def test_everybody_is_invented(shown: tuple[Store, Made]):
    """Nobody but the cast: villages of weather and trees, people of the kitchen garden."""
    async with shown[0].read() as tx:
        names = set(await tx.scalars(select(persons.c.name)))
    heads = {village.head for village in cast.VILLAGES} | {head for *_, head in cast.SCHOOLS}
    officials = {name for *_, name in cast.OFFICIALS} | {cast.POLICE[2]}
    assert names == heads | officials | set(cast.CITIZENS)


async def test_the_demonstration_is_served_and_stops_when_told(tmp_path: Path):
    """`soxanh demo` as a newcomer runs it: the page answers, SIGTERM ends it in good order."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = {key: value for key, value in os.environ.items() if not key.startswith("SOXANH_")}
    env |= {"SOXANH_PORT": str(port), "PYTHONUTF8": "1"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "demo", "--dir", str(tmp_path / "xa"),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, env=env, cwd=tmp_path,
    )  # fmt: skip
    try:
        async with asyncio.timeout(240):
            page = await _first_answer(f"http://127.0.0.1:{port}/", process)
            process.send_signal(signal.SIGTERM)
            out, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert "<html" in page
    assert process.returncode == 0, out.decode()
    assert "Mã mời" in out.decode()
    assert "Đã dừng" in out.decode()


async def _first_answer(url: str, process: asyncio.subprocess.Process) -> str:
    """What the server says once it listens; fails when the process ends before."""
    async with aiohttp.ClientSession() as session:
        while process.returncode is None:
            try:
                async with session.get(url) as answer:
                    return await answer.text()
            except aiohttp.ClientConnectorError:
                await asyncio.sleep(0.05)
    out, _ = await process.communicate()
    raise AssertionError(out.decode())
