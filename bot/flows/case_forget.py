"""Xóa tên tôi: a citizen is forgotten, what they reported stays (Luật Bảo vệ dữ liệu cá nhân 2025)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from bot.events import Reply
from bot.flows.form import Flow, Form, Receipt
from bot.flows.questions import Question, yes_no


class ForgetBrief(msgspec.Struct, frozen=True):
    """How many of their reports stay behind without a name."""

    cases: int = 0


def asks(form: Form[ForgetBrief]) -> Sequence[Question]:
    """Once, because it cannot be taken back."""
    stays = (
        f"{form.brief.cases} phản ánh đã gửi vẫn được xử lý nhưng không còn gắn với anh/chị, "
        "em cũng không báo tin cho anh/chị được nữa. "
        if form.brief.cases
        else ""
    )
    return (
        yes_no(
            "sure",
            f"Em sẽ xóa tên, số điện thoại và mọi tin nhắn của anh/chị. {stays}Xóa rồi không lấy lại được. "
            "Anh/chị chắc chắn xóa không ạ?",
            label="Chắc chắn",
            yes="Xóa tên tôi",
            no="Không xóa",
        ),
    )


def says(form: Form[ForgetBrief], receipt: Receipt) -> Sequence[Reply]:
    """Done, or left as it was."""
    if not form.get("sure"):
        return (Reply(words="Dạ, em giữ nguyên như cũ ạ."),)
    return (
        Reply(
            words="Em đã xóa tên và tin nhắn của anh/chị. Sau này cần, anh/chị nhắn em như người mới ạ."
        ),
    )


forget: Flow[Any] = Flow(
    name="forget",
    title="Xóa tên",
    brief=ForgetBrief,
    asks=asks,
    says=says,
    opened_by=("/xoaten", "xóa tên tôi", "xóa tên", "xóa thông tin của tôi", "quên tôi đi"),
    confirms=False,
)
