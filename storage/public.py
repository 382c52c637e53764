"""What everybody may see of a commune's cases, and how an official lets more of one be seen.

Exact pins, hours, words and names do not leave this module: its records hold the square, the
day and what was released, so that no page or feed can show more by a slip
(docs/decisions/0031-public-page.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from plans.area import area_of
from plans.calendar import local_time
from plans.handling import NEVER_COUNTED, OVER, CaseState, CaseStep
from storage import audits
from storage.ids import NewId
from storage.tables import case_steps, cases, evidence, units

_UNSHOWN = tuple(state.value for state in NEVER_COUNTED)
_OVER = tuple(state.value for state in OVER)


@dataclass(frozen=True, slots=True)
class PublicCase:
    """A case without anything that leads to a person.

    `opened_on`, `changed_on`, `due_on` are local days. `area` is (latitude, longitude) of the
    middle of a square of 100 m, None without a pin. `photos` are (evidence id, role).
    """

    code: str
    commune_id: int
    violation_key: str
    state: CaseState
    opened_on: date
    changed_on: date
    due_on: date | None
    village: str
    handled_by: str
    area: tuple[float, float] | None
    words: str = ""
    photos: tuple[tuple[int, str], ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether somebody still has something to do."""
        return self.state not in OVER


@dataclass(frozen=True, slots=True)
class Sought:
    """Which public cases are looked for. `opened` is None for open and closed ones alike."""

    kind: str = ""
    opened: bool | None = None
    since: datetime | None = None
    until: datetime | None = None
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InTime:
    """Of one kind: all cases, those still open, and of those whose limit has come, how many held it.

    Cases passed on to a body outside are not the commune's to hold, and are left out of `due`.
    """

    violation_key: str
    cases: int
    open: int
    due: int
    in_time: int


_VILLAGE = units.alias("village")
_HANDLER = units.alias("handler")


def _public(commune_id: int, sought: Sought) -> list[ColumnElement[bool]]:
    """Held, rejected and merged cases are in no list."""
    found = [
        cases.c.commune_id == commune_id,
        cases.c.held.is_(False),
        cases.c.state.not_in(_UNSHOWN),
    ]
    if sought.kind:
        found.append(cases.c.violation_key == sought.kind)
    if sought.opened is not None:
        is_over = cases.c.state.in_(_OVER)
        found.append(~is_over if sought.opened else is_over)
    if sought.since is not None:
        found.append(cases.c.opened_at >= sought.since)
    if sought.until is not None:
        found.append(cases.c.opened_at < sought.until)
    if sought.codes:
        found.append(cases.c.code.in_(sought.codes))
    return found


def _query() -> Select[Any]:
    return (
        select(
            cases.c.id,
            cases.c.code,
            cases.c.commune_id,
            cases.c.violation_key,
            cases.c.state,
            cases.c.opened_at,
            cases.c.changed_at,
            cases.c.resolve_due_at,
            cases.c.lat,
            cases.c.lon,
            cases.c.public_words,
            _VILLAGE.c.name.label("village"),
            _HANDLER.c.name.label("handled_by"),
        )
        .outerjoin(_VILLAGE, _VILLAGE.c.id == cases.c.unit_id)
        .outerjoin(_HANDLER, _HANDLER.c.id == cases.c.handler_unit_id)
    )


async def listed(
    tx: AsyncConnection,
    commune_id: int,
    sought: Sought = Sought(),
    *,
    limit: int = 20,
    offset: int = 0,
) -> list[PublicCase]:
    """Public cases of a commune, newest first, with what was released of them."""
    query = (
        _query()
        .where(*_public(commune_id, sought))
        .order_by(cases.c.opened_at.desc(), cases.c.id.desc())
    )
    rows = (await tx.execute(query.limit(limit).offset(offset))).all()
    return await _with_photos(tx, rows)


async def by_code(tx: AsyncConnection, commune_id: int, code: str) -> PublicCase | None:
    """One public case. A rejected or merged one is found by who knows its code, without releases."""
    query = _query().where(
        cases.c.code == code, cases.c.commune_id == commune_id, cases.c.held.is_(False)
    )
    rows = (await tx.execute(query)).all()
    found = await _with_photos(tx, rows)
    if not found:
        return None
    return replace(found[0], words="", photos=()) if rows[0].state in _UNSHOWN else found[0]


async def _with_photos(tx: AsyncConnection, rows: Sequence[Row[Any]]) -> list[PublicCase]:
    photos: dict[int, list[tuple[int, str]]] = {}
    if rows:
        released = await tx.execute(
            select(evidence.c.case_id, evidence.c.id, evidence.c.role)
            .where(
                evidence.c.case_id.in_([row.id for row in rows]),
                evidence.c.released_at.is_not(None),
            )
            .order_by(evidence.c.id)
        )
        for case_id, evidence_id, role in released:
            photos.setdefault(case_id, []).append((evidence_id, role))
    return [_case(row, tuple(photos.get(row.id, ()))) for row in rows]


def _case(row: Row[Any], photos: tuple[tuple[int, str], ...]) -> PublicCase:
    has_pin = row.lat is not None and row.lon is not None
    due_at = row.resolve_due_at
    return PublicCase(
        code=row.code,
        commune_id=row.commune_id,
        violation_key=row.violation_key,
        state=CaseState(row.state),
        opened_on=local_time(row.opened_at).date(),
        changed_on=local_time(row.changed_at).date(),
        due_on=local_time(due_at).date() if due_at else None,
        village=row.village or "",
        handled_by=row.handled_by or "",
        area=area_of(row.lat, row.lon) if has_pin else None,
        words=row.public_words or "",
        photos=photos,
    )


async def steps_of(tx: AsyncConnection, code: str) -> list[tuple[date, CaseStep]]:
    """The public history of a case: days and names of steps, without words and people."""
    rows = await tx.execute(
        select(case_steps.c.at, case_steps.c.step)
        .join(cases, cases.c.id == case_steps.c.case_id)
        .where(
            cases.c.code == code,
            case_steps.c.shown_to_reporter,
            case_steps.c.step.not_in([step.value for step in _INNER]),
        )
        .order_by(case_steps.c.at, case_steps.c.id)
    )
    return [(local_time(at).date(), CaseStep(step)) for at, step in rows]


_INNER = (CaseStep.NOTE, CaseStep.CONFIRM, CaseStep.UNCONFIRM)


async def in_time(tx: AsyncConnection, commune_id: int, *, now: datetime) -> list[InTime]:
    """How many of each kind were resolved within their limit, the kind with most cases first."""
    late = await _late_and_open(tx, commune_id, now)
    # grouped as the index lies and sifted here: a condition on a group would make SQLite sort them all
    grouped = (cases.c.violation_key, cases.c.state, cases.c.held, cases.c.in_time)
    rows = await tx.execute(
        select(*grouped, func.count()).where(cases.c.commune_id == commune_id).group_by(*grouped)
    )
    found: dict[str, InTime] = {}
    for kind, state, held, kept, number in rows:
        if held or state in _UNSHOWN:
            continue
        so_far = found.get(kind) or InTime(kind, 0, 0, late.get(kind, 0), 0)
        done = state in _DONE and kept is not None
        found[kind] = replace(
            so_far,
            cases=so_far.cases + number,
            open=so_far.open + (0 if state in _OVER else number),
            due=so_far.due + (number if done else 0),
            in_time=so_far.in_time + (number if done and kept else 0),
        )
    return sorted(found.values(), key=lambda one: (-one.cases, one.violation_key))


_DONE = (CaseState.RESOLVED.value, CaseState.CLOSED.value)
_NOT_OURS_TO_HOLD = (*_DONE, *_UNSHOWN, CaseState.PASSED_ON.value)


async def _late_and_open(tx: AsyncConnection, commune_id: int, now: datetime) -> dict[str, int]:
    """Cases that nobody resolved though their limit has come, by kind."""
    rows = await tx.execute(
        select(cases.c.violation_key, func.count())
        .where(
            cases.c.commune_id == commune_id,
            cases.c.closed_at.is_(None),
            cases.c.held.is_(False),
            cases.c.state.not_in(_NOT_OURS_TO_HOLD),
            cases.c.resolve_due_at < now,
        )
        .group_by(cases.c.violation_key)
    )
    return {row[0]: row[1] for row in rows}


async def rejected(tx: AsyncConnection, commune_id: int) -> int:
    """How many cases were not taken up: said as a number, shown nowhere."""
    query = select(func.count()).where(
        cases.c.commune_id == commune_id,
        cases.c.state == CaseState.REJECTED.value,
        cases.c.held.is_(False),
    )
    return int(await tx.scalar(query) or 0)


async def photo(tx: AsyncConnection, commune_id: int, evidence_id: int) -> str | None:
    """The hash of the public copy of a released picture; None for every other picture."""
    found: str | None = await tx.scalar(
        select(evidence.c.public_sha256)
        .join(cases, cases.c.id == evidence.c.case_id)
        .where(
            evidence.c.id == evidence_id,
            evidence.c.released_at.is_not(None),
            *_public(commune_id, Sought()),
        )
    )
    return found


async def words_of(tx: AsyncConnection, case_id: int) -> str:
    """What everybody may read of a case, "" for nothing; for the form that changes it."""
    return await tx.scalar(select(cases.c.public_words).where(cases.c.id == case_id)) or ""


# --- letting more be seen ------------------------------------------------------------------------


async def release_words(
    tx: AsyncConnection, case_id: int, words: str, *, by: int, now: datetime, ids: NewId
) -> None:
    """Let everybody read these words of an official about a case; "" takes them back."""
    kept = words.strip() or None
    await tx.execute(update(cases).where(cases.c.id == case_id).values(public_words=kept))
    action = "case.release_words" if kept else "case.withdraw_words"
    await audits.record(tx, action, f"case:{case_id}", by=by, now=now, ids=ids)


async def release_photo(
    tx: AsyncConnection,
    evidence_id: int,
    *,
    public_sha256: str | None,
    by: int,
    now: datetime,
    ids: NewId,
) -> bool:
    """Let everybody see this copy of a case's picture; None takes it back. False: no such picture."""
    done = await tx.execute(
        update(evidence)
        .where(evidence.c.id == evidence_id, evidence.c.case_id.is_not(None))
        .values(public_sha256=public_sha256, released_at=now if public_sha256 else None)
    )
    action = "case.release_photo" if public_sha256 else "case.withdraw_photo"
    await audits.record(tx, action, f"evidence:{evidence_id}", by=by, now=now, ids=ids)
    return done.rowcount == 1
