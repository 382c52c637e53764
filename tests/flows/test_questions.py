"""Each kind of question: what it understands, and the kind, specific answer to what it does not."""

from __future__ import annotations

import pytest

from bot.events import Contact, Voice
from bot.flows.answers import Named
from bot.flows.questions import (
    choice,
    day,
    decimal,
    money,
    month,
    place,
    several,
    text,
    unit_picker,
    whole,
    yes_no,
)
from tests.flows.paper import Paper, flow_of

NEXT = text("het", "Câu sau?", label="Sau")


def answered(question, said: str):
    paper = Paper(flow_of(question, NEXT))
    paper.says(said)
    return paper.answers.get(question.key, "refused")


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("142", 142),
        ("1.200", 1200),
        ("1 200", 1200),
        ("2 nghìn", 2000),
        ("2 nghin 2", 2200),
        ("hai mươi lăm", 25),
        ("hai muoi lam", 25),
        ("có 45 hộ ạ", 45),
        ("không", 0),
        ("chưa có", 0),
        ("không có vụ nào", 0),
        ("chua phat sinh truong hop nao ca", 0),
        ("１２", 12),
        ("vài chục", 30),
    ],
)
def test_whole_numbers_as_people_type_them(said: str, value: int):
    assert answered(whole("n", "Bao nhiêu?", label="Số", example="142"), said) == value


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        ("nhiều lắm", "chưa đọc được số"),
        ("1,5", "số tròn"),
        ("5000000", "từ 0 đến 1.000.000"),
        ("👍", "chưa đọc được số"),
    ],
)
def test_a_bad_number_gets_a_hint_for_that_very_answer(said: str, hint: str):
    question = whole("n", "Bao nhiêu?", label="Số", example="142", between=(0, 1_000_000))
    paper = Paper(flow_of(question, NEXT))
    assert hint in paper.says(said)
    assert paper.answers == {}


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("1,5", "1.5"),
        ("1.5", "1.5"),
        ("nửa tấn", "500"),
        ("1500kg", "1500"),
        ("2 tạ", "200"),
        ("tạ rưỡi", "150"),
    ],
)
def test_decimals_are_kept_exactly_and_in_the_unit_asked(said: str, value: str):
    question = decimal(
        "kg", "Bao nhiêu kg?", label="Rác", unit="kg", example="1500", measure="waste_kg"
    )
    assert answered(question, said) == value


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("820,5", "820.5"),
        ("820 tấn", "820"),
        ("nửa tấn", "0.5"),
        ("500kg", "0.5"),
        ("15 tạ", "1.5"),
    ],
)
def test_a_question_in_tonnes_takes_kilograms_and_bare_numbers_alike(said: str, value: str):
    question = decimal(
        "t", "Bao nhiêu tấn?", label="Rác", unit="tấn", example="820,5", measure="waste_kg"
    )
    assert answered(question, said) == value


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("1tr2", 1_200_000),
        ("500k", 500_000),
        ("2 triệu rưỡi", 2_500_000),
        ("43.210.000đ", 43_210_000),
        ("665k", 665_000),
    ],
)
def test_money_in_every_spelling(said: str, value: int):
    assert answered(money("tien", "Bao nhiêu tiền?", label="Tiền"), said) == value


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("hôm qua", "2026-06-07"),
        ("hom nay", "2026-06-08"),
        ("7/6", "2026-06-07"),
        ("CN vừa rồi", "2026-06-07"),
        ("mùng 6 Tết", "2026-02-22"),
        ("12/4/2026", "2026-04-12"),
    ],
)
def test_days_as_people_say_them(said: str, value: str):
    assert answered(day("ngay", "Ngày nào?", label="Ngày"), said) == value


def test_a_day_that_has_not_come_is_refused():
    paper = Paper(flow_of(day("ngay", "Ngày nào?", label="Ngày"), NEXT))
    assert "chưa tới" in paper.says("9/6/2026")


@pytest.mark.parametrize(
    ("said", "value"), [("tháng 4", "2026-04"), ("4/2026", "2026-04"), ("tháng trước", "2026-05")]
)
def test_months(said: str, value: str):
    assert answered(month("thang", "Tháng nào?", label="Tháng"), said) == value


KINDS = {"chay": "Đốt rơm rạ", "rac": "Đổ rác bừa bãi", "nuoc": "Xả nước thải"}


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("1", "chay"),
        ("Đốt rơm rạ", "chay"),
        ("dot rom ra", "chay"),
        ("đổ rác bừa bải", "rac"),
        ("số 3", "nuoc"),
        ("3.", "nuoc"),
    ],
)
def test_a_choice_by_number_label_or_slip(said: str, value: str):
    assert answered(choice("viec", "Việc gì?", KINDS, label="Việc"), said) == value


def test_a_choice_that_is_not_there_repeats_the_choices():
    paper = Paper(flow_of(choice("viec", "Việc gì?", KINDS, label="Việc"), NEXT))
    assert "Anh/chị chọn một trong" in paper.says("9")
    assert paper.labels == list(KINDS.values())


def test_several_choices_one_tap_at_a_time_or_as_a_list():
    question = several("viec", "Những việc gì?", KINDS, label="Việc")
    assert answered(question, "1, 3") == ["chay", "nuoc"]
    paper = Paper(flow_of(question, NEXT))
    paper.taps("Đốt rơm rạ")
    paper.taps("Xả nước thải")
    paper.taps("Xong")
    assert paper.answers["viec"] == ["chay", "nuoc"]


VILLAGES = [
    Named(1, "Thôn Đông Lĩnh", ("Đông Lĩnh",)),
    Named(2, "Thôn Đông Lâm"),
    Named(3, "Thôn 3"),
    Named(13, "Thôn 13"),
]


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("dong linh", 1),
        ("Đông Lĩnh", 1),
        ("thon dong lam", 2),
        ("thon 3", 3),
        ("thôn 13", 13),
        ("don linh", 1),
    ],
)
def test_units_without_accents_and_with_slips(said: str, value: int):
    assert answered(unit_picker("don_vi", "Đơn vị nào?", VILLAGES), said) == value


def test_near_misses_of_a_unit_are_offered_and_can_be_tapped():
    paper = Paper(flow_of(unit_picker("don_vi", "Đơn vị nào?", VILLAGES), NEXT))
    assert "Có phải" in paper.says("đông")
    assert {"Thôn Đông Lĩnh", "Thôn Đông Lâm"} <= set(paper.labels)
    paper.taps("Thôn Đông Lâm")
    assert paper.answers["don_vi"] == 2


def test_a_place_is_a_pin_coordinates_or_words():
    question = place("noi", "Ở đâu?")
    paper = Paper(flow_of(question, NEXT))
    paper.pins(20.94, 106.33)
    assert paper.answers["noi"] == {"words": "", "lat": 20.94, "lon": 106.33}
    assert answered(question, "20.9400, 106.3300") == {"words": "", "lat": 20.94, "lon": 106.33}
    assert answered(question, "sau trạm y tế") == {
        "words": "sau trạm y tế",
        "lat": None,
        "lon": None,
    }


def test_a_pin_outside_the_country_is_refused():
    paper = Paper(flow_of(place("noi", "Ở đâu?"), NEXT))
    assert "ngoài Việt Nam" in paper.pins(48.85, 2.35)


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("có", True),
        ("co", True),
        ("rồi", True),
        ("vâng ạ", True),
        ("1", True),
        ("chưa", False),
        ("ko", False),
        ("2", False),
    ],
)
def test_yes_and_no_in_many_words(said: str, value: bool):
    assert answered(yes_no("co", "Có không?", label="Có"), said) is value


def test_words_too_long_are_refused_with_the_limit():
    paper = Paper(flow_of(text("loi", "Kể đi ạ.", label="Lời", longest=20), NEXT))
    assert "20 chữ" in paper.says("a" * 21)


def test_a_voice_message_is_met_with_a_request_for_words():
    paper = Paper(flow_of(whole("n", "Bao nhiêu?", label="Số", example="1"), NEXT))
    assert "chưa nghe được" in paper.hears(Voice(ref="v", media=1))
    assert "danh bạ" in paper.hears(Contact(phone="0900000000"))


def test_last_periods_value_is_taken_again_with_one_tap():
    question = whole("n", "Bao nhiêu hộ?", label="Số hộ", unit="hộ", example="1", keeps=142)
    paper = Paper(flow_of(question, NEXT))
    paper.taps("Giữ 142 hộ")
    assert paper.answers["n"] == 142
    assert answered(question, "như kỳ trước") == 142
