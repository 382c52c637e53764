"""Short answers to a form's question."""

from decimal import Decimal

import pytest

from bot.reading.answers import parse_quantity


@pytest.mark.parametrize(
    ("typed", "measure", "value"),
    [
        ("nửa tấn", "waste_kg", "500"), ("nua ta", "waste_kg", "50"), ("1 tấn 2", "waste_kg", "1200"),
        ("2 sào", "area_ha", "0.072"), ("2km5", "road_km", "2.5"), ("800m", "road_km", "0.8"),
        ("1tr2", "money_vnd", "1200000"), ("45 chị", "participants", "45"), ("45", "participants", "45"),
        ("khoảng 40-50 người", "participants", "45"), ("không có", "bags", "0"), ("85%", "percent", "85"),
    ],
)  # fmt: skip
def test_an_answer_is_read_in_the_unit_asked_for(typed: str, measure: str, value: str) -> None:
    assert parse_quantity(typed, measure) == Decimal(value)


@pytest.mark.parametrize(
    ("typed", "measure"),
    [("5 km", "waste_kg"), ("chưa biết", "bags"), ("20 kg, 30 kg", "waste_kg")],
)
def test_an_answer_in_another_unit_or_in_two_figures_is_none(typed: str, measure: str) -> None:
    assert parse_quantity(typed, measure) is None
