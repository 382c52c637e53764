"""The briefs of open forms, remembered: long, never changed, and wanted at every turn of a form.

What is not remembered here (after a restart, or when another process opened the form) is
read from the store once.
"""

from __future__ import annotations

from typing import Any

MOST_KEPT = 2048
"""Briefs; of more open forms the longest remembered are forgotten and read again. Some 10 kB each."""


class Briefs:
    """Briefs by the id of their session; ids are never used twice."""

    def __init__(self) -> None:
        self._kept: dict[int, Any] = {}

    def __contains__(self, session_id: int) -> bool:
        return session_id in self._kept

    def get(self, session_id: int) -> Any:
        """The brief, None when it is not remembered."""
        return self._kept.get(session_id)

    def keep(self, session_id: int, brief: Any) -> None:
        """Remember a brief that was read from its stored text."""
        while len(self._kept) >= MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        self._kept[session_id] = brief
