"""Importing plans, importing them again, and reading them back."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from plans.pack import Pack
from storage import plans, progress, reports, units
from storage.engine import Store
from storage.ids import NumberedIds
from storage.reports import Amount, Filing
from tests.storage.an_xuan import MINI, mini_pack, settle


def changed_units(**of_ubnd: Any) -> Pack:
    """The small plan with another UBND."""
    first, *others = MINI["units"]
    return Pack.model_validate(MINI | {"units": [first | of_ubnd, *others]})


async def test_single_units_become_rows_and_classes_do_not(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """The commune, UBND with its two rooms, and the Women's Union; no "các thôn"."""
    async with store.begin() as tx:
        imported = await plans.import_pack(tx, mini_pack(), now=now, ids=ids)
        found = await units.of_commune(tx, imported.commune_id)
        assert [unit.code for unit in found] == [
            "an-xuan", "ubnd", "van-phong", "phong-kinh-te", "hoi-phu-nu",
        ]  # fmt: skip
        assert imported.first
        assert imported.changes == ()


async def test_the_same_pack_again_changes_nothing(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """No version is kept of what did not change."""
    async with store.begin() as tx:
        first = await plans.import_pack(tx, mini_pack(), now=now, ids=ids)
        again = await plans.import_pack(tx, mini_pack(), now=now + timedelta(days=1), ids=ids)
        assert (again.first, again.changes) == (False, ())
        assert await plans.versions(tx, first.plan_id) == []


async def test_a_changed_pack_keeps_reports_and_the_old_version(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """UBND is renamed; the village's figure still counts, and the old pack can be read."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        filing = Filing(
            form="report",
            unit_id=place.villages["Thôn Đông"].id,
            filed_by=place.person_id,
            answers={},
            plan_id=place.plan_id,
            subject_key="dinh-ky",
            period_key="2026-H1",
            amounts=(Amount("ho-phan-loai", Decimal(5)),),
        )
        await reports.file(tx, filing, now=now, ids=ids)
        imported = await plans.import_pack(
            tx, changed_units(name="Ủy ban nhân dân xã"), now=now + timedelta(days=1), ids=ids
        )
        assert [(c.section, c.key, c.what) for c in imported.changes] == [
            ("units", "ubnd", "changed")
        ]
        ubnd = await units.by_code(tx, place.commune.id, "ubnd")
        assert ubnd is not None
        assert ubnd.name == "Ủy ban nhân dân xã"
        assert await plans.versions(tx, place.plan_id) == [(now, mini_pack())]
        (total,) = (await progress.progress(tx, place.plan_id, place.commune.id)).totals
        assert total.numerator == 5


async def test_a_name_the_office_chose_stays_while_the_plans_word_does(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """Only what the pack itself changed is carried over."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        ubnd = await units.by_code(tx, place.commune.id, "ubnd")
        assert ubnd is not None
        await units.change(tx, ubnd.id, name="UBND ta")
        await plans.import_pack(tx, changed_units(aliases=["Ủy ban"]), now=now, ids=ids)
        after = await units.by_id(tx, ubnd.id)
        assert (after.name, after.aliases) == ("UBND ta", ("Ủy ban",))


async def test_a_unit_that_the_plan_rehangs_is_moved(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """UBND put under the Women's Union takes its rooms along."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        await plans.import_pack(tx, changed_units(parent="hoi-phu-nu"), now=now, ids=ids)
        union = await units.by_code(tx, place.commune.id, "hoi-phu-nu")
        assert union is not None
        assert len(await units.subtree(tx, union.id)) == 4


async def test_two_plans_share_a_commune(store: Store, now: datetime, ids: NumberedIds) -> None:
    """The second finds the first one's units and adds none."""
    async with store.begin() as tx:
        first = await plans.import_pack(tx, mini_pack(), now=now, ids=ids)
        second = await plans.import_pack(tx, mini_pack(key="an-xuan-2"), now=now, ids=ids)
        assert first.commune_id == second.commune_id
        assert len(await units.of_commune(tx, first.commune_id)) == 5
        found = await plans.load_plans(tx, first.commune_id)
        assert [plan.key for plan in found] == ["an-xuan", "an-xuan-2"]


async def test_a_plan_is_read_back_whole_and_an_unknown_one_is_said_to_be(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """What comes back equals what went in, also right after a change; the parse is kept by content."""
    async with store.begin() as tx:
        await plans.import_pack(tx, mini_pack(), now=now, ids=ids)
        one, two = await plans.load_plan(tx, "an-xuan"), await plans.load_plan(tx, "an-xuan")
        assert one.pack == mini_pack()
        assert one.pack is two.pack
        await plans.import_pack(tx, changed_units(name="Khác"), now=now, ids=ids)
        assert (await plans.load_plan(tx, "an-xuan")).pack == changed_units(name="Khác")
        with pytest.raises(plans.UnknownPlan):
            await plans.load_plan(tx, "khong-co")
