"""Tiến độ: how far a plan is, for my unit and, for officials, for the commune; who has not reported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.events import Button, Reply

OPENED_BY = ("/tiendo", "tiến độ", "xem tiến độ", "tiến độ đến đâu")
MISSING_OPENED_BY = (
    "/chuabao",
    "ai chưa báo",
    "ai chưa báo cáo",
    "đơn vị nào chưa báo",
    "thôn nào chưa báo",
    "chưa báo",
)

LIGHTS = {"green": "🟢", "yellow": "🟡", "red": "🔴", "grey": "⚪"}
"""Traffic lights of `plans/measures.py`; grey is "no figure yet"."""

_MOST_LINES = 25
_MOST_NAMES = 30


@dataclass(frozen=True)
class Line:
    """One target: its name, the figure so far and the goal as people read them, and its light."""

    name: str
    figure: str
    goal: str
    light: str
    distance: str = ""


@dataclass(frozen=True)
class Reporting:
    """How many units have reported on a duty for a period."""

    title: str
    reported: int
    owing: int


@dataclass(frozen=True)
class ProgressFacts:
    """What is known of one plan under one unit."""

    plan: str
    unit: str
    period: str
    lines: tuple[Line, ...]
    reporting: tuple[Reporting, ...]
    finished: bool = False


@dataclass(frozen=True)
class MissingFacts:
    """Who owes a report on a duty for a period, by name, and when it was or is due."""

    title: str
    due: str
    names: tuple[str, ...]
    owing: int


FOR_OFFICIALS = (Button(label="Ai chưa báo?", token="look.progress.missing", says="ai chưa báo"),)
FOR_REPORTERS = (Button(label="Báo số liệu", token="go.report", says="báo cáo"),)
FOR_ALL: tuple[Button, ...] = ()


def tells(facts: Sequence[ProgressFacts], buttons: tuple[Button, ...]) -> Sequence[Reply]:
    """Progress as it fits on a phone, worst lights first."""
    if not facts:
        return (Reply(words="Đơn vị mình chưa có kế hoạch nào trên hệ thống ạ."),)
    return tuple(
        Reply(words=_page(one), buttons=buttons if one is facts[-1] else ()) for one in facts
    )


def _page(facts: ProgressFacts) -> str:
    ended = " (kế hoạch đã kết thúc)" if facts.finished else ""
    head = f"{facts.plan}{ended}\n{facts.unit}, {facts.period}"
    ordered = sorted(facts.lines, key=lambda line: _ORDER[line.light])
    lines = [_line(line) for line in ordered[:_MOST_LINES]]
    if len(ordered) > _MOST_LINES:
        lines.append(f"… và {len(ordered) - _MOST_LINES} chỉ tiêu nữa.")
    reported = [f"{one.title}: {_reported(one)}" for one in facts.reporting if one.owing]
    body = lines or ["Chưa có số liệu nào ạ."]
    return "\n".join([head, *body, *([""] if reported else []), *reported])


def _reported(one: Reporting) -> str:
    if one.owing == 1:
        return "đã gửi" if one.reported else "chưa gửi"
    return f"{one.reported}/{one.owing} đơn vị đã báo"


_ORDER = {"red": 0, "yellow": 1, "green": 2, "grey": 3}


def _line(line: Line) -> str:
    distance = f", {line.distance}" if line.distance else ""
    return f"{LIGHTS[line.light]} {line.name}: {line.figure} / {line.goal}{distance}"


def tells_missing(facts: Sequence[MissingFacts]) -> Sequence[Reply]:
    """Who has not reported, one message for all duties."""
    owed = [one for one in facts if one.names]
    if not facts:
        return (Reply(words="Hiện không có báo cáo nào đang đến hạn ạ."),)
    if not owed:
        return (Reply(words="Tất cả các đơn vị đã báo cáo đủ rồi ạ. 🎉"),)
    return (Reply(words="\n\n".join(_missing(one) for one in owed)),)


def _missing(facts: MissingFacts) -> str:
    due = f", hạn {facts.due}" if facts.due else ", chưa có hạn"
    names = [f"• {name}" for name in facts.names[:_MOST_NAMES]]
    if len(facts.names) > _MOST_NAMES:
        names.append(f"… và {len(facts.names) - _MOST_NAMES} đơn vị nữa")
    return "\n".join(
        [f"{facts.title}{due}: {len(facts.names)}/{facts.owing} đơn vị chưa báo", *names]
    )
