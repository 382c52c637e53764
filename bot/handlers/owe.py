"""What is owed, brought up to date from plans and the office's settings; and when nobody is written to."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from plans.calendar import Calendar, QuietHours, local_time
from plans.ladder import DEFAULT_QUIET
from plans.owed import DueSettingError, owed
from storage import obligations, office, plans
from storage.ids import NewId

log = logging.getLogger(__name__)

LOOKS_BACK = timedelta(days=200)
"""Periods that closed longer ago than this are not made owed anew: the last half-year is, older ones are history."""

LOOKS_AHEAD = timedelta(days=60)
"""A report opens at most 30 days before its figures close, so a month more is enough."""


async def ensure_owed(tx: AsyncConnection, calendar: Calendar, *, now: datetime, ids: NewId) -> int:
    """Make every obligation around `now` that is missing, of every plan; returns how many.

    A due day that the office wrote in a way nobody can read stops only its own plan.
    """
    today = local_time(now).date()
    made = 0
    for plan in await plans.load_plans(tx):
        settings = await office.settings_of(tx, plan.commune_id)
        try:
            wanted = owed(
                plan.pack, settings, calendar, first=today - LOOKS_BACK, last=today + LOOKS_AHEAD
            )
        except DueSettingError as error:
            log.error("nothing new is owed for %s: %s", plan.key, error)
            continue
        made += await obligations.ensure(tx, plan.id, plan.commune_id, wanted, now=now, ids=ids)
    return made


async def quiet_hours(tx: AsyncConnection) -> QuietHours:
    """When nobody here is written to: the nights and the midday rest, wider where a commune asked for it.

    One tick serves all communes, so the silence of one is kept for all.
    """
    communes = {plan.commune_id for plan in await plans.load_plans(tx)}
    chosen = [await office.setting(tx, commune, "quiet_hours") for commune in sorted(communes)]
    spans = [span for span in map(_span, chosen) if span is not None]
    if not spans:
        return DEFAULT_QUIET
    night, midday = DEFAULT_QUIET.spans
    everyone_chose = len(spans) == len(chosen)
    try:
        return QuietHours((*spans, midday) if everyone_chose else (*spans, night, midday))
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
