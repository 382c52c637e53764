"""Unit names as people type them."""

import pytest

from bot.reading.names import match_names

UNITS = {
    "t3": ("Thôn 3",), "t13": ("Thôn 13",), "pn3": ("Chi hội Phụ nữ thôn 3",), "dl": ("Thôn Đông Lĩnh",),
    "dh": ("Thôn Đông Hồ",), "tb": ("Tổ dân phố Tân Bình",), "tdp5": ("TDP 5", "Tổ dân phố số 5"),
    "ha": ("Thôn Hạ",), "haf": ("Thôn Hà",),
}  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "unit"),
    [
        ("thon 3", "t3"), ("Thôn 13", "t13"), ("thôn 03", "t3"), ("chi hoi pn thon 3", "pn3"), ("pn thon 3", "pn3"),
        ("PN Đông Lĩnh", "dl"), ("dong linh", "dl"), ("đông lỉnh", "dl"), ("dong ling", "dl"), ("tan bjnh", "tb"),
        ("tdp5", "tdp5"), ("to dan pho so 5", "tdp5"), ("em ở thôn Đông Hồ ạ", "dh"), ("thôn Hạ", "ha"), ("thôn Hà", "haf"),
    ],
)  # fmt: skip
def test_a_name_is_found_without_accents_and_with_slips(typed: str, unit: str) -> None:
    assert match_names(typed, UNITS).best == unit


@pytest.mark.parametrize("typed", ["thôn 4", "thôn 33", "tổ 7", "", "👍", "xyz"])
def test_a_name_nobody_has_is_not_found(typed: str) -> None:
    assert match_names(typed, UNITS).best is None


def test_names_that_fit_alike_are_asked_about() -> None:
    found = match_names("thon ha", UNITS)
    assert found.best is None
    assert set(found.near) == {"ha", "haf"}
