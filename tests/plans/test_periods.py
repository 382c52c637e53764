"""Reporting periods: names, cut-off days, keys, and what a duty owes."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plans.calendar import Calendar
from plans.periods import (
    CALENDAR,
    STATUTE,
    CutoffRule,
    Period,
    PeriodError,
    PeriodKind,
    due_after_close,
    next_period,
    once,
    owed_periods,
    parse_key,
    period_containing,
    periods_between,
    previous_period,
)

DAY = timedelta(days=1)
RECURRING = [kind for kind in PeriodKind if kind is not PeriodKind.ONCE]
CLOSING_ON_25 = CutoffRule("day-25", closing_day=25)
RULES = [STATUTE, CALENDAR, CLOSING_ON_25]

days = st.dates(date(2019, 1, 1), date(2031, 12, 31))
kinds = st.sampled_from(RECURRING)
rules = st.sampled_from(RULES)
unhurried = settings(deadline=None)  # the machine is shared; only the outcome matters


@pytest.mark.parametrize(
    ("key", "data_from", "data_to"),
    [
        ("2026-07", date(2026, 6, 15), date(2026, 7, 14)),
        ("2026-01", date(2025, 12, 15), date(2026, 1, 14)),
        ("2024-03", date(2024, 2, 15), date(2024, 3, 14)),
        ("2026-Q1", date(2025, 12, 15), date(2026, 3, 14)),
        ("2026-Q3", date(2026, 6, 15), date(2026, 9, 14)),
        ("2026-H1", date(2025, 12, 15), date(2026, 6, 14)),
        ("2026-H2", date(2026, 6, 15), date(2026, 12, 14)),
        ("2026", date(2025, 12, 15), date(2026, 12, 14)),
    ],
)
def test_figures_close_on_the_days_of_the_decree(key: str, data_from: date, data_to: date) -> None:
    """Nghị định 09/2019/NĐ-CP, Điều 12 khoản 1–4."""
    period = parse_key(key)
    assert (period.data_from, period.data_to) == (data_from, data_to)


@pytest.mark.parametrize(
    ("key", "start", "end"),
    [
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2026-02", date(2026, 2, 1), date(2026, 2, 28)),
        ("2026-Q4", date(2026, 10, 1), date(2026, 12, 31)),
        ("2026-H1", date(2026, 1, 1), date(2026, 6, 30)),
        ("2028", date(2028, 1, 1), date(2028, 12, 31)),
    ],
)
def test_a_plan_may_count_plain_months(key: str, start: date, end: date) -> None:
    period = parse_key(key, CALENDAR)
    assert (period.data_from, period.data_to) == (period.start, period.end) == (start, end)


@pytest.mark.parametrize("kind", RECURRING)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_day_of_eleven_years_belongs_to_exactly_one_period(
    kind: PeriodKind, rule: CutoffRule
) -> None:
    first, last = date(2020, 1, 1), date(2030, 12, 31)
    homes: dict[date, list[Period]] = {}
    for period in periods_between(kind, first, last, rule):
        day = period.data_from
        while day <= period.data_to:
            homes.setdefault(day, []).append(period)
            day += DAY
    day = first
    while day <= last:
        assert homes[day] == [period_containing(kind, day, rule)]
        day += DAY


@unhurried
@given(kinds, days, rules)
def test_neighbours_meet_without_gap_or_overlap(
    kind: PeriodKind, day: date, rule: CutoffRule
) -> None:
    period = period_containing(kind, day, rule)
    assert period.data_from <= day <= period.data_to
    assert next_period(period).data_from == period.data_to + DAY
    assert previous_period(period).data_to == period.data_from - DAY
    assert previous_period(next_period(period)) == period


@unhurried
@given(kinds, days, rules)
def test_keys_find_their_period_again(kind: PeriodKind, day: date, rule: CutoffRule) -> None:
    period = period_containing(kind, day, rule)
    assert parse_key(period.key, rule) == period


@unhurried
@given(days, st.from_regex(r"[a-z0-9]{1,8}(-[a-z0-9]{1,8}){0,3}", fullmatch=True))
def test_keys_of_single_calls_find_them_again(day: date, slug: str) -> None:
    call = once(day, slug)
    assert parse_key(call.key) == call
    assert call.data_from == call.data_to == day


@unhurried
@given(kinds, days, rules, st.integers(1, 30))
def test_nothing_is_due_before_its_figures_close(
    kind: PeriodKind, day: date, rule: CutoffRule, working_days: int
) -> None:
    calendar = Calendar()
    period = period_containing(kind, day, rule)
    due = due_after_close(period, calendar, working_days=working_days)
    assert due > period.data_to
    assert calendar.is_working_day(due)
    assert calendar.working_days_between(period.data_to, due) == working_days


def test_the_earliest_due_date_leaves_one_working_day_after_the_close() -> None:
    """Nghị định 09/2019/NĐ-CP, Điều 8 khoản 5 điểm b; 14 June 2026 is a Sunday."""
    assert due_after_close(parse_key("2026-H1"), Calendar()) == date(2026, 6, 15)
    with pytest.raises(PeriodError):
        due_after_close(parse_key("2026-H1"), Calendar(), working_days=0)


@pytest.mark.parametrize(
    ("key", "label"),
    [
        ("2026-07", "tháng 7/2026"),
        ("2026-Q1", "Quý I/2026"),
        ("2026-Q2", "Quý II/2026"),
        ("2026-Q3", "Quý III/2026"),
        ("2026-Q4", "Quý IV/2026"),
        ("2026-H1", "6 tháng đầu năm 2026"),
        ("2026-H2", "6 tháng cuối năm 2026"),
        ("2026", "năm 2026"),
        ("2026-W30", "tuần 30 (20/7–26/7/2026)"),
        ("2026-W01", "tuần 1 (29/12/2025–4/1/2026)"),
        ("2026-07-20", "ngày 20/7/2026"),
        ("once:2026-12-20:tong-ket", "ngày 20/12/2026"),
    ],
)
def test_periods_are_called_what_people_call_them(key: str, label: str) -> None:
    period = parse_key(key)
    assert period.label == label
    assert period.key == key


def test_a_key_is_the_same_under_every_cutoff_rule() -> None:
    assert parse_key("2026-H1", CALENDAR).key == parse_key("2026-H1", STATUTE).key


@pytest.mark.parametrize(
    "key",
    ["", "2026-H3", "2026-Q0", "2026-13", "2026-00", "2025-W53", "2026-W00", "2026-02-29", "0000",
     "26-H1", "2026-h1", " 2026", "2026-7", "once:2026-12-20", "once:2026-12-20:", "once:2026-02-30:x",
     "once:2026-12-20:Tổng kết"],
)  # fmt: skip
def test_what_names_no_period_is_refused(key: str) -> None:
    with pytest.raises(PeriodError):
        parse_key(key)


def test_a_year_may_have_53_weeks() -> None:
    last = parse_key("2026-W53")
    assert (last.start, last.end) == (date(2026, 12, 28), date(2027, 1, 3))
    assert next_period(last).key == "2027-W01"


def test_no_day_belongs_to_a_single_call_by_itself() -> None:
    call = once(date(2026, 12, 20), "tong-ket")
    with pytest.raises(PeriodError):
        period_containing(PeriodKind.ONCE, call.start)
    for neighbour in (next_period, previous_period):
        with pytest.raises(PeriodError):
            neighbour(call)


@pytest.mark.parametrize("closing_day", [0, 28, 31, -1])
def test_a_closing_day_that_february_lacks_is_refused(closing_day: int) -> None:
    with pytest.raises(PeriodError):
        CutoffRule("wrong", closing_day)


def test_periods_between_counts_both_ends_and_is_empty_backwards() -> None:
    around = periods_between(PeriodKind.MONTH, date(2026, 7, 14), date(2026, 7, 15))
    assert [period.key for period in around] == ["2026-07", "2026-08"]
    assert periods_between(PeriodKind.MONTH, date(2026, 7, 15), date(2026, 7, 14)) == []


def test_six_months_and_yearly_owes_the_first_half_and_the_year() -> None:
    owed = owed_periods(
        [PeriodKind.HALF_YEAR, PeriodKind.YEAR], date(2026, 1, 1), date(2027, 12, 31)
    )
    assert [period.key for period in owed] == ["2026-H1", "2026", "2027-H1", "2027"]


def test_six_months_alone_owes_both_halves() -> None:
    owed = owed_periods([PeriodKind.HALF_YEAR], date(2026, 1, 1), date(2026, 12, 31))
    assert [period.key for period in owed] == ["2026-H1", "2026-H2"]


def test_a_period_that_closed_before_the_plan_began_is_not_owed() -> None:
    owed = owed_periods([PeriodKind.MONTH], date(2026, 3, 15), date(2026, 5, 14))
    assert [period.key for period in owed] == ["2026-04", "2026-05"]
