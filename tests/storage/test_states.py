"""Every state of an obligation and every legal way between them, walked at random; and the rates that follow."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select

from storage import habits, ledger, obligations, reports, reviews
from storage.engine import Store
from storage.ids import NumberedIds
from storage.obligations import (
    ACCEPTED,
    DRAFTED,
    EXCUSED,
    LATE,
    NOT_OPEN,
    ON_TIME,
    OPEN,
    OVERDUE,
    REPORTED,
    RETURNED,
    UNSETTLED,
    Locked,
    Obligation,
)
from storage.report_versions import WrongState
from storage.reports import Filing
from storage.tables import obligations as rows
from storage.tables import punctuality
from tests.storage.an_xuan import Place, settle

START = datetime(2026, 11, 2, 2, 0, tzinfo=UTC)
OPENS = START + timedelta(days=5)
DUE = START + timedelta(days=15)

STATES = {NOT_OPEN, OPEN, DRAFTED, ON_TIME, LATE, RETURNED, ACCEPTED, EXCUSED, OVERDUE}
TIMES = {NOT_OPEN, OPEN, OVERDUE}
"""What the clock alone decides."""

LEGAL: dict[str, dict[str, set[str]]] = {
    "wait": {NOT_OPEN: TIMES, OPEN: {OPEN, OVERDUE}, DRAFTED: {DRAFTED, OVERDUE}},
    "draft": {NOT_OPEN: {DRAFTED}, OPEN: {DRAFTED}},
    "file": {state: {ON_TIME, LATE} for state in STATES},
    "send back": {ON_TIME: {RETURNED}, LATE: {RETURNED}, ACCEPTED: {RETURNED}},
    "accept": {ON_TIME: {ACCEPTED}, LATE: {ACCEPTED}, RETURNED: {ACCEPTED}, EXCUSED: {ACCEPTED}},
    "withdraw": {state: {OPEN, OVERDUE} for state in (*REPORTED, RETURNED)},
    "excuse": {state: {EXCUSED} for state in UNSETTLED},
    "owe again": {EXCUSED: {*TIMES, RETURNED}},
    "extend": {state: TIMES for state in UNSETTLED if state != RETURNED},
    "lock": {},
    "open again": {},
}
"""Deed → state before → states it may lead to; where nothing is said, it changes nothing."""


@dataclass
class Walk:
    """One obligation and its time."""

    tx: Any
    ids: NumberedIds
    place: Place
    unit_id: int
    duty: str
    debt: int
    now: datetime = START
    code: str = ""
    chance: random.Random = field(default_factory=random.Random)

    async def row(self) -> Obligation:
        return await obligations.by_id(self.tx, self.debt)

    async def wait(self) -> None:
        self.now += timedelta(days=self.chance.choice((1, 2, 6)))
        await obligations.advance(self.tx, now=self.now)

    async def draft(self) -> None:
        await obligations.drafted(self.tx, [self.debt])

    async def file(self) -> None:
        filing = Filing(
            form="report", unit_id=self.unit_id, filed_by=self.place.person_id, answers={},
            plan_id=self.place.plan_id, subject_key=self.duty, period_key="2026",
        )  # fmt: skip
        self.code = (await reports.file(self.tx, filing, now=self.now, ids=self.ids)).code

    async def send_back(self) -> None:
        await reviews.send_back(self.tx, self.code, by=1, words="thiếu số", now=self.now)

    async def accept(self) -> None:
        await reviews.accept(self.tx, self.code, by=1, now=self.now)

    async def withdraw(self) -> None:
        await reviews.withdraw(self.tx, self.code, by=1, now=self.now)

    async def excuse(self) -> None:
        more: dict[str, Any] = {"by": self.place.person_id, "now": self.now, "ids": self.ids}
        await ledger.excuse(self.tx, [self.debt], why="lũ", **more)

    async def owe_again(self) -> None:
        more: dict[str, Any] = {"by": self.place.person_id, "now": self.now, "ids": self.ids}
        await ledger.owe_again(self.tx, [self.debt], **more)

    async def extend(self) -> None:
        more: dict[str, Any] = {"by": self.place.person_id, "now": self.now, "ids": self.ids}
        await ledger.extend(self.tx, [self.debt], until=self.now + timedelta(days=4), **more)

    async def lock(self) -> None:
        await ledger.lock(self.tx, [self.debt], by=None, now=self.now, ids=self.ids)

    async def open_again(self) -> None:
        more: dict[str, Any] = {"by": self.place.person_id, "now": self.now, "ids": self.ids}
        await ledger.reopen(self.tx, [self.debt], why="đính chính", **more)

    async def step(self) -> tuple[str, str, str]:
        """One deed at random: (state before, deed, state after); refusals change nothing."""
        before = await self.row()
        deed = self.chance.choice([name for name in LEGAL if self.code or name not in _OF_REPORTS])
        do: Callable[[], Awaitable[None]] = getattr(self, deed.replace(" ", "_"))
        try:
            await do()
        except Locked:
            assert (before.locked_at, deed) == (before.locked_at, "file")
            assert before.locked_at is not None
            assert await self.row() == before
        except WrongState:
            assert await self.row() == before
        after = await self.row()
        if before.locked_at is not None and deed == "file":
            assert after == before
        return before.state, deed, after.state


_OF_REPORTS = ("send back", "accept", "withdraw")


async def walks(tx: Any, place: Place, ids: NumberedIds, seeds: range) -> list[Walk]:
    """Fresh obligations, spread over the villages."""
    made = []
    villages = list(place.villages.values())
    for seed in seeds:
        unit, duty, debt = villages[seed % len(villages)], f"d{seed // len(villages)}", ids()
        await tx.execute(
            insert(rows).values(
                id=debt, plan_id=place.plan_id, duty_key=duty, unit_id=unit.id, period_key="2026",
                opens_at=OPENS, due_at=DUE, state=NOT_OPEN, kind="year",
            )
        )  # fmt: skip
        chance = random.Random(seed)
        made.append(Walk(tx, ids, place, unit.id, duty, debt, chance=chance))
    return made


async def test_states_follow_only_legal_ways_and_all_are_reached(
    store: Store, ids: NumberedIds
) -> None:
    """Nine obligations, twenty-five deeds each, at random but the same each time."""
    seen: Counter[str] = Counter()
    async with store.begin() as tx:
        place = await settle(tx, now=START, ids=ids)
        for seed in range(9):
            (walk,) = await walks(tx, place, ids, range(seed, seed + 1))
            for _ in range(25):
                before, deed, after = await walk.step()
                allowed = LEGAL[deed].get(before, set()) | {before}
                assert after in allowed, f"{before} --{deed}--> {after}"
                row = await walk.row()
                if after in REPORTED:
                    assert row.report_id
                    assert row.filed_at
                if after in (NOT_OPEN, OPEN, DRAFTED, OVERDUE):
                    assert (row.report_id, row.filed_at) == (None, None)
                seen[after] += 1
            steps = [entry.step for entry in await ledger.history(tx, walk.debt)]
            assert steps.count("locked") - steps.count("reopened") in (0, 1)
    assert set(seen) == STATES


async def test_rates_kept_day_by_day_are_those_of_a_full_count(
    store: Store, ids: NumberedIds
) -> None:
    """Kept after each week from what moved since; in the end the same as counted anew by hand."""
    async with store.begin() as tx:
        place = await settle(tx, now=START, ids=ids)
        going = await walks(tx, place, ids, range(100, 108))
        since = START
        for week in range(1, 6):
            until = START + timedelta(days=7 * week)
            for walk in going:
                for _ in range(3):
                    walk.now = min(walk.now, until - timedelta(days=6))
                    await walk.step()
                walk.now = max(walk.now, until)
            await obligations.advance(tx, now=until)
            await habits.count_punctuality(tx, since=since, now=until)
            since = until
        kept = {
            (row.unit_id, row.duty_key): (row.owing, row.filed, row.on_time, row.excused)
            for row in await tx.execute(select(punctuality))
        }
        assert kept == await _counted(tx, place)
        assert any(filed for _, filed, _, _ in kept.values())


async def _counted(tx: Any, place: Place) -> dict[tuple[int, str], tuple[int, int, int, int]]:
    """Rates of every village and of the commune, from the ledger row by row."""
    found: dict[tuple[int, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for row in await tx.execute(select(rows)):
        filed = row.state in REPORTED
        for unit_id in (row.unit_id, place.commune.id):
            counts = found[(unit_id, row.duty_key)]
            counts[0] += row.state != EXCUSED
            counts[1] += filed
            counts[2] += filed and row.filed_at <= row.due_at
            counts[3] += row.state == EXCUSED
    return {key: (a, b, c, d) for key, (a, b, c, d) in found.items()}
