"""When each plan's duties are nagged about: ladders, habits, pauses, escalation, as the office set them.

Settings read here, all per commune: `nags.ladder`, `nags.habits`, `nags.at`, `nags.off`,
`nags.paused_until`, `nags.stopped_duties`, `nags.stopped_people` (docs/decisions/0040-deadlines.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.handlers.owe import Books, books, quiet_of
from plans.bends import bent, habit_rule, kind_of, ladder_of
from plans.calendar import Calendar, QuietHours, is_quiet, local_time, moment_on
from plans.ladder import DEFAULT_QUIET, Ladder, rung_due
from plans.owed import END_OF_DAY
from plans.periods import PeriodKind
from storage.nudges import RungOf, Standing, Stopped
from storage.plans import PlanRow

NAGS_FOR = timedelta(days=14)
"""After this long past the due time nobody is chased any more; officials see the list."""

SHORT_CHASE = timedelta(days=4)
"""For days and weeks: by then the next one is due."""

ESCALATES_EVERY_WORKING_DAYS = 2
_NONE_SET: Mapping[str, Any] = {}
STEPS = 3


@dataclass(frozen=True)
class NagRules:
    """The rules of one tick. `settings` are the office's by plan id, `plans` the plans by id."""

    calendar: Calendar
    hour: int
    quiet: QuietHours = DEFAULT_QUIET
    plans: Mapping[int, PlanRow] = field(default_factory=dict)
    settings: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)

    def rung_of(self, now: datetime) -> RungOf:
        """The rung that stands at `now`, as `storage.nudges` asks for it."""

        ladders: dict[tuple[int, str, str], Ladder | None] = {}

        def ladder_of(plan_id: int, kind: str, bend: str) -> Ladder | None:
            settings = self.settings.get(plan_id, {})
            return None if paused(settings, now) else self.ladder(kind, bend, settings)

        def rung(standing: Standing) -> str | None:
            overdue_for = now - standing.due_at
            if overdue_for > NAGS_FOR or overdue_for > chased_for(standing.kind):
                return None
            shared = (standing.plan_id, standing.kind, standing.bend)
            if shared not in ladders:
                ladders[shared] = ladder_of(*shared)
            if (ladder := ladders[shared]) is None:
                return None
            due = rung_due(
                standing.due_at,
                now,
                calendar=self.calendar,
                quiet=self.quiet,
                ladder=ladder,
                opened_at=standing.opens_at,
            )
            return due.rung.key if due else None

        return rung

    def ladder(self, kind: str, bend: str, settings: Mapping[str, Any]) -> Ladder:
        """The ladder of a kind of duty for a person of this bend."""
        return bent(ladder_of(kind, settings, self.at(settings)), bend, habit_rule(settings))

    def at(self, settings: Mapping[str, Any]) -> time:
        """The local time of reminders and tables: the office's `nags.at` ("07:30"), else the program's."""
        try:
            return time.fromisoformat(str(settings["nags.at"]))
        except (KeyError, ValueError):
            return time(self.hour)

    def is_nag_hour(self, now: datetime, settings: Mapping[str, Any] = _NONE_SET) -> bool:
        """Whether a working day's nags have begun in this commune and nobody is asleep."""
        local = local_time(now)
        working = self.calendar.is_working_day(local.date())
        return working and local.time() >= self.at(settings) and not is_quiet(now, self.quiet)

    def stopped(self) -> Stopped:
        """What the offices stopped, duty by duty and person by person."""
        duties = (
            (plan_id, str(key))
            for plan_id, settings in self.settings.items()
            for key in settings.get("nags.stopped_duties", ())
        )
        people = (
            int(person)
            for settings in self.settings.values()
            for person in settings.get("nags.stopped_people", ())
        )
        return Stopped(frozenset(duties), frozenset(people))

    def escalation_bounds(self, now: datetime) -> list[datetime]:
        """For each next step the latest due time that has earned it, step 1 first."""
        today = local_time(now).date()
        days = (step * ESCALATES_EVERY_WORKING_DAYS for step in range(1, STEPS + 1))
        return [moment_on(self._working_days_ago(today, count), END_OF_DAY) for count in days]

    def _working_days_ago(self, today: date, count: int) -> date:
        """The latest day after which `count` working days have come by today."""
        day = today
        while count:
            count -= self.calendar.is_working_day(day)
            day -= timedelta(days=1)
        return day


def chased_for(kind: str) -> timedelta:
    """How long past its due time a duty of this kind is still nagged about."""
    return SHORT_CHASE if kind_of(kind) in (PeriodKind.DAY, PeriodKind.WEEK) else NAGS_FOR


def paused(settings: Mapping[str, Any], now: datetime) -> bool:
    """Whether the office stopped all nags: for good (`nags.off`), or until a day and with it."""
    if settings.get("nags.off"):
        return True
    until = settings.get("nags.paused_until")
    try:
        return until is not None and local_time(now).date() <= date.fromisoformat(str(until))
    except ValueError:
        return False


async def rules_of(
    tx: AsyncConnection, calendar: Calendar, hour: int, found: Books | None = None
) -> NagRules:
    """The rules as the offices have set them by now; `found` where they were read in `tx` already."""
    found = found or await books(tx)
    by_id = {plan.id: plan for plan in found.plans}
    settings = {plan.id: found.of(plan) for plan in found.plans}
    return NagRules(calendar, hour, quiet_of(found), by_id, settings)
