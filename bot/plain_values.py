"""Values of office settings that stand by themselves: switches, hours, days, numbers, ladders."""

from __future__ import annotations

import re
from datetime import date, time
from typing import Any

from bot.handlers.digest import LISTS
from plans.ladder import Ladder
from plans.periods import PeriodKind


class NotAValue(ValueError):
    """A key or value the office cannot set; the text says in Vietnamese what to write."""


_ON = frozenset({"bật", "có", "on", "true", "yes", "1"})
_OFF = frozenset({"tắt", "không", "off", "false", "no", "0"})
_SPAN = re.compile(r"(\d{1,2})[:h](\d{2})\s*-\s*(\d{1,2})[:h](\d{2})")
_MOST_DAYS = 366


def line(text: str) -> str:
    """A few words that people read as they are."""
    if not 2 <= len(text) <= 120:
        raise NotAValue("Cần vài chữ, nhiều nhất 120 ký tự")
    return text


def switch(text: str) -> bool:
    """ "bật" or "tắt"."""
    word = text.strip().lower()
    if word in _ON | _OFF:
        return word in _ON
    raise NotAValue(f"“{text}” chưa rõ. Ghi bật hoặc tắt")


def clock(text: str) -> str:
    """ "7:30", "07h30" → "07:30"."""
    found = re.fullmatch(r"(\d{1,2})(?:[:hg](\d{2})?)?", text.strip())
    try:
        if found:
            return time(int(found[1]), int(found[2] or 0)).isoformat("minutes")
    except ValueError:
        pass
    raise NotAValue(f"Không có giờ “{text}”. Ghi ví dụ 07:30")


def span_or_off(text: str) -> Any:
    """ "11:30-13:30", or False for "tắt"."""
    if text.strip().lower() in _OFF:
        return False
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        raise NotAValue("Ghi từ giờ nào đến giờ nào, ví dụ 11:30-13:30, hoặc tắt")
    edges = [clock(f"{found[1]}:{found[2]}"), clock(f"{found[3]}:{found[4]}")]
    if edges[0] >= edges[1]:
        raise NotAValue("Giờ sau phải muộn hơn giờ trước, ví dụ 11:30-13:30")
    return {"from": edges[0], "to": edges[1]}


def days(text: str) -> int:
    """A number of days from 1 to a year."""
    if text.strip().isdigit() and 1 <= int(text) <= _MOST_DAYS:
        return int(text)
    raise NotAValue(f"“{text}” không phải số ngày. Ghi từ 1 đến {_MOST_DAYS}")


def years(text: str) -> list[int]:
    """ "2028" or "2028,2030"."""
    parts = [part for part in re.split(r"[,\s]+", text) if part]
    if parts and all(re.fullmatch(r"20\d{2}", part) for part in parts):
        return [int(part) for part in parts]
    raise NotAValue(f"“{text}” không phải năm. Ghi ví dụ 2028")


def day(text: str) -> str:
    """ "20/2/2027" or an ISO date, kept as ISO."""
    found = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text.strip())
    try:
        if found:
            return date(int(found[3]), int(found[2]), int(found[1])).isoformat()
        return date.fromisoformat(text.strip()).isoformat()
    except ValueError:
        raise NotAValue(f"Không có ngày “{text}”. Ghi ví dụ 20/2/2027") from None


def lists(text: str) -> list[str]:
    """Some of `LISTS`."""
    parts = [part for part in re.split(r"[,\s]+", text) if part]
    if parts and set(parts) <= set(LISTS):
        return [name for name in LISTS if name in parts]
    raise NotAValue(f"Chọn trong: {', '.join(LISTS)}")


def weekday_or_off(text: str) -> Any:
    """ "T2" to "T6" → 1 to 5, or False for "tắt"."""
    if text.strip().lower() in _OFF:
        return False
    found = re.fullmatch(r"[tT](?:hứ\s*)?([2-6])", text.strip())
    if found is None:
        raise NotAValue("Ghi T2, T3, T4, T5, T6, hoặc tắt")
    return int(found[1]) - 1


def ladder(text: str) -> dict[str, list[int]]:
    """ "year=-14,-7,0 month=-2,0": days relative to the due day, by kind of period."""
    found: dict[str, list[int]] = {}
    for word in text.split():
        kind, equals, rungs = word.partition("=")
        if not equals or kind not in set(PeriodKind):
            names = ", ".join(kind.value for kind in PeriodKind)
            raise NotAValue(f"“{word}” chưa đọc được. Ghi như year=-14,-7,0; loại kỳ: {names}")
        found[kind] = _rungs(rungs)
    if not found:
        raise NotAValue("Còn thiếu bậc nhắc. Ghi như year=-14,-7,0")
    return found


def _rungs(text: str) -> list[int]:
    try:
        chosen = tuple(sorted(int(part) for part in text.split(",")))
        Ladder(rungs=chosen)
    except ValueError:
        raise NotAValue(
            f"“{text}” chưa đúng. Ghi số ngày so với hạn, mỗi số một lần: -14,-7,0"
        ) from None
    return list(chosen)
