"""What the office reads each morning and the chairman each week: a message that fits a phone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from bot.events import Button, Reply
from bot.nudge_words import days_left, due_words

_MOST_NAMES = 6
_MOST_ROUNDS = 6


@dataclass(frozen=True)
class Late:
    """Units that are late, or near their day, with one report. `office`: the office must act itself."""

    title: str
    due_at: datetime
    units: tuple[str, ...]
    office: tuple[str, ...] = ()


@dataclass(frozen=True)
class Standing:
    """How far one report of one period is."""

    title: str
    due_at: datetime
    owing: int
    filed: int
    late: int

    @property
    def percent(self) -> int:
        """Of those who owe, how many have filed, in whole percent."""
        return round(100 * self.filed / self.owing) if self.owing else 100


def names(units: Sequence[str]) -> str:
    """ "Thôn A, Thôn B và 3 đơn vị nữa"."""
    shown = ", ".join(units[:_MOST_NAMES])
    return (
        shown if len(units) <= _MOST_NAMES else f"{shown} và {len(units) - _MOST_NAMES} đơn vị nữa"
    )


_SHOW = Button(label="Ai chưa báo", token="look.missing", says="ai chưa báo")


_REVIEW = Button(label="Duyệt báo cáo", token="go.review", says="duyệt báo cáo")


def with_review(reply: Reply) -> Reply:
    """The morning's table for whoever decides on what came in."""
    return msgspec.structs.replace(reply, buttons=(*reply.buttons, _REVIEW))


def morning(
    commune: str,
    late: Sequence[Late],
    near: Sequence[Late],
    overnight: Sequence[str],
    now: datetime,
    photos: tuple[int, ...] = (),
) -> Reply:
    """The office's morning: who is late, who is near, what came in since yesterday morning."""
    lines = [f"Chào buổi sáng! Báo cáo của {commune}:"]
    for each in late[:_MOST_ROUNDS]:
        lines.append(
            f"🔴 {each.title} (hạn {due_words(each.due_at)}): {names(each.units)} chưa gửi"
        )
        if each.office:
            lines.append(
                f"   ☎ Đã nhắc hết người của đơn vị, nhờ Văn phòng gọi: {names(each.office)}"
            )
    for each in near[:_MOST_ROUNDS]:
        days = days_left(each.due_at, now)
        when = {0: "hạn hôm nay", 1: "hạn ngày mai"}.get(days, f"còn {days} ngày")
        lines.append(f"🟡 {each.title} ({when}): còn {len(each.units)} đơn vị, {names(each.units)}")
    if overnight:
        lines.append(f"🟢 Mới gửi từ sáng qua: {names(overnight)}")
    return Reply(words="\n".join(lines), buttons=(_SHOW,), photos=photos)


def week(commune: str, standings: Sequence[Standing], photos: tuple[int, ...] = ()) -> Reply:
    """The chairman's week: how complete and how punctual each running report is."""
    lines = [f"Tình hình báo cáo tuần này của {commune}:"]
    for each in standings[: 2 * _MOST_ROUNDS]:
        light = "🟢" if each.filed == each.owing else "🟡" if each.percent >= 50 else "🔴"
        late = f", {each.late} nộp muộn" if each.late else ""
        lines.append(
            f"{light} {each.title}: {each.filed}/{each.owing} đơn vị đã gửi{late} (hạn {due_words(each.due_at)})"
        )
    return Reply(words="\n".join(lines), buttons=(_SHOW,), photos=photos)
