"""One message in, everything it says out: `read(text, today, context)`."""

from datetime import date

from bot.reading.corrections import Withdrawn, apply_corrections
from bot.reading.dates import DateFound, activity_date, find_dates
from bot.reading.kinds import category_of, kind_of
from bot.reading.lexicon import Lexicon, load_lexicon
from bot.reading.marks import Marks, mark
from bot.reading.masks import block_names_and_times
from bot.reading.quantities import find_quantities
from bot.reading.reading import Context, Correction, Day, Ignored, Reading, Value, Violation
from bot.reading.results import Result, judge
from bot.reading.tokens import tokenize


def read(text: str, today: date, context: Context | None = None, lexicon: Lexicon | None = None) -> Reading:
    """Read a field message.

    Args:
        text: as typed; any length, any spelling.
        today: the day of posting in Asia/Ho_Chi_Minh; "hôm qua" counts from it.
        context: what the conversation knows (units, open form, plan pack).
        lexicon: the packaged words, or `load_lexicon(extra)` with an office's own.
    """
    marks = mark(tokenize(text), lexicon or load_lexicon())
    dates = find_dates(marks.tokens.folded, today)
    block_names_and_times(marks, dates)
    results = judge(marks, find_quantities(marks), dates)
    results, withdrawn = apply_corrections(marks, results)
    verdict = kind_of(marks, results, dates)
    reported = verdict.label in ("campaign", "indicator")
    day = activity_date(dates, today) if verdict.label != "other" else None
    return Reading(
        text=text,
        kind=verdict.label,
        kind_confidence=verdict.confidence,
        values=tuple(_value(marks, r) for r in results if r.refusal is None) if reported else (),
        date=_day(text, day),
        violation=_violation(marks) if verdict.label == "violation" else None,
        corrections=tuple(_correction(marks, one) for one in withdrawn),
        ignored=tuple(_ignored(marks, r) for r in results if r.refusal is not None),
        corpus_kind=verdict.label,
    )


def _value(marks: Marks, result: Result) -> Value:
    quantity = result.quantity
    span = marks.tokens.span(quantity.first, quantity.last)
    return Value(
        measure=result.measure or "other",
        value=result.value,
        approx=result.approx,
        span=span,
        quote=marks.tokens.quote(quantity.first, quantity.last),
        confidence=0.5 if result.guessed else 0.9,
        reason="",
        denominator=quantity.denominator,
    )


def _day(text: str, found: DateFound | None) -> Day | None:
    if found is None:
        return None
    return Day(found.day, (found.start, found.end), text[found.start : found.end], found.first_day)


def _violation(marks: Marks) -> Violation:
    verdict = category_of(marks)
    return Violation(verdict.label, False, None, None, verdict.confidence)


def _correction(marks: Marks, one: Withdrawn) -> Correction:
    wrong = one.wrong.quantity
    span = marks.tokens.span(wrong.first, wrong.last)
    return Correction(marks.tokens.quote(wrong.first, wrong.last), span, one.wrong.value, one.right.value if one.right else None)


def _ignored(marks: Marks, result: Result) -> Ignored:
    quantity = result.quantity
    span = marks.tokens.span(quantity.first, quantity.last)
    return Ignored(marks.tokens.quote(quantity.first, quantity.last), span, result.refusal or "")
