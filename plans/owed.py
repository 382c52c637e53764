"""Which reports a plan's duties ask for, when each opens, and by when it is due.

The plan's own day comes first only where it gives one ("trước ngày 20/12"); the office's
setting stands over it; where neither names a day there is none, and nobody is chased
(docs/decisions/0008-obligations.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from plans.calendar import Calendar, local_time, moment_on
from plans.extra_duties import Undated, all_duties, undated, weekdays_of, years_of
from plans.pack import Duty, Pack, Rhythm
from plans.periods import CALENDAR, STATUTE, CutoffRule, Period, PeriodKind, owed_periods

END_OF_DAY = time(23, 59, 59)
"""A duty due on a day may be filed until that day is over; the office may set an hour."""

OPENS_BEFORE_DAYS: Mapping[PeriodKind, int] = {
    PeriodKind.DAY: 0,
    PeriodKind.WEEK: 6,
    PeriodKind.MONTH: 7,
    PeriodKind.QUARTER: 15,
    PeriodKind.HALF_YEAR: 30,
    PeriodKind.YEAR: 30,
    PeriodKind.ONCE: 0,
}
"""How long before its figures close (or it is due, if sooner) a report can be asked for: our choice."""


class DueSettingError(ValueError):
    """What the office set as a due day cannot be one; the text says what to write."""


@dataclass(frozen=True, slots=True)
class Owed:
    """One report that some units owe for one period.

    Attributes:
        owed_by: keys of the pack's units; a key of a class stands for all its members.
        opens_at: from when it can be asked for, UTC.
        due_at: the last moment to file in time, UTC; None while nobody has set a day.
    """

    duty_key: str
    period: Period
    owed_by: tuple[str, ...]
    opens_at: datetime
    due_at: datetime | None


def owed(
    pack: Pack, settings: Mapping[str, Any], calendar: Calendar, *, first: date, last: date
) -> list[Owed]:
    """All reports whose figures close from `first` to `last`, by opening time.

    Args:
        settings: the office's, by key: `duty.<key>.due`, `duty.<key>.periods`, where the plan
            is silent `duty.<key>.owed_by` and `duty.<key>.years` (of a review),
            `periods.cutoff` ("calendar" for plain months), and `ledger.due_after_days`, working
            days after the figures close, for whatever has no day otherwise.

    Raises:
        DueSettingError: a setting cannot be read.
    """
    found = [
        _owed(pack, duty, period, settings, calendar)
        for duty in all_duties(pack)
        for period in _periods(pack, duty, settings, first, last)
        if owing_keys(duty, settings)
    ]
    return sorted(found, key=lambda each: (each.opens_at, each.duty_key, each.period.key))


def cutoff_rule(settings: Mapping[str, Any]) -> CutoffRule:
    """How periods close in this commune: by decree, unless the office chose plain months."""
    return CALENDAR if settings.get("periods.cutoff") == CALENDAR.name else STATUTE


def period_kinds(duty: Duty, settings: Mapping[str, Any]) -> tuple[PeriodKind, ...]:
    """How often a duty comes: as the office set it, otherwise as the plan says; () on request only.

    Raises:
        DueSettingError: the setting names no period.
    """
    chosen = settings.get(f"duty.{duty.key}.periods")
    names = [rhythm.every for rhythm in duty.rhythms] if chosen is None else chosen
    try:
        return tuple(dict.fromkeys(PeriodKind(name) for name in names))
    except ValueError as wrong:
        raise DueSettingError(f"duty.{duty.key}.periods: {wrong}; write [quarter, year]") from wrong


def _periods(
    pack: Pack, duty: Duty, settings: Mapping[str, Any], first: date, last: date
) -> Iterator[Period]:
    begins, ends = pack.document.first_year, pack.document.last_year
    only = settings.get(f"duty.{duty.key}.years", years_of(pack, duty.key))
    kinds = period_kinds(duty, settings)
    for period in owed_periods(kinds, first, last, cutoff_rule(settings)):
        year = period.end.year
        if (begins or 0) <= year <= (ends or 9999) and (only is None or year in only):
            yield period


def owing_keys(duty: Duty, settings: Mapping[str, Any]) -> tuple[str, ...]:
    """Who owes it: the units that the plan names, or those the office set where it names none."""
    return duty.owed_by or tuple(settings.get(f"duty.{duty.key}.owed_by", ()))


def without_a_day(
    pack: Pack, settings: Mapping[str, Any], calendar: Calendar, *, first: date, last: date
) -> list[Undated]:
    """Every duty of the plan that has no due time between two days: the office's list "chưa có hạn".

    Raises:
        DueSettingError: a setting cannot be read.
    """
    found = owed(pack, settings, calendar, first=first, last=last)
    open_ended = {each.duty_key for each in found if each.due_at is None}
    asked_for = {each.duty_key for each in found}
    return undated(pack, settings, asked_for - open_ended, asked_for)


def undated_of_year(
    pack: Pack, settings: Mapping[str, Any], calendar: Calendar, year: int
) -> list[Undated]:
    """`without_a_day` over the periods of one year; [] where a setting cannot be read.

    A plan that is over owes nothing any more, so it has nothing without a day.
    """
    first, last = date(year, 1, 1), date(year, 12, 31)
    if pack.document.last_year is not None and pack.document.last_year < year:
        return []
    try:
        return without_a_day(pack, settings, calendar, first=first, last=last)
    except DueSettingError:
        return []


def _owed(
    pack: Pack, duty: Duty, period: Period, settings: Mapping[str, Any], calendar: Calendar
) -> Owed:
    due_at = _due_at(pack, duty, period, settings, calendar)
    last_day = period.data_to
    if due_at is not None:
        last_day = min(last_day, local_time(due_at).date())
    opens_on = last_day - timedelta(days=OPENS_BEFORE_DAYS[period.kind])
    return Owed(duty.key, period, owing_keys(duty, settings), moment_on(opens_on, time(0)), due_at)


def _due_at(
    pack: Pack, duty: Duty, period: Period, settings: Mapping[str, Any], calendar: Calendar
) -> datetime | None:
    set_by_office = settings.get(f"duty.{duty.key}.due")
    if set_by_office is not None:
        rule = _rule_for(period.kind, set_by_office, duty.key)
        if rule is not None:
            return _due_by_office(rule, period, calendar, duty.key)
    for rhythm in duty.rhythms:
        if rhythm.every == period.kind and (day := _day_of_plan(rhythm, period)):
            return moment_on(day, END_OF_DAY)
    named = weekdays_of(pack, duty.key)
    if named and period.kind is PeriodKind.WEEK:
        return moment_on(period.start + timedelta(days=max(named) - 1), END_OF_DAY)
    usual = settings.get("ledger.due_after_days")
    if isinstance(usual, int) and usual > 0:
        return moment_on(calendar.add_working_days(period.data_to, usual), END_OF_DAY)
    return None


def _rule_for(kind: PeriodKind, setting: Any, duty_key: str) -> Mapping[str, Any] | None:
    if not isinstance(setting, Mapping):
        raise DueSettingError(_advice(duty_key, "is not a table"))
    rule = setting.get(kind.value, setting.get("any"))
    if rule is not None and not isinstance(rule, Mapping):
        raise DueSettingError(_advice(duty_key, f"{kind.value} is not a table"))
    return rule


def _advice(duty_key: str, wrong: str) -> str:
    return (
        f"duty.{duty_key}.due {wrong}; write"
        ' {"half_year": {"on": "06-20", "at": "17:00"}, "any": {"working_days_after_close": 3}}'
    )


def _due_by_office(
    rule: Mapping[str, Any], period: Period, calendar: Calendar, duty_key: str
) -> datetime:
    try:
        at = time.fromisoformat(rule["at"]) if "at" in rule else END_OF_DAY
        if "on" in rule:
            return moment_on(nearest(rule["on"], period.data_to), at)
        days = int(rule["working_days_after_close"])
    except (AttributeError, KeyError, TypeError, ValueError) as wrong:
        raise DueSettingError(_advice(duty_key, f"cannot be read ({wrong})")) from wrong
    return moment_on(calendar.add_working_days(period.data_to, days), at)


def _day_of_plan(rhythm: Rhythm, period: Period) -> date | None:
    """The last day to report that the plan itself names, if it names one."""
    if rhythm.on:
        return nearest(rhythm.on, period.data_to)
    if rhythm.before:  # "trước ngày 20/12": the 19th is the last day
        return nearest(rhythm.before, period.data_to) - timedelta(days=1)
    if period.kind is PeriodKind.WEEK and rhythm.weekday:
        return period.start + timedelta(days=max(rhythm.weekday) - 1)
    return None


def nearest(day_of_year: str, to: date) -> date:
    """The `12-20` nearest to a date: a year closed on 14 December is reported by that month's
    20th, or by next January's 5th, never by one eleven months away.

    Raises:
        ValueError: no month has such a day.
    """
    month, day = (int(part) for part in day_of_year.split("-"))
    if (month, day) == (2, 29):
        day = 28  # comes back each year
    years = (to.year - 1, to.year, to.year + 1)
    return min((date(year, month, day) for year in years), key=lambda found: abs(found - to))
