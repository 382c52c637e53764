"""Yêu cầu báo cáo: an official asks units once; the bot drafts the form, and shows it before it goes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import msgspec

from bot.events import Reply, Said
from bot.flows.answers import Answer, Named, Refused, Taken, not_words, words_of
from bot.flows.form import Flow, Form, Gleaned, Receipt
from bot.flows.questions import Question, several
from bot.flows.request_words import read_call, read_until, shown_fields, shown_until, whom_among


class RequestBrief(msgspec.Struct, frozen=True, kw_only=True):
    """Whom this official may ask: (key, name with how many) of classes and single units.

    `members` are the units of the classes, one by one: they may be named, and are not shown.
    """

    commune_id: int
    plan_id: int
    groups: tuple[tuple[str, str], ...]
    members: tuple[tuple[str, str], ...] = ()


def asks(form: Form[RequestBrief]) -> Sequence[Question]:
    """What, whom, until when."""
    return (
        Question(
            key="what",
            words="Anh/chị cần các đơn vị báo gì ạ? Nhiều câu thì cách nhau dấu phẩy. Ví dụ: số hộ bị ngập, đã sơ tán chưa, ảnh",
            label="Phiếu em soạn",
            reads=_reads_what,
            shows=shown_fields,
        ),
        _whom(form.brief),
        Question(
            key="until",
            words="Hạn đến khi nào ạ? Ví dụ: 17h thứ Sáu, hay 20/7",
            label="Hạn",
            reads=_reads_until,
            shows=shown_until,
        ),
    )


def _whom(brief: RequestBrief) -> Question:
    """Classes and bodies are buttons; a village is asked by its name ("thôn Đoài, thôn Thượng")."""
    groups = [Named(key, name) for key, name in brief.groups]
    members = [Named(key, name) for key, name in brief.members]
    words = "Gửi tới những ai ạ?"
    if members:
        words += f" Chỉ gửi vài nơi thì gõ tên, ví dụ: {members[0].label}"
    asked = several("whom", words, [*groups, *members], label="Gửi tới")
    return replace(asked, options=tuple(groups))


def _reads_what(said: Said, form: Form[RequestBrief]) -> Answer:
    words = words_of(said)
    return Taken(words.strip()) if words and words.strip() else Refused(not_words(said))


def _reads_until(said: Said, form: Form[RequestBrief]) -> Answer:
    words = words_of(said)
    until = read_until(words or "", form.moment.today)
    if until is None:
        return Refused(
            "Em chưa đọc được hạn. Anh/chị gõ như “17h thứ Sáu”, “chiều mai” hay “20/7” ạ."
        )
    if until <= form.moment.at:
        return Refused("Hạn này đã qua rồi ạ. Anh/chị chọn giờ khác giúp em.")
    return Taken(until.isoformat())


def gleans(form: Form[RequestBrief], words: str) -> Mapping[str, Gleaned]:
    """The call in one line of words."""
    call = read_call(words, form.moment.today)
    if call is None:
        return {}
    found = {"what": Gleaned(call.what, call.what)}
    whom = whom_among(call.whom, form.brief.groups, form.brief.members)
    if whom:
        found["whom"] = Gleaned(whom, call.whom)
    if call.due_at is not None and call.due_at > form.moment.at:
        found["until"] = Gleaned(call.due_at.isoformat(), shown_until(call.due_at.isoformat()))
    return found


def heads(form: Form[RequestBrief]) -> str:
    """The head of the confirm page."""
    return "Em soạn phiếu như sau, chưa gửi đi đâu cả. Anh/chị xem lại giúp em:"


def says(form: Form[RequestBrief], receipt: Receipt) -> Sequence[Reply]:
    """Sent, to how many."""
    count, silent = receipt.facts["units"], receipt.facts["silent"]
    until = shown_until(str(form.get("until")))
    words = (
        f"Em đã gửi tới {count} đơn vị, hạn {until}. Đủ hoặc đến hạn là em gửi lại bảng tổng hợp ạ."
    )
    if silent:
        words += f"\nChưa có ai nhận tin ở: {', '.join(silent)}."
    return (Reply(words=words),)


request = Flow(
    name="request",
    title="Yêu cầu báo cáo",
    brief=RequestBrief,
    asks=asks,
    says=says,
    heads=heads,
    gleans=gleans,
    opened_by=("/yeucau", "yêu cầu báo cáo", "yêu cầu"),
)


def is_past(iso: str, now: datetime) -> bool:
    """Whether a kept moment has passed (a form that lay open over its own day)."""
    return datetime.fromisoformat(iso) <= now
