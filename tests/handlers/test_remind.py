"""The tick: one message a person a day, silent once reported, at most one after a long sleep."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from sqlalchemy import update

from bot.events import Reply
from bot.handlers.nag_week import week_ahead
from bot.handlers.owe import quiet_hours
from bot.handlers.remind import TICK, Planned, Reminder
from plans.calendar import LOCAL, local_time
from plans.ladder import DEFAULT_QUIET
from plans.nag_windows import Windows
from storage import leases, nag_people, nudges, obligations, office, outbox, people, reports
from storage.engine import Store
from storage.ids import NumberedIds
from storage.outbox import OutboxRow
from storage.reports import Filing
from storage.tables import outbox as outbox_rows
from tests.conftest import Clock
from tests.storage.an_xuan import Place, add_reporter, settle

SET_UP = datetime(2026, 11, 2, 2, 0, tzinfo=UTC)


def local(month: int, day: int, hour: int = 8, minute: int = 0) -> datetime:
    """A moment of 2026 by clocks in Vietnam."""
    return datetime(2026, month, day, hour, minute, tzinfo=LOCAL).astimezone(UTC)


@dataclass
class Scene:
    """An Xuân, where Lan reports for Thôn Đông; the year's report is due before 20 December."""

    store: Store
    clock: Clock
    ids: NumberedIds
    place: Place
    lan: int
    reminder: Reminder

    async def tick(self, at: datetime) -> int:
        """One tick at a moment; returns how many were written to."""
        self.clock.at = at
        return await self.reminder.once()

    async def carries(self) -> None:
        """The channel takes what waits."""
        async with self.store.begin() as tx:
            rows = update(outbox_rows).where(outbox_rows.c.state == "waiting")
            await tx.execute(rows.values(state="sent"))

    async def messages(self, person: int) -> list[OutboxRow]:
        """What waits to be sent to a person."""
        async with self.store.read() as tx:
            return await outbox.waiting_for(tx, person)

    async def words(self, person: int) -> list[str]:
        """The texts of what waits for a person."""
        return [reply(row).words for row in await self.messages(person)]

    async def set(self, key: str, value: object) -> None:
        """One setting of the office."""
        async with self.store.begin() as tx:
            await office.set_to(
                tx, self.place.commune.id, key, value, by=None, now=SET_UP, ids=self.ids
            )

    async def owed_by(self, village: str) -> obligations.Obligation:
        """The year's report that a village owes."""
        async with self.store.read() as tx:
            owed = await obligations.of_period(tx, self.place.plan_id, "dinh-ky", "2026")
        return next(one for one in owed if one.unit_id == self.place.villages[village].id)

    async def file_for(self, village: str, at: datetime) -> None:
        """File the year's report of a village."""
        debt = await self.owed_by(village)
        filing = Filing(
            form="report",
            unit_id=debt.unit_id,
            filed_by=self.lan,
            answers={},
            plan_id=self.place.plan_id,
            subject_key="dinh-ky",
            period_key="2026",
            obligation_id=debt.id,
        )
        async with self.store.begin() as tx:
            await reports.file(tx, filing, now=at, ids=self.ids)


def reply(row: OutboxRow) -> Reply:
    """What a row of the outbox says."""
    return msgspec.json.decode(row.body, type=Reply)


@pytest.fixture
async def scene(store: Store, clock: Clock, ids: NumberedIds) -> Scene:
    """See `Scene`."""
    async with store.begin() as tx:
        place = await settle(tx, now=SET_UP, ids=ids)
        lan = await add_reporter(tx, place.villages["Thôn Đông"], "Lan", now=SET_UP, ids=ids)
    return Scene(store, clock, ids, place, lan, Reminder(store=store, ids=ids, clock=clock))


async def test_a_reminder_names_the_report_its_due_day_and_opens_it_with_one_tap(scene: Scene):
    """Three days before 19 December, the last day before the 20th."""
    assert await scene.tick(local(12, 16)) == 1
    (row,) = await scene.messages(scene.lan)
    debt = await scene.owed_by("Thôn Đông")
    assert row.purpose == "nudge"
    assert reply(row).words == (
        "Chào anh/chị Lan, còn 3 ngày nữa là hạn báo cáo năm 2026 của Thôn Đông (hết ngày 19/12)."
        " Báo ngay mất chừng 3 phút ạ."
    )
    buttons = {button.label: button.token for button in reply(row).buttons}
    assert buttons == {
        "Báo ngay": f"go.report.{debt.id}",
        "Chiều nay": "do.nag.chieu",
        "Mai": "do.nag.mai",
        "Nhờ người khác": f"do.nag.give.{debt.id}",
        "Xin gia hạn": f"go.extend.{debt.id}",
    }
    async with scene.store.read() as tx:
        assert await nudges.of_obligation(tx, debt.id) == [(local(12, 16).date(), "-3", scene.lan)]


async def test_ticks_through_the_season_remind_on_the_ladder_only(scene: Scene):
    """14, 7, 3 and 1 days before, on the day, then each second working day."""
    days = []
    for day in range(4, 26):
        for hour in (6, 8, 12, 21):
            if await scene.tick(local(12, day, hour)):
                days.append((day, hour))
                await scene.carries()
    assert days == [(5, 8), (12, 8), (16, 8), (18, 8), (19, 8), (22, 8), (24, 8)]


async def test_what_nobody_carried_on_its_day_is_said_anew_in_words_that_hold(scene: Scene) -> None:
    """A channel down for a day: "còn 3 ngày" is dropped in the night, the morning says two."""
    await scene.tick(local(12, 16))
    await scene.tick(local(12, 16, 21))
    (held,) = await scene.messages(scene.lan)
    assert held.not_before == local(12, 17, 6, 30), "quiet hours are kept by what waits, too"
    await scene.tick(local(12, 17, 0, 10))
    assert await scene.words(scene.lan) == []
    assert await scene.tick(local(12, 17)) == 1
    (words,) = await scene.words(scene.lan)
    assert "còn 2 ngày nữa" in words


async def test_nobody_hears_twice_from_late_double_and_simultaneous_ticks(
    scene: Scene, open_another
):
    """The key makes a nudge happen once, whoever ticks and however often."""
    scene.clock.at = local(12, 16, 9)
    second = open_another()
    other = Reminder(store=second, ids=NumberedIds(9_000_000), clock=scene.clock)
    try:
        counts = await asyncio.gather(
            *(reminder.once() for reminder in (scene.reminder, other) for _ in range(3))
        )
    finally:
        await second.close()
    assert sum(counts) == 1
    assert len(await scene.messages(scene.lan)) == 1


async def test_two_reports_make_one_message_with_a_button_each(scene: Scene):
    """Lan reports for two villages and hears of both at once."""
    async with scene.store.begin() as tx:
        await people.give_role(
            tx,
            scene.lan,
            scene.place.villages["Thôn Tây"].id,
            "reporter",
            now=SET_UP,
            ids=scene.ids,
        )
    assert await scene.tick(local(12, 18)) == 1
    (row,) = await scene.messages(scene.lan)
    assert reply(row).words.splitlines()[0] == "Chào anh/chị Lan, mình còn 2 báo cáo cần gửi ạ:"
    assert [button.label for button in reply(row).buttons] == [
        "Báo cáo năm 2026, Thôn Đông",
        "Báo cáo năm 2026, Thôn Tây",
        "Chiều nay",
        "Mai",
    ]


async def test_once_reported_nothing_more_is_said_and_what_waits_is_taken_back(scene: Scene):
    """Silent in the same transaction in which the report is filed."""
    await scene.tick(local(12, 16))
    await scene.file_for("Thôn Đông", local(12, 16, 9))
    assert await scene.messages(scene.lan) == []
    for day in (17, 18, 19, 21, 22):
        assert await scene.tick(local(12, day)) == 0


async def test_a_machine_that_slept_nine_days_wakes_with_one_message_in_the_right_words(
    scene: Scene,
):
    """From before the first rung to after the due day: one message, and it says it is late."""
    await scene.tick(local(12, 11))
    assert await scene.tick(local(12, 22, 10)) == 1
    (words,) = await scene.words(scene.lan)
    assert "đã quá hạn (hết ngày 19/12) nhưng vẫn gửi được" in words
    await scene.carries()
    assert await scene.tick(local(12, 23, 10)) == 0


async def test_after_two_weeks_the_bot_no_longer_chases(scene: Scene):
    """A plan that is taken in long after its due day does not begin with a flood."""
    assert await scene.tick(local(12, 19) + timedelta(days=20)) == 0


async def test_quiet_hours_of_the_office_put_the_morning_off(scene: Scene):
    """Silence until nine: the nudge of eight o'clock comes at nine."""
    await scene.set("quiet_hours", {"from": "20:30", "to": "09:00"})
    assert await scene.tick(local(12, 16, 8, 30)) == 0
    assert await scene.tick(local(12, 16, 9, 0)) == 1


async def test_quiet_hours_that_leave_no_time_do_not_silence_everybody_for_ever(scene: Scene):
    """Somebody wrote nonsense into the setting: the usual hours hold."""
    await scene.set("quiet_hours", {"from": "00:00", "to": "23:59"})
    await scene.set("quiet_hours", {"from": "13:30", "to": "11:30"})
    async with scene.store.read() as tx:
        assert await quiet_hours(tx) == DEFAULT_QUIET


async def test_a_day_the_office_sets_outdoes_the_plans(scene: Scene):
    """Due on 10 December at 17:00: the day before is reminded of, with the hour."""
    await scene.set("duty.dinh-ky.due", {"year": {"on": "12-10", "at": "17:00"}})
    assert await scene.tick(local(12, 9)) == 1
    (words,) = await scene.words(scene.lan)
    assert "ngày mai là hạn báo cáo năm 2026 của Thôn Đông (trước 17 giờ ngày 10/12)" in words


async def test_a_preview_shows_what_a_tick_would_send_and_keeps_nothing(scene: Scene):
    """Asked in November about December; nothing is owed, said or remembered for it."""
    (planned,) = await scene.reminder.preview(local(12, 18))
    assert isinstance(planned, Planned)
    assert (planned.name, planned.channel, planned.rungs) == ("Lan", "telegram", ("-1",))
    assert "ngày mai là hạn báo cáo năm 2026" in planned.reply.words
    async with scene.store.read() as tx:
        assert await obligations.of_period(tx, scene.place.plan_id, "dinh-ky", "2026") == []
        assert await outbox.waiting_for(tx, scene.lan) == []
        assert await leases.last_fired(tx, TICK) is None


async def test_a_preview_and_the_tick_agree(scene: Scene):
    """The same words to the same people, to the last letter."""
    previewed = await scene.reminder.preview(local(12, 18))
    await scene.tick(local(12, 18))
    (words,) = await scene.words(scene.lan)
    assert [each.reply.words for each in previewed] == [words]


async def test_a_due_day_nobody_can_read_stops_only_its_own_plan(scene: Scene, caplog):
    """Written around the checks, it is logged, and the tick goes on."""
    await scene.set("duty.dinh-ky.due", {"year": {"on": "32-13"}})
    assert await scene.tick(local(12, 18)) == 0
    assert "nothing new is owed for an-xuan" in caplog.text
    async with scene.store.read() as tx:
        assert await leases.last_fired(tx, TICK) == local(12, 18)


async def test_what_the_office_stopped_is_not_said(scene: Scene) -> None:
    """One person, then one duty; the second person of the unit is not asked in their stead."""
    await scene.set("nags.stopped_people", [scene.lan])
    assert await scene.tick(local(12, 16)) == 0
    await scene.set("nags.stopped_people", None)
    await scene.set("nags.stopped_duties", ["dinh-ky"])
    assert await scene.tick(local(12, 16, 9)) == 0
    await scene.set("nags.stopped_duties", None)
    assert await scene.tick(local(12, 16, 10)) == 1


async def test_the_office_names_the_hour_and_the_rungs(scene: Scene) -> None:
    """`nags.at` and `nags.ladder` are what the reminder goes by."""
    await scene.set("nags.at", "09:30")
    await scene.set("nags.ladder", {"year": [-2, 0]})
    heard = [
        (day, hour)
        for day in (16, 17)
        for hour in (8, 9, 10)
        if await scene.tick(local(12, day, hour, 40))
    ]
    assert heard == [(17, 9)]


async def test_the_week_ahead_names_who_hears_what_when_and_for_how_much(scene: Scene) -> None:
    """What stands unsaid today, then three mornings; of this commune only; nothing is written."""
    scene.clock.at = local(12, 15, 10)
    asked = (scene.place.commune.id, -1)
    week, other = [
        await week_ahead(scene.reminder, now=scene.clock(), windows=Windows(), commune_id=one)
        for one in asked
    ]
    assert [local_time(line.at).day for line in week.lines] == [15, 16, 18, 19]
    assert {line.what.about for line in week.lines} == {("Báo cáo năm 2026 của Thôn Đông",)}
    assert (week.people, week.cost_vnd, other.lines) == (1, 0, ())
    assert await scene.messages(scene.lan) == []


async def test_who_asked_for_this_afternoon_is_not_woken_at_night(scene: Scene) -> None:
    """The machine was off from noon until nine in the evening: the promise is kept in the morning."""
    await scene.tick(local(12, 16))
    await scene.carries()
    async with scene.store.begin() as tx:
        await nag_people.snooze(tx, scene.lan, until=local(12, 16, 14), now=local(12, 16, 9))
    assert await scene.tick(local(12, 16, 21)) == 0
    assert await scene.tick(local(12, 17, 7)) == 1
