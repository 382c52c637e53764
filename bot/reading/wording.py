"""What kind of message its very words suggest: a small naive Bayes over words and word pairs.

The rules of `bot.reading.features` know what they were told; this knows which words the
labelled messages of each kind held. It only gives four features more to the same softmax.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise

from bot.reading.tokens import Token

CORPUS_KINDS = ("campaign", "indicator", "violation", "other")
_LEAST = 2  # a word seen once says nothing about the next message
_SMOOTHING = 0.3


@dataclass(frozen=True, slots=True)
class Wording:
    """In how many messages of each kind a word stood; kinds in the order of `CORPUS_KINDS`."""

    messages: tuple[int, ...]
    words: Mapping[str, tuple[int, ...]]


def words_of(items: Iterable[Token]) -> list[str]:
    """The distinct folded words and pairs of neighbours of a message, figures left out."""
    plain = [token.plain for token in items if token.sort == "word"]
    pairs = (f"{one} {other}" for one, other in pairwise(plain))
    return list(dict.fromkeys([*plain, *pairs]))


def count_words(messages: Iterable[tuple[Sequence[str], str]]) -> Wording:
    """The words of labelled messages, counted; words seen less than twice are left out."""
    totals: Counter[str] = Counter()
    seen: dict[str, Counter[str]] = {}
    for words, kind in messages:
        totals[kind] += 1
        for word in words:
            seen.setdefault(word, Counter())[kind] += 1
    kept = {
        word: tuple(counts[kind] for kind in CORPUS_KINDS)
        for word, counts in seen.items()
        if counts.total() >= _LEAST
    }
    return Wording(tuple(totals[kind] for kind in CORPUS_KINDS), kept)


def wording_features(
    words: Sequence[str], known: Wording, own: tuple[frozenset[str], str] | None = None
) -> dict[str, float]:
    """How much more each kind's messages use these words than the others do, per word.

    Args:
        own: for training only: the words and kind of this very message, which is then
            taken out of the counts, as if it had not been seen.
    """
    own_words, own_kind = own or (frozenset(), "")
    at_own = CORPUS_KINDS.index(own_kind) if own_kind else -1
    found = [
        (known.words[word], word in own_words)
        for word in words
        if word in known.words and sum(known.words[word]) - (word in own_words) >= _LEAST
    ]
    if not found:
        return {}
    sums = []
    for at, total in enumerate(known.messages):
        mine = at == at_own
        whole = total - mine + 2 * _SMOOTHING
        sums.append(
            sum(
                math.log((counts[at] - (mine and held) + _SMOOTHING) / whole)
                for counts, held in found
            )
        )
    return _per_word(sums, len(found))


def _per_word(sums: Sequence[float], words: int) -> dict[str, float]:
    middle = sum(sums) / len(sums)
    return {
        f"wording {kind}": (own_sum - middle) / words
        for kind, own_sum in zip(CORPUS_KINDS, sums, strict=True)
    }


def packaged_wording_features(words: Sequence[str]) -> dict[str, float]:
    """As `wording_features` with the packaged counts, whose logarithms are kept ready."""
    ready = _packaged_logarithms()
    found = [ready[word] for word in words if word in ready]
    return _per_word([sum(each) for each in zip(*found, strict=True)], len(found)) if found else {}


@cache
def _packaged_logarithms() -> dict[str, tuple[float, ...]]:
    known = packaged_wording()
    wholes = [total + 2 * _SMOOTHING for total in known.messages]
    return {
        word: tuple(
            math.log((count + _SMOOTHING) / whole)
            for count, whole in zip(counts, wholes, strict=True)
        )
        for word, counts in known.words.items()
    }


def as_table(known: Wording) -> str:
    """The counts as tab-separated text, one word a line, the numbers of messages first."""
    lines = ["\t".join(["", *map(str, known.messages)])]
    lines += ["\t".join([word, *map(str, counts)]) for word, counts in sorted(known.words.items())]
    return "\n".join(lines) + "\n"


@cache
def packaged_wording() -> Wording:
    """The counts that were trained with the packaged weights (`kinds-words.tsv`)."""
    text = (files("bot.reading") / "kinds-words.tsv").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines()]
    table = {row[0]: tuple(int(count) for count in row[1:]) for row in rows}
    return Wording(table.pop(""), table)
