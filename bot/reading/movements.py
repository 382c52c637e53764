"""Which movement a post speaks of."""

from collections import defaultdict
from collections.abc import Mapping

from bot.reading.fold import fold
from bot.reading.marks import Marks

# Said about nearly every activity: they name the movement only when nothing else does.
_GENERAL = frozenset({"Tổng vệ sinh môi trường", "Ngày Chủ nhật xanh", "Phân loại rác tại nguồn"})


def movement_of(marks: Marks, plan_movements: Mapping[str, tuple[str, ...]]) -> str | None:
    """The canonical name of the movement, the plan pack's own names first, or None.

    The name whose words are longest wins, an earlier one among equals; general
    names ("Tổng vệ sinh môi trường") give way to specific ones.
    """
    own = _from_plan(marks, plan_movements)
    if own is not None:
        return own
    weights: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for hit in marks.hits:
        if hit.entry.table == "movement":
            words = 3 * (hit.entry.label not in _GENERAL) + hit.last - hit.first + 1
            weights[hit.entry.label] = max(weights[hit.entry.label], (words, -hit.first))
    return max(weights, key=lambda name: weights[name]) if weights else None


def _from_plan(marks: Marks, plan_movements: Mapping[str, tuple[str, ...]]) -> str | None:
    plain = f" {' '.join(token.plain for token in marks.items)} "
    named = [
        (len(words), name)
        for name, phrases in plan_movements.items()
        for words in (fold(phrase) for phrase in (name, *phrases))
        if f" {words} " in plain
    ]
    return max(named)[1] if named else None
