"""Plans in the store: packs imported, imported again when they change, and read back.

A pack is data of its plan row; its single units become units of the commune. Reports and
figures hang on units, indicators and duties by key, so importing anew loses none of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Select, bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from plans import pack as packs
from plans.changes import Change, changes
from plans.pack import Pack
from storage import direct, locks, units
from storage.ids import NewId
from storage.tables import plan_versions, plans
from storage.units import NewUnit, Unit

IMPORT_LOCK = "plans.import"
CACHED_PACKS = 64
"""Parsed packs kept in memory by digest; a pack takes about 1 MB."""

_parsed: dict[str, Pack] = {}


class UnknownPlan(LookupError):
    """No plan of this name has been imported."""


@dataclass(frozen=True, slots=True)
class PlanRow:
    """An imported plan. `digest` changes whenever anything in the pack does."""

    id: int
    key: str
    commune_id: int
    digest: str
    imported_at: datetime
    pack: Pack


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did. `changes` is empty the first time and when nothing changed."""

    plan_id: int
    commune_id: int
    first: bool
    changes: tuple[Change, ...]


def digest_of(pack: Pack) -> str:
    """A hash of everything the pack says, the same for the same content."""
    said = msgspec.json.encode(pack.model_dump(mode="json"), order="deterministic")
    return sha256(said).hexdigest()


# --- importing -------------------------------------------------------------------------------


async def import_pack(tx: AsyncConnection, pack: Pack, *, now: datetime, ids: NewId) -> Imported:
    """Take a plan in, or take its changes in. Two plans of one commune share its units.

    Units that the pack no longer names stay with all they reported; they owe nothing new
    for this plan. Names that the office changed stay unless the pack's own word changed.
    """
    await locks.hold(tx, IMPORT_LOCK)
    found = (await tx.execute(select(plans).where(plans.c.key == pack.key))).first()
    if found is None:
        return await _import_first(tx, pack, now, ids)
    if found.digest == digest_of(pack):
        return Imported(found.id, found.commune_id, False, ())
    old = Pack.model_validate(found.pack)
    await tx.execute(
        insert(plan_versions).values(
            plan_id=found.id,
            digest=found.digest,
            pack=found.pack,
            imported_at=found.imported_at,
        )
    )
    await tx.execute(update(plans).where(plans.c.id == found.id).values(_values(pack, now)))
    commune = await units.by_id(tx, found.commune_id)
    await _hang_units(tx, commune, pack, old, ids)
    return Imported(found.id, commune.id, False, tuple(changes(old, pack)))


def _values(pack: Pack, now: datetime) -> dict[str, Any]:
    return {
        "pack": pack.model_dump(mode="json"),
        "digest": digest_of(pack),
        "imported_at": now,
    }


async def _import_first(tx: AsyncConnection, pack: Pack, now: datetime, ids: NewId) -> Imported:
    said = pack.document.commune
    commune = await units.commune_by_code(tx, said.key)
    if commune is None:
        root = NewUnit(
            code=said.key, name=said.name, kind="commune", parent_id=None, pack_key=said.key
        )
        (commune,) = await units.add(tx, [root], ids=ids)
    plan_id = ids()
    values = {"id": plan_id, "key": pack.key, "commune_id": commune.id} | _values(pack, now)
    await tx.execute(insert(plans).values(values))
    await _hang_units(tx, commune, pack, None, ids)
    return Imported(plan_id, commune.id, True, ())


async def _hang_units(
    tx: AsyncConnection, commune: Unit, pack: Pack, old: Pack | None, ids: NewId
) -> None:
    known = {unit.code: unit for unit in await units.of_commune(tx, commune.id)}
    before = {unit.key: unit for unit in old.units} if old else {}
    for said in _parents_first(pack.units):
        if said.many or said.key == commune.code:
            continue
        parent = _parent(said, pack, known, commune)
        if said.key not in known:
            (known[said.key],) = await units.add(tx, [_new(said, parent)], ids=ids)
        elif said.key in before:
            await _follow_change(tx, known[said.key], said, before[said.key], parent)


def _new(said: packs.Unit, parent: Unit) -> NewUnit:
    return NewUnit(
        code=said.key,
        name=said.name,
        kind=said.kind.value,
        parent_id=parent.id,
        pack_key=said.key,
        aliases=said.aliases,
    )


async def _follow_change(
    tx: AsyncConnection, unit: Unit, said: packs.Unit, before: packs.Unit, parent: Unit
) -> None:
    changed = {
        name: str(new) if name == "kind" else new
        for name in ("name", "aliases", "kind")
        if (new := getattr(said, name)) != getattr(before, name)
    }
    await units.change(tx, unit.id, **changed)
    if said.parent != before.parent and unit.parent_id != parent.id:
        await units.move(tx, unit.id, parent.id)


def _parents_first(said: Iterable[packs.Unit]) -> list[packs.Unit]:
    by_key = {unit.key: unit for unit in said}
    ordered: dict[str, packs.Unit] = {}

    def visit(unit: packs.Unit) -> None:
        if unit.parent in by_key and unit.parent not in ordered:
            visit(by_key[unit.parent])
        ordered.setdefault(unit.key, unit)

    for unit in by_key.values():
        visit(unit)
    return list(ordered.values())


def _parent(said: packs.Unit, pack: Pack, known: dict[str, Unit], commune: Unit) -> Unit:
    """The nearest unit above that has a row: a class ("các thôn") has none."""
    by_key = {unit.key: unit for unit in pack.units}
    key = said.parent
    while key is not None and key not in known:
        key = by_key[key].parent if key in by_key else None
    return known[key] if key is not None else commune


# --- reading ---------------------------------------------------------------------------------


_WITHOUT_PACK = select(
    plans.c.id, plans.c.key, plans.c.commune_id, plans.c.digest, plans.c.imported_at
)
_WITH_PACK = _WITHOUT_PACK.add_columns(plans.c.pack)
_EVERY = _WITHOUT_PACK.order_by(plans.c.key)
_OF_COMMUNE = _EVERY.where(plans.c.commune_id == bindparam("of_commune"))
_BY_KEY = _EVERY.where(plans.c.key == bindparam("of_key"))
_BY_ID = _EVERY.where(plans.c.id == bindparam("of_id"))


class _Found(NamedTuple):
    """A plan's row without its pack."""

    id: int
    key: str
    commune_id: int
    digest: str
    imported_at: datetime


async def load_plan(tx: AsyncConnection, key: str) -> PlanRow:
    """The plan with this key. Its pack is parsed once per content, then kept in memory.

    Raises:
        UnknownPlan: it was never imported.
    """
    for plan in await _load(tx, _BY_KEY, {"of_key": key}):
        return plan
    raise UnknownPlan(key)


async def load_plan_by_id(tx: AsyncConnection, plan_id: int) -> PlanRow:
    """The plan with this id.

    Raises:
        UnknownPlan: there is none.
    """
    for plan in await _load(tx, _BY_ID, {"of_id": plan_id}):
        return plan
    raise UnknownPlan(str(plan_id))


async def load_plans(tx: AsyncConnection, commune_id: int | None = None) -> list[PlanRow]:
    """Every imported plan, or those of one commune, by key."""
    if commune_id is None:
        return await _load(tx, _EVERY, {})
    return await _load(tx, _OF_COMMUNE, {"of_commune": commune_id})


async def _load(
    tx: AsyncConnection, statement: Select[Any], params: Mapping[str, Any]
) -> list[PlanRow]:
    rows = [_Found(*row) for row in await direct.rows(tx, statement, params)]
    known = {row.digest: _parsed[row.digest] for row in rows if row.digest in _parsed}
    missing = [row.id for row in rows if row.digest not in known]
    if not missing:
        return [_plan(row, known) for row in rows]
    # one statement for both, so that an import between the two reads cannot part digest and pack
    full = {row.id: row for row in await tx.execute(_WITH_PACK.where(plans.c.id.in_(missing)))}
    for whole in full.values():
        known[whole.digest] = _keep(whole.digest, whole.pack)
    return [_plan(_Found(*full[row.id][:5]) if row.id in full else row, known) for row in rows]


def _plan(row: _Found, known: dict[str, Pack]) -> PlanRow:
    return PlanRow(row.id, row.key, row.commune_id, row.digest, row.imported_at, known[row.digest])


def _keep(digest: str, content: Any) -> Pack:
    while len(_parsed) >= CACHED_PACKS:
        _parsed.pop(next(iter(_parsed)))
    _parsed[digest] = Pack.model_validate(content)
    return _parsed[digest]


async def versions(tx: AsyncConnection, plan_id: int) -> list[tuple[datetime, Pack]]:
    """Earlier contents of a plan with the time each was imported, oldest first."""
    rows = await tx.execute(
        select(plan_versions.c.imported_at, plan_versions.c.pack)
        .where(plan_versions.c.plan_id == plan_id)
        .order_by(plan_versions.c.imported_at)
    )
    return [(imported_at, Pack.model_validate(content)) for imported_at, content in rows]
