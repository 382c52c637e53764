"""The tree of units: adding, finding, subtrees, moving."""

from __future__ import annotations

from datetime import datetime

import pytest

from storage import units
from storage.engine import Store
from storage.ids import NumberedIds
from storage.units import NewUnit, NotInside
from tests.storage.an_xuan import settle


async def test_a_subtree_holds_a_unit_and_all_below_parents_first(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """UBND's subtree is UBND and its two rooms, not the villages beside it."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        ubnd = await units.by_code(tx, place.commune.id, "ubnd")
        assert ubnd is not None
        found = await units.subtree(tx, ubnd.id)
        assert [unit.code for unit in found] == ["ubnd", "van-phong", "phong-kinh-te"]
        assert len(await units.subtree(tx, place.commune.id)) == 9


async def test_a_subtree_does_not_reach_ids_that_begin_alike(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """Unit 1's path "/1/" is no prefix of unit 10's "/10/"."""
    async with store.begin() as tx:
        roots = [
            NewUnit(code=f"xa-{n}", name=str(n), kind="commune", parent_id=None) for n in range(12)
        ]
        made = await units.add(tx, roots, ids=ids)
        assert [unit.id for unit in await units.subtree(tx, made[0].id)] == [1]


async def test_members_of_a_class_are_the_units_with_its_key(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """Asking for "các thôn" and the Women's Union gives four villages and one association."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        found = await units.members(tx, place.commune.id, ["thon", "hoi-phu-nu"])
        assert {unit.kind for unit in found} == {"village", "association"}
        assert len(found) == 5
        assert await units.members(tx, place.commune.id, ["truong"]) == []


async def test_moving_takes_everything_below_along(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """The rooms of UBND hang below the Women's Union once UBND does; nonsense, but consistent."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        by_code = {unit.code: unit for unit in await units.subtree(tx, place.commune.id)}
        await units.move(tx, by_code["ubnd"].id, by_code["hoi-phu-nu"].id)
        below = await units.subtree(tx, by_code["hoi-phu-nu"].id)
        assert [unit.code for unit in below] == ["hoi-phu-nu", "ubnd", "van-phong", "phong-kinh-te"]
        assert below[2].ancestor_ids == (
            place.commune.id, by_code["hoi-phu-nu"].id, by_code["ubnd"].id, below[2].id,
        )  # fmt: skip


async def test_a_unit_cannot_hang_below_itself_or_in_another_commune(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """Both are refused and nothing moves."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        (other,) = await units.add(
            tx, [NewUnit(code="khac", name="Xã Khác", kind="commune", parent_id=None)], ids=ids
        )
        by_code = {unit.code: unit for unit in await units.subtree(tx, place.commune.id)}
        with pytest.raises(NotInside):
            await units.move(tx, by_code["ubnd"].id, by_code["van-phong"].id)
        with pytest.raises(NotInside):
            await units.move(tx, by_code["ubnd"].id, other.id)
        assert await units.by_id(tx, by_code["ubnd"].id) == by_code["ubnd"]


async def test_a_commune_can_join_a_city(store: Store, now: datetime, ids: NumberedIds) -> None:
    """Its units stay its own: only the path grows at the top."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        (city,) = await units.add(
            tx, [NewUnit(code="tp", name="Thành phố", kind="commune", parent_id=None)], ids=ids
        )
        await units.move(tx, place.commune.id, city.id)
        village = await units.by_id(tx, place.villages["Thôn Nam"].id)
        assert village.path == f"/{city.id}/{place.commune.id}/{village.id}/"
        assert village.commune_id == place.commune.id


async def test_only_known_fields_are_changed(store: Store, now: datetime, ids: NumberedIds) -> None:
    """A path cannot be set from outside; households can."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        dong = place.villages["Thôn Đông"]
        await units.change(tx, dong.id, households=210, aliases=("Đông Lĩnh",))
        changed = await units.by_id(tx, dong.id)
        assert (changed.households, changed.aliases) == (210, ("Đông Lĩnh",))
        with pytest.raises(ValueError, match="path"):
            await units.change(tx, dong.id, path="/")
