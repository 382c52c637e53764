"""What a simulated year came to: figures, and those among them that must be 0."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import mean, median
from typing import Any

import msgspec
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.simulate_cast import Cast
from plans.calendar import Calendar, QuietHours, is_quiet, local_time
from storage.engine import Store
from storage.obligations import EXCUSED, REPORTED
from storage.tables import memberships, nudges, obligations, outbox, units, window_choices


@dataclass(frozen=True)
class Carried:
    """One message that a channel took: which one, in whose chat, when.

    `wakes`: a paid template that only asks the person to write, while the message itself waits.
    """

    outbox_id: int
    chat: str
    at: datetime
    wakes: bool = False
    due_days: frozenset[date] = frozenset()
    """The local days on which what it speaks of was due when it was carried; empty on working days."""


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What a year came to. Those named in `MUST_BE_ZERO` break a promise when they are not 0.

    `per_person_week_*` count messages of the reminder in weeks in which a person had any;
    `reporter_week_*` leave out the office and the leaders, who get their table each morning.
    """

    year: int
    days: int
    communes: int
    units: int
    people: int
    duties: int
    messages: int
    wakes: int
    cost_vnd: int
    per_person_week_median: float
    per_person_week_mean: float
    per_person_week_worst: int
    reporter_week_median: float
    reporter_week_worst: int
    filed_on_time_percent: float
    filed_percent: float
    escalations: int
    without_a_day: int
    waiting_for_a_word: int
    only_asked_to_write: int
    in_quiet_hours_or_holidays: int
    second_messages_on_one_day: int
    nags_after_filing: int
    duties_never_nagged: int
    nags_without_a_day: int
    stale_words: int

    @property
    def broken(self) -> list[str]:
        """The figures that must be 0 and are not."""
        return [name for name in MUST_BE_ZERO if getattr(self, name)]


MUST_BE_ZERO = (
    "in_quiet_hours_or_holidays",
    "second_messages_on_one_day",
    "nags_after_filing",
    "duties_never_nagged",
    "nags_without_a_day",
    "stale_words",
)


@dataclass(frozen=True)
class _Kept:
    """What the store knows at the end of the year."""

    owed: Sequence[Any]
    undated: Collection[int]
    about: Mapping[int, Sequence[Any]]
    """The nudges of each message, by outbox id."""
    made_at: Mapping[int, datetime]
    person: Mapping[int, int]
    held: int
    units: int
    cost_vnd: int
    people_of: Mapping[int, Collection[int]]


async def count(
    store: Store,
    cast: Cast,
    carried: Sequence[Carried],
    calendar: Calendar,
    quiet: QuietHours,
    begun: datetime,
    end: datetime,
) -> Figures:
    """Hold what was carried against the ledger."""
    async with store.read() as tx:
        kept = await _kept(tx, end)
    nags = [each for each in carried if each.outbox_id in kept.made_at]
    told = [each for each in nags if not each.wakes]
    weeks = _weeks(nags, kept)
    reporters = {key: n for key, n in weeks.items() if key[0] not in cast.office_hours}
    unheard = _unheard(kept, nags, begun, end)
    filed = [row for row in kept.owed if row.state in REPORTED]
    in_time = [row for row in filed if row.filed_at <= row.due_at]
    return Figures(
        year=cast.year,
        days=(local_time(end).date() - local_time(begun).date()).days + 1,
        communes=len(cast.communes),
        units=kept.units,
        people=len(cast.people),
        duties=len(kept.owed),
        messages=len(told),
        wakes=len(nags) - len(told),
        cost_vnd=kept.cost_vnd,
        per_person_week_median=median(weeks.values()) if weeks else 0,
        per_person_week_mean=round(mean(weeks.values()), 2) if weeks else 0,
        per_person_week_worst=max(weeks.values(), default=0),
        reporter_week_median=median(reporters.values()) if reporters else 0,
        reporter_week_worst=max(reporters.values(), default=0),
        filed_on_time_percent=_percent(len(in_time), len(kept.owed)),
        filed_percent=_percent(len(filed), len(kept.owed)),
        escalations=sum(row.escalation for row in kept.owed),
        without_a_day=len(kept.undated),
        waiting_for_a_word=kept.held,
        in_quiet_hours_or_holidays=sum(_out_of_hours(each, calendar, quiet) for each in nags),
        second_messages_on_one_day=_seconds(told, kept),
        nags_after_filing=_after_filing(told, kept),
        duties_never_nagged=unheard.count(False),
        only_asked_to_write=unheard.count(True),
        nags_without_a_day=_without_a_day(kept),
        stale_words=_stale(told, kept),
    )


async def _kept(tx: AsyncConnection, end: datetime) -> _Kept:
    owed = list(
        await tx.execute(
            select(obligations).where(obligations.c.due_at <= end, obligations.c.state != EXCUSED)
        )
    )
    undated = await tx.scalars(select(obligations.c.id).where(obligations.c.due_at.is_(None)))
    about: dict[int, list[Any]] = defaultdict(list)
    for row in await tx.execute(select(nudges).where(nudges.c.outbox_id.is_not(None))):
        about[row.outbox_id].append(row)
    written = list(
        await tx.execute(
            select(outbox.c.id, outbox.c.person_id, outbox.c.made_at, outbox.c.state).where(
                outbox.c.purpose == "nudge"
            )
        )
    )
    people_of: dict[int, set[int]] = defaultdict(set)
    for row in await tx.execute(select(memberships.c.unit_id, memberships.c.person_id)):
        people_of[row.unit_id].add(row.person_id)
    return _Kept(
        people_of=people_of,
        owed=owed,
        undated=set(undated),
        about=about,
        made_at={row.id: row.made_at for row in written},
        person={row.id: row.person_id for row in written},
        held=sum(row.state == "held" for row in written),
        units=int(await tx.scalar(select(func.count()).select_from(units)) or 0),
        cost_vnd=int(
            await tx.scalar(select(func.coalesce(func.sum(window_choices.c.price_vnd), 0))) or 0
        ),
    )


def _without_a_day(kept: _Kept) -> int:
    return sum(
        nudge.obligation_id in kept.undated for rows in kept.about.values() for nudge in rows
    )


def _stale(told: Sequence[Carried], kept: _Kept) -> int:
    """Messages that speak of another day than the one on which they were carried."""
    return sum(
        local_time(each.at).date() != local_time(kept.made_at[each.outbox_id]).date()
        for each in told
    )


def _weeks(nags: Sequence[Carried], kept: _Kept) -> Counter[tuple[int, int]]:
    return Counter(
        (kept.person[each.outbox_id], local_time(each.at).isocalendar().week) for each in nags
    )


def _out_of_hours(each: Carried, calendar: Calendar, quiet: QuietHours) -> bool:
    """In quiet hours; or on a Sunday or holiday, unless one of its duties is due that very day."""
    if is_quiet(each.at, quiet):
        return True
    day = local_time(each.at).date()
    if calendar.is_working_day(day):
        return False
    free = day.weekday() == _SUNDAY or calendar.is_holiday_break(day)
    return free and day not in each.due_days


_SUNDAY = 6


def _seconds(told: Sequence[Carried], kept: _Kept) -> int:
    """Messages after a person's first of a day, but for the one they asked for ("chiều nay", "mai")."""
    days = Counter(
        (kept.person[each.outbox_id], local_time(each.at).date())
        for each in told
        if not any(n.rung.startswith("asked:") for n in kept.about.get(each.outbox_id, ()))
    )
    return sum(many - 1 for many in days.values())


def _after_filing(told: Sequence[Carried], kept: _Kept) -> int:
    filed_at = {row.id: row.filed_at for row in kept.owed if row.filed_at is not None}
    return sum(
        any(
            nudge.obligation_id in filed_at and filed_at[nudge.obligation_id] < each.at
            for nudge in kept.about.get(each.outbox_id, ())
        )
        for each in told
    )


def _unheard(kept: _Kept, nags: Sequence[Carried], begun: datetime, end: datetime) -> list[bool]:
    """Duties of this year that went overdue (by a day at least) and of which nobody of the unit heard.

    True for those whose people are all silent on Zalo beyond seven days: Zalo carries nothing to
    them but a template that asks them to write, and that was sent.
    """
    heard = {nudge.obligation_id for each in nags for nudge in kept.about.get(each.outbox_id, ())}
    woken = [(kept.person[each.outbox_id], each.at) for each in nags if each.wakes]
    return [
        any(
            abs(at - row.due_at) < ABOUT_THEN and person in kept.people_of.get(row.unit_id, ())
            for person, at in woken
        )
        for row in kept.owed
        if begun < row.due_at < end - timedelta(days=1)
        and (row.filed_at is None or row.filed_at > row.due_at)
        and row.id not in heard
    ]


ABOUT_THEN = timedelta(days=14)
"""So near the due time a template ("anh/chị có tin đang chờ") speaks of the duty among others."""


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 1) if whole else 0.0
