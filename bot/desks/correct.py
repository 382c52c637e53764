"""The correction desk: my last reports, and the chosen one opened again with its answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.desks import campaign, difficulty, report
from bot.desks.base import At, Desk, Done, Instead, Prepared, Sorry
from bot.desks.roles import reporting_roles
from bot.events import Reply
from bot.flows.answers import shown_day
from bot.flows.correct import CorrectBrief, correct
from bot.flows.form import Form, Receipt, Reopen, Session
from plans.calendar import local_time
from plans.periods import PeriodError, parse_key
from storage import codes, report_versions, units
from storage.report_versions import Report

MOST = 5


async def prepare(at: At, args: Mapping[str, str]) -> CorrectBrief | Instead | Sorry:
    """My last reports; a code in the words goes straight to that one."""
    named = args.get("arg") or args.get("rest") or ""
    if named.strip():
        return Instead((Reopen(codes.normal(named)),))
    mine = await report_versions.filed_by(at.tx, at.who.person_id, limit=MOST)
    if not mine:
        return Sorry((Reply(words="Anh/chị chưa gửi báo cáo nào để sửa ạ."),))
    if len(mine) == 1 or args.get("latest"):
        return Instead((Reopen(mine[0].code),))
    return CorrectBrief(tuple([(one.code, await _title(at, one)) for one in mine]))


async def _title(at: At, filed: Report) -> str:
    unit = await units.by_id(at.tx, filed.unit_id)
    day = shown_day(local_time(filed.filed_at).date().isoformat())
    try:
        period = parse_key(filed.period_key).label if filed.form == "report" else ""
    except PeriodError:
        period = ""
    kind = {"report": f"báo cáo {period}", "campaign": "phong trào", "difficulty": "khó khăn"}
    return f"{kind.get(filed.form, filed.form).strip()} của {unit.name}, gửi {day}"


async def submit(at: At, form: Form[CorrectBrief], session: Session) -> Done | Sorry:
    """Open the chosen report."""
    return Done(Receipt(), acts=(Reopen(form.get("code")),))


async def reopen(at: At, code: str) -> tuple[str, Prepared] | Sorry:
    """The flow of a report and the form to correct it in; `Sorry` when it is not theirs to change."""
    try:
        old = await report_versions.by_code(at.tx, code)
    except KeyError:
        return _not_yours(code)
    units_of_mine = {role.unit_id for role in reporting_roles(at.who)}
    if old.filed_by != at.who.person_id and old.unit_id not in units_of_mine:
        return _not_yours(code)
    brief: Any
    match old.form:
        case "report":
            brief, answers = await report.reopened(at, code)
        case "campaign":
            brief, answers = await campaign.reopened(at, code)
        case _:
            brief, answers = await difficulty.reopened(at, code)
    return brief if isinstance(brief, Sorry) else (old.form, Prepared(brief, answers))


def _not_yours(code: str) -> Sorry:
    return Sorry(
        (Reply(words=f"Em không thấy báo cáo {code} của anh/chị. Anh/chị xem lại mã giúp em nhé."),)
    )


desk = Desk(flow=correct, prepares=prepare, submits=submit)
