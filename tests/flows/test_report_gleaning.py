"""One line of a village head against the questions of an open report."""

from typing import Any

import pytest

from bot.flows.form import Form
from bot.flows.report import Item
from bot.flows.report_gleaning import gleaned
from tests.flows.paper import MOMENT, Empty


def _item(key: str, label: str, words: str, reading: str, **more: Any) -> Item:
    kept = {"part": "numerator", "kind": "whole"} | more
    return Item(key=key, target=key, label=label, words=words, reading=reading, **kept)


ITEMS = (
    _item("water", "Hộ dân dùng nước sạch", "Thôn có bao nhiêu hộ đang dùng nước sạch?", "households", pair="all"),
    _item("all", "Hộ dân dùng nước sạch", "Cả thôn có bao nhiêu hộ?", "households", part="denominator", pair="water"),
    _item("sorting", "Hộ gia đình phân loại rác tại nguồn", "Thôn có bao nhiêu hộ phân loại rác?", "households"),
    _item("burnt", "Không còn đốt rơm rạ", "Thôn có mấy vụ đốt rơm rạ?", "violations_count"),
    _item("rice", "Giữ vùng lúa chất lượng cao", "Thôn làm bao nhiêu héc-ta lúa chất lượng cao?", "area_ha", kind="decimal", unit="ha"),
    _item("models", "Mô hình kinh tế tuần hoàn", "Thôn có mấy mô hình kinh tế tuần hoàn?", "models"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("line", "answers"),
    [
        ("nước sạch 148/150, phân loại rác 120, đốt rơm 0, lúa chất lượng cao 14,5, 2 mô hình",
         {"water": 148, "all": 150, "sorting": 120, "burnt": 0, "rice": "14.5", "models": 2}),
        ("nuoc sach 148/150, phan loai 120 ho, dot rom ra 3 vu, lua 14 ha",
         {"water": 148, "all": 150, "sorting": 120, "burnt": 3, "rice": "14"}),
        ("đốt rơm 2, khói bụi, dân kêu quá", {"burnt": 2}),
    ],
)  # fmt: skip
def test_figures_answer_the_open_questions_that_are_named_before_them(
    line: str, answers: dict[str, int | str]
) -> None:
    form: Form[Empty] = Form(Empty(), {}, MOMENT)
    assert {key: one.value for key, one in gleaned(ITEMS, form, line).items()} == answers
