"""Working days, office hours, quiet hours and lunar dates of Vietnam."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from time import process_time

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from plans.calendar import (
    LOCAL,
    Calendar,
    DayChange,
    LunarDay,
    OfficeHours,
    QuietHours,
    announced_changes,
    is_quiet,
    local_time,
    lunar_to_solar,
    moment_on,
    next_allowed_moment,
    solar_to_lunar,
    tet,
)

DAY = timedelta(days=1)
QUIET = QuietHours()
VIETNAM = Calendar()

days = st.dates(date(2020, 1, 1), date(2030, 12, 31))
moments = st.datetimes(
    datetime(2020, 1, 1),  # noqa: DTZ001 - hypothesis wants naive bounds and adds the zone itself
    datetime(2030, 12, 31),  # noqa: DTZ001 - as above
    timezones=st.sampled_from([UTC, LOCAL, timezone(timedelta(hours=-5))]),
)
times = st.times()
unhurried = settings(deadline=None)  # the machine is shared; only the outcome matters


def local(day: date, clock: str) -> datetime:
    return moment_on(day, time.fromisoformat(clock))


# ── lunar dates ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "new_year",
    ["2020-01-25", "2021-02-12", "2022-02-01", "2023-01-22", "2024-02-10", "2025-01-29",
     "2026-02-17", "2027-02-06", "2028-01-26", "2029-02-13", "2030-02-02"],
)  # fmt: skip
def test_tet_falls_on_the_published_date(new_year: str) -> None:
    """2020 to 2026 lie in the holidays that the government announced (below); where the dates of 2027
    to 2030 are published: docs/decisions/0006-calendar.md. The new moon of 2 February 2030 comes at
    16:07 UTC: before midnight in Vietnam, after it in China, whose calendar begins the year a day later."""
    published = date.fromisoformat(new_year)
    assert tet(published.year) == published
    assert VIETNAM.holiday_name(published) == "Tết Nguyên Đán"


PUBLISHED_FOR_CHINA = ("2027-02-06", "2028-01-26", "2029-02-13", "2030-02-03")


def test_of_the_coming_years_only_2030_begins_on_another_day_than_in_china() -> None:
    """As Vietnam's calendar office said in 2006: 2007, 2030 and 2053 are the years of this century."""
    theirs = [date.fromisoformat(each) for each in PUBLISHED_FOR_CHINA]
    assert [day.year for day in theirs if tet(day.year) != day] == [2030]
    assert tet(2007) == date(2007, 2, 17), "the other year that was named, a day before China's"
    assert tet(2053) == date(2053, 2, 18)


@pytest.mark.parametrize("year", range(2020, 2031))
def test_both_libraries_agree_on_gio_to(year: int) -> None:
    day = lunar_to_solar(LunarDay(year, 3, 10))
    assert "Giỗ Tổ Hùng Vương" in (VIETNAM.holiday_name(day) or "")


@unhurried
@given(st.dates(date(1950, 1, 1), date(2050, 12, 31)))
def test_a_date_and_its_lunar_day_find_each_other(day: date) -> None:
    assert lunar_to_solar(solar_to_lunar(day)) == day


@unhurried
@given(days)
def test_the_day_after_is_the_next_lunar_day_or_the_first_of_a_month(day: date) -> None:
    today, tomorrow = solar_to_lunar(day), solar_to_lunar(day + DAY)
    assert tomorrow.day == today.day + 1 or (today.day in (29, 30) and tomorrow.day == 1)


def test_the_sixth_month_came_twice_in_2025() -> None:
    assert solar_to_lunar(date(2025, 7, 25)) == LunarDay(2025, 6, 1, leap=True)
    assert lunar_to_solar(LunarDay(2025, 6, 1)) == date(2025, 6, 25)


@pytest.mark.parametrize(
    "absent",
    [LunarDay(2026, 6, 1, leap=True), LunarDay(2026, 2, 30), LunarDay(2026, 13, 1), LunarDay(2026, 1, 0)],
)  # fmt: skip
def test_a_lunar_day_that_does_not_come_is_refused(absent: LunarDay) -> None:
    with pytest.raises(ValueError, match="no such lunar day"):
        lunar_to_solar(absent)


# ── working days ─────────────────────────────────────────────────────────────────────────


def test_the_days_off_of_2026_are_those_announced() -> None:
    first = date(2026, 1, 1)
    off = [first + n * DAY for n in range(365) if VIETNAM.is_holiday(first + n * DAY)]
    assert [f"{day:%d/%m}" for day in off] == [
        "01/01", "02/01",  # the second for the Saturday of 10 January
        "16/02", "17/02", "18/02", "19/02", "20/02",  # Tết
        "26/04", "27/04",  # Giỗ Tổ on a Sunday, and the Monday in its stead
        "30/04", "01/05",
        "31/08", "01/09", "02/09",  # the first for the Saturday of 22 August
        "24/11",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("off", "worked"),
    [
        (date(2024, 4, 29), date(2024, 5, 4)),
        (date(2025, 5, 2), date(2025, 4, 26)),
        (date(2026, 1, 2), date(2026, 1, 10)),
        (date(2026, 8, 31), date(2026, 8, 22)),
    ],
)
def test_swapped_days_change_places(off: date, worked: date) -> None:
    assert VIETNAM.is_holiday(off)
    assert not VIETNAM.is_working_day(off)
    assert VIETNAM.is_working_day(worked)
    assert not VIETNAM.is_holiday(worked)


@pytest.mark.parametrize(
    ("year", "first", "last"),
    [(2020, "01-23", "01-29"), (2021, "02-10", "02-16"), (2022, "01-31", "02-04"),
     (2023, "01-20", "01-26"), (2024, "02-08", "02-14"), (2025, "01-27", "01-31"),
     (2026, "02-16", "02-20")],
)  # fmt: skip
def test_nobody_works_in_the_announced_tet_holiday(year: int, first: str, last: str) -> None:
    start, end = date.fromisoformat(f"{year}-{first}"), date.fromisoformat(f"{year}-{last}")
    assert VIETNAM.working_days_between(start - DAY, end) == 0
    assert VIETNAM.is_holiday(start)
    assert VIETNAM.is_holiday(end)


def test_culture_day_is_off_from_2026_on() -> None:
    assert not VIETNAM.is_holiday(date(2025, 11, 24))
    assert VIETNAM.holiday_name(date(2026, 11, 24)) == "Ngày Văn hóa Việt Nam"


def test_every_announced_change_is_sourced_and_really_changes_a_day() -> None:
    by_law = {change.day: change for change in announced_changes()}
    assert len(by_law) == len(announced_changes())
    for change in announced_changes():
        assert change.source
        assert change.name
        assert change.works == (change.day.weekday() >= 5)


def test_an_office_adds_its_own_days_and_has_the_last_word() -> None:
    storm = DayChange(date(2026, 9, 7), False, "Nghỉ tránh bão", "Công điện của xã")
    kept = DayChange(date(2026, 8, 22), False, "Không làm bù", "Thông báo của xã")
    busy = DayChange(date(2026, 11, 24), True, "Trực", "Lịch trực của xã")
    office = Calendar(extra=[storm, kept, busy])
    assert office.holiday_name(storm.day) == "Nghỉ tránh bão"
    assert not office.is_working_day(kept.day)
    assert office.is_working_day(busy.day)
    assert not office.is_holiday(busy.day)
    assert VIETNAM.is_working_day(storm.day)


def test_the_last_working_day_before_tet_skips_the_whole_holiday() -> None:
    assert VIETNAM.last_working_day_before(date(2026, 2, 23)) == date(2026, 2, 13)
    assert VIETNAM.next_working_day(date(2026, 2, 13)) == date(2026, 2, 23)


@pytest.mark.parametrize(
    ("day", "in_break"),
    [
        (date(2026, 2, 14), True),  # Saturday before the five days of Tết
        (date(2026, 2, 22), True),  # Sunday after them
        (date(2026, 2, 23), False),
        (date(2026, 5, 2), True),  # Saturday after 1 May
        (date(2026, 7, 25), False),  # a plain Saturday
        (date(2026, 8, 22), False),  # a Saturday worked for 31 August
        (date(2026, 11, 24), True),
        (date(2026, 11, 28), False),
    ],
)
def test_a_weekend_that_joins_a_holiday_is_part_of_it(day: date, in_break: bool) -> None:
    assert VIETNAM.is_holiday_break(day) is in_break


def test_working_days_pass_the_turn_of_the_year() -> None:
    assert VIETNAM.add_working_days(date(2025, 12, 31), 1) == date(2026, 1, 5)
    assert VIETNAM.add_working_days(date(2026, 1, 5), -1) == date(2025, 12, 31)
    assert VIETNAM.working_days_between(date(2025, 12, 30), date(2026, 1, 5)) == 2


@unhurried
@given(days, st.integers(1, 600))
def test_adding_working_days_lands_on_the_counted_one(day: date, working_days: int) -> None:
    there = VIETNAM.add_working_days(day, working_days)
    assert VIETNAM.is_working_day(there)
    assert VIETNAM.working_days_between(day, there) == working_days
    back = VIETNAM.add_working_days(there, -working_days)
    assert back <= day
    assert VIETNAM.working_days_between(back, day) == 0 or back == day


@unhurried
@given(days, st.integers(0, 900))
def test_counting_working_days_is_counting_one_by_one(day: date, length: int) -> None:
    until = day + length * DAY
    one_by_one = sum(VIETNAM.is_working_day(day + n * DAY) for n in range(1, length + 1))
    assert VIETNAM.working_days_between(day, until) == one_by_one


@unhurried
@given(days)
def test_no_day_is_both_worked_and_off(day: date) -> None:
    assert not (VIETNAM.is_working_day(day) and VIETNAM.is_holiday(day))
    assert VIETNAM.is_holiday(day) == (VIETNAM.holiday_name(day) is not None)


def test_a_hundred_thousand_questions_take_no_time() -> None:
    """Processor seconds, far above what they take, so that a busy machine does not matter."""
    began = process_time()
    for n in range(100_000):
        VIETNAM.is_working_day(date(2026, 1, 1) + (n % 1000) * DAY)
        VIETNAM.add_working_days(date(2026, 1, 1), n % 100)
    assert process_time() - began < 5


# ── office hours ─────────────────────────────────────────────────────────────────────────

THURSDAY, FRIDAY, MONDAY = date(2026, 7, 23), date(2026, 7, 24), date(2026, 7, 27)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        (local(FRIDAY, "08:00"), 2, local(FRIDAY, "10:00")),
        (local(FRIDAY, "11:00"), 1, local(FRIDAY, "14:00")),
        (local(FRIDAY, "12:00"), 1, local(FRIDAY, "14:30")),
        (local(FRIDAY, "16:30"), 1, local(MONDAY, "08:00")),
        (local(FRIDAY, "22:00"), 7.5, local(MONDAY, "17:00")),
        (local(FRIDAY, "05:00"), 7.5, local(FRIDAY, "17:00")),
        (local(THURSDAY, "17:00"), 4, local(FRIDAY, "11:30")),
        (local(date(2026, 2, 13), "16:00"), 2, local(date(2026, 2, 23), "08:30")),
        (local(date(2026, 7, 25), "09:00"), 0, local(date(2026, 7, 25), "09:00")),
    ],
)
def test_the_clock_of_a_case_runs_in_office_hours(
    start: datetime, hours: float, end: datetime
) -> None:
    assert VIETNAM.add_working_hours(start, hours) == end
    assert VIETNAM.working_hours_between(start, end) == hours


@unhurried
@given(moments, st.integers(0, 2000))
def test_hours_added_are_hours_between(start: datetime, quarters: int) -> None:
    end = VIETNAM.add_working_hours(start, quarters / 4)
    assert end >= start
    assert VIETNAM.working_hours_between(start, end) == quarters / 4


@unhurried
@given(moments, moments, moments)
def test_office_time_adds_up(a: datetime, b: datetime, c: datetime) -> None:
    first, middle, last = sorted((a, b, c))
    parts = VIETNAM.working_time_between(first, middle) + VIETNAM.working_time_between(middle, last)
    assert parts == VIETNAM.working_time_between(first, last)


def test_time_does_not_run_backwards() -> None:
    assert VIETNAM.working_hours_between(local(MONDAY, "10:00"), local(FRIDAY, "10:00")) == 0
    with pytest.raises(ValueError, match="negative"):
        VIETNAM.add_working_hours(local(MONDAY, "10:00"), -1)


def test_an_office_sets_its_own_hours() -> None:
    summer = Calendar(hours=OfficeHours(((time(7), time(11)), (time(13), time(17)))))
    assert summer.add_working_hours(local(FRIDAY, "07:00"), 8) == local(FRIDAY, "17:00")


@pytest.mark.parametrize(
    "spans", [(), ((time(11), time(7)),), ((time(7), time(11)), (time(10), time(17)))]
)
def test_office_hours_out_of_order_are_refused(spans: tuple[tuple[time, time], ...]) -> None:
    with pytest.raises(ValueError, match="office hours"):
        OfficeHours(spans)


# ── quiet hours ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("at", "allowed"),
    [
        (local(FRIDAY, "06:29:59"), local(FRIDAY, "06:30")),
        (local(FRIDAY, "06:30"), local(FRIDAY, "06:30")),
        (local(FRIDAY, "11:29"), local(FRIDAY, "11:29")),
        (local(FRIDAY, "11:30"), local(FRIDAY, "13:30")),
        (local(FRIDAY, "20:29"), local(FRIDAY, "20:29")),
        (local(FRIDAY, "20:30"), local(date(2026, 7, 25), "06:30")),
        (local(FRIDAY, "00:00"), local(FRIDAY, "06:30")),
    ],
)
def test_nobody_is_written_to_at_night_or_at_noon(at: datetime, allowed: datetime) -> None:
    assert next_allowed_moment(at, QUIET) == allowed
    assert is_quiet(at, QUIET) == (at != allowed)


@unhurried
@given(moments, st.lists(st.tuples(times, times), max_size=4))
def test_the_next_allowed_moment_is_the_first_that_is_not_quiet(
    at: datetime, spans: list[tuple[time, time]]
) -> None:
    try:
        quiet = QuietHours(tuple(spans))
    except ValueError:
        assume(False)
    allowed = next_allowed_moment(at, quiet)
    assert not is_quiet(allowed, quiet)
    assert at <= allowed < at + DAY
    assert allowed == at or is_quiet(allowed - timedelta.resolution, quiet)


@pytest.mark.parametrize(
    "spans",
    [
        ((time(8), time(8)),),
        ((time(20), time(8)), (time(8), time(20))),
        ((time(0), time(13)), (time(12), time(23)), (time(22), time(1))),
    ],
)
def test_a_silence_that_never_ends_is_refused(spans: tuple[tuple[time, time], ...]) -> None:
    with pytest.raises(ValueError, match="quiet"):
        QuietHours(spans)


def test_no_quiet_spans_mean_any_moment() -> None:
    midnight = local(FRIDAY, "00:00")
    assert next_allowed_moment(midnight, QuietHours(())) == midnight


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="has no zone"):
        local_time(datetime(2026, 7, 24, 8))  # noqa: DTZ001 - the naive moment is the point
    with pytest.raises(ValueError, match="has no zone"):
        next_allowed_moment(datetime(2026, 7, 24, 8), QUIET)  # noqa: DTZ001 - as above


def test_moments_come_out_in_utc() -> None:
    assert moment_on(FRIDAY, time(8)) == datetime(2026, 7, 24, 1, tzinfo=UTC)
    for moment in (
        moment_on(FRIDAY, time(8)),
        next_allowed_moment(datetime(2026, 7, 24, 8, tzinfo=LOCAL), QUIET),
        VIETNAM.add_working_hours(datetime(2026, 7, 24, 8, tzinfo=LOCAL), 0),
    ):
        assert moment.tzinfo is UTC
