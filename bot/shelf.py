"""The plans at hand: what reading may know of a speaker's commune, without asking the store at every message."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.flows.form import Who
from bot.reading.reading import Context
from storage import plans
from storage.engine import Store
from storage.plans import PlanRow


@dataclass
class Shelf:
    """Imported plans by commune; `refresh` after an import, and now and then for other processes' imports."""

    plans: dict[int, tuple[PlanRow, ...]] = field(default_factory=dict)
    _contexts: dict[int, Context] = field(default_factory=dict)

    async def refresh(self, store: Store) -> None:
        """Read which plans there are; packs that did not change are not parsed again."""
        async with store.read() as tx:
            found = await plans.load_plans(tx)
        by_commune: dict[int, list[PlanRow]] = {}
        for plan in found:
            by_commune.setdefault(plan.commune_id, []).append(plan)
        self.plans = {commune: tuple(rows) for commune, rows in by_commune.items()}
        self._contexts = {commune: _context(rows) for commune, rows in self.plans.items()}

    def context_of(self, who: Who) -> Context:
        """The movements of the speaker's commune, and the units they may speak for."""
        commune = _commune_of(who) or next(iter(self.plans), 0)
        known = self._contexts.get(commune, Context())
        units = {str(role.unit_id): (role.unit_name,) for role in who.roles}
        return Context(movements=known.movements, indicators=known.indicators, units=units)


def _commune_of(who: Who) -> int | None:
    if who.group_unit is not None:
        return who.group_unit.commune_id
    return who.roles[0].commune_id if who.roles else None


def _context(rows: tuple[PlanRow, ...]) -> Context:
    movements = {one.name: (one.name, *one.aliases) for plan in rows for one in plan.pack.campaigns}
    indicators = {
        target.name: ask.reading
        for plan in rows
        for target in plan.pack.targets
        for ask in target.asks
        if ask.reading
    }
    return Context(movements=movements, indicators=indicators)
