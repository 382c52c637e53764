"""Filing reports: every filing is a version, and nothing is ever overwritten.

A report keeps its code over its versions; all but the newest are `superseded`. While the
newest is filed or accepted its figures count; a returned or withdrawn one counts nowhere
until it is filed anew (docs/decisions/0007-figures-and-totals.md). Filing settles the
obligation and silences what was about to be said of it, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import codes, figures, nudges, obligations
from storage.bulk import insert_many
from storage.columns import from_fixed, to_fixed
from storage.figures import Amount
from storage.ids import Chooser, NewId
from storage.report_versions import (
    CAMPAIGN,
    DIFFICULTY,
    FILED,
    KEPT,
    REPORT,
    SUPERSEDED,
    WITHDRAWN,
    Report,
    WrongState,
    by_code,
    evidence_of,
    figures_of,
    filed_by,
    from_row,
    stored,
    under,
    versions,
)
from storage.reviews import accept, send_back, withdraw
from storage.tables import evidence, reports

__all__ = [
    "CAMPAIGN", "DIFFICULTY", "REPORT", "Amount", "Filed", "Filing", "Report", "WrongState",
    "accept", "by_code", "correct", "evidence_of", "file", "file_all", "filed_by", "send_back",
    "under", "versions", "withdraw",
]  # fmt: skip

CODE_PREFIX = "BC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """A filled form on its way into the store.

    `amounts` are what the answers come to (`plans/measures.py`); storage reads no answers.
    `subject_key` is the duty's key for a report, the campaign's for a campaign.
    `media` are (media id, role) pairs. With `code`, this is a new version of that report;
    a `report` is one anyway when its unit has reported on the duty and period before.
    """

    form: str
    unit_id: int
    filed_by: int
    answers: dict[str, Any]
    plan_id: int | None = None
    subject_key: str = ""
    period_key: str = ""
    happened_on: date | None = None
    amounts: tuple[Amount, ...] = ()
    media: tuple[tuple[int, str], ...] = ()
    obligation_id: int | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Filed:
    """What became of a filing. `on_time` is None when nothing was owed or no day is known."""

    code: str
    version: int
    report_id: int
    obligation_id: int | None
    on_time: bool | None


def _added_up(amounts: Sequence[Amount]) -> tuple[Amount, ...]:
    """One amount an indicator, rounded to what the store keeps, so that a recount finds no crumbs."""
    found: dict[str, tuple[int, int]] = {}
    for each in amounts:
        top, below = found.get(each.indicator, (0, 0))
        found[each.indicator] = top + to_fixed(each.numerator), below + to_fixed(each.denominator)
    return tuple(Amount(name, from_fixed(a), from_fixed(b)) for name, (a, b) in found.items())


async def file(
    tx: AsyncConnection,
    filing: Filing,
    *,
    now: datetime,
    ids: NewId,
    rng: Chooser | None = None,
) -> Filed:
    """Keep one filled form. See `file_all`."""
    (filed,) = await file_all(tx, [filing], now=now, ids=ids, rng=rng)
    return filed


async def file_all(
    tx: AsyncConnection,
    filings: Sequence[Filing],
    *,
    now: datetime,
    ids: NewId,
    rng: Chooser | None = None,
) -> list[Filed]:
    """Keep whatever was filled in, in the order given, with one statement per table.

    Versions, evidence, figures, totals and obligations change together; nudges that wait to
    be sent about a settled obligation are dropped.

    Raises:
        KeyError: a unit or a `code` does not exist.
        WrongState: `code` names a withdrawn report.
        ValueError: amounts without a plan.
        obligations.Locked: the books of a period are closed; nothing of that round is written.
    """
    for each in filings:
        if each.amounts and each.plan_id is None:
            raise ValueError("figures belong to a plan")
    paths = await figures.lock_units(tx, [each.unit_id for each in filings])
    if missing := {each.unit_id for each in filings} - paths.keys():
        raise KeyError(min(missing))
    filed: dict[int, Filed] = {}
    for wave in _waves(filings):
        done = await _file_wave(tx, [filings[at] for at in wave], now, ids, rng)
        filed |= dict(zip(wave, done, strict=True))
    return [filed[at] for at in range(len(filings))]


def _subject(each: Filing) -> tuple[Any, ...] | None:
    """What makes two filings versions of one report; None for those that stand alone."""
    if each.form == REPORT:
        return (each.plan_id, each.subject_key, each.period_key, each.unit_id)
    return (each.code,) if each.code else None


def _waves(filings: Sequence[Filing]) -> list[list[int]]:
    """Positions in as few rounds as keep filings of one report in different rounds, in order."""
    waves: list[list[int]] = []
    seen: dict[tuple[Any, ...], int] = {}
    for at, each in enumerate(filings):
        subject = _subject(each)
        wave = 0 if subject is None else seen.get(subject, -1) + 1
        if subject is not None:
            seen[subject] = wave
        if wave == len(waves):
            waves.append([])
        waves[wave].append(at)
    return waves


async def _file_wave(
    tx: AsyncConnection,
    filings: Sequence[Filing],
    now: datetime,
    ids: NewId,
    rng: Chooser | None,
) -> list[Filed]:
    before = await _versions_before(tx, filings)
    owed = await obligations.owed_by_filings(
        tx, [(e.plan_id, e.subject_key, e.unit_id, e.period_key, e.obligation_id)
             if e.form == REPORT or e.obligation_id else None for e in filings]
    )  # fmt: skip
    obligations.refuse_closed(owed)
    new_codes = iter(await codes.fresh(tx, reports.c.code, CODE_PREFIX, before.count(None), rng))
    made = [
        _version(each, old, ids(), next(new_codes) if old is None else old.code, debt, now)
        for each, old, debt in zip(filings, before, owed, strict=True)
    ]
    superseded = [old.id for old in before if old]
    if superseded:
        await tx.execute(
            update(reports).where(reports.c.id.in_(superseded)).values(state=SUPERSEDED)
        )
    await insert_many(tx, reports, [_row(each) for each in made])
    await _keep_evidence(tx, made, filings, now, ids)
    await figures.replace(
        tx,
        [old.code for old in before if old],
        [figure for each in made for figure in figures_of(each)],
    )
    settled = await obligations.settle(
        tx, [(debt, each.id) for each, debt in zip(made, owed, strict=True) if debt], now=now
    )
    await nudges.drop(tx, list(settled))
    return [
        Filed(each.code, each.version, each.id, each.obligation_id,
              settled.get(each.obligation_id) if each.obligation_id else None)
        for each in made
    ]  # fmt: skip


async def _versions_before(tx: AsyncConnection, filings: Sequence[Filing]) -> list[Report | None]:
    """For each filing the newest version it takes the place of, if there is one."""
    named = [each.code for each in filings if each.code]
    periodic = [each for each in filings if each.form == REPORT]
    rows = await tx.execute(
        select(*KEPT).where(
            reports.c.state != SUPERSEDED,
            or_(
                reports.c.code.in_(named),
                and_(
                    reports.c.form == REPORT,
                    reports.c.unit_id.in_(sorted({each.unit_id for each in periodic})),
                    reports.c.period_key.in_(sorted({each.period_key for each in periodic})),
                ),
            ),
        )
    )
    found = [from_row(row) for row in rows]
    by_code = {each.code: each for each in found}
    by_subject = {
        (each.plan_id, each.subject_key, each.period_key, each.unit_id): each
        for each in found
        if each.form == REPORT and each.state != WITHDRAWN
    }
    return [
        _open_to_change(by_code[each.code]) if each.code else by_subject.get(_subject(each) or ())
        for each in filings
    ]


def _open_to_change(report: Report) -> Report:
    if report.state == WITHDRAWN:
        raise WrongState(report.code, report.state)
    return report


def _version(
    filing: Filing,
    old: Report | None,
    report_id: int,
    code: str,
    debt: obligations.Debt | None,
    now: datetime,
) -> Report:
    return Report(
        id=report_id,
        code=code,
        version=old.version + 1 if old else 1,
        form=filing.form,
        plan_id=filing.plan_id,
        subject_key=filing.subject_key,
        unit_id=filing.unit_id,
        period_key=filing.period_key,
        obligation_id=debt.id if debt else None,
        happened_on=filing.happened_on,
        answers=filing.answers,
        amounts=_added_up(filing.amounts),
        state=FILED,
        filed_by=filing.filed_by,
        filed_at=now,
        reviewed_by=None,
        reviewed_at=None,
        review_words=None,
    )


def _row(report: Report) -> dict[str, Any]:
    values = {name: getattr(report, name) for name in Report.__slots__ if name != "amounts"}
    return values | {"figures": stored(report.amounts)}


async def _keep_evidence(
    tx: AsyncConnection,
    made: Sequence[Report],
    filings: Sequence[Filing],
    now: datetime,
    ids: NewId,
) -> None:
    rows = [
        {"id": ids(), "media_id": media_id, "report_id": report.id, "case_id": None,
         "role": role, "added_at": now}
        for report, filing in zip(made, filings, strict=True)
        for media_id, role in dict.fromkeys(filing.media)
    ]  # fmt: skip
    await insert_many(tx, evidence, rows)


async def correct(
    tx: AsyncConnection,
    code: str,
    *,
    answers: dict[str, Any],
    amounts: Sequence[Amount],
    by: int,
    now: datetime,
    ids: NewId,
    more_media: Sequence[tuple[int, str]] = (),
    happened_on: date | None = None,
) -> Filed:
    """File a new version of a report; what the old one showed stays evidence of the new.

    Raises:
        KeyError: no report has this code.
        WrongState: it was withdrawn.
    """
    old = await by_code(tx, code)
    filing = Filing(
        form=old.form,
        unit_id=old.unit_id,
        filed_by=by,
        answers=answers,
        plan_id=old.plan_id,
        subject_key=old.subject_key,
        period_key=old.period_key,
        happened_on=happened_on or old.happened_on,
        amounts=tuple(amounts),
        media=(*await evidence_of(tx, old.id), *more_media),
        obligation_id=old.obligation_id,
        code=code,
    )
    return await file(tx, filing, now=now, ids=ids)
