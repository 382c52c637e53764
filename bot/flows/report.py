"""Báo số liệu: the indicators due from my unit for the open period.

Last period's values are shown and taken again with one tap; a value that is hard to
believe is asked once more; one line of free text may fill many answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec

from bot.events import Button, Reply
from bot.flows.answers import Named, shown_day
from bot.flows.form import Flow, Form, Receipt
from bot.flows.questions import (
    Question,
    choice,
    decimal,
    money,
    photos,
    text,
    whole,
    with_unit,
    yes_no,
)
from bot.flows.report_doubts import doubt_of
from bot.flows.report_gleaning import gleaned


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One question of a target. `last` is the unit's own answer of the last period, as text.

    `pair` is the key of the question that counts the whole for this part of it, or the part
    for this whole; `most` is a bound that the unit itself knows (its households).
    """

    key: str
    target: str
    part: str
    label: str
    words: str
    kind: str
    unit: str = ""
    example: str = ""
    last: str | None = None
    reading: str = ""
    pair: str = ""
    most: int | None = None
    options: tuple[str, ...] = ()


class DutyForm(msgspec.Struct, frozen=True, kw_only=True):
    """One report that is owed: which, for whom, for when, and its questions. `due` is a local ISO day."""

    obligation_id: int
    plan_id: int
    duty_key: str
    unit_id: int
    unit: str
    period_key: str
    title: str
    items: tuple[Item, ...]
    due: str | None = None
    narrative: bool = True


class ReportBrief(msgspec.Struct, frozen=True, kw_only=True):
    """The reports that are open for this person, most urgent first."""

    duties: tuple[DutyForm, ...]


_MOST = 1_000_000_000


def duty_of(form: Form[ReportBrief]) -> DutyForm | None:
    """The report that is being filled in; None while it has not been chosen among several."""
    duties = form.brief.duties
    if len(duties) == 1:
        return duties[0]
    return next((duty for duty in duties if str(duty.obligation_id) == form.get("duty")), None)


def asks(form: Form[ReportBrief]) -> Sequence[Question]:
    """Which report when several are owed, then its questions, then what else there is to say."""
    questions: list[Question] = []
    if len(form.brief.duties) > 1:
        named = [Named(str(duty.obligation_id), _line(duty)) for duty in form.brief.duties]
        questions.append(choice("duty", "Anh/chị báo cáo nào trước ạ?", named, label="Báo cáo"))
    duty = duty_of(form)
    if duty is None:
        return questions
    known = _made.get(id(duty))
    if known is None or known[0] is not duty:
        known = _made[id(duty)] = (duty, _questions(duty))
        if len(_made) > _MOST_MADE:
            del _made[next(iter(_made))]
    return (*questions, *known[1]) if questions else known[1]


_made: dict[int, tuple[DutyForm, tuple[Question, ...]]] = {}
"""Questions by the very form they are of: they are asked for several times in every turn."""

_MOST_MADE = 1024


def _questions(duty: DutyForm) -> tuple[Question, ...]:
    by_key = {item.key: item for item in duty.items}
    questions = [_question(item, by_key.get(item.pair)) for item in duty.items]
    if duty.narrative:
        questions.append(_remark(duty))
    return tuple(questions)


def _remark(duty: DutyForm) -> Question:
    return text(
        "remark",
        "Anh/chị có gì muốn nói thêm về kết quả kỳ này không ạ? (gõ BỎ QUA nếu không)"
        if duty.items
        else "Anh/chị kể ngắn gọn kết quả kỳ này giúp em: đã làm gì, được gì, còn vướng gì ạ?",
        label="Nói thêm" if duty.items else "Kết quả",
        longest=4000,
        optional=bool(duty.items),
    )


def _line(duty: DutyForm) -> str:
    due = f", hạn {_day_and_month(duty.due)}" if duty.due else ""
    return f"{duty.title} ({duty.unit}{due})"


def _day_and_month(iso: str) -> str:
    return shown_day(iso).rsplit("/", 1)[0]


@lru_cache(maxsize=4096)
def _question(item: Item, pair: Item | None) -> Question:
    """One question. The same for every unit that has the same to compare with, so that it is made once."""
    paired = (pair,) if pair is not None else ()
    words = _asked(item)
    match item.kind:
        case "yes_no":
            return yes_no(item.key, words, label=item.label, yes="Rồi", no="Chưa")
        case "text":
            return text(item.key, words, label=item.label, optional=True)
        case "choice":
            named = [Named(option, option) for option in item.options]
            return choice(item.key, words, named, label=item.label)
        case "photos":
            return photos(item.key, words, label=item.label)
        case "money":
            return money(item.key, words, label=item.label, example=item.example or "1tr2")
        case "decimal":
            return decimal(
                item.key,
                words,
                label=item.label,
                unit=item.unit,
                example=item.example,
                between=(0, _MOST),
                keeps=item.last,
                measure=item.reading,
                doubt=doubt_of(item, paired),
            )
    return whole(
        item.key,
        words,
        label=item.label,
        unit=item.unit,
        example=item.example,
        between=(0, _MOST),
        keeps=int(Decimal(item.last)) if item.last is not None else None,
        doubt=doubt_of(item, paired),
    )


def _asked(item: Item) -> str:
    example = (
        f" Ví dụ: {item.example}" if item.example and item.kind not in ("yes_no", "text") else ""
    )
    last = f" (Kỳ trước: {_shown(item)})" if item.last is not None else ""
    return f"{item.words}{last}{example}"


def _shown(item: Item) -> str:
    if item.kind == "yes_no":
        return "rồi" if item.last == "true" else "chưa"
    return with_unit(item.last, item.unit) if item.kind != "text" else str(item.last)


def greets(form: Form[ReportBrief]) -> str:
    """Which report this is, and how many questions it has."""
    duty = duty_of(form)
    if duty is None:
        return ""
    due = f", hạn {_day_and_month(duty.due)}" if duty.due else ""
    if len(duty.items) == 1 and not duty.narrative:
        return f"{duty.title} của {duty.unit}{due}."
    count = f", {len(duty.items)} câu" if duty.items else ""
    return f"{duty.title} của {duty.unit}{due}{count}. Anh/chị trả lời từng câu, hoặc nhắn một lèo cũng được ạ."


def heads(form: Form[ReportBrief]) -> str:
    """The head of the confirm page."""
    duty = duty_of(form)
    return f"{duty.title} của {duty.unit}. Anh/chị xem lại giúp em:" if duty else ""


def gleans(form: Form[ReportBrief], words: str) -> Mapping[str, Any]:
    """What one line answers of this report's questions."""
    duty = duty_of(form)
    return gleaned(duty.items, form, words) if duty else {}


ALL_IN = "🎉 Đơn vị mình đã gửi đủ báo cáo kỳ này rồi ạ!"
"""Said once a unit and period (`storage/cheers.py`)."""


def says(form: Form[ReportBrief], receipt: Receipt) -> Sequence[Reply]:
    """Thanks; whether it was in time; what is still owed, if anything."""
    duty = duty_of(form)
    title = duty.title if duty else "báo cáo"
    on_time = receipt.facts.get("on_time")
    praise = " trước hạn" if on_time and duty and duty.due else ""
    words = f"Em đã nhận {title}{praise}, mã {receipt.code}. Cảm ơn anh/chị!"
    if on_time is False:
        words += " Lần này hơi trễ hạn, lần sau em nhắc sớm hơn ạ."
    buttons = [Button(label="Sửa", token=f"go.correct.{receipt.code}", says="sửa báo cáo")]
    if receipt.facts.get("complete"):
        words += f"\n{ALL_IN}"
    left = int(receipt.facts.get("left", 0))
    if left:
        words += f"\nCòn {left} báo cáo nữa của anh/chị."
        buttons.insert(0, Button(label="Báo tiếp", token="go.report", says="báo cáo"))
    return (Reply(words=words, buttons=tuple(buttons)),)


def subject(brief: ReportBrief) -> str:
    """A parked report is found again by what is owed."""
    return f"obligation:{brief.duties[0].obligation_id}" if len(brief.duties) == 1 else "report"


report: Flow[Any] = Flow(
    name="report",
    title="Báo cáo",
    brief=ReportBrief,
    asks=asks,
    says=says,
    greets=greets,
    heads=heads,
    gleans=gleans,
    subject=subject,
    opened_by=(
        "/baocao",
        "báo cáo",
        "báo số liệu",
        "báo cáo số liệu",
        "gửi báo cáo",
        "nộp báo cáo",
    ),
)
