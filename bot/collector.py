"""Python's garbage collector, told what lives as long as the process.

Five plans, their schemas and SQLAlchemy's statements are over a million objects that are
never garbage. Walking through them took 320 ms, in the middle of somebody's turn, every few
seconds of a busy morning (docs/performance.md, "Traps").
"""

from __future__ import annotations

import gc

YOUNG_OBJECTS = 20_000
"""New containers before the youngest are looked through: about a batch of messages, not a part of one."""


def spare_what_stays() -> None:
    """Take everything that exists now out of the collector's rounds; call once all is loaded."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, *gc.get_threshold()[1:])
