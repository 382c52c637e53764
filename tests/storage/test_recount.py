"""Recount finds what was changed behind storage's back, says so, and can set it right."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import delete, insert, update

from storage import reports
from storage.engine import Store
from storage.ids import NumberedIds
from storage.recount import recount
from storage.reports import Amount, Filing
from storage.tables import figures, totals
from tests.storage.an_xuan import Place, settle


async def with_reports(store: Store, now: datetime, ids: NumberedIds) -> Place:
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        for amount, village in enumerate(place.villages.values(), start=1):
            filing = Filing(
                form="report",
                unit_id=village.id,
                filed_by=place.person_id,
                answers={},
                plan_id=place.plan_id,
                subject_key="dinh-ky",
                period_key="2026-H1",
                amounts=(Amount("ho-phan-loai", Decimal(amount), Decimal(10)),),
            )
            await reports.file(tx, filing, now=now, ids=ids)
    return place


async def test_untouched_figures_agree(store: Store, now: datetime, ids: NumberedIds) -> None:
    """Four figures, five totals (four villages and the commune), progress told once."""
    await with_reports(store, now, ids)
    told: list[tuple[int, int]] = []
    found = await recount(store, lambda done, of: told.append((done, of)))
    assert found.agrees
    assert (found.figures, found.totals) == (4, 5)
    assert told == [(1, 1)]


async def test_a_tampered_total_is_found_and_repaired(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """The difference names the total, what is kept and what is right; a repair leaves none."""
    place = await with_reports(store, now, ids)
    async with store.begin() as tx:
        await tx.execute(
            update(totals)
            .where(totals.c.unit_id == place.commune.id)
            .values(numerator=Decimal("99.5"))
        )
    found = await recount(store)
    (difference,) = found.differences
    assert not found.agrees
    assert (difference.unit_id, difference.source) == (place.commune.id, "")
    assert (difference.kept, difference.right) == (
        (Decimal("99.5"), Decimal(40), 4),
        (Decimal(10), Decimal(40), 4),
    )
    assert (await recount(store, repair=True)).different == 1
    assert (await recount(store)).agrees


async def test_lost_and_stray_figures_are_found_and_repaired(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """A figure that no report says goes; one that a report says comes back, totals with it."""
    place = await with_reports(store, now, ids)
    village = place.villages["Thôn Đông"].id
    stray = {
        "period_key": "2026-H1", "plan_id": place.plan_id, "indicator": "la", "unit_id": village,
        "source": "BC-XXXX", "numerator": Decimal(7), "denominator": Decimal(0),
    }  # fmt: skip
    async with store.begin() as tx:
        await tx.execute(delete(figures).where(figures.c.unit_id == village))
        await tx.execute(insert(figures).values(stray))
        await tx.execute(delete(totals))
    found = await recount(store, repair=True)
    assert found.different == 2 + 5
    assert (await recount(store)).agrees
