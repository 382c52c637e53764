"""Folding keeps words comparable and spans honest."""

import unicodedata

import pytest

from bot.reading.fold import fold, fold_with_map
from bot.reading.telex import decode_word


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Thôn Đông Lĩnh", "thon dong linh"),
        (unicodedata.normalize("NFD", "Thôn Đông Lĩnh"), "thon dong linh"),
        ("ĐƯỜNG HOÀ", "duong hoa"),
        ("１.２００ m²", "1.200 m2"),
    ],
)
def test_folding_drops_case_accents_and_width(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("keys", "word"),
    [
        ("dduwowngf", "đường"), ("thoon", "thôn"), ("nguwowif", "người"), ("nuwowcs", "nước"),
        ("quaan", "quân"), ("veej", "vệ"), ("lafng", "làng"), ("troonj", "trộn"), ("xar", "xả"),
        ("tharri", "thải"), ("trawngs", "trắng"), ("duongdwf", "đường"),
        ("muwa", "mưa"), ("hai", None), ("test", None), ("led", None), ("box", None), ("hv", None),
    ],
)  # fmt: skip
def test_telex_keystrokes_become_the_word(keys: str, word: str | None) -> None:
    assert decode_word(keys) == word


def test_spans_lead_back_through_telex_and_decomposed_letters() -> None:
    text = unicodedata.normalize("NFD", "Ở ") + "thoon 5 dọn 2 xe"
    folded = fold_with_map(text)
    at = folded.plain.index("thon")
    start, end = folded.span(at, at + 4)
    assert text[start:end] == "thoon"
    at = folded.plain.index("don")
    start, end = folded.span(at, at + 3)
    assert text[start:end] == "dọn"
