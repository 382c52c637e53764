"""Movements and reviews stand in the ledger beside reports; what has no day is listed, never dated."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from plans.bends import LADDERS, bend_of, bend_words, bent, habit_rule, ladder_of
from plans.calendar import Calendar, local_time
from plans.extra_duties import all_duties
from plans.ladder import DEFAULT
from plans.loader import shipped_pack
from plans.owed import Owed, owed, without_a_day
from plans.periods import PeriodKind

CALENDAR = Calendar()
PACKS = ("ha-dong", "tan-ky", "cam-giang", "an-hung", "bim-son")


def owed_in(key: str, year: int, duty: str, settings: dict[str, Any] | None = None) -> list[Owed]:
    found = owed(
        shipped_pack(key),
        settings or {},
        CALENDAR,
        first=date(year, 1, 1),
        last=date(year, 12, 31),
    )
    return [each for each in found if each.duty_key == duty]


def test_a_friday_afternoon_comes_each_week_and_is_due_that_friday() -> None:
    """Bỉm Sơn's "chiều thứ Sáu" of 2025: 52 weeks, each due on its Friday."""
    found = owed_in("bim-son", 2025, "campaign.tong-ve-sinh-chieu-thu-sau")
    assert len(found) == 52
    assert {local_time(each.due_at).weekday() for each in found if each.due_at} == {4}


def test_a_sunday_in_a_name_is_no_rhythm_until_the_office_says_weekly() -> None:
    """ "Ngày Chủ nhật xanh" names a day, not how often; set to weeks, it is due on Sundays."""
    key = "campaign.ngay-chu-nhat-xanh"
    assert owed_in("ha-dong", 2026, key) == []
    weekly = owed_in("ha-dong", 2026, key, {f"duty.{key}.periods": ["week"]})
    assert {local_time(each.due_at).weekday() for each in weekly if each.due_at} == {6}


def test_reviews_are_owed_in_the_years_the_plan_names() -> None:
    """Hà Đông: sơ kết 2026–2027 in 2027, tổng kết in 2030; no day is named, none is made up."""
    for key, year in (("milestone.so-ket", 2027), ("milestone.tong-ket", 2030)):
        (review,) = owed_in("ha-dong", year, key)
        assert review.due_at is None
        assert owed_in("ha-dong", year - 1, key) == []


def test_a_review_of_30_december_is_owed_by_whom_the_office_names() -> None:
    """Bỉm Sơn says when, not who."""
    key = "milestone.so-ket"
    assert owed_in("bim-son", 2024, key) == []
    (review,) = owed_in("bim-son", 2024, key, {f"duty.{key}.owed_by": ["van-phong"]})
    assert review.due_at is not None
    assert local_time(review.due_at).date() == date(2024, 12, 30)


@pytest.mark.parametrize("key", PACKS)
def test_every_duty_is_dated_or_listed_as_without_a_day(key: str) -> None:
    """Of all five plans, over their whole life nothing falls between the two lists."""
    pack = shipped_pack(key)
    first, last = pack.document.first_year or 2026, pack.document.last_year or 2030
    for year in range(first, last + 1):
        span = {"first": date(year, 1, 1), "last": date(year, 12, 31)}
        dated = {e.duty_key for e in owed(pack, {}, CALENDAR, **span) if e.due_at is not None}
        listed = {e.duty_key for e in without_a_day(pack, {}, CALENDAR, **span)}
        assert dated | listed == {duty.key for duty in all_duties(pack)}
        assert not any(
            each.due_at
            for each in owed(pack, {}, CALENDAR, **span)
            if each.duty_key in listed - dated
        )


def test_why_a_duty_has_no_day_is_said() -> None:
    """On request, without a period, or without a day."""
    found = without_a_day(
        shipped_pack("ha-dong"), {}, CALENDAR, first=date(2026, 1, 1), last=date(2026, 12, 31)
    )
    why = {each.duty_key: each.why for each in found}
    assert why["bao-cao-dinh-ky"] == "chưa đặt ngày"
    assert why["bao-cao-dot-xuat"] == "chỉ báo cáo khi được yêu cầu"
    assert why["truong-hoc-dinh-ky"] == "kế hoạch không nêu kỳ, chưa đặt kỳ"


# --- bends -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "bend"),
    [
        ((), ""),
        ((2, 2), ""),
        ((2, 2, 2), "prompt:2"),
        ((9, 2, 3, 2), "prompt:2"),
        ((0, 0, 0), ""),
        ((-1, None, 2, 3), "late"),
        ((-1, 2, 3, 4), ""),
        ((-1, -1, -1, 5, 5, 5, 5, 5, 5), "prompt:5"),
    ],
)
def test_habits_come_to_a_bend(days: tuple[int | None, ...], bend: str) -> None:
    """The last six count, three are needed; half of them late is late."""
    assert bend_of(days) == bend


def test_a_bend_takes_rungs_away_or_adds_one_and_can_be_switched_off() -> None:
    """Day −2: nothing on −7; late: a week earlier; off: as for everybody."""
    assert bent(DEFAULT, "prompt:2").rungs == (-1, 0)
    assert bent(DEFAULT, "late").rungs == (-21, -14, -7, -3, -1, 0)
    off = habit_rule({"nags.habits": False})
    assert bent(DEFAULT, "late", off) is DEFAULT
    assert bend_words("late", 6, off) == "Đang tắt: ai cũng được nhắc như nhau."


def test_each_kind_has_its_ladder_and_the_office_may_set_another() -> None:
    """Weeks are short; nonsense from the office is passed over."""
    assert ladder_of("week", {}, DEFAULT.at).rungs == LADDERS[PeriodKind.WEEK].rungs
    assert ladder_of("year", {}, DEFAULT.at) == DEFAULT
    assert ladder_of("year", {"nags.ladder": {"year": [-10, 0]}}, DEFAULT.at).rungs == (-10, 0)
    assert ladder_of("year", {"nags.ladder": {"year": [0, -10]}}, DEFAULT.at) == DEFAULT
