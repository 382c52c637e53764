"""Which movement a post speaks of."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from bot.reading.fold import fold
from bot.reading.marks import Marks

# Said about nearly every activity: they name the movement only when nothing else does.
_GENERAL = frozenset({"Tổng vệ sinh môi trường", "Phân loại rác tại nguồn"})
# Said by name, such a day is what the post is about.
_NAMED_DAYS = frozenset({"Ngày Chủ nhật xanh", "Ngày Môi trường thế giới"})
_BY_MEASURE = {
    "trees": "Tết trồng cây",
    "bags": "Tổng vệ sinh môi trường",
    "road_km": "Tổng vệ sinh môi trường",
}


def movement_of(marks: Marks, plan_movements: Mapping[str, tuple[str, ...]]) -> str | None:
    """The canonical name of the movement, the plan pack's own names first, or None.

    The name whose words are longest wins, an earlier one among equals; general
    names ("Tổng vệ sinh môi trường") give way to specific ones.
    """
    own = _from_plan(marks, plan_movements)
    if own is not None:
        return own
    weights: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for hit in marks.hits_of("movement"):
        rank = 3 * (hit.entry.label not in _GENERAL) + 3 * (hit.entry.label in _NAMED_DAYS)
        words = rank + hit.last - hit.first + 1
        weights[hit.entry.label] = max(weights[hit.entry.label], (words, -hit.first))
    return max(weights, key=lambda name: weights[name]) if weights else None


def movement_by_measure(measures: Sequence[str]) -> str | None:
    """What the measures suggest where no word does: trees are planted, bags and streets cleaned."""
    return next((_BY_MEASURE[measure] for measure in measures if measure in _BY_MEASURE), None)


def _from_plan(marks: Marks, plan_movements: Mapping[str, tuple[str, ...]]) -> str | None:
    plain = f" {' '.join(token.plain for token in marks.items)} "
    named = [
        (len(words), name)
        for name, phrases in plan_movements.items()
        for words in (fold(phrase) for phrase in (name, *phrases))
        if f" {words} " in plain
    ]
    return max(named)[1] if named else None
