"""Days as people name them, resolved against the day of posting."""

from datetime import date

import pytest

from bot.reading.dates import find_dates, parse_date, parse_month

WEDNESDAY = date(2026, 7, 22)


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("hôm qua", (2026, 7, 21)), ("toi qua", (2026, 7, 21)), ("hôm kia", (2026, 7, 20)),
        ("hôm kìa", (2026, 7, 19)), ("CN vừa rồi", (2026, 7, 19)), ("sáng nay", (2026, 7, 22)),
        ("thứ 7 tuần trước", (2026, 7, 18)), ("sáng thứ 7", (2026, 7, 18)), ("chieu t7", (2026, 7, 18)),
        ("sáng 12/4", (2026, 4, 12)), ("25.6", (2026, 6, 25)), ("ngày 24-9", (2025, 9, 24)),
        ("3 ngày 22-24/7", (2025, 7, 24)), ("hai ngày 4 và 5/7", (2026, 7, 5)),
        ("từ 1/6 đến 15/6", (2026, 6, 15)), ("mùng 6 Tết", (2026, 2, 22)), ("29 Tết", (2026, 2, 16)),
        ("25/3 âm", (2026, 5, 11)), ("23 tháng Chạp", (2026, 2, 10)), ("hôm rằm", (2026, 6, 29)),
        ("ngày 5 tháng 6", (2026, 6, 5)), ("mùng 2 tháng 9", (2025, 9, 2)), ("12/6/2026", (2026, 6, 12)),
        ("3 hôm trước", (2026, 7, 19)), ("hôm 15", (2026, 7, 15)), ("25", (2026, 6, 25)), ("20", (2026, 7, 20)),
        ("cuối tháng trước", (2026, 6, 30)), ("hôm nay ạ", (2026, 7, 22)),
    ],
)  # fmt: skip
def test_a_day_is_found(typed: str, day: tuple[int, int, int]) -> None:
    assert parse_date(typed, WEDNESDAY) == date(*day)


@pytest.mark.parametrize(
    "typed",
    [
        "Chủ nhật xanh", "142/150 hộ", "mấy hôm nay", "hơn 10 hôm nay", "thu 6 ta rac", "lần thứ 6",
        "chào mừng 8/3", "hạn nộp 20/6", "ngõ 12/5", "2.5 tấn", "6-7 tấn", "tới nay", "chưa biết",
    ],
)  # fmt: skip
def test_what_is_no_day_of_an_activity_gives_none(typed: str) -> None:
    assert parse_date(typed, WEDNESDAY) is None


def test_a_range_ends_on_its_last_day_and_knows_its_first() -> None:
    (found,) = find_dates("vớt bèo 22-24/6 vừa rồi", WEDNESDAY)
    assert (found.first_day, found.day) == (date(2026, 6, 22), date(2026, 6, 24))


@pytest.mark.parametrize(
    ("typed", "month"),
    [
        ("tháng trước", (2026, 6)), ("tháng này", (2026, 7)), ("tháng 12", (2025, 12)), ("t5", (2026, 5)),
        ("05/2026", (2026, 5)), ("tháng sáu", (2026, 6)), ("thang 3 nam 2025", (2025, 3)),
    ],
)  # fmt: skip
def test_a_month_is_found(typed: str, month: tuple[int, int]) -> None:
    assert parse_month(typed, WEDNESDAY) == date(*month, 1)
