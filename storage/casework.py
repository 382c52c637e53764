"""How a case goes on: every step is checked against `plans/handling.py`, kept, and dated."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from plans.calendar import local_time
from plans.handling import NEVER_COUNTED, OVER, CaseState, CaseStep, after, counts_in
from storage import figures, points
from storage.cases import SHOWN, Case, UnknownCase, add_step, from_row
from storage.ids import NewId
from storage.office import settings_of
from storage.plans import load_plan_by_id
from storage.reporters import forget_senders, is_sealed
from storage.tables import cases, evidence


class StepRefused(Exception):
    """The case cannot take this step as it stands; `state` says how that is."""

    def __init__(self, code: str, state: CaseState, step: CaseStep) -> None:
        super().__init__(f"case {code} is {state.value}: no {step.value}")
        self.code, self.state, self.step = code, state, step


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A step as somebody takes it.

    `by_reporter`: the citizen who reported it speaks; a sealed one leaves no id in the
    timeline. `seen`: the state that the person had before their eyes; when the case has
    moved on since, the step is refused even where it would be possible.
    """

    step: CaseStep
    by_person_id: int | None = None
    by_unit_id: int | None = None
    by_reporter: bool = False
    words: str = ""
    shown_to_reporter: bool = True
    seen: CaseState | None = None
    media: tuple[tuple[int, str], ...] = ()


async def step(
    tx: AsyncConnection, case_id: int, taken: Taken, *, now: datetime, ids: NewId
) -> Case:
    """Take one step; returns the case as it stands afterwards.

    Raises:
        UnknownCase: there is no such case.
        StepRefused: it is not possible from the case's state: a double tap, a late message,
            somebody else was faster.
    """
    if taken.step in _WITH_MORE:
        raise ValueError(f"{taken.step.value} has a function of its own")
    return await _take(tx, await _held(tx, case_id), taken, now, ids)


NEUTRAL = frozenset({CaseStep.NOTE, CaseStep.CONFIRM, CaseStep.UNCONFIRM})
"""Steps that leave the state as it is, and the time it has been so."""

_WITH_MORE = frozenset(
    {CaseStep.OPEN, CaseStep.ASSIGN, CaseStep.MERGE, CaseStep.CONFIRM, CaseStep.UNCONFIRM}
)


async def _held(tx: AsyncConnection, case_id: int) -> Case:
    row = (await tx.execute(select(*SHOWN).where(cases.c.id == case_id).with_for_update())).first()
    if row is None:
        raise UnknownCase(str(case_id))
    return from_row(row)


async def _take(
    tx: AsyncConnection,
    case: Case,
    taken: Taken,
    now: datetime,
    ids: NewId,
    **changed: Any,
) -> Case:
    state = after(case.state, taken.step)
    if state is None or (taken.seen is not None and taken.seen is not case.state):
        raise StepRefused(case.code, case.state, taken.step)
    if state in NEVER_COUNTED and case.confirmed:
        await figures.uncount_case(tx, case.id)
        changed["counted"] = None
    closed_at = (case.closed_at or now) if state in OVER else None
    values = {"state": state.value, "closed_at": closed_at}
    if taken.step not in NEUTRAL:
        values["changed_at"] = now
    values |= _follows(case, taken, state, now) | changed
    await tx.execute(update(cases).where(cases.c.id == case.id).values(**values))
    hidden = taken.by_reporter and await is_sealed(tx, case.id)
    await add_step(
        tx,
        case.id,
        taken.step,
        by_person_id=None if hidden else taken.by_person_id,
        by_unit_id=taken.by_unit_id,
        now=now,
        ids=ids,
        words=taken.words,
        shown_to_reporter=taken.shown_to_reporter,
    )
    await _keep_evidence(tx, case.id, taken, hidden, now, ids)
    return await _held(tx, case.id)


def _follows(case: Case, taken: Taken, state: CaseState, now: datetime) -> dict[str, Any]:
    """What a step changes besides the state: whose it is, and which limits must be reckoned anew."""
    if taken.step in (CaseStep.ACCEPT, CaseStep.START) and taken.by_person_id is not None:
        return {"handler_person_id": taken.by_person_id}
    if taken.step is CaseStep.ASSIGN:
        return {"accept_due_at": None}
    if taken.step is CaseStep.RESOLVE:
        due_at = case.resolve_due_at
        return {"in_time": now <= due_at if due_at is not None else None}
    if state is CaseState.REOPENED:
        again: dict[str, Any] = {"accept_due_at": None, "resolve_due_at": None, "in_time": None}
        return again | ({"merged_into": None} if taken.step is CaseStep.SPLIT else {})
    return {}


async def _keep_evidence(
    tx: AsyncConnection, case_id: int, taken: Taken, hidden: bool, now: datetime, ids: NewId
) -> None:
    if taken.media:
        rows = [
            {
                "id": ids(),
                "media_id": media_id,
                "case_id": case_id,
                "role": role,
                "added_at": now,
            }
            for media_id, role in taken.media
        ]
        await tx.execute(insert(evidence), rows)
        if hidden:
            await forget_senders(tx, [media_id for media_id, _ in taken.media])


async def assign(
    tx: AsyncConnection,
    case_id: int,
    *,
    unit_id: int,
    person_id: int | None = None,
    taken: Taken,
    now: datetime,
    ids: NewId,
) -> Case:
    """Give a case to a unit, and to a person in it when known. `taken.step` is ASSIGN.

    Raises:
        UnknownCase, StepRefused: as for `step`.
    """
    case = await _held(tx, case_id)
    handler = {"handler_unit_id": unit_id, "handler_person_id": person_id}
    return await _take(tx, case, _as(taken, CaseStep.ASSIGN), now, ids, **handler)


def _as(taken: Taken, wanted: CaseStep) -> Taken:
    if taken.step is not wanted:
        raise ValueError(f"{taken.step.value} where {wanted.value} is meant")
    return taken


async def merge(
    tx: AsyncConnection,
    case_id: int,
    *,
    into: int,
    taken: Taken,
    now: datetime,
    ids: NewId,
) -> Case:
    """Let a case live on in another one, which keeps counting alone.

    Raises:
        UnknownCase, StepRefused: as for `step`; also when `into` is over: nobody works on it any more.
        ValueError: a case into itself.
    """
    if case_id == into:
        raise ValueError("a case cannot be merged into itself")
    held = {each: await _held(tx, each) for each in sorted((case_id, into))}
    if held[into].state in OVER:
        raise StepRefused(held[into].code, held[into].state, CaseStep.MERGE)
    return await _take(tx, held[case_id], _as(taken, CaseStep.MERGE), now, ids, merged_into=into)


async def confirm(
    tx: AsyncConnection, case_id: int, *, taken: Taken, now: datetime, ids: NewId
) -> Case:
    """Confirm that a case is what it is said to be: it counts in the plan's targets of its kind.

    It counts for its village, or for the commune when no village is known, on the day it
    happened, or was reported when nobody said. Confirming twice counts once. A kind that no
    target asks about counts nowhere.

    Raises:
        UnknownCase, StepRefused: as for `step`; rejected and merged cases are not confirmed.
    """
    case = await _held(tx, case_id)
    _as(taken, CaseStep.CONFIRM)
    if case.confirmed:
        return case
    pairs = await _pairs(tx, case)
    done = await _take(tx, case, taken, now, ids, counted=[list(pair) for pair in pairs])
    if case.plan_id is not None and pairs:
        await figures.count_case(
            tx,
            case.id,
            plan_id=case.plan_id,
            unit_id=case.unit_id or case.commune_id,
            counts_in=pairs,
        )
    await points.gather(tx, done, now=now, ids=ids)
    return await _held(tx, case.id)


async def _pairs(tx: AsyncConnection, case: Case) -> list[tuple[str, str]]:
    if case.plan_id is None:
        return []
    plan = await load_plan_by_id(tx, case.plan_id)
    day = case.happened_on or local_time(case.opened_at).date()
    settings = await settings_of(tx, case.commune_id)
    return counts_in(plan.pack, settings, case.violation_key, day)


async def unconfirm(
    tx: AsyncConnection, case_id: int, *, taken: Taken, now: datetime, ids: NewId
) -> Case:
    """Take a confirmation back; the case counts nowhere.

    Raises:
        UnknownCase, StepRefused: as for `step`.
    """
    case = await _held(tx, case_id)
    done = await _take(tx, case, _as(taken, CaseStep.UNCONFIRM), now, ids, counted=None)
    await figures.uncount_case(tx, case.id)
    return done
