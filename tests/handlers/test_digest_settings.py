"""The office's tables and its settings: each setting changes what is said, to whom and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest
from sqlalchemy import select, update

from bot.events import Reply
from bot.handlers.remind import Reminder
from plans.calendar import LOCAL, local_time
from storage import obligations, office, people, reports
from storage.engine import Store
from storage.ids import NumberedIds
from storage.media import MediaStore
from storage.reports import Filing
from storage.tables import outbox
from tests.conftest import Clock
from tests.storage.an_xuan import Place, add_reporter, settle

SET_UP = datetime(2026, 11, 2, 2, 0, tzinfo=UTC)


def local(month: int, day: int, hour: int = 8) -> datetime:
    """A moment of 2026 by clocks in Vietnam."""
    return datetime(2026, month, day, hour, tzinfo=LOCAL).astimezone(UTC)


@dataclass
class Office:
    """An Xuân: Hạnh keeps the office, Hoa leads it; the year's report is due on Saturday 19 December."""

    store: Store
    clock: Clock
    ids: NumberedIds
    place: Place
    hanh: int
    hoa: int
    reminder: Reminder

    async def sets(self, key: str, value: Any) -> None:
        commune = self.place.commune.id
        async with self.store.begin() as tx:
            await office.set_to(tx, commune, key, value, by=None, now=SET_UP, ids=self.ids)

    async def hears(self, person: int, at: datetime) -> list[Reply]:
        """What a tick at this moment writes to somebody."""
        self.clock.at = at
        await self.reminder.once()
        async with self.store.begin() as tx:
            rows = await tx.scalars(
                select(outbox.c.body).where(
                    outbox.c.person_id == person, outbox.c.state == "waiting"
                )
            )
            said = [msgspec.json.decode(body, type=Reply) for body in rows]
            await tx.execute(update(outbox).values(state="sent"))
        return said

    async def files(self, village: str, at: datetime) -> None:
        filing = Filing(
            form="report", unit_id=self.place.villages[village].id, filed_by=self.place.person_id,
            answers={}, plan_id=self.place.plan_id, subject_key="dinh-ky", period_key="2026",
        )  # fmt: skip
        async with self.store.begin() as tx:
            await reports.file(tx, filing, now=at, ids=self.ids)


@pytest.fixture
async def house(sqlite_store: Store, clock: Clock, ids: NumberedIds, tmp_path: Any) -> Office:
    """See `Office`."""
    async with sqlite_store.begin() as tx:
        place = await settle(tx, now=SET_UP, ids=ids)
        hanh = await add_reporter(tx, place.commune, "Hạnh", now=SET_UP, ids=ids)
        hoa = await add_reporter(tx, place.commune, "Hoa", now=SET_UP, ids=ids)
        for person, role in ((hanh, "admin"), (hoa, "leader")):
            await people.give_role(tx, person, place.commune.id, role, now=SET_UP, ids=ids)
    files = MediaStore(tmp_path / "media")
    reminder = Reminder(store=sqlite_store, ids=ids, clock=clock, files=files)
    return Office(sqlite_store, clock, ids, place, hanh, hoa, reminder)


@pytest.mark.parametrize(
    ("lists", "marks"),
    [
        (None, "🟡🟢"),
        (["near"], "🟡"),
        (["overnight"], "🟢"),
        (["late"], ""),
    ],
)
async def test_the_morning_lists_what_the_office_chose(
    house: Office, lists: list[str] | None, marks: str
) -> None:
    """The day before the due day, with one report come in overnight; an empty table is not sent."""
    await house.hears(house.hanh, local(12, 17))
    await house.files("Thôn Đông", local(12, 17, 22))
    if lists is not None:
        await house.sets("digest.lists", lists)
    said = await house.hears(house.hanh, local(12, 18))
    found = "".join(mark for mark in "🔴🟡🟢" if said and mark in said[0].words)
    assert found == marks
    if "🟢" in marks:
        assert "🟢 Mới gửi từ sáng qua: Thôn Đông" in said[0].words


async def test_whoever_may_decide_has_the_way_to_it_under_the_morning_table(house: Office) -> None:
    """Tâm reviews; on a morning before which nothing came in there is nothing to decide."""
    commune = house.place.commune
    async with house.store.begin() as tx:
        tam = await add_reporter(tx, commune, "Tâm", now=SET_UP, ids=house.ids)
        await people.give_role(tx, tam, commune.id, "reviewer", now=SET_UP, ids=house.ids)
    (before,) = await house.hears(tam, local(12, 17))
    await house.files("Thôn Đông", local(12, 17, 22))
    (after,) = await house.hears(tam, local(12, 18))
    review = "go.review"
    assert review not in [button.token for button in before.buttons]
    assert review in [button.token for button in after.buttons]


async def test_whoever_only_keeps_the_office_is_offered_no_decision(house: Office) -> None:
    """The same morning, read by Hạnh."""
    await house.hears(house.hanh, local(12, 17))
    await house.files("Thôn Đông", local(12, 17, 22))
    (table,) = await house.hears(house.hanh, local(12, 18))
    assert "Thôn Đông" in table.words
    assert "go.review" not in [button.token for button in table.buttons]


async def test_who_is_late_is_read_on_working_days_only_and_not_at_all_without_the_table(
    house: Office,
) -> None:
    """Due on Saturday: nothing on Sunday, the list on Monday; switched off, nothing on Tuesday."""
    await house.hears(house.hanh, local(12, 18))
    assert await house.hears(house.hanh, local(12, 20)) == []
    (monday,) = await house.hears(house.hanh, local(12, 21))
    assert "🔴 Báo cáo năm 2026 (hạn hết ngày 19/12)" in monday.words
    await house.sets("digest.morning", False)
    assert await house.hears(house.hanh, local(12, 22)) == []


async def test_a_holiday_has_no_table(house: Office) -> None:
    """New Year's Day is a Friday; what is late is told on the next working day."""
    await house.hears(house.hanh, local(12, 31))
    new_year = datetime(2027, 1, 1, 8, tzinfo=LOCAL).astimezone(UTC)
    assert await house.hears(house.hanh, new_year) == []


@pytest.mark.parametrize(
    ("chosen", "days"), [(None, [14]), (5, [18]), (False, [])], ids=["Monday", "Friday", "never"]
)
async def test_the_chairman_reads_the_week_once_on_the_day_the_office_chose(
    house: Office, chosen: int | bool | None, days: list[int]
) -> None:
    """How many have filed, and the same as a picture that a phone shows."""
    if chosen is not None:
        await house.sets("digest.week", chosen)
    heard = {day: await house.hears(house.hoa, local(12, day)) for day in range(14, 19)}
    weekly = {day: said[0] for day, said in heard.items() if said and "tuần này" in said[0].words}
    assert list(weekly) == days
    for reply in weekly.values():
        assert "0/5 đơn vị đã gửi" in reply.words
        assert len(reply.photos) == 1


@pytest.mark.parametrize(("rest", "heard"), [(None, 0), (False, 1)], ids=["rest", "no rest"])
async def test_the_midday_rest_is_kept_unless_the_office_works_through_it(
    house: Office, rest: bool | None, heard: int
) -> None:
    lan = await _reporter(house, "Thôn Tây")
    if rest is not None:
        await house.sets("quiet_midday", rest)
    assert len(await house.hears(lan, local(12, 18, 12))) == heard


async def test_what_has_no_day_gets_one_so_many_working_days_after_the_figures_close(
    house: Office,
) -> None:
    """The half-year closes on Sunday 14 June: nobody is owed a day, then five working days are set."""
    await house.hears(house.hanh, local(6, 10))
    assert await _half_year(house) == {None}
    await house.sets("ledger.due_after_days", 5)
    await house.hears(house.hanh, local(6, 10, 9))
    assert await _half_year(house) == {date(2026, 6, 19)}


async def _reporter(house: Office, village: str) -> int:
    unit = house.place.villages[village]
    async with house.store.begin() as tx:
        return await add_reporter(tx, unit, "Lan", now=SET_UP, ids=house.ids)


async def _half_year(house: Office) -> set[date | None]:
    async with house.store.read() as tx:
        owed = await obligations.of_period(tx, house.place.plan_id, "dinh-ky", "2026-H1")
    assert owed
    return {each.due_at and local_time(each.due_at).date() for each in owed}
