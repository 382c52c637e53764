"""The difficulty desk: whom a difficulty goes to, and word to the office."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.desks.base import At, Desk, Done, Notice, Prepared, Sorry
from bot.desks.report import NO_UNIT
from bot.desks.roles import reporting_roles
from bot.events import Reply
from bot.flows.answers import short
from bot.flows.difficulty import DifficultyBrief, difficulty
from bot.flows.form import Form, Receipt, Session
from plans.pack import UnitKind
from storage import plans, report_versions, reports, staff, units
from storage.reports import Filing


async def prepare(at: At, args: Mapping[str, str]) -> DifficultyBrief | Prepared | Sorry:
    """The units it may come from, and the office the plan sends difficulties to."""
    roles = reporting_roles(at.who) or at.who.roles
    if not roles:
        return Sorry((NO_UNIT,))
    return await _brief(at, roles[0].commune_id, [role.unit_id for role in roles])


async def _brief(at: At, commune_id: int, unit_ids: list[int]) -> DifficultyBrief:
    found = await plans.load_plans(at.tx, commune_id)
    office = await _office(at, commune_id)
    mine = await units.by_ids(at.tx, unit_ids)
    return DifficultyBrief(
        plan_id=found[0].id if found else None,
        commune_id=commune_id,
        units=tuple((unit_id, mine[unit_id].name) for unit_id in dict.fromkeys(unit_ids)),
        office=office.name if office else "Văn phòng xã",
    )


async def _office(at: At, commune_id: int) -> units.Unit | None:
    """Whom the plan sends difficulties through; the commune's office where it names nobody."""
    all_units = await units.of_commune(at.tx, commune_id)
    by_key = {unit.pack_key: unit for unit in all_units if unit.pack_key}
    for plan in await plans.load_plans(at.tx, commune_id):
        route = plan.pack.routing.difficulties
        for key in (route.via, *route.to) if route else ():
            if key in by_key:
                return by_key[key]
    return next((unit for unit in all_units if unit.kind == UnitKind.OFFICE), None)


async def submit(at: At, form: Form[DifficultyBrief], session: Session) -> Done | Sorry:
    """File it and tell the office's people at once."""
    brief = form.brief
    unit_id = form.get("unit") or brief.units[0][0]
    filed = await reports.file(
        at.tx,
        Filing(
            form="difficulty",
            unit_id=unit_id,
            filed_by=at.who.person_id,
            answers={"answers": {k: v for k, v in form.answers.items() if not k.startswith("~")}},
            plan_id=brief.plan_id,
            subject_key="difficulty",
            media=tuple((media_id, "photo") for media_id in form.get("photos") or []),
            code=session.subject.removeprefix("correct:") if session.subject else None,
        ),
        now=at.moment.at,
        ids=at.ids,
    )
    words = (
        f"{dict(brief.units)[unit_id]} báo khó khăn ({filed.code}): {short(form.get('what'), 300)}"
    )
    if form.get("wish"):
        words += f"\nKiến nghị: {short(form.get('wish'), 300)}"
    people_there = await _people_of_office(at, brief.commune_id)
    notices = tuple(Notice(person_id, Reply(words=words)) for person_id in people_there)
    return Done(Receipt(code=filed.code), notices=notices)


async def _people_of_office(at: At, commune_id: int) -> list[int]:
    office = await _office(at, commune_id)
    if office is None:
        return []
    return await staff.members_of(at.tx, [office.id], now=at.moment.at)


async def reopened(at: At, code: str) -> tuple[DifficultyBrief, dict[str, Any]]:
    """A filed difficulty as a form again (`correct`)."""
    old = await report_versions.by_code(at.tx, code)
    unit = await units.by_id(at.tx, old.unit_id)
    return await _brief(at, unit.commune_id, [unit.id]), dict(old.answers.get("answers", {}))


desk = Desk(flow=difficulty, prepares=prepare, submits=submit)
