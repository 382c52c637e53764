"""Answers become figures, figures add up, and figures stand beside their targets."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.loader import shipped_catalogue, shipped_pack
from plans.measures import (
    HUNDRED,
    Answer,
    Dated,
    Figure,
    Light,
    Progress,
    combine,
    figure_from_sums,
    figure_of,
    goal_of,
    in_force,
    light,
    pace,
    progress,
)
from plans.pack import Comparator, Indicator, Measure, Target

D = Decimal
JUNE = date(2028, 6, 30)
NEW_YEAR = date(2031, 1, 1)


def target(key: str, name: str) -> Target:
    return next(each for each in shipped_pack(key).targets if each.key == name)


def indicator(code: str) -> Indicator:
    found = shipped_catalogue().get(code)
    assert found is not None
    return found


SORTING = target("ha-dong", "ho-phan-loai-rac")  # at least 100 %, 2030
STRAW = target("tan-ky", "dot-rom-ra")  # zero cases
RICE = target("tan-ky", "lua-giam-phat-thai")  # keep 112 ha
OCOP = target("tan-ky", "ocop-xanh")  # at least 4
ORGANIC = target("ha-dong", "dien-tich-vietgap-huu-co")  # at least 20 %
MODELS = target("ha-dong", "khu-dan-cu-xanh")  # a deliverable that is counted
PLANNED = target("ha-dong", "ke-hoach-chi-tiet")  # a deliverable of each unit, no year
DUMP = target("bim-son", "bai-rac-nui-voi")  # a deliverable of 2025
TRAINED = target("tan-ky", "tap-huan-tang-truong-xanh")  # two parts, two wholes

amounts = st.decimals(min_value=0, max_value=10**9, places=3)
counts = st.integers(min_value=0, max_value=10**6).map(Decimal)


@st.composite
def ratios(draw: st.DrawFn) -> Figure:
    whole = draw(st.integers(min_value=1, max_value=10**6))
    return Figure(D(draw(st.integers(min_value=0, max_value=whole))), D(whole))


# --- answers to a figure -----------------------------------------------------------------------


def test_a_ratio_keeps_both_its_parts():
    assert figure_of(SORTING, {"ho-phan-loai": 142, "tong-so-ho": 150}) == Figure(D(142), D(150))


@pytest.mark.parametrize(
    "answers",
    [{}, {"ho-phan-loai": 142}, {"tong-so-ho": 150}, {"ho-phan-loai": None, "tong-so-ho": 150}],
)
def test_half_an_answer_is_no_figure(answers: Mapping[str, Answer]):
    assert figure_of(SORTING, answers) is None


def test_a_plain_number_has_no_denominator():
    assert figure_of(STRAW, {"so-vu-dot": 0}) == Figure(D(0), None)


@pytest.mark.parametrize(("answer", "numerator"), [(True, 1), (False, 0)])
def test_yes_is_one_of_one(answer: bool, numerator: int):
    assert figure_of(DUMP, {"da-xu-ly": answer}) == Figure(D(numerator), D(1))


def test_a_remark_counts_for_nothing():
    assert figure_of(DUMP, {"tinh-hinh": "đang phủ đất"}) is None
    assert figure_of(DUMP, {"da-xu-ly": True, "tinh-hinh": "xong"}) == Figure(D(1), D(1))


def test_officials_and_traders_add_up_to_one_ratio():
    answers = {
        "can-bo-da-tap-huan": 48,
        "tong-can-bo": 60,
        "ho-kinh-doanh-da-tap-huan": 120,
        "tong-ho-kinh-doanh": 180,
    }
    assert figure_of(TRAINED, answers) == Figure(D(168), D(240))


@pytest.mark.parametrize("answer", ["8.5", 8.5, D("8.5")])
def test_a_number_may_come_as_text_or_float_and_stays_exact(answer: Answer):
    assert figure_of(RICE, {"dien-tich-lua": answer}) == Figure(D("8.5"))


def test_words_for_a_number_are_refused_by_the_questions_key():
    with pytest.raises(ValueError, match="dien-tich-lua"):
        figure_of(RICE, {"dien-tich-lua": "nhiều"})


@pytest.mark.parametrize(
    ("measure", "denominator"), [(Measure.RATIO, D(0)), (Measure.SUM, None), (Measure.YES_NO, D(0))]
)
def test_stored_sums_know_by_their_measure_whether_zero_is_a_denominator(
    measure: Measure, denominator: Decimal | None
):
    assert figure_from_sums(measure, D(3), D(0)) == Figure(D(3), denominator)


# --- figures add up ----------------------------------------------------------------------------


def test_a_ratio_of_sums_is_no_mean_of_ratios():
    assert (Figure(D(90), D(100)) + Figure(D(0), D(10))).value == D(9000) / D(110)


def test_a_ratio_and_a_plain_number_do_not_add():
    with pytest.raises(ValueError, match="cannot be added"):
        Figure(D(1), D(2)) + Figure(D(1))


@given(ratios(), ratios(), ratios())
def test_adding_figures_knows_no_order(one: Figure, two: Figure, three: Figure):
    assert one + two == two + one
    assert (one + two) + three == one + (two + three)


@given(ratios(), ratios())
def test_a_sum_lies_between_its_parts(one: Figure, two: Figure):
    low, high = sorted([one.value or D(0), two.value or D(0)])
    total = (one + two).value
    assert total is not None
    crumb = D("1e-20")
    assert low - crumb <= total <= high + crumb


def year(number: int) -> tuple[date, date]:
    return date(number - 1, 12, 15), date(number, 12, 14)


def first_half(number: int) -> tuple[date, date]:
    return date(number - 1, 12, 15), date(number, 6, 14)


def month(number: int, in_year: int = 2026) -> tuple[date, date]:
    return date(in_year, number, 15), date(in_year, number + 1, 14)


def of(
    unit: str, period: tuple[date, date], numerator: int, denominator: int | None = None
) -> Dated:
    below = D(denominator) if denominator is not None else None
    return Dated(unit, *period, Figure(D(numerator), below))


def test_nothing_comes_to_nothing():
    assert combine(indicator("ocop-xanh"), ()) is None


def test_of_a_standing_state_each_units_newest_counts():
    households = [
        of("lĩnh", first_half(2027), 10, 100),
        of("lĩnh", year(2026), 5, 100),
        of("xuân", year(2026), 50, 50),
    ]
    assert combine(indicator("ho-phan-loai-rac"), households) == Figure(D(60), D(150))


def test_the_report_of_the_year_replaces_its_first_half():
    rubbish = [of("xã", first_half(2026), 40, 50), of("xã", year(2026), 90, 100)]
    assert combine(indicator("rac-sinh-hoat-thu-gom-xu-ly"), rubbish) == Figure(D(90), D(100))


def test_what_flows_adds_up_within_the_newest_year_only():
    rubbish = [
        of("xã", year(2025), 1, 100),
        of("xã", month(1), 10, 20),
        of("xã", month(2), 15, 20),
    ]
    assert combine(indicator("rac-sinh-hoat-thu-gom-xu-ly"), rubbish) == Figure(D(25), D(40))


def test_straw_fires_of_other_years_are_not_held_against_this_one():
    fires = [of("lĩnh", year(2026), 7), of("lĩnh", year(2027), 0), of("xuân", year(2027), 1)]
    assert combine(indicator("dot-rom-ra"), fires) == Figure(D(1))


def test_what_piles_up_adds_over_all_years():
    contests = [of("xã", year(2026), 1), of("xã", year(2027), 2), of("xã", first_half(2027), 1)]
    assert combine(indicator("cuoc-thi-sang-kien-moi-truong"), contests) == Figure(D(3))


def test_two_reports_of_one_period_both_count_what_piles_up():
    contests = [of("xã", year(2026), 1), of("xã", year(2026), 2)]
    assert combine(indicator("cuoc-thi-sang-kien-moi-truong"), contests) == Figure(D(3))


def test_over_units_yes_and_no_come_to_the_share_that_is_done():
    plans = [
        of(unit, year(2026), done, 1) for unit, done in (("a", 1), ("b", 0), ("c", 1), ("d", 1))
    ]
    figure = combine(indicator("don-vi-co-ke-hoach"), plans)
    assert figure is not None
    assert figure.value == 75


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 10), counts), min_size=1),
    st.randoms(),
)
def test_combining_knows_no_order(rows: list[tuple[str, int, Decimal]], random: Random):
    distinct = {(unit, number): value for unit, number, value in rows}
    dated = [
        Dated(unit, *month(number), Figure(value)) for (unit, number), value in distinct.items()
    ]
    shuffled = list(dated)
    random.shuffle(shuffled)
    for code in ("ocop-xanh", "dot-rom-ra", "cuoc-thi-sang-kien-moi-truong"):
        assert combine(indicator(code), dated) == combine(indicator(code), shuffled)


# --- progress ----------------------------------------------------------------------------------


def at(each: Target, numerator: str, denominator: str | None = None) -> Progress:
    return progress(each, Figure(D(numerator), D(denominator) if denominator else None))


def test_progress_in_percent():
    assert at(SORTING, "120", "150") == Progress(D(80), D(100), D(20), False, D("0.8"))


def test_a_reached_target_has_no_distance():
    assert at(ORGANIC, "130", "500") == Progress(D(26), D(20), D(0), True, D(1))


def test_nothing_known_is_no_zero():
    assert progress(SORTING, None) == Progress(None, D(100), None, None, None)


def test_nothing_to_count_is_no_zero():
    """No public works this year: neither reached nor missed."""
    assert at(SORTING, "0", "0").reached is None


@pytest.mark.parametrize(("cases", "reached", "share"), [("0", True, 1), ("3", False, 0)])
def test_a_zero_target_is_reached_by_zero_only(cases: str, reached: bool, share: int):
    assert at(STRAW, cases) == Progress(D(cases), D(0), D(cases), reached, D(share))


@pytest.mark.parametrize(
    ("hectares", "distance", "reached"),
    [("112", "0", True), ("115", "0", True), ("110.5", "1.5", False)],
)
def test_a_keep_target_must_not_fall(hectares: str, distance: str, reached: bool):
    assert at(RICE, hectares).distance == D(distance)
    assert at(RICE, hectares).reached is reached


@pytest.mark.parametrize(("models", "reached"), [("0", False), ("1", True), ("5", True)])
def test_a_counted_deliverable_needs_one(models: str, reached: bool):
    assert at(MODELS, models).reached is reached
    assert goal_of(MODELS) == 1


@pytest.mark.parametrize(("done", "reached"), [("3", False), ("4", True)])
def test_a_deliverable_of_each_unit_needs_all(done: str, reached: bool):
    assert at(PLANNED, done, "4").reached is reached
    assert goal_of(PLANNED) == HUNDRED


def test_8_5_percent_is_exact():
    saving = target("tan-ky", "tiet-kiem-dien")
    assert at(saving, "85", "1000").reached
    assert not at(saving, "84.999", "1000").reached


def test_at_most_is_missed_from_above():
    most = STRAW.model_copy(update={"comparator": Comparator.AT_MOST, "value": 10.0})
    assert at(most, "20") == Progress(D(20), D(10), D(10), False, D("0.5"))
    assert at(most, "4").reached


@given(ratios())
def test_the_share_is_between_nothing_and_all(figure: Figure):
    done = progress(SORTING, figure)
    assert done.share is not None
    assert 0 <= done.share <= 1
    assert (done.share == 1) is done.reached


@given(counts, counts)
def test_more_never_leads_away_from_an_at_least_target(one: Decimal, more: Decimal):
    before, after = progress(OCOP, Figure(one)), progress(OCOP, Figure(one + more))
    assert before.distance is not None
    assert after.distance is not None
    assert after.distance <= before.distance


# --- traffic lights ----------------------------------------------------------------------------


def lit(each: Target, done: Progress, on: date, baseline: Decimal | None = None) -> Light:
    return light(each, done, on=on, first_year=2026, last_year=2030, baseline=baseline)


@pytest.mark.parametrize(
    ("on", "share"),
    [
        (date(2025, 5, 1), D(0)),
        (date(2026, 1, 1), D(0)),
        (JUNE, D(911) / D(1825)),
        (date(2030, 12, 31), D(1)),
        (date(2040, 1, 1), D(1)),
    ],
)
def test_the_straight_line(on: date, share: Decimal):
    assert pace(2026, 2030, on) == share


def test_the_line_of_a_single_year():
    assert pace(2025, 2025, date(2025, 7, 2)) == D(182) / D(364)


def test_a_line_that_ends_before_it_begins_waits_for_its_end():
    assert [pace(2026, 2025, on) for on in (date(2025, 12, 30), date(2025, 12, 31))] == [0, 1]


@given(st.dates(date(2025, 1, 1), date(2032, 1, 1)))
def test_the_line_never_falls(on: date):
    days = [pace(2026, 2030, on + timedelta(days=step)) for step in range(3)]
    assert all(earlier <= later for earlier, later in pairwise(days))


@pytest.mark.parametrize(
    ("percent", "colour"),
    [
        ("100", "green"),
        ("50", "green"),
        ("48", "green"),
        ("40", "yellow"),
        ("31", "yellow"),
        ("29", "red"),
    ],
)
def test_in_the_middle_half_is_on_pace(percent: str, colour: str):
    assert lit(SORTING, at(SORTING, percent, "100"), JUNE) == colour


def test_after_its_year_a_missed_target_is_red_however_near():
    assert lit(SORTING, at(SORTING, "99", "100"), NEW_YEAR) is Light.RED
    assert lit(SORTING, at(SORTING, "100", "100"), NEW_YEAR) is Light.GREEN


def test_without_a_figure_it_is_grey():
    assert lit(SORTING, progress(SORTING, None), NEW_YEAR) is Light.GREY


def test_a_straw_fire_is_red_at_once():
    assert lit(STRAW, at(STRAW, "1"), date(2026, 2, 1)) is Light.RED
    assert lit(STRAW, at(STRAW, "0"), date(2026, 2, 1)) is Light.GREEN


@pytest.mark.parametrize(
    ("hectares", "colour"), [("112", "green"), ("108", "yellow"), ("100", "red")]
)
def test_what_is_to_be_kept_knows_no_pace(hectares: str, colour: str):
    assert lit(RICE, at(RICE, hectares), date(2026, 2, 1)) == colour


def test_a_deliverable_is_open_until_its_year_is_over():
    open_still = at(MODELS, "0")
    assert lit(MODELS, open_still, JUNE) is Light.YELLOW
    assert lit(MODELS, open_still, NEW_YEAR) is Light.RED


def test_a_target_without_a_year_is_due_with_its_plan():
    some = at(PLANNED, "1", "4")
    assert lit(PLANNED, some, NEW_YEAR) is Light.RED
    assert light(PLANNED, some, on=NEW_YEAR, first_year=None, last_year=None) is Light.YELLOW


def test_without_a_first_year_there_is_no_pace():
    some = at(SORTING, "40", "100")
    assert light(SORTING, some, on=JUNE, first_year=None, last_year=2030) is Light.GREY


def test_with_a_known_start_only_what_was_gained_counts():
    """From 60 % to 100 %: 70 % in the middle is a quarter of the way, not two thirds."""
    assert lit(SORTING, at(SORTING, "70", "100"), JUNE) is Light.GREEN
    assert lit(SORTING, at(SORTING, "70", "100"), JUNE, D(60)) is Light.RED
    assert lit(SORTING, at(SORTING, "80", "100"), JUNE, D(60)) is Light.GREEN


@given(ratios(), st.dates(date(2026, 1, 1), date(2031, 1, 1)))
def test_a_reached_target_is_always_green(figure: Figure, on: date):
    done = progress(SORTING, figure)
    assert (lit(SORTING, done, on) is Light.GREEN) or not done.reached


# --- which target is asked ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "value"), [(2021, 98), (2023, 98), (2024, 100), (2025, 100), (2026, 100)]
)
def test_of_two_targets_on_one_indicator_the_next_one_due_is_in_force(asked: int, value: int):
    rubbish = [
        each
        for each in in_force(shipped_pack("bim-son").targets, asked)
        if each.indicator == "chat-thai-ran-do-thi-thu-gom-xu-ly"
    ]
    assert [each.value for each in rubbish] == [value]


def test_every_indicator_is_in_force_once():
    targets = shipped_pack("bim-son").targets
    once = [each.indicator for each in in_force(targets, 2022)]
    assert sorted(once) == sorted({each.indicator for each in targets})
