"""Reading an official's call: "các thôn báo số hộ bị ngập, gửi ảnh trước 17h thứ Sáu" → a drafted form.

What is read is only a draft: the official sees it and corrects it before anybody is asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from bot.flows.answers import Named, pick
from bot.flows.words import plain
from bot.nudge_words import due_words
from bot.reading.fold import fold
from plans.calendar import moment_on

_ASKS = re.compile(
    r"^\s*(.{2,60}?)\s+(?:báo(?: cáo)?|cho biết|cho xin|thống kê|gửi)\s+(.{3,})$", re.I | re.S
)
_UNTIL = re.compile(
    r"\b(?:truoc|han|cham nhat|xong)\s+(?:luc\s+)?(?:(\d{1,2})\s*(?:h|gio|:)\s*(\d{2})?)?\s*(?:ngay\s+)?"
    r"((?:chieu |sang |toi )?(?:hom nay|nay|mai|ngay mai|thu (?:hai|ba|tu|nam|sau|bay|[2-7])|chu nhat|cn|\d{1,2}/\d{1,2}))?"
)
_WEEKDAYS = {
    "hai": 0,
    "2": 0,
    "ba": 1,
    "3": 1,
    "tu": 2,
    "4": 2,
    "nam": 3,
    "5": 3,
    "sau": 4,
    "6": 4,
    "bay": 5,
    "7": 5,
}
_UNITS_OF = re.compile(
    r"(?:số|tổng|bao nhiêu)\s+(hộ|người|vụ|điểm|cây|bao|buổi|con|nhà|ca)\b", re.I
)
LAST_HOUR = time(17, 0)
"""Where a day is named without an hour."""


@dataclass(frozen=True)
class Call:
    """A drafted call: whom, what, until when; what could not be read is empty."""

    whom: str
    what: str
    due_at: datetime | None


def read_call(words: str, today: date) -> Call | None:
    """The call in these words; None when they are no call on somebody to report."""
    found = _ASKS.match(words.strip())
    if found is None:
        return None
    rest = found.group(2)
    due_at, at = read_until(rest, today), _UNTIL.search(fold(rest))
    what = rest
    if at is not None and due_at is not None:
        what = (rest[: at.start()] + " " + rest[at.end() :]).strip(" ,.;")
    return Call(found.group(1).strip(), " ".join(what.split()), due_at) if what else None


def read_until(words: str, today: date) -> datetime | None:
    """A moment to come: "17h thứ Sáu", "trước 20/7", "chiều nay", "mai"; None when there is none."""
    text = " ".join(fold(words).split())
    found = _UNTIL.search(text) or _UNTIL.search(f"truoc {text}")
    if found is None or not (found.group(1) or found.group(3)):
        return None
    hour, minute, named = found.groups()
    day = _day(named or "hom nay", today)
    if day is None:
        return None
    at = LAST_HOUR
    if hour is not None:
        if int(hour) > 23 or int(minute or 0) > 59:
            return None
        at = time(int(hour), int(minute or 0))
    return moment_on(day, at)


def _day(named: str, today: date) -> date | None:
    named = re.sub(r"^(chieu|sang|toi) ", "", named)
    if named in ("hom nay", "nay"):
        return today
    if named in ("mai", "ngay mai"):
        return today + timedelta(days=1)
    if "/" in named:
        day, month = (int(part) for part in named.split("/"))
        try:
            found = date(today.year, month, day)
            return found if found >= today else date(today.year + 1, month, day)
        except ValueError:
            return None
    weekday = 6 if named in ("chu nhat", "cn") else _WEEKDAYS[named.rpartition(" ")[2]]
    return today + timedelta(days=(weekday - today.weekday()) % 7)


def draft_fields(what: str) -> list[dict[str, Any]]:
    """The questions in these words, parted by commas, semicolons, new lines or "và": one each."""
    parts = [part.strip(" .") for part in re.split(r"[,;\n]|\s+và\s+", what)]
    return [_field(index, part) for index, part in enumerate((p for p in parts if p), start=1)]


def _field(index: int, words: str) -> dict[str, Any]:
    label = words[:1].upper() + words[1:]
    kind, more = _kind(words)
    if kind == "choice":
        label = label.partition("(")[0].strip()
    asked = {
        "whole": f"{label}: bao nhiêu ạ?",
        "decimal": f"{label}: bao nhiêu ạ?",
        "yes_no": f"{label} ạ?",
        "photos": "Anh/chị gửi ảnh giúp em, xong gõ XONG ạ.",
        "choice": f"{label} thế nào ạ?",
        "text": f"{label}: anh/chị kể ngắn gọn giúp em ạ.",
    }[kind]
    return {"key": f"q{index}", "label": label, "kind": kind, "words": asked} | more


_PHOTOS = re.compile(
    r"^(gui |chup |kem |co )?(\d+ |vai |mot )?(tam |buc )?(hinh anh|anh|hinh)\b(?! huong)"
)
_HOW_MUCH = re.compile(
    r"^(dien tich|ty le|khoi luong|san luong|kinh phi|chieu dai|chieu cao|so tien)\b"
)
_UNIT_IN_BRACKETS = re.compile(r"\(([^()/]{1,20})\)")


def _kind(words: str) -> tuple[str, dict[str, Any]]:
    folded = plain(words)
    if options := re.search(r"\(([^()]+/[^()]+)\)", words):
        named = (each.strip() for each in options.group(1).split("/"))
        return "choice", {"options": [each[:1].upper() + each[1:] for each in named if each]}
    if _PHOTOS.search(folded):
        return "photos", {}
    if _HOW_MUCH.search(folded):
        unit = _UNIT_IN_BRACKETS.search(words)
        return "decimal", {"unit": unit.group(1).strip()} if unit else {}
    if re.search(r"^(so|tong|may)\b|\bbao nhieu\b", folded):
        unit = _UNITS_OF.search(words)
        return "whole", {"unit": unit.group(1).lower()} if unit else {}
    if re.search(r"\b(da .*chua|co .*khong)\b", folded):
        return "yes_no", {}
    return "text", {}


KIND_WORDS = {
    "whole": "con số",
    "decimal": "con số",
    "yes_no": "có/không",
    "photos": "ảnh",
    "text": "kể bằng lời",
}


def title_of(what: str) -> str:
    """What the call is called from then on: "Báo nhanh số hộ bị ngập, đã sơ tán chưa"."""
    labels = [each["label"].partition("(")[0].strip() for each in draft_fields(what)]
    title = "Báo nhanh " + ", ".join(label[:1].lower() + label[1:] for label in labels)
    return title if len(title) <= _LONGEST_TITLE else f"{title[: _LONGEST_TITLE - 1]}…"


_LONGEST_TITLE = 90


def shown_fields(what: str) -> str:
    """The drafted form as the official reads it: "Số hộ bị ngập (con số); Ảnh (ảnh)"."""
    return "; ".join(f"{each['label']} ({_sort(each)})" for each in draft_fields(what))


def _sort(field: Mapping[str, Any]) -> str:
    if field["kind"] == "choice":
        return f"chọn {' hoặc '.join(field['options'])}"
    return KIND_WORDS[field["kind"]]


def shown_until(iso: str) -> str:
    """A kept moment as people read it."""
    return due_words(datetime.fromisoformat(iso))


def whom_among(
    whom: str, groups: Sequence[tuple[str, str]], members: Sequence[tuple[str, str]] = ()
) -> list[str]:
    """Keys of the groups whose name is meant ("các thôn", "thôn" → the villages), else of the units named."""
    wanted = plain(whom).removeprefix("tat ca ").removeprefix("cac ").strip()
    found = [
        key
        for key, name in groups
        if wanted and (wanted in plain(name) or plain(name).removeprefix("cac ") in wanted)
    ]
    if found:
        return found
    named = [Named(key, name) for key, name in (*groups, *members)]
    parts = [part.strip() for part in re.split(r"[,;+]|\s+(?:và|với)\s+", whom) if part.strip()]
    meant = [pick(part, named) for part in parts]
    return [one.value for one in meant if one is not None] if all(meant) else []
