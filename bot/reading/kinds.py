"""What kind of message it is, and what a complaint is about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from bot.reading.dates import DateFound
from bot.reading.features import category_sums, features
from bot.reading.marks import Marks
from bot.reading.results import Result
from bot.reading.softmax import Weights, chances, scores
from bot.reading.wording import (
    CATEGORIES,
    Wording,
    packaged_wording,
    without_figures,
    word_sums,
)

KIND_LOUDNESS = 2.0
CATEGORY_LOUDNESS = 1.0
# How the lexicon weighs beside the learnt words, and where its sums stop counting. Set on generated
# complaints, which the lexicon had not been made from (docs/reading.md "Kinds").
_LEXICON_WEIGHT = 2 / 8
_LEXICON_CAP = 20.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """The winning label and how sure it is, 0 to 1."""

    label: str
    confidence: float


def kind_of(
    marks: Marks,
    results: list[Result],
    dates: list[DateFound],
    words: Sequence[str],
    indicator_weight: float = 0.0,
) -> Verdict:
    """campaign, indicator, violation or other, from words, figures and days.

    The evidence is gathered by rules; how much each piece and each word weighs was learnt
    (`bot.reading.training`, docs/reading.md "Kinds").
    """
    found = features(marks, results, dates)
    if indicator_weight:  # the plan's own indicator is named
        found["words indicator"] = found.get("words indicator", 0.0) + indicator_weight / 4
    wording = packaged_wording("kinds-words.tsv")
    return _surest(kind_scores(found, words, _model(), wording))


def kind_scores(
    found: Mapping[str, float], words: Sequence[str], weights: Weights, wording: Wording
) -> dict[str, float]:
    """The sums of each kind: of the rules' features and of the words."""
    said = word_sums(words, wording, KIND_LOUDNESS)
    return {kind: own + said[kind] for kind, own in scores(weights, found).items()}


def category_of(marks: Marks, words: Sequence[str]) -> Verdict:
    """The category of a complaint; where neither lexicon nor learnt words know one it is "other"."""
    sums = category_sums(marks)
    wording = packaged_wording("categories-words.tsv")
    if not sums and not any(word in wording.words for word in words):
        return Verdict("other", 0.3)
    return _surest(category_scores(sums, words, wording))


def category_scores(
    sums: Mapping[str, float], words: Sequence[str], wording: Wording
) -> dict[str, float]:
    """The lexicon's sums, which an office can extend, beside what the words were learnt to say."""
    said = word_sums(without_figures(words), wording, CATEGORY_LOUDNESS)
    return {
        label: said[label] + _LEXICON_WEIGHT * min(sums.get(label, 0.0), _LEXICON_CAP)
        for label in CATEGORIES
    }


def _surest(sums: Mapping[str, float]) -> Verdict:
    shares = chances(sums)
    label = max(shares, key=lambda each: shares[each])
    return Verdict(label, round(shares[label], 3))


@cache
def _model() -> Weights:
    text = (files("bot.reading") / "kinds-model.yaml").read_text(encoding="utf-8")
    loaded: Weights = yaml.safe_load(text)
    return loaded
