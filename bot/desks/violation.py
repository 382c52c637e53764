"""The violation desk: the plan's kinds of breach, routing to the body that must handle one, and the case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.desks.base import At, Desk, Done, Notice, Prepared, Sorry
from bot.events import Button, Reply
from bot.flows.answers import short, shown_place
from bot.flows.form import Form, Receipt, Session
from bot.flows.naming import meant
from bot.flows.violation import SEALED, ViolationBrief, ViolationKind, violation
from bot.reading.read import read
from bot.reading.reading import Context
from plans.pack import Pack, UnitKind
from storage import cases, office, plans, staff, units
from storage.cases import Case, NewCase
from storage.units import Unit

MOST_KINDS = 14


async def prepare(at: At, args: Mapping[str, str]) -> ViolationBrief | Prepared | Sorry:
    """The kinds that the commune's plans name. A citizen of nowhere is asked which commune."""
    communes = await units.communes(at.tx)
    if not communes:
        return Sorry((Reply(words="Xã mình chưa nạp kế hoạch nên em chưa ghi được phản ánh ạ."),))
    mine = _commune_of(at, communes)
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
    """Open the case, route it, and tell those who must handle it; the reporter's name goes nowhere."""
    brief = form.brief
    commune_id = form.get("commune") or brief.commune_id
    plan_id = brief.plan_id if commune_id == brief.commune_id else await _plan_of(at, commune_id)
    handler = await handler_of(at, commune_id, form.get("kind"))
    where = form.get("where") or {}
    reading = read(form.get("what"), at.moment.today, Context())
    urgent = reading.violation is not None and reading.violation.urgent
    new = NewCase(
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
        urgent=urgent,
        handler_unit_id=handler.id if handler else None,
        media=tuple((media_id, "photo") for media_id in form.get("photos") or []),
    )
    case = await cases.open_case(at.tx, new, sealing=at.seal, now=at.moment.at, ids=at.ids)
    notices = await _word_to_handlers(at, form, case, handler)
    facts = {"urgent": urgent, "handler": handler.name if handler else ""}
    return Done(Receipt(code=case.code, facts=facts), notices=notices)


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


async def _word_to_handlers(
    at: At, form: Form[ViolationBrief], case: Case, handler: Unit | None
) -> tuple[Notice, ...]:
    """Photos, place and words for the handler; "người dân" stands for whoever reported it."""
    unit_ids = [handler.id] if handler else []
    told = await staff.members_of(at.tx, unit_ids, now=at.moment.at) if unit_ids else []
    if not told:
        told = await staff.of_commune(at.tx, case.commune_id, roles=("admin",), now=at.moment.at)
    lead = "KHẨN: " if case.urgent else ""
    words = "\n".join(
        line
        for line in (
            f"{lead}Phản ánh mới {case.code}: {_kind_name(form)}",
            short(case.words, 400),
            f"Nơi: {shown_place(form.get('where'))}" if form.get("where") else "",
            f"Từ: {case.since_words}" if case.since_words else "",
            f"Bản đồ: https://www.openstreetmap.org/?mlat={case.lat:.5f}&mlon={case.lon:.5f}#map=17/{case.lat:.5f}/{case.lon:.5f}"
            if case.lat is not None and case.lon is not None
            else "",
        )
        if line
    )
    button = Button(label="Xem", token=f"look.case.{case.code}", says=case.code)
    reply = Reply(words=words, buttons=(button,), photos=tuple(form.get("photos") or ()))
    return tuple(Notice(person_id, reply) for person_id in told if person_id != at.who.person_id)


def _kind_name(form: Form[Any]) -> str:
    key = form.get("kind")
    return next((kind.name for kind in form.brief.kinds if kind.key == key), "Việc khác")


desk = Desk(flow=violation, prepares=prepare, submits=submit)
