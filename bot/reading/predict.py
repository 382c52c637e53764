"""Predictions in the corpus' schema, line by line: what `soxanh read --jsonl` prints."""

import json
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from bot.reading.lexicon import Lexicon
from bot.reading.read import read
from bot.reading.reading import Reading


class BadLineError(ValueError):
    """A line is no message; the text says which line and what is wrong with it."""

    def __init__(self, number: int, why: str) -> None:
        super().__init__(f"line {number}: {why}")
        self.number = number
        self.why = why


def predict_jsonl(lines: Iterable[str], lexicon: Lexicon | None = None) -> Iterator[str]:
    """A prediction line for each message line {"id", "text", "today"}; empty lines are skipped.

    Raises:
        BadLineError: a line is no JSON object, or lacks a field, or its day is none.
            Use `predict_line` to go on with the next line.
    """
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield predict_line(line, number, lexicon)


def predict_line(line: str, number: int = 1, lexicon: Lexicon | None = None) -> str:
    """The prediction for one message line, as one line of JSON without a newline."""
    message = _message(line, number)
    reading = read(message["text"], _day(message["today"], number), lexicon=lexicon)
    return json.dumps(prediction(message["id"], reading), ensure_ascii=False)


def prediction(message_id: str, reading: Reading) -> dict[str, Any]:
    """A reading in the prediction schema of tests/corpus/README.md."""
    return {
        "id": message_id,
        "kind": reading.corpus_kind,
        "values": [
            {"measure": one.measure, "value": _number(float(one.value))} for one in reading.values
        ],
        "date": reading.date.day.isoformat() if reading.date else None,
        "violation": {"category": reading.violation.category} if reading.violation else None,
    }


def _number(value: float) -> float | int:
    return int(value) if value == int(value) else round(value, 9)


def _message(line: str, number: int) -> dict[str, str]:
    try:
        message = json.loads(line)
    except ValueError as error:
        raise BadLineError(number, f"not JSON ({error})") from error
    if not isinstance(message, dict):
        raise BadLineError(number, "not an object")
    for name in ("id", "text", "today"):
        if not isinstance(message.get(name), str):
            raise BadLineError(number, f'"{name}" is missing or no string')
    return message


def _day(typed: str, number: int) -> date:
    try:
        return date.fromisoformat(typed)
    except ValueError as error:
        raise BadLineError(number, f'"today" is no day YYYY-MM-DD: {typed!r}') from error
