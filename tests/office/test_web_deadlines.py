"""The page of deadlines: who owes what, decisions with their reason, the reminders stopped, units that merge."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import icalendar
import pytest
from aiohttp import ClientResponse
from sqlalchemy import select

from bot.desks import calendar as calendar_desk
from office import calendar_feed
from plans.calendar import Calendar
from plans.owed import owed
from storage import calendar_links, habits, ledger, nag_stops, obligations, office, reports, units
from storage.obligations import Obligation
from storage.reports import Filing
from storage.tables import habits as habit_rows
from storage.tables import obligations as rows
from tests.office.web_world import SEAL, Town, Visitor
from tests.storage.an_xuan import mini_pack

DUE = {"duty.dinh-ky.due": {"year": {"on": "12-20", "at": "17:00"}}}
YEAR = "2026"


@pytest.fixture
async def owing(town: Town) -> list[Obligation]:
    """An Xuân's villages owe the year's report by 17:00 on 20 December."""
    now = town.clock()
    async with town.store.begin() as tx:
        for key, value in DUE.items():
            await office.set_to(tx, town.commune.id, key, value, by=None, now=now, ids=town.ids)
        wanted = owed(
            mini_pack(), DUE, Calendar(), first=now.date(), last=now.date() + timedelta(days=250)
        )
        await obligations.ensure(tx, town.plan_id, town.commune.id, wanted, now=now, ids=town.ids)
        return await obligations.of_period(tx, town.plan_id, "dinh-ky", YEAR)


async def sends(browser: Visitor, path: str, **form: str) -> ClientResponse:
    """A form of a page of ours."""
    return await browser.posts(path, headers=None, **form)


async def one(town: Town, obligation_id: int) -> Obligation:
    async with town.store.read() as tx:
        return await obligations.by_id(tx, obligation_id)


def path_of(each: Obligation) -> str:
    return f"/van-phong/han/{each.plan_id}/{each.duty_key}/{each.period_key}"


async def test_a_reviewer_gives_time_to_one_and_excuses_all_with_a_reason(
    town: Town, owing: list[Obligation]
) -> None:
    """More time moves one unit's day; an excuse takes a reason, and who decided is shown."""
    browser = await town.comes_in("Duyệt Mai")
    where, first = path_of(owing[0]), owing[0]
    assert "chưa có hạn" not in await browser.reads(where)
    form = {"csrf": await browser.csrf(), "unit": str(first.id), "deed": "gia-han"}
    assert (await sends(browser, where, **form, day="2026-12-31")).status == 303
    assert (await one(town, first.id)).due_at > first.due_at  # type: ignore[operator]  # both have a day
    assert (await one(town, owing[1].id)).due_at == owing[1].due_at
    form |= {"unit": "tat-ca", "deed": "mien"}
    assert (await sends(browser, where, **form)).status == 400, "an excuse takes a reason"
    assert (await sends(browser, where, **form, why="bão lụt")).status == 303
    assert {(await one(town, each.id)).state for each in owing} == {"excused"}
    page = await browser.reads(where)
    assert "miễn (bão lụt) – Duyệt Mai" in page
    assert "gia hạn đến 31/12/2026 – Duyệt Mai" in page


async def test_books_are_closed_by_a_reviewer_and_opened_by_a_named_right_only(
    town: Town, owing: list[Obligation]
) -> None:
    """Closed, nothing is filed; the reviewer cannot open them, the leader can, with a reason."""
    where, first = path_of(owing[0]), owing[0]
    form = {"unit": str(first.id)}
    mai = await town.comes_in("Duyệt Mai")
    form["csrf"] = await mai.csrf()
    assert (await sends(mai, where, **form, deed="khoa")).status == 303
    assert (await one(town, first.id)).locked_at is not None
    assert (await sends(mai, where, **form, deed="mo", why="nhầm")).status == 403
    hoa = await town.comes_in("Chủ tịch Hoa")
    form["csrf"] = await hoa.csrf()
    assert (await sends(hoa, where, **form, deed="mo")).status == 400
    assert (await sends(hoa, where, **form, deed="mo", why="bổ sung số liệu")).status == 303
    assert (await one(town, first.id)).locked_at is None


@pytest.mark.parametrize(
    ("name", "status"), [("Chủ tịch xã bên", 404), ("Xử lý Bình", 404), ("Phụ nữ Thu", 404)]
)
async def test_others_see_and_decide_nothing(
    town: Town, owing: list[Obligation], name: str, status: int
) -> None:
    """An office in one unit, or in another commune, opens no page of the commune's ledger."""
    browser = await town.comes_in(name)
    assert (await browser.gets(path_of(owing[0]))).status == status
    form = {"csrf": await browser.csrf(), "unit": "tat-ca", "deed": "khoa"}
    assert (await sends(browser, path_of(owing[0]), **form)).status == status
    there = f"/van-phong/han/xa/{town.commune.id}/nhac"
    assert (await sends(browser, there, csrf=form["csrf"], deed="dung")).status == 404


async def test_the_administrator_stops_reminders_and_switches_habits_off(
    town: Town, owing: list[Obligation]
) -> None:
    """The whole commune until a day, one duty, one person; each can be let go on."""
    son = await town.comes_in("Quản trị Sơn")
    base, csrf = f"/van-phong/han/xa/{town.commune.id}", await son.csrf()
    person = town.who["Trưởng thôn Lâm"]
    for said in ({"day": "2026-12-31"}, {"duty": "dinh-ky"}, {"person": str(person)}):
        answer = await sends(son, f"{base}/nhac", csrf=csrf, deed="dung", **said)
        assert answer.status == 303
    async with town.store.begin() as tx:
        stopped = nag_stops.stopped_by(await office.settings_of(tx, town.commune.id))
        assert (str(stopped.until), stopped.duties, stopped.people) == ("2026-12-31", ("dinh-ky",), (person,))  # fmt: skip
        row = {"person_id": person, "kind": "year", "bend": "prompt:2", "days": [2, 3, 2], "learned_at": town.clock()}  # fmt: skip
        await tx.execute(habit_rows.insert().values(**row))
    page = await son.reads("/van-phong/han")
    assert "Tạm dừng nhắc đến hết ngày 31/12/2026" in page
    assert "3 kỳ gần nhất đều nộp trước hạn ít nhất 2 ngày" in page
    assert (await sends(son, f"{base}/thoi-quen", csrf=csrf, deed="tat")).status == 303
    assert "Quy tắc này đang tắt" in await son.reads("/van-phong/han")
    for said in ({}, {"duty": "dinh-ky"}, {"person": str(person)}):
        assert (await sends(son, f"{base}/nhac", csrf=csrf, deed="tiep", **said)).status == 303
    async with town.store.read() as tx:
        settings = await office.settings_of(tx, town.commune.id)
    assert nag_stops.stopped_by(settings) == nag_stops.Stopped()
    assert (await sends(await town.comes_in("Duyệt Mai"), f"{base}/nhac", csrf=csrf, deed="dung")).status == 403  # fmt: skip


async def test_a_village_is_merged_into_another_on_the_page(
    town: Town, owing: list[Obligation]
) -> None:
    """What still runs is the heir's alone; the old village is excused, with who decided."""
    son = await town.comes_in("Quản trị Sơn")
    old, heir = owing[0], owing[1]
    form = {"csrf": await son.csrf(), "old": str(old.unit_id), "heir": str(heir.unit_id)}
    form["day"] = str(town.clock().date() + timedelta(days=10))
    there = f"/van-phong/han/xa/{town.commune.id}/nhap-tach"
    assert (await sends(son, there, **form | {"heir": form["old"]})).status == 400
    assert (await sends(son, there, **form)).status == 303
    assert (await one(town, old.id)).state == "excused"
    async with town.store.read() as tx:
        assert (await units.by_id(tx, old.unit_id)).until is not None
        assert (await ledger.history(tx, old.id))[-1].by == town.who["Quản trị Sơn"]
        assert await tx.scalar(select(rows.c.state).where(rows.c.id == heir.id)) != "excused"
        assert await habits.punctuality_of(tx, town.commune.id, town.plan_id) == []


# --- calendars -----------------------------------------------------------------------------------


def test_chat_and_pages_speak_of_the_same_address() -> None:
    """The desk makes what the page opens."""
    assert calendar_desk.PATH == calendar_feed.PATH
    assert calendar_desk.PURPOSE == calendar_feed.PURPOSE


async def test_a_phone_subscribes_and_what_is_reported_vanishes(
    town: Town, owing: list[Obligation]
) -> None:
    """One event for the unit's duty at its hour; none once filed; another address once renewed."""
    key, person = SEAL.derive(calendar_feed.PURPOSE), town.who["Trưởng thôn Lâm"]
    async with town.store.begin() as tx:
        token = await calendar_links.link(tx, key, "person", person, now=town.clock())
        whole = await calendar_links.link(tx, key, "unit", town.commune.id, now=town.clock())
    phone = town.visitor()

    async def events(secret: str) -> list[Any]:
        answer = await phone.gets(f"{calendar_feed.PATH}{secret}.ics")
        assert answer.status == 200
        assert answer.content_type == "text/calendar"
        found = icalendar.Calendar.from_ical(await answer.read())
        return [event for event in found.walk("VEVENT") if YEAR in str(event["UID"])]

    (event,) = [each for each in await events(token) if "năm 2026" in str(each["SUMMARY"])]
    mine = next(each for each in owing if str(event["DESCRIPTION"]).startswith("Chưa gửi"))
    assert event.decoded("DTEND") == mine.due_at
    (all_of_them,) = [each for each in await events(whole) if "năm 2026" in str(each["SUMMARY"])]
    assert f"còn {len(owing)} đơn vị" in str(all_of_them["SUMMARY"])
    async with town.store.begin() as tx:
        known = {unit.code: unit.id for unit in await units.of_commune(tx, town.commune.id)}
        debt = next(each for each in owing if each.unit_id == known["thon-0"])
        filing = Filing(
            form="report", unit_id=debt.unit_id, filed_by=person, answers={}, plan_id=debt.plan_id,
            subject_key=debt.duty_key, period_key=debt.period_key, obligation_id=debt.id,
        )  # fmt: skip
        await reports.file(tx, filing, now=town.clock(), ids=town.ids)
    assert [each for each in await events(token) if "năm 2026" in str(each["SUMMARY"])] == []
    async with town.store.begin() as tx:
        new = await calendar_links.link(tx, key, "person", person, anew=True, now=town.clock())
    assert (await phone.gets(f"{calendar_feed.PATH}{token}.ics")).status == 404
    assert (await phone.gets(f"{calendar_feed.PATH}{new}.ics")).status == 200
