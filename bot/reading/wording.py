"""What a message's very words suggest: learnt weights of words and pairs of neighbours.

The rules of `bot.reading.features` and the lexicon know what they were told; these weights know
which words the labelled messages of each kind, and the complaints of each category, held
(`bot.reading.training`). A figure stands as "#", one that was set aside (a day, a clock time,
"thôn 3") as "@", so that "có #" and "trồng #" say different things.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise

from bot.reading.marks import Marks

CORPUS_KINDS = ("campaign", "indicator", "violation", "other")
CATEGORIES = (
    "animal_carcass", "burning", "dumping", "dust", "encroachment", "mining",
    "noise", "odour_livestock", "other", "pesticide_packaging", "wastewater",
)  # fmt: skip
_SIGN, _FIGURE, _SET_ASIDE = ",", "#", "@"
_NO_WORDS = frozenset({_SIGN, _FIGURE, _SET_ASIDE})


@dataclass(frozen=True, slots=True)
class Wording:
    """Learnt weights: word → one weight for each of `labels`."""

    labels: tuple[str, ...]
    words: Mapping[str, tuple[float, ...]]


def words_of(marks: Marks) -> list[str]:
    """The distinct folded words and pairs of neighbours of a message; no pair spans a sign."""
    blocked = marks.blocked
    said = [
        token.plain
        if token.sort == "word"
        else _SIGN
        if token.sort == "sign"
        else _SET_ASIDE
        if at in blocked
        else _FIGURE
        for at, token in enumerate(marks.items)
    ]
    found = dict.fromkeys(word for word in said if word not in _NO_WORDS)
    for one, other in pairwise(said):
        if one != _SIGN and other != _SIGN:
            found[f"{one} {other}"] = None
    return list(found)


def without_figures(words: Sequence[str]) -> list[str]:
    """The words that tell of no figure: what a complaint is about does not hang on its numbers."""
    return [word for word in words if _FIGURE not in word and _SET_ASIDE not in word]


def word_features(
    words: Sequence[str], known: Callable[[str], bool], loudness: float
) -> dict[str, float]:
    """The known words as features whose squares sum to `loudness` squared, however many there are."""
    kept = [word for word in words if known(word)]
    each = loudness / math.sqrt(len(kept)) if kept else 0.0
    return dict.fromkeys(kept, each)


def word_sums(words: Sequence[str], wording: Wording, loudness: float) -> dict[str, float]:
    """What the words add to each label: `word_features` times their weights."""
    table = wording.words
    found = [table[word] for word in words if word in table]
    if not found:
        return dict.fromkeys(wording.labels, 0.0)
    each = loudness / math.sqrt(len(found))
    sums = (each * sum(column) for column in zip(*found, strict=True))
    return dict(zip(wording.labels, sums, strict=True))


def as_table(wording: Wording) -> str:
    """The weights in hundredths as tab-separated text: the labels, then one word a line."""
    lines = ["\t".join(["", *wording.labels])]
    for word, weights in sorted(wording.words.items()):
        lines.append("\t".join([word, *(str(round(100 * weight)) for weight in weights)]))
    return "\n".join(lines) + "\n"


@cache
def packaged_wording(name: str) -> Wording:
    """The weights of a packaged file: `kinds-words.tsv` or `categories-words.tsv`."""
    text = (files("bot.reading") / name).read_text(encoding="utf-8")
    head, *rows = (line.split("\t") for line in text.splitlines())
    words = {word: tuple(int(each) / 100 for each in weights) for word, *weights in rows}
    return Wording(tuple(head[1:]), words)
