"""One message in, everything it says out: `read(text, today, context)`."""

from collections.abc import Mapping, Sequence
from datetime import date

from bot.reading.corrections import Withdrawn, apply_corrections
from bot.reading.dates import DateFound, activity_date, find_dates
from bot.reading.kinds import category_of, kind_of
from bot.reading.lexicon import Lexicon, load_lexicon
from bot.reading.marks import Marks, mark
from bot.reading.masks import block_names_and_times
from bot.reading.movements import movement_by_measure, movement_of
from bot.reading.names import match_names
from bot.reading.places import Words, place_words, unit_words
from bot.reading.quantities import find_quantities
from bot.reading.reading import (
    Context,
    CorpusKind,
    Correction,
    Day,
    Ignored,
    Reading,
    Span,
    UnitMatch,
    Value,
    Violation,
)
from bot.reading.reasons import reason_for
from bot.reading.results import Result, judge
from bot.reading.standing import INDICATOR_WEIGHT, ambiguities, indicator_words, with_context
from bot.reading.talk import corpus_kind, fine_kind
from bot.reading.tokens import tokenize
from bot.reading.wording import words_of

# Longer than any post; what comes after is not read, so that a flood of text stays cheap.
_LONGEST_TEXT = 4000
_NO_CONTEXT = Context()


def read(
    text: str, today: date, context: Context | None = None, lexicon: Lexicon | None = None
) -> Reading:
    """Read a field message.

    Args:
        text: as typed; any spelling. Only the first 4,000 characters are read.
        today: the day of posting in Asia/Ho_Chi_Minh; "hôm qua" counts from it.
        context: what the conversation knows (units, open form, plan pack).
        lexicon: the packaged words, or `load_lexicon(extra)` with an office's own.

    Returns:
        A Reading whose spans count in `text`. Values are read for reports only: a
        complaint's figures ("3 chuyến xe") are not results.
    """
    context = context or _NO_CONTEXT
    marks = mark(tokenize(text[:_LONGEST_TEXT]), lexicon or load_lexicon())
    dates = find_dates(marks.tokens.folded, today)
    block_names_and_times(marks, dates)
    results = judge(marks, find_quantities(marks), dates)
    results, withdrawn = apply_corrections(marks, results)
    named = indicator_words(marks, context.indicators)
    results, words = with_context(marks, results, context, named), words_of(marks)
    verdict = kind_of(marks, results, dates, words, INDICATOR_WEIGHT if named else 0.0)
    kind = corpus_kind(verdict.label)
    # Whoever answers an open form with a figure reports, whatever else the words sound like.
    answered = bool(context.open_measures) and any(result.guessed for result in results)
    reported = kind in ("campaign", "indicator") or answered
    day = activity_date(dates, today) if kind != "other" else None
    unit = _words(marks, unit_words(marks))
    place = _words(marks, place_words(marks)) if kind != "other" else None
    movement, guessed = _movement(marks, results, kind, context)
    return Reading(
        text=text,
        kind=fine_kind(marks, verdict, results, bool(withdrawn), context),
        kind_confidence=verdict.confidence,
        values=tuple(_value(marks, r) for r in results if r.refusal is None) if reported else (),
        date=_day(text, day),
        campaign=movement or guessed,
        campaign_guessed=movement is None and guessed is not None,
        unit_text=unit[0] if unit else None,
        unit_span=unit[1] if unit else None,
        unit=_unit(unit[0] if unit else None, context.units),
        place_text=place[0] if place else None,
        violation=_violation(marks, words, place) if kind == "violation" else None,
        corrections=tuple(_correction(marks, one) for one in withdrawn),
        ambiguities=ambiguities(marks, results, context),
        ignored=tuple(_ignored(marks, r) for r in results if r.refusal is not None),
        corpus_kind=kind,
    )


def _movement(
    marks: Marks, results: list[Result], kind: CorpusKind, context: Context
) -> tuple[str | None, str | None]:
    """The movement the words name, and the one that only the measures suggest."""
    if kind not in ("campaign", "indicator"):
        return None, None
    said = [r.measure for r in results if r.refusal is None and r.measure is not None]
    named = movement_of(marks, context.movements)
    suggested = movement_by_measure(said) if kind == "campaign" and named is None else None
    return named, suggested


def _words(marks: Marks, words: Words | None) -> tuple[str, Span] | None:
    return (marks.tokens.quote(*words), marks.tokens.span(*words)) if words is not None else None


def _unit(typed: str | None, units: Mapping[str, tuple[str, ...]]) -> UnitMatch | None:
    if not units or typed is None:
        return None
    matches = match_names(typed, units)
    return UnitMatch(matches.best, matches.near)


def _value(marks: Marks, result: Result) -> Value:
    quantity = result.quantity
    return Value(
        measure=result.measure or "other",
        value=result.value,
        approx=result.approx,
        span=marks.tokens.span(quantity.first, quantity.last),
        quote=marks.tokens.quote(quantity.first, quantity.last),
        confidence=_confidence(result),
        reason=reason_for(marks, result),
        denominator=quantity.denominator,
        what=_what(marks, result),
    )


def _confidence(result: Result) -> float:
    """How sure a reading is: a unit says most, a noun nearly as much, a guess little."""
    if result.guessed:
        return 0.5
    if result.quantity.number.weak or result.quantity.label is not None:
        return 0.75
    return 0.95 if result.quantity.dimension else 0.9


def _what(marks: Marks, result: Result) -> str | None:
    noun = result.quantity.noun or result.quantity.label
    if noun is None:
        return None
    last = noun.last
    while last + 1 < len(marks.items) and last + 1 in marks.materials:
        last = marks.materials[last + 1].last
    return marks.tokens.quote(noun.first, last)


def _day(text: str, found: DateFound | None) -> Day | None:
    if found is None:
        return None
    return Day(found.day, (found.start, found.end), text[found.start : found.end], found.first_day)


def _violation(marks: Marks, words: Sequence[str], place: tuple[str, Span] | None) -> Violation:
    verdict = category_of(marks, words)
    urgent = bool(marks.hits_of("urgent"))
    text, span = place or (None, None)
    return Violation(verdict.label, urgent, text, span, verdict.confidence)


def _correction(marks: Marks, one: Withdrawn) -> Correction:
    wrong = one.wrong.quantity
    span = marks.tokens.span(wrong.first, wrong.last)
    return Correction(
        marks.tokens.quote(wrong.first, wrong.last),
        span,
        one.wrong.value,
        one.right.value if one.right else None,
    )


def _ignored(marks: Marks, result: Result) -> Ignored:
    quantity = result.quantity
    span = marks.tokens.span(quantity.first, quantity.last)
    return Ignored(marks.tokens.quote(quantity.first, quantity.last), span, result.refusal or "")
