"""How answers become one figure, how figures add up, and how far a figure is from its target.

Pure and exact: all arithmetic is in `Decimal`, percentages are 0-100 and never rounded here.
The rules and where they come from: docs/decisions/0004-measures.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from plans.pack import Ask, Comparator, Indicator, Measure, QuestionKind, Target

Answer = Decimal | int | float | str | bool | None
"""One answer of a form; None while it has not been given. A number may come as text: `"8.5"`."""

HUNDRED = Decimal(100)
ZERO = Decimal(0)
ONE = Decimal(1)

GREEN_FROM = Decimal("0.95")
"""On the pace from this share of it on (Eurostat's mark for significant progress, 0004)."""
YELLOW_FROM = Decimal("0.60")
"""Behind the pace but moving from this share of it on (Eurostat's mark for moderate progress, 0004)."""

_SHARES = (Measure.RATIO, Measure.YES_NO)


@dataclass(frozen=True, slots=True)
class Figure:
    """One number: `numerator` alone, or over `denominator` for a ratio or a share that is done.

    A yes is 1 over 1, a no is 0 over 1, so that over many units the share that is done comes out.
    """

    numerator: Decimal
    denominator: Decimal | None = None

    @property
    def value(self) -> Decimal | None:
        """The figure as people read it: a percentage, or the number; None when nothing is below the line."""
        if self.denominator is None:
            return self.numerator
        return HUNDRED * self.numerator / self.denominator if self.denominator else None

    def __add__(self, other: Figure) -> Figure:
        """Both together. A ratio and a plain number have no sum.

        Raises:
            ValueError: one has a denominator and the other has none.
        """
        if (self.denominator is None) != (other.denominator is None):
            raise ValueError("a ratio and a plain number cannot be added")
        below = None
        if self.denominator is not None and other.denominator is not None:
            below = self.denominator + other.denominator
        return Figure(self.numerator + other.numerator, below)


@dataclass(frozen=True, slots=True)
class Dated:
    """A figure of one unit (or one subtree) for a period, both days included."""

    unit: str
    starts: date
    ends: date
    figure: Figure


# --- answers to a figure -----------------------------------------------------------------------


def figure_of(target: Target, answers: Mapping[str, Answer]) -> Figure | None:
    """The figure that the answers of one form come to.

    All questions of a part add up (officials trained and traders trained, over all
    officials and all traders). Remarks count for nothing.

    Returns:
        None while a question that counts has no answer.

    Raises:
        ValueError: an answer that counts is no number.
    """
    above = [amount_of(ask, answers) for ask in target.asks if ask.part == "numerator"]
    below = [amount_of(ask, answers) for ask in target.asks if ask.part == "denominator"]
    if _asks_yes_no(target):
        below = [ONE]
    found = [each for each in (*above, *below) if each is not None]
    if not above or len(found) < len(above) + len(below):
        return None
    return Figure(sum(found[: len(above)], ZERO), sum(found[len(above) :], ZERO) if below else None)


def figure_from_sums(measure: Measure, numerator: Decimal, denominator: Decimal) -> Figure:
    """A figure out of stored sums, where a measure without a denominator keeps 0 in its place."""
    return Figure(numerator, denominator if measure in _SHARES else None)


def in_force(targets: Iterable[Target], year: int) -> tuple[Target, ...]:
    """The targets to ask and show in a year: of several with one indicator, the next one due.

    A plan may set 98 % by 2023 and 100 % by 2025 on one indicator: its questions are asked
    once, and its figure counts once. After the last year the last target stands.
    """
    by_indicator: dict[str, list[Target]] = defaultdict(list)
    for target in targets:
        by_indicator[target.indicator].append(target)
    return tuple(_next_due(each, year) for each in by_indicator.values())


def _next_due(targets: Sequence[Target], year: int) -> Target:
    ordered = sorted(targets, key=lambda target: target.year or date.max.year)
    return next((each for each in ordered if (each.year or year) >= year), ordered[-1])


def _asks_yes_no(target: Target) -> bool:
    return any(ask.kind is QuestionKind.YES_NO for ask in target.asks if ask.part == "numerator")


def amount_of(ask: Ask, answers: Mapping[str, Answer]) -> Decimal | None:
    """The number that answers a question: yes is 1, no is 0; None while there is no answer.

    Raises:
        ValueError: the answer is no number.
    """
    answer = answers.get(ask.key)
    if answer is None or answer == "":
        return None
    if isinstance(answer, bool):
        return ONE if answer else ZERO
    try:
        return Decimal(str(answer))
    except InvalidOperation:
        raise ValueError(f"answer to {ask.key!r} is no number") from None


# --- figures to one figure ---------------------------------------------------------------------


def combine(indicator: Indicator, dated: Iterable[Dated]) -> Figure | None:
    """What many figures of units and periods come to.

    - a standing state (`ratio`, `latest`, `yes_no`): each unit's newest figure, added over units;
    - a flow within a year (`ratio` with `flow`, `cases`): all periods that close in the newest year;
    - what piles up (`sum`, `count`): all periods of the plan.

    A period that lies within another one of the same unit is left out of what piles up or
    flows: the report of the year holds its first half already.

    Returns:
        None when there is no figure at all.
    """
    given = tuple(dated)
    if not given:
        return None
    chosen = _newest(given) if _stands(indicator) else _uncovered(given)
    if indicator.flow or indicator.measure is Measure.CASES:
        newest_year = max(each.ends.year for each in chosen)
        chosen = tuple(each for each in chosen if each.ends.year == newest_year)
    total = chosen[0].figure
    for each in chosen[1:]:
        total = total + each.figure
    return total


def _stands(indicator: Indicator) -> bool:
    if indicator.measure is Measure.RATIO:
        return not indicator.flow
    return indicator.measure in (Measure.LATEST, Measure.YES_NO)


def _newest(dated: Sequence[Dated]) -> tuple[Dated, ...]:
    newest: dict[str, Dated] = {}
    for each in dated:
        known = newest.get(each.unit)
        if known is None or (each.ends, each.starts) > (known.ends, known.starts):
            newest[each.unit] = each
    return tuple(newest.values())


def _uncovered(dated: Sequence[Dated]) -> tuple[Dated, ...]:
    by_unit: dict[str, list[Dated]] = defaultdict(list)
    for each in dated:
        by_unit[each.unit].append(each)
    return tuple(
        each
        for same in by_unit.values()
        for each in same
        if not any(_within(each, other) for other in same)
    )


def _within(one: Dated, other: Dated) -> bool:
    if (one.starts, one.ends) == (other.starts, other.ends):
        return False
    return other.starts <= one.starts and one.ends <= other.ends


# --- a figure and its target -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Progress:
    """How a figure stands to its target.

    `value`, `goal` and `distance` are in the target's unit, for yes/no questions in percent of
    the units that answered; `distance` is what is missing or too much, 0 when reached. `share` is the part of the way that is done, 0 to 1.
    All but `goal` are None while nothing is known.
    """

    value: Decimal | None
    goal: Decimal
    distance: Decimal | None
    reached: bool | None
    share: Decimal | None


def goal_of(target: Target, figure: Figure | None = None) -> Decimal:
    """What must be reached: the plan's value; for a deliverable all of the units, or at least one thing."""
    if target.value is not None:
        return Decimal(str(target.value))
    shares = _asks_yes_no(target) if figure is None else figure.denominator is not None
    return HUNDRED if shares else ONE


def progress(target: Target, figure: Figure | None) -> Progress:
    """How a figure stands to its target; see `Progress`."""
    goal = goal_of(target, figure)
    value = figure.value if figure is not None else None
    if value is None:
        return Progress(None, goal, None, None, None)
    distance = _distance(target.comparator, value, goal)
    return Progress(value, goal, distance, distance == 0, _share(distance, value, goal))


def _distance(comparator: Comparator, value: Decimal, goal: Decimal) -> Decimal:
    if comparator is Comparator.EQUAL:
        return abs(value - goal)
    if comparator is Comparator.AT_MOST:
        return max(ZERO, value - goal)
    return max(ZERO, goal - value)


def _share(distance: Decimal, value: Decimal, goal: Decimal) -> Decimal:
    if distance == 0:
        return ONE
    if value > goal:  # too much: what is allowed over what there is
        return max(ZERO, goal / value)
    return max(ZERO, value / goal) if goal else ZERO


# --- traffic lights ----------------------------------------------------------------------------


class Light(StrEnum):
    """How a target does: on pace or reached, behind, far behind or missed, nothing to say yet."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    GREY = "grey"


def pace(first_year: int, target_year: int, on: date) -> Decimal:
    """The share of the way that a straight line has reached: 0 before the first year, 1 from the end on.

    The line runs from 1 January of the first year to 31 December of the target's year.
    """
    starts, ends = date(first_year, 1, 1), date(target_year, 12, 31)
    if ends <= starts:
        return ONE if on >= ends else ZERO
    return min(ONE, max(ZERO, Decimal((on - starts).days) / Decimal((ends - starts).days)))


def light(
    target: Target,
    done: Progress,
    *,
    on: date,
    first_year: int | None,
    last_year: int | None,
    baseline: Decimal | None = None,
) -> Light:
    """The traffic light of a target on a day (docs/decisions/0004-measures.md).

    Args:
        done: of the same target.
        on: a local day.
        first_year: the plan's, where the straight line begins.
        last_year: the plan's, for targets that name no year.
        baseline: the value when the plan began, in the target's unit; 0 if nobody knows.
    """
    if done.value is None or done.reached is None or done.share is None:
        return Light.GREY
    if done.reached:
        return Light.GREEN
    if _must_always_hold(target):
        return Light.YELLOW if done.share >= GREEN_FROM else Light.RED
    year = target.year or last_year
    if year is None:
        return Light.YELLOW
    if on > date(year, 12, 31):
        return Light.RED
    if target.comparator is Comparator.DONE:
        return Light.YELLOW
    if first_year is None:
        return Light.GREY
    return _beside_the_line(_way(done, baseline), pace(first_year, year, on))


def _must_always_hold(target: Target) -> bool:
    """Zero and keep targets have no way to go: they hold or they do not."""
    return target.comparator in (Comparator.KEEP, Comparator.AT_MOST, Comparator.EQUAL)


def _way(done: Progress, baseline: Decimal | None) -> Decimal:
    if baseline is None or done.value is None or baseline >= done.goal:
        return done.share or ZERO
    return max(ZERO, (done.value - baseline) / (done.goal - baseline))


def _beside_the_line(way: Decimal, expected: Decimal) -> Light:
    if way >= GREEN_FROM * expected:
        return Light.GREEN
    return Light.YELLOW if way >= YELLOW_FROM * expected else Light.RED
