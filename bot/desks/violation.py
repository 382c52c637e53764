"""The violation desk: the plan's kinds of breach, routing to the body that must handle one, and the case."""

from __future__ import annotations

from collections.abc import Mapping

from bot.desks import case_filing
from bot.desks.base import At, Desk, Done, Prepared, Sorry
from bot.events import Reply
from bot.flows.form import Form, Receipt, Session
from bot.flows.naming import meant
from bot.flows.violation import NEAR, SEALED, ViolationBrief, ViolationKind, violation
from bot.reading.read import read
from bot.reading.reading import Context
from plans.pack import Pack, UnitKind
from storage import office, plans, units
from storage.cases import NewCase
from storage.units import Unit

MOST_KINDS = 14


async def prepare(at: At, args: Mapping[str, str]) -> ViolationBrief | Prepared | Sorry:
    """The kinds that the commune's plans name. A citizen of nowhere is asked which commune."""
    communes = await units.communes(at.tx)
    if not communes:
        return Sorry((Reply(words="Xã mình chưa nạp kế hoạch nên em chưa ghi được phản ánh ạ."),))
    mine = _commune_of(at, communes)
    refused = await case_filing.refused(at, mine.id)
    if refused is not None:
        return Sorry((refused,))
    found = await plans.load_plans(at.tx, mine.id)
    return ViolationBrief(
        commune_id=mine.id,
        plan_id=found[0].id if found else None,
        kinds=_kinds([plan.pack for plan in found]),
        communes=()
        if at.who.roles or len(communes) == 1
        else tuple((c.id, c.name) for c in communes),
    )


def _commune_of(at: At, communes: list[Unit]) -> Unit:
    own = {role.commune_id for role in at.who.roles}
    if at.who.group_unit is not None:
        own = {at.who.group_unit.commune_id}
    return next((commune for commune in communes if commune.id in own), communes[0])


def _kinds(packs: list[Pack]) -> tuple[ViolationKind, ...]:
    kinds = {
        one.key: ViolationKind(one.key, one.name, one.category)
        for pack in packs
        for one in pack.violations
    }
    return tuple(list(kinds.values())[:MOST_KINDS])


async def submit(at: At, form: Form[ViolationBrief], session: Session) -> Done | Sorry:
    """Open the case, route it, and tell those who must handle it; the reporter's name goes nowhere.

    A likely same case is offered once before anything is filed (`bot/desks/case_filing.py`).
    """
    commune_id = form.get("commune") or form.brief.commune_id
    refused = await case_filing.refused(at, commune_id)
    if refused is not None:
        return Sorry((refused,))
    new = await _new_case(at, form, commune_id)
    if not form.has("same"):
        near = await case_filing.near(at, new)
        if near is not None:
            return case_filing.offered(at, session, near)
    same = form.get(NEAR) if form.get("same") else None
    filed = await case_filing.file(at, new, into=same["code"] if same else "")
    return Done(
        Receipt(code=filed.code, facts={"urgent": new.urgent, "same": filed.same}),
        notices=filed.notices,
        sealed=new.sealed,
    )


async def _new_case(at: At, form: Form[ViolationBrief], commune_id: int) -> NewCase:
    brief = form.brief
    plan_id = brief.plan_id if commune_id == brief.commune_id else await _plan_of(at, commune_id)
    handler = await handler_of(at, commune_id, form.get("kind"))
    where = form.get("where") or {}
    reading = read(form.get("what"), at.moment.today, Context())
    return NewCase(
        commune_id=commune_id,
        plan_id=plan_id,
        violation_key=form.get("kind"),
        words=form.get("what"),
        reporter_id=at.who.person_id,
        sealed=form.get("naming") == SEALED,
        unit_id=await _village_of(at, commune_id, where.get("words", "")),
        lat=where.get("lat"),
        lon=where.get("lon"),
        place_words=where.get("words", ""),
        since_words=form.get("since") or "",
        happened_on=reading.date.day if reading.date else None,
        urgent=form.get("urgent") is True,
        handler_unit_id=handler.id if handler else None,
        media=tuple((media_id, "photo") for media_id in form.get("photos") or []),
    )


async def _plan_of(at: At, commune_id: int) -> int | None:
    found = await plans.load_plans(at.tx, commune_id)
    return found[0].id if found else None


async def handler_of(at: At, commune_id: int, violation_key: str) -> Unit | None:
    """The body that must handle this kind.

    The office's own setting comes first, then the plan's word for the kind, then where the
    plan sends complaints; a kind for which nobody is named goes there to be routed.
    """
    all_units = await units.of_commune(at.tx, commune_id)
    chosen = await office.setting(at.tx, commune_id, f"route.{violation_key}")
    packs = [plan.pack for plan in await plans.load_plans(at.tx, commune_id)]
    keys = [
        *([chosen] if isinstance(chosen, str) else []),
        *(
            key
            for pack in packs
            for one in pack.violations
            if one.key == violation_key
            for key in one.handled_by
        ),
        *(key for pack in packs if pack.routing.complaints for key in pack.routing.complaints.to),
    ]
    by_name = {unit.code: unit for unit in all_units} | {
        u.pack_key: u for u in all_units if u.pack_key
    }
    found = next((by_name[key] for key in keys if key in by_name), None)
    return found or next((unit for unit in all_units if unit.kind == UnitKind.OFFICE), None)


async def _village_of(at: At, commune_id: int, words: str) -> int | None:
    """The village that the place's words name, when they clearly name one."""
    if not words:
        return None
    villages = [u for u in await units.of_commune(at.tx, commune_id) if u.kind == UnitKind.VILLAGE]
    best, _ = meant(words, {village.id: (village.name, *village.aliases) for village in villages})
    return best


desk = Desk(flow=violation, prepares=prepare, submits=submit)
