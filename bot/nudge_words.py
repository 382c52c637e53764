"""What a reminder says: who is reminded of what, how many days are left, and one tap to report."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time

import msgspec

from bot.events import Button, Reply
from plans.calendar import local_time
from plans.owed import END_OF_DAY
from plans.periods import PeriodError, parse_key

_MOST_LINES = 8
_LONGEST_LABEL = 38


class Owing(msgspec.Struct, frozen=True, kw_only=True):
    """One report as a reminder speaks of it: "Báo cáo 6 tháng đầu năm 2026" of "Thôn Đông Lĩnh"."""

    obligation_id: int
    title: str
    unit: str
    due_at: datetime


def title_of(duty_name: str, period_key: str) -> str:
    """ "Báo cáo 6 tháng đầu năm 2026", or with the duty's own name "Báo cáo lĩnh vực kinh tế, Quý II/2026".

    Without a name, "" for a period that the calendar does not name.
    """
    try:
        label = parse_key(period_key).label
    except PeriodError:
        return duty_name
    return f"{duty_name}, {label}" if duty_name else f"Báo cáo {label}"


def reminder(name: str, owing: Sequence[Owing], now: datetime) -> Reply:
    """One person's one message, most urgent first; it must hold whenever it is read that day.

    Args:
        name: what the person is called, "" when nobody said.
        owing: at least one; soonest due first.
        now: the moment of the tick, aware.
    """
    hello = f"Chào anh/chị {name.split()[-1]}" if name.strip() else "Chào anh/chị"
    buttons = tuple(_button(each, len(owing) > 1) for each in owing[:_MOST_LINES])
    if len(owing) == 1:
        only = owing[0]
        return Reply(words=f"{hello}, {_sentence(only, now)} {_ASKS}", buttons=buttons)
    lines = [f"• {each.title} của {each.unit}: {_left(each, now)}" for each in owing[:_MOST_LINES]]
    if len(owing) > _MOST_LINES:
        lines.append(f"… và {len(owing) - _MOST_LINES} báo cáo nữa")
    head = f"{hello}, mình còn {len(owing)} báo cáo cần gửi ạ:"
    return Reply(words="\n".join([head, *lines, _ASKS_MANY]), buttons=buttons)


_ASKS = "Báo ngay mất chừng 3 phút ạ."
_ASKS_MANY = "Mỗi báo cáo mất chừng 3 phút, anh/chị bấm vào là báo được ngay ạ."


def _button(owing: Owing, several: bool) -> Button:
    label = "Báo ngay" if not several else f"{owing.title}, {owing.unit}"
    if len(label) > _LONGEST_LABEL:
        label = f"{label[: _LONGEST_LABEL - 1]}…"
    return Button(label=label, token=f"go.report.{owing.obligation_id}", says="báo cáo")


def _sentence(owing: Owing, now: datetime) -> str:
    of_unit = f"{_lower_first(owing.title)} của {owing.unit}"
    due = due_words(owing.due_at)
    if now > owing.due_at:
        return f"{of_unit} đã quá hạn ({due}) nhưng vẫn gửi được."
    days = days_left(owing.due_at, now)
    if days == 0:
        return f"hôm nay là hạn {of_unit} ({due})."
    if days == 1:
        return f"ngày mai là hạn {of_unit} ({due})."
    return f"còn {days} ngày nữa là hạn {of_unit} ({due})."


def _left(owing: Owing, now: datetime) -> str:
    due = due_words(owing.due_at)
    if now > owing.due_at:
        return f"đã quá hạn ({due})"
    days = days_left(owing.due_at, now)
    near = {0: "hạn hôm nay", 1: "hạn ngày mai"}.get(days, f"còn {days} ngày")
    return f"{near} ({due})"


def days_left(due_at: datetime, now: datetime) -> int:
    """Whole local days from today to the due day; negative once it has passed."""
    return (local_time(due_at).date() - local_time(now).date()).days


def due_words(due_at: datetime) -> str:
    """The last moment to file as people say it: "hết ngày 19/12", "trước 17 giờ ngày 20/6"."""
    local = local_time(due_at)
    day = _day(local.date())
    at = local.time().replace(microsecond=0)
    return f"hết ngày {day}" if at == END_OF_DAY else f"trước {_hour(at)} ngày {day}"


def _day(day: date) -> str:
    return f"{day.day}/{day.month}"


def _hour(at: time) -> str:
    return f"{at.hour} giờ" if at.minute == 0 else f"{at.hour} giờ {at.minute:02}"


def _lower_first(words: str) -> str:
    return words[:1].lower() + words[1:]
