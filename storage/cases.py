"""Cases: what citizens report, by code, place, kind and handler. The reporter stays apart.

No record of a case carries who reported it; `storage/reporters.py` alone knows. How a case
goes on stands in `storage/casework.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, Select, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from plans.handling import CaseState, CaseStep
from plans.likeness import cell_of
from storage import codes, reporters
from storage.ids import Chooser, NewId
from storage.reporters import Sealing
from storage.tables import case_steps, cases, evidence

CODE_PREFIX = "PA"


class UnknownCase(LookupError):
    """No case has this code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCase:
    """A case as a citizen reports it.

    `sealed`: the reporter is not to be named. `lat`, `lon` are WGS 84 degrees. `media` are
    (media id, role) pairs. `unit_id` is the village it lies in, when known.
    """

    commune_id: int
    violation_key: str
    words: str
    reporter_id: int
    sealed: bool
    plan_id: int | None = None
    unit_id: int | None = None
    lat: float | None = None
    lon: float | None = None
    place_words: str = ""
    since_words: str = ""
    happened_on: date | None = None
    urgent: bool = False
    handler_unit_id: int | None = None
    held: bool = False
    accept_due_at: datetime | None = None
    resolve_due_at: datetime | None = None
    media: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """A case as handlers may see it. `counted` holds the (period, indicator) pairs it counts in.

    `held`: kept back until an official has looked. `accept_due_at` and `resolve_due_at` are its
    limits, null while nobody has reckoned them. `rating` is the citizen's, 1 to 5. `confirmed`
    cases are true; a kind that no target asks about counts nowhere all the same.
    """

    id: int
    code: str
    commune_id: int
    unit_id: int | None
    plan_id: int | None
    violation_key: str
    words: str
    lat: float | None
    lon: float | None
    place_words: str
    since_words: str
    happened_on: date | None
    urgent: bool
    state: CaseState
    handler_unit_id: int | None
    handler_person_id: int | None
    merged_into: int | None
    counted: tuple[tuple[str, str], ...]
    opened_at: datetime
    changed_at: datetime
    closed_at: datetime | None
    held: bool
    rating: int | None
    accept_due_at: datetime | None
    resolve_due_at: datetime | None
    point_id: int | None
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of a case's timeline. `by_person_id` is null for a sealed reporter and the program."""

    id: int
    case_id: int
    step: CaseStep
    by_person_id: int | None
    by_unit_id: int | None
    at: datetime
    words: str
    shown_to_reporter: bool


SHOWN = [cases.c[name] for name in Case.__slots__ if name != "confirmed"]
"""The columns that handlers may see: all but the reporter."""


def from_row(row: Row[Any]) -> Case:
    """The record of a row of `SHOWN`."""
    values = dict(row._mapping)
    values["state"] = CaseState(values["state"])
    values["confirmed"] = values["counted"] is not None
    values["counted"] = tuple((period, name) for period, name in values["counted"] or ())
    return Case(**values)


# --- opening ---------------------------------------------------------------------------------


async def open_case(
    tx: AsyncConnection,
    new: NewCase,
    *,
    sealing: Sealing,
    now: datetime,
    ids: NewId,
    rng: Chooser | None = None,
) -> Case:
    """Keep a new case under a code of its own.

    For a sealed reporter nothing but the encrypted row leads to the person: neither the
    case, nor its timeline, nor who sent the photos.
    """
    (code,) = await codes.fresh(tx, cases.c.code, CODE_PREFIX, 1, rng)
    case_id = ids()
    await tx.execute(insert(cases).values(_values(new, case_id, code, now)))
    if new.sealed:
        await reporters.seal(tx, case_id, new.reporter_id, new.media, sealing=sealing)
    if new.media:
        rows = [
            {
                "id": ids(),
                "media_id": media_id,
                "case_id": case_id,
                "role": role,
                "added_at": now,
            }
            for media_id, role in dict.fromkeys(new.media)
        ]
        await tx.execute(insert(evidence), rows)
    by = None if new.sealed else new.reporter_id
    await add_step(tx, case_id, CaseStep.OPEN, by_person_id=by, now=now, ids=ids)
    return await case_by_code(tx, code)


def _values(new: NewCase, case_id: int, code: str, now: datetime) -> dict[str, Any]:
    values = {name: getattr(new, name) for name in NewCase.__slots__}
    for apart in ("sealed", "media"):
        del values[apart]
    return values | {
        "id": case_id,
        "code": code,
        "state": CaseState.RECEIVED.value,
        "cell": cell_of(new.lat, new.lon),
        "reporter_id": None if new.sealed else new.reporter_id,
        "opened_at": now,
        "changed_at": now,
    }


async def add_step(
    tx: AsyncConnection,
    case_id: int,
    step: CaseStep,
    *,
    by_person_id: int | None,
    now: datetime,
    ids: NewId,
    by_unit_id: int | None = None,
    words: str = "",
    shown_to_reporter: bool = True,
) -> None:
    """Write one entry of the timeline; the state is changed by `casework.step` only."""
    await tx.execute(
        insert(case_steps).values(
            id=ids(),
            case_id=case_id,
            step=step.value,
            by_person_id=by_person_id,
            by_unit_id=by_unit_id,
            at=now,
            words=words,
            shown_to_reporter=shown_to_reporter,
        )
    )


# --- reading ---------------------------------------------------------------------------------


async def _one(tx: AsyncConnection, query: Select[Any], asked: str) -> Case:
    row = (await tx.execute(query)).first()
    if row is None:
        raise UnknownCase(asked)
    return from_row(row)


async def case_by_code(tx: AsyncConnection, code: str) -> Case:
    """The case with this code, as stored ("PA-7F3K"; `codes.normal` for typed words).

    Raises:
        UnknownCase: there is none.
    """
    return await _one(tx, select(*SHOWN).where(cases.c.code == code), code)


async def case_by_id(tx: AsyncConnection, case_id: int) -> Case:
    """The case with this id. Raises UnknownCase."""
    return await _one(tx, select(*SHOWN).where(cases.c.id == case_id), str(case_id))


async def cases_of_commune(
    tx: AsyncConnection,
    commune_id: int,
    *,
    states: Sequence[CaseState] = tuple(CaseState),
    limit: int = 50,
) -> list[Case]:
    """A commune's cases in these states, newest first."""
    # asking for every state by name would keep the index of newest cases from being used
    wanted = [cases.c.state.in_(states)] if set(states) != set(CaseState) else []
    rows = await tx.execute(
        select(*SHOWN)
        .where(cases.c.commune_id == commune_id, *wanted)
        .order_by(cases.c.opened_at.desc(), cases.c.id.desc())
        .limit(limit)
    )
    return [from_row(row) for row in rows]


async def cases_of_handlers(
    tx: AsyncConnection,
    unit_ids: Sequence[int],
    *,
    states: Sequence[CaseState] = tuple(CaseState),
    limit: int = 50,
) -> list[Case]:
    """Cases that these units handle: urgent first, then the oldest."""
    # found in the index first, so that only the rows of one page are read
    page = (
        select(cases.c.id)
        .where(cases.c.handler_unit_id.in_(unit_ids), cases.c.state.in_(states))
        .order_by(cases.c.urgent.desc(), cases.c.opened_at, cases.c.id)
        .limit(limit)
    )
    rows = await tx.execute(
        select(*SHOWN)
        .where(cases.c.id.in_(page))
        .order_by(cases.c.urgent.desc(), cases.c.opened_at, cases.c.id)
    )
    return [from_row(row) for row in rows]


async def timeline(tx: AsyncConnection, case_id: int, *, for_reporter: bool = False) -> list[Step]:
    """The steps of a case in order; for the reporter only those meant for them."""
    query = select(*(case_steps.c[name] for name in Step.__slots__)).where(
        case_steps.c.case_id == case_id
    )
    if for_reporter:
        query = query.where(case_steps.c.shown_to_reporter)
    rows = await tx.execute(query.order_by(case_steps.c.at, case_steps.c.id))
    return [Step(**(dict(row._mapping) | {"step": CaseStep(row.step)})) for row in rows]


async def evidence_of(tx: AsyncConnection, case_id: int) -> list[tuple[int, str]]:
    """What was shown of a case: (media id, role), in the order it came."""
    rows = await tx.execute(
        select(evidence.c.media_id, evidence.c.role)
        .where(evidence.c.case_id == case_id)
        .order_by(evidence.c.id)
    )
    return [(media_id, role) for media_id, role in rows]


async def cases_of_reporter(
    tx: AsyncConnection, person_id: int, *, sealing: Sealing, limit: int = 20
) -> list[Case]:
    """What a person reported, named or sealed, newest first. For that person's own eyes."""
    rows = await tx.execute(
        select(*SHOWN)
        .where(
            or_(
                cases.c.reporter_id == person_id,
                cases.c.id.in_(reporters.sealed_cases_of(person_id, sealing)),
            )
        )
        .order_by(cases.c.opened_at.desc(), cases.c.id.desc())
        .limit(limit)
    )
    return [from_row(row) for row in rows]
