"""The corpus' scoring: micro-F1 of values, accuracy of kind, date and category.

As in tests/corpus/README.md, "Scoring": a value is right when its measure is the
same and it lies within 1 %; the category counts on the complaints of the gold only.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Message = Mapping[str, Any]
Pair = tuple[str, float]


@dataclass(slots=True)
class Tally:
    """Values found rightly, wrongly, and not found."""

    right: int = 0
    extra: int = 0
    missed: int = 0

    @property
    def f1(self) -> float:
        """2·right / (2·right + extra + missed); 1 when there was nothing to find."""
        whole = 2 * self.right + self.extra + self.missed
        return 2 * self.right / whole if whole else 1.0


@dataclass(slots=True)
class Score:
    """The scores of one set of predictions."""

    messages: int = 0
    values: Tally = field(default_factory=Tally)
    by_measure: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    kinds_right: int = 0
    dates_right: int = 0
    complaints: int = 0
    categories_right: int = 0
    errors: list[tuple[str, str]] = field(default_factory=list)

    @property
    def kind_accuracy(self) -> float:
        return self.kinds_right / self.messages if self.messages else 1.0

    @property
    def date_accuracy(self) -> float:
        return self.dates_right / self.messages if self.messages else 1.0

    @property
    def category_accuracy(self) -> float:
        return self.categories_right / self.complaints if self.complaints else 1.0


def score(predictions: Iterable[Message], gold: Sequence[Message]) -> Score:
    """Compare predictions with labelled messages; a message without prediction is all wrong."""
    said = {prediction["id"]: prediction for prediction in predictions}
    result = Score()
    for message in gold:
        _score_one(result, said.get(message["id"], {}), message)
    return result


def _score_one(result: Score, said: Message, message: Message) -> None:
    result.messages += 1
    expected = message["expect"]
    wrong = _score_values(result, _pairs(said.get("values", ())), _pairs(expected["values"]))
    if said.get("kind") == message["kind"]:
        result.kinds_right += 1
    else:
        wrong.append(f"kind {said.get('kind')}, meant {message['kind']}")
    if said.get("date") == expected["date"]:
        result.dates_right += 1
    else:
        wrong.append(f"date {said.get('date')}, meant {expected['date']}")
    if message["kind"] == "violation":
        result.complaints += 1
        category = (said.get("violation") or {}).get("category")
        meant = expected["violation"]["category"]
        result.categories_right += category == meant
        wrong += [] if category == meant else [f"category {category}, meant {meant}"]
    result.errors += [(message["id"], one) for one in wrong]


def _pairs(values: Iterable[Message]) -> list[Pair]:
    return [(value["measure"], float(value["value"])) for value in values]


def _score_values(result: Score, found: list[Pair], meant: list[Pair]) -> list[str]:
    left = list(meant)
    wrong = []
    for pair in found:
        hit = next((other for other in left if _same(pair, other)), None)
        tally = result.by_measure[pair[0]]
        if hit is None:
            tally.extra += 1
            result.values.extra += 1
            wrong.append(f"read {pair[0]} {pair[1]:g}, not meant")
        else:
            left.remove(hit)
            tally.right += 1
            result.values.right += 1
    for measure, value in left:
        result.by_measure[measure].missed += 1
        result.values.missed += 1
        wrong.append(f"missed {measure} {value:g}")
    return wrong


def _same(one: Pair, other: Pair) -> bool:
    return one[0] == other[0] and abs(one[1] - other[1]) <= 0.01 * abs(other[1])
