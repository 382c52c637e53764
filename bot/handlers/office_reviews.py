"""Reports on the office's page of reviews: read as their forms show them, and word of what was decided."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.desks import campaign as campaign_desk
from bot.desks import report as report_desk
from bot.desks.base import At, Notice, Sorry
from bot.events import Button, Reply
from bot.flows.answers import shown_day, shown_number
from bot.flows.campaign import campaign
from bot.flows.campaign import title_of as movement_of
from bot.flows.form import Flow, Form, Moment, Who
from bot.flows.measures import MEASURES
from bot.flows.questions import Question
from bot.flows.report import ReportBrief, report
from bot.handlers.receive import OUTBOX_BELL
from bot.handlers.tell import tell
from plans.calendar import local_time
from storage import obligations, plans, report_versions, units
from storage.engine import notify
from storage.figures import Amount
from storage.ids import NewId
from storage.report_versions import Report
from storage.secrets import Seal

Lines = list[tuple[str, str]]
"""(label, value) in the order of the form."""


@dataclass(frozen=True, kw_only=True)
class OfficeReviews:
    """What the page of reviews needs of the desks of reports and posts (`office/web_reviews.py`)."""

    ids: NewId
    seal: Seal

    async def read(
        self, tx: AsyncConnection, found: Sequence[Report], *, now: datetime
    ) -> list[tuple[str, Lines, Lines]]:
        """Of each its title, its answers, and the figures it counts with."""
        at = self._at(tx, now)
        return [await self._read(at, one) for one in found]

    async def returned(self, tx: AsyncConnection, one: Report, *, now: datetime) -> bool:
        """Tell whoever filed it why it came back, with a button that opens it at its confirm page.

        Returns whether they have a chat that it goes to; in quiet hours it goes when they are over.
        """
        at = self._at(tx, now)
        button = Button(label="Sửa", token=f"go.correct.{one.code}", says=f"sửa báo cáo {one.code}")
        whom = f"{await _commune_name(at, one)} nhờ anh/chị sửa lại {await self._title(at, one)}"
        words = f"{whom} ({one.code}): {one.review_words}"
        reply = Reply(words=words, buttons=(button,))
        return await self._tell(at, Notice(one.filed_by, reply, waits=True))

    async def accepted(self, tx: AsyncConnection, one: Report, *, now: datetime) -> None:
        """Tell whoever mended a report that it stands now."""
        at = self._at(tx, now)
        words = f"{await _commune_name(at, one)} đã duyệt {await self._title(at, one)} ({one.code}). Cảm ơn anh/chị!"
        await self._tell(at, Notice(one.filed_by, Reply(words=words), waits=True))

    async def _tell(self, at: At, notice: Notice) -> bool:
        told = await tell(at.tx, [notice], now=at.moment.at, ids=self.ids)
        if told:
            notify(at.tx, OUTBOX_BELL)
        return bool(told)

    def _at(self, tx: AsyncConnection, now: datetime) -> At:
        moment = Moment(now, local_time(now).date())
        return At(tx=tx, who=Who(person_id=0), moment=moment, ids=self.ids, seal=self.seal)

    async def _title(self, at: At, one: Report) -> str:
        title, _, _ = await self._read(at, one)
        return title

    async def _read(self, at: At, one: Report) -> tuple[str, Lines, Lines]:
        if one.form == report_versions.CAMPAIGN:
            return await _post(at, one)
        owed = await obligations.by_id(at.tx, one.obligation_id) if one.obligation_id else None
        duty = await report_desk.filed_form(at, one, owed)
        form = Form(ReportBrief(duties=(duty,)), _answers(one), at.moment)
        plan = await plans.load_plan_by_id(at.tx, duty.plan_id)
        names = {target.indicator: target.name for target in plan.pack.targets}
        counted = [(names.get(a.indicator, a.indicator), _amount(a)) for a in one.amounts]
        return duty.title, list(_lines(report, form)), counted


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
