"""Nudges: once per rung and person, one message a day, silent once reported."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, text, update

from plans.calendar import Calendar
from plans.ladder import FIRST_FORM, rung_due
from storage import nudges, obligations, reports, units
from storage.engine import Store
from storage.ids import NumberedIds
from storage.nudges import Nag
from storage.reports import Filing
from storage.tables import accounts, memberships, outbox
from storage.tables import nudges as nudge_rows
from storage.tables import obligations as rows
from tests.storage.an_xuan import Place, add_reporter, settle

CALENDAR = Calendar()
DUE = datetime(2026, 12, 18, 16, 59, 59, tzinfo=UTC)
"""Friday 18 December 2026, end of the day in Vietnam."""


def at(day: int, hour: int = 9) -> datetime:
    """A December morning in Vietnam."""
    return datetime(2026, 12, day, hour - 7, 0, tzinfo=UTC)


def rung_of(now: datetime) -> nudges.RungOf:
    def ladder(standing: nudges.Standing) -> str | None:
        due = rung_due(
            standing.due_at, now, calendar=CALENDAR, ladder=FIRST_FORM, opened_at=standing.opens_at
        )
        return due.rung.key if due else None

    return ladder


async def tick(tx: Any, now: datetime) -> list[Nag]:
    return await nudges.tick(tx, now=now, rung_of=rung_of(now))


async def owe(tx: Any, place: Place, village: str, duty: str = "dinh-ky", **more: Any) -> int:
    unit_id = place.villages[village].id
    row: dict[str, Any] = {
        "id": unit_id * 100 + len(duty), "plan_id": place.plan_id, "duty_key": duty,
        "period_key": "2026", "unit_id": unit_id, "opens_at": DUE - timedelta(days=30),
        "due_at": DUE, "state": "open",
    } | more  # fmt: skip
    await tx.execute(insert(rows).values(row))
    return int(row["id"])


async def put_message(tx: Any, row_id: int, person: int, now: datetime, **more: Any) -> None:
    row = {
        "id": row_id, "channel": "telegram", "account": "1", "chat": f"chat-{person}",
        "person_id": person, "body": "{}", "purpose": "nudge", "priority": 5, "state": "waiting",
        "not_before": now, "made_at": now,
    } | more  # fmt: skip
    await tx.execute(insert(outbox).values(row))


def file_year(place: Place, village: str, duty: str = "dinh-ky") -> Filing:
    return Filing(
        form="report",
        unit_id=place.villages[village].id,
        filed_by=place.person_id,
        answers={},
        plan_id=place.plan_id,
        subject_key=duty,
        period_key="2026",
    )


async def test_seven_three_and_one_days_before_on_the_day_and_after(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """Ticking each hour of three weeks, Lan hears five times, each time once."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        await add_reporter(tx, place.villages["Thôn Đông"], "Lan", now=now, ids=ids)
        await owe(tx, place, "Thôn Đông")
        heard = [
            (day, nag.reminders[0].rung)
            for day in range(5, 26)
            for hour in range(7, 21)
            for nag in await tick(tx, at(day, hour))
        ]
        assert heard == [(11, "-7"), (15, "-3"), (17, "-1"), (18, "0"), (19, "+1")]


async def test_one_message_a_person_holds_all_that_is_owed(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """Two duties of two villages, due on two days, in one message, the most urgent first."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        lan = await add_reporter(tx, place.villages["Thôn Đông"], "Lan", now=now, ids=ids)
        await add_reporter(tx, place.villages["Thôn Tây"], "Lan", now=now, ids=ids, person_id=lan)
        later = await owe(tx, place, "Thôn Đông", due_at=DUE + timedelta(days=2))
        sooner = await owe(tx, place, "Thôn Tây")
        (nag,) = await tick(tx, at(17))
        assert nag.person_id == lan
        assert [(r.obligation_id, r.rung) for r in nag.reminders] == [(sooner, "-1"), (later, "-3")]
        assert nag.reminders[0].unit_name == "Thôn Tây"
        assert await tick(tx, at(17, 10)) == []


async def test_a_duty_that_comes_up_after_todays_message_waits_for_tomorrow(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """No second message on one day, however many duties."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        await add_reporter(tx, place.villages["Thôn Đông"], "Lan", now=now, ids=ids)
        await owe(tx, place, "Thôn Đông")
        assert len(await tick(tx, at(16))) == 1
        second = await owe(tx, place, "Thôn Đông", duty="khac", due_at=DUE + timedelta(days=1))
        assert await tick(tx, at(16, 11)) == []
        (tomorrow,) = await tick(tx, at(17))
        assert second in [each.obligation_id for each in tomorrow.reminders]


async def test_after_nine_days_off_there_is_one_message_with_the_newest_rung(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """-7, -3 and -1 were slept through; only what holds today is said."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        await add_reporter(tx, place.villages["Thôn Đông"], "Lan", now=now, ids=ids)
        await owe(tx, place, "Thôn Đông")
        (nag,) = await tick(tx, at(18))
        assert [each.rung for each in nag.reminders] == ["0"]
        assert await tick(tx, at(18, 15)) == []


async def test_the_second_person_is_asked_when_the_first_cannot_be_reached(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """Lan has no chat and Hoa blocked the bot: Minh, third, is reminded; later Lan alone."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        dong = place.villages["Thôn Đông"]
        lan = await add_reporter(tx, dong, "Lan", now=now, ids=ids, reachable=False)
        hoa = await add_reporter(tx, dong, "Hoa", now=now, ids=ids, rank=2)
        minh = await add_reporter(tx, dong, "Minh", now=now, ids=ids, rank=3)
        await tx.execute(update(accounts).where(accounts.c.person_id == hoa).values(blocked_at=now))
        await owe(tx, place, "Thôn Đông")
        assert [nag.person_id for nag in await tick(tx, at(15))] == [minh]
        await tx.execute(
            insert(accounts).values(
                id=ids(), channel="webchat", account="w", address="lan", person_id=lan,
                name="Lan", created_at=now,
            )
        )  # fmt: skip
        assert [nag.person_id for nag in await tick(tx, at(17))] == [lan]


async def test_who_left_the_unit_is_left_alone(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """A membership that ended, another role, a duty without a day: nobody is reminded."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        await add_reporter(tx, place.villages["Thôn Đông"], "Lan", now=now, ids=ids)
        await tx.execute(update(memberships).values(until=at(10)))
        await add_reporter(tx, place.villages["Thôn Tây"], "Hoa", now=now, ids=ids)
        await tx.execute(
            update(memberships)
            .where(memberships.c.unit_id == place.villages["Thôn Tây"].id)
            .values(role="reviewer")
        )
        await add_reporter(tx, place.villages["Thôn Nam"], "Minh", now=now, ids=ids)
        await owe(tx, place, "Thôn Đông")
        await owe(tx, place, "Thôn Tây")
        await owe(tx, place, "Thôn Nam", due_at=None)
        assert await tick(tx, at(17)) == []


async def test_a_look_ahead_writes_nothing_and_says_what_the_tick_would(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """`soxanh tick --at`: asked twice it gives the same, and the tick then gives it too."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        await add_reporter(tx, place.villages["Thôn Đông"], "Lan", now=now, ids=ids)
        await owe(tx, place, "Thôn Đông", state="not_open")
        looks = [
            await nudges.due_for_nudge(tx, now=at(17), rung_of=rung_of(at(17))) for _ in range(2)
        ]
        assert looks[0] == looks[1] == await tick(tx, at(17))
        assert len(looks[0]) == 1


async def test_filing_silences_the_message_that_waits_and_keeps_what_is_still_owed(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """One of two duties is reported: the waiting message goes, the next speaks of the other only."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        lan = await add_reporter(tx, place.villages["Thôn Đông"], "Lan", now=now, ids=ids)
        await owe(tx, place, "Thôn Đông")
        other = await owe(tx, place, "Thôn Đông", duty="khac")
        await tick(tx, at(17))
        await put_message(tx, 77, lan, at(17))
        await nudges.sent_as(tx, {lan: 77}, now=at(17))
        await reports.file(tx, file_year(place, "Thôn Đông"), now=at(17, 10), ids=ids)
        assert await tx.scalar(select(outbox.c.state).where(outbox.c.id == 77)) == "dropped"
        (nag,) = await tick(tx, at(17, 11))
        assert [each.obligation_id for each in nag.reminders] == [other]


async def test_a_message_that_is_out_is_not_taken_back_and_nothing_follows(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """It was sent before the report came: it stays sent; no later rung speaks of it."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        lan = await add_reporter(tx, place.villages["Thôn Đông"], "Lan", now=now, ids=ids)
        owed = await owe(tx, place, "Thôn Đông")
        await tick(tx, at(15))
        await put_message(tx, 77, lan, at(15), state="sent")
        await nudges.sent_as(tx, {lan: 77}, now=at(15))
        await reports.file(tx, file_year(place, "Thôn Đông"), now=at(15, 10), ids=ids)
        assert await tx.scalar(select(outbox.c.state).where(outbox.c.id == 77)) == "sent"
        assert [await tick(tx, at(day)) for day in (17, 18, 19)] == [[], [], []]
        assert [rung for _, rung, _ in await nudges.of_obligation(tx, owed)] == ["-3"]


async def test_two_processes_that_tick_at_once_send_once(
    store: Store, now: datetime, ids: NumberedIds, open_another: Callable[[], Store]
) -> None:
    """An hour of ticks by two processes at the same moments, duties appearing in between."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        for village in place.villages.values():
            await add_reporter(tx, village, "Lan", now=now, ids=ids)
            await owe(tx, place, village.name)
    other = open_another()
    heard: list[int] = []

    async def one(on: Store, moment: datetime) -> None:
        async with on.begin() as tx:
            heard.extend(nag.person_id for nag in await tick(tx, moment))

    for minute in range(0, 60, 10):
        moment = at(17) + timedelta(minutes=minute)
        async with store.begin() as tx:
            await owe(tx, place, "Thôn Đông", duty="k" * (20 + minute))
        await asyncio.gather(one(store, moment), one(other, moment))
    await other.close()
    assert len(heard) == len(set(heard)) == 4


async def test_a_report_filed_during_a_tick_is_not_nagged_about(
    pg_store: Store, now: datetime, ids: NumberedIds
) -> None:
    """On PostgreSQL a tick passes over what another transaction is filing at that moment."""
    async with pg_store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        await add_reporter(tx, place.villages["Thôn Đông"], "Lan", now=now, ids=ids)
        await owe(tx, place, "Thôn Đông")
    async with pg_store.begin() as filing:
        await reports.file(filing, file_year(place, "Thôn Đông"), now=at(17), ids=ids)
        async with pg_store.begin() as ticking:
            assert await tick(ticking, at(17)) == []
    async with pg_store.begin() as tx:
        assert await tick(tx, at(18)) == []
        assert list(await tx.execute(select(nudge_rows))) == []


async def test_a_report_that_comes_while_its_reminder_is_being_written_takes_it_back(
    pg_store: Store, now: datetime, ids: NumberedIds
) -> None:
    """On PostgreSQL filing waits for the tick that has chosen already, then drops what it wrote."""
    async with pg_store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        lan = await add_reporter(tx, place.villages["Thôn Đông"], "Lan", now=now, ids=ids)
        await owe(tx, place, "Thôn Đông")

    async def files() -> None:
        async with pg_store.begin() as filing:
            await reports.file(filing, file_year(place, "Thôn Đông"), now=at(17), ids=ids)

    async with pg_store.begin() as ticking:
        assert len(await tick(ticking, at(17))) == 1
        report = asyncio.create_task(files())
        await _until_waiting(pg_store)
        assert not report.done()
        await put_message(ticking, 77, lan, at(17))
        await nudges.sent_as(ticking, {lan: 77}, now=at(17))
    await report
    async with pg_store.begin() as tx:
        assert await tx.scalar(select(outbox.c.state).where(outbox.c.id == 77)) == "dropped"
        assert await tick(tx, at(17, 10)) == []


async def _until_waiting(store: Store) -> None:
    """Until somebody waits for somebody else's row on this database."""
    held = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    while True:
        async with store.read() as tx:
            if await tx.scalar(held):
                return


async def test_obligations_under_a_moved_unit_are_still_nagged(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """Where a unit hangs makes no difference to what it owes."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        dong = place.villages["Thôn Đông"]
        await add_reporter(tx, dong, "Lan", now=now, ids=ids)
        owed = await owe(tx, place, "Thôn Đông")
        await units.move(tx, dong.id, place.villages["Thôn Tây"].id)
        (nag,) = await tick(tx, at(17))
        assert nag.reminders[0].obligation_id == owed
        assert (await obligations.by_id(tx, owed)).unit_id == dong.id
