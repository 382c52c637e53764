"""Numbers as people in the communes type them."""

from decimal import Decimal

import pytest

from bot.reading.numbers import find_numbers, parse_number


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("1.200", "1200"), ("1,5", "1.5"), ("1.234,5", "1234.5"), ("0,5", "0.5"),
        ("43.210.000đ", "43210000"), ("12 350", "12350"), ("１２", "12"), ("1.5", "1.5"),
        ("2 nghìn", "2000"), ("2 nghìn 2", "2200"), ("2 nghìn 250", "2250"), ("1k2", "1200"),
        ("665k", "665000"), ("1tr2", "1200000"), ("2tr250", "2250000"), ("17 triệu rưỡi", "17500000"),
        ("2 triệu 300 nghìn", "2300000"), ("1 tỷ 2", "1200000000"), ("1 vạn", "10000"),
        ("18,4 nghin", "18400"), ("2km5", "2.5"), ("3 tấn rưỡi", "3.5"), ("nửa tấn", "0.5"),
        ("hai mươi lăm", "25"), ("hai nhăm", "25"), ("hai muoi lam", "25"), ("ba mốt", "31"),
        ("mười lăm phẩy năm", "15.5"), ("mot nghin ruoi", "1500"), ("bốn trăm", "400"),
        ("một nghìn hai trăm linh năm", "1205"), ("mot tram hai muoi ba", "123"),
        ("một triệu hai", "1200000"), ("trăm hai", "120"), ("hai trăm rưỡi", "250"),
        ("vài chục", "30"), ("dăm bảy", "6"), ("tám chục", "80"), ("2 chục", "20"),
        ("40-50", "45"), ("40 đến 50", "45"), ("3-5 trăm nghìn", "400000"), ("ba bốn chục", "35"),
        ("không", "0"), ("chưa có", "0"), ("45 chị", "45"), ("khoảng 45 chị ạ", "45"),
    ],
)  # fmt: skip
def test_a_number_is_read_as_it_is_meant(typed: str, value: str) -> None:
    assert parse_number(typed) == Decimal(value)


@pytest.mark.parametrize("typed", ["", "nhiều lắm", "45 chị, 12 bao", "bà con ơi", "👍", "sau nhé"])
def test_no_number_or_several_is_no_answer(typed: str) -> None:
    assert parse_number(typed) is None


def test_a_bare_word_in_an_accented_message_keeps_its_own_meaning() -> None:
    """ "sau" beside accented words is "after"; six would have been typed "sáu"."""
    assert [n.value for n in find_numbers("Sau lũ, bà con dọn được 6 bao")] == [Decimal(6)]


def test_a_range_knows_its_ends_and_is_approximate() -> None:
    (found,) = find_numbers("40-50 người")
    assert (found.low, found.high, found.approx) == (Decimal(40), Decimal(50), True)


def test_a_list_dash_on_a_new_line_is_no_range() -> None:
    assert [n.value for n in find_numbers("Trung Kiều 15\n- 29 chị")] == [Decimal(15), Decimal(29)]


def test_positions_point_into_the_text_that_was_typed() -> None:
    text = "Được 👏 hai mươi lăm bác"
    (found,) = find_numbers(text)
    assert text[found.start : found.end] == "hai mươi lăm"


def test_money_followed_by_people_is_two_numbers() -> None:
    assert [n.value for n in find_numbers("thu 5 triệu 20 người")] == [
        Decimal(5000000),
        Decimal(20),
    ]
