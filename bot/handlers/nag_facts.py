"""What a reminder must know to speak rightly: titles, half-filled forms, whose report it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.desks.owed_forms import duty_title, may_be_zero
from bot.flows.form import Form, Moment
from bot.flows.report import ReportBrief, report
from bot.handlers.nag_rules import NagRules
from bot.nudge_words import Owing
from plans.calendar import local_time
from plans.extra_duties import REQUEST
from storage import nag_people, requests, sessions, units
from storage.nudges import Nag, Reminder
from storage.obligations import RETURNED
from storage.sessions import Begun


class Facts:
    """Everything the reminders of one tick speak of, loaded with one query a sort."""

    def __init__(self, rules: NagRules, now: datetime) -> None:
        self._rules = rules
        self._now = now
        self._begun: Mapping[tuple[int, str], Begun] = {}
        self._first: dict[int, str] = {}
        self._titles: Mapping[str, requests.Request] = {}
        self._units: Mapping[int, units.Unit] = {}

    async def load(self, tx: AsyncConnection, nags: Sequence[Nag]) -> Facts:
        """Load what these nags need."""
        reminders = [each for nag in nags for each in nag.reminders]
        subjects = {f"obligation:{each.obligation_id}" for each in reminders}
        self._begun = await sessions.begun(tx, {nag.person_id for nag in nags}, subjects)
        asked = {each.unit_id for each in reminders if each.position > 1}
        for one in await nag_people.colleagues(tx, asked, now=self._now) if asked else ():
            self._first.setdefault(one.unit_id, one.name)
        wanted = {each.duty_key for each in reminders if each.duty_key.startswith(REQUEST)}
        self._titles = await requests.by_duty(tx, wanted)
        self._units = await units.by_ids(tx, {each.unit_id for each in reminders})
        return self

    def owing(self, nag: Nag) -> list[Owing]:
        """One person's reminders as the words need them."""
        return [self._one(nag, each) for each in nag.reminders]

    def _one(self, nag: Nag, each: Reminder) -> Owing:
        begun = self._begun.get((nag.person_id, f"obligation:{each.obligation_id}"))
        return Owing(
            obligation_id=each.obligation_id,
            title=self._title(nag, each),
            unit=each.unit_name,
            due_at=each.due_at,
            of_name=None if each.position == 1 else self._first.get(each.unit_id, ""),
            missing=None if begun is None else missing_in(begun, self._now),
            zero=self._zero(each),
            returned=each.state == RETURNED,
        )

    def _zero(self, each: Reminder) -> bool:
        plan = self._rules.plans.get(each.plan_id)
        unit = self._units.get(each.unit_id)
        if plan is None or unit is None or each.state == RETURNED:
            return False
        request = self._titles.get(each.duty_key)
        settings = self._rules.settings.get(each.plan_id, {})
        return may_be_zero(plan.pack, each.duty_key, each.period_key, unit, settings, request)

    def _title(self, nag: Nag, each: Reminder) -> str:
        """ "Báo cáo năm 2026"; a unit that owes two reports for one period hears the duties' own names."""
        if request := self._titles.get(each.duty_key):
            return request.title
        twins = [
            other
            for other in nag.reminders
            if (other.unit_id, other.period_key) == (each.unit_id, each.period_key)
        ]
        plan = self._rules.plans.get(each.plan_id)
        return duty_title(
            plan.pack if plan else None, each.duty_key, each.period_key, named=len(twins) > 1
        )


def missing_in(begun: Begun, now: datetime) -> tuple[str, ...] | None:
    """The labels of a begun form's empty questions; None when it no longer fits its flow."""
    try:
        brief = msgspec.json.decode(begun.brief, type=ReportBrief)
        answers: dict[str, Any] = msgspec.json.decode(begun.answers)
    except msgspec.ValidationError:
        return None
    form = Form(brief, answers, Moment(at=now.astimezone(UTC), today=local_time(now).date()))
    if not any(not key.startswith("~") for key in answers):
        return None
    return tuple(
        question.label
        for question in report.asks(form)
        if question.only_if(form) and not form.has(question.key) and not question.optional
    )
