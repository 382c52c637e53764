"""How a thing is typed must not change what it says; and nothing typed may break the reading."""

import json
import re
import unicodedata
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.reading.dates import find_dates, parse_date, parse_month
from bot.reading.fold import fold, fold_with_map
from bot.reading.numbers import find_numbers, parse_number
from bot.reading.quantities import _MOST_FIGURES
from bot.reading.read import read
from bot.reading.tokens import tokenize
from tests.reading.telex_typing import telex, without_accents

CORPUS = Path(__file__).parents[1] / "corpus"
MESSAGES = [
    json.loads(line)
    for name in ("messages-dev.jsonl", "invented-messages.jsonl")
    for line in (CORPUS / name).read_text(encoding="utf-8").splitlines()
]
REPORTS = [message for message in MESSAGES if message["expect"]["values"]]
TODAY = date(2026, 7, 22)
GREETINGS = ("Em chào các bác ạ. ", "Kính gửi xã, ", "Dạ ", "Chào chị ", "👋 ")
ENDINGS = (". Em cảm ơn ạ", " 🙏🙏", " ạ", " 💪❤️", "!!!", "\n")


def results(text: str, today: str) -> list[tuple[str, float]]:
    """The values as a sorted list, whatever the kind was read as."""
    return sorted(
        (one.measure, float(one.value)) for one in read(text, date.fromisoformat(today)).values
    )


def share_unchanged(change: object) -> float:
    """How many of the labelled reports keep their values when typed otherwise."""
    assert callable(change)
    kept = [
        results(change(each["text"]), each["today"]) == results(each["text"], each["today"])
        for each in REPORTS
    ]
    return sum(kept) / len(kept)


@pytest.mark.parametrize(
    "change", [str.upper, lambda text: unicodedata.normalize("NFD", text), telex]
)
def test_case_composition_and_telex_change_no_values(change: object) -> None:
    assert share_unchanged(change) >= 0.99


def test_dropping_the_accents_hardly_ever_changes_values() -> None:
    """Some words are truly ambiguous without accents ("ho u rom"); they are few."""
    assert share_unchanged(without_accents) >= 0.94


@pytest.mark.parametrize("greeting", GREETINGS)
@pytest.mark.parametrize("ending", ENDINGS)
def test_greetings_and_emoji_change_no_values(greeting: str, ending: str) -> None:
    """Every third report for each pair, so that all pairs together cover the corpus."""
    at = GREETINGS.index(greeting) + ENDINGS.index(ending)
    reports = REPORTS[at % 3 :: 3]
    same = [
        results(greeting + each["text"] + ending, each["today"])
        == results(each["text"], each["today"])
        for each in reports
    ]
    assert sum(same) / len(same) >= 0.97


CLAUSES = st.sampled_from(
    ["dọn {} rác", "chị em gom được {} phế liệu", "ra quân thu {} rác thải", "cả thôn vớt {} bèo"]
)


@given(CLAUSES, st.integers(1, 400))
@settings(max_examples=80, deadline=None)
def test_a_mass_in_any_unit_and_spelling_is_the_same_mass(clause: str, quintals: int) -> None:
    """1,5 tấn = 15 tạ = 1500kg = 1.500 kg = 1500 ký, with and without accents."""
    kilos = quintals * 100
    tonnes = f"{quintals / 10:g}".replace(".", ",")
    grouped = f"{kilos:,}".replace(",", ".")
    for typed in (
        f"{tonnes} tấn",
        f"{quintals} tạ",
        f"{kilos}kg",
        f"{grouped} kg",
        f"{kilos} ký",
        f"{quintals * 10} yến",
    ):
        for text in (
            clause.format(typed),
            without_accents(clause.format(typed)),
            telex(clause.format(typed)),
        ):
            found = read(f"Thôn em ra quân sáng nay, {text}, 30 người tham gia", TODAY).values
            assert [float(one.value) for one in found if one.measure == "waste_kg"] == [kilos], text


WORDS = "không một hai ba bốn năm sáu bảy tám chín".split()


def in_words(number: int) -> str:
    """1 to 999 as it is said: 125 → "một trăm hai mươi lăm"."""
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    said = f"{WORDS[hundreds]} trăm " if hundreds else ""
    if tens == 0:
        return (
            said + (f"linh {WORDS[ones]}" if hundreds and ones else WORDS[ones] if ones else "")
        ).strip()
    last = {0: "", 1: "mốt" if tens > 1 else "một", 5: "lăm"}.get(ones, WORDS[ones])
    return f"{said}{'mười' if tens == 1 else WORDS[tens] + ' mươi'} {last}".strip()


@given(st.integers(1, 999), st.sampled_from(["", " nghìn", " triệu"]))
@settings(max_examples=200, deadline=None)
def test_numbers_in_words_are_read_with_and_without_accents(number: int, scale: str) -> None:
    value = number * {"": 1, " nghìn": 1000, " triệu": 10**6}[scale]
    said = in_words(number) + scale
    assert parse_number(said) == value
    assert parse_number(without_accents(said)) == value
    assert parse_number(telex(said)) == value


@given(st.integers(0, 10**12))
@settings(max_examples=100, deadline=None)
def test_thousands_may_be_grouped_by_dots(number: int) -> None:
    assert parse_number(f"{number:,}".replace(",", ".")) == parse_number(str(number)) == number


@given(st.dates(date(2020, 1, 1), date(2026, 7, 22)))
@settings(max_examples=100, deadline=None)
def test_a_written_day_is_that_day(day: date) -> None:
    assert parse_date(f"ngày {day.day}/{day.month}/{day.year}", TODAY) == day
    assert parse_date(f"sáng {day.day:02}/{day.month:02}/{day.year}", TODAY) == day


PIECES = st.sampled_from(
    [*"0123456789.,:;/-+()%\n k\u0301\u200b👍", "nghìn", "rưỡi", "nửa", "trăm", "12/4", "mùng", "rằm", "tháng", "không phải",
     "nhầm", "trong đó", "cứ", "mỗi", "hộ", "tấn", "m2", "km", "1tr2", "30/2", "99/99", "âm lịch", "thứ", "tối qua", "dduwowngf", "²", "½", "㎡"]
)  # fmt: skip


@given(
    st.one_of(
        st.text(max_size=200),
        st.lists(PIECES, max_size=80).map(" ".join),
        st.lists(PIECES, max_size=120).map("".join),
    )
)
@settings(max_examples=400, deadline=None)
def test_nothing_typed_breaks_the_reading_and_spans_stay_inside(text: str) -> None:
    reading = read(text, TODAY)
    spans = [
        one.span
        for one in (*reading.values, *reading.ignored, *reading.ambiguities, *reading.corrections)
    ]
    spans += [reading.date.span] if reading.date else []
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(text[one.span[0] : one.span[1]] == one.quote for one in reading.values)
    parse_number(text)
    parse_date(text, TODAY)
    parse_month(text, TODAY)


@given(st.text(max_size=100))
@settings(max_examples=200, deadline=None)
def test_folding_twice_is_folding_once_and_tokens_tell_their_place(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    folded = fold_with_map(text)
    assert len(folded.plain) == len(folded.form)
    for token in tokenize(text).items:
        assert folded.plain[token.start : token.end] == token.plain


@pytest.mark.parametrize(
    "piece", ["5 người, ", "1k2km5tr3 ", "trong đó 5 hộ ", "12/4 ", "nhầm 54 chị "]
)
def test_a_flood_of_figures_is_read_only_so_far(piece: str) -> None:
    """The bound that keeps hostile messages cheap: only so many figures and days are judged."""
    reading = read(piece * 2000, TODAY)
    assert len(reading.values) + len(reading.ignored) <= _MOST_FIGURES + 1
    assert len(find_dates(piece * 2000, TODAY)) <= 200


def test_digits_without_end_are_one_number_of_bounded_size() -> None:
    (found,) = find_numbers("1" * 2000)
    assert found.value < 10**16


def test_the_patterns_hold_no_nested_repeats() -> None:
    """A repeat inside a repeat is how a pattern becomes slow; none of ours has one over anything wide."""
    package = Path(__file__).parents[2] / "bot" / "reading"
    nested = re.compile(r"\((?:\?:)?[^()]*(?:\\w|\\S|\[\^[^\]]*\]|\.)[+*]\)[+*]")
    for path in package.glob("*.py"):
        assert not nested.search(path.read_text(encoding="utf-8")), path.name
