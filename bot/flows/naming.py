"""Which of a few named things typed words mean: movements, units, villages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from bot.reading.names import match_names

K = TypeVar("K")

Names = Sequence[str]


def meant(typed: str, names: Mapping[K, Names]) -> tuple[K | None, tuple[K, ...]]:
    """The one thing meant (None when it is not clear), and the near ones, likeliest first."""
    keys = list(names)
    found = match_names(typed, {str(i): tuple(names[key]) for i, key in enumerate(keys)})
    best = None if found.best is None else keys[int(found.best)]
    return best, tuple(keys[int(i)] for i in found.near)
