"""What kind of message it is, and what a complaint is about."""

from collections import defaultdict
from dataclasses import dataclass

from bot.reading.dates import DateFound
from bot.reading.lexicon import Hit
from bot.reading.marks import Marks
from bot.reading.results import Result
from bot.reading.results import is_ahead as _is_ahead

CORPUS_KINDS = ("campaign", "indicator", "violation", "other")


@dataclass(frozen=True, slots=True)
class Verdict:
    """The winning label, its share of the evidence (0 to 1), and all sums."""

    label: str
    confidence: float
    sums: dict[str, float]


def weigh(marks: Marks, table: str) -> dict[str, float]:
    """The weights of a table's words in the message; overlapping words count once, the longest."""
    chosen: dict[str, list[Hit]] = defaultdict(list)
    hits = sorted(
        (hit for hit in marks.hits if hit.entry.table == table),
        key=lambda hit: (hit.first - hit.last, -hit.entry.weight),
    )
    seen: set[tuple[str, tuple[str, ...]]] = set()
    for hit in hits:
        label = hit.entry.label
        if (label, hit.entry.form) in seen:
            continue
        if all(hit.last < held.first or held.last < hit.first for held in chosen[label]):
            chosen[label].append(hit)
            seen.add((label, hit.entry.form))
    return {label: sum(hit.entry.weight for hit in held) for label, held in chosen.items()}


def kind_of(marks: Marks, results: list[Result], dates: list[DateFound]) -> Verdict:
    """campaign, indicator, violation or other, from words, figures and days."""
    sums = dict.fromkeys(CORPUS_KINDS, 0.0) | weigh(marks, "kind")
    kept = [result for result in results if result.refusal is None and not result.guessed]
    measures = {result.measure for result in kept}
    text = marks.tokens.folded.plain
    strongest = max(weigh(marks, "category").values(), default=0.0)
    ahead = any(found.role == "day" and _is_ahead(marks, found) for found in dates)
    sums["campaign"] += min(len(kept), 3) + 2.0 * ("participants" in measures)
    sums["campaign"] += 2.5 * bool(measures & {"waste_kg", "bags", "trees"}) + 1.0 * (
        "road_km" in measures
    )
    sums["campaign"] += 1.5 * any(found.role == "day" for found in dates)
    sums["campaign"] -= 2.0 * (not kept)
    sums["indicator"] += 1.5 * min(len(kept), 2) + 3.0 * ("percent" in measures)
    sums["indicator"] += 3.0 * ("violations_count" in measures) + 1.5 * ("area_ha" in measures)
    sums["indicator"] += 1.0 * ("households" in measures) + 1.0 * ("models" in measures)
    sums["violation"] -= 1.0 * len(kept) + 2.0 * ("participants" in measures)
    sums["violation"] += min(strongest, 12.0) * (0.15 if kept else 0.3)
    sums["other"] -= 1.0 * min(len(kept), 3)
    sums["other"] += (
        2.0 * ("?" in text) + 2.0 * (len(marks.items) <= 4) + 5.0 * (ahead and not kept)
    )
    sums["other"] += 2.0 * any(reason == "phone number" for reason in marks.blocked.values())
    return _verdict(sums)


def category_of(marks: Marks) -> Verdict:
    """The category of a complaint; without any known word it is "other"."""
    sums = weigh(marks, "category")
    return _verdict(sums) if sums else Verdict("other", 0.3, {})


def _verdict(sums: dict[str, float]) -> Verdict:
    ranked = sorted(sums.items(), key=lambda pair: -pair[1])
    best = ranked[0]
    second = max(ranked[1][1], 0.0) if len(ranked) > 1 else 0.0
    total = max(best[1], 0.0) + second
    return Verdict(best[0], round(best[1] / total, 3) if total > 0 and best[1] > 0 else 0.3, sums)
