"""What people say around the forms: a wish to report, a question about the day, thanks, anger, a stray "ok".

Folded words only, and only whole short messages: whatever carries figures, a place or a story
is the reader's (`bot/reading/`). A phrase here leads to a look or a form, never files anything.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from bot.flows.form import Act, Look, Open
from bot.flows.words import plain

LONGEST = 70
"""Characters; a longer message tells something and is read as a whole."""

_ADDRESS = re.compile(
    r"^(?:(?:da|vang|alo|a lo|nay|chao|oi"
    r"|(?:xa|em|anh|chi|chu|co|bac|bot|ad|admin|so xanh|can bo|minh) oi"
    r"|cho (?:toi|em|anh|chi|bac|chu|co|minh|hoi)(?: hoi)?) ?,? ?)+"
)
"""How a message is begun before it says anything."""

_ME = r"(?:(?:toi|tui|em|anh|chi|bac|chu|co|minh|thon|thon toi|ben em) )?"
_WANT = r"(?:(?:dang |dinh )?(?:muon|can|xin|xin phep|cho|duoc) )?"
_REPORT = r"(?:bao cao|nop bao cao|gui bao cao|lam bao cao|bao so lieu|gui so lieu|nop so lieu|nhap so lieu)"
_TAIL = r"(?: (?:thang|quy|ky|nam|6 thang|dau|cuoi|nay|thon|cua|toi|minh|em|ngay|luon|the nao|o dau|duoc khong|bang cach nao))*"

HUMAN = re.compile(
    r"^.*\b(?:gap|lien he|lien lac|noi chuyen|goi|goi dien|nhan|hoi|ket noi)\b.{0,12}"
    r"\b(?:can bo|nguoi that|van phong|chu tich|lanh dao|nguoi phu trach|nhan vien|tong dai)\b.*$"
    r"|^.*\b(?:sdt|so dien thoai|so dt|dien thoai)\b.{0,16}\b(?:xa|can bo|van phong|phuong|uy ban|ubnd|phu trach)\b.*$"
    r"|^ai (?:la nguoi )?(?:phu trach|xu ly|quan ly)\b.*$"
)
OWED = re.compile(
    r"^.*\b(?:bao gio|khi nao|ngay nao|hom nao|luc nao|may gio)\b.*\b(?:bao cao|nop|het han|den han|gui so lieu)\b.*$"
    r"|^.*\b(?:bao cao|nop|gui)\b.*\b(?:bao gio|khi nao|ngay nao|hom nao|luc nao)\b.*$"
    r"|^.*\b(?:het|den|qua|con|thoi|co) han\b.*\b(?:chua|khong|bao gio|khi nao|ngay nao|bao lau|may ngay)\b.*$"
    r"|^(?:han|thoi han|han nop|han chot|deadline|han bao cao)(?: .{0,20})?$"
    r"|^.*\b(?:con|da) (?:thieu|no|phai (?:bao|nop|lam)|bao cao nao|viec)\b.{0,16}\b(?:gi|nao|khong|chua)\b.*$"
    r"|^(?:viec cua (?:toi|minh|em)|toi (?:can|phai) (?:lam|bao|nop) (?:cai )?gi.*)$"
)
MISSING = re.compile(
    r"^.*\b(?:thon|don vi|ai|hoi|noi|cho|khu)\b.{0,10}\bchua (?:bao|nop|gui)\b.*$"
    r"|^.*\b(?:may|bao nhieu) (?:thon|don vi|hoi|khu)\b.{0,8}\b(?:bao|nop|gui)\b.*$"
    r"|^(?:danh sach )?chua (?:bao|nop)(?: cao)?$"
)
NEW_CASES = re.compile(
    r"^.*\b(?:phan anh|vu viec|don)\b.{0,10}\b(?:moi|chua xu ly|chua nhan|dang cho|ton dong|qua han)\b.*$"
)
MY_CASES = re.compile(
    r"^.*\b(?:phan anh|vu viec|to cao|don)\b.{0,24}"
    r"\b(?:den dau|toi dau|the nao|sao roi|xong chua|xu ly chua|giai quyet chua|ket qua)\b.*$"
)
MY_MATTER = re.compile(
    r"^(?:viec|vu) (?:cua (?:toi|minh|em|nha toi) |do |kia |hom truoc |toi bao )?.{0,12}"
    r"\b(?:den dau|toi dau|sao roi|xong chua|xu ly chua|giai quyet chua)\b.*$"
)
"""Only of citizens: for whoever reports, "việc phân loại rác đến đâu rồi" asks about the plan."""
START_REPORT = re.compile(rf"^{_ME}{_WANT}{_REPORT}{_TAIL}$")
_WHAT = (
    r"(?: (?:o nhiem|vi pham|viec|mot viec|1 viec|su viec|xa rac|do rac|dot rom|voi xa|moi truong))"
)
START_VIOLATION = re.compile(
    rf"^{_ME}{_WANT}(?:(?:phan anh|to cao|to giac|khieu nai){_WHAT}*|bao{_WHAT}+)$"
)
START_DIFFICULTY = re.compile(
    rf"^{_ME}{_WANT}(?:kien nghi|de xuat|gop y|y kien|neu kho khan|bao kho khan)(?: (?:voi xa|mot viec|chut))*$"
)
LOST = re.compile(
    r"^.{0,20}\b(?:khong|ko|k|chua|hong) (?:biet|hieu)"
    r"(?: (?:lam|dung|bao|gui|cach|gi|sao|the nao|su dung|bao cao|ca|het|day|nhu|bat dau|tu dau))*$"
    r"|^.{0,20}\b(?:lam|dung|bao|gui|su dung|bao cao) (?:the nao|sao|kieu gi|nhu the nao)(?: day)?$"
    r"|^(?:kho|roi|phuc tap|kho hieu|kho dung)(?: (?:qua|the|nhi|lam))*$"
    r"|^huong dan (?:toi|em|anh|chi|bac|minh|cach|dung|lam|voi|giup|bao).*$"
    r"|^chi (?:toi|minh|bac) (?:cach|dung|lam|voi).*$"
)
WHO_ARE_YOU = re.compile(
    r"^(?:may|ban|em|bot|day|so xanh) la (?:ai|gi|bot|nguoi)(?: (?:day|the|vay|a|that))*$"
)
ANGRY = re.compile(
    r"^.*\b(?:dm|dcm|dkm|vcl|clgt|do ngu|do dien|bot ngu|ngu (?:the|qua|vai|nhu)|chan qua|buc minh|buc qua|phien qua|vo dung)\b.*$"
    r"|^(?:ngu|cut|cut di|vl)$"
)
AGREES = re.compile(
    r"^(?:(?:da|vang|u|uh|um|ok|oke|okie|okey|duoc|dc|roi|nhat tri|dong y|hieu roi|biet roi|nho roi|tot|hay|hi|hihi|haha)(?: |$))+$"
)
FORM_WORDS = frozenset(
    "quay lai|lui lai|bo qua|boqua|de sau|lat nua|thoi|huy|huy bo|dung lai|xong|gui|gui di|gui luon|nop|"
    "sua|sua lai|dung|khong|ko|co|chua|go lai|giu nguyen|khong doi|xac nhan".split("|")
)
"""Answers to questions of a form, said when none is open."""


_Whose = Literal["anyone", "reporter", "official", "citizen", "staff"]


@dataclass(frozen=True, slots=True)
class _Way:
    """One thing that may be meant, and of whom it is believed."""

    said: re.Pattern[str]
    act: Act
    of: _Whose = "anyone"


_QUESTIONS = (
    _Way(HUMAN, Look("human")),
    _Way(MISSING, Look("missing"), "official"),
    _Way(NEW_CASES, Look("cases_todo"), "official"),
    _Way(MY_CASES, Look("cases")),
    _Way(MY_MATTER, Look("cases"), "citizen"),
    _Way(OWED, Look("owed"), "staff"),
)
"""What is asked, the surest first."""

_WAYS = (
    *_QUESTIONS,
    _Way(START_REPORT, Open("report"), "reporter"),
    _Way(START_VIOLATION, Open("violation")),
    _Way(START_DIFFICULTY, Open("difficulty")),
    _Way(WHO_ARE_YOU, Look("help", {"greeting": "1"})),
    _Way(ANGRY, Look("help", {"angry": "1"})),
    _Way(LOST, Look("help", {"lost": "1"})),
)
_NOTHING_OPEN = Look("help", {"nothing_open": "1"})
_AGREES = Look("help", {"agrees": "1"})


def around(words: str, *, reporter: bool, official: bool) -> Act | None:
    """Where a short message that is no report leads, or None when it is not one of these.

    Args:
        words: as typed.
        reporter: whether the speaker reports for a unit.
        official: whether the speaker may ask who has not reported.
    """
    text = plain(words)
    if len(text) > LONGEST:
        return None
    bare = _ADDRESS.sub("", text) or text
    act = _first(_WAYS, bare, reporter, official)
    if act is not None:
        return act
    if bare in FORM_WORDS:
        return _NOTHING_OPEN
    return _AGREES if AGREES.match(text) else None


def asks_aside(words: str, *, reporter: bool, official: bool) -> Act | None:
    """A question that is answered even while a form is open; the form stays where it was."""
    text = plain(words)
    if len(text) > LONGEST:
        return None
    return _asked_aside(text, reporter, official)


@lru_cache(maxsize=4096)
def _asked_aside(text: str, reporter: bool, official: bool) -> Act | None:
    act = _first(_QUESTIONS, _ADDRESS.sub("", text) or text, reporter, official)
    return act if isinstance(act, Look) and act.flow in ("human", "owed") else None


def _first(ways: Sequence[_Way], bare: str, reporter: bool, official: bool) -> Act | None:
    """The surest way that the words match, asked in their order and no further."""
    for way in ways:
        if _is_of(way.of, reporter, official) and way.said.match(bare):
            return way.act
    return None


def _is_of(whose: _Whose, reporter: bool, official: bool) -> bool:
    match whose:
        case "reporter":
            return reporter
        case "official":
            return official
        case "citizen":
            return not reporter
        case "staff":
            return reporter or official
    return True
