"""The tree of units: communes, villages, associations, and where each hangs.

A unit's `path` holds the ids from the root down to itself, "/1/5/9/", so a subtree is a
range of the index and the ancestors are known without asking. Moving a unit rewrites the
paths below it and the totals above it in one transaction (docs/decisions/0007).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import direct, figures, locks
from storage.bulk import key_params, key_table
from storage.ids import NewId
from storage.tables import units

TREE_LOCK = "units.tree"


class NotInside(ValueError):
    """A unit cannot hang below itself, and a commune's unit stays in its commune."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One body in the tree. `households` is null where the office has not said."""

    id: int
    parent_id: int | None
    path: str
    commune_id: int
    pack_key: str | None
    code: str
    name: str
    aliases: tuple[str, ...]
    kind: str
    households: int | None
    since: date | None
    until: date | None

    @property
    def ancestor_ids(self) -> tuple[int, ...]:
        """The ids from the root down to and with this unit."""
        return ids_of(self.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUnit:
    """A unit to be hung below `parent_id` (None for a commune's root)."""

    code: str
    name: str
    kind: str
    parent_id: int | None
    pack_key: str | None = None
    aliases: tuple[str, ...] = ()
    households: int | None = None
    since: date | None = None
    until: date | None = None


def ids_of(path: str) -> tuple[int, ...]:
    """The unit ids of a path, root first: "/1/5/" is (1, 5)."""
    return tuple(int(part) for part in path.strip("/").split("/"))


def within(column: ColumnElement[str], path: str) -> ColumnElement[bool]:
    """True for paths at or below `path`; a range, so that an index on the column serves it."""
    return and_(column >= path, column < path[:-1] + "0")  # "0" follows "/"


KEPT = [units.c[name] for name in Unit.__slots__]
"""The columns of a `Unit`; the table may hold more."""


def _unit(row: Row[Any]) -> Unit:
    return _unit_of(dict(row._mapping))


def _unit_of(values: dict[str, Any]) -> Unit:
    values["aliases"] = tuple(values["aliases"])
    return Unit(**values)


async def _all(tx: AsyncConnection, query: Select[Any]) -> list[Unit]:
    return [_unit(row) for row in await tx.execute(query)]


async def _one(tx: AsyncConnection, query: Select[Any]) -> Unit | None:
    row = (await tx.execute(query)).first()
    return _unit(row) if row else None


async def by_id(tx: AsyncConnection, unit_id: int) -> Unit:
    """The unit with this id.

    Raises:
        KeyError: there is none.
    """
    found = await by_ids(tx, [unit_id])
    return found[unit_id]


async def by_ids(tx: AsyncConnection, unit_ids: Iterable[int]) -> dict[int, Unit]:
    """Units by id; ids that do not exist are left out."""
    wanted = [(each,) for each in sorted(set(unit_ids))]
    if not wanted:
        return {}
    params = key_params(tx, [units.c.id], wanted)
    found = await direct.rows(tx, _by_ids(tx.dialect.name), params)
    names = Unit.__slots__
    made = (_unit_of(dict(zip(names, row, strict=True))) for row in found)
    return {unit.id: unit for unit in made}


@lru_cache(maxsize=2)
def _by_ids(dialect_name: str) -> Select[Any]:
    keys = key_table(dialect_name, [units.c.id])
    return select(*KEPT).select_from(keys).join(units, units.c.id == keys.c.id)


async def by_code(tx: AsyncConnection, commune_id: int, code: str) -> Unit | None:
    """The unit with this code in the commune, or None."""
    return await _one(
        tx, select(*KEPT).where(units.c.commune_id == commune_id, units.c.code == code)
    )


async def commune_by_code(tx: AsyncConnection, code: str) -> Unit | None:
    """The commune whose key is `code` ("ha-dong"), or None."""
    return await _one(
        tx, select(*KEPT).where(units.c.id == units.c.commune_id, units.c.code == code)
    )


async def communes(tx: AsyncConnection) -> list[Unit]:
    """All communes, by name."""
    return await _all(
        tx, select(*KEPT).where(units.c.id == units.c.commune_id).order_by(units.c.name)
    )


async def members(tx: AsyncConnection, commune_id: int, keys: Sequence[str]) -> list[Unit]:
    """Units that stand behind these keys of a pack, by name.

    A key of a single unit gives that unit, the key of a class ("các thôn") all its members:
    both carry the key as their `pack_key`.
    """
    return await _all(
        tx,
        select(*KEPT)
        .where(units.c.commune_id == commune_id, units.c.pack_key.in_(list(keys)))
        .order_by(units.c.name, units.c.id),
    )


async def subtree(tx: AsyncConnection, unit_id: int) -> list[Unit]:
    """The unit and everything below it, parents before children."""
    top = await by_id(tx, unit_id)
    return await _all(
        tx, select(*KEPT).where(within(units.c.path, top.path)).order_by(units.c.path)
    )


async def children(tx: AsyncConnection, unit_id: int) -> list[Unit]:
    """The units right below this one, by name."""
    return await _all(
        tx, select(*KEPT).where(units.c.parent_id == unit_id).order_by(units.c.name, units.c.id)
    )


async def of_commune(tx: AsyncConnection, commune_id: int) -> list[Unit]:
    """Every unit of the commune, parents before children."""
    return await _all(
        tx, select(*KEPT).where(units.c.commune_id == commune_id).order_by(units.c.path)
    )


async def spread(tx: AsyncConnection) -> dict[int, tuple[tuple[Any, ...], ...]]:
    """By commune which classes of units exist from when until when, with how many and their newest id.

    Cheap, and different as soon as a unit comes, ends, or changes its class.
    """
    found: dict[int, list[tuple[Any, ...]]] = {}
    for commune_id, *facts in await direct.rows(tx, _spread(), {}):
        found.setdefault(commune_id, []).append(tuple(facts))
    return {commune_id: tuple(classes) for commune_id, classes in found.items()}


@lru_cache(maxsize=1)
def _spread() -> Select[Any]:
    keys = (units.c.commune_id, units.c.pack_key, units.c.since, units.c.until)
    return select(*keys, func.count(), func.max(units.c.id)).group_by(*keys).order_by(*keys)


async def add(tx: AsyncConnection, new: Sequence[NewUnit], *, ids: NewId) -> list[Unit]:
    """Hang units into the tree, in the order given; parents are rows already.

    A unit without a parent becomes a commune of its own.

    Raises:
        KeyError: a parent does not exist.
        sqlalchemy.exc.IntegrityError: a code is taken in the commune.
    """
    await locks.hold(tx, TREE_LOCK)  # a parent that moves meanwhile would leave a stale path here
    parents = await by_ids(tx, [each.parent_id for each in new if each.parent_id is not None])
    made = [_placed(each, ids(), parents) for each in new]
    if made:
        await tx.execute(units.insert(), [_values(unit) for unit in made])
    return made


def _placed(new: NewUnit, unit_id: int, parents: dict[int, Unit]) -> Unit:
    parent = None if new.parent_id is None else parents[new.parent_id]
    return Unit(
        id=unit_id,
        parent_id=new.parent_id,
        path=f"{parent.path if parent else '/'}{unit_id}/",
        commune_id=parent.commune_id if parent else unit_id,
        pack_key=new.pack_key,
        code=new.code,
        name=new.name,
        aliases=new.aliases,
        kind=new.kind,
        households=new.households,
        since=new.since,
        until=new.until,
    )


def _values(unit: Unit) -> dict[str, Any]:
    values = {name: getattr(unit, name) for name in Unit.__slots__}
    values["aliases"] = list(unit.aliases)
    return values


CHANGEABLE = frozenset({"name", "aliases", "kind", "households", "pack_key", "since", "until"})


async def change(tx: AsyncConnection, unit_id: int, **values: Any) -> None:
    """Set fields of a unit; its place in the tree is changed by `move` only.

    Raises:
        ValueError: a field that may not be set like this.
    """
    if unknown := values.keys() - CHANGEABLE:
        raise ValueError(f"not to be changed like this: {', '.join(sorted(unknown))}")
    if "aliases" in values:
        values["aliases"] = list(values["aliases"])
    if values:
        await tx.execute(update(units).where(units.c.id == unit_id).values(**values))


async def move(tx: AsyncConnection, unit_id: int, new_parent_id: int) -> None:
    """Hang a unit, with all below it, under another parent.

    What it reported moves with it: the totals of ancestors it leaves go down, those of
    ancestors it gains go up, in this transaction.

    Raises:
        KeyError: one of them does not exist.
        NotInside: the new parent lies inside the unit, or in another commune while the unit
            is not a commune itself.
    """
    await locks.hold(tx, TREE_LOCK)
    unit, parent = await by_id(tx, unit_id), await by_id(tx, new_parent_id)
    if parent.path.startswith(unit.path):
        raise NotInside(f"{parent.code} lies inside {unit.code}")
    if unit.commune_id != unit.id and parent.commune_id != unit.commune_id:
        raise NotInside(f"{unit.code} and {parent.code} belong to different communes")
    # filings hold a weaker lock on their unit: none of theirs can fall between the two paths
    await tx.execute(
        select(units.c.id)
        .where(within(units.c.path, unit.path))
        .order_by(units.c.id)
        .with_for_update()
    )
    await tx.execute(update(units).where(units.c.id == unit_id).values(parent_id=new_parent_id))
    await _rewrite_paths(tx, unit.path, f"{parent.path}{unit_id}/")
    left, gained = set(unit.ancestor_ids) - {unit_id}, set(parent.ancestor_ids)
    await figures.shift_totals(
        tx, unit_id, out_of=sorted(left - gained), into=sorted(gained - left)
    )


async def _rewrite_paths(tx: AsyncConnection, old: str, new: str) -> None:
    rest = func.substr(units.c.path, len(old) + 1)
    await tx.execute(
        update(units).where(within(units.c.path, old)).values(path=literal(new).concat(rest))
    )
