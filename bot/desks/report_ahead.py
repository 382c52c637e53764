"""What people need to open their reports, looked up once for everybody in a batch of messages.

On a busy morning many village heads open the same report within the same moment. Each alone
would ask the database six things; together they ask the same six.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.desks.base import At
from bot.desks.roles import reporting_roles
from plans.extra_duties import CAMPAIGN, REQUEST
from storage import obligations, plans, report_versions, sessions, units
from storage.obligations import Obligation
from storage.plans import PlanRow
from storage.report_versions import Asked, Report
from storage.sessions import Begun
from storage.units import Unit

MOST_DUTIES = 6
"""More reports than this are not offered at once: the most urgent come first."""


@dataclass(frozen=True)
class Reports:
    """What some units owe now, soonest due first, what was begun about it, and what its forms are made from."""

    people: frozenset[int]
    unit_ids: frozenset[int]
    owed: Sequence[Obligation]
    begun: Mapping[tuple[int, str], Begun]
    units: Mapping[int, Unit]
    plans: Mapping[int, PlanRow]
    last: Mapping[Asked, Report]

    def owed_by(self, unit_ids: Iterable[int]) -> list[Obligation]:
        """What these units owe, soonest due first."""
        wanted = frozenset(unit_ids)
        return [one for one in self.owed if one.unit_id in wanted]


async def reports_for(at: At) -> Reports:
    """What the speaker's units owe, looked up together with that of everybody who may ask next."""
    mine = frozenset(role.unit_id for role in reporting_roles(at.who))
    known = at.ahead.known
    if not (
        isinstance(known, Reports)
        and at.who.person_id in known.people
        and known.unit_ids.issuperset(mine)
    ):
        known = at.ahead.known = await _look_up(at)
    return known


async def _look_up(at: At) -> Reports:
    unit_ids: set[int] = set()
    people: set[int] = set()
    for who in (at.who, *at.ahead.idle):
        roles = reporting_roles(who)
        if roles:
            people.add(who.person_id)
            unit_ids.update(role.unit_id for role in roles)
    owed = await obligations.open_for(at.tx, unit_ids, now=at.moment.at)
    forms = _to_be_shown(owed)
    return Reports(
        people=frozenset(people),
        unit_ids=frozenset(unit_ids),
        owed=owed,
        begun=await sessions.begun(at.tx, people, {f"obligation:{one.id}" for one in owed}),
        units=await units.by_ids(at.tx, {one.unit_id for one in forms}) if forms else {},
        plans=await _plans(at, {one.plan_id for one in forms}),
        last=await report_versions.newest_before_each(at.tx, [asked_of(one) for one in forms]),
    )


def _to_be_shown(owed: Sequence[Obligation]) -> list[Obligation]:
    """Those that may come to stand in a form; requests and movements have forms of their own."""
    return [one for one in owed if not one.duty_key.startswith((CAMPAIGN, REQUEST))]


async def _plans(at: At, plan_ids: set[int]) -> dict[int, PlanRow]:
    return {each: await plans.load_plan_by_id(at.tx, each) for each in sorted(plan_ids)}


def asked_of(owed: Obligation) -> Asked:
    """The report that would show what was answered last time."""
    return Asked(owed.unit_id, owed.plan_id, owed.duty_key, owed.period_key)
