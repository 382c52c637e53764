"""How one report is spoken of, wherever people read of it: in chat, on the pages, in a calendar."""

from __future__ import annotations

from plans.extra_duties import CAMPAIGN, MILESTONE, REQUEST, duty_named
from plans.pack import Pack
from plans.periods import PeriodError, parse_key


def duty_title(pack: Pack | None, duty_key: str, period_key: str, *, named: bool = False) -> str:
    """ "Báo cáo 6 tháng đầu năm 2026", "Chiều thứ Sáu, tuần 12 (…)".

    With `named`, or where the period says nothing, the duty's own name stands in it.
    """
    duty = duty_named(pack, duty_key) if pack is not None else None
    name = duty.name if duty else "Báo cáo"
    try:
        label = parse_key(period_key).label
    except PeriodError:
        return name
    if duty_key.startswith(REQUEST):
        return name
    if named or duty_key.startswith((CAMPAIGN, MILESTONE)):
        return f"{name}, {label}"
    return f"Báo cáo {label}"
