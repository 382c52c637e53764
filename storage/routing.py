"""To whom a case goes: the office's own setting, then the plan's word, then where the plan sends complaints."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from plans.names import plain
from plans.pack import Pack, UnitKind
from storage import office, plans, units
from storage.units import Unit


async def handler_of(tx: AsyncConnection, commune_id: int, violation_key: str) -> Unit | None:
    """The body that must handle this kind, the commune's office where nobody is named for it.

    None where the commune has no office either.
    """
    everyone = await units.of_commune(tx, commune_id)
    chosen = await office.setting(tx, commune_id, f"route.{violation_key}")
    packs = [plan.pack for plan in await plans.load_plans(tx, commune_id)]
    keys = [*([chosen] if isinstance(chosen, str) else []), *_named(packs, violation_key)]
    known = {unit.code: unit for unit in everyone}
    known |= {unit.pack_key: unit for unit in everyone if unit.pack_key}
    found = next((known[key] for key in keys if key in known), None)
    return found or next((unit for unit in everyone if unit.kind == UnitKind.OFFICE), None)


def _named(packs: list[Pack], violation_key: str) -> list[str]:
    handled = [
        key
        for pack in packs
        for one in pack.violations
        if one.key == violation_key
        for key in one.handled_by
    ]
    complaints = [pack.routing.complaints for pack in packs if pack.routing.complaints]
    return handled + [key for one in complaints for key in one.to]


async def village_in(tx: AsyncConnection, commune_id: int, words: str) -> int | None:
    """The id of the one village whose name stands in these words; None for none, or several."""
    said = f" {plain(words)} "
    found = {
        unit.id
        for unit in await units.of_commune(tx, commune_id)
        if unit.kind in (UnitKind.VILLAGE, UnitKind.WARD)
        and any(f" {plain(name)} " in said for name in (unit.name, *unit.aliases) if plain(name))
    }
    return found.pop() if len(found) == 1 else None
