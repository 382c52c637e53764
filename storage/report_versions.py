"""Reports as they stand in the store: their versions and states, and how to find them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, and_, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import direct
from storage.bulk import key_params, key_table
from storage.figures import Amount, Figure
from storage.tables import evidence, reports, units
from storage.units import within

REPORT, CAMPAIGN, DIFFICULTY = "report", "campaign", "difficulty"
FILED, RETURNED, ACCEPTED = "filed", "returned", "accepted"
SUPERSEDED, WITHDRAWN = "superseded", "withdrawn"
COUNTING = frozenset({FILED, ACCEPTED})
"""In these states a report's figures count."""


class WrongState(Exception):
    """This report can no longer be treated so; `state` says how it stands."""

    def __init__(self, code: str, state: str) -> None:
        super().__init__(f"report {code} is {state}")
        self.code, self.state = code, state


@dataclass(frozen=True, slots=True)
class Report:
    """One version of a report, as filed."""

    id: int
    code: str
    version: int
    form: str
    plan_id: int | None
    subject_key: str
    unit_id: int
    period_key: str
    obligation_id: int | None
    happened_on: date | None
    answers: dict[str, Any]
    amounts: tuple[Amount, ...]
    state: str
    filed_by: int
    filed_at: datetime
    reviewed_by: int | None
    reviewed_at: datetime | None
    review_words: str | None


KEPT = [reports.c["figures" if name == "amounts" else name] for name in Report.__slots__]
"""The columns of a `Report`; the table may hold more."""

_KEPT_NAMES = [column.name for column in KEPT]


def from_row(row: Row[Any]) -> Report:
    """The record of a row of `reports`."""
    return _report(dict(row._mapping))


def _report(values: dict[str, Any]) -> Report:
    values["amounts"] = amounts_of(values.pop("figures"))
    return Report(**values)


def amounts_of(stored: Sequence[Sequence[str]]) -> tuple[Amount, ...]:
    """The amounts in a report's `figures` column."""
    return tuple(Amount(name, Decimal(top), Decimal(below)) for name, top, below in stored)


def stored(amounts: Sequence[Amount]) -> list[list[str]]:
    """Amounts as the `figures` column keeps them; `amounts_of` reads them back."""
    return [[each.indicator, str(each.numerator), str(each.denominator)] for each in amounts]


def figures_of(report: Report) -> list[Figure]:
    """The figures that a report stands for while it counts."""
    if report.plan_id is None:
        return []
    return [
        Figure(report.period_key, report.plan_id, each.indicator, report.unit_id, report.code,
               each.numerator, each.denominator, report.id)
        for each in report.amounts
    ]  # fmt: skip


async def by_code(tx: AsyncConnection, code: str) -> Report:
    """The newest version of a report.

    Raises:
        KeyError: no report has this code.
    """
    rows = await tx.execute(
        select(*KEPT).where(reports.c.code == code, reports.c.state != SUPERSEDED)
    )
    row = rows.first()
    if row is None:
        raise KeyError(code)
    return from_row(row)


async def versions(tx: AsyncConnection, code: str) -> list[Report]:
    """Every version of a report, oldest first; `[]` when no report has this code."""
    rows = await tx.execute(select(*KEPT).where(reports.c.code == code).order_by(reports.c.version))
    return [from_row(row) for row in rows]


async def filed_by(tx: AsyncConnection, person_id: int, *, limit: int = 5) -> list[Report]:
    """A person's last reports that still stand, newest first."""
    rows = await tx.execute(
        select(*KEPT)
        .where(reports.c.filed_by == person_id, reports.c.state.not_in([SUPERSEDED, WITHDRAWN]))
        .order_by(reports.c.filed_at.desc(), reports.c.id.desc())
        .limit(limit)
    )
    return [from_row(row) for row in rows]


async def under(
    tx: AsyncConnection,
    path: str,
    *,
    form: str,
    states: Sequence[str] = (FILED, RETURNED, ACCEPTED),
    plan_id: int | None = None,
    period_key: str | None = None,
    limit: int = 50,
) -> list[Report]:
    """Reports of a subtree (by its root's `path`) in these states, newest first."""
    query = (
        select(*KEPT)
        .join(units, units.c.id == reports.c.unit_id)
        .where(within(units.c.path, path), reports.c.form == form, reports.c.state.in_(states))
        .order_by(reports.c.filed_at.desc(), reports.c.id.desc())
        .limit(limit)
    )
    if plan_id is not None:
        query = query.where(reports.c.plan_id == plan_id)
    if period_key is not None:
        query = query.where(reports.c.period_key == period_key)
    return [from_row(row) for row in await tx.execute(query)]


async def evidence_of(tx: AsyncConnection, report_id: int) -> list[tuple[int, str]]:
    """What was shown with one version: (media id, role), in the order it came."""
    rows = await tx.execute(
        select(evidence.c.media_id, evidence.c.role)
        .where(evidence.c.report_id == report_id)
        .order_by(evidence.c.id)
    )
    return [(media_id, role) for media_id, role in rows]


class Asked(NamedTuple):
    """A report that is to be filled in: of which unit, on which duty of which plan, for which period."""

    unit_id: int
    plan_id: int
    duty_key: str
    period_key: str


async def newest_before(
    tx: AsyncConnection, unit_id: int, plan_id: int, duty_key: str, period_key: str
) -> Report | None:
    """The unit's newest standing report on a duty for any period but this one, or None."""
    wanted = Asked(unit_id, plan_id, duty_key, period_key)
    return (await newest_before_each(tx, [wanted])).get(wanted)


async def newest_before_each(tx: AsyncConnection, wanted: Sequence[Asked]) -> dict[Asked, Report]:
    """For each the unit's newest standing report on that duty for any period but this one, if there is one."""
    if not wanted:
        return {}
    statement = newest_before_statement(tx.dialect.name)
    params = key_params(tx, _ASKED, sorted(set(wanted)))
    found = {}
    for *values, period_key in await direct.rows(tx, statement, params):
        report = _report(dict(zip(_KEPT_NAMES, values, strict=True)))
        found[Asked(report.unit_id, report.plan_id or 0, report.subject_key, period_key)] = report
    return found


_ASKED = [reports.c[name] for name in ("unit_id", "plan_id", "subject_key", "period_key")]


@lru_cache(maxsize=2)
def newest_before_statement(dialect_name: str) -> Select[Any]:
    """The question of `newest_before_each`; the keys are (unit, plan, subject, period)."""
    keys = key_table(dialect_name, _ASKED)
    same = [keys.c[column.name] == column for column in _ASKED[:3]]
    newest_first = (
        func.row_number()
        .over(
            partition_by=[keys.c[column.name] for column in _ASKED],
            order_by=[reports.c.filed_at.desc(), reports.c.id.desc()],
        )
        .label("place")
    )
    ranked = (
        select(reports.c.id, keys.c.period_key.label("asked_for"), newest_first)
        .select_from(keys)
        .join(reports, and_(*same))
        .where(
            reports.c.form == literal_column(f"'{REPORT}'"),
            reports.c.period_key != keys.c.period_key,
            reports.c.state.in_([literal_column(f"'{state}'") for state in (FILED, ACCEPTED)]),
        )
        .subquery("ranked")
    )
    return (
        select(*KEPT, ranked.c.asked_for)
        .join(ranked, ranked.c.id == reports.c.id)
        .where(ranked.c.place == literal_column("1"))
    )
