"""A commune to play transcripts in: the real app on a real store, a plan imported, villages, invites.

`World` is what stages need of the app (`settle`, `clock_to`); `play` registers people the way
they register themselves, by typing their code.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from bot.app import App, build
from bot.channels.base import Channel
from bot.settings import Settings
from plans.loader import shipped_pack
from plans.pack import UnitKind
from storage import invites, office, plans, units
from storage.access import Role
from storage.engine import Store
from storage.ids import NumberedIds
from storage.units import NewUnit, Unit
from tests.chat import Stage
from tests.conftest import Clock

VILLAGES = ("Thôn Đông Lĩnh", "Thôn Đoài", "Thôn Thượng", "Thôn 3")
"""Invented villages of the plan's class of villages, 150 households each."""

SECRET_KEY = "c28teGFuaC1raG9hLXRodS1uZ2hpZW0tMzItYnl0ZXM="
"""A key for tests: 32 bytes of base64."""


class World:
    """One commune, one app, one clock."""

    def __init__(self, app: App, clock: Clock) -> None:
        self.app = app
        self.clock = clock
        self.commune: Unit | None = None
        self.plan_id = 0

    async def settle(self) -> None:
        """Return when everything taken is answered, fetched and sent; the clock moves past rests."""
        await self.app.settle(lambda seconds: self.clock.forward(seconds=seconds))

    async def clock_to(self, at: datetime) -> None:
        """Move the clock and let the scheduler wake."""
        self.clock.at = max(at, self.clock.at)
        await self.app.tick()

    async def settles_in(self, plan_key: str) -> None:
        """Import a shipped plan and give it villages."""
        now = self.clock()
        async with self.app.store.begin() as tx:
            imported = await plans.import_pack(tx, shipped_pack(plan_key), now=now, ids=self.ids)
            self.plan_id = imported.plan_id
            self.commune = await units.by_id(tx, imported.commune_id)
            pack = shipped_pack(plan_key)
            class_key = next(
                (
                    u.key
                    for u in pack.units
                    if u.many and u.kind in (UnitKind.VILLAGE, UnitKind.WARD)
                ),
                None,
            )
            if class_key is not None:
                new = [self._village(name, class_key) for name in VILLAGES]
                await units.add(tx, new, ids=self.ids)
        await self.app.shelf.refresh(self.app.store)

    def _village(self, name: str, class_key: str) -> NewUnit:
        assert self.commune is not None
        return NewUnit(
            code=name.lower().replace(" ", "-"),
            name=name,
            kind=UnitKind.VILLAGE.value,
            parent_id=self.commune.id,
            pack_key=class_key,
            households=150,
        )

    @property
    def ids(self) -> NumberedIds:
        """The ids that the app uses."""
        ids = self.app.receiver.ids
        assert isinstance(ids, NumberedIds)
        return ids

    async def unit(self, name: str) -> Unit:
        """A unit by its name."""
        assert self.commune is not None
        async with self.app.store.read() as tx:
            found = await units.of_commune(tx, self.commune.id)
        return next(one for one in found if one.name == name)

    async def invite(self, unit_name: str, role: Role, name: str = "", rank: int = 1) -> str:
        """A code for a role in a unit, as an official would print it."""
        unit = await self.unit(unit_name)
        async with self.app.store.begin() as tx:
            made = await invites.make(
                tx,
                unit_id=unit.id,
                role=role,
                rank=rank,
                name=name,
                by=None,
                now=self.clock(),
                ids=self.ids,
            )
        return f"{made.code[:4]}-{made.code[4:]}"

    async def registers(
        self, stage: Stage, who: str, unit_name: str, role: Role, rank: int = 1
    ) -> None:
        """Let somebody register with a code, without comparing the chat."""
        code = await self.invite(unit_name, role, name=f"bạn {who}", rank=rank)
        await stage.says(who, f"/start {code}", "")
        await stage.settle()
        for label in ("Đúng rồi", "Đồng ý"):
            await stage.taps(who, label, "")
            await stage.settle()

    async def office_sets(self, key: str, value: object) -> None:
        """Set an office setting."""
        assert self.commune is not None
        async with self.app.store.begin() as tx:
            await office.set_to(
                tx, self.commune.id, key, value, by=None, now=self.clock(), ids=self.ids
            )


def build_world(
    store: Store,
    clock: Clock,
    folder: Path,
    *,
    channels: Sequence[Channel] = (),
    **settings: object,
) -> World:
    """The real app on this store, with a clock that tests move and numbered ids."""
    made = Settings(
        _env_file=None,  # type: ignore[call-arg]  # pydantic-settings takes it, its types do not say so
        data_dir=folder,
        secret_key=SECRET_KEY,  # type: ignore[arg-type]  # pydantic makes it a SecretStr
        port=1,
        **settings,  # type: ignore[arg-type]  # checked by pydantic
    )
    app = build(made, store=store, ids=NumberedIds(), clock=clock, more_channels=channels)
    return World(app, clock)
