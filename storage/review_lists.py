"""Filed reports as a reviewer's page lists them: newest first, with their pictures and earlier reasons."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.report_versions import CAMPAIGN, KEPT, REPORT, Report, from_row
from storage.tables import evidence, media, reports, units
from storage.units import within

REVIEWED = (REPORT, CAMPAIGN)
"""The forms that somebody accepts or sends back."""


async def below(
    tx: AsyncConnection, roots: Sequence[str], *, states: Sequence[str], limit: int, offset: int = 0
) -> list[Report]:
    """Newest versions in these states of the units at or below these paths, newest first.

    Args:
        roots: paths of units; none gives none.
    """
    if not roots:
        return []
    rows = await tx.execute(
        select(*KEPT)
        .join(units, units.c.id == reports.c.unit_id)
        .where(
            or_(*(within(units.c.path, root) for root in roots)),
            reports.c.form.in_(REVIEWED),
            reports.c.state.in_(states),
        )
        .order_by(reports.c.filed_at.desc(), reports.c.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [from_row(row) for row in rows]


async def reasons(tx: AsyncConnection, codes: Collection[str]) -> dict[str, str]:
    """The last words with which each of these reports was reviewed, in any version; none where nobody said any."""
    if not codes:
        return {}
    rows = await tx.execute(
        select(reports.c.code, reports.c.review_words)
        .where(reports.c.code.in_(sorted(codes)), reports.c.review_words.is_not(None))
        .order_by(reports.c.version)
    )
    return {row.code: row.review_words for row in rows}


@dataclass(frozen=True, slots=True)
class ReportShot:
    """A picture of a report as reviewers see it: shown copies only. `is_here`: it has been fetched."""

    evidence_id: int
    report_id: int
    media_id: int
    shown_sha256: str | None
    thumb_sha256: str | None

    @property
    def is_here(self) -> bool:
        """Whether there is anything to show."""
        return self.shown_sha256 is not None


_SHOTS = (
    select(
        evidence.c.id.label("evidence_id"),
        evidence.c.report_id,
        evidence.c.media_id,
        media.c.shown_sha256,
        media.c.thumb_sha256,
    )
    .join(media, media.c.id == evidence.c.media_id)
    .order_by(evidence.c.id)
)


async def shots_of(tx: AsyncConnection, report_ids: Sequence[int]) -> dict[int, list[ReportShot]]:
    """The pictures of these versions of reports, in the order they came."""
    found: dict[int, list[ReportShot]] = {}
    for row in await tx.execute(_SHOTS.where(evidence.c.report_id.in_(list(report_ids)))):
        found.setdefault(row.report_id, []).append(ReportShot(**row._mapping))
    return found


async def shot(tx: AsyncConnection, evidence_id: int) -> tuple[ReportShot, int] | None:
    """One picture of a report and the unit it reports for; None when there is none."""
    row = (
        await tx.execute(
            _SHOTS.add_columns(reports.c.unit_id)
            .join(reports, reports.c.id == evidence.c.report_id)
            .where(evidence.c.id == evidence_id, reports.c.form.in_(REVIEWED))
        )
    ).first()
    if row is None:
        return None
    values = dict(row._mapping)
    unit_id: int = values.pop("unit_id")
    return ReportShot(**values), unit_id
