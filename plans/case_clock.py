"""The clocks of a case: until when it is accepted and resolved, and when somebody is reminded. Pure.

All limits run in office time (`plans/calendar.py`). Eight hours to accept, four when urgent,
stand in the product's specification; the days to resolve a kind are proposed here and set by
the office. Choices: docs/decisions/0030-cases.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from plans.calendar import Calendar
from plans.handling import CaseState

ACCEPT_HOURS = 8
URGENT_ACCEPT_HOURS = 4

UNSEEN_URGENT = timedelta(minutes=30)
"""Nobody took an urgent case up for so long, by day or night: the leader is told."""

CONFIRM_DAYS = 5
"""Days the citizen has to say "đã xong" or "chưa"; then the case is closed as unanswered."""

REMINDED_AFTER_DAYS = 3
"""After so many days without the citizen's word they are asked once more."""

NEARING = 0.25
"""When so much of a limit's office time is left, the handler is reminded."""

RESOLVE_DAYS: Mapping[str, int] = {
    "burning": 1,
    "animal_carcass": 1,
    "dumping": 3,
    "pesticide_packaging": 3,
    "noise": 5,
    "odour_livestock": 7,
    "dust": 7,
    "wastewater": 10,
    "mining": 10,
    "encroachment": 15,
    "other": 7,
}
"""Working days to resolve, by category: our proposal, which no plan states; the office's setting wins."""

WAITS_FOR_ACCEPTANCE = frozenset({CaseState.RECEIVED, CaseState.ASSIGNED, CaseState.REOPENED})
WORKED_ON = WAITS_FOR_ACCEPTANCE | {CaseState.ACCEPTED, CaseState.IN_PROGRESS}
TICKING = WORKED_ON | {CaseState.NEEDS_INFORMATION, CaseState.RESOLVED}
"""States in which a tick may have something to say."""


class Rung(StrEnum):
    """What a tick says once about a limit."""

    ACCEPT_NEAR = "accept_near"
    ACCEPT_PASSED = "accept_passed"
    RESOLVE_NEAR = "resolve_near"
    RESOLVE_PASSED = "resolve_passed"
    URGENT_UNSEEN = "urgent_unseen"
    ASKED_SILENT = "asked_silent"
    CONFIRM_REMINDED = "confirm_reminded"
    CONFIRM_OVER = "confirm_over"


TO_LEADER = frozenset({Rung.ACCEPT_PASSED, Rung.RESOLVE_PASSED, Rung.URGENT_UNSEEN})
"""What the leader hears too."""

TO_CITIZEN = frozenset({Rung.CONFIRM_REMINDED, Rung.CONFIRM_OVER})


@dataclass(frozen=True, slots=True)
class Limits:
    """Until when a case is to be accepted and resolved, aware UTC."""

    accept_at: datetime
    resolve_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """What the clocks need of a case. `changed_at` is when it came into its state."""

    state: CaseState
    urgent: bool
    changed_at: datetime
    accept_due_at: datetime | None
    resolve_due_at: datetime | None


def limits(
    calendar: Calendar, start: datetime, *, urgent: bool, category: str, days: int | None = None
) -> Limits:
    """The limits of a case whose clock starts at `start`.

    Args:
        days: working days to resolve, when the office set them for the kind.
    """
    hours = URGENT_ACCEPT_HOURS if urgent else ACCEPT_HOURS
    resolve_days = days if days is not None else RESOLVE_DAYS.get(category, RESOLVE_DAYS["other"])
    a_day = calendar.hours.a_day / timedelta(hours=1)
    accept_at = calendar.add_working_hours(start, hours)
    resolve_at = calendar.add_working_hours(start, a_day * resolve_days)
    return Limits(accept_at, max(accept_at, resolve_at))


def days_set(settings: Mapping[str, Any], violation_key: str) -> int | None:
    """Working days the office set for a kind (`cases.days.<kind>`), None where it has not."""
    value = settings.get(f"cases.days.{violation_key}")
    return value if isinstance(value, int) and 0 < value <= _MOST_DAYS else None


_MOST_DAYS = 90


def resumed(
    calendar: Calendar, resolve_due_at: datetime, asked_at: datetime, now: datetime
) -> datetime:
    """The limit after the citizen answered: the office time they took is added to it."""
    waited = calendar.working_hours_between(asked_at, now)
    late = resolve_due_at <= asked_at
    return resolve_due_at if late else calendar.add_working_hours(resolve_due_at, waited)


def rungs(case: Standing, start: datetime, now: datetime, calendar: Calendar) -> list[Rung]:
    """What is to be said about a case at `now`, whatever was said before; the store keeps it once.

    Args:
        start: when the clock of its limits began (opened, given on or opened again).
    """
    found: list[Rung] = []
    if case.state in WAITS_FOR_ACCEPTANCE and case.accept_due_at is not None:
        found += _on_limit(
            calendar, start, case.accept_due_at, now, Rung.ACCEPT_NEAR, Rung.ACCEPT_PASSED
        )
        if case.urgent and now - case.changed_at >= UNSEEN_URGENT:
            found.append(Rung.URGENT_UNSEEN)
    if case.state in WORKED_ON and case.resolve_due_at is not None:
        found += _on_limit(
            calendar, start, case.resolve_due_at, now, Rung.RESOLVE_NEAR, Rung.RESOLVE_PASSED
        )
    silent_for = now - case.changed_at
    if case.state is CaseState.NEEDS_INFORMATION and silent_for >= timedelta(days=CONFIRM_DAYS):
        found.append(Rung.ASKED_SILENT)
    if case.state is CaseState.RESOLVED:
        if silent_for >= timedelta(days=CONFIRM_DAYS):
            found.append(Rung.CONFIRM_OVER)
        elif silent_for >= timedelta(days=REMINDED_AFTER_DAYS):
            found.append(Rung.CONFIRM_REMINDED)
    return found


def _on_limit(
    calendar: Calendar, start: datetime, due_at: datetime, now: datetime, near: Rung, passed: Rung
) -> list[Rung]:
    if now >= due_at:
        return [passed]
    whole = calendar.working_time_between(start, due_at)
    left = calendar.working_time_between(now, due_at)
    return [near] if left <= whole * NEARING else []
