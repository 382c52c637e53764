"""How measurements are printed: what was done, how long it took, how many times the reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timed:
    """One measurement in seconds. `note` says what must be known to read it."""

    what: str
    seconds: float
    note: str = ""


def show(title: str, rows: Sequence[Timed], *, reference: Timed) -> None:
    """Print rows with their ratio to `reference`: 2.0x took twice as long."""
    print(f"\n{title}")
    width = max(len(row.what) for row in rows)
    for row in rows:
        ratio = row.seconds / reference.seconds if reference.seconds else float("inf")
        print(f"  {row.what:<{width}}  {_spoken(row.seconds):>10}  {ratio:>9.2f}x  {row.note}")


def _spoken(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.2f} ms"
