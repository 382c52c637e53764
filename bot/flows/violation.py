"""Phản ánh: a citizen or an official reports pollution, named or sealed, and gets a code to follow it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

import msgspec
from rapidfuzz import fuzz

from bot.events import Button, Reply
from bot.flows.answers import Named
from bot.flows.form import READ, Flow, Form, Gleaned, Receipt
from bot.flows.questions import Question, choice, photos, place, text, yes_no
from bot.reading.fold import fold
from bot.reading.read import read
from bot.reading.reading import Context


class ViolationKind(msgspec.Struct, frozen=True):
    """A kind of breach the plan names, and the category that reading knows it by."""

    key: str
    name: str
    category: str


class ViolationBrief(msgspec.Struct, frozen=True, kw_only=True):
    """What can be reported here. `communes` is more than one only where the bot serves several."""

    commune_id: int
    plan_id: int | None
    kinds: tuple[ViolationKind, ...]
    communes: tuple[tuple[int, str], ...] = ()


OTHER_KIND = "khac"
NAMED, SEALED = "named", "sealed"


def asks(form: Form[ViolationBrief]) -> Sequence[Question]:
    """What kind, what happens, where, photos, since when, and whether to be named."""
    kinds = [Named(kind.key, kind.name) for kind in form.brief.kinds]
    questions: list[Question] = []
    if len(form.brief.communes) > 1:
        communes = [Named(commune_id, name) for commune_id, name in form.brief.communes]
        questions.append(
            choice("commune", "Việc xảy ra ở xã, phường nào ạ?", communes, label="Xã, phường")
        )
    return [
        *questions,
        choice(
            "kind",
            "Anh/chị phản ánh việc gì ạ?",
            [*kinds, Named(OTHER_KIND, "Việc khác")],
            label="Việc",
        ),
        text(
            "what",
            "Anh/chị kể ngắn gọn giúp em: thấy gì, ai bị ảnh hưởng ạ?",
            label="Sự việc",
            explains="Ví dụ: “Họ đốt rơm ngay cạnh đường, khói mù, xe máy không thấy đường”.",
        ),
        place("where", "Ở chỗ nào ạ? Anh/chị gửi vị trí, hoặc gõ: sau trạm y tế, thôn 3…"),
        photos(
            "photos", "Anh/chị có ảnh thì gửi em, gửi nhiều ảnh cũng được (gõ BỎ QUA nếu không có)."
        ),
        text(
            "since",
            "Việc này có từ bao giờ ạ? Ví dụ: đang diễn ra, tối qua, cả tuần nay.",
            label="Từ bao giờ",
            longest=200,
            optional=True,
            only_if=lambda f: f.has("since") or "what" not in (f.get(READ) or {}),
        ),
        yes_no(
            "urgent",
            "Việc này đang nguy hiểm, cần người đến ngay phải không ạ?",
            label="Khẩn",
            yes="Phải, rất gấp",
            no="Không gấp",
            only_if=sounds_urgent,
        ),
        _naming(),
        _same(form),
    ]


def _naming() -> Question:
    return choice(
        "naming",
        "Anh/chị muốn để tên hay giấu tên ạ? Giấu tên thì người xử lý chỉ thấy “người dân”.",
        {NAMED: "Để tên", SEALED: "Giấu tên"},
        label="Người báo",
        explains="Giấu tên: tên anh/chị được niêm phong, ai mở ra đều bị ghi lại. Anh/chị vẫn theo dõi được bằng mã ạ.",
    )


_A_SENTENCE = 4
"""Fewer words than this name a kind ("đốt rơm") and tell nothing yet."""


def sounds_urgent(form: Form[ViolationBrief]) -> bool:
    """Whether the words speak of fire, poison, danger to health or traffic: a person confirms it."""
    words = form.get("what")
    return isinstance(words, str) and _urgent_words(words)


@lru_cache(maxsize=256)
def _urgent_words(words: str) -> bool:
    reading = read(words, _ANY_DAY, Context())
    return reading.violation is not None and reading.violation.urgent


_ANY_DAY = date(2026, 1, 1)
"""Danger does not depend on the day."""

NEAR = "~near"
"""An open case that is likely the same matter, as the desk found it: {code, words}."""


def _same(form: Form[ViolationBrief]) -> Question:
    near = form.get(NEAR) or {}
    return yes_no(
        "same",
        f"{near.get('words', '')} Có phải việc này không ạ?",
        label="Cùng việc đã có người báo",
        yes="Đúng việc này",
        no="Việc khác",
        only_if=lambda f: bool(f.get(NEAR)),
    )


_NOW = re.compile(r"\b(dang|ngay bay gio|luc nay)\b")


def gleans(form: Form[ViolationBrief], words: str) -> Mapping[str, Gleaned]:
    """The complaint is its own words; the kind, the place and the time are read out of it."""
    reading = read(words, form.moment.today, Context())
    found: dict[str, Gleaned] = {}
    if not form.has("what") and len(words.split()) >= _A_SENTENCE:
        found["what"] = Gleaned(words, words)
    if reading.violation is None:
        return found
    kind = kind_for(form.brief.kinds, reading.violation.category, words)
    if kind is not None:
        found["kind"] = Gleaned(kind, words)
    if reading.place_text and " " in reading.place_text:  # “xã” alone is no place
        found["where"] = Gleaned(
            {"words": reading.place_text, "lat": None, "lon": None}, reading.place_text
        )
    if reading.date is not None:
        found["since"] = Gleaned(reading.date.quote, reading.date.quote)
    elif _NOW.search(fold(words)):
        found["since"] = Gleaned("đang diễn ra", words)
    return found


def kind_for(kinds: Sequence[ViolationKind], category: str, words: str) -> str | None:
    """The plan's kind for a category read from words; None when the plan names none of it.

    Where the plan divides a category ("xả thải của cơ sở", "xả ra ao hồ"), the kind whose name
    is most like the words: the person sees it on the confirm page and may change it.
    """
    of_category = [kind for kind in kinds if kind.category == category]
    told = fold(words)
    straw = any(word in told.split() for word in ("rom", "ra"))
    if category == "burning" and not straw:
        of_category = [kind for kind in of_category if "rom" not in fold(kind.name).split()]
    if not of_category:
        return None
    return max(of_category, key=lambda kind: fuzz.token_set_ratio(fold(kind.name), told)).key


def says(form: Form[ViolationBrief], receipt: Receipt) -> Sequence[Reply]:
    """The code, and how to follow it; for something dangerous also what to do at once."""
    lead = (
        "Em đã chuyển ngay cho người trực ạ. Nếu nguy hiểm, anh/chị gọi 114 hoặc công an xã nhé.\n"
        if receipt.facts.get("urgent")
        else ""
    )
    if receipt.facts.get("same"):
        return (_joined(receipt, form),)
    sealed = " Tên anh/chị được niêm phong." if form.get("naming") == SEALED else ""
    words = (
        f"{lead}Cảm ơn anh/chị! Phản ánh của anh/chị có mã {receipt.code}.{sealed} "
        f"Gõ {receipt.code} lúc nào cũng được để xem xã xử lý đến đâu."
    )
    return (
        Reply(
            words=words,
            buttons=(
                Button(label="Xem phản ánh", token=f"look.case.{receipt.code}", says=receipt.code),
            ),
        ),
    )


def _joined(receipt: Receipt, form: Form[ViolationBrief]) -> Reply:
    sealed = " Tên anh/chị được niêm phong." if form.get("naming") == SEALED else ""
    words = (
        f"Cảm ơn anh/chị! Em đã ghi thêm vào việc đang được xử lý; mã của anh/chị là {receipt.code}.{sealed} "
        "Việc đó đến đâu em báo anh/chị đến đấy ạ."
    )
    button = Button(label="Xem phản ánh", token=f"look.case.{receipt.code}", says=receipt.code)
    return Reply(words=words, buttons=(button,))


violation: Flow[Any] = Flow(
    name="violation",
    title="Phản ánh",
    brief=ViolationBrief,
    asks=asks,
    says=says,
    gleans=gleans,
    opened_by=(
        "phản ánh",
        "phản ánh ô nhiễm",
        "báo vi phạm",
        "báo ô nhiễm",
        "tố cáo",
        "khiếu nại",
    ),
)
