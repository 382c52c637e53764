"""Which reports are owed, when they open and when they are due: the plan, then the office, or nobody."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plans.calendar import Calendar, local_time
from plans.extra_duties import duty_named
from plans.loader import shipped_pack
from plans.owed import END_OF_DAY, DueSettingError, Owed, nearest, owed
from plans.pack import Pack
from plans.periods import CALENDAR as PLAIN_MONTHS
from plans.periods import PeriodKind, period_containing
from tests.storage.an_xuan import mini_pack

CALENDAR = Calendar()


def owed_in(
    year: int, settings: dict[str, Any] | None = None, pack: Pack | None = None
) -> list[Owed]:
    return owed(
        pack or mini_pack(),
        settings or {},
        CALENDAR,
        first=date(year, 1, 1),
        last=date(year, 12, 31),
    )


def test_six_months_and_a_year_are_two_reports() -> None:
    """ "6 tháng, hằng năm": the first half-year and the whole year, nothing on request."""
    assert [each.period.key for each in owed_in(2026)] == ["2026-H1", "2026"]


def test_before_the_20th_means_the_19th_is_the_last_day() -> None:
    """ "trước ngày 20/12": due as the 19th ends in Vietnam."""
    year = owed_in(2026)[1]
    assert year.due_at is not None
    assert local_time(year.due_at).replace(tzinfo=None) == datetime(2026, 12, 19, 23, 59, 59)  # noqa: DTZ001 - shown time


def test_no_day_is_made_up() -> None:
    """The plan names none for the half-year and the office set none: no due time."""
    assert owed_in(2026)[0].due_at is None


def test_the_office_sets_days_by_period_and_hour() -> None:
    """Its setting holds for the half-year, and stands over the plan's own day for the year."""
    rule = {"half_year": {"on": "06-20", "at": "17:00"}, "any": {"working_days_after_close": 3}}
    half, year = owed_in(2026, {"duty.dinh-ky.due": rule})
    assert half.due_at == datetime(2026, 6, 20, 10, 0, tzinfo=UTC)
    # figures close on Monday 14 December; three working days on is Thursday
    assert year.due_at is not None
    assert local_time(year.due_at).date() == date(2026, 12, 17)


def test_the_office_sets_how_often() -> None:
    """Quarters in place of what the plan says."""
    found = owed_in(2026, {"duty.dinh-ky.periods": ["quarter"]})
    assert [each.period.key for each in found] == ["2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4"]


def test_plain_months_can_be_chosen() -> None:
    """With calendar months the half-year closes on 30 June, not on the 14th."""
    assert owed_in(2026)[0].period.data_to == date(2026, 6, 14)
    assert owed_in(2026, {"periods.cutoff": "calendar"})[0].period.data_to == date(2026, 6, 30)


def test_a_report_opens_a_month_before_its_figures_close() -> None:
    """From 15 May for the half-year that closes on 14 June."""
    assert local_time(owed_in(2026)[0].opens_at).date() == date(2026, 5, 15)


def test_a_plan_asks_nothing_outside_its_years() -> None:
    """2025 lies before it, 2031 after."""
    assert owed_in(2025) == []
    assert owed_in(2031) == []


@pytest.mark.parametrize(
    ("day", "to", "found"),
    [
        ("12-20", date(2026, 12, 14), date(2026, 12, 20)),
        ("12-10", date(2026, 12, 14), date(2026, 12, 10)),
        ("01-05", date(2026, 12, 14), date(2027, 1, 5)),
        ("12-28", date(2027, 1, 14), date(2026, 12, 28)),
        ("02-29", date(2027, 2, 14), date(2027, 2, 28)),
    ],
)
def test_a_day_of_the_year_is_the_nearest_one(day: str, to: date, found: date) -> None:
    """A year's report is due around its close, never eleven months from it."""
    assert nearest(day, to) == found


@pytest.mark.parametrize(
    "setting", ["20/6", {"any": "20/6"}, {"any": {"on": "31-31"}}, {"any": {}}, {"any": {"on": 5}}]
)
def test_a_setting_that_cannot_be_read_says_what_to_write(setting: Any) -> None:
    """The error names the key and shows a right one."""
    with pytest.raises(DueSettingError, match=r"duty\.dinh-ky\.due.*working_days_after_close"):
        owed_in(2026, {"duty.dinh-ky.due": setting})


# ── always ───────────────────────────────────────────────────────────────────────────────

SHIPPED = ("an-hung", "bim-son", "cam-giang", "ha-dong", "tan-ky")


@pytest.mark.parametrize("key", SHIPPED)
def test_before_its_figures_close_a_report_is_due_only_where_the_plan_names_the_day(
    key: str,
) -> None:
    """Every duty of the five plans from 2020 to 2030, leap years among them."""
    pack = shipped_pack(key)
    found = owed(pack, {}, CALENDAR, first=date(2020, 1, 1), last=date(2030, 12, 31))
    for each in found:
        if each.due_at is None:
            continue
        due = local_time(each.due_at)
        assert each.opens_at < each.due_at
        assert due.time() == END_OF_DAY
        duty = duty_named(pack, each.duty_key)
        assert duty is not None
        named = any(
            r.every == each.period.kind and (r.on or r.before or r.weekday) for r in duty.rhythms
        )
        assert named or due.date() > each.period.data_to, each


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from([kind for kind in PeriodKind if kind is not PeriodKind.ONCE]),
    st.integers(1, 15),
    st.times(),
    st.integers(2026, 2030),
)
def test_days_after_the_close_are_working_days_after_it_by_clocks_in_vietnam(
    kind: PeriodKind, days: int, at: time, year: int
) -> None:
    """The office's "so many working days after the close": never on the day itself, never on a day off."""
    at = at.replace(second=0, microsecond=0)
    rule = {
        "duty.dinh-ky.periods": [kind.value],
        "duty.dinh-ky.due": {"any": {"working_days_after_close": days, "at": at.isoformat()}},
    }
    found = owed_in(year, rule)
    assert found
    for each in found:
        assert each.due_at is not None
        assert each.due_at.tzinfo is UTC
        due = local_time(each.due_at)
        assert due.time() == at
        assert CALENDAR.is_working_day(due.date())
        assert CALENDAR.working_days_between(each.period.data_to, due.date()) == days
        assert each.opens_at < each.due_at


@pytest.mark.parametrize("year", [2020, 2024, 2028])
def test_a_leap_day_is_counted_and_reported(year: int) -> None:
    """29 February counts for March by the decree, for February in plain months."""
    day = date(year, 2, 29)
    assert period_containing(PeriodKind.MONTH, day).key == f"{year}-03"
    assert period_containing(PeriodKind.MONTH, day, PLAIN_MONTHS).data_to == day
