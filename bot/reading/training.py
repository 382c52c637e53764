"""Training of the small model that weighs the evidence for a message's kind.

`python -m bot.reading.training CORPUS.jsonl ... --write` fits a softmax regression
over `bot.reading.features` and `bot.reading.wording` with L2 shrinkage, in plain Python
and without chance: the same corpora always give the same weights (`kinds-model.yaml`)
and counts (`kinds-words.tsv`). Without --write it cross-validates.
"""

import json
import math
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import yaml

from bot.reading.corrections import apply_corrections
from bot.reading.dates import find_dates
from bot.reading.features import features
from bot.reading.fold import fold
from bot.reading.lexicon import load_lexicon
from bot.reading.marks import mark
from bot.reading.masks import block_names_and_times
from bot.reading.quantities import find_quantities
from bot.reading.results import judge
from bot.reading.tokens import tokenize
from bot.reading.wording import (
    CORPUS_KINDS,
    Wording,
    as_table,
    count_words,
    wording_features,
    words_of,
)


@dataclass(frozen=True, slots=True)
class Example:
    """One spelling of a labelled message: the features the rules find, its words, its kind."""

    found: dict[str, float]
    words: tuple[str, ...]
    kind: str


Group = list[Example]
"""One message in its several spellings; a group is never split between folds."""
Weights = dict[str, dict[str, float]]
Row = tuple[list[tuple[int, float]], int]
_STEPS, _RATE, _MOMENTUM, _SHRINKAGE = 90, 0.4, 0.85, 0.01


def examples(lines: Iterable[str]) -> list[Group]:
    """Corpus lines as examples: as typed, without accents, and wrapped in courtesies."""
    found = []
    for line in lines:
        message = json.loads(line)
        today = date.fromisoformat(message["today"])
        text = message["text"]
        spellings = dict.fromkeys((text, fold(text), f"Em chào các bác ạ. {text}. Em cảm ơn ạ"))
        found.append([example_of(spelling, today, message["kind"]) for spelling in spellings])
    return found


def example_of(text: str, today: date, kind: str) -> Example:
    """One message with the features of the packaged lexicon."""
    marks = mark(tokenize(text), load_lexicon())
    dates = find_dates(marks.tokens.folded, today)
    block_names_and_times(marks, dates)
    results, _ = apply_corrections(marks, judge(marks, find_quantities(marks), dates))
    return Example(features(marks, results, dates), tuple(words_of(marks.items)), kind)


def count_groups(groups: Iterable[Group]) -> Wording:
    """The words of the messages as they were typed."""
    return count_words((group[0].words, group[0].kind) for group in groups)


def fit(groups: Sequence[Group], known: Wording | None, shrinkage: float = _SHRINKAGE) -> Weights:
    """Softmax regression by gradient descent; `bias` is a feature that is always 1.

    Args:
        known: the word counts of the same groups, or None to learn without wording.
    """
    training = [
        (_with_wording(example, known, group[0]), example.kind)
        for group in groups
        for example in group
    ]
    names = ["bias", *sorted({name for found, _ in training for name in found})]
    place = {name: at for at, name in enumerate(names)}
    rows = [
        (
            [(0, 1.0), *((place[name], value) for name, value in found.items())],
            CORPUS_KINDS.index(kind),
        )
        for found, kind in training
    ]
    weights = [[0.0] * len(names) for _ in CORPUS_KINDS]
    speeds = [[0.0] * len(names) for _ in CORPUS_KINDS]
    for _ in range(_STEPS):
        _step(weights, speeds, rows, shrinkage)
    return {
        kind: dict(zip(names, own, strict=True))
        for kind, own in zip(CORPUS_KINDS, weights, strict=True)
    }


def _with_wording(example: Example, known: Wording | None, typed: Example) -> dict[str, float]:
    if known is None:
        return example.found
    own = (frozenset(typed.words), typed.kind)
    return example.found | wording_features(example.words, known, own)


def _step(
    weights: list[list[float]], speeds: list[list[float]], rows: list[Row], shrinkage: float
) -> None:
    """One step down the slope of the mean loss, with momentum; the bias is not shrunk."""
    slopes = [[0.0] * len(own) for own in weights]
    for row, kind in rows:
        sums = [sum(own[at] * value for at, value in row) for own in weights]
        top = max(sums)
        powers = [math.exp(each - top) for each in sums]
        whole = sum(powers)
        for each, slope in enumerate(slopes):
            error = powers[each] / whole - (each == kind)
            if abs(error) > 1e-3:
                for at, value in row:
                    slope[at] += error * value
    for own, speed, slope in zip(weights, speeds, slopes, strict=True):
        for at, slope_sum in enumerate(slope):
            decay = shrinkage * own[at] if at else 0.0
            speed[at] = _MOMENTUM * speed[at] - _RATE * (slope_sum / len(rows) + decay)
            own[at] += speed[at]


def probabilities(weights: Weights, found: dict[str, float]) -> dict[str, float]:
    """How likely each kind is, by the weights."""
    sums = {
        kind: own.get("bias", 0.0)
        + sum(own.get(name, 0.0) * value for name, value in found.items())
        for kind, own in weights.items()
    }
    top = max(sums.values())
    powers = {kind: math.exp(total - top) for kind, total in sums.items()}
    whole = sum(powers.values())
    return {kind: power / whole for kind, power in powers.items()}


def cross_validate(known: Sequence[Group], with_wording: bool = True, folds: int = 10) -> float:
    """Share of messages whose kind is right when each tenth is read by a model of the others."""
    right = 0
    for fold_number in range(folds):
        others = [group for at, group in enumerate(known) if at % folds != fold_number]
        counted = count_groups(others) if with_wording else None
        weights = fit(others, counted)
        for group in known[fold_number::folds]:
            found = group[0].found
            if counted is not None:
                found = found | wording_features(group[0].words, counted)
            chances = probabilities(weights, found)
            right += max(chances, key=lambda each: chances[each]) == group[0].kind
    return right / len(known)


def write_model(weights: Weights, path: Path) -> None:
    """Store the weights, rounded; features that say next to nothing are left out."""
    rounded = {
        kind: {name: round(value, 3) for name, value in own.items() if abs(value) >= 0.005}
        for kind, own in weights.items()
    }
    path.write_text(
        "# Written by `python -m bot.reading.training`; not edited by hand.\n"
        + yaml.safe_dump(rounded),
        encoding="utf-8",
    )


def main(arguments: Sequence[str]) -> None:
    """Cross-validate on the corpora named, or store the model learnt from all of them."""
    paths = [Path(argument) for argument in arguments if not argument.startswith("--")]
    known = examples(
        line for path in paths for line in path.read_text(encoding="utf-8").splitlines()
    )
    if "--write" in arguments:
        counted = count_groups(known)
        Path(__file__).with_name("kinds-words.tsv").write_text(as_table(counted), encoding="utf-8")
        write_model(fit(known, counted), Path(__file__).with_name("kinds-model.yaml"))
    else:
        for with_wording in (False, True):
            share = cross_validate(known, with_wording)
            said = "with" if with_wording else "without"
            sys.stdout.write(f"{len(known)} messages in 10 folds, {said} wording: {share:.4f}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
