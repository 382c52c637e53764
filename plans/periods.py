"""Reporting periods: their calendar names, and the days whose figures they count.

A period has a name from the calendar ("6 tháng đầu năm 2026", 1 January to 30 June) and a
window of days whose figures it counts (`data_from` to `data_to`), which state reports close
before the calendar does. Sources and choices: docs/decisions/0005-periods-and-cutoffs.md.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from plans.calendar import Calendar

_DAY = timedelta(days=1)


class PeriodKind(StrEnum):
    """How long a period is; `ONCE` is a single dated or ad hoc call."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    YEAR = "year"
    ONCE = "once"


_MONTHS_IN = {
    PeriodKind.MONTH: 1,
    PeriodKind.QUARTER: 3,
    PeriodKind.HALF_YEAR: 6,
    PeriodKind.YEAR: 12,
}


class PeriodError(ValueError):
    """This is no reporting period: a key, kind or closing day that cannot be one."""


@dataclass(frozen=True, slots=True)
class CutoffRule:
    """On which day of its last month a period's figures close.

    `closing_day` is 1 to 27; figures of the 15th onwards belong to the next month when it is
    14. `None` closes on the last day of the month. Weeks and days close on their own last day
    under every rule: the decree sets no cut-off for them.

    Raises:
        PeriodError: `closing_day` lies outside 1–27 (the 28th would leave February without
            a following day to start from).
    """

    name: str
    closing_day: int | None

    def __post_init__(self) -> None:
        if self.closing_day is not None and not 1 <= self.closing_day <= 27:
            raise PeriodError(f"closing_day must be 1 to 27 or None, not {self.closing_day}")


STATUTE = CutoffRule("nd-09-2019", closing_day=14)
"""Nghị định 09/2019/NĐ-CP, Điều 12 khoản 1–4: months, quarters, half-years and years close on
the 14th of their last month and begin on the 15th of the month before their first."""

CALENDAR = CutoffRule("calendar", closing_day=None)
"""Plain months: what is named is what is counted. For plans that say so."""


@dataclass(frozen=True, slots=True)
class Period:
    """One reporting period; make it with `period_containing`, `parse_key` or `once`.

    Attributes:
        start, end: first and last day by the calendar name, both included.
        data_from, data_to: first and last day whose figures it counts, both included.
        rule: the cut-off rule behind `data_from` and `data_to`.
        slug: what tells two calls of one day apart; only for `ONCE`.
    """

    kind: PeriodKind
    start: date
    end: date
    data_from: date
    data_to: date
    rule: CutoffRule = STATUTE
    slug: str | None = None

    @property
    def key(self) -> str:
        """A stable name for storage: `2026-H1`, `2026-Q3`, `2026-07`, `2026-W30`, `2026`,
        `2026-07-20`, `once:2026-12-20:tong-ket`. The same under every cut-off rule."""
        return _KEYS[self.kind](self)

    @property
    def label(self) -> str:
        """What people call it in Vietnamese: "Quý III/2026", "6 tháng đầu năm 2026"."""
        return _LABELS[self.kind](self)


def _vn(day: date) -> str:
    return f"{day.day}/{day.month}/{day.year}"


def _week_label(period: Period) -> str:
    first = f"{period.start.day}/{period.start.month}"
    if period.start.year != period.end.year:
        first += f"/{period.start.year}"
    return f"tuần {period.start.isocalendar().week} ({first}–{_vn(period.end)})"


def _week_key(period: Period) -> str:
    year, week, _ = period.start.isocalendar()
    return f"{year}-W{week:02}"


_KEYS: dict[PeriodKind, Callable[[Period], str]] = {
    PeriodKind.DAY: lambda p: p.start.isoformat(),
    PeriodKind.WEEK: _week_key,
    PeriodKind.MONTH: lambda p: f"{p.start.year}-{p.start.month:02}",
    PeriodKind.QUARTER: lambda p: f"{p.start.year}-Q{p.end.month // 3}",
    PeriodKind.HALF_YEAR: lambda p: f"{p.start.year}-H{p.end.month // 6}",
    PeriodKind.YEAR: lambda p: f"{p.start.year}",
    PeriodKind.ONCE: lambda p: f"once:{p.start.isoformat()}:{p.slug}",
}

_LABELS: dict[PeriodKind, Callable[[Period], str]] = {
    PeriodKind.DAY: lambda p: f"ngày {_vn(p.start)}",
    PeriodKind.WEEK: _week_label,
    PeriodKind.MONTH: lambda p: f"tháng {p.start.month}/{p.start.year}",
    PeriodKind.QUARTER: lambda p: (
        f"Quý {('I', 'II', 'III', 'IV')[p.start.month // 3]}/{p.start.year}"
    ),
    PeriodKind.HALF_YEAR: lambda p: (
        f"6 tháng {'đầu' if p.start.month == 1 else 'cuối'} năm {p.start.year}"
    ),
    PeriodKind.YEAR: lambda p: f"năm {p.start.year}",
    PeriodKind.ONCE: lambda p: f"ngày {_vn(p.start)}",
}


def _months_on(year: int, month: int, months: int) -> tuple[int, int]:
    years, zero_based = divmod(month - 1 + months, 12)
    return year + years, zero_based + 1


def _of_months(kind: PeriodKind, year: int, month: int, rule: CutoffRule) -> Period:
    """The period of `kind` that the calendar month belongs to."""
    length = _MONTHS_IN[kind]
    first_month = (month - 1) // length * length + 1
    last_month = first_month + length - 1
    start = date(year, first_month, 1)
    end = date(year, last_month, monthrange(year, last_month)[1])
    if rule.closing_day is None:
        return Period(kind, start, end, start, end, rule)
    year_before, month_before = _months_on(year, first_month, -1)
    data_from = date(year_before, month_before, rule.closing_day + 1)
    return Period(kind, start, end, data_from, end.replace(day=rule.closing_day), rule)


def _of_days(kind: PeriodKind, start: date, rule: CutoffRule) -> Period:
    end = start + timedelta(days=6) if kind is PeriodKind.WEEK else start
    return Period(kind, start, end, start, end, rule)


def once(day: date, slug: str) -> Period:
    """The period of one dated or ad hoc call: the day it falls on, and what it is about.

    Raises:
        PeriodError: `slug` is not lower-case ASCII words joined by hyphens.
    """
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug):
        raise PeriodError(f"slug must be lower-case words joined by hyphens, not {slug!r}")
    return Period(PeriodKind.ONCE, day, day, day, day, CALENDAR, slug)


def period_containing(kind: PeriodKind, day: date, rule: CutoffRule = STATUTE) -> Period:
    """The one period of `kind` whose figures include those of `day`.

    By the decree 20 July 2026 counts for August and for the second half-year.

    Raises:
        PeriodError: `kind` is `ONCE`, which no day belongs to by itself.
    """
    if kind is PeriodKind.ONCE:
        raise PeriodError("a single call has no period that a day could belong to")
    if kind is PeriodKind.WEEK:
        return _of_days(kind, day - day.weekday() * _DAY, rule)
    if kind is PeriodKind.DAY:
        return _of_days(kind, day, rule)
    closed = rule.closing_day is not None and day.day > rule.closing_day
    year, month = _months_on(day.year, day.month, 1 if closed else 0)
    return _of_months(kind, year, month, rule)


def next_period(period: Period) -> Period:
    """The period of the same kind and rule whose figures begin the day after.

    Raises:
        PeriodError: a single call has no successor.
    """
    return period_containing(period.kind, period.data_to + _DAY, period.rule)


def previous_period(period: Period) -> Period:
    """The period of the same kind and rule whose figures end the day before.

    Raises:
        PeriodError: a single call has no predecessor.
    """
    return period_containing(period.kind, period.data_from - _DAY, period.rule)


def periods_between(
    kind: PeriodKind, first: date, last: date, rule: CutoffRule = STATUTE
) -> list[Period]:
    """Periods that count any day from `first` to `last`, both included, oldest first.

    Returns:
        `[]` when `last` is before `first`.

    Raises:
        PeriodError: `kind` is `ONCE`.
    """
    found: list[Period] = []
    day = first
    while day <= last:
        found.append(period_containing(kind, day, rule))
        day = found[-1].data_to + _DAY
    return found


def owed_periods(
    kinds: Iterable[PeriodKind], first: date, last: date, rule: CutoffRule = STATUTE
) -> list[Period]:
    """Periods that a duty with these rhythms owes, by the day their figures close.

    Only periods that close from `first` to `last`, both included, are owed. "6 tháng, hằng
    năm" owes the first half-year and the whole year: the year's report stands in for the
    second half (docs/decisions/0005-periods-and-cutoffs.md).

    Raises:
        PeriodError: `kinds` holds `ONCE`.
    """
    asked = set(kinds)
    periods = [p for kind in asked for p in periods_between(kind, first, last, rule)]
    if PeriodKind.YEAR in asked:
        periods = [p for p in periods if not _is_second_half(p)]
    closing = [p for p in periods if first <= p.data_to <= last]
    return sorted(closing, key=lambda p: (p.data_to, p.data_from))


def _is_second_half(period: Period) -> bool:
    return period.kind is PeriodKind.HALF_YEAR and period.start.month == 7


_KEY_FORMS: tuple[tuple[PeriodKind, re.Pattern[str]], ...] = (
    (PeriodKind.YEAR, re.compile(r"(\d{4})")),
    (PeriodKind.HALF_YEAR, re.compile(r"(\d{4})-H([12])")),
    (PeriodKind.QUARTER, re.compile(r"(\d{4})-Q([1-4])")),
    (PeriodKind.MONTH, re.compile(r"(\d{4})-(\d{2})")),
    (PeriodKind.WEEK, re.compile(r"(\d{4})-W(\d{2})")),
    (PeriodKind.DAY, re.compile(r"(\d{4})-(\d{2})-(\d{2})")),
    (PeriodKind.ONCE, re.compile(r"once:(\d{4}-\d{2}-\d{2}):(.+)")),
)


def parse_key(key: str, rule: CutoffRule = STATUTE) -> Period:
    """The period a stored key names, with the cut-off days of `rule`.

    A key holds no rule; the plan or the office's settings give it. Single calls have none.

    Raises:
        PeriodError: no period has this key.
    """
    for kind, form in _KEY_FORMS:
        if found := form.fullmatch(key):
            try:
                return _from_parts(kind, found.groups(), rule)
            except ValueError as wrong:
                raise PeriodError(f"no period is called {key!r}: {wrong}") from wrong
    raise PeriodError(f"no period is called {key!r}")


def _from_parts(kind: PeriodKind, parts: tuple[str, ...], rule: CutoffRule) -> Period:
    if kind is PeriodKind.ONCE:
        return once(date.fromisoformat(parts[0]), parts[1])
    numbers = [int(part) for part in parts]
    if kind is PeriodKind.DAY:
        return _of_days(kind, date(*numbers), rule)
    if kind is PeriodKind.WEEK:
        return _of_days(kind, date.fromisocalendar(numbers[0], numbers[1], 1), rule)
    last_month = numbers[1] * _MONTHS_IN[kind] if len(numbers) == 2 else 12
    return _of_months(kind, date(numbers[0], last_month, 1).year, last_month, rule)


def due_after_close(period: Period, calendar: Calendar, *, working_days: int = 1) -> date:
    """The due date `working_days` after the figures close, for duties whose plan names none.

    Nghị định 09/2019/NĐ-CP names no sending day; Điều 8 khoản 5 điểm b only asks for at least
    one working day between the close of the figures and the due date, hence the default. What
    the office proposes is checked against it; a day the plan itself names is not.

    Raises:
        PeriodError: `working_days` is below 1.
    """
    if working_days < 1:
        raise PeriodError(f"working_days must be at least 1, not {working_days}")
    return calendar.add_working_days(period.data_to, working_days)
