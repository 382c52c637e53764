"""Which of a few named things typed words mean: movements, units, villages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from bot.reading.fold import fold
from bot.reading.names import match_names

K = TypeVar("K")

Names = Sequence[str]


def meant(typed: str, names: Mapping[K, Names]) -> tuple[K | None, tuple[K, ...]]:
    """The one thing meant (None when it is not clear), and the near ones, likeliest first."""
    keys = list(names)
    found = match_names(typed, {str(i): tuple(names[key]) for i, key in enumerate(keys)})
    best = None if found.best is None else keys[int(found.best)]
    near = [keys[int(i)] for i in found.near]
    return best, tuple(dict.fromkeys([*near, *_beginning_so(typed, names)]))


def _beginning_so(typed: str, names: Mapping[K, Names]) -> list[K]:
    """Things with a name that holds every typed word, at least as a beginning: "đông" of "Thôn Đông Lĩnh"."""
    wanted = fold(typed).split()
    if not wanted or not any(len(word) > 1 or word.isdigit() for word in wanted):
        return []

    def holds(name: str) -> bool:
        words = fold(name).split()
        return all(
            any(word == part if part.isdigit() else word.startswith(part) for word in words)
            for part in wanted
        )

    return [key for key, of_key in names.items() if any(holds(name) for name in of_key)]
