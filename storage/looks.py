"""Pictures that look like one another, wherever they were shown: a doubt for a person to judge.

Two perceptual hashes of 64 bits that differ in at most six bits agree wholly in at least one of
seven pieces, so seven look-ups by piece find every near picture.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.bulk import insert_many
from storage.ids import NewId
from storage.pictures import looks_alike
from storage.tables import cases, evidence, looks_pieces, media, reports

MOST_BITS = 6
"""Bits of 64 in which two copies of one picture may differ after a messenger shrank one of them."""

_WIDTHS = (10, 9, 9, 9, 9, 9, 9)
_TELLING_BITS = 8
"""A hash with fewer bits set, or unset, is that of a plain wall or sky: alike to all of its sort."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Where a picture like `media_id` was shown: the code of a case or report, and in what role."""

    media_id: int
    other_media_id: int
    code: str
    role: str
    case_id: int | None
    report_id: int | None
    added_at: datetime


def pieces(looks_hash: str) -> list[tuple[int, int]]:
    """The (piece, bits) pairs of a hash; none for one that says too little to compare."""
    bits = int(looks_hash, 16)
    if not _TELLING_BITS <= bits.bit_count() <= 64 - _TELLING_BITS:
        return []
    found = []
    for piece, width in enumerate(_WIDTHS):
        found.append((piece, bits & ((1 << width) - 1)))
        bits >>= width
    return found


async def remember(tx: AsyncConnection, looks: Iterable[tuple[int, str]]) -> None:
    """Make these pictures findable: (media id, looks hash). Done once when a picture is kept."""
    rows = [
        {"piece": piece, "bits": bits, "media_id": media_id}
        for media_id, looks_hash in looks
        for piece, bits in pieces(looks_hash)
    ]
    await insert_many(tx, looks_pieces, rows, ignore_conflicts=True)


async def seen_elsewhere(
    tx: AsyncConnection,
    media_ids: Sequence[int],
    *,
    but_case: int | None = None,
    but_report: int | None = None,
    limit: int = 5,
) -> list[Seen]:
    """Where these pictures, or near copies, were shown besides one case or report, oldest first.

    Looks through cases ("photo", "after"), campaigns and reports alike. A doubt, never a verdict.
    """
    found: list[Seen] = []
    for media_id, others in (await _copies(tx, media_ids)).items():
        found += await _shown(tx, media_id, others, but_case, but_report)
    return sorted(found, key=lambda one: (one.added_at, one.code))[:limit]


async def same_in_case(
    tx: AsyncConnection, case_id: int, media_ids: Sequence[int]
) -> list[tuple[int, int]]:
    """(picture, older picture of the same case that it looks like): an "after" that is the "before"."""
    own = set(await tx.scalars(select(evidence.c.media_id).where(evidence.c.case_id == case_id)))
    copies = await _copies(tx, media_ids)
    return [
        (media_id, other)
        for media_id, others in copies.items()
        for other in sorted(others & own - set(media_ids))
    ]


async def _copies(tx: AsyncConnection, media_ids: Sequence[int]) -> dict[int, set[int]]:
    """For each picture the ids of others with its bytes, or that look like it."""
    asked = await tx.execute(
        select(media.c.id, media.c.sha256, media.c.looks_hash).where(
            media.c.id.in_(sorted(set(media_ids)))
        )
    )
    found: dict[int, set[int]] = {}
    for row in asked.all():
        others: set[int] = set()
        if row.sha256 is not None:
            others |= set(await tx.scalars(select(media.c.id).where(media.c.sha256 == row.sha256)))
        if row.looks_hash is not None:
            others |= await _looking_like(tx, row.looks_hash)
        found[row.id] = others - {row.id}
    return found


async def _looking_like(tx: AsyncConnection, looks_hash: str) -> set[int]:
    own = pieces(looks_hash)
    if not own:
        return set()
    same = [and_(looks_pieces.c.piece == piece, looks_pieces.c.bits == bits) for piece, bits in own]
    rows = await tx.execute(
        select(media.c.id, media.c.looks_hash)
        .join(looks_pieces, looks_pieces.c.media_id == media.c.id)
        .where(or_(*same))
        .distinct()
    )
    return {row.id for row in rows if looks_alike(row.looks_hash, looks_hash, most_bits=MOST_BITS)}


async def _shown(
    tx: AsyncConnection,
    media_id: int,
    others: set[int],
    but_case: int | None,
    but_report: int | None,
) -> list[Seen]:
    if not others:
        return []
    rows = await tx.execute(
        select(
            evidence.c.media_id,
            evidence.c.role,
            evidence.c.case_id,
            evidence.c.report_id,
            evidence.c.added_at,
            cases.c.code.label("case_code"),
            reports.c.code.label("report_code"),
        )
        .outerjoin(cases, cases.c.id == evidence.c.case_id)
        .outerjoin(reports, reports.c.id == evidence.c.report_id)
        .where(evidence.c.media_id.in_(sorted(others)))
    )
    return [
        Seen(
            media_id=media_id,
            other_media_id=row.media_id,
            code=row.case_code or row.report_code or "",
            role=row.role,
            case_id=row.case_id,
            report_id=row.report_id,
            added_at=row.added_at,
        )
        for row in rows
        if not (but_case is not None and row.case_id == but_case)
        and not (but_report is not None and row.report_id == but_report)
    ]


async def small_picture(
    tx: AsyncConnection, media_id: int, *, now: datetime, ids: NewId
) -> int | None:
    """A picture of its own (320 pixels) that may be sent in place of the large one; made once.

    None while the large one is not here, or cannot be shown.
    """
    row = (
        await tx.execute(select(media.c.state, media.c.thumb_sha256).where(media.c.id == media_id))
    ).first()
    if row is None or row.state != "kept" or row.thumb_sha256 is None:
        return None
    there: int | None = await tx.scalar(
        select(media.c.id).where(media.c.channel == SMALL, media.c.sha256 == row.thumb_sha256)
    )
    if there is not None:
        return there
    small: int = ids()
    await insert_many(
        tx,
        media,
        [
            {
                "id": small,
                "channel": SMALL,
                "account": "",
                "ref": str(media_id),
                "state": "kept",
                "not_before": now,
                "added_at": now,
                "sha256": row.thumb_sha256,
                "shown_sha256": row.thumb_sha256,
                "thumb_sha256": row.thumb_sha256,
                "content_type": "image/jpeg",
            }
        ],
    )
    return small


SMALL = "small"
"""The channel of pictures made here from others; nothing is fetched or sent on it."""
