"""Lunar days of the Vietnamese calendar as days of the common one."""

from datetime import date
from functools import lru_cache

from vnlunar import convert_lunar_to_solar, convert_solar_to_lunar


@lru_cache(maxsize=512)
def lunar_date(day: int, month: int, year: int) -> date | None:
    """The common date of a lunar day (year as the lunar year is named), None if there is none.

    The calendar is counted in Vietnamese time (UTC+7), as `vnlunar` does.
    """
    solar = convert_lunar_to_solar(day, month, year)
    return date(solar[2], solar[1], solar[0]) if solar else None


@lru_cache(maxsize=512)
def lunar_month_of(day: date) -> tuple[int, int]:
    """The lunar (month, year) in which a day falls."""
    lunar = convert_solar_to_lunar(day.day, day.month, day.year, 7.0)
    return int(lunar["month"]), int(lunar["year"])


def latest_lunar(day: int, month: int, today: date) -> date | None:
    """The latest day with that lunar day and month that is not after `today`."""
    for year in (today.year, today.year - 1, today.year - 2):
        found = lunar_date(day, month, year)
        if found is not None and found <= today:
            return found
    return None


def latest_day_of_moon(day: int, today: date) -> date | None:
    """The latest lunar day of that number ("hôm rằm", "mùng một") not after `today`."""
    month, year = lunar_month_of(today)
    found = lunar_date(day, month, year)
    if found is not None and found <= today:
        return found
    before = (12, year - 1) if month == 1 else (month - 1, year)
    return lunar_date(day, *before)
