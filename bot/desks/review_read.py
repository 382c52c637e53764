"""A filed report as its form shows it, and what its author hears of what was decided."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.desks import campaign as campaign_desk
from bot.desks import report as report_desk
from bot.desks.base import At, Notice, Sorry
from bot.events import Button, Reply
from bot.flows.answers import shown_day, shown_number
from bot.flows.campaign import campaign
from bot.flows.campaign import title_of as movement_of
from bot.flows.form import Flow, Form
from bot.flows.measures import MEASURES
from bot.flows.questions import Question
from bot.flows.report import ReportBrief, report
from storage import obligations, plans, report_versions, units
from storage.figures import Amount
from storage.report_versions import Report

Lines = list[tuple[str, str]]
"""(label, value) in the order of the form."""


async def read(at: At, one: Report) -> tuple[str, Lines, Lines]:
    """Its title, its answers, and the figures it counts with."""
    if one.form == report_versions.CAMPAIGN:
        return await _post(at, one)
    owed = await obligations.by_id(at.tx, one.obligation_id) if one.obligation_id else None
    duty = await report_desk.filed_form(at, one, owed)
    form = Form(ReportBrief(duties=(duty,)), _answers(one), at.moment)
    plan = await plans.load_plan_by_id(at.tx, duty.plan_id)
    names = {target.indicator: target.name for target in plan.pack.targets}
    counted = [(names.get(a.indicator, a.indicator), _amount(a)) for a in one.amounts]
    return duty.title, list(_lines(report, form)), counted


async def returned(at: At, one: Report) -> Notice:
    """Why it came back, to whoever filed it, with a button that opens it at its confirm page."""
    button = Button(label="Sửa", token=f"go.correct.{one.code}", says=f"sửa báo cáo {one.code}")
    title, _, _ = await read(at, one)
    whom = f"{await _commune_name(at, one)} nhờ anh/chị sửa lại {title}"
    words = f"{whom} ({one.code}): {one.review_words}"
    return Notice(one.filed_by, Reply(words=words, buttons=(button,)), waits=True)


async def accepted(at: At, one: Report) -> Notice:
    """That a report which was mended stands now."""
    title, _, _ = await read(at, one)
    words = f"{await _commune_name(at, one)} đã duyệt {title} ({one.code}). Cảm ơn anh/chị!"
    return Notice(one.filed_by, Reply(words=words), waits=True)


async def _post(at: At, one: Report) -> tuple[str, Lines, Lines]:
    unit = await units.by_id(at.tx, one.unit_id)
    brief = await campaign_desk.brief_for(at, unit.commune_id, [unit.id])
    day = f", {shown_day(one.happened_on.isoformat())}" if one.happened_on else ""
    if isinstance(brief, Sorry):
        return f"phong trào{day}", [], []
    form = Form(brief, {"movement": one.subject_key} | _answers(one), at.moment)
    counted = [(_measure(a.indicator), _amount(a)) for a in one.amounts]
    return f"{movement_of(form)}{day}", list(_lines(campaign, form)), counted


async def _commune_name(at: At, one: Report) -> str:
    unit = await units.by_id(at.tx, one.unit_id)
    return (await units.by_id(at.tx, unit.commune_id)).name


def _answers(one: Report) -> dict[str, Any]:
    return dict(one.answers.get("answers", {}))


def _lines(flow: Flow[Any], form: Form[Any]) -> Iterator[tuple[str, str]]:
    """What the form shows on its confirm page; pictures are shown as pictures."""
    for question in flow.asks(form):
        value = form.get(question.key)
        if value is not None and not question.collects:
            yield question.label, _shown(question, value)


def _shown(question: Question, value: Any) -> str:
    try:
        shown = question.shows(value)
    except (ArithmeticError, KeyError, TypeError, ValueError):
        # answered while the plan asked for something of another kind
        return str(value)
    # chats show long words short; who reviews reads all of them
    return value if isinstance(value, str) and shown.endswith("…") else shown


def _amount(amount: Amount) -> str:
    if not amount.denominator:
        return shown_number(amount.numerator)
    return f"{shown_number(amount.numerator)}/{shown_number(amount.denominator)}"


def _measure(indicator: str) -> str:
    """The label of a post's figure, `campaign:<movement>:<measure>`."""
    words = MEASURES.get(indicator.rpartition(":")[2])
    return words.label if words else indicator
