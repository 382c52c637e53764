"""Limits in office time, and what a tick has to say about a case."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from plans.calendar import Calendar, local_time
from plans.case_clock import (
    RESOLVE_DAYS,
    Rung,
    Standing,
    days_set,
    limits,
    resumed,
    rungs,
)
from plans.handling import CaseState

CALENDAR = Calendar()
MONDAY_9 = datetime(2026, 6, 8, 2, 0, tzinfo=UTC)
"""09:00 on Monday 8 June 2026 in Việt Nam: 2.5 office hours are left of the morning."""


def shown(at: datetime) -> str:
    return f"{local_time(at):%d/%m %H:%M}"


def test_eight_office_hours_to_accept_and_four_when_urgent() -> None:
    """A day of the office has 7.5 hours, so eight of them end the next morning."""
    usual = limits(CALENDAR, MONDAY_9, urgent=False, category="dumping")
    urgent = limits(CALENDAR, MONDAY_9, urgent=True, category="dumping")
    assert shown(usual.accept_at) == "09/06 09:30"
    assert shown(urgent.accept_at) == "08/06 15:00"
    assert usual.resolve_at == urgent.resolve_at


def test_a_case_of_friday_evening_is_accepted_on_monday() -> None:
    """The clock stands still over the weekend."""
    friday_18 = datetime(2026, 6, 12, 11, 0, tzinfo=UTC)
    assert shown(limits(CALENDAR, friday_18, urgent=True, category="burning").accept_at) == (
        "15/06 11:30"
    )


def test_days_to_resolve_go_by_kind_and_the_office_has_the_last_word() -> None:
    """Three working days for dumping are proposed; the office may say ten."""
    proposed = limits(CALENDAR, MONDAY_9, urgent=False, category="dumping")
    chosen = limits(CALENDAR, MONDAY_9, urgent=False, category="dumping", days=10)
    assert shown(proposed.resolve_at) == "11/06 09:00"
    assert shown(chosen.resolve_at) == "22/06 09:00"
    unknown = limits(CALENDAR, MONDAY_9, urgent=False, category="nothing we know")
    other = limits(CALENDAR, MONDAY_9, urgent=False, category="other")
    assert unknown == other


def test_nothing_is_to_be_resolved_before_it_is_to_be_accepted() -> None:
    """One day to resolve is 7.5 hours, less than the eight to accept."""
    burning = limits(CALENDAR, MONDAY_9, urgent=False, category="burning")
    assert RESOLVE_DAYS["burning"] == 1
    assert burning.resolve_at == burning.accept_at


@pytest.mark.parametrize(
    ("value", "days"), [(5, 5), (0, None), (91, None), ("5", None), (None, None)]
)
def test_only_whole_days_within_reason_are_taken_from_the_office(
    value: object, days: int | None
) -> None:
    """Anything else leaves the proposed days."""
    assert days_set({"cases.days.dot-rom": value}, "dot-rom") == days


def standing(state: CaseState, **more: object) -> Standing:
    made = limits(CALENDAR, MONDAY_9, urgent=False, category="dumping")
    values: dict[str, object] = {
        "state": state,
        "urgent": False,
        "changed_at": MONDAY_9,
        "accept_due_at": made.accept_at,
        "resolve_due_at": made.resolve_at,
    }
    return Standing(**(values | more))  # type: ignore[arg-type]  # the fields of Standing


def at(hours: float) -> datetime:
    return CALENDAR.add_working_hours(MONDAY_9, hours)


def test_the_handler_hears_when_a_quarter_of_the_time_is_left_and_when_it_is_over() -> None:
    """Of eight hours after six, and after eight; accepting ends the matter."""
    received = standing(CaseState.RECEIVED)
    assert rungs(received, MONDAY_9, at(5.9), CALENDAR) == []
    assert rungs(received, MONDAY_9, at(6), CALENDAR) == [Rung.ACCEPT_NEAR]
    assert rungs(received, MONDAY_9, at(8), CALENDAR) == [Rung.ACCEPT_PASSED]
    assert rungs(standing(CaseState.ACCEPTED), MONDAY_9, at(8), CALENDAR) == []


def test_the_limit_to_resolve_runs_until_it_is_resolved() -> None:
    """Also for a case that nobody accepted; while the citizen is asked it rests."""
    assert rungs(standing(CaseState.IN_PROGRESS), MONDAY_9, at(17), CALENDAR) == [Rung.RESOLVE_NEAR]
    assert rungs(standing(CaseState.RECEIVED), MONDAY_9, at(23), CALENDAR) == [
        Rung.ACCEPT_PASSED,
        Rung.RESOLVE_PASSED,
    ]
    asked = standing(CaseState.NEEDS_INFORMATION)
    assert rungs(asked, MONDAY_9, MONDAY_9 + timedelta(days=4, hours=23), CALENDAR) == []


def test_an_urgent_case_that_nobody_took_is_told_after_half_an_hour_at_night_too() -> None:
    """Counted by the clock on the wall, not in office hours."""
    night = MONDAY_9 + timedelta(hours=13)
    urgent = standing(CaseState.RECEIVED, urgent=True, changed_at=night)
    assert rungs(urgent, night, night + timedelta(minutes=29), CALENDAR) == []
    assert rungs(urgent, night, night + timedelta(minutes=30), CALENDAR) == [Rung.URGENT_UNSEEN]


def test_silence_is_asked_about_once_and_then_closes() -> None:
    """Three days, five days; a question left unanswered goes back to the handler."""
    resolved = standing(CaseState.RESOLVED)
    days = [
        rungs(resolved, MONDAY_9, MONDAY_9 + timedelta(days=n), CALENDAR) for n in (2, 3, 4, 5, 9)
    ]
    assert days == [
        [],
        [Rung.CONFIRM_REMINDED],
        [Rung.CONFIRM_REMINDED],
        [Rung.CONFIRM_OVER],
        [Rung.CONFIRM_OVER],
    ]
    asked = standing(CaseState.NEEDS_INFORMATION)
    assert rungs(asked, MONDAY_9, MONDAY_9 + timedelta(days=5), CALENDAR) == [Rung.ASKED_SILENT]


@pytest.mark.parametrize(
    "state", [CaseState.CLOSED, CaseState.REJECTED, CaseState.MERGED, CaseState.PASSED_ON]
)
def test_nothing_is_said_of_what_is_over_or_with_others(state: CaseState) -> None:
    """However long ago its limits passed."""
    assert rungs(standing(state), MONDAY_9, MONDAY_9 + timedelta(days=90), CALENDAR) == []


def test_the_time_the_citizen_took_is_given_back() -> None:
    """Asked at 10:00, answered at 14:00: two and a half office hours; a limit that was over stays so."""
    due_at = at(20)
    asked, answered = at(1), at(3.5)
    moved = resumed(CALENDAR, due_at, asked, answered)
    assert CALENDAR.working_hours_between(due_at, moved) == 2.5
    assert resumed(CALENDAR, at(0.5), asked, answered) == at(0.5)
