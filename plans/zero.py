"""Where "không có gì để báo" is an answer: forms that count what happened, not what stands.

A form that asks how many trees were planted takes a zero; one that asks how many households
sort their waste does not, for they have not gone away. The office may say otherwise for a
duty (`duty.<key>.zero` true or false).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from plans.loader import shipped_catalogue
from plans.pack import Measure, Pack, Target

COUNTED = frozenset({Measure.SUM, Measure.COUNT, Measure.CASES})
"""Measures of what passed within a period."""


def allows_zero(
    pack: Pack, duty_key: str, targets: Sequence[Target], settings: Mapping[str, Any]
) -> bool:
    """Whether a unit with these targets may report that there is nothing to report.

    A form without figures, which only asks for words, allows it.
    """
    chosen = settings.get(f"duty.{duty_key}.zero")
    if chosen is not None:
        return bool(chosen)
    catalogue = shipped_catalogue().joined(pack.indicators)
    for target in targets:
        indicator = catalogue.get(target.indicator)
        if indicator is None or indicator.measure not in COUNTED:
            return False
    return True
