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
    """One report as a reminder speaks of it: "Báo cáo 6 tháng đầu năm 2026" of "Thôn Đông Lĩnh".

    `of_name` is whose report it is, when it was escalated to somebody else. `missing` are the
    questions still empty in a form that was begun; None when none was. `zero`: "nothing to
    report" may be filed. `returned`: the reviewer sent it back.
    """

    obligation_id: int
    title: str
    unit: str
    due_at: datetime
    of_name: str | None = None
    missing: tuple[str, ...] | None = None
    zero: bool = False
    returned: bool = False


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
    if len(owing) == 1:
        return _about_one(hello, owing[0], now)
    one_unit = len({each.unit for each in owing}) == 1
    buttons = tuple(_named_button(each, one_unit) for each in owing[:_MOST_LINES])
    lines = [
        f"• {_named(each, one_unit, ' của ')}: {_left(each, now)}" for each in owing[:_MOST_LINES]
    ]
    if len(owing) > _MOST_LINES:
        lines.append(f"… và {len(owing) - _MOST_LINES} báo cáo nữa")
    of_unit = f" của {owing[0].unit}" if one_unit else ""
    head = f"{hello}, mình còn {len(owing)} báo cáo{of_unit} cần gửi ạ:"
    return Reply(words="\n".join([head, *lines, _ASKS_MANY]), buttons=buttons + _later_buttons(now))


def _about_one(hello: str, only: Owing, now: datetime) -> Reply:
    if only.of_name is not None:
        words = f"{hello}, {_sentence(only, now)} {_escalated(only)}"
        return Reply(words=words, buttons=(_report_button(only), *_later_buttons(now)))
    asks = _ASKS if only.missing is None else _half_filled(only.missing)
    return Reply(words=f"{hello}, {_sentence(only, now)} {asks}", buttons=_buttons(only, now))


_ASKS = "Báo ngay mất chừng 3 phút ạ."
_ASKS_MANY = "Mỗi báo cáo mất chừng 3 phút, anh/chị bấm vào là báo được ngay ạ."
_MOST_MISSING = 3


def _half_filled(missing: Sequence[str]) -> str:
    if not missing:
        return "Phiếu đã điền đủ rồi, anh/chị chỉ cần xem lại và bấm gửi ạ."
    named = ", ".join(missing[:_MOST_MISSING])
    more = f" và {len(missing) - _MOST_MISSING} mục nữa" if len(missing) > _MOST_MISSING else ""
    return f"Phiếu đang làm dở chỉ còn thiếu: {named}{more} ạ."


def _escalated(only: Owing) -> str:
    first = f"Người phụ trách là {only.of_name}. " if only.of_name else ""
    return f"{first}Anh/chị nhắc giúp hoặc gửi thay đơn vị ạ."


def _report_button(owing: Owing) -> Button:
    label = "Làm tiếp" if owing.missing is not None else "Báo ngay"
    return Button(label=label, token=f"go.report.{owing.obligation_id}", says="báo cáo")


def _named(owing: Owing, one_unit: bool, joined: str) -> str:
    return owing.title if one_unit else f"{owing.title}{joined}{owing.unit}"


def _named_button(owing: Owing, one_unit: bool) -> Button:
    label = _named(owing, one_unit, ", ")
    if len(label) > _LONGEST_LABEL:
        label = f"{label[: _LONGEST_LABEL - 1]}…"
    return Button(label=label, token=f"go.report.{owing.obligation_id}", says="báo cáo")


def _buttons(owing: Owing, now: datetime) -> tuple[Button, ...]:
    one = owing.obligation_id
    more = [Button(label="Nhờ người khác", token=f"do.nag.give.{one}", says="nhờ người khác")]
    if owing.zero:
        says = "báo không phát sinh"
        more.append(Button(label="Không có gì để báo", token=f"do.nag.zero.{one}", says=says))
    if not now > owing.due_at:
        more.append(Button(label="Xin gia hạn", token=f"go.extend.{one}", says="xin gia hạn"))
    return (_report_button(owing), *_later_buttons(now), *more)


LAST_HOUR_FOR_AFTERNOON = time(13, 0)


def _later_buttons(now: datetime) -> tuple[Button, ...]:
    tomorrow = Button(label="Mai", token="do.nag.mai", says="mai nhắc")
    if local_time(now).time() >= LAST_HOUR_FOR_AFTERNOON:
        return (tomorrow,)
    return (Button(label="Chiều nay", token="do.nag.chieu", says="chiều nhắc"), tomorrow)


def _sentence(owing: Owing, now: datetime) -> str:
    of_unit = f"{_lower_first(owing.title)} của {owing.unit}"
    due = due_words(owing.due_at)
    if owing.returned:
        return f"{of_unit} được trả lại để sửa (hạn {due})."
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
    if owing.returned:
        return "được trả lại để sửa"
    if now > owing.due_at:
        late = f"đã quá hạn ({due})"
        return late if owing.of_name is None else f"{late}, {owing.of_name or 'đơn vị'} phụ trách"
    days = days_left(owing.due_at, now)
    near = {0: "hạn hôm nay", 1: "hạn ngày mai"}.get(days, f"còn {days} ngày")
    begun = "" if owing.missing is None else ", đang làm dở"
    return f"{near} ({due}){begun}"


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
