"""One line of free text against the questions of a report: which value answers which question.

A value goes to a question of the same measure. Where several questions share a measure,
the words around the value must speak for one of them more clearly than for the others;
where they do not, nothing is guessed and the question is asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rapidfuzz import fuzz

from bot.flows.answers import exact
from bot.flows.form import Form, Gleaned
from bot.flows.scales import in_unit
from bot.reading.fold import fold
from bot.reading.read import read
from bot.reading.reading import Context, Value

if TYPE_CHECKING:
    from bot.flows.report import Item

_CLEAR = 12.0
"""How much better (0–100) the words must fit one question than the next best."""

_AROUND = 40
"""Letters before and after a value that may say what it counts."""

_LONGEST_NAME = 5
"""Words of a label that people type of it, at most."""

_CLAUSE_ENDS = re.compile(r"[,;.\n]")
_STOP_WORDS = frozenset(
    "co bao nhieu da duoc cua la o thon minh a anh chi ca tat trong ky nay den va cac so mot may roi chua ha ho".split()
)


def gleaned(items: Sequence[Item], form: Form[Any], words: str) -> Mapping[str, Gleaned]:
    """Answers by question key, each with the words it was read from."""
    reading = read(words, form.moment.today, _asked(items))
    corrects = bool(reading.corrections) or reading.kind == "correction"
    found: dict[str, Gleaned] = {}
    for value in reading.values:
        around = fold(_clause(words, value))
        item = _home(value, around, [one for one in items if one.key not in found])
        if item is None:
            continue
        found[item.key] = Gleaned(_kept(value.value, item), value.quote, corrects)
        whole = next((one for one in items if one.key == item.pair), None)
        if value.denominator is not None and whole is not None and whole.part == "denominator":
            found[whole.key] = Gleaned(_kept(value.denominator, whole), value.quote, corrects)
    return found


def _asked(items: Sequence[Item]) -> Context:
    """What the open form asks, so that "nước sạch 148/150" is read without a noun of its own.

    The names are every two to five neighbouring words of a question's label that speak for
    one measure only; which question of that measure is meant, the words around decide.
    """
    named: dict[str, set[str]] = {}
    for item in items:
        if item.reading and item.part != "denominator":
            for name in _parts_of(fold(item.label).split()):
                named.setdefault(name, set()).add(item.reading)
    indicators = {name: measures.pop() for name, measures in named.items() if len(measures) == 1}
    return Context(
        indicators=indicators,
        open_measures=tuple(dict.fromkeys(item.reading for item in items if item.reading)),
    )


def _parts_of(label: Sequence[str]) -> list[str]:
    """The runs of two to five words that neither begin nor end with a word that says nothing."""
    return [
        " ".join(label[start:end])
        for start in range(len(label))
        for end in range(start + 2, min(start + _LONGEST_NAME, len(label)) + 1)
        if label[start] not in _STOP_WORDS and label[end - 1] not in _STOP_WORDS
    ]


def _clause(words: str, value: Value) -> str:
    """The words around a value, no further than the signs that end what is said of it."""
    start, end = value.span
    before = _CLAUSE_ENDS.split(words[max(0, start - _AROUND) : start])[-1]
    after = _CLAUSE_ENDS.split(words[end : end + _AROUND], maxsplit=1)[0]
    return f"{before}{words[start:end]}{after}"


def _home(value: Value, around: str, items: Sequence[Item]) -> Item | None:
    fitting = [one for one in items if one.reading == value.measure and one.part != "denominator"]
    if len(fitting) < 2:
        return fitting[0] if fitting else None
    scored = sorted(((_speaks_for(one, around), i) for i, one in enumerate(fitting)), reverse=True)
    best, second = scored[0], scored[1]
    return fitting[best[1]] if best[0] - second[0] >= _CLEAR else None


def _speaks_for(item: Item, around: str) -> float:
    """How well the words around a value name what the question asks for, 0–100."""
    asked = [word for word in fold(f"{item.label} {item.words}").split() if word not in _STOP_WORDS]
    told = [word for word in around.split() if word not in _STOP_WORDS]
    return fuzz.token_set_ratio(" ".join(asked), " ".join(told)) if asked and told else 0.0


def _kept(value: Decimal, item: Item) -> int | str:
    number = in_unit(value, item.unit)
    return int(number) if item.kind in ("whole", "money") else exact(number)
