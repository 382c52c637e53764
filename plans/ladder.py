"""When a reporting duty is nagged about: the rungs of a ladder around its due time.

Nothing here knows what was sent already or who is written to. Storage keeps (obligation, rung
key, person) unique, so a rung that comes due twice is sent once. Sources and choices:
docs/decisions/0006-calendar.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache

from plans.calendar import (
    Calendar,
    QuietHours,
    is_quiet,
    local_time,
    moment_on,
    next_allowed_moment,
)

DEFAULT_QUIET = QuietHours()
_DAY = timedelta(days=1)
_SUNDAY = 6


@dataclass(frozen=True, slots=True)
class Ladder:
    """On which days around the due date a duty is nagged about.

    Attributes:
        rungs: days relative to the due date; -7 a week before, 0 the day itself, +1 the day after.
        after_every_working_days: nag again each time so many working days have passed since the
            due date, until the report is in or the duty is closed; `None` leaves it at `rungs`.
        at: the local time of day of every rung.
        quiet_weekdays: days without nags besides holidays and the weekends that join them, Monday
            0 to Sunday 6. A weekend day that is worked in another's stead, and the due date itself,
            are no quiet days.

    Raises:
        ValueError: no rung, rungs out of order, or a step below one working day.
    """

    rungs: tuple[int, ...] = (-14, -7, -3, -1, 0)
    after_every_working_days: int | None = 2
    at: time = time(8, 0)
    quiet_weekdays: frozenset[int] = frozenset({_SUNDAY})

    def __post_init__(self) -> None:
        if not self.rungs or tuple(sorted(set(self.rungs))) != self.rungs:
            raise ValueError(f"rungs must be days in rising order, each once: {self.rungs}")
        if self.after_every_working_days is not None and self.after_every_working_days < 1:
            raise ValueError("after_every_working_days must be at least 1, or None")


FIRST_FORM = Ladder(rungs=(-7, -3, -1, 0, 1), after_every_working_days=None)
"""Seven, three and one days before, on the day and the day after."""

DEFAULT = Ladder()
"""Fourteen, seven, three and one days before, the morning itself, then each second working day."""


class Adapted(StrEnum):
    """Why somebody's ladder is as it is; a key for the sentence that officials see."""

    OFF = "habit.off"
    UNKNOWN = "habit.unknown"
    USUAL = "habit.usual"
    PROMPT = "habit.prompt"
    LATE = "habit.late"


@dataclass(frozen=True, slots=True)
class Habits:
    """How somebody filed their past duties of this kind, oldest first.

    Each entry is the days between filing and the due date: 2 is two days before it, -1 the day
    after it, `None` never filed.
    """

    days_before_due: tuple[int | None, ...] = ()


@dataclass(frozen=True, slots=True)
class HabitRule:
    """How a ladder adapts to habits; every number is shown to officials and can be set.

    Of the last `looks_back` duties, at least `needs`: when all were filed in time, the rungs up
    to the day of the latest of them are left out (who always files by day -2 hears nothing on
    -7), but never the rungs from `always_from` on. When at least `late_share` were late or never
    filed, one more rung comes `earlier_days` before the first.
    """

    on: bool = True
    looks_back: int = 6
    needs: int = 3
    late_share: float = 0.5
    earlier_days: int = 7
    always_from: int = -1


DEFAULT_HABIT_RULE = HabitRule()


@lru_cache(maxsize=4096)
def adapt(ladder: Ladder, habits: Habits | None, rule: HabitRule) -> tuple[Ladder, Adapted]:
    """The ladder for one person, and why it is so."""
    if not rule.on:
        return ladder, Adapted.OFF
    past = habits.days_before_due[-rule.looks_back :] if habits else ()
    if len(past) < rule.needs:
        return ladder, Adapted.UNKNOWN
    in_time = [days for days in past if days is not None and days >= 0]
    if len(in_time) == len(past):
        return _without_early_rungs(ladder, min(in_time), rule.always_from)
    if (len(past) - len(in_time)) / len(past) >= rule.late_share:
        earlier = min(ladder.rungs[0], 0) - rule.earlier_days
        return replace(ladder, rungs=(earlier, *ladder.rungs)), Adapted.LATE
    return ladder, Adapted.USUAL


def _without_early_rungs(ladder: Ladder, files_by: int, always_from: int) -> tuple[Ladder, Adapted]:
    kept = tuple(rung for rung in ladder.rungs if rung > -files_by or rung >= always_from)
    if not kept or kept == ladder.rungs:
        return ladder, Adapted.USUAL
    return replace(ladder, rungs=kept), Adapted.PROMPT


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of a ladder, and the UTC moment at which it comes due.

    `key` is stable for storage: `-7`, `0`, `+1`, and `+4wd` for the fourth working day after.
    """

    key: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Due:
    """The rung to send now; words follow `days_left` and `overdue`, which hold for `now`.

    After a machine slept, the rung of the morning may be sent once the duty is overdue, so its
    key says which nag this is but not how late it is.
    """

    rung: Rung
    days_left: int
    overdue: bool
    adapted: Adapted


def rung_due(
    due_at: datetime,
    now: datetime,
    *,
    calendar: Calendar,
    quiet: QuietHours = DEFAULT_QUIET,
    ladder: Ladder = DEFAULT,
    habits: Habits | None = None,
    habit_rule: HabitRule = DEFAULT_HABIT_RULE,
    opened_at: datetime | None = None,
) -> Due | None:
    """The newest rung whose moment has come, if people may be written to now.

    Older rungs that were missed are dropped: after downtime there is one nag, not five. Nothing
    comes in quiet hours, on a quiet weekday or on a holiday, except on the due date itself; what
    came due meanwhile is given at the first call after that.

    Args:
        due_at: the last moment to file, aware. Its local date is the due date.
        now: the moment of the tick, aware.
        opened_at: when the duty came to be owed; rungs before it do not count, so that what is
            asked for today is not nagged about in the next minute.

    Raises:
        ValueError: a moment has no zone.
    """
    fitted, adapted = adapt(ladder, habits, habit_rule)
    standing = _standing(due_at, now, fitted, calendar, quiet)
    if standing is None or (opened_at is not None and standing.rung.at < opened_at):
        return None
    return standing if adapted is standing.adapted else replace(standing, adapted=adapted)


def next_rung(
    due_at: datetime,
    now: datetime,
    *,
    calendar: Calendar,
    quiet: QuietHours = DEFAULT_QUIET,
    ladder: Ladder = DEFAULT,
    habits: Habits | None = None,
    habit_rule: HabitRule = DEFAULT_HABIT_RULE,
    opened_at: datetime | None = None,
) -> Rung | None:
    """The first rung that comes due after `now`; `None` when the ladder has ended.

    Its moment is one at which people may be written to. Arguments as for `rung_due`; called again
    with `now` at the rung's moment it walks up the ladder, for a plan of the coming week.

    Raises:
        ValueError: a moment has no zone.
    """
    fitted, _ = adapt(ladder, habits, habit_rule)
    after = local_time(now)
    if opened_at is not None:
        after = max(after, opened_at - timedelta.resolution)
    fixed = _fixed_rungs(due_at, fitted, calendar, quiet)
    repeated = _repeats(due_at, after, fitted, calendar, quiet)
    coming = [rung for rung in (*fixed, *repeated) if rung.at > after]
    return min(reversed(coming), key=_when, default=None)


@lru_cache(maxsize=4096)
def _standing(
    due_at: datetime, now: datetime, ladder: Ladder, calendar: Calendar, quiet: QuietHours
) -> Due | None:
    """What everybody with this due time and ladder is told now; cached for the span of a tick."""
    due_day, today = local_time(due_at).date(), local_time(now).date()
    if is_quiet(now, quiet) or (today != due_day and not is_nag_day(today, ladder, calendar)):
        return None
    fixed = _fixed_rungs(due_at, ladder, calendar, quiet)
    repeated = _repeats(due_at, now, ladder, calendar, quiet)
    come = [rung for rung in (*fixed, *repeated) if rung.at <= now]
    if not come:
        return None
    newest = max(reversed(come), key=_when)
    return Due(newest, (due_day - today).days, now > due_at, Adapted.UNKNOWN)


def _when(rung: Rung) -> datetime:
    """Compared over reversed lists: of rungs moved to one moment, the last one listed counts."""
    return rung.at


@lru_cache(maxsize=4096)
def _fixed_rungs(
    due_at: datetime, ladder: Ladder, calendar: Calendar, quiet: QuietHours
) -> tuple[Rung, ...]:
    """Cached, because thousands of duties share one due time and one ladder."""
    due_day = local_time(due_at).date()
    found: list[Rung] = []
    for days in ladder.rungs:
        day = _rung_day(due_day, days, ladder, calendar)
        at = _moment(day, ladder, quiet)
        if days == 0 and at >= due_at:  # due before the morning's nag: then the day before
            at = _moment(_rung_day(due_day, -1, ladder, calendar), ladder, quiet)
        found.append(Rung(f"{days:+}" if days else "0", at))
    return tuple(found)


def _rung_day(due_day: date, days: int, ladder: Ladder, calendar: Calendar) -> date:
    """The day of a rung: moved away from quiet days, never across the due date."""
    day = due_day + days * _DAY
    if days == 0 or is_nag_day(day, ladder, calendar):
        return day
    return calendar.last_working_day_before(day) if days < 0 else calendar.next_working_day(day)


def _repeats(
    due_at: datetime, now: datetime, ladder: Ladder, calendar: Calendar, quiet: QuietHours
) -> Iterator[Rung]:
    """The rungs after the due date that lie around `now`: the last past one is among them."""
    step = ladder.after_every_working_days
    if step is None:
        return
    due_day = local_time(due_at).date()
    passed = calendar.working_days_between(due_day, local_time(now).date()) // step
    for count in range(max(passed - 1, 1), passed + 2):
        day = calendar.add_working_days(due_day, count * step)
        yield Rung(f"+{count * step}wd", _moment(day, ladder, quiet))


def is_nag_day(day: date, ladder: Ladder, calendar: Calendar) -> bool:
    """Whether people may be nagged on a day on which nothing of theirs is due: no Sunday, no holiday."""
    if calendar.is_working_day(day):
        return True
    return day.weekday() not in ladder.quiet_weekdays and not calendar.is_holiday_break(day)


def _moment(day: date, ladder: Ladder, quiet: QuietHours) -> datetime:
    """The ladder's hour on that day; if it is quiet, when the silence ends on the same day."""
    at = next_allowed_moment(moment_on(day, ladder.at), quiet)
    if local_time(at).date() == day:
        return at
    return next_allowed_moment(moment_on(day, time.min), quiet)
