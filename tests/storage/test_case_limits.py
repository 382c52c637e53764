"""Limits that are kept, nudges said once, and everyone a case concerns."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from plans.calendar import Calendar
from plans.case_clock import Rung
from plans.handling import CaseStep
from storage import case_limits, case_people, cases, casework, office, people
from storage.access import Role
from storage.cases import Case
from storage.casework import Taken
from storage.engine import Store
from storage.ids import NumberedIds
from tests.storage.an_xuan import Place, add_person, settle
from tests.storage.test_cases import CIPHER, burning, opened

CALENDAR = Calendar()


async def one(tx: Any, now: datetime, ids: NumberedIds, **more: Any) -> tuple[Place, Case]:
    place = await settle(tx, now=now, ids=ids)
    return place, await opened(tx, burning(place, media=(), **more), now, ids)


async def reckon(tx: Any, case: Case, start: datetime) -> Case:
    return await case_limits.reckon(tx, case, category="burning", calendar=CALENDAR, start=start)


async def test_limits_are_reckoned_once_and_anew_when_the_case_is_given_on_or_opened_again(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """Given on: time to accept again, the day to resolve stays. Opened again: both anew."""
    async with store.begin() as tx:
        place, case = await one(tx, now, ids)
        first = await reckon(tx, case, now)
        assert first.accept_due_at is not None
        later = now + timedelta(days=2)
        assert await reckon(tx, first, later) == first
        to = place.villages["Thôn Tây"].id
        taken = Taken(step=CaseStep.ASSIGN)
        given = await casework.assign(tx, case.id, unit_id=to, taken=taken, now=later, ids=ids)
        assert (given.accept_due_at, given.resolve_due_at) == (None, first.resolve_due_at)
        await casework.step(tx, case.id, Taken(step=CaseStep.REJECT), now=later, ids=ids)
        again = await casework.step(tx, case.id, Taken(step=CaseStep.APPEAL), now=later, ids=ids)
        assert (again.accept_due_at, again.resolve_due_at) == (None, None)
        (ticking,) = await case_limits.ticking(tx, place.commune.id)
        assert (ticking.case.id, ticking.start) == (case.id, later)


async def test_the_office_sets_the_days_of_a_kind(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """`cases.days.<kind>` wins over the proposed days."""
    async with store.begin() as tx:
        place, case = await one(tx, now, ids)
        await office.set_to(
            tx, place.commune.id, "cases.days.dot-rom", 4, by=None, now=now, ids=ids
        )
        done = await reckon(tx, case, now)
        assert done.resolve_due_at is not None
        assert CALENDAR.working_hours_between(now, done.resolve_due_at) == 30


async def test_urgent_halves_the_time_to_accept_and_is_said_once(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """A second tap changes nothing."""
    async with store.begin() as tx:
        _, case = await one(tx, now, ids)
        case = await reckon(tx, case, now)
        assert await case_limits.set_urgent(tx, case.id, urgent=True)
        assert not await case_limits.set_urgent(tx, case.id, urgent=True)
        urgent = await reckon(tx, await cases.case_by_id(tx, case.id), now)
        assert urgent.accept_due_at is not None
        assert CALENDAR.working_hours_between(now, urgent.accept_due_at) == 4
        assert urgent.resolve_due_at == case.resolve_due_at


async def test_the_time_of_an_answer_is_given_back(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """The limit moves by the office hours between question and answer."""
    async with store.begin() as tx:
        _, case = await one(tx, now, ids)
        case = await reckon(tx, case, now)
        assert case.resolve_due_at is not None
        answered = now + timedelta(hours=2)
        await case_limits.resume(tx, case, asked_at=now, now=answered, calendar=CALENDAR)
        moved = (await cases.case_by_id(tx, case.id)).resolve_due_at
        assert moved is not None
        assert CALENDAR.working_hours_between(case.resolve_due_at, moved) == 2


async def test_what_two_ticks_say_at_once_is_said_once(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """Of any number of processes one gets to say it; another limit is another matter."""
    async with store.begin() as tx:
        _, case = await one(tx, now, ids)

    async def tick(_: int) -> int:
        async with store.begin() as tx:
            said = [(case.id, Rung.ACCEPT_NEAR, now)]
            return len(await case_limits.say_once(tx, said, now=now))

    assert sorted(await asyncio.gather(*map(tick, range(4)))) == [0, 0, 0, 1]
    async with store.begin() as tx:
        later = [(case.id, Rung.ACCEPT_NEAR, now + timedelta(hours=1))]
        assert await case_limits.say_once(tx, later, now=now) == set(later)
        assert len(await case_limits.said_of(tx, case.id)) == 2


async def test_a_rating_is_one_to_five(store: Store, now: datetime, ids: NumberedIds) -> None:
    """The last one counts."""
    async with store.begin() as tx:
        _, case = await one(tx, now, ids)
        await case_limits.rate(tx, case.id, 2)
        await case_limits.rate(tx, case.id, 5)
        assert (await cases.case_by_id(tx, case.id)).rating == 5
        with pytest.raises(ValueError, match="1 to 5"):
            await case_limits.rate(tx, case.id, 6)


async def test_held_and_finished_cases_have_no_clock(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """Held ones wait for an official's look, rejected ones for nobody."""
    async with store.begin() as tx:
        place, case = await one(tx, now, ids)
        await opened(tx, burning(place, media=(), held=True), now, ids)
        over = await opened(tx, burning(place, media=()), now, ids)
        await casework.step(tx, over.id, Taken(step=CaseStep.REJECT), now=now, ids=ids)
        ticking = await case_limits.ticking(tx, place.commune.id)
        assert [each.case.id for each in ticking] == [case.id]


async def test_no_case_is_nobodys(store: Store, now: datetime, ids: NumberedIds) -> None:
    """The one who took it, else the unit's handlers, its leaders, those above, the commune's admins."""
    async with store.begin() as tx:
        place, case = await one(tx, now, ids)
        village = place.villages["Thôn Đông"]
        taken = Taken(step=CaseStep.ASSIGN)
        case = await casework.assign(tx, case.id, unit_id=village.id, taken=taken, now=now, ids=ids)
        names = ("admin", "chief", "leader", "handler")
        who = {name: await add_person(tx, name, now=now, ids=ids) for name in names}

        async def gets(name: str, unit_id: int, role: Role) -> list[int]:
            await people.give_role(tx, who[name], unit_id, role.value, now=now, ids=ids)
            return await case_people.handlers_of(tx, case, now=now)

        assert await gets("admin", place.commune.id, Role.ADMIN) == [who["admin"]]
        assert await gets("chief", place.commune.id, Role.LEADER) == [who["chief"]]
        assert await gets("leader", village.id, Role.LEADER) == [who["leader"]]
        assert await gets("handler", village.id, Role.HANDLER) == [who["handler"]]
        assert await case_people.leaders_of(tx, case, now=now) == [who["leader"], who["chief"]]
        accept = Taken(step=CaseStep.ACCEPT, by_person_id=who["leader"])
        case = await casework.step(tx, case.id, accept, now=now, ids=ids)
        assert await case_people.handlers_of(tx, case, now=now) == [who["leader"]]
        await people.end_role(tx, who["leader"], village.id, "leader", now=now)
        assert await case_people.handlers_of(tx, case, now=now + timedelta(1)) == [who["handler"]]
        assert await case_people.office_of(tx, place.commune.id, now=now) == [who["admin"]]


async def test_everyone_who_reported_a_matter_is_found_through_all_merges(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """Named and sealed, once each under the code of their own, and none who was forgotten."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        who = [await add_person(tx, "", now=now, ids=ids) for _ in range(3)]
        made = [
            await opened(tx, burning(place, media=(), reporter_id=person, sealed=sealed), now, ids)
            for person, sealed in zip((*who, who[0]), (False, True, False, False), strict=True)
        ]
        about = {"taken": Taken(step=CaseStep.MERGE), "now": now, "ids": ids}
        await casework.merge(tx, made[3].id, into=made[2].id, **about)
        await casework.merge(tx, made[2].id, into=made[1].id, **about)
        await casework.merge(tx, made[1].id, into=made[0].id, **about)
        found = await case_people.reporters_of(tx, made[0].id, sealing=CIPHER)
        assert [(each.person_id, each.code) for each in found] == [
            (who[0], made[0].code),
            (who[1], made[1].code),
            (who[2], made[2].code),
        ]
        last = await cases.case_by_id(tx, made[3].id)
        assert await case_people.root_of(tx, last) == made[0].id
