"""Xin gia hạn: how long, and why; the reviewer decides with one tap."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from bot.events import Reply
from bot.flows.answers import Named
from bot.flows.form import Flow, Form, Receipt
from bot.flows.questions import Question, choice, text


class ExtendBrief(msgspec.Struct, frozen=True, kw_only=True):
    """Which report, and the days it may be put off to: (ISO moment, how it is said)."""

    obligation_id: int
    title: str
    unit: str
    options: tuple[tuple[str, str], ...]


def asks(form: Form[ExtendBrief]) -> Sequence[Question]:
    """Until when, and why."""
    brief = form.brief
    named = [Named(until, words) for until, words in brief.options]
    return (
        choice(
            "until",
            f"Anh/chị xin gia hạn {brief.title} của {brief.unit} đến hôm nào ạ?",
            named,
            label="Đến",
        ),
        text("why", "Vì sao ạ? (gõ BỎ QUA nếu không tiện nói)", label="Lý do", optional=True),
    )


def says(form: Form[ExtendBrief], receipt: Receipt) -> Sequence[Reply]:
    """Asked; who decides."""
    words = (
        "Em đã chuyển lời xin gia hạn cho người phụ trách của xã. Có trả lời em nhắn lại ngay ạ."
    )
    if not receipt.facts.get("asked"):
        words = "Em ghi lời xin gia hạn rồi, nhưng chưa thấy ai của xã nhận được tin để duyệt. Anh/chị gọi Văn phòng giúp em ạ."
    return (Reply(words=words),)


extend = Flow(
    name="extend",
    title="Xin gia hạn",
    brief=ExtendBrief,
    asks=asks,
    says=says,
    confirms=False,
    opened_by=("/giahan", "xin gia hạn", "gia hạn"),
)
