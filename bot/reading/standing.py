"""What the conversation knows of a figure that names no noun: the plan's words before it, the open question.

"Hộ phân loại rác: 85" counts what the plan's indicator of that name counts; "được 30" in a
form that asks for one thing only answers that. Both are shown and confirmed like every value.
"""

from collections.abc import Mapping

from bot.reading.fold import fold
from bot.reading.marks import Marks
from bot.reading.measures import Result
from bot.reading.reading import Ambiguity, Context
from bot.reading.refusals import NO_NOUN

# "rác" alone names no indicator; its words must be at least so many.
_LEAST_WORDS = 2
INDICATOR_WEIGHT = 12.0
"""How much an indicator's name says that a message states a figure: as three strong words of the lexicon."""


def indicator_words(marks: Marks, indicators: Mapping[str, str]) -> dict[int, str]:
    """Where the plan's indicators are named: the last token of each name → its measure."""
    found: dict[int, str] = {}
    if not indicators:
        return found
    plain = marks.tokens.folded.plain
    for name, measure in indicators.items():
        words = fold(name)
        at = plain.find(words) if len(words.split()) >= _LEAST_WORDS else -1
        if at >= 0:
            last = max(marks.starts_in(at, at + len(words)), default=None)
            if last is not None:
                found[last] = measure
    return found


def with_context(
    marks: Marks, results: list[Result], context: Context, named: Mapping[int, str]
) -> list[Result]:
    """Bare figures given a measure where only one can be meant."""
    known = [_as_named(marks, result, named) for result in results]
    bare = [at for at, result in enumerate(known) if _is_bare(result)]
    open_measures = _unsaid(known, context)
    if len(bare) == 1 and len(open_measures) == 1:
        known[bare[0]] = _taken(known[bare[0]], open_measures[0])
    return known


def ambiguities(marks: Marks, results: list[Result], context: Context) -> tuple[Ambiguity, ...]:
    """The figures that stay bare, with what each could answer: ask, do not guess."""
    return tuple(
        Ambiguity(
            marks.tokens.quote(result.quantity.first, result.quantity.last),
            marks.tokens.span(result.quantity.first, result.quantity.last),
            result.quantity.number.value,
            _unsaid(results, context),
        )
        for result in results
        if _is_bare(result)
    )


def _is_bare(result: Result) -> bool:
    return (
        result.measure is None
        and result.quantity.not_counted is None
        and result.refusal in (None, NO_NOUN)
        and not result.quantity.number.weak  # "ba", "năm" among words are rarely figures
    )


def _as_named(marks: Marks, result: Result, named: Mapping[int, str]) -> Result:
    here = result.quantity.first
    if not _is_bare(result):
        return result
    before = [last for last in named if last < here and marks.same_sentence(last, here)]
    return _taken(result, named[max(before)]) if before else result


def _unsaid(results: list[Result], context: Context) -> tuple[str, ...]:
    said = {result.measure for result in results if result.refusal is None}
    return tuple(measure for measure in context.open_measures if measure not in said)


def _taken(result: Result, measure: str) -> Result:
    return result._replace(measure=measure, refusal=None, guessed=True)
