"""What the kind of a message is judged by: sums of cue words, figures, days, signs."""

from collections import defaultdict

from bot.reading.dates import DateFound
from bot.reading.lexicon import MEASURES
from bot.reading.marks import Marks
from bot.reading.results import Result, is_ahead

_CAP = 16.0
# Nobody reports these as their own doing; rubbish, smoke and packs are also what campaigns are about.
_ONLY_COMPLAINED_OF = (
    "wastewater", "odour_livestock", "noise", "dust", "encroachment", "mining", "animal_carcass",
)  # fmt: skip
_PERIODS = frozenset({"number of tháng", "number of quý", "number of năm"})
_SPECIAL = ("spam", "question", "progress", "difficulty", "correction")


def weigh(marks: Marks, table: str) -> dict[str, float]:
    """The weights of a table's words in the message; overlapping words count once, the longest."""
    taken: dict[str, set[int]] = defaultdict(set)
    sums: dict[str, float] = defaultdict(float)
    hits = sorted(
        marks.hits_of(table),
        key=lambda hit: (hit.first - hit.last, -hit.entry.weight),
    )
    seen: set[tuple[str, tuple[str, ...]]] = set()
    for hit in hits:
        label = hit.entry.label
        if (label, hit.entry.form) in seen:
            continue
        places = range(hit.first, hit.last + 1)
        if taken[label].isdisjoint(places):
            taken[label].update(places)
            sums[label] += hit.entry.weight
            seen.add((label, hit.entry.form))
    return dict(sums)


def category_sums(marks: Marks) -> dict[str, float]:
    """How much the words say for each category of complaint, combinations included."""
    sums = weigh(marks, "category")
    said = {hit.entry.label for hit in marks.hits_of("combination")}
    for number, combination in enumerate(marks.combinations):
        if all(f"{number}.{part}" in said for part in range(len(combination.all))):
            sums[combination.category] = sums.get(combination.category, 0.0) + combination.weight
    return sums


def features(marks: Marks, results: list[Result], dates: list[DateFound]) -> dict[str, float]:
    """The features of one message, each about 0 to 4; what is absent is 0 and left out."""
    found: dict[str, float] = {}
    for kind, weight in weigh(marks, "kind").items():
        found[f"words {kind}"] = min(weight, _CAP) / 4
    # What a campaign clears away is also what people complain of: each category weighs on its own.
    sums = category_sums(marks)
    for category, weight in sums.items():
        found[f"complaint {category}"] = min(weight, _CAP) / 8
    plain = max((sums.get(category, 0.0) for category in _ONLY_COMPLAINED_OF), default=0.0)
    found["plain complaint"] = min(plain, _CAP) / 8
    found |= _figures(results)
    found |= _circumstances(marks, results, dates)
    return {name: value for name, value in found.items() if value}


def _figures(results: list[Result]) -> dict[str, float]:
    kept = [result for result in results if result.refusal is None and not result.guessed]
    measures = {result.measure for result in kept}
    refusals = {result.refusal for result in results if result.refusal is not None}
    found = {f"has {measure}": 1.0 for measure in MEASURES if measure in measures}
    found["figures"] = min(len(kept), 4) / 2
    found["no figure"] = float(not kept)
    found["guessed"] = float(any(result.guessed for result in results))
    found["share"] = float(any(result.quantity.denominator is not None for result in kept))
    found["planned"] = float("kế hoạch, chỉ tiêu" in refusals)
    found["priced"] = float("đơn giá" in refusals or "đơn giá hoặc định mức" in refusals)
    return found


def _circumstances(marks: Marks, results: list[Result], dates: list[DateFound]) -> dict[str, float]:
    kept = any(result.refusal is None and not result.guessed for result in results)
    days = [found for found in dates if found.role == "day"]
    ahead = any(is_ahead(marks, found) for found in days)
    blocked = set(marks.blocked.values())
    special = {hit.entry.label: hit.first for hit in reversed(marks.hits_of("special"))}
    found = {
        "day": float(bool(days)),
        "day ahead": float(ahead),
        "day ahead, no figure": float(ahead and not kept),
        "day soon": float(any(found.soon for found in days)),
        "day soon, no figure": float(any(found.soon for found in days) and not kept),
        "question mark": float("?" in marks.tokens.folded.plain),
        "very short": float(len(marks.items) <= 4),
        "short": float(len(marks.items) <= 10),
        "phone": float("phone number" in blocked or "account number" in blocked),
        "clock": float("clock time" in blocked),
        "clock, no figure": float("clock time" in blocked and not kept),
        "period": float(any("month" in said or said in _PERIODS for said in blocked)),
        "urgent": float(bool(marks.hits_of("urgent"))),
        "unit first": float(
            any(
                hit.first <= 3 and marks.plain(hit.first - 1) not in ("gui", "thua")
                for hit in marks.hits_of("organisation")
            )
        ),
    }
    for label in _SPECIAL:
        found[label] = float(label in special)
    found |= _courtesy(marks, special, kept)
    return found


def _courtesy(marks: Marks, special: dict[str, int], kept: bool) -> dict[str, float]:
    """Greetings and thanks frame any message; they are its matter when little else is said."""
    polite = "thanks" in special or "greeting" in special
    telling = {hit.entry.label for hit in marks.hits_of("kind")} - {"other"}
    return {
        "thanks are the matter": float(special.get("thanks", 99) <= 3),
        "thanks first, no figure": float(special.get("thanks", 99) <= 3 and not kept),
        "only polite": float(polite and not kept and not telling),
        "polite, no figure": float(polite and not kept),
    }
