"""How a case may go on: the table is whole, nothing is a dead end that should not be one."""

from __future__ import annotations

from datetime import date

from plans.handling import OVER, TRANSITIONS, CaseState, CaseStep, after, counts_in, possible
from tests.storage.an_xuan import mini_pack


def reached_from(start: CaseState) -> set[CaseState]:
    found = {start}
    while True:
        more = {to for state in found for to in TRANSITIONS[state].values()} - found
        if not more:
            return found
        found |= more


def test_every_state_has_a_row_and_can_be_reached() -> None:
    """From a new case all states can come about."""
    assert set(TRANSITIONS) == set(CaseState)
    assert reached_from(CaseState.RECEIVED) == set(CaseState)


def test_every_state_can_still_be_closed() -> None:
    """No case is stuck: from anywhere it can come to its end."""
    assert all(CaseState.CLOSED in reached_from(state) for state in CaseState)


def test_what_is_over_only_comes_back_by_reopening() -> None:
    """Closed, rejected and merged cases take no step but those that reopen them."""
    for state in OVER:
        assert set(TRANSITIONS[state].values()) == {CaseState.REOPENED}


def test_only_resolved_cases_are_closed() -> None:
    """Words alone close nothing: the way to closed leads through resolved."""
    into = {state for state, row in TRANSITIONS.items() if CaseState.CLOSED in row.values()}
    assert into == {CaseState.RESOLVED}


def test_a_second_tap_leads_nowhere() -> None:
    """Accepting what is accepted, resolving what is resolved: refused."""
    for step in (CaseStep.ACCEPT, CaseStep.RESOLVE, CaseStep.REJECT, CaseStep.FIXED):
        for row in TRANSITIONS.values():
            if (reached := row.get(step)) is not None:
                assert after(reached, step) is None


def test_a_confirmation_leaves_the_state_alone_and_is_not_for_the_rejected() -> None:
    """Nor for merged cases: they count in the one they went into."""
    assert after(CaseState.CLOSED, CaseStep.CONFIRM) is CaseState.CLOSED
    assert after(CaseState.MERGED, CaseStep.CONFIRM) is None
    assert CaseStep.CONFIRM not in possible(CaseState.REJECTED)


def test_a_confirmed_case_counts_in_every_period_its_target_is_reported_in() -> None:
    """Burning on 1 March counts for the half-year and for the year; noise counts nowhere."""
    pack = mini_pack()
    assert counts_in(pack, {}, "dot-rom", date(2026, 3, 1)) == [
        ("2026-H1", "vu-dot-rom"),
        ("2026", "vu-dot-rom"),
    ]
    assert counts_in(pack, {}, "tieng-on", date(2026, 3, 1)) == []
