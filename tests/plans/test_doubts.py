"""Answers that are hard to believe are asked again, and no others."""

from collections.abc import Mapping
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.doubts import Doubt, doubts
from plans.loader import shipped_pack
from plans.measures import Answer
from plans.pack import Target

D = Decimal


def target(key: str, name: str) -> Target:
    return next(each for each in shipped_pack(key).targets if each.key == name)


SORTING = target("ha-dong", "ho-phan-loai-rac")
STRAW = target("tan-ky", "dot-rom-ra")
TRAINED = target("tan-ky", "tap-huan-tang-truong-xanh")  # two parts, two wholes

counts = st.integers(min_value=0, max_value=10**6).map(Decimal)


def doubted(
    each: Target, answers: Mapping[str, Answer], last: Mapping[str, Answer], size: int | None
):
    return [(doubt.kind, doubt.ask) for doubt in doubts(each, answers, last, size)]


def test_believable_answers_raise_no_doubt():
    last = {"ho-phan-loai": 130, "tong-so-ho": 149}
    assert doubted(SORTING, {"ho-phan-loai": 142, "tong-so-ho": 150}, last, 152) == []


def test_more_households_sorting_than_there_are():
    answers = {"ho-phan-loai": 160, "tong-so-ho": 150}
    assert doubts(SORTING, answers, {}, None) == (
        Doubt("more_than_all", "ho-phan-loai", D(160), D(150)),
    )


def test_each_part_is_held_against_its_own_whole():
    answers = {
        "can-bo-da-tap-huan": 70,
        "tong-can-bo": 60,
        "ho-kinh-doanh-da-tap-huan": 120,
        "tong-ho-kinh-doanh": 180,
    }
    assert doubted(TRAINED, answers, {}, None) == [("more_than_all", "can-bo-da-tap-huan")]


def test_a_whole_that_is_not_answered_yet_raises_no_doubt():
    assert doubted(SORTING, {"ho-phan-loai": 160}, {}, None) == []


@pytest.mark.parametrize(
    ("now", "last", "kinds"),
    [
        (1420, 142, ["tenfold"]),
        (14, 142, ["a_tenth"]),
        (0, 142, ["a_tenth"]),
        (200, 142, []),
        (12, 1, []),
        (0, 12, []),
        (30, 0, ["tenfold"]),
    ],
)
def test_a_tenfold_jump_is_asked_again_unless_both_are_small(now: int, last: int, kinds: list[str]):
    found = doubts(STRAW, {"so-vu-dot": now}, {"so-vu-dot": last}, None)
    assert [each.kind for each in found] == kinds


@pytest.mark.parametrize(("total", "kinds"), [(150, []), (170, []), (250, ["unlike_unit_size"])])
def test_a_count_of_all_households_is_held_against_the_list(total: int, kinds: list[str]):
    found = doubts(SORTING, {"ho-phan-loai": 140, "tong-so-ho": total}, {}, 150)
    assert [each.kind for each in found] == kinds


def test_households_that_breed_are_fewer_than_all_and_that_is_fine():
    breeders = target("cam-giang", "ho-chan-nuoi-biogas")
    assert doubted(breeders, {"ho-co-biogas": 8, "ho-chan-nuoi": 10}, {}, 150) == []


def test_more_green_families_than_households():
    families = target("ha-dong", "gia-dinh-xanh")
    assert doubted(families, {"so-gia-dinh-xanh": 400}, {}, 150) == [
        ("unlike_unit_size", "so-gia-dinh-xanh")
    ]


def test_a_plain_percentage_over_100_is_doubted():
    share = STRAW.model_copy(update={"unit": "%"})
    assert doubted(share, {"so-vu-dot": 120}, {}, None) == [("over_100_percent", "so-vu-dot")]


@given(counts, counts, counts)
def test_doubts_speak_only_of_questions_that_were_answered(
    now: Decimal, total: Decimal, last: Decimal
):
    answers = {"ho-phan-loai": now, "tong-so-ho": total}
    found = doubts(SORTING, answers, {"ho-phan-loai": last}, 150)
    assert {each.ask for each in found} <= set(answers)
    assert any(each.kind == "more_than_all" for each in found) is (now > total)
