"""Duyệt báo cáo: an official reads a filed report in chat and accepts it, or sends it back with a reason."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from bot.events import Button, Reply
from bot.flows.answers import Named
from bot.flows.form import Flow, Form, Receipt
from bot.flows.questions import Question, choice, text

ACCEPT, BACK = "accept", "back"
WHY_LETTERS = 500


class Filed(msgspec.Struct, frozen=True, kw_only=True):
    """One report to decide on, as it reads. `verdicts` are those its state still allows."""

    code: str
    version: int
    title: str
    unit: str
    shown: str
    verdicts: tuple[str, ...] = (ACCEPT, BACK)


class ReviewBrief(msgspec.Struct, frozen=True):
    """The report that was named, or those that wait, newest first; `more` wait besides."""

    reports: tuple[Filed, ...]
    more: int = 0


def asks(form: Form[ReviewBrief]) -> Sequence[Question]:
    """Which report, what is decided, and for one that goes back the reason."""
    questions: list[Question] = []
    if len(form.brief.reports) > 1:
        questions.append(_which(form.brief))
    one = chosen(form)
    if one is None:
        return questions
    labels = {ACCEPT: "Duyệt", BACK: "Trả lại"}
    verdicts = {name: labels[name] for name in one.verdicts}
    questions.append(choice("verdict", f"{_head(one)}\n{one.shown}", verdicts, label="Quyết định"))
    if form.get("verdict") == BACK:
        why = "Cần sửa chỗ nào ạ? Đơn vị sẽ đọc được lời này."
        questions.append(text("why", why, label="Lý do", longest=WHY_LETTERS))
    return questions


def _which(brief: ReviewBrief) -> Question:
    count = len(brief.reports) + brief.more
    newest = f" (em kể {len(brief.reports)} báo cáo mới nhất)" if brief.more else ""
    words = f"{count} báo cáo đang chờ duyệt{newest}. Anh/chị xem báo cáo nào ạ?"
    named = [Named(one.code, f"{one.unit}: {one.title}", (one.code,)) for one in brief.reports]
    return choice("code", words, named, label="Báo cáo")


def _head(one: Filed) -> str:
    return f"{one.title} của {one.unit}, mã {one.code}:"


def chosen(form: Form[ReviewBrief]) -> Filed | None:
    """The report they decide on, None before they chose."""
    reports = form.brief.reports
    if len(reports) == 1:
        return reports[0]
    return next((one for one in reports if one.code == form.get("code")), None)


def says(form: Form[ReviewBrief], receipt: Receipt) -> Sequence[Reply]:
    """What was done, and the way to the next one."""
    if form.get("verdict") == ACCEPT:
        words = f"Dạ, em đã ghi: {receipt.code} được duyệt."
    elif receipt.facts.get("told"):
        words = f"Dạ, em đã trả lại {receipt.code} và nhắn đơn vị sửa."
    else:
        words = f"Dạ, em đã trả lại {receipt.code}. Người gửi không có kênh nhận tin, anh/chị gọi giúp em ạ."
    next_one = Button(label="Duyệt tiếp", token="go.review", says="duyệt báo cáo")
    others = len(form.brief.reports) + form.brief.more > 1
    return (Reply(words=words, buttons=(next_one,) if others else ()),)


review = Flow(
    name="review",
    title="Duyệt báo cáo",
    brief=ReviewBrief,
    asks=asks,
    says=says,
    confirms=False,
    opened_by=("/duyet", "duyệt", "duyệt báo cáo", "chờ duyệt", "báo cáo chờ duyệt"),
)
