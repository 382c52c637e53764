"""What the office may set, and how an official writes it: `half_year=20/6@17:00`, `20:30-06:30`.

The keys are those of `storage/office.py`; each value is checked against the plans of the
commune before it is kept, so that a slip is refused here and not found on a due day.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from bot import plain_values
from bot.plain_values import NotAValue
from plans.calendar import Calendar, QuietHours
from plans.extra_duties import all_duties
from plans.ladder import DEFAULT_QUIET
from plans.owed import DueSettingError, owed
from plans.pack import Pack
from plans.periods import CALENDAR, STATUTE, PeriodKind

__all__ = ["EXAMPLES", "Known", "NotAValue", "check_key", "value_of"]


@dataclass(frozen=True)
class Known:
    """What keys and values may speak of: the commune's plans, and its units by code."""

    packs: Sequence[Pack]
    unit_names: Mapping[str, str]

    @property
    def duty_keys(self) -> list[str]:
        """The keys of all reporting duties, movements and reviews among them."""
        return sorted({duty.key for pack in self.packs for duty in all_duties(pack)})

    @property
    def violation_keys(self) -> list[str]:
        """The keys of all kinds of breach."""
        return sorted({one.key for pack in self.packs for one in pack.violations})


EXAMPLES = (
    ("duty.<báo cáo>.due", "half_year=20/6@17:00 year=20/12", "hạn nộp từng kỳ"),
    ("duty.<báo cáo>.due", "any=+3", "hạn: 3 ngày làm việc sau khi chốt số liệu"),
    ("duty.<báo cáo>.periods", "quarter,year", "kỳ báo cáo khi kế hoạch không nêu"),
    ("periods.cutoff", "calendar", "chốt số liệu cuối tháng (mặc định nd-09-2019: ngày 14)"),
    ("route.<vi phạm>", "cong-an-xa", "đơn vị xử lý loại vi phạm đó"),
    ("quiet_hours", "20:30-06:30", "giờ không nhắn tin"),
    ("quiet_midday", "11:30-13:30", "giờ nghỉ trưa không nhắn tin (tắt: không nghỉ trưa)"),
    ("responsible", "UBND xã Hà Đông", "ai phụ trách, nói trong lời chào đầu tiên"),
    ("duty.<báo cáo>.owed_by", "van-phong,cac-thon", "ai nộp, khi kế hoạch không nêu"),
    ("duty.<báo cáo>.zero", "bật", "cho báo “không có gì để báo”"),
    ("duty.<sơ kết>.years", "2028", "năm phải nộp, khi kế hoạch không nêu"),
    ("nags.at", "07:30", "giờ nhắc và giờ gửi bảng sáng"),
    ("nags.ladder", "year=-14,-7,-1,0 month=-2,0", "nhắc trước mấy ngày, theo loại kỳ"),
    ("nags.habits", "tắt", "nhắc theo thói quen từng người (mặc định bật)"),
    ("nags.off", "bật", "dừng mọi lời nhắc của xã"),
    ("nags.paused_until", "20/2/2027", "tạm dừng nhắc đến hết ngày"),
    ("nags.thanks_early", "bật", "cảm ơn đơn vị gửi sớm trong nhóm của xã"),
    ("digest.morning", "tắt", "bảng buổi sáng cho văn phòng (mặc định bật)"),
    ("digest.lists", "late,near,overnight", "bảng sáng gồm: trễ hạn, sắp đến hạn, mới gửi"),
    ("digest.week", "T2", "ngày gửi bảng tuần cho lãnh đạo (T2 đến T6, hoặc tắt)"),
    ("ledger.due_after_days", "5", "hạn chung khi kế hoạch không nêu ngày: mấy ngày làm việc sau khi chốt số liệu"),
    ("ledger.locks_after_days", "30", "khóa sổ sau hạn bao nhiêu ngày"),
)  # fmt: skip
"""Key, value, and what it does: shown by `soxanh office show` and with every refusal."""

PLAIN: Mapping[str, Callable[[str], Any]] = {
    "responsible": plain_values.line,
    "quiet_midday": plain_values.span_or_off,
    "nags.at": plain_values.clock,
    "nags.ladder": plain_values.ladder,
    "nags.habits": plain_values.switch,
    "nags.off": plain_values.switch,
    "nags.paused_until": plain_values.day,
    "nags.thanks_early": plain_values.switch,
    "digest.morning": plain_values.switch,
    "digest.lists": plain_values.lists,
    "digest.week": plain_values.weekday_or_off,
    "ledger.due_after_days": plain_values.days,
    "ledger.locks_after_days": plain_values.days,
}
"""Settings whose value needs no plan to be understood."""

_KIND_NAMES = {
    "any": "any",
    "moi-ky": "any",
    "half_year": "half_year",
    "6thang": "half_year",
    "year": "year",
    "nam": "year",
    "quarter": "quarter",
    "quy": "quarter",
    "month": "month",
    "thang": "month",
    "week": "week",
    "tuan": "week",
}

_DAY = re.compile(r"(\d{1,2})/(\d{1,2})(?:@(\d{1,2})[:hg](\d{2})?)?")
_AFTER = re.compile(r"\+(\d{1,2})(?:@(\d{1,2})[:hg](\d{2})?)?")
_SPAN = re.compile(r"(\d{1,2})[:h](\d{2})\s*-\s*(\d{1,2})[:h](\d{2})")


def value_of(key: str, words: Sequence[str], known: Known) -> Any:
    """The value to keep for a key, from what was typed after it.

    Raises:
        NotAValue: no such key, or not its value.
    """
    text = " ".join(words).strip()
    if key == "periods.cutoff":
        return _one_of(text, (STATUTE.name, CALENDAR.name), "cách chốt số liệu")
    if key == "quiet_hours":
        return _quiet(text)
    name, _, rest = key.partition(".")
    subject, _, last = rest.rpartition(".")
    if key in PLAIN:
        return PLAIN[key](text)
    if name == "duty" and last in ("due", "periods", "owed_by", "zero", "years"):
        _one_of(subject, known.duty_keys, "báo cáo")
        value = _of_duty(last, words, text, known)
        _try(key, value, known)
        return value
    if name == "route" and rest:
        _one_of(rest, known.violation_keys, "loại vi phạm")
        return _one_of(text, sorted(known.unit_names), "đơn vị")
    raise NotAValue(f"Không có mục “{key}”. Đặt được: {', '.join(each for each, _, _ in EXAMPLES)}")


def _of_duty(last: str, words: Sequence[str], text: str, known: Known) -> Any:
    match last:
        case "due":
            return _due(words, text)
        case "periods":
            return _periods(text)
        case "zero":
            return plain_values.switch(text)
        case "years":
            return plain_values.years(text)
    allowed = sorted({unit.key for pack in known.packs for unit in pack.units})
    return [_one_of(one, allowed, "đơn vị") for one in re.split(r"[,\s]+", text) if one]


def check_key(key: str, known: Known) -> None:
    """Raise NotAValue unless this key may be set at all."""
    name, _, rest = key.partition(".")
    if key in ("periods.cutoff", "quiet_hours", *PLAIN) or (name in ("duty", "route") and rest):
        return
    raise NotAValue(f"Không có mục “{key}”. Đặt được: {', '.join(each for each, _, _ in EXAMPLES)}")


def _one_of(text: str, allowed: Sequence[str], what: str) -> str:
    if text in allowed:
        return text
    given = f"“{text}” không phải {what}" if text else f"Còn thiếu {what}"
    raise NotAValue(f"{given}. Chọn một trong: {', '.join(allowed) or '(chưa có)'}")


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _periods(text: str) -> list[str]:
    given = _json(text)
    parts = given if isinstance(given, list) else re.split(r"[,\s]+", text)
    return [_kind(str(part), with_any=False) for part in parts if part]


def _kind(word: str, *, with_any: bool) -> str:
    found = _KIND_NAMES.get(word.strip().lower())
    if found is None or (found == "any" and not with_any):
        names = [kind.value for kind in PeriodKind if kind not in (PeriodKind.ONCE, PeriodKind.DAY)]
        more = ["any"] if with_any else []
        raise NotAValue(f"“{word}” không phải kỳ báo cáo. Chọn: {', '.join(names + more)}")
    return found


def _due(words: Sequence[str], text: str) -> dict[str, dict[str, Any]]:
    given = _json(text)
    if isinstance(given, dict):
        return given
    rules = {}
    for word in text.split():
        kind, equals, day = word.partition("=")
        if not equals:
            raise NotAValue(f"“{word}” thiếu dấu bằng. Ghi ví dụ: half_year=20/6@17:00 year=20/12")
        rules[_kind(kind, with_any=True)] = _rule(day)
    if not rules:
        raise NotAValue("Còn thiếu ngày. Ghi ví dụ: half_year=20/6@17:00 year=20/12")
    return rules


def _rule(day: str) -> dict[str, Any]:
    if found := _AFTER.fullmatch(day):
        return {"working_days_after_close": int(found[1])} | _at(found[2], found[3])
    if found := _DAY.fullmatch(day):
        try:
            date(2024, int(found[2]), int(found[1]))
        except ValueError:
            raise NotAValue(f"Không có ngày “{day}”. Ghi ngày/tháng, ví dụ 20/6") from None
        return {"on": f"{int(found[2]):02}-{int(found[1]):02}"} | _at(found[3], found[4])
    raise NotAValue(
        f"“{day}” chưa đọc được. Ghi ngày/tháng (20/6), kèm giờ (20/6@17:00),"
        " hoặc +3 là 3 ngày làm việc sau khi chốt số liệu"
    )


def _at(hour: str | None, minute: str | None) -> dict[str, str]:
    if hour is None:
        return {}
    return {"at": _clock(hour, minute or "00")}


def _clock(hour: str, minute: str) -> str:
    try:
        return time(int(hour), int(minute)).isoformat("minutes")
    except ValueError:
        raise NotAValue(f"Không có giờ “{hour}:{minute}”. Ghi ví dụ 17:00") from None


def _quiet(text: str) -> dict[str, str]:
    given = _json(text)
    if isinstance(given, dict) and given.keys() == {"from", "to"}:
        text = f"{given['from']}-{given['to']}"
    found = _SPAN.fullmatch(text)
    if found is None:
        raise NotAValue("Giờ yên lặng ghi từ giờ nào đến giờ nào, ví dụ: 20:30-06:30")
    span = {"from": _clock(found[1], found[2]), "to": _clock(found[3], found[4])}
    try:
        first, last = (time.fromisoformat(span[edge]) for edge in ("from", "to"))
        QuietHours(((first, last), DEFAULT_QUIET.spans[1]))
    except ValueError:
        raise NotAValue("Giờ yên lặng phải có độ dài và chừa lại giờ để nhắn") from None
    return span


def _try(key: str, value: Any, known: Known) -> None:
    """Reckon a year of due days with it: whatever is wrong comes out now."""
    for pack in known.packs:
        year = pack.document.first_year or pack.document.last_year or 2026
        try:
            owed(pack, {key: value}, Calendar(), first=date(year, 1, 1), last=date(year, 12, 31))
        except DueSettingError as error:
            raise NotAValue(f"Chưa đọc được hạn: {error}") from error
