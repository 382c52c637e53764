"""How far a plan is, who has not reported, and what a unit said last time."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from plans.calendar import Calendar
from plans.owed import owed
from storage import figures, obligations, progress, reports, units
from storage.engine import Store
from storage.ids import NumberedIds
from storage.reports import Amount, Filing
from tests.storage.an_xuan import Place, mini_pack, settle


async def with_obligations(tx: Any, now: datetime, ids: NumberedIds) -> Place:
    place = await settle(tx, now=now, ids=ids)
    what = owed(mini_pack(), {}, Calendar(), first=date(2026, 1, 1), last=date(2026, 12, 31))
    await obligations.ensure(tx, place.plan_id, place.commune.id, what, now=now, ids=ids)
    return place


async def file(
    tx: Any,
    place: Place,
    village: str,
    households: int,
    now: datetime,
    ids: NumberedIds,
    period: str = "2026-H1",
) -> reports.Filed:
    filing = Filing(
        form="report",
        unit_id=place.villages[village].id,
        filed_by=place.person_id,
        answers={"so-ho": households},
        plan_id=place.plan_id,
        subject_key="dinh-ky",
        period_key=period,
        amounts=(Amount("ho-phan-loai", Decimal(households), Decimal(200)),),
    )
    return await reports.file(tx, filing, now=now, ids=ids)


async def test_totals_and_reporting_of_a_period(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """Two of five units have reported on the half-year; the year is not asked about."""
    async with store.begin() as tx:
        place = await with_obligations(tx, now, ids)
        await file(tx, place, "Thôn Đông", 120, now, ids)
        await file(tx, place, "Thôn Tây", 80, now, ids)
        await file(tx, place, "Thôn Tây", 1, now, ids, period="2026")
        found = await progress.progress(tx, place.plan_id, place.commune.id, "2026-H1")
        assert found.totals == (
            progress.Total("2026-H1", "ho-phan-loai", Decimal(200), Decimal(400), 2),
        )
        assert found.reporting == (progress.Reporting("dinh-ky", "2026-H1", 5, 2, 0),)
        every = await progress.progress(tx, place.plan_id, place.commune.id)
        assert [each.period_key for each in every.totals] == ["2026", "2026-H1"]


async def test_progress_of_a_unit_inside_the_commune_covers_its_subtree_only(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """Đông moved under Tây: Tây's progress holds both, Nam's holds none."""
    async with store.begin() as tx:
        place = await with_obligations(tx, now, ids)
        await file(tx, place, "Thôn Đông", 120, now, ids)
        dong, tay = place.villages["Thôn Đông"], place.villages["Thôn Tây"]
        await units.move(tx, dong.id, tay.id)
        of_tay = await progress.progress(tx, place.plan_id, tay.id, "2026-H1")
        assert of_tay.totals[0].numerator == 120
        assert of_tay.reporting == (progress.Reporting("dinh-ky", "2026-H1", 2, 1, 0),)
        of_nam = await progress.progress(
            tx, place.plan_id, place.villages["Thôn Nam"].id, "2026-H1"
        )
        assert of_nam.totals == ()
        assert of_nam.reporting == (progress.Reporting("dinh-ky", "2026-H1", 1, 0, 0),)


async def test_who_has_not_reported_is_listed_by_name_with_the_returned(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """Đông reported, Tây's report was returned; Nam, Bắc and the Women's Union said nothing."""
    async with store.begin() as tx:
        place = await with_obligations(tx, now, ids)
        await file(tx, place, "Thôn Đông", 120, now, ids)
        returned = await file(tx, place, "Thôn Tây", 80, now, ids)
        await reports.send_back(tx, returned.code, by=place.person_id, words="?", now=now)
        missing = await progress.not_reported(
            tx, place.plan_id, "dinh-ky", "2026-H1", place.commune.id
        )
        assert {(each.unit_name, each.state) for each in missing} == {
            ("Hội Phụ nữ", "open"),
            ("Thôn Bắc", "open"),
            ("Thôn Nam", "open"),
            ("Thôn Tây", "returned"),
        }
        under_nam = await progress.not_reported(
            tx, place.plan_id, "dinh-ky", "2026-H1", place.villages["Thôn Nam"].id
        )
        assert [each.unit_name for each in under_nam] == ["Thôn Nam"]


async def test_last_figures_are_the_units_own_of_the_newest_earlier_period(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """For the year 2026: what was said for the half-year, not for 2025, not the cases."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        dong = place.villages["Thôn Đông"]
        for period, households in (("2025", 70), ("2026-H1", 120), ("2026", 130), ("2027", 9)):
            await file(tx, place, "Thôn Đông", households, now, ids, period=period)
        await file(tx, place, "Thôn Tây", 1, now, ids)
        await figures.count_case(
            tx, 9, plan_id=place.plan_id, unit_id=dong.id, counts_in=[("2026-H1", "ho-phan-loai")]
        )
        about = (dong.id, place.plan_id, ["ho-phan-loai", "vu-dot-rom"])
        found = await progress.last_figures(tx, *about, before="2026")
        assert found == {
            "ho-phan-loai": progress.Total("2026-H1", "ho-phan-loai", Decimal(120), Decimal(200), 1)
        }
        assert (await progress.last_figures(tx, *about, before="2026-H1"))[
            "ho-phan-loai"
        ].numerator == 70
        assert await progress.last_figures(tx, *about, before="2025") == {}


async def test_last_answers_are_those_of_the_newest_standing_report_of_another_period(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """A returned report is not offered as last time's values."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        dong = place.villages["Thôn Đông"].id
        await file(tx, place, "Thôn Đông", 70, now, ids, period="2025")
        half = await file(tx, place, "Thôn Đông", 120, now, ids)
        about = (dong, place.plan_id, "dinh-ky", "2026")
        last = await progress.last_answers(tx, *about)
        assert last is not None
        assert last.answers["so-ho"] == 120
        await reports.send_back(tx, half.code, by=place.person_id, words="?", now=now)
        last = await progress.last_answers(tx, *about)
        assert last is not None
        assert last.answers["so-ho"] == 70
