"""How a case may go on: its states, the steps between them, and what it counts in. Pure.

The table is the whole rule. A step that it does not hold for the case's present state is
refused, so double taps, late messages and two handlers at once cannot bring a case into a
state that makes no sense.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any

from plans.owed import cutoff_rule, period_kinds
from plans.pack import Pack
from plans.periods import PeriodKind, period_containing


class CaseState(StrEnum):
    """Where a case stands."""

    RECEIVED = "received"
    ACCEPTED = "accepted"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    NEEDS_INFORMATION = "needs_information"
    RESOLVED = "resolved"  # waits for the citizen's word
    CLOSED = "closed"
    REOPENED = "reopened"
    REJECTED = "rejected"
    PASSED_ON = "passed_on"  # with a body outside the commune
    MERGED = "merged"  # lives on in another case


class CaseStep(StrEnum):
    """What somebody does with a case. `CONFIRM`, `UNCONFIRM` and `NOTE` leave the state alone."""

    OPEN = "open"
    ACCEPT = "accept"
    ASSIGN = "assign"
    START = "start"
    ASK = "ask"
    ANSWER = "answer"
    RESOLVE = "resolve"
    FIXED = "fixed"  # the citizen: "đã xong"
    NOT_FIXED = "not_fixed"  # the citizen: "chưa"
    CLOSE_UNANSWERED = "close_unanswered"
    REJECT = "reject"
    APPEAL = "appeal"
    PASS_ON = "pass_on"
    MERGE = "merge"
    SPLIT = "split"  # a merge was wrong
    REOPEN = "reopen"
    CONFIRM = "confirm"  # it is what it is said to be: counts in the plan's targets
    UNCONFIRM = "unconfirm"
    NOTE = "note"


_S, _D = CaseStep, CaseState

_WORKED_ON: Mapping[CaseStep, CaseState] = {
    _S.ASSIGN: _D.ASSIGNED,
    _S.ASK: _D.NEEDS_INFORMATION,
    _S.RESOLVE: _D.RESOLVED,
    _S.REJECT: _D.REJECTED,
    _S.PASS_ON: _D.PASSED_ON,
    _S.MERGE: _D.MERGED,
}
"""What may happen to any case that is somebody's to work on."""

TRANSITIONS: Mapping[CaseState, Mapping[CaseStep, CaseState]] = {
    _D.RECEIVED: {**_WORKED_ON, _S.ACCEPT: _D.ACCEPTED},
    _D.ACCEPTED: {**_WORKED_ON, _S.START: _D.IN_PROGRESS},
    _D.ASSIGNED: {**_WORKED_ON, _S.ACCEPT: _D.ACCEPTED, _S.START: _D.IN_PROGRESS},
    _D.IN_PROGRESS: _WORKED_ON,
    _D.NEEDS_INFORMATION: {
        **{step: to for step, to in _WORKED_ON.items() if step is not _S.ASK},
        _S.ANSWER: _D.IN_PROGRESS,
        _S.START: _D.IN_PROGRESS,
    },
    _D.RESOLVED: {
        _S.FIXED: _D.CLOSED,
        _S.NOT_FIXED: _D.REOPENED,
        _S.CLOSE_UNANSWERED: _D.CLOSED,
        _S.REOPEN: _D.REOPENED,
    },
    _D.CLOSED: {_S.NOT_FIXED: _D.REOPENED, _S.REOPEN: _D.REOPENED},
    _D.REOPENED: {**_WORKED_ON, _S.ACCEPT: _D.ACCEPTED, _S.START: _D.IN_PROGRESS},
    _D.REJECTED: {_S.APPEAL: _D.REOPENED, _S.REOPEN: _D.REOPENED},
    _D.PASSED_ON: {
        _S.RESOLVE: _D.RESOLVED,
        _S.ASSIGN: _D.ASSIGNED,
        _S.START: _D.IN_PROGRESS,
    },
    _D.MERGED: {_S.SPLIT: _D.REOPENED},
}

OVER = frozenset({CaseState.CLOSED, CaseState.REJECTED, CaseState.MERGED})
"""Nobody has anything to do here."""

NEVER_COUNTED = frozenset({CaseState.REJECTED, CaseState.MERGED})
"""Cases that feed no target, whatever was confirmed before."""


def after(state: CaseState, step: CaseStep) -> CaseState | None:
    """The state that `step` leads to, or None where it is not possible."""
    if step is CaseStep.NOTE:
        return state
    if step in (CaseStep.CONFIRM, CaseStep.UNCONFIRM):
        return None if state in NEVER_COUNTED else state
    return TRANSITIONS[state].get(step)


def possible(state: CaseState) -> tuple[CaseStep, ...]:
    """The steps that a case in this state may take, in the order of `CaseStep`."""
    return tuple(step for step in CaseStep if after(state, step) is not None)


def counts_in(
    pack: Pack, settings: Mapping[str, Any], violation_key: str, day: date
) -> list[tuple[str, str]]:
    """The (period, indicator) pairs in which a confirmed case of this kind and day counts.

    It counts in every period that units report the target in (the half-year and the year),
    so that each period's figure is whole; in the year where the plan names no period.
    """
    duties = {duty.key: duty for duty in pack.duties}
    found: dict[tuple[str, str], None] = {}
    for target in pack.targets:
        if violation_key not in target.cases_of:
            continue
        duty = duties.get(target.reported_in.duty or "")
        kinds = period_kinds(duty, settings) if duty else ()
        for kind in kinds or (PeriodKind.YEAR,):
            period = period_containing(kind, day, cutoff_rule(settings))
            found[(period.key, target.indicator)] = None
    return list(found)
