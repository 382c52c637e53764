"""Training of the small model that weighs the evidence for a message's kind.

`python -m bot.reading.training CORPUS.jsonl ... --write` fits a softmax regression
over `bot.reading.features` with L2 shrinkage, in plain Python and without chance:
the same corpora always give the same weights (`kinds-model.yaml`).
"""

import json
import math
import sys
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import yaml

from bot.reading.corrections import apply_corrections
from bot.reading.dates import find_dates
from bot.reading.features import CORPUS_KINDS, features
from bot.reading.fold import fold
from bot.reading.lexicon import load_lexicon
from bot.reading.marks import mark
from bot.reading.masks import block_names_and_times
from bot.reading.quantities import find_quantities
from bot.reading.results import judge
from bot.reading.tokens import tokenize

Example = tuple[dict[str, float], str]
"""Features and kind."""
Group = list[Example]
"""One message in its several spellings; a group is never split between folds."""
Weights = dict[str, dict[str, float]]
Row = tuple[list[tuple[int, float]], int]
_STEPS, _RATE, _SHRINKAGE = 250, 0.8, 0.01


def examples(lines: Iterable[str]) -> list[Group]:
    """Corpus lines as features and kind: as typed, without accents, and wrapped in courtesies."""
    found = []
    for line in lines:
        message = json.loads(line)
        today = date.fromisoformat(message["today"])
        text, kind = message["text"], message["kind"]
        spellings = dict.fromkeys((text, fold(text), f"Em chào các bác ạ. {text}. Em cảm ơn ạ"))
        found.append([(features_of(spelling, today), kind) for spelling in spellings])
    return found


def features_of(text: str, today: date) -> dict[str, float]:
    """The features of one message with the packaged lexicon."""
    marks = mark(tokenize(text), load_lexicon())
    dates = find_dates(marks.tokens.folded, today)
    block_names_and_times(marks, dates)
    results, _ = apply_corrections(marks, judge(marks, find_quantities(marks), dates))
    return features(marks, results, dates)


def fit(groups: Sequence[Group], shrinkage: float = _SHRINKAGE) -> Weights:
    """Softmax regression by gradient descent; `bias` is a feature that is always 1."""
    training = [example for group in groups for example in group]
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
    for _ in range(_STEPS):
        _step(weights, rows, shrinkage)
    return {
        kind: dict(zip(names, own, strict=True))
        for kind, own in zip(CORPUS_KINDS, weights, strict=True)
    }


def _step(weights: list[list[float]], rows: list[Row], shrinkage: float) -> None:
    """One step down the slope of the mean loss; the bias is not shrunk."""
    slopes = [[0.0] * len(own) for own in weights]
    for row, kind in rows:
        sums = [sum(own[at] * value for at, value in row) for own in weights]
        top = max(sums)
        powers = [math.exp(each - top) for each in sums]
        whole = sum(powers)
        for each, slope in enumerate(slopes):
            error = powers[each] / whole - (each == kind)
            if abs(error) > 1e-4:
                for at, value in row:
                    slope[at] += error * value
    for own, slope in zip(weights, slopes, strict=True):
        for at, slope_sum in enumerate(slope):
            decay = shrinkage * own[at] if at else 0.0
            own[at] -= _RATE * (slope_sum / len(rows) + decay)


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


def cross_validate(known: Sequence[Group], folds: int = 10, shrinkage: float = _SHRINKAGE) -> float:
    """Share of messages whose kind is right when each tenth is read by a model of the others."""
    right = 0
    for fold_number in range(folds):
        weights = fit(
            [group for at, group in enumerate(known) if at % folds != fold_number], shrinkage
        )
        for at, group in enumerate(known):
            if at % folds == fold_number:
                found, kind = group[0]
                chances = probabilities(weights, found)
                right += max(chances, key=lambda each: chances[each]) == kind
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
    """Cross-validate on the corpora named, and store the model when asked to."""
    paths = [Path(argument) for argument in arguments if not argument.startswith("--")]
    known = examples(
        line for path in paths for line in path.read_text(encoding="utf-8").splitlines()
    )
    sys.stdout.write(
        f"{len(known)} messages, kind accuracy in 10 folds: {cross_validate(known):.4f}\n"
    )
    if "--write" in arguments:
        write_model(fit(known), Path(__file__).with_name("kinds-model.yaml"))


if __name__ == "__main__":
    main(sys.argv[1:])
