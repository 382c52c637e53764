"""Which reports are owed, when they open and when they are due: the plan, then the office, or nobody."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from plans.calendar import Calendar, local_time
from plans.owed import DueSettingError, Owed, nearest, owed
from plans.pack import Pack
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
