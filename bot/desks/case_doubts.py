"""What is odd about a case's pictures: for a person to look at, never a verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.desks.base import At
from bot.flows.case_words import moment
from plans.likeness import distance_m
from storage import cases, looks, media
from storage.cases import Case
from storage.looks import Seen
from storage.media import MediaRow

FAR_M = 1000
"""A picture taken farther from the place than this is worth a look."""

BEFORE, AFTER = "photo", "after"
"""Roles of a case's pictures: shown when it was reported, and after it was handled."""


async def pictures_of(at: At, case_id: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """A case's pictures from before and from after, in the order they came."""
    shown = await cases.evidence_of(at.tx, case_id)
    before = tuple(media_id for media_id, role in shown if role == BEFORE)
    after = tuple(media_id for media_id, role in shown if role == AFTER)
    return before, after


async def doubts(at: At, case: Case) -> tuple[str, ...]:
    """What is odd, in words: a picture seen elsewhere, an "after" from before, taken far away."""
    before, after = await pictures_of(at, case.id)
    every = [*before, *after]
    if not every:
        return ()
    rows = await media.get_many(at.tx, every)
    found = _of_times(case, after, rows) + _of_places(case, every, rows)
    if await looks.same_in_case(at.tx, case.id, after):
        found.append("ảnh sau xử lý trông giống ảnh đã gửi trước đó trong việc này")
    seen = await looks.seen_elsewhere(at.tx, every, but_case=case.id)
    return (*found, *dict.fromkeys(_where(one) for one in seen))


def _of_times(case: Case, after: Sequence[int], rows: Mapping[int, MediaRow]) -> list[str]:
    early = [rows[i].taken_at for i in after if i in rows]
    return [
        f"ảnh sau xử lý chụp lúc {moment(taken_at)}, trước khi có phản ánh"
        for taken_at in early
        if taken_at is not None and taken_at < case.opened_at
    ]


def _of_places(case: Case, every: Sequence[int], rows: Mapping[int, MediaRow]) -> list[str]:
    if case.lat is None or case.lon is None:
        return []
    found = []
    for media_id in every:
        row = rows.get(media_id)
        if row is None or row.lat is None or row.lon is None:
            continue
        away_m = distance_m(case.lat, case.lon, row.lat, row.lon)
        if away_m > FAR_M:
            found.append(f"có ảnh chụp cách nơi phản ánh {away_m / 1000:.1f} km".replace(".", ","))
    return list(dict.fromkeys(found))


def _where(seen: Seen) -> str:
    role = " (ảnh sau xử lý)" if seen.role == AFTER else ""
    return f"ảnh trông giống ảnh đã gửi ở {seen.code}{role}"
