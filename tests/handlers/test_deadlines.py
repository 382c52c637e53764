"""Deadlines as people meet them: a machine that slept, two processes, the office's table."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from bot.channels.base import OutcomeUnknown
from bot.digest_words import Late, morning
from bot.events import Reply
from bot.flows.request_words import draft_fields, read_call, read_until
from bot.handlers.deliver import Deliverer
from bot.handlers.nag_rules import NagRules, paused
from bot.handlers.remind import Reminder
from bot.table_picture import Row, draw
from plans.calendar import LOCAL, Calendar, local_time, moment_on
from plans.owed import END_OF_DAY
from storage import groups, media, obligations, office, people, reports
from storage.engine import Store
from storage.ids import NumberedIds
from storage.media import MediaStore
from storage.reports import Filing
from storage.tables import outbox
from tests.conftest import Clock
from tests.handlers.post_office import Postman
from tests.handlers.ticking import tick_for_an_hour
from tests.storage.an_xuan import add_reporter, settle

SET_UP = datetime(2026, 11, 2, 2, 0, tzinfo=UTC)


def local(month: int, day: int, hour: int = 8, minute: int = 0) -> datetime:
    """A moment of 2026 by clocks in Vietnam."""
    return datetime(2026, month, day, hour, minute, tzinfo=LOCAL).astimezone(UTC)


async def written(store: Store) -> list[tuple[int, Reply, str]]:
    """(person, reply, state) of every reminder in the outbox."""
    async with store.read() as tx:
        rows = await tx.execute(select(outbox).where(outbox.c.purpose == "nudge"))
        return [
            (row.person_id, msgspec.json.decode(row.body, type=Reply), row.state) for row in rows
        ]


async def deliver(store: Store) -> None:
    """What waits is carried."""
    async with store.begin() as tx:
        await tx.execute(update(outbox).where(outbox.c.state == "waiting").values(state="sent"))


async def test_nine_days_off_around_the_day_bring_each_person_one_message(
    store: Store, clock: Clock, ids: NumberedIds
) -> None:
    """Four villages, two people each; off from the 14th to the 23rd; due the 19th."""
    async with store.begin() as tx:
        place = await settle(tx, now=SET_UP, ids=ids)
        for village in place.villages.values():
            for rank in (1, 2):
                await add_reporter(tx, village, f"Người {rank}", now=SET_UP, ids=ids, rank=rank)
    reminder = Reminder(store=store, ids=ids, clock=clock)
    clock.at = local(12, 14)
    await reminder.once()
    await deliver(store)
    before = len(await written(store))
    clock.at = local(12, 23, 9)
    for _ in range(3):
        await reminder.once()
        clock.forward(minutes=10)
    new = (await written(store))[before:]
    assert max(Counter(person for person, _, _ in new).values()) == 1
    assert len(new) >= len(place.villages)
    assert all("đã quá hạn (hết ngày 19/12)" in reply.words for _, reply, _ in new)


async def test_two_processes_tick_for_an_hour_and_nobody_hears_twice(
    pg_store: Store, pg_url: str, ids: NumberedIds, tmp_path: Path
) -> None:
    """The morning on which the second person comes in; both tick at each of its sixty minutes."""
    async with pg_store.begin() as tx:
        place = await settle(tx, now=SET_UP, ids=ids)
        for village in place.villages.values():
            for rank in (1, 2):
                await add_reporter(tx, village, f"Người {rank}", now=SET_UP, ids=ids, rank=rank)
        hanh = await add_reporter(tx, place.commune, "Hạnh", now=SET_UP, ids=ids)
        await people.give_role(tx, hanh, place.commune.id, "admin", now=SET_UP, ids=ids)
    spawn = multiprocessing.get_context("spawn")
    gate = spawn.Barrier(2)
    both = [
        spawn.Process(
            target=tick_for_an_hour, args=(pg_url, tmp_path, first, local(12, 22, 7, 40), gate)
        )
        for first in (1_000_000, 2_000_000)
    ]
    for process in both:
        process.start()
    for process in both:
        await asyncio.to_thread(process.join, 120)
    assert [process.exitcode for process in both] == [0, 0]
    heard = Counter(person for person, _, _ in await written(pg_store))
    assert heard.pop(hanh) == 1
    assert len(heard) == 2 * len(place.villages)
    assert set(heard.values()) == {1}
    async with pg_store.read() as tx:
        owed = await obligations.of_period(tx, place.plan_id, "dinh-ky", "2026")
    assert {one.escalation for one in owed} == {1}


async def test_a_machine_that_falls_while_sending_does_not_send_again(
    store: Store, clock: Clock, ids: NumberedIds, tmp_path: Path
) -> None:
    """The reminder is on the wire, nobody hears the answer; after the restart there is no copy, and no new one."""
    async with store.begin() as tx:
        place = await settle(tx, now=SET_UP, ids=ids)
        await add_reporter(tx, place.villages["Thôn Đông"], "Lan", now=SET_UP, ids=ids)
    reminder = Reminder(store=store, ids=ids, clock=clock)
    postman = Postman(name="telegram", account="1", trouble=[OutcomeUnknown("power cut")])
    deliverer = Deliverer(
        store=store,
        files=MediaStore(tmp_path / "media"),
        channels={("telegram", "1"): postman},
        clock=clock,
        alert=lambda channel, words: None,
    )
    clock.at = local(12, 18)
    assert await reminder.once() == 1
    await deliverer.once()
    again = Reminder(store=store, ids=ids, clock=clock)
    for _ in range(4):
        clock.forward(minutes=30)
        assert await again.once() == 0
        await deliverer.once()
    await deliverer.close()
    assert postman.carried == []
    assert [state for _, _, state in await written(store)] == ["unknown"]
    clock.at = local(12, 19)
    assert await again.once() == 1


async def test_the_office_reads_who_is_late_with_a_picture_and_its_own_reminder_in_one_message(
    store: Store, clock: Clock, ids: NumberedIds, tmp_path: Path
) -> None:
    """Hạnh keeps the office and reports for a village: one message on the morning."""
    async with store.begin() as tx:
        place = await settle(tx, now=SET_UP, ids=ids)
        hanh = await add_reporter(tx, place.villages["Thôn Đông"], "Hạnh", now=SET_UP, ids=ids)
        await people.give_role(tx, hanh, place.commune.id, "admin", now=SET_UP, ids=ids)
    files = MediaStore(tmp_path / "media")
    reminder = Reminder(store=store, ids=ids, clock=clock, files=files)
    clock.at = local(12, 18)
    assert await reminder.once() == 1
    ((person, reply, _),) = await written(store)
    assert person == hanh
    assert "🟡 Báo cáo năm 2026 (hạn ngày mai): còn 5 đơn vị" in reply.words
    assert "ngày mai là hạn báo cáo năm 2026 của Thôn Đông" in reply.words
    (photo,) = reply.photos
    async with store.read() as tx:
        kept = await media.get(tx, photo)
    assert kept is not None
    assert (kept.state, kept.content_type) == ("kept", "image/png")
    clock.forward(hours=1)
    assert await reminder.once() == 0


async def test_who_was_early_is_thanked_in_the_group_once_where_the_office_wants_it(
    store: Store, clock: Clock, ids: NumberedIds
) -> None:
    """Two villages file on the 10th, one on the last day; a village's own group hears of its own only."""
    async with store.begin() as tx:
        place = await settle(tx, now=SET_UP, ids=ids)
        for chat, unit in (("xa", place.commune), ("dong", place.villages["Thôn Đông"])):
            await groups.register_group(
                tx, "telegram", "1", chat, unit_id=unit.id, by=None, now=SET_UP
            )
    reminder = Reminder(store=store, ids=ids, clock=clock)
    clock.at = local(12, 8)
    await reminder.once()
    for village, day in (("Thôn Đông", 10), ("Thôn Tây", 10), ("Thôn Nam", 19)):
        filing = Filing(
            form="report", unit_id=place.villages[village].id, filed_by=place.person_id,
            answers={}, plan_id=place.plan_id, subject_key="dinh-ky", period_key="2026",
        )  # fmt: skip
        async with store.begin() as tx:
            await reports.file(tx, filing, now=local(12, day), ids=ids)
    clock.at = local(12, 11)
    await reminder.once()
    assert await _in_groups(store) == []
    async with store.begin() as tx:
        await office.set_to(
            tx, place.commune.id, "nags.thanks_early", True, by=None, now=SET_UP, ids=ids
        )
    for day in (11, 14, 21):
        for _ in range(2):
            clock.at = local(12, day, 9)
            await reminder.once()
    assert await _in_groups(store) == [
        ("dong", "👏 Cảm ơn Thôn Đông đã gửi Báo cáo năm 2026 sớm ạ!"),
        ("xa", "👏 Cảm ơn Thôn Đông, Thôn Tây đã gửi Báo cáo năm 2026 sớm ạ!"),
    ]


async def _in_groups(store: Store) -> list[tuple[str, str]]:
    async with store.read() as tx:
        rows = await tx.execute(select(outbox).where(outbox.c.group).order_by(outbox.c.id))
        return [(row.chat, msgspec.json.decode(row.body, type=Reply).words) for row in rows]


async def test_the_office_can_stop_everything(store: Store, clock: Clock, ids: NumberedIds) -> None:
    """Until a day and with it; then the ladder goes on."""
    async with store.begin() as tx:
        place = await settle(tx, now=SET_UP, ids=ids)
        await add_reporter(tx, place.villages["Thôn Đông"], "Lan", now=SET_UP, ids=ids)
        await office.set_to(
            tx, place.commune.id, "nags.paused_until", "2026-12-17", by=None, now=SET_UP, ids=ids
        )
    reminder = Reminder(store=store, ids=ids, clock=clock)
    heard = []
    for day in range(14, 20):
        clock.at = local(12, day)
        heard.append(await reminder.once())
    assert heard == [0, 0, 0, 0, 1, 1]
    assert paused({"nags.off": True}, SET_UP)
    assert not paused({"nags.paused_until": "nonsense"}, SET_UP)


async def test_a_week_ahead_is_shown_and_nothing_kept(
    store: Store, clock: Clock, ids: NumberedIds
) -> None:
    """Three mornings of the ladder within seven days."""
    async with store.begin() as tx:
        place = await settle(tx, now=SET_UP, ids=ids)
        await add_reporter(tx, place.villages["Thôn Đông"], "Lan", now=SET_UP, ids=ids)
    reminder = Reminder(store=store, ids=ids, clock=clock)
    clock.at = local(12, 12)
    assert await reminder.once() == 1
    clock.at = local(12, 15, 10)
    planned = await reminder.preview_days(clock.at, 7)
    assert [local_time(at).day for at, _ in planned] == [16, 18, 19]
    assert len(await written(store)) == 1


@settings(max_examples=60, deadline=None)
@given(st.dates(date(2020, 1, 1), date(2030, 12, 1)))
def test_escalation_never_comes_before_its_working_days(today: date) -> None:
    """Each step's bound lies so many working days back, and steps come in order."""
    calendar = Calendar()
    bounds = NagRules(calendar, 8).escalation_bounds(moment_on(today, END_OF_DAY))
    assert bounds == sorted(bounds, reverse=True)
    for step, bound in enumerate(bounds, start=1):
        assert calendar.working_days_between(local_time(bound).date(), today) == 2 * step


TODAY = date(2026, 7, 14)
"""A Tuesday."""


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("17h thứ Sáu", local(7, 17, 17)),
        ("trước 20/7", local(7, 20, 17)),
        ("chiều mai", local(7, 15, 17)),
        ("chủ nhật", local(7, 19, 17)),
        ("9:30 mai", local(7, 15, 9, 30)),
        ("1/2", datetime(2027, 2, 1, 10, 0, tzinfo=UTC)),
        ("25h mai", None),
        ("bao giờ cũng được", None),
    ],
)
def test_an_officials_time_is_read(words: str, expected: datetime | None) -> None:
    """An hour, a weekday, a day of the month, tomorrow; 17:00 where no hour is said."""
    assert read_until(words, TODAY) == expected


@pytest.mark.parametrize(
    ("words", "label", "kind"),
    [
        ("số hộ bị ngập", "Số hộ bị ngập", "whole"),
        ("có bao nhiêu người phải sơ tán", "Có bao nhiêu người phải sơ tán", "whole"),
        ("diện tích lúa bị ngập (ha)", "Diện tích lúa bị ngập (ha)", "decimal"),
        ("đã sơ tán chưa", "Đã sơ tán chưa", "yes_no"),
        ("mức ngập (nhẹ/nặng)", "Mức ngập", "choice"),
        ("ảnh", "Ảnh", "photos"),
        ("gửi 3 ảnh", "Gửi 3 ảnh", "photos"),
        ("tình hình", "Tình hình", "text"),
        ("ảnh hưởng đến sản xuất", "Ảnh hưởng đến sản xuất", "text"),
    ],
)
def test_a_call_is_drafted_into_questions_of_the_right_sort(
    words: str, label: str, kind: str
) -> None:
    """Numbers, yes or no, choices, pictures, words."""
    (field,) = draft_fields(words)
    assert (field["label"], field["kind"]) == (label, kind)


def test_a_call_is_read_from_one_line() -> None:
    """Whom, what and until when; commas and "và" part the questions."""
    call = read_call("các thôn báo số hộ bị ngập, ảnh và tình hình trước 17h thứ Sáu", TODAY)
    assert call is not None
    assert (call.whom, call.due_at) == ("các thôn", local(7, 17, 17))
    assert [field["label"] for field in draft_fields(call.what)] == [
        "Số hộ bị ngập",
        "Ảnh",
        "Tình hình",
    ]


def test_the_morning_fits_a_phone_and_names_whom_to_call() -> None:
    """Names beyond six are counted; a picture is drawn with Vietnamese letters of any length."""
    units = tuple(f"Thôn {number}" for number in range(1, 10))
    late = Late("Báo cáo năm 2026", local(12, 19), units, office=("Thôn 9",))
    reply = morning("Xã An Xuân", [late], [], [], local(12, 25) + timedelta(hours=1))
    assert "và 3 đơn vị nữa chưa gửi" in reply.words
    assert "nhờ Văn phòng gọi: Thôn 9" in reply.words
    assert draw("Xã " * 60, [Row("Báo cáo " * 20, "3/10", "red")]).startswith(b"\x89PNG")
