"""The people of the simulated year: who reports for what, how they are reached, and what they do when.

Habits: prompt, on the last day, late, silent, away over Tết; reached on Telegram, on Zalo's
Official Account only, or on both. All are invented; the same seed gives the same year.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.zalo_desk import NAME_OA
from plans.calendar import Calendar, local_time, moment_on, tet
from plans.extra_duties import CAMPAIGN, all_duties
from plans.loader import shipped_pack
from plans.pack import Duty, Pack, UnitKind
from storage import (
    direct,
    ledger,
    nag_people,
    office,
    outbox,
    plans,
    reports,
    requests,
    units,
    zalo,
)
from storage.bulk import insert_many
from storage.columns import UtcDateTime
from storage.engine import Store
from storage.ids import NumberedIds
from storage.obligations import UNSETTLED
from storage.reports import Filing
from storage.tables import accounts, memberships, obligations, persons, zalo_chats
from storage.tables import nudges as nudge_rows
from storage.units import NewUnit
from storage.zalo import ChatRow

PLANS = ("ha-dong", "tan-ky", "cam-giang", "an-hung", "bim-son")
TELEGRAM, ACCOUNT = "telegram", "1"

VILLAGES = 5
"""Of each commune; with the bodies that the plans name some eighty units in all."""

HABITS = (("prompt", 40), ("last day", 20), ("late", 20), ("silent", 10), ("away at Tết", 10))
CHANNELS = (((NAME_OA,), 50), ((TELEGRAM,), 30), ((TELEGRAM, NAME_OA), 20))
SLOTS = (time(10, 15), time(16, 40), time(21, 0))
"""When people write, a late evening among them."""

AWAY_BEFORE, AWAY_AFTER = timedelta(days=5), timedelta(days=12)
GIVES_UP = timedelta(days=240)
"""Longer than the ledger looks back when the year begins; of what is older nobody thinks any more."""

DUE = {"any": {"working_days_after_close": 5}}

Chance = Sequence[tuple[Any, int]]


@dataclass(frozen=True)
class Person:
    """One of them."""

    id: int
    habit: str
    channels: tuple[str, ...]


@dataclass
class Cast:
    """Everybody, and what they do at each moment."""

    store: Store
    ids: NumberedIds
    calendar: Calendar
    year: int
    rng: Random = field(default_factory=lambda: Random(2026))
    people: dict[int, Person] = field(default_factory=dict)
    reporter_of: dict[int, int] = field(default_factory=dict)
    files_at: dict[tuple[int, datetime], datetime | None] = field(default_factory=dict)
    communes: list[tuple[int, int]] = field(default_factory=list)
    office_hours: set[int] = field(default_factory=set)

    # --- who there is ----------------------------------------------------------------------------

    async def settles(self, now: datetime) -> None:
        """Import the plans, add villages and people, and let each office name its days."""
        async with self.store.begin() as tx:
            for key in PLANS:
                pack = shipped_pack(key)
                made = await plans.import_pack(tx, pack, now=now, ids=self.ids)
                await self._villages(tx, pack, made.commune_id)
                for setting, value in days_named(pack).items():
                    await office.set_to(
                        tx, made.commune_id, setting, value, by=None, now=now, ids=self.ids
                    )
                await self._people(tx, made.commune_id, now)
                self.communes.append((made.commune_id, made.plan_id))

    async def _villages(self, tx: AsyncConnection, pack: Pack, commune_id: int) -> None:
        kinds = (UnitKind.VILLAGE, UnitKind.WARD)
        village = next((each.key for each in pack.units if each.many and each.kind in kinds), None)
        if village is None:
            return
        new = [
            NewUnit(code=f"thon-{n}", name=f"Thôn {n}", kind="village", parent_id=commune_id, pack_key=village)
            for n in range(1, VILLAGES + 1)
        ]  # fmt: skip
        await units.add(tx, new, ids=self.ids)

    async def _people(self, tx: AsyncConnection, commune_id: int, now: datetime) -> None:
        """A reporter for each unit, a second person and a leader for most, and the commune's office."""
        posts: list[tuple[Person, int, str, int]] = []
        for unit in await units.of_commune(tx, commune_id):
            if unit.id == commune_id:
                posts += [(self._person(), unit.id, role, 1) for role in ("leader", "admin")]
                self.office_hours |= {person.id for person, *_ in posts[-2:]}
                continue
            posts.append((self._person(), unit.id, "reporter", 1))
            self.reporter_of[unit.id] = posts[-1][0].id
            if self.rng.random() < 0.8:
                posts.append((self._person(), unit.id, "reporter", 2))
                posts.append((self._person(), unit.id, "leader", 1))
        people = [person for person, *_ in posts]
        born = [{"id": one.id, "name": f"Người {one.id}", "created_at": now} for one in people]
        await insert_many(tx, persons, born)
        held = [
            {"id": self.ids(), "person_id": person.id, "unit_id": unit, "role": role, "rank": rank,
             "since": now}
            for person, unit, role, rank in posts
        ]  # fmt: skip
        await insert_many(tx, memberships, held)
        chats = [
            {"id": self.ids(), "channel": channel, "account": ACCOUNT, "address": str(one.id),
             "person_id": one.id, "name": "", "created_at": now, "last_in_at": now}
            for one in people for channel in one.channels
        ]  # fmt: skip
        await insert_many(tx, accounts, chats)
        await self._writes(tx, [one.id for one in people], now)

    def _person(self) -> Person:
        one = Person(self.ids(), self._one_of(HABITS), self._one_of(CHANNELS))
        self.people[one.id] = one
        return one

    def _one_of(self, chances: Chance) -> Any:
        names, weights = zip(*chances, strict=True)
        return self.rng.choices(names, weights)[0]

    # --- what people do --------------------------------------------------------------------------

    async def acts(self, now: datetime) -> None:
        """Whoever made up their mind files; some write of other things, some put a reminder off."""
        async with self.store.begin() as tx:
            write = await self._report(tx, now)
            absent = self._absent(now)
            here = [one for one in self.people if one not in absent]
            write |= {one for one in here if self.rng.random() < 0.01}
            write |= {one for one in await self._woken(tx, now) if one not in absent}
            if self.rng.random() < 0.1:
                write |= await self._puts_off(tx, now)
            await self._writes(tx, sorted(write), now)
            local = local_time(now)
            if local.day == 10 and local.time() == SLOTS[0]:
                await self._officials(tx, now)

    def _absent(self, now: datetime) -> set[int]:
        """The silent, and over Tết those who are away."""
        new_year = tet(self.year)
        away = new_year - AWAY_BEFORE <= local_time(now).date() < new_year + AWAY_AFTER
        habits = {"silent", "away at Tết"} if away else {"silent"}
        return {one.id for one in self.people.values() if one.habit in habits}

    async def _writes(self, tx: AsyncConnection, who: Sequence[int], now: datetime) -> None:
        """As the receiver does when a message of theirs comes in: the window opens, what was held may go."""
        on_zalo = [one for one in who if NAME_OA in self.people[one].channels]
        rows = [
            ChatRow(channel=NAME_OA, account=ACCOUNT, chat=str(one), interacted_at=now)
            for one in on_zalo
        ]
        if rows:
            await zalo.save_chats(tx, rows)
            await outbox.release_held(tx, on_zalo, now=now)

    async def _woken(self, tx: AsyncConnection, now: datetime) -> list[int]:
        """Whoever was asked by a paid template to write mostly does."""
        chats = await direct.rows(tx, _WOKEN, {"lately": now - timedelta(days=1)})
        return [int(chat) for (chat,) in chats if self.rng.random() < 0.6]

    async def _report(self, tx: AsyncConnection, now: datetime) -> set[int]:
        """File what they made up their minds to file by now; returns who did."""
        filings = []
        absent = self._absent(now)
        moments = {"now": now, "given_up": now - GIVES_UP}
        for row in map(_Owed._make, await direct.rows(tx, _OWED, moments)):
            at = self._mind(row.id, row.unit_id, row.opens_at, row.due_at)
            person = self.reporter_of.get(row.unit_id, 0)
            if at is not None and at <= now and person not in absent:
                filings.append(_filing(row, person))
        if filings:
            await reports.file_all(tx, filings, now=now, ids=self.ids)
        return {each.filed_by for each in filings}

    def _mind(
        self, obligation: int, unit: int, opens_at: datetime, due_at: datetime
    ) -> datetime | None:
        """When this unit's person will file this, decided once for each due time; None for never."""
        if (obligation, due_at) in self.files_at:
            return self.files_at[(obligation, due_at)]
        known = self.people.get(self.reporter_of.get(unit, 0))
        habit = known.habit if known else "silent"
        at = None
        if habit != "silent" and self.rng.random() > 0.02:
            days = {"last day": 0, "late": self.rng.randint(1, 9)}
            shift = timedelta(days=days.get(habit, -self.rng.randint(1, 6)))
            slot = SLOTS[0] if habit == "last day" else self.rng.choice(SLOTS)
            at = max(moment_on(local_time(due_at).date() + shift, slot), opens_at)
        self.files_at[(obligation, due_at)] = at
        return at

    async def _puts_off(self, tx: AsyncConnection, now: datetime) -> set[int]:
        """Somebody who was reminded today taps "mai"; returns who, if anybody."""
        rows = await tx.scalars(
            select(nudge_rows.c.person_id)
            .where(nudge_rows.c.day == local_time(now).date())
            .distinct()
        )
        reminded = sorted(set(rows) - self._absent(now))
        if not reminded:
            return set()
        until = moment_on(self.calendar.next_working_day(local_time(now).date()), time(8))
        person = self.rng.choice(reminded)
        await nag_people.snooze(tx, person, until=until, now=now)
        return {person}

    async def _officials(self, tx: AsyncConnection, now: datetime) -> None:
        """On the tenth: a call on all villages, one unit is given more time, another is excused."""
        for commune_id, plan_id in self.communes:
            below = [u.id for u in await units.of_commune(tx, commune_id) if u.kind == "village"]
            if below:
                await requests.ask(
                    tx, commune_id=commune_id, plan_id=plan_id, unit_ids=below, title="Báo nhanh",
                    form={"fields": [], "zero": True}, by=next(iter(self.people)),
                    due_at=now + timedelta(days=8), now=now, ids=self.ids,
                )  # fmt: skip
        rows = await tx.scalars(
            select(obligations.c.id).where(
                obligations.c.state.in_(UNSETTLED),
                obligations.c.due_at.between(now, now + timedelta(days=20)),
            )
        )
        owed = sorted(rows)
        if len(owed) < 2:
            return
        later, spared = self.rng.sample(owed, 2)
        until = moment_on(self.calendar.add_working_days(local_time(now).date(), 15), time(17))
        await ledger.extend(tx, [later], until=until, by=None, now=now, ids=self.ids)
        await ledger.excuse(tx, [spared], by=None, why="mô phỏng", now=now, ids=self.ids)


class _Owed(NamedTuple):
    """What somebody may file."""

    id: int
    plan_id: int
    unit_id: int
    duty_key: str
    period_key: str
    due_at: datetime
    opens_at: datetime


_OWED = (
    select(*(obligations.c[name] for name in _Owed._fields))
    .where(
        obligations.c.state.in_(direct.spelled(UNSETTLED)),
        obligations.c.opens_at <= bindparam("now", type_=UtcDateTime),
        obligations.c.due_at > bindparam("given_up", type_=UtcDateTime),
        obligations.c.locked_at.is_(None),
    )
    .order_by(obligations.c.id)
)
_WOKEN = select(zalo_chats.c.chat).where(
    zalo_chats.c.woken_at > bindparam("lately", type_=UtcDateTime),
    zalo_chats.c.woken_at > zalo_chats.c.interacted_at,
)


def _filing(row: _Owed, person: int) -> Filing:
    return Filing(
        form="report", unit_id=row.unit_id, filed_by=person, answers={},
        plan_id=row.plan_id, subject_key=row.duty_key, period_key=row.period_key, obligation_id=row.id,
    )  # fmt: skip


def days_named(pack: Pack) -> dict[str, Any]:
    """What an office sets: days for its first duties, weeks for a Sunday movement; the rest stays without a day."""
    chosen: dict[str, Any] = {}
    for number, duty in enumerate(pack.duties[:3]):
        if not duty.rhythms:
            chosen[f"duty.{duty.key}.periods"] = ["month"] if number == 1 else ["quarter", "year"]
        if not any(rhythm.before or rhythm.on for rhythm in duty.rhythms):
            chosen[f"duty.{duty.key}.due"] = DUE
    extra: Sequence[Duty] = [each for each in all_duties(pack) if each.key.startswith(CAMPAIGN)]
    sunday = {f"{CAMPAIGN}{c.key}" for c in pack.campaigns if 7 in c.on_weekdays and c.lead}
    for duty in extra:
        if duty.key in sunday and not duty.rhythms:
            chosen[f"duty.{duty.key}.periods"] = ["week"]
    return chosen


def away_until(year: int) -> date:
    """The day on which those who are away over Tết are back."""
    return tet(year) + AWAY_AFTER
