"""The readings of the labelled messages: scores that must not fall, and the scoring itself."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.reading.predict import BadLineError, predict_jsonl, predict_line
from bot.reading.scoring import score

CORPUS = Path(__file__).parents[1] / "corpus"


def _lines(name: str) -> list[str]:
    return (CORPUS / name).read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize(
    ("name", "values", "kind", "day", "category"),
    [
        ("messages-dev.jsonl", 0.98, 0.97, 0.99, 0.95),
        ("invented-messages.jsonl", 0.98, 0.98, 0.985, 0.97),
    ],
)
def test_labelled_messages_are_read_as_well_as_before(
    name: str, values: float, kind: float, day: float, category: float
) -> None:
    lines = _lines(name)
    gold = [json.loads(line) for line in lines]
    found = score((json.loads(line) for line in predict_jsonl(lines)), gold)
    assert found.values.f1 >= values, found.errors
    assert found.kind_accuracy >= kind, found.errors
    assert found.date_accuracy >= day, found.errors
    assert found.category_accuracy >= category, found.errors


def _gold(**expect: Any) -> dict[str, Any]:
    return {
        "id": "m",
        "kind": "campaign",
        "expect": {"values": [], "date": None, "violation": None} | expect,
    }


def test_a_value_within_one_percent_counts_once() -> None:
    gold = _gold(values=[{"measure": "trees", "value": 1000}])
    said = {"id": "m", "kind": "campaign", "date": None, "violation": None}
    twice = [{"measure": "trees", "value": 1009}, {"measure": "trees", "value": 1000}]
    found = score([said | {"values": twice}], [gold])
    assert (found.values.right, found.values.extra, found.values.missed) == (1, 1, 0)
    assert found.values.f1 == pytest.approx(2 / 3)


def test_a_message_without_prediction_is_wrong_in_everything_it_states() -> None:
    found = score([], [_gold(values=[{"measure": "trees", "value": 5}], date="2026-01-02")])
    assert (found.values.missed, found.kinds_right, found.dates_right) == (1, 0, 0)


@pytest.mark.parametrize(
    "line",
    ["{", "[]", '{"id": "a", "text": "x"}', '{"id": 1, "text": "x", "today": "2026-01-01"}', '{"id": "a", "text": "x", "today": "1/1"}'],
)  # fmt: skip
def test_a_line_that_is_no_message_is_refused_with_its_number(line: str) -> None:
    with pytest.raises(BadLineError, match="line 7: "):
        predict_line(line, 7)


def test_empty_lines_are_skipped() -> None:
    message = '{"id": "a", "text": "👍", "today": "2026-01-01"}'
    (line,) = predict_jsonl(["", message, "  \n"])
    assert json.loads(line) == {
        "id": "a",
        "kind": "other",
        "values": [],
        "date": None,
        "violation": None,
    }
