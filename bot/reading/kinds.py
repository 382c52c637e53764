"""What kind of message it is, and what a complaint is about."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from bot.reading.dates import DateFound
from bot.reading.features import category_sums, features
from bot.reading.marks import Marks
from bot.reading.results import Result
from bot.reading.training import Weights, probabilities
from bot.reading.wording import packaged_wording_features, words_of


@dataclass(frozen=True, slots=True)
class Verdict:
    """The winning label and how sure it is, 0 to 1."""

    label: str
    confidence: float


def kind_of(
    marks: Marks, results: list[Result], dates: list[DateFound], indicator_weight: float = 0.0
) -> Verdict:
    """campaign, indicator, violation or other, from words, figures and days.

    The evidence is gathered by rules; how much each piece weighs was learnt
    (`bot.reading.training`, docs/reading.md "The kind").
    """
    wording = packaged_wording_features(words_of(marks.items))
    found = features(marks, results, dates) | wording
    if indicator_weight:  # the plan's own indicator is named
        found["words indicator"] = found.get("words indicator", 0.0) + indicator_weight / 4
    chances = probabilities(_model(), found)
    label = max(chances, key=lambda kind: chances[kind])
    return Verdict(label, round(chances[label], 3))


def category_of(marks: Marks) -> Verdict:
    """The category of a complaint; without any known word it is "other"."""
    sums = sorted(category_sums(marks).items(), key=lambda pair: -pair[1])
    if not sums:
        return Verdict("other", 0.3)
    best = sums[0]
    second = sums[1][1] if len(sums) > 1 else 0.0
    return Verdict(best[0], round(best[1] / (best[1] + second), 3))


@cache
def _model() -> Weights:
    text = (files("bot.reading") / "kinds-model.yaml").read_text(encoding="utf-8")
    loaded: Weights = yaml.safe_load(text)
    return loaded
