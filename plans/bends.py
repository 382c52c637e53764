"""Which ladder a duty has, and how it bends to the person: one short word, so that whole sets share it.

A person's habits come to a bend: "" (as usual), "late" (one rung more, earlier) or "prompt:2"
(always files two days before the due day or sooner: earlier rungs are left out). The rule is
`ladder.HabitRule`; the office sees it, and switches it off (docs/decisions/0040-deadlines.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import time
from typing import Any

from plans.ladder import DEFAULT, DEFAULT_HABIT_RULE, Adapted, HabitRule, Habits, Ladder, adapt
from plans.periods import PeriodKind

USUAL, LATE, PROMPT = "", "late", "prompt"

LADDERS: Mapping[PeriodKind, Ladder] = {
    PeriodKind.DAY: Ladder(rungs=(0,)),
    PeriodKind.WEEK: Ladder(rungs=(-1, 0)),
    PeriodKind.MONTH: Ladder(rungs=(-3, -1, 0)),
    PeriodKind.ONCE: Ladder(rungs=(-3, -1, 0)),
}
"""Shorter than a fortnight where the next period would begin before the first rung."""


def kind_of(name: str) -> PeriodKind:
    """The kind with this stored name; a year's for what was kept without one."""
    return PeriodKind(name) if name else PeriodKind.YEAR


def ladder_of(kind: str, settings: Mapping[str, Any], at: time) -> Ladder:
    """The ladder of a kind of duty: ours, or the office's `nags.ladder` ({"year": [-14, -7, 0]}).

    A ladder that cannot be one is passed over: ours holds.
    """
    ours = LADDERS.get(kind_of(kind), DEFAULT)
    chosen = settings.get("nags.ladder")
    rungs = chosen.get(kind) if isinstance(chosen, Mapping) else None
    if rungs:
        try:
            return replace(ours, rungs=tuple(int(day) for day in rungs), at=at)
        except (TypeError, ValueError):
            return replace(ours, at=at)
    return replace(ours, at=at)


def habit_rule(settings: Mapping[str, Any]) -> HabitRule:
    """The rule in force: ours, switched off by `nags.habits` = false."""
    return replace(DEFAULT_HABIT_RULE, on=settings.get("nags.habits") is not False)


def bend_of(days_before_due: Sequence[int | None], rule: HabitRule = DEFAULT_HABIT_RULE) -> str:
    """What somebody's past filings come to; see `Habits` for the days."""
    past = tuple(days_before_due)[-rule.looks_back :]
    _, adapted = adapt(Ladder(rungs=(-30, 0)), Habits(past), rule)
    if adapted is Adapted.LATE:
        return LATE
    in_time = [days for days in past if days is not None and days >= 0]
    if len(past) >= rule.needs and len(in_time) == len(past) and min(in_time) > 0:
        return f"{PROMPT}:{min(in_time)}"
    return USUAL


def bent(ladder: Ladder, bend: str, rule: HabitRule = DEFAULT_HABIT_RULE) -> Ladder:
    """The ladder for somebody of this bend; unchanged while the rule is off."""
    if not rule.on or not bend:
        return ladder
    if bend == LATE:
        return adapt(ladder, Habits((None,) * rule.needs), rule)[0]
    days = int(bend.partition(":")[2])
    return adapt(ladder, Habits((days,) * rule.needs), rule)[0]


def bend_words(bend: str, count: int, rule: HabitRule = DEFAULT_HABIT_RULE) -> str:
    """The rule in one sentence, for officials: why somebody hears earlier or later than others."""
    if not rule.on:
        return "Đang tắt: ai cũng được nhắc như nhau."
    if bend == LATE:
        return f"Trong {count} kỳ gần nhất hay nộp muộn: nhắc sớm thêm {rule.earlier_days} ngày."
    if bend:
        return f"{count} kỳ gần nhất đều nộp trước hạn ít nhất {bend.partition(':')[2]} ngày: bớt các lần nhắc sớm."
    return "Nhắc theo bậc chung."


def adapted_words(
    bend: str, count: int, kind: str, settings: Mapping[str, Any], at: time = DEFAULT.at
) -> str:
    """The rule for one person and kind of report, with the days that are left of the ladder.

    "3 kỳ gần nhất đều nộp trước hạn ít nhất 2 ngày: bớt các lần nhắc sớm. Báo cáo năm: nhắc
    trước 1 ngày, đúng ngày hạn."
    """
    rule = habit_rule(settings)
    rungs = bent(ladder_of(kind, settings, at), bend, rule).rungs
    days = ", ".join(f"trước {-day} ngày" if day < 0 else "đúng ngày hạn" for day in rungs)
    return f"{bend_words(bend, count, rule)} {KIND_WORDS[kind_of(kind)]}: nhắc {days}."


KIND_WORDS: Mapping[PeriodKind, str] = {
    PeriodKind.DAY: "Báo cáo ngày",
    PeriodKind.WEEK: "Báo cáo tuần",
    PeriodKind.MONTH: "Báo cáo tháng",
    PeriodKind.QUARTER: "Báo cáo quý",
    PeriodKind.HALF_YEAR: "Báo cáo 6 tháng",
    PeriodKind.YEAR: "Báo cáo năm",
    PeriodKind.ONCE: "Báo cáo theo yêu cầu",
}
