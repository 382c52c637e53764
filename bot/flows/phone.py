"""Số điện thoại: asked for with its purpose, given of one's own will, and taken back at any time.

The one identity that is valid across channels (Zalo reference, point 20). It makes nobody
somebody: two channels become one person only by a code (`bot/flows/link.py`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from bot.events import Button, Contact, Reply, Said
from bot.flows.answers import Answer, Refused, Taken, not_words, words_of
from bot.flows.form import Flow, Form, Receipt
from bot.flows.questions import Question, yes_no
from bot.flows.words import NO, means
from plans.phone_numbers import phone_of, shown_phone

OPENED_BY = (
    "/sdt",
    "số điện thoại",
    "số điện thoại của tôi",
    "số của tôi",
    "sđt",
    "gửi số điện thoại",
    "gửi sđt",
    "đổi số điện thoại",
)
FORGET_OPENED_BY = ("/xoasdt", "xóa số của tôi", "xóa số điện thoại", "xóa số điện thoại của tôi")

GIVE = Button(label="Gửi số điện thoại", token="go.phone", says="số điện thoại")

_PURPOSE = (
    "Số này chỉ để cán bộ xã gọi khi tin của em không tới được anh/chị; "
    "không hiện ở đâu khác, xóa lúc nào cũng được"
)
_NUMBER = re.compile(r"(?:\+?84|0)(?:[ .\-]?\d){8,10}(?!\d)")
_MOBILE = re.compile(r"0[35789]\d{8}")


class PhoneBrief(msgspec.Struct, frozen=True):
    """`known` is the number we hold already, `card` one that came before anybody asked; "" for none."""

    known: str = ""
    card: str = ""


def asks(form: Form[PhoneBrief]) -> Sequence[Question]:
    """The number, or consent to keep the one that was sent unasked."""
    brief = form.brief
    if brief.card:
        words = f"Em giữ số {shown_phone(brief.card)} của anh/chị nhé? {_PURPOSE} ạ."
        return (yes_no("agrees", words, label="Đồng ý", yes="Đồng ý", no="Không"),)
    if brief.known:
        lead = f"Em đang giữ số {shown_phone(brief.known)}. Đổi thì anh/chị gửi số mới."
        out = "Để nguyên thì gõ BỎ QUA, xóa thì gõ XÓA SỐ CỦA TÔI."
    else:
        lead = "Anh/chị cho em xin số di động nhé, ví dụ: 0900 000 001."
        out = "Gửi số là anh/chị đồng ý; không muốn thì gõ BỎ QUA ạ."
    return (
        Question(
            key="phone",
            words=f"{lead} {_PURPOSE}. {out}",
            label="Số điện thoại",
            reads=_read,
            shows=shown_phone,
            optional=True,
            asks_contact=True,
            explains=f"{_PURPOSE}. Anh/chị gõ 10 chữ số, ví dụ: 0900 000 001, hoặc gõ BỎ QUA ạ.",
        ),
    )


def mobile_of(typed: str) -> str | None:
    """The one mobile number in these words as ten digits, None when there is none or more than one."""
    found = {phone_of(one) for one in _NUMBER.findall(typed)} or {phone_of(typed)}
    phone = found.pop() if len(found) == 1 else None
    return phone if phone is not None and _MOBILE.fullmatch(phone) else None


def _read(said: Said, form: Form[Any]) -> Answer:
    if isinstance(said, Contact):
        phone = mobile_of(said.phone)
        if not said.own:
            return Refused("Danh bạ này em chưa rõ có phải của anh/chị. Anh/chị gõ số giúp em ạ.")
        return Taken(phone) if phone else Refused("Số này không phải số di động Việt Nam ạ.")
    words = words_of(said)
    if words is None:
        return Refused(not_words(said))
    if means(words, NO):
        return Taken(None)
    phone = mobile_of(words)
    if phone is None:
        return Refused("Em chưa đọc được số này. Số di động có 10 chữ số, bắt đầu bằng 0 ạ.")
    return Taken(phone)


def says(form: Form[PhoneBrief], receipt: Receipt) -> Sequence[Reply]:
    """The number as it is kept, and how it is deleted again; or that nothing was written."""
    phone = receipt.facts.get("phone")
    if phone:
        words = f"Em ghi số {shown_phone(phone)} rồi ạ. Muốn xóa, anh/chị gõ XÓA SỐ CỦA TÔI nhé."
    elif form.brief.known:
        words = "Dạ, em để nguyên số cũ ạ."
    else:
        words = "Dạ không sao ạ, em không ghi số nào. Khi nào muốn gửi thì gõ SỐ ĐIỆN THOẠI nhé."
    return (Reply(words=words),)


def forgotten(*, had_one: bool) -> Sequence[Reply]:
    """After "xóa số của tôi"."""
    words = "Em xóa số của anh/chị rồi ạ." if had_one else "Em không giữ số nào anh/chị gửi ạ."
    return (Reply(words=words),)


phone: Flow[Any] = Flow(
    name="phone",
    title="Số điện thoại",
    brief=PhoneBrief,
    asks=asks,
    says=says,
    opened_by=OPENED_BY,
    confirms=False,
)
