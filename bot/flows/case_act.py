"""The few questions that a deed on a case asks first: to whom it goes on, what was done, why not."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from bot.events import Reply
from bot.flows.answers import Named
from bot.flows.form import Flow, Form, Gleaned, Receipt
from bot.flows.questions import Question, choice, photos, text, unit_picker, yes_no

OUTSIDE = 0
"""In the place of a unit: a body outside the commune."""


class CaseBrief(msgspec.Struct, frozen=True, kw_only=True):
    """What is done to which case, and what its questions speak of.

    `seen` is the state the person had before their eyes. `units` may be given the case; `near` are
    (code, words) of cases it may be merged into. `decides`: may close with words for proof.
    `routes`: the plan names nobody for this kind, and this person may say once who handles it.
    """

    deed: str
    code: str
    seen: str = ""
    kind: str = ""
    asked: str = ""
    units: tuple[tuple[int, str], ...] = ()
    near: tuple[tuple[str, str], ...] = ()
    decides: bool = False
    routes: bool = False


_Form = Form[CaseBrief]


def asks(form: _Form) -> Sequence[Question]:
    """The questions of the deed."""
    return _ASKS[form.brief.deed](form)


def _give(form: _Form) -> Sequence[Question]:
    brief = form.brief
    outside = Named(OUTSIDE, "Cơ quan ngoài xã", ("ngoài xã", "cấp trên", "thành phố"))
    units = [*(Named(unit_id, name) for unit_id, name in brief.units), outside]
    whom = unit_picker(
        "unit", f"Chuyển {brief.code} cho đơn vị nào ạ? Anh/chị bấm hoặc gõ tên.", units
    )
    if not whom.options:
        whom = dataclasses.replace(whom, shortcuts=_nearest(units))
    return (
        whom,
        text(
            "body",
            "Chuyển cho cơ quan nào ạ? Ví dụ: Sở Nông nghiệp và Môi trường.",
            label="Cơ quan",
            longest=200,
            only_if=lambda f: f.get("unit") == OUTSIDE,
        ),
        text(
            "words",
            "Anh/chị nhắn gì cho bên nhận không ạ? (gõ BỎ QUA nếu không)",
            label="Lời nhắn",
            longest=500,
            optional=True,
        ),
        yes_no(
            "always",
            f"Kế hoạch chưa nêu ai xử lý loại việc “{brief.kind}”. Lần sau em chuyển thẳng cho đơn vị này nhé?",
            label="Lần sau chuyển thẳng",
            only_if=lambda f: f.brief.routes and f.get("unit") != OUTSIDE,
        ),
    )


_MOST_SHORTCUTS = 6
_LONGEST_SHORTCUT = 40


def _nearest(units: Sequence[Named]) -> tuple[tuple[str, str], ...]:
    """Of too many units the first few, and always the way out of the commune."""
    some = [unit for unit in units[:-1] if len(unit.label) <= _LONGEST_SHORTCUT]
    return tuple((unit.label, unit.label) for unit in (*some[:_MOST_SHORTCUTS], units[-1]))


def _ask(form: _Form) -> Sequence[Question]:
    return (
        text(
            "words",
            f"Anh/chị muốn hỏi người dân điều gì về {form.brief.code} ạ? Em gửi đúng câu này.",
            label="Câu hỏi",
            longest=500,
            explains="Ví dụ: “Xe đổ rác màu gì, biển số bao nhiêu ạ?”",
        ),
    )


def _done(form: _Form) -> Sequence[Question]:
    decides = form.brief.decides
    without = " Không có ảnh thì gõ BỎ QUA và cho em biết lý do." if decides else ""
    return (
        photos(
            "photos",
            f"Anh/chị gửi em ảnh sau khi xử lý {form.brief.code}, chụp sau lúc dân báo ạ.{without}",
            label="Ảnh sau khi xử lý",
            optional=decides,
        ),
        text(
            "reason",
            "Vì sao không có ảnh ạ? Lý do này được lưu cùng tên anh/chị.",
            label="Lý do không có ảnh",
            longest=500,
            only_if=lambda f: f.brief.decides and f.has("photos") and not f.get("photos"),
        ),
        text(
            "words",
            "Đã xử lý thế nào ạ? Em gửi người dân đúng câu này, ví dụ: đã dọn hết rác và nhắc hộ đổ trộm.",
            label="Đã làm",
            longest=500,
        ),
    )


def _reason(words: str, label: str = "Lý do") -> Callable[[_Form], Sequence[Question]]:
    def ask(form: _Form) -> Sequence[Question]:
        return (text("words", words.format(code=form.brief.code), label=label, longest=500),)

    return ask


def _merge(form: _Form) -> Sequence[Question]:
    near = [Named(code, words, (code,)) for code, words in form.brief.near]
    lines = [f"{n}. {code}: “{words}”" for n, (code, words) in enumerate(form.brief.near, start=1)]
    words = "\n".join([f"Gộp {form.brief.code} vào việc nào ạ?", *lines])
    return (choice("into", words, near, label="Gộp vào"),)


def _answer(form: _Form) -> Sequence[Question]:
    asked = f"“{form.brief.asked}” " if form.brief.asked else ""
    return (
        text("words", f"{asked}Anh/chị trả lời giúp em ạ.", label="Trả lời", longest=1000),
        photos("photos", "Có ảnh thì anh/chị gửi luôn, không thì gõ BỎ QUA ạ."),
    )


def _more(form: _Form) -> Sequence[Question]:
    return (
        text(
            "words",
            f"Anh/chị muốn nói thêm gì về {form.brief.code} ạ? Chỉ gửi ảnh thì gõ BỎ QUA.",
            label="Nói thêm",
            longest=1000,
            optional=True,
        ),
        photos("photos", "Có ảnh thì anh/chị gửi em, không thì gõ BỎ QUA ạ."),
    )


_ASKS: Mapping[str, Callable[[_Form], Sequence[Question]]] = {
    "give": _give,
    "ask": _ask,
    "done": _done,
    "refuse": _reason(
        "Vì sao không thụ lý {code} ạ? Người dân đọc đúng câu này và có thể đề nghị lãnh đạo xem lại."
    ),
    "merge": _merge,
    "reopen": _reason("Vì sao mở lại {code} ạ? Đơn vị xử lý và người dân đọc câu này."),
    "unseal": _reason(
        "Anh/chị mở tên người báo {code} để làm gì ạ? Lý do và tên anh/chị được lưu, người báo có quyền hỏi."
    ),
    "block": _reason(
        "Vì sao chặn người gửi {code} ạ? Người đó đọc được lý do và có quyền khiếu nại."
    ),
    "answer": _answer,
    "more": _more,
    "appeal": _reason(
        "Vì sao anh/chị đề nghị xem lại {code} ạ? Em gửi thẳng cho lãnh đạo.", "Lý do"
    ),
    "word": _reason("Anh/chị nhận xét thêm một câu về việc xử lý {code} ạ.", "Nhận xét"),
    "unblock": _reason("Anh/chị giải thích giúp em, em gửi cán bộ xã xem lại ạ.", "Khiếu nại"),
}

DEEDS = frozenset(_ASKS)
"""Deeds that ask something first."""


def gleans(form: _Form, words: str) -> Mapping[str, Gleaned]:
    """Words sent before the question was put are its answer."""
    return (
        {}
        if form.has("words") or form.brief.deed in ("give", "merge")
        else {"words": Gleaned(words, words)}
    )


def says(form: _Form, receipt: Receipt) -> Sequence[Reply]:
    """What the desk worked out."""
    return tuple(receipt.facts.get("replies", ()))


case_act: Flow[Any] = Flow(
    name="case",
    title="Xử lý phản ánh",
    brief=CaseBrief,
    asks=asks,
    says=says,
    gleans=gleans,
    confirms=False,
    subject=lambda brief: f"case:{brief.deed}:{brief.code}",
)
