"""Which open cases are likely the same matter: found by square of the map or village, weighed by
`plans/likeness.py`. What comes out is offered to a person; nothing is merged here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncConnection

from plans.handling import OVER
from plans.likeness import DAYS, OFFERED, Look, cells_around, distance_m, likeness
from storage.cases import SHOWN, Case, from_row
from storage.tables import cases

MOST_WEIGHED = 200
"""Candidates weighed for one question, newest first; more in one square and fortnight is a flood."""


@dataclass(frozen=True, slots=True)
class Alike:
    """An open case that may be the same matter. `metres` is None where one of the two has no pin."""

    case: Case
    likeness: float
    metres: float | None


async def alike(
    tx: AsyncConnection,
    look: Look,
    *,
    commune_id: int,
    unit_id: int | None,
    categories: Mapping[str, str],
    but: int | None = None,
    limit: int = 3,
) -> list[Alike]:
    """Open cases of the commune that are likely the same matter as `look`, likeliest first.

    Args:
        look: the matter asked about; its `at` is when it was reported.
        unit_id: the village it lies in, when known.
        categories: kind → category, of the commune's plans; kinds of one category are weighed too.
        but: a case not to be found (the matter itself).
    """
    kinds = _kin(look.kind, categories)
    found: dict[int, Case] = {}
    for place in _places(look, unit_id):
        for case in await _candidates(tx, place, kinds, look.at):
            if case.commune_id == commune_id and case.id != but:
                found[case.id] = case
    weighed = [_weigh(case, look, categories) for case in found.values()]
    offered = [one for one in weighed if one.likeness >= OFFERED]
    return sorted(offered, key=lambda one: (-one.likeness, one.case.id))[:limit]


async def alike_to(
    tx: AsyncConnection, case: Case, *, categories: Mapping[str, str], limit: int = 3
) -> list[Alike]:
    """Open cases that are likely the same matter as this one, for its handler."""
    return await alike(
        tx,
        look_of(case, categories),
        commune_id=case.commune_id,
        unit_id=case.unit_id,
        categories=categories,
        but=case.id,
        limit=limit,
    )


def look_of(case: Case, categories: Mapping[str, str]) -> Look:
    """What of a case is compared."""
    return Look(
        kind=case.violation_key,
        words=case.words,
        at=case.opened_at,
        lat=case.lat,
        lon=case.lon,
        place=case.place_words,
        category=categories.get(case.violation_key, ""),
    )


def _kin(kind: str, categories: Mapping[str, str]) -> list[str]:
    """The kinds of one category; "other" says nothing in common."""
    category = categories.get(kind, "")
    if not category or category == "other":
        return [kind]
    return sorted({kind, *(key for key, its in categories.items() if its == category)})


def _places(look: Look, unit_id: int | None) -> list[ColumnElement[bool]]:
    places: list[ColumnElement[bool]] = []
    if look.lat is not None and look.lon is not None:
        places.append(cases.c.cell.in_(cells_around(look.lat, look.lon)))
    if unit_id is not None:
        places.append(cases.c.unit_id == unit_id)
    return places


async def _candidates(
    tx: AsyncConnection, place: ColumnElement[bool], kinds: Sequence[str], at: datetime
) -> list[Case]:
    reach = timedelta(days=DAYS)
    query: Any = (
        select(*SHOWN)
        .where(
            place,
            cases.c.violation_key.in_(kinds),
            cases.c.opened_at.between(at - reach, at + reach),
            cases.c.state.not_in([state.value for state in OVER]),
            cases.c.held.is_(False),
        )
        .order_by(cases.c.opened_at.desc())
        .limit(MOST_WEIGHED)
    )
    return [from_row(row) for row in await tx.execute(query)]


def _weigh(case: Case, look: Look, categories: Mapping[str, str]) -> Alike:
    other = look_of(case, categories)
    metres = None
    if (
        look.lat is not None
        and look.lon is not None
        and other.lat is not None
        and other.lon is not None
    ):
        metres = distance_m(look.lat, look.lon, other.lat, other.lon)
    return Alike(case, likeness(look, other), metres)
