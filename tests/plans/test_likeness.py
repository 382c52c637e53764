"""What makes two reports the same matter: place, kind, time, words; and what never does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.likeness import (
    NEAR_M,
    OFFERED,
    Look,
    cell_of,
    cells_around,
    distance_m,
    likeness,
)

AT = datetime(2026, 6, 8, 2, 0, tzinfo=UTC)
HEAP = Look(
    kind="do-rac-bua-bai",
    words="có xe ba gác đổ trộm phế thải cạnh trường mầm non",
    at=AT,
    lat=20.94,
    lon=106.33,
    category="dumping",
)


def test_the_same_heap_told_by_another_is_the_same() -> None:
    """Ninety metres off, other words, half a day later, typed without accents."""
    other = replace(
        HEAP,
        words="phe thai do trom ngay canh truong mam non",
        lat=20.9408,
        lon=106.3303,
        at=AT + timedelta(hours=12),
    )
    assert likeness(HEAP, other) >= OFFERED
    assert likeness(HEAP, HEAP) > likeness(HEAP, other)


@pytest.mark.parametrize(
    "change",
    [
        {"lat": 20.9431},  # 345 m north
        {"lon": 106.3335},  # 364 m east
        {"at": AT + timedelta(days=15)},
        {"kind": "tieng-on-co-so", "category": "noise"},
    ],
)
def test_what_is_far_or_old_or_of_another_sort_is_never_the_same(change: dict[str, object]) -> None:
    """Not even in the very same words."""
    assert likeness(HEAP, replace(HEAP, **change)) == 0  # type: ignore[arg-type]  # fields of Look


def test_two_matters_at_the_edge_of_nearness_need_like_words() -> None:
    """250 m apart: the same kind alone is not enough."""
    away = replace(HEAP, lat=20.94225, words="mùi thối từ cống", at=AT - timedelta(days=6))
    assert 0 < likeness(HEAP, away) < OFFERED


def test_without_a_pin_the_words_of_the_place_decide() -> None:
    """ "Sau trạm y tế" and "cạnh trạm y tế thôn Đoài" are one place, the market is not."""
    told = Look(kind="dot-rom", words="đốt rơm khói mù", at=AT, place="sau trạm y tế")
    same = replace(told, place="cạnh trạm y tế thôn Đoài", words="khói đốt rơm")
    market = replace(told, place="cổng chợ thôn 3")
    assert likeness(told, same) >= OFFERED
    assert likeness(told, market) == 0


def test_a_kind_of_the_same_category_counts_half() -> None:
    """Rubbish of a household and of a firm at one spot may well be one heap."""
    firm = replace(HEAP, kind="co-so-do-rac")
    assert OFFERED <= likeness(HEAP, firm) < likeness(HEAP, HEAP)


LATS = st.floats(8.0, 23.4)
LONS = st.floats(102.0, 117.0)


@given(LATS, LONS, st.floats(-0.003, 0.003), st.floats(-0.003, 0.003))
def test_whatever_is_near_lies_in_one_of_nine_squares(
    lat: float, lon: float, north: float, east: float
) -> None:
    """Anywhere in Việt Nam; so a look-up by square misses nothing within 300 m."""
    other = (lat + north, lon + east)
    if distance_m(lat, lon, *other) <= NEAR_M:
        assert cell_of(*other) in cells_around(lat, lon)


@given(st.text(max_size=60), st.text(max_size=60), LATS, LATS, st.integers(-30, 30))
def test_likeness_is_a_share_and_the_same_both_ways(
    words: str, other_words: str, lat: float, other_lat: float, days: int
) -> None:
    """Whatever people write."""
    one = replace(HEAP, words=words, lat=lat)
    other = replace(HEAP, words=other_words, lat=other_lat, at=AT + timedelta(days=days))
    assert 0 <= likeness(one, other) <= 1
    assert likeness(one, other) == likeness(other, one)


def test_a_case_without_a_pin_lies_in_no_square() -> None:
    """And squares differ beside each other."""
    assert cell_of(None, None) is None
    assert len(set(cells_around(20.94, 106.33))) == 9
