"""Working days of Vietnam, office hours, quiet hours, and lunar dates.

Times come in aware (any zone) and go out in UTC; the rules are those of Asia/Ho_Chi_Minh.
Sources and choices: docs/decisions/0006-calendar.md.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import holidays
import vnlunar
import yaml

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")
"""By `date.weekday()`, as they stand within a sentence."""

_SATURDAY = 5
_DAY = timedelta(days=1)
_NOTHING = timedelta(0)

Span = tuple[time, time]
"""Local times of day, the first included and the second not."""


def local_time(moment: datetime) -> datetime:
    """The moment as clocks in Vietnam show it.

    Raises:
        ValueError: `moment` has no zone.
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no zone; moments are aware everywhere")
    return moment.astimezone(LOCAL)


def moment_on(day: date, at: time) -> datetime:
    """The UTC moment at which clocks in Vietnam show `at` on `day`."""
    return datetime.combine(day, at, LOCAL).astimezone(UTC)


# ── lunar dates ──────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, order=True)
class LunarDay:
    """A day of the Vietnamese lunar calendar (UTC+7); `leap` marks the month that is repeated."""

    year: int
    month: int
    day: int
    leap: bool = False


@lru_cache(maxsize=4096)
def solar_to_lunar(day: date) -> LunarDay:
    """The lunar day of a date from 1900 to 2100."""
    found = vnlunar.get_lunar_date(day.day, day.month, day.year)
    return LunarDay(found["year"], found["month"], found["day"], bool(found["leap"]))


@lru_cache(maxsize=4096)
def lunar_to_solar(lunar: LunarDay) -> date:
    """The date of a lunar day: `LunarDay(2026, 3, 10)` is Giỗ Tổ, 26 April 2026.

    Raises:
        ValueError: that lunar year has no such day (a 30th in a short month, a leap month
            that does not come).
    """
    found = vnlunar.get_solar_date(lunar.day, lunar.month, lunar.year, int(lunar.leap))
    if found is None:
        raise ValueError(f"no such lunar day: {lunar}")
    return date(found["year"], found["month"], found["day"])


def tet(year: int) -> date:
    """The first day of the lunar year: 17 February in 2026."""
    return lunar_to_solar(LunarDay(year, 1, 1))


# ── office hours and quiet hours ─────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """When the office works on a working day: spans in order that do not overlap.

    The default, 7.5 hours a day, is an office's own choice and so a setting.

    Raises:
        ValueError: no span, or spans out of order.
    """

    spans: tuple[Span, ...] = ((time(7, 30), time(11, 30)), (time(13, 30), time(17, 0)))

    def __post_init__(self) -> None:
        edges = [edge for span in self.spans for edge in span]
        if not edges or any(later <= earlier for earlier, later in pairwise(edges)):
            raise ValueError(f"office hours must be in order and not overlap: {self.spans}")

    @property
    def a_day(self) -> timedelta:
        """Office time of one whole working day."""
        return self.before(time.max)

    def before(self, at: time) -> timedelta:
        """Office time of a working day that lies before `at`."""
        until_us = _midnight_us(at)
        worked_us = 0
        for first, last in self.spans:
            worked_us += max(min(until_us, _midnight_us(last)) - _midnight_us(first), 0)
        return timedelta(microseconds=worked_us)

    def time_after(self, worked: timedelta) -> time:
        """The time of day at which `worked` (at most `a_day`) of office time is over."""
        for first, last in self.spans:
            length = timedelta(microseconds=_midnight_us(last) - _midnight_us(first))
            if worked <= length:
                return (datetime.combine(date.min, first) + worked).time()
            worked -= length
        raise ValueError(f"{worked} more than a day of office hours holds")


def _midnight_us(at: time) -> int:
    """Microseconds since midnight: whole numbers, so that office time adds up exactly."""
    return ((at.hour * 60 + at.minute) * 60 + at.second) * 1_000_000 + at.microsecond


@dataclass(frozen=True, slots=True)
class QuietHours:
    """When nobody is written to: the night and the midday rest by default, any spans by setting.

    A span may pass midnight. `QuietHours(())` keeps no silence.

    Raises:
        ValueError: a span is empty, or no moment of the day is left to write in.
    """

    spans: tuple[Span, ...] = ((time(20, 30), time(6, 30)), (time(11, 30), time(13, 30)))

    def __post_init__(self) -> None:
        if any(first == last for first, last in self.spans):
            raise ValueError(f"a quiet span must have a length: {self.spans}")
        if self.spans and all(self.span_at(last) for _, last in self.spans):
            raise ValueError(f"the quiet hours leave no time to write in: {self.spans}")

    def span_at(self, at: time) -> Span | None:
        """The quiet span that the local time of day `at` lies in, if any."""
        for first, last in self.spans:
            if first <= at < last or (first > last and (at >= first or at < last)):
                return first, last
        return None


def is_quiet(at: datetime, quiet: QuietHours) -> bool:
    """Whether people are left in peace at this moment."""
    return quiet.span_at(local_time(at).time()) is not None


def next_allowed_moment(at: datetime, quiet: QuietHours) -> datetime:
    """`at` itself when people may be written to, else the UTC moment at which the silence ends."""
    moment = local_time(at)
    while span := quiet.span_at(moment.time()):
        day = moment.date() + (_DAY if moment.time() >= span[1] else _NOTHING)
        moment = datetime.combine(day, span[1], LOCAL)
    return moment.astimezone(UTC)


# ── working days ─────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class DayChange:
    """One day made a working day (`works`) or a day off, and where that was announced.

    `name` is what people see; `source` names the document, or the office's own decision.
    """

    day: date
    works: bool
    name: str
    source: str


@cache
def announced_changes() -> tuple[DayChange, ...]:
    """Swapped working days and extra days off of the whole country, from `days.yaml`."""
    text = Path(__file__).with_name("days.yaml").read_text(encoding="utf-8")
    data = yaml.safe_load(text)
    changes: list[DayChange] = []
    for swap in data["swapped"]:
        changes.append(DayChange(swap["day_off"], False, swap["name"], swap["source"]))
        changes.append(DayChange(swap["day_worked"], True, swap["name"], swap["source"]))
    for works, single in ((False, data["days_off"]), (True, data["days_worked"])):
        changes += [DayChange(one["day"], works, one["name"], one["source"]) for one in single]
    return tuple(changes)


@dataclass(frozen=True, slots=True)
class _Year:
    days_off: dict[date, str]
    working: frozenset[date]
    in_order: tuple[date, ...]


class Calendar:
    """Working days and holidays, with an office's own changes on top of the country's.

    2020–2030 is what it is checked for. Years whose Tết plan and swaps are not announced yet
    follow the labour code as the `holidays` library applies it; announcements are added to
    `days.yaml`, an office's own days through `extra`, where the last word on a day wins.
    """

    def __init__(self, extra: Iterable[DayChange] = (), hours: OfficeHours | None = None) -> None:
        self.hours = hours or OfficeHours()
        self._a_day = self.hours.a_day
        self._changes = {change.day: change for change in (*announced_changes(), *extra)}
        self._years: dict[int, _Year] = {}

    def is_working_day(self, day: date) -> bool:
        """Monday to Friday and days worked in another's stead, without days off."""
        return day in self._year(day.year).working

    def is_holiday(self, day: date) -> bool:
        """A day off by law, by compensation, by swap or by the office; plain weekends are not."""
        return day in self._year(day.year).days_off

    def holiday_name(self, day: date) -> str | None:
        """The Vietnamese name of a day off, `None` for other days."""
        return self._year(day.year).days_off.get(day)

    def is_holiday_break(self, day: date) -> bool:
        """A holiday, or a weekend day that no working day parts from one: Saturday of Tết week."""
        if self.is_working_day(day):
            return False
        first = self.last_working_day_before(day) + _DAY
        days = (self.next_working_day(day) - first).days
        return any(self.is_holiday(first + n * _DAY) for n in range(days))

    def add_working_days(self, day: date, working_days: int) -> date:
        """The n-th working day after `day`, or before it for a negative number; 0 is `day`."""
        if working_days == 0:
            return day
        year, in_order = day.year, self._year(day.year).in_order
        if working_days > 0:
            at = bisect_right(in_order, day) + working_days - 1
            while at >= len(in_order):
                at -= len(in_order)
                year += 1
                in_order = self._year(year).in_order
            return in_order[at]
        at = bisect_left(in_order, day) + working_days
        while at < 0:
            year -= 1
            in_order = self._year(year).in_order
            at += len(in_order)
        return in_order[at]

    def next_working_day(self, day: date) -> date:
        """The first working day after `day`."""
        return self.add_working_days(day, 1)

    def last_working_day_before(self, day: date) -> date:
        """The last working day before `day`."""
        return self.add_working_days(day, -1)

    def working_days_between(self, after: date, until: date) -> int:
        """How many working days lie after `after`, up to and including `until`; 0 if none do."""
        if until <= after:
            return 0
        whole_years = sum(len(self._year(y).in_order) for y in range(after.year, until.year))
        return whole_years + self._rank(until) - self._rank(after)

    def working_time_between(self, start: datetime, end: datetime) -> timedelta:
        """Office time between two moments; nothing when `end` is not after `start`."""
        first, last = local_time(start), local_time(end)
        if last <= first:
            return _NOTHING
        whole_days = self.working_days_between(first.date() - _DAY, last.date() - _DAY)
        return self._a_day * whole_days - self._worked(first) + self._worked(last)

    def working_hours_between(self, start: datetime, end: datetime) -> float:
        """Office hours between two moments, for the clock of a case."""
        return self.working_time_between(start, end) / timedelta(hours=1)

    def add_working_hours(self, start: datetime, hours: float) -> datetime:
        """The UTC moment at which `hours` of office time have passed since `start`.

        What ends with the day ends at its closing time, not on the next morning.

        Raises:
            ValueError: `hours` is negative, or `start` has no zone.
        """
        if hours < 0:
            raise ValueError(f"hours must not be negative: {hours}")
        first = local_time(start)
        wanted = timedelta(hours=hours)
        if not wanted:
            return first.astimezone(UTC)
        wanted += self._worked(first)
        whole_days = -(-wanted // self._a_day) - 1
        day = self.add_working_days(first.date() - _DAY, whole_days + 1)
        return moment_on(day, self.hours.time_after(wanted - self._a_day * whole_days))

    def _worked(self, local: datetime) -> timedelta:
        if not self.is_working_day(local.date()):
            return _NOTHING
        return self.hours.before(local.time())

    def _rank(self, day: date) -> int:
        return bisect_right(self._year(day.year).in_order, day)

    def _year(self, year: int) -> _Year:
        if (found := self._years.get(year)) is None:
            found = self._years[year] = self._laid_out(year)
        return found

    def _laid_out(self, year: int) -> _Year:
        changes = [change for change in self._changes.values() if change.day.year == year]
        extra_work = {change.day for change in changes if change.works}
        off = {day: name for day, name in _by_law(year).items() if day not in extra_work}
        off |= {change.day: change.name for change in changes if not change.works}
        new_year = date(year, 1, 1)
        days = (new_year + n * _DAY for n in range((date(year, 12, 31) - new_year).days + 1))
        in_order = tuple(
            day
            for day in days
            if day not in off and (day.weekday() < _SATURDAY or day in extra_work)
        )
        return _Year(off, frozenset(in_order), in_order)


@cache
def _by_law(year: int) -> dict[date, str]:
    """Days off by Bộ luật Lao động (2012 Điều 115, since 2021: 2019 Điều 112) as `holidays` has them."""
    return dict(holidays.country_holidays("VN", years=year, language="vi", expand=False))
