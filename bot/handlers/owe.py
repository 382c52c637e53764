"""What is owed, brought up to date from plans and the office's settings; and when nobody is written to."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from plans.calendar import Calendar, QuietHours, local_time
from plans.ladder import DEFAULT_QUIET
from plans.owed import DueSettingError, Owed, owed
from storage import obligations, office, plans, units
from storage.ids import NewId
from storage.plans import PlanRow

log = logging.getLogger(__name__)

LOOKS_BACK = timedelta(days=200)
"""Periods that closed longer ago than this are not made owed anew: the last half-year is, older ones are history."""

LOOKS_AHEAD = timedelta(days=60)
"""A report opens at most 30 days before its figures close, so a month more is enough."""


@dataclass(frozen=True)
class Books:
    """Every plan, and what the offices set, by commune: read once for all that a tick reckons."""

    plans: Sequence[PlanRow]
    settings: Mapping[int, Mapping[str, Any]]

    def of(self, plan: PlanRow) -> Mapping[str, Any]:
        """What the office of this plan's commune set."""
        return self.settings.get(plan.commune_id, {})


async def books(tx: AsyncConnection) -> Books:
    """The plans and settings as they stand."""
    return Books(await plans.load_plans(tx), await office.settings_of_all(tx))


@dataclass(frozen=True)
class Made:
    """What was made owed of one plan, when, from which settings and for which units."""

    on: date
    digest: str
    settings: Mapping[str, Any]
    spread: Any
    owed: frozenset[Owed]


Known = dict[int, Made]
"""By plan id: the same again changes nothing, so a tick passes over it."""


async def ensure_owed(
    tx: AsyncConnection,
    calendar: Calendar,
    *,
    now: datetime,
    ids: NewId,
    known: Known | None = None,
    found: Books | None = None,
) -> int:
    """Make every obligation around `now` that is missing, of every plan; returns how many.

    A due day that the office wrote in a way nobody can read stops only its own plan.

    Args:
        known: what the caller's last committed call left; what has not changed since is passed
            over, and it is brought up to date. Keep it only once `tx` is committed.
        found: the plans and settings, where the caller has read them in this transaction.
    """
    known = {} if known is None else known
    found = found or await books(tx)
    today = local_time(now).date()
    spread = await units.spread(tx)
    made = 0
    for plan in found.plans:
        whom, settings = spread.get(plan.commune_id), found.of(plan)
        before = known.get(plan.id)
        facts = (plan.digest, settings, whom)
        same = before is not None and (before.digest, before.settings, before.spread) == facts
        if before and same and before.on == today:
            continue
        old = before.owed if before and before.spread == whom else frozenset()
        # of a plan that did not change only what comes into sight with the day can be new
        grows = before is not None and same and before.on < today
        first = before.on + LOOKS_AHEAD + _DAY if before and grows else today - LOOKS_BACK
        try:
            wanted = owed(plan.pack, settings, calendar, first=first, last=today + LOOKS_AHEAD)
        except DueSettingError as error:
            log.error("nothing new is owed for %s: %s", plan.key, error)
            continue
        new = [one for one in wanted if one not in old]
        if new:
            made += await obligations.ensure(tx, plan.id, plan.commune_id, new, now=now, ids=ids)
        kept = _still_seen(old, today) if grows else frozenset()
        known[plan.id] = Made(today, *facts, kept.union(wanted))
    return made


_DAY = timedelta(days=1)


def _still_seen(made: frozenset[Owed], today: date) -> frozenset[Owed]:
    return frozenset(one for one in made if one.period.data_to >= today - LOOKS_BACK)


async def quiet_hours(tx: AsyncConnection) -> QuietHours:
    """When nobody here is written to, as the offices have set it by now: see `quiet_of`."""
    return quiet_of(await books(tx))


def quiet_of(found: Books) -> QuietHours:
    """The nights and the midday rest, as each commune chose or as usual (`quiet_hours`, `quiet_midday`).

    One tick serves all communes, so the silence of one is kept for all.
    """
    night, midday = DEFAULT_QUIET.spans
    spans: dict[tuple[time, time], None] = {}
    for commune in sorted({plan.commune_id for plan in found.plans}):
        chosen = found.settings.get(commune, {})
        spans[_span(chosen.get("quiet_hours")) or night] = None
        if chosen.get("quiet_midday") is not False:
            spans[_span(chosen.get("quiet_midday")) or midday] = None
    if not spans:
        return DEFAULT_QUIET
    try:
        return QuietHours(tuple(spans))
    except ValueError:
        log.error("the quiet hours of the communes leave no time to write in; the usual ones hold")
        return DEFAULT_QUIET


def _span(chosen: Any) -> tuple[time, time] | None:
    if not isinstance(chosen, Mapping):
        return None
    try:
        first, last = (time.fromisoformat(chosen[edge]) for edge in ("from", "to"))
    except (KeyError, TypeError, ValueError):
        return None
    return (first, last) if first != last else None
