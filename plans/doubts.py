"""Answers that can be true but are worth asking once more; which they are, not how it is said. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from plans.measures import HUNDRED, Answer, amount_of
from plans.pack import Ask, QuestionKind, Target

TENFOLD = 10
"""A value this many times the last one, or this part of it, is asked again."""
SMALL = Decimal(20)
"""Below this a tenfold change is nothing: from 1 household to 12."""
SIZE_MARGIN = Decimal("0.2")
"""How far a count of all households may lie from the unit's own before it is asked again."""

ALL_HOUSEHOLDS = "tong-so-ho"
"""The key of the question "how many households are there in all", the same in every pack."""

DoubtKind = Literal["more_than_all", "over_100_percent", "tenfold", "a_tenth", "unlike_unit_size"]


@dataclass(frozen=True, slots=True)
class Doubt:
    """A value that can be true but is worth asking once more; the person has the last word.

    `ask` is the question's key, `given` its answer and `against` what it was held against:
    the whole, 100, the last period's answer or the unit's number of households.
    """

    kind: DoubtKind
    ask: str
    given: Decimal
    against: Decimal


def doubts(
    target: Target,
    answers: Mapping[str, Answer],
    last_answers: Mapping[str, Answer],
    unit_size: int | None,
) -> tuple[Doubt, ...]:
    """What is hard to believe in the answers of one target, in the order of its questions.

    Args:
        answers: what has been answered so far; missing answers raise no doubt.
        last_answers: the same unit's answers of the last period; empty if there are none.
        unit_size: the unit's households, None if nobody has counted them.

    Raises:
        ValueError: an answer that counts is no number.
    """
    found: list[Doubt] = []
    whole: Decimal | None = None
    for ask in reversed(target.asks):  # a part is held against the whole that is asked behind it
        given = amount_of(ask, answers) if _counts(ask) else None
        if ask.part == "denominator":
            whole = given
        if given is None:
            continue
        found += [
            *_doubt_of_size(ask, given, unit_size),
            *_doubt_of_jump(ask, given, amount_of(ask, last_answers)),
            *_doubt_of_part(target, ask, given, whole),
        ]
    return tuple(reversed(found))


def _counts(ask: Ask) -> bool:
    return ask.part != "remark" and ask.kind is not QuestionKind.YES_NO


def _doubt_of_part(
    target: Target, ask: Ask, given: Decimal, whole: Decimal | None
) -> Iterable[Doubt]:
    if ask.part != "numerator":
        return
    if whole is not None and given > whole:
        yield Doubt("more_than_all", ask.key, given, whole)
    alone = all(each.part != "denominator" for each in target.asks)
    if alone and target.unit == "%" and given > HUNDRED:
        yield Doubt("over_100_percent", ask.key, given, HUNDRED)


def _doubt_of_jump(ask: Ask, given: Decimal, last: Decimal | None) -> Iterable[Doubt]:
    if last is None or max(given, last) < SMALL:
        return
    if given >= last * TENFOLD:
        yield Doubt("tenfold", ask.key, given, last)
    elif given * TENFOLD <= last:
        yield Doubt("a_tenth", ask.key, given, last)


def _doubt_of_size(ask: Ask, given: Decimal, unit_size: int | None) -> Iterable[Doubt]:
    if unit_size is None or ask.reading != "households":
        return
    size = Decimal(unit_size)
    if ask.part == "denominator":
        unlike = abs(given - size) > size * SIZE_MARGIN and _all_households(ask)
    else:
        unlike = given > size * (1 + SIZE_MARGIN)
    if unlike:
        yield Doubt("unlike_unit_size", ask.key, given, size)


def _all_households(ask: Ask) -> bool:
    """Whether a question counts every household of the unit, not only those that breed or trade."""
    return ask.key == ALL_HOUSEHOLDS
