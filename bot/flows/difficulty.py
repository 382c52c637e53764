"""Khó khăn, vướng mắc, kiến nghị: a unit tells the office what is in its way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from bot.events import Reply
from bot.flows.answers import Named
from bot.flows.form import Flow, Form, Gleaned, Receipt
from bot.flows.questions import Question, photos, text, unit_picker


class DifficultyBrief(msgspec.Struct, frozen=True, kw_only=True):
    """Whom it comes from and to which office it goes (the plan names it)."""

    plan_id: int | None
    commune_id: int
    units: tuple[tuple[int, str], ...]
    office: str


def asks(form: Form[DifficultyBrief]) -> Sequence[Question]:
    """Which unit, what is in the way, what would help, photos."""
    questions: list[Question] = []
    if len(form.brief.units) > 1:
        units = [Named(unit_id, name) for unit_id, name in form.brief.units]
        questions.append(unit_picker("unit", "Của đơn vị nào ạ?", units))
    return [
        *questions,
        text("what", "Đơn vị mình đang vướng gì ạ? Anh/chị kể ngắn gọn giúp em.", label="Khó khăn"),
        text(
            "wish",
            "Anh/chị muốn xã giúp gì ạ? (gõ BỎ QUA nếu chưa có)",
            label="Kiến nghị",
            optional=True,
        ),
        photos("photos", "Có ảnh thì anh/chị gửi em (gõ BỎ QUA nếu không có)."),
    ]


def gleans(form: Form[DifficultyBrief], words: str) -> Mapping[str, Gleaned]:
    """The words themselves are the difficulty."""
    return {} if form.has("what") else {"what": Gleaned(words, words)}


def says(form: Form[DifficultyBrief], receipt: Receipt) -> Sequence[Reply]:
    """Whom it went to, and the code."""
    return (
        Reply(
            words=f"Em đã chuyển đến {form.brief.office}, mã {receipt.code}. Có trả lời em báo anh/chị ngay ạ."
        ),
    )


difficulty: Flow[Any] = Flow(
    name="difficulty",
    title="Khó khăn, kiến nghị",
    brief=DifficultyBrief,
    asks=asks,
    says=says,
    gleans=gleans,
    opened_by=("/khokhan", "khó khăn", "vướng mắc", "kiến nghị", "nêu khó khăn", "đề nghị"),
)
