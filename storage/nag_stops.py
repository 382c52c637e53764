"""What an office stopped of the reminders: everything, one duty, one person. Kept as its settings, with their trace.

`nags.off` and `nags.paused_until` stop a commune, `nags.stopped_duties` and `nags.stopped_people`
hold keys and ids. Who may do so is `storage/access.py`'s affair (`may_keep_units`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import nudges, office, outbox
from storage.ids import NewId
from storage.obligations import UNSETTLED
from storage.tables import obligations, units

Sort = Literal["all", "duty", "person"]


@dataclass(frozen=True, slots=True)
class Stop:
    """What to stop or let go on: a whole commune, a duty of it by key, or a person by id."""

    sort: Sort = "all"
    duty_key: str = ""
    person_id: int = 0


@dataclass(frozen=True, slots=True)
class Stopped:
    """What stands stopped in one commune. `until` is the last day of a pause."""

    everything: bool = False
    until: date | None = None
    duties: tuple[str, ...] = ()
    people: tuple[int, ...] = ()


def stopped_by(settings: Mapping[str, Any]) -> Stopped:
    """What a commune's settings stop."""
    try:
        until = date.fromisoformat(str(settings["nags.paused_until"]))
    except (KeyError, ValueError):
        until = None
    return Stopped(
        bool(settings.get("nags.off")),
        until,
        tuple(str(key) for key in settings.get("nags.stopped_duties", ())),
        tuple(int(person) for person in settings.get("nags.stopped_people", ())),
    )


async def stop(
    tx: AsyncConnection,
    commune_id: int,
    what: Stop,
    *,
    until: date | None = None,
    by: int | None,
    now: datetime,
    ids: NewId,
) -> bool:
    """Stop reminders at once; what was written and not carried yet is dropped. False when it stood already.

    Args:
        until: the last day of the pause, for a whole commune; None stops it for good.
    """
    key, value = await _with(tx, commune_id, what, until)
    changed = await office.set_to(tx, commune_id, key, value, by=by, now=now, ids=ids)
    if what.sort == "person":
        await outbox.drop_for_person(tx, what.person_id, ["nudge"])
    else:
        await nudges.drop(tx, await _owed(tx, commune_id, what))
    return changed


async def resume(
    tx: AsyncConnection,
    commune_id: int,
    what: Stop,
    *,
    by: int | None,
    now: datetime,
    ids: NewId,
) -> bool:
    """Let reminders go on. False when they were not stopped."""
    if what.sort == "all":
        done = [
            await office.set_to(tx, commune_id, key, None, by=by, now=now, ids=ids)
            for key in ("nags.off", "nags.paused_until")
        ]
        return any(done)
    key, held, one = await _list(tx, commune_id, what)
    left = [each for each in held if each != one]
    return await office.set_to(tx, commune_id, key, left or None, by=by, now=now, ids=ids)


async def _with(
    tx: AsyncConnection, commune_id: int, what: Stop, until: date | None
) -> tuple[str, Any]:
    if what.sort == "all":
        return ("nags.off", True) if until is None else ("nags.paused_until", until.isoformat())
    key, held, one = await _list(tx, commune_id, what)
    return key, held if one in held else [*held, one]


async def _list(
    tx: AsyncConnection, commune_id: int, what: Stop
) -> tuple[str, list[Any], int | str]:
    """The setting that holds such stops, what is in it, and the one that is spoken of."""
    key = "nags.stopped_duties" if what.sort == "duty" else "nags.stopped_people"
    held: Sequence[Any] = await office.setting(tx, commune_id, key) or ()
    return key, list(held), what.duty_key if what.sort == "duty" else what.person_id


async def _owed(tx: AsyncConnection, commune_id: int, what: Stop) -> list[int]:
    query = (
        select(obligations.c.id)
        .join(units, units.c.id == obligations.c.unit_id)
        .where(units.c.commune_id == commune_id, obligations.c.state.in_(UNSETTLED))
        .order_by(obligations.c.id)
    )
    if what.sort == "duty":
        query = query.where(obligations.c.duty_key == what.duty_key)
    return list(await tx.scalars(query))
