"""Training of the two small models: which kind a message is, and what a complaint is about.

`python -m bot.reading.training FILE ... --write` fits softmax regressions (`softmax`) over the
rules' features and the words (`wording`) in plain Python and without chance: the same files
always give the same weights (`kinds-model.yaml`, `kinds-words.tsv`, `categories-words.tsv`).
Without --write it cross-validates. A file is labelled messages (`.jsonl`) or generated phrases
(`.tsv`: a kind or "violation" with its category, a tab, the phrase).
"""

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import yaml

from bot.reading import softmax
from bot.reading.corrections import apply_corrections
from bot.reading.dates import find_dates
from bot.reading.features import category_sums, features
from bot.reading.fold import fold
from bot.reading.kinds import (
    CATEGORY_LOUDNESS,
    KIND_LOUDNESS,
    category_scores,
    kind_scores,
)
from bot.reading.lexicon import load_lexicon
from bot.reading.marks import mark
from bot.reading.masks import block_names_and_times
from bot.reading.quantities import find_quantities
from bot.reading.results import judge
from bot.reading.softmax import Weights
from bot.reading.tokens import tokenize
from bot.reading.wording import (
    CATEGORIES,
    CORPUS_KINDS,
    Wording,
    as_table,
    without_figures,
    word_features,
    words_of,
)

_PHRASES_READ_ON = date(2026, 7, 15)
_LEAST = 2  # a word seen once says nothing about the next message
_SLIGHT = 0.03


@dataclass(frozen=True, slots=True)
class Example:
    """One spelling of a labelled message: what the rules find, its words, its labels."""

    found: dict[str, float]
    words: tuple[str, ...]
    kind: str
    category: str | None
    sums: dict[str, float]


Group = list[Example]
"""One message in its several spellings; a group is never split between folds."""


def examples(lines: Iterable[str]) -> list[Group]:
    """Corpus lines as examples: as typed, without accents, and wrapped in courtesies."""
    found = []
    for line in lines:
        message = json.loads(line)
        violation = message["expect"]["violation"]
        category = violation["category"] if violation else None
        today = date.fromisoformat(message["today"])
        found.append(_spellings(message["text"], today, message["kind"], category))
    return found


def generated_examples(lines: Iterable[str]) -> list[Group]:
    """Generated phrases as examples: "violation dust<tab>Bụi bay mù mịt" is a complaint about dust."""
    found = []
    for line in lines:
        label, text = line.split("\t", 1)
        category = label.removeprefix("violation ") if label not in CORPUS_KINDS else None
        kind = "violation" if category else label
        found.append(_spellings(text, _PHRASES_READ_ON, kind, category))
    return found


def _spellings(text: str, today: date, kind: str, category: str | None) -> Group:
    spellings = dict.fromkeys((text, fold(text), f"Em chào các bác ạ. {text}. Em cảm ơn ạ"))
    return [_example(spelling, today, kind, category) for spelling in spellings]


def _example(text: str, today: date, kind: str, category: str | None) -> Example:
    """One message with the features of the packaged lexicon."""
    marks = mark(tokenize(text), load_lexicon())
    dates = find_dates(marks.tokens.folded, today)
    block_names_and_times(marks, dates)
    results, _ = apply_corrections(marks, judge(marks, find_quantities(marks), dates))
    found = features(marks, results, dates)
    return Example(found, tuple(words_of(marks)), kind, category, category_sums(marks))


def fit_kinds(groups: Sequence[Group], with_wording: bool = True) -> tuple[Weights, Wording]:
    """The weights of the rules' features and of the words, learnt together."""
    known = softmax.seen_often((group[0].words for group in groups), _LEAST)
    names = {word: f"word {word}" for word in (known if with_wording else ())}
    rows = [
        (
            example.found
            | {
                names[word]: value
                for word, value in word_features(
                    example.words, names.__contains__, KIND_LOUDNESS
                ).items()
            },
            example.kind,
        )
        for group in groups
        for example in group
    ]
    learnt = softmax.fit(rows, CORPUS_KINDS, passes=8, rate=0.1)
    words = {
        word: tuple(learnt[kind].pop(name, 0.0) for kind in CORPUS_KINDS)
        for word, name in names.items()
    }
    return learnt, Wording(CORPUS_KINDS, words)


def fit_categories(groups: Sequence[Group]) -> Wording:
    """The weights of the words of complaints, apart from the lexicon, which knows these messages."""
    complaints = [
        (without_figures(group[0].words), group[0].category)
        for group in groups
        if group[0].category is not None
    ]
    known = softmax.seen_often((words for words, _ in complaints), _LEAST)
    rows = [
        (word_features(words, known.__contains__, CATEGORY_LOUDNESS), category)
        for words, category in complaints
        if category is not None
    ]
    learnt = softmax.fit(rows, CATEGORIES, passes=15, rate=0.3)
    words = {word: tuple(learnt[label].get(word, 0.0) for label in CATEGORIES) for word in known}
    return Wording(CATEGORIES, words)


def kind_read(example: Example, weights: Weights, wording: Wording) -> str:
    """The kind that the weights give an example."""
    sums = kind_scores(example.found, example.words, weights, wording)
    return max(sums, key=lambda kind: sums[kind])


def cross_validate(
    known: Sequence[Group],
    always: Sequence[Group] = (),
    with_wording: bool = True,
    folds: int = 5,
) -> float:
    """Share of messages whose kind is right when each fold is read by weights of the others.

    Args:
        known: the messages that are judged.
        always: examples that are learnt from in every fold and never judged.
    """
    right = 0
    for number in range(folds):
        others = [group for at, group in enumerate(known) if at % folds != number]
        weights, wording = fit_kinds([*others, *always], with_wording)
        judged = known[number::folds]
        right += sum(kind_read(group[0], weights, wording) == group[0].kind for group in judged)
    return right / len(known)


def cross_validate_categories(
    known: Sequence[Group], always: Sequence[Group] = (), folds: int = 5
) -> tuple[float, float, float]:
    """Shares of complaints rightly placed by the lexicon, by the words learnt, and by both."""
    complaints = [group for group in known if group[0].category is not None]
    right = [0, 0, 0]
    for number in range(folds):
        others = [group for at, group in enumerate(complaints) if at % folds != number]
        learnt, none = fit_categories([*others, *always]), Wording(CATEGORIES, {})
        for example, *_ in complaints[number::folds]:
            lexicon, nothing = example.sums, dict[str, float]()
            ways = ((lexicon, none), (nothing, learnt), (lexicon, learnt))
            for way, (sums, wording) in enumerate(ways):
                found = category_scores(sums, example.words, wording)
                right[way] += max(found, key=lambda each: found[each]) == example.category
    alone, words, both = (count / len(complaints) for count in right)
    return alone, words, both


def write_models(known: Sequence[Group], folder: Path) -> None:
    """Store what is learnt from all examples, rounded; words that say next to nothing are left out."""
    weights, wording = fit_kinds(known)
    rounded = {
        kind: {name: round(value, 3) for name, value in own.items() if abs(value) >= 0.005}
        for kind, own in weights.items()
    }
    (folder / "kinds-model.yaml").write_text(
        "# Written by `python -m bot.reading.training`; not edited by hand.\n"
        + yaml.safe_dump(rounded),
        encoding="utf-8",
    )
    for name, words in (("kinds", wording), ("categories", fit_categories(known))):
        telling = {
            word: weights
            for word, weights in words.words.items()
            if max(map(abs, weights)) > _SLIGHT
        }
        (folder / f"{name}-words.tsv").write_text(
            as_table(Wording(words.labels, telling)), encoding="utf-8"
        )


def load(paths: Iterable[Path]) -> list[Group]:
    """The examples of labelled messages and of generated phrases."""
    known: list[Group] = []
    for path in paths:
        lines = path.read_text(encoding="utf-8").splitlines()
        known += generated_examples(lines) if path.suffix == ".tsv" else examples(lines)
    return known


def main(arguments: Sequence[str]) -> None:
    """Cross-validate on the files named, or store the models learnt from all of them."""
    known = load(Path(argument) for argument in arguments if not argument.startswith("--"))
    if "--write" in arguments:
        write_models(known, Path(__file__).parent)
        return
    for with_wording in (False, True):
        share = cross_validate(known, with_wording=with_wording)
        said = "with" if with_wording else "without"
        sys.stdout.write(f"{len(known)} messages in 5 folds, kind {said} words: {share:.4f}\n")
    lexicon, words, both = cross_validate_categories(known)
    sys.stdout.write(f"category: lexicon {lexicon:.4f}, words {words:.4f}, both {both:.4f}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
