"""The ledger: excused, extended, locked and opened again; handed over, escalated; units that end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from plans.bends import bend_of
from plans.calendar import Calendar
from plans.ladder import DEFAULT, rung_due
from plans.owed import Owed
from plans.periods import parse_key
from storage import (
    habits,
    handing,
    ledger,
    nag_people,
    nudges,
    obligations,
    reports,
    succession,
    units,
)
from storage.engine import Store
from storage.ids import NumberedIds
from storage.ledger import Step
from storage.nudges import Nag, Standing
from storage.obligations import Locked
from storage.reports import Filing
from storage.tables import obligations as rows
from storage.units import NewUnit
from tests.storage.an_xuan import Place, add_reporter, settle

CALENDAR = Calendar()
DUE = datetime(2026, 12, 18, 16, 59, 59, tzinfo=UTC)
"""Friday 18 December 2026, end of the day in Vietnam."""
START = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


def at(day: int, hour: int = 9, month: int = 12) -> datetime:
    """A moment of 2026 by clocks in Vietnam."""
    return datetime(2026, month, day, hour - 7, tzinfo=UTC)


@dataclass
class Books:
    """Thôn Đông owes the year's report; Lan is first, Minh second, Hoa leads."""

    tx: Any
    ids: NumberedIds
    place: Place
    lan: int
    minh: int
    hoa: int
    debt: int

    async def state(self, debt: int | None = None) -> str:
        return (await obligations.by_id(self.tx, debt or self.debt)).state

    async def tick(self, now: datetime) -> list[Nag]:
        await obligations.advance(self.tx, now=now)
        return await nudges.tick(self.tx, now=now, rung_of=rung_of(now))

    async def file(self, now: datetime, village: str = "Thôn Đông") -> None:
        filing = Filing(
            form="report",
            unit_id=self.place.villages[village].id,
            filed_by=self.lan,
            answers={},
            plan_id=self.place.plan_id,
            subject_key="dinh-ky",
            period_key="2026",
        )
        await reports.file(self.tx, filing, now=now, ids=self.ids)


def rung_of(now: datetime) -> Callable[[Standing], str | None]:
    def ladder(standing: Standing) -> str | None:
        due = rung_due(
            standing.due_at, now, calendar=CALENDAR, ladder=DEFAULT, opened_at=standing.opens_at
        )
        return due.rung.key if due else None

    return ladder


async def owe(tx: Any, place: Place, village: str, **more: Any) -> int:
    unit_id = place.villages[village].id
    row = {
        "id": unit_id * 100, "plan_id": place.plan_id, "duty_key": "dinh-ky",
        "period_key": "2026", "unit_id": unit_id, "opens_at": DUE - timedelta(days=30),
        "due_at": DUE, "state": "open", "kind": "year",
    } | more  # fmt: skip
    await tx.execute(insert(rows).values(row))
    return int(row["id"])


@pytest.fixture
async def books(store: Store, ids: NumberedIds) -> Any:
    """See `Books`; everything in one transaction."""
    async with store.begin() as tx:
        place = await settle(tx, now=START, ids=ids)
        village = place.villages["Thôn Đông"]
        lan = await add_reporter(tx, village, "Lan", now=START, ids=ids)
        minh = await add_reporter(tx, village, "Minh", now=START, ids=ids, rank=2)
        hoa = await add_reporter(tx, village, "Hoa", now=START, ids=ids, rank=3)
        from storage.tables import memberships

        await tx.execute(
            update(memberships).where(memberships.c.person_id == hoa).values(role="leader", rank=1)
        )
        yield Books(tx, ids, place, lan, minh, hoa, await owe(tx, place, "Thôn Đông"))


async def test_an_excuse_has_a_reason_and_a_name_and_silences(books: Books) -> None:
    """The unit owes nothing, nobody is reminded, and the history says by whom and why."""
    with pytest.raises(ValueError, match="reason"):
        await ledger.excuse(books.tx, [books.debt], by=7, why=" ", now=START, ids=books.ids)
    done = await ledger.excuse(
        books.tx, [books.debt], by=books.hoa, why="bão số 3", now=START, ids=books.ids
    )
    assert (done, await books.state()) == (1, "excused")
    assert await books.tick(at(17)) == []
    (entry,) = await ledger.history(books.tx, books.debt)
    assert (entry.step, entry.by, entry.words) == ("excused", books.hoa, "bão số 3")
    await ledger.owe_again(books.tx, [books.debt], by=books.hoa, now=at(20), ids=books.ids)
    assert await books.state() == "overdue"


async def test_more_time_for_one_unit_moves_its_day_and_begins_the_ladder_anew(
    books: Books,
) -> None:
    """Overdue becomes open; −1 was said before the old day and is said again before the new."""
    assert [nag.reminders[0].rung for nag in await books.tick(at(17))] == ["-1"]
    later = DUE + timedelta(days=7)
    await ledger.extend(
        books.tx, [books.debt], until=later, by=books.hoa, now=at(19), ids=books.ids
    )
    assert await books.state() == "open"
    assert [nag.reminders[0].rung for nag in await books.tick(at(24))] == ["-1"]
    await books.file(at(25))
    assert await books.state() == "filed_on_time"


async def test_more_time_for_all_units_and_a_plan_that_does_not_take_it_back(
    books: Books,
) -> None:
    """The office's day is not written over what was granted."""
    await owe(books.tx, books.place, "Thôn Tây")
    everyone = await ledger.of_duty(books.tx, books.place.plan_id, "dinh-ky", "2026")
    later = DUE + timedelta(days=7)
    assert await ledger.extend(
        books.tx, everyone, until=later, by=1, now=at(10), ids=books.ids
    ) == len(everyone)
    await books.tx.execute(update(rows).values(extended_to=later))
    from plans.owed import Owed
    from plans.periods import parse_key

    again = Owed("dinh-ky", parse_key("2026"), ("thon",), DUE - timedelta(days=30), DUE)
    await obligations.ensure(
        books.tx, books.place.plan_id, books.place.commune.id, [again], now=at(10), ids=books.ids
    )
    assert (await obligations.by_id(books.tx, books.debt)).due_at == later


async def test_closed_books_take_no_report_until_opened_with_a_reason(books: Books) -> None:
    """Locked by the office's rule after the day, opened by a person, and not locked again by the rule."""
    now = at(31)
    assert (
        await ledger.lock_past(
            books.tx, books.place.plan_id, due_before=at(20), now=now, ids=books.ids
        )
        == 1
    )
    assert await books.tick(now) == []
    with pytest.raises(Locked):
        async with books.tx.begin_nested():
            await books.file(now)
    await ledger.reopen(
        books.tx, [books.debt], by=books.hoa, why="đính chính", now=now, ids=books.ids
    )
    assert (
        await ledger.lock_past(
            books.tx, books.place.plan_id, due_before=at(20), now=now, ids=books.ids
        )
        == 0
    )
    await books.file(now)
    assert await books.state() == "filed_late"
    steps = [entry.step for entry in await ledger.history(books.tx, books.debt)]
    assert steps == ["locked", "reopened"]


async def test_overdue_goes_up_one_step_a_day_first_second_leader_office(books: Books) -> None:
    """Each step adds one person to the first; after a sleep of days it is still one step."""
    heard = []
    for day in (21, 22, 23, 24, 25, 28, 29, 30):
        now = at(day)
        await obligations.advance(books.tx, now=now)
        for _ in range(2):
            await ledger.escalate(
                books.tx,
                [books.place.plan_id],
                [DUE, DUE, DUE],
                now=now,
                chased_for=timedelta(days=14),
            )
        heard.append({(nag.person_id, nag.reminders[0].position) for nag in await books.tick(now)})
    lan, minh, hoa = (books.lan, 1), (books.minh, 2), (books.hoa, 3)
    # nags come each second working day: the 22nd, 24th, 28th and 30th
    assert heard[1] == {lan, hoa}
    assert all({who for who, _ in each} <= {books.lan, books.minh, books.hoa} for each in heard)
    assert (await obligations.by_id(books.tx, books.debt)).escalation == ledger.LAST_STEP
    assert heard[3] == {lan}
    assert minh not in heard[3]


async def test_a_colleague_who_accepts_is_reminded_instead(books: Books) -> None:
    """Only the one who was asked may answer, and once."""
    asked = await handing.ask_colleague(
        books.tx, books.debt, of=books.lan, to=books.minh, now=at(14), ids=books.ids
    )
    answer = {"accepted": True, "now": at(14), "ids": books.ids}
    assert await handing.answer_colleague(books.tx, asked, by=books.hoa, **answer) is None
    taken = await handing.answer_colleague(books.tx, asked, by=books.minh, **answer)
    assert taken is not None
    assert taken.from_person_id == books.lan
    assert await handing.answer_colleague(books.tx, asked, by=books.minh, **answer) is None
    (nag,) = await books.tick(at(15))
    assert (nag.person_id, nag.reminders[0].position) == (books.minh, 1)


async def test_a_colleague_who_left_gives_the_report_back(books: Books) -> None:
    """The first person hears again."""
    await books.tx.execute(update(rows).values(assignee_id=books.minh))
    await nag_people.mute(books.tx, books.minh, now=at(14))
    assert await nag_people.free_assignees(books.tx, now=at(15)) == 1
    assert [nag.person_id for nag in await books.tick(at(15))] == [books.lan]


async def test_more_time_is_asked_for_and_granted_once(books: Books) -> None:
    """A second decision changes nothing."""
    later = DUE + timedelta(days=3)
    asked = await handing.ask_for_time(
        books.tx, books.debt, by=books.lan, until=later, why="mất điện", now=at(18), ids=books.ids
    )
    request = await handing.extension_request(books.tx, asked)
    assert request is not None
    decide = {"by": books.hoa, "now": at(18, 10), "ids": books.ids}
    assert await handing.decide_on_time(books.tx, request, granted=True, **decide)
    again = await handing.extension_request(books.tx, asked)
    assert again is not None
    assert not await handing.decide_on_time(books.tx, again, granted=False, **decide)
    assert (await obligations.by_id(books.tx, books.debt)).due_at == later


async def test_silence_asked_for_is_kept_and_the_second_person_hears_instead(
    books: Books,
) -> None:
    """ "Đừng nhắc nữa", and the way back."""
    await nag_people.mute(books.tx, books.lan, now=at(10))
    assert [nag.person_id for nag in await books.tick(at(15))] == [books.minh]
    assert await nag_people.unmute(books.tx, books.lan)
    assert not await nag_people.unmute(books.tx, books.lan)
    assert [nag.person_id for nag in await books.tick(at(17))] == [books.lan]


async def test_this_afternoon_is_this_afternoon_and_only_what_is_still_owed(books: Books) -> None:
    """Snoozed at nine until two; reported at ten, nothing comes; else once."""
    assert len(await books.tick(at(17))) == 1
    await nag_people.snooze(books.tx, books.lan, until=at(17, 14), now=at(17))
    assert await books.tick(at(17, 13)) == []
    (nag,) = await books.tick(at(17, 14))
    assert nag.reminders[0].rung.startswith("asked:")
    assert await books.tick(at(17, 15)) == []
    await nag_people.snooze(books.tx, books.lan, until=at(17, 16), now=at(17, 15))
    await books.file(at(17, 15))
    assert await books.tick(at(17, 16)) == []


async def test_tomorrow_with_tomorrows_own_rung_is_one_message(books: Books) -> None:
    """Asked again, and the rung of the day: said once."""
    await books.tick(at(17))
    await nag_people.snooze(books.tx, books.lan, until=at(18, 8), now=at(17))
    (nag,) = await books.tick(at(18, 8))
    assert len(nag.reminders) == 1
    assert await books.tick(at(18, 15)) == []


async def test_habits_are_learned_from_what_was_filed_and_bend_the_ladder(books: Books) -> None:
    """Three reports four days before the day: prompt; the early rungs fall away for Lan alone."""
    for number in range(3):
        await owe(
            books.tx, books.place, "Thôn Đông", id=9000 + number, period_key=f"202{number}",
            due_at=at(3 + number), filed_at=at(3 + number) - timedelta(days=4),
            state="filed_on_time",
        )  # fmt: skip
    await habits.learn(books.tx, since=START, now=at(10), bend_of=bend_of)
    learned = await habits.bends_of(books.tx, [books.lan, books.minh])
    assert learned == {(books.lan, "year"): ("prompt:4", (4, 4, 4))}
    seen = []
    await nudges.tick(
        books.tx, now=at(15), rung_of=lambda standing: seen.append(standing.bend) or None
    )
    assert set(seen) == {"", "prompt:4"}


async def test_rates_of_a_village_and_of_the_commune_are_kept(books: Books) -> None:
    """One on time, one late, one missing, one excused."""
    tay, nam, bac = [await owe(books.tx, books.place, f"Thôn {n}") for n in ("Tây", "Nam", "Bắc")]
    await books.file(at(18))
    await books.file(at(19), "Thôn Tây")
    await ledger.excuse(books.tx, [bac], by=None, why="lũ", now=at(19), ids=books.ids)
    await obligations.advance(books.tx, now=at(21))
    await habits.count_punctuality(books.tx, since=START, now=at(21))
    whole = await habits.punctuality_of(books.tx, books.place.commune.id, books.place.plan_id)
    assert whole == [("2026", "dinh-ky", 3, 2, 1, 1)]
    own = await habits.punctuality_of(
        books.tx, books.place.villages["Thôn Tây"].id, books.place.plan_id
    )
    assert own == [("2026", "dinh-ky", 1, 1, 0, 0)]
    assert await books.state(nam) == "overdue"
    assert tay != nam


async def test_villages_that_merge_keep_what_they_owed_and_filed(books: Books) -> None:
    """Closed periods are inherited and the heir's people may file them; running ones are the heir's."""
    east = books.place.villages["Thôn Đông"]
    closed = await owe(
        books.tx, books.place, "Thôn Đông", id=77, period_key="2026-H1", kind="half_year"
    )
    (heir,) = await units.add(
        books.tx,
        [NewUnit(code="thon-moi", name="Thôn Mới", kind="village",
                 parent_id=books.place.commune.id, pack_key="thon")],
        ids=books.ids,
    )  # fmt: skip
    tam = await add_reporter(books.tx, heir, "Tâm", now=START, ids=books.ids)
    done = await succession.succeed(
        books.tx,
        [east.id, books.place.villages["Thôn Tây"].id],
        [heir.id],
        on=date(2026, 11, 1),
        by=None,
        now=START,
        ids=books.ids,
    )
    assert done == (1, 1)
    assert [await books.state(each) for each in (closed, books.debt)] == ["open", "excused"]
    assert (await units.by_id(books.tx, east.id)).until == date(2026, 10, 31)
    people_now = {c.person_id for c in await nag_people.colleagues(books.tx, [east.id], now=START)}
    assert {books.lan, tam} <= people_now
    with pytest.raises(ValueError, match="heir"):
        await succession.succeed(
            books.tx, [heir.id], [heir.id], on=date(2027, 1, 1), by=None, now=START, ids=books.ids
        )


async def test_a_village_that_splits_keeps_what_it_filed_and_the_halves_owe_the_rest(
    books: Books,
) -> None:
    """In the middle of the year: what was filed stays filed and counted, a closed period goes to
    the first half's people, and the running year is owed by both halves and by nobody else."""
    east, root = books.place.villages["Thôn Đông"], books.place.commune.id
    closed = await owe(books.tx, books.place, "Thôn Đông", id=77, period_key="2026-H1", kind="half_year")  # fmt: skip
    quarter = await owe(books.tx, books.place, "Thôn Đông", id=78, period_key="2026-Q3", kind="quarter", state="filed_on_time", filed_at=at(10, month=9))  # fmt: skip
    halves = await units.add(
        books.tx,
        [NewUnit(code=f"dong-{n}", name=f"Thôn Đông {n}", kind="village",
                 parent_id=root, pack_key="thon") for n in (1, 2)],
        ids=books.ids,
    )  # fmt: skip
    tam = await add_reporter(books.tx, halves[0], "Tâm", now=START, ids=books.ids)
    sang = await add_reporter(books.tx, halves[1], "Sang", now=START, ids=books.ids)
    done = await succession.succeed(
        books.tx,
        [east.id],
        [half.id for half in halves],
        on=date(2026, 11, 1),
        by=books.hoa,
        now=START,
        ids=books.ids,
    )
    assert done == (1, 1)
    states = [await books.state(each) for each in (closed, quarter, books.debt)]
    assert states == ["open", "filed_on_time", "excused"]
    (why,) = await ledger.history(books.tx, books.debt)
    assert (why.words, why.by) == ("đã tách thành Thôn Đông 1 và Thôn Đông 2", books.hoa)
    heirs = {one.person_id for one in await nag_people.colleagues(books.tx, [east.id], now=START)}
    assert tam in heirs
    assert sang not in heirs
    year = Owed("dinh-ky", parse_key("2026"), ("thon",), START, DUE)
    await obligations.ensure(books.tx, books.place.plan_id, root, [year], now=START, ids=books.ids)
    owing = await obligations.of_period(books.tx, books.place.plan_id, "dinh-ky", "2026")
    still = {one.unit_id for one in owing if one.state != "excused"}
    others = {one.id for name, one in books.place.villages.items() if name != "Thôn Đông"}
    assert still == others | {half.id for half in halves}


async def test_history_is_empty_where_nobody_decided_anything(books: Books) -> None:
    """And every step has a name."""
    assert await ledger.history(books.tx, books.debt) == []
    assert len({step.value for step in Step}) == len(Step)
    counted = await ledger.counts(books.tx, books.place.plan_id)
    assert counted == {"open": 1}
    states = list(await books.tx.scalars(select(rows.c.state)))
    assert states == ["open"]
