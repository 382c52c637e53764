"""Đăng ký: an invite code ties this chat to a person and a role in a unit.

A stranger needs none of this: citizens report at once. One person may hold several
roles and speak on several channels; a link code joins a new channel to the old person.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from bot.events import Button, Reply
from bot.flows.form import Flow, Form, Receipt
from bot.flows.phone import GIVE
from bot.flows.questions import Question, text, yes_no

ROLE_WORDS = {
    "reporter": "người báo cáo",
    "reviewer": "người duyệt báo cáo",
    "handler": "người xử lý phản ánh",
    "leader": "lãnh đạo",
    "admin": "quản trị",
}
"""How people read a role."""


class RegisterBrief(msgspec.Struct, frozen=True):
    """What the code is good for. `unit` is empty for a link code, which only joins two channels."""

    code: str = ""
    unit: str = ""
    role: str = ""
    name: str = ""
    known_name: str = ""


def asks(form: Form[RegisterBrief]) -> Sequence[Question]:
    """The code if it is not known yet, then "is it you?", then the name, then consent.

    A link code asks one thing only: whoever made it has said all the rest already.
    """
    brief = form.brief
    if not brief.code:
        return (_CODE,)
    questions: list[Question] = []
    if brief.unit:
        who = f" của {brief.name}" if brief.name else ""
        questions.append(
            yes_no(
                "right",
                f"Mã này{who} là {ROLE_WORDS.get(brief.role, brief.role)} cho {brief.unit}. Đúng anh/chị không ạ?",
                label="Đúng người",
                yes="Đúng rồi",
                no="Không phải",
            )
        )
        if not brief.name and not brief.known_name:
            questions.append(
                text(
                    "name",
                    "Anh/chị cho em xin họ tên để xã biết ai báo cáo ạ, ví dụ: Trần Thị Lan.",
                    label="Họ tên",
                    longest=80,
                    only_if=lambda f: f.get("right") is True,
                )
            )
    if not brief.unit:
        questions.append(_LINK)
        return questions
    questions.append(
        yes_no(
            "consent",
            "Xã chỉ dùng tên và tin nhắn của anh/chị để tổng hợp báo cáo, xử lý phản ánh; "
            "anh/chị xem hoặc xóa lúc nào cũng được. Anh/chị đồng ý không ạ?",
            label="Đồng ý",
            yes="Đồng ý",
            no="Không",
            only_if=lambda f: f.get("right") is not False,
        )
    )
    return questions


_CODE = text(
    "code",
    "Anh/chị gõ mã mời xã đã đưa giúp em, ví dụ: HD7K-3F9Q.",
    label="Mã mời",
    longest=40,
    explains="Mã mời có 8 chữ và số, in trên giấy mời hoặc do cán bộ xã nhắn cho anh/chị ạ.",
)
_LINK = yes_no(
    "consent",
    "Mã này nối kênh này với kênh anh/chị vừa lấy mã, để em biết hai bên là một người. Em nối nhé?",
    label="Nối kênh",
    yes="Nối",
    no="Không",
)


def says(form: Form[RegisterBrief], receipt: Receipt) -> Sequence[Reply]:
    """Welcome, with the two things this role does most; or a kind word when it was not them.

    Whose telephone number nobody knows is offered here, early and once, to give it (Zalo
    reference, point 20).
    """
    if receipt.facts.get("asked_code"):
        return ()
    if receipt.facts.get("not_them"):
        return (
            Reply(
                words="Dạ, vậy em chưa ghi gì ạ. Anh/chị hỏi lại cán bộ xã mã của mình giúp em nhé."
            ),
        )
    if receipt.facts.get("no_consent"):
        return (
            Reply(
                words="Dạ em hiểu, em chưa ghi tên anh/chị. Anh/chị vẫn phản ánh được như người dân ạ."
            ),
        )
    if receipt.facts.get("not_linked"):
        return (Reply(words="Dạ, em để nguyên hai bên như cũ ạ."),)
    if receipt.facts.get("linked"):
        return (
            Reply(
                words="Xong rồi ạ! Em đã nhận ra anh/chị, việc đang làm ở kênh kia mình làm tiếp được ở đây."
            ),
        )
    unit, role = receipt.facts["unit"], receipt.facts["role"]
    words = f"Xong rồi ạ! Từ giờ anh/chị là {ROLE_WORDS.get(role, role)} của {unit}."
    buttons = _first_buttons(role)
    if receipt.facts.get("no_phone"):
        buttons += (GIVE,)
    return (Reply(words=words, buttons=buttons),)


def _first_buttons(role: str) -> tuple[Button, ...]:
    if role == "reporter":
        return (
            Button(label="Báo số liệu", token="go.report", says="báo cáo"),
            Button(label="Báo phong trào", token="go.campaign", says="phong trào"),
            Button(label="Hướng dẫn", token="look.help", says="giúp"),
        )
    return (
        Button(label="Ai chưa báo?", token="look.progress.missing", says="ai chưa báo"),
        Button(label="Tiến độ", token="look.progress", says="tiến độ"),
        Button(label="Hướng dẫn", token="look.help", says="giúp"),
    )


register: Flow[Any] = Flow(
    name="register",
    title="Đăng ký",
    brief=RegisterBrief,
    asks=asks,
    says=says,
    opened_by=("/dangky", "đăng ký", "nhập mã", "mã mời"),
    confirms=False,
)
