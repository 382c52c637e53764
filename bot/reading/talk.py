"""The finer kinds of messages, and what they are called in the corpus."""

from bot.reading.kinds import Verdict
from bot.reading.marks import Marks
from bot.reading.reading import Context, CorpusKind, Kind
from bot.reading.results import Result

_CORPUS_KINDS: dict[str, CorpusKind] = {
    "campaign": "campaign", "indicator": "indicator", "violation": "violation",
}  # fmt: skip
_ORDER: tuple[Kind, ...] = ("spam", "progress", "question", "difficulty", "thanks", "greeting")


def corpus_kind(label: str) -> CorpusKind:
    """campaign, indicator, violation or other."""
    return _CORPUS_KINDS.get(label, "other")


def fine_kind(
    marks: Marks, verdict: Verdict, results: list[Result], corrected: bool, context: Context
) -> Kind:
    """The kind for the conversation: thanks and spam, questions and difficulties told apart.

    A report whose words only replace a figure is a correction when a report of the
    same person is at hand (`context.correcting`) or when it says so itself.
    """
    said = {hit.entry.label for hit in marks.hits_of("special")}
    kind = corpus_kind(verdict.label)
    if kind in ("campaign", "indicator"):
        kept = [result for result in results if result.refusal is None]
        only_corrects = "correction" in said and len(kept) <= 2
        if only_corrects and (context.correcting or not corrected or len(kept) <= 1):
            return "correction" if context.correcting or _opens_with_correction(marks) else kind
        return kind
    if kind == "violation":
        return "violation"
    if "correction" in said and results:
        return "correction"
    for label in _ORDER:
        if label in said:
            return label
    return "question" if "?" in marks.tokens.folded.plain else "other"


def _opens_with_correction(marks: Marks) -> bool:
    return any(
        hit.first <= 3 for hit in marks.hits_of("special") if hit.entry.label == "correction"
    )
