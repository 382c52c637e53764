"""The campaign desk: which movements the plan names, and a post filed with its figures and photos."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from bot.desks.base import At, Desk, Done, Prepared, Sorry
from bot.desks.report import NO_UNIT
from bot.desks.roles import reporting_roles
from bot.flows.campaign import OTHER, CampaignBrief, Movement, campaign, results_of, title_of
from bot.flows.form import Form, Receipt, Session
from plans.extra_duties import CAMPAIGN, campaign_key
from plans.periods import STATUTE, PeriodKind, period_containing
from storage import obligations, plans, report_versions, reports, units
from storage.figures import Amount
from storage.reports import Filing

CAMPAIGN_FIGURE = "campaign"
"""Indicators of posts are named `campaign:<movement>:<measure>`: counted apart from the targets."""


async def prepare(at: At, args: Mapping[str, str]) -> CampaignBrief | Prepared | Sorry:
    """The movements of the commune's plans, and the units this person posts for."""
    roles = reporting_roles(at.who)
    if not roles:
        return Sorry((NO_UNIT,))
    if at.who.group_unit is not None:
        roles = roles[:1]
    if args.get("obligation", "").isdigit():
        return await _for_obligation(at, int(args["obligation"]), roles[0].commune_id)
    return await brief_for(at, roles[0].commune_id, [role.unit_id for role in roles])


async def _for_obligation(at: At, obligation_id: int, commune_id: int) -> Prepared | Sorry:
    """The form of a movement that is owed: movement and unit are known."""
    owed = await obligations.by_id(at.tx, obligation_id)
    brief = await brief_for(at, commune_id, [owed.unit_id])
    if isinstance(brief, Sorry):
        return brief
    return Prepared(brief, {"movement": campaign_key(owed.duty_key)})


async def brief_for(at: At, commune_id: int, unit_ids: list[int]) -> CampaignBrief | Sorry:
    """The brief for posting on behalf of these units."""
    found = await plans.load_plans(at.tx, commune_id)
    if not found:
        return Sorry((NO_UNIT,))
    by_id = await units.by_ids(at.tx, unit_ids)
    mine = [by_id[unit_id] for unit_id in dict.fromkeys(unit_ids) if unit_id in by_id]
    return CampaignBrief(
        plan_id=found[0].id,
        commune_id=commune_id,
        movements=tuple(
            Movement(one.key, one.name, one.aliases, one.measures)
            for plan in found
            for one in plan.pack.campaigns
        ),
        units=tuple((unit.id, unit.name) for unit in mine),
        unit_names=tuple(unit.aliases for unit in mine),
    )


async def submit(at: At, form: Form[CampaignBrief], session: Session) -> Done | Sorry:
    """File the post with its measures as figures, and its photos as evidence."""
    brief = form.brief
    unit_id = form.get("unit") or brief.units[0][0]
    on = date.fromisoformat(form.get("on"))
    movement = form.get("movement") or OTHER
    photos = form.get("photos") or []
    filed = await reports.file(
        at.tx,
        Filing(
            form="campaign",
            unit_id=unit_id,
            filed_by=at.who.person_id,
            answers={"answers": dict(_kept(form))},
            plan_id=brief.plan_id,
            subject_key=movement,
            period_key=period_containing(PeriodKind.MONTH, on, STATUTE).key,
            happened_on=on,
            amounts=tuple(
                Amount(f"{CAMPAIGN_FIGURE}:{movement}:{name}", value)
                for name, value in results_of(form).items()
            ),
            media=tuple((media_id, "photo") for media_id in photos),
            obligation_id=await obligations.of_activity(
                at.tx, unit_id, f"{CAMPAIGN}{movement}", on
            ),
            code=session.subject.removeprefix("correct:") if session.subject else None,
        ),
        now=at.moment.at,
        ids=at.ids,
    )
    unit = dict(brief.units)[unit_id]
    return Done(Receipt(code=filed.code, facts={"movement": title_of(form), "unit": unit}))


def _kept(form: Form[CampaignBrief]) -> Mapping[str, Any]:
    return {key: value for key, value in form.answers.items() if not key.startswith("~")}


async def reopened(at: At, code: str) -> tuple[CampaignBrief | Sorry, dict[str, Any]]:
    """A filed post as a form again, with its answers (`correct`)."""
    old = await report_versions.by_code(at.tx, code)
    unit = await units.by_id(at.tx, old.unit_id)
    return await brief_for(at, unit.commune_id, [unit.id]), dict(old.answers.get("answers", {}))


desk = Desk(flow=campaign, prepares=prepare, submits=submit)
