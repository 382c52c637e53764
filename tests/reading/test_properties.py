"""How a thing is typed must not change what it says; and nothing typed may break the reading."""

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
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
REPORTS: list[dict[str, Any]] = [message for message in MESSAGES if message["expect"]["values"]]
TODAY = date(2026, 7, 22)
GREETINGS = ("Em chào các bác ạ. ", "Kính gửi xã, ", "Dạ ", "Chào chị ", "👋 ")
ENDINGS = (". Em cảm ơn ạ", " 🙏🙏", " ạ", " 💪❤️", "!!!", "\n")
# Read otherwise without their accents, because there they truly say something else as well.
AMBIGUOUS_WITHOUT_ACCENTS = {
    "own-c-005": "“52 ho u rom” is 52 hộ (who) ủ rơm or 52 hố ủ rơm, and both are given chế phẩm",
    "own-k-018": "“110 phuong” is 110 phượng (trees, parts of 310) or 110 phường",
    "own-k-022": "“3 tui” is ấp 3, tụi (we) or 3 túi",
    "own-k-059": "“9 thuoc” is 9 thước (of land) or 9 of thuốc",
    "own-k-071": "“49 ho” is 49 hố or 49 hộ, and both were spoken of",
    "own-k-075": "“con 9” is còn 9 (poor households) or 9 con",
}


@cache
def results(text: str, today: str) -> list[tuple[str, float]]:
    """The values as a sorted list."""
    return sorted(
        (one.measure, float(one.value)) for one in read(text, date.fromisoformat(today)).values
    )


def changed_by(
    change: Callable[[str], str], reports: Iterable[dict[str, Any]] = REPORTS
) -> list[str]:
    """The labelled reports that do not keep their values when typed otherwise."""
    return [
        each["id"]
        for each in reports
        if results(change(each["text"]), each["today"]) != results(each["text"], each["today"])
    ]


@pytest.mark.parametrize(
    "change", [str.upper, str.lower, lambda text: unicodedata.normalize("NFD", text), telex]
)
def test_case_composition_and_telex_change_no_values(change: Callable[[str], str]) -> None:
    assert changed_by(change) == []


def test_dropping_the_accents_changes_no_values() -> None:
    """Every word that is two words without accents is told apart by its neighbours."""
    assert set(changed_by(without_accents)) == set(AMBIGUOUS_WITHOUT_ACCENTS)


@pytest.mark.parametrize("greeting", GREETINGS)
@pytest.mark.parametrize("ending", ENDINGS)
def test_greetings_and_emoji_change_no_values(greeting: str, ending: str) -> None:
    """Every sixth report for each pair, so that the pairs together cover the corpus."""
    at = 5 * GREETINGS.index(greeting) + ENDINGS.index(ending)
    assert changed_by(lambda text: greeting + text + ending, REPORTS[at % 6 :: 6]) == []


def other_masses(text: str, today: str) -> Iterator[str]:
    """The text with each mass that has one unit said in kilograms, in tonnes, and in words."""
    for one in read(text, date.fromisoformat(today)).values:
        plain = re.fullmatch(r"([\d.,]+) ?(kg|ký|tạ|tấn|yến)", one.quote)
        if plain is None:
            continue
        before, after = text[: one.span[0]], text[one.span[1] :]
        yield f"{before}{one.value.normalize():f}kg{after}"
        tonnes = one.value / 1000
        if tonnes >= 1 and tonnes * 10 % 1 == 0:
            yield before + f"{tonnes.normalize():f} tấn".replace(".", ",") + after
        if tonnes % 1 == Decimal("0.5") and tonnes < 20:
            words = f"{in_words(int(tonnes))} tấn rưỡi" if tonnes > 1 else "nửa tấn"
            yield before + words + after


def test_the_corpus_masses_are_the_same_in_kilograms_tonnes_and_words() -> None:
    changed = [
        typed
        for each in REPORTS
        for typed in other_masses(each["text"], each["today"])
        if results(typed, each["today"]) != results(each["text"], each["today"])
    ]
    assert changed == []


# What people report in one breath, with the measure it must be read as, however it is typed.
SAID = st.sampled_from(
    [
        ("{} chị em tham gia", "participants", 1), ("{} đoàn viên ra quân", "participants", 1),
        ("huy động {} người", "participants", 1), ("có {} hộ tham gia", "households", 1),
        ("trồng {} cây bàng", "trees", 1), ("trồng mới {} gốc hoa mười giờ", "trees", 1),
        ("thu {} kg rác nhựa", "waste_kg", 1), ("gom được {} tạ phế liệu", "waste_kg", 100),
        ("vớt {} tấn bèo", "waste_kg", 1000), ("quét dọn {} km đường", "road_km", 1),
        ("nạo vét {} cây số mương", "road_km", 1), ("{} bao rác", "bags", 1),
        ("tổ chức {} buổi tuyên truyền", "sessions", 1), ("{} chuyến xe chở rác", "vehicles", 1),
        ("đặt {} thùng rác", "points", 1), ("lắp {} bóng đèn", "points", 1),
        ("xóa {} điểm đen rác", "points", 1), ("xây {} bể chứa vỏ thuốc", "points", 1),
        ("bán được {} triệu đồng", "money_vnd", 10**6), ("quyên góp {} nghìn đồng", "money_vnd", 1000),
        ("tặng {} suất quà", "other", 1), ("phát {} tờ rơi", "other", 1), ("phát {} làn nhựa", "other", 1),
        ("ra mắt {} mô hình mới", "models", 1), ("hiến {} ha đất", "area_ha", 1),
    ]
)  # fmt: skip


@given(st.lists(st.tuples(SAID, st.integers(2, 19)), min_size=1, max_size=4))
@settings(max_examples=60, deadline=None)
def test_a_composed_report_says_the_same_however_it_is_typed(
    parts: list[tuple[tuple[str, str, int], int]],
) -> None:
    counted: dict[str, list[int]] = {}
    for (_, measure, factor), figure in parts:
        counted.setdefault(measure, []).append(figure * factor)
    # "2 chị, 2 chị, 4 chị" is two parts and their total.
    assume(
        not any(
            len(each) > 2 and abs(sum(each) - 2 * figure) * 50 <= figure
            for each in counted.values()
            for figure in each
        )
    )
    said = ", ".join(clause.format(figure) for (clause, _, _), figure in parts)
    text = f"Sáng nay chi hội phụ nữ thôn 3 ra quân dọn vệ sinh: {said}"
    expected = sorted((measure, float(figure * factor)) for (_, measure, factor), figure in parts)
    for typed in (
        text, without_accents(text), telex(text), text.upper(), without_accents(text).upper(),
        f"Dạ em chào các bác ạ 👋. {text} 💪❤️. Em cảm ơn ạ", without_accents(f"Kính gửi xã. {text} ạ"),
    ):  # fmt: skip
        assert results(typed, "2026-07-22") == expected, typed


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
    spans = [one.span for one in reading.values]
    spans += [one.span for one in reading.ignored]
    spans += [one.span for one in reading.ambiguities]
    spans += [one.span for one in reading.corrections]
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
