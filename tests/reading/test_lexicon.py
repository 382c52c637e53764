"""The words as data: checked when loaded, added to by officials, never lost."""

from datetime import date
from pathlib import Path

import pytest

from bot.reading.lexicon import (
    LexiconError,
    LexiconFile,
    install_lexicon,
    load_lexicon,
    merge,
    parse_lexicon,
    uninstall_lexicon,
)
from bot.reading.read import read

TODAY = date(2026, 7, 22)


def test_an_offices_own_words_are_used_by_every_reading_once_installed(tmp_path: Path) -> None:
    """What SOXANH_LEXICON and `soxanh read --lexicon` do."""
    own = tmp_path / "own.yaml"
    own.write_text("units: {mass: {thúng: 20}}\n", encoding="utf-8")
    text = "ra quân gom 3 thúng rác"
    install_lexicon(own)
    try:
        (value,) = read(text, date(2026, 7, 22)).values
    finally:
        uninstall_lexicon()
    assert (value.measure, float(value.value)) == ("waste_kg", 60)
    assert [one.measure for one in read(text, date(2026, 7, 22)).values] != ["waste_kg"]


def test_an_official_adds_words_in_a_file(tmp_path: Path) -> None:
    extra = tmp_path / "own.yaml"
    extra.write_text(
        "counted: {trees: [cây mắc ca]}\nunits: {mass: {thúng: 20}}\n", encoding="utf-8"
    )
    reading = read("thu gom 3 thúng rác, dọn 2km đường", TODAY, lexicon=load_lexicon(extra))
    assert [(one.measure, float(one.value)) for one in reading.values] == [
        ("waste_kg", 60),
        ("road_km", 2),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "counted: {gibberish: [x]}",
        "units: {heat: {độ: 1}}",
        "nonsense: [a]",
        "units: [",
        "counted: {trees: 3}",
    ],
)
def test_a_file_that_does_not_fit_is_refused_by_name(tmp_path: Path, text: str) -> None:
    extra = tmp_path / "own.yaml"
    extra.write_text(text, encoding="utf-8")
    with pytest.raises(LexiconError, match=r"own\.yaml"):
        load_lexicon(extra)


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(LexiconError, match=r"own\.yaml"):
        load_lexicon(tmp_path / "own.yaml")


def test_merging_keeps_both_and_changes_neither() -> None:
    one = parse_lexicon("counted: {trees: [cây]}\nunits: {mass: {tạ: 100}}")
    other = parse_lexicon("counted: {trees: [gốc]}\nunits: {mass: {tạ: 60}}")
    merged = merge(one, other)
    assert merged.counted == {"trees": ["cây", "gốc"]}
    assert merged.units == {"mass": {"tạ": 60}}
    assert one.counted == {"trees": ["cây"]}
    assert merge(one, LexiconFile()) == one
