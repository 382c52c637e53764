"""Reports: codes, versions, reviews, evidence, and what filing settles."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from storage import obligations, progress, reports
from storage.engine import Store
from storage.ids import NumberedIds
from storage.reports import Amount, Filing, WrongState
from storage.tables import media, totals
from storage.tables import obligations as obligation_rows
from storage.tables import reports as report_rows
from tests.storage.an_xuan import Place, settle


def filing(place: Place, village: str = "Thôn Đông", households: int = 120, **more: Any) -> Filing:
    base = Filing(
        form=reports.REPORT,
        unit_id=place.villages[village].id,
        filed_by=place.person_id,
        answers={"so-ho": households, "ghi-chu": "đủ"},
        plan_id=place.plan_id,
        subject_key="dinh-ky",
        period_key="2026-H1",
        amounts=(Amount("ho-phan-loai", Decimal(households), Decimal(150)),),
    )
    return replace(base, **more)


def campaign(place: Place, village: str, **more: Any) -> Filing:
    return filing(place, village, form=reports.CAMPAIGN, subject_key="chu-nhat-xanh", **more)


async def total(tx: Any, place: Place) -> Decimal:
    found = (await progress.progress(tx, place.plan_id, place.commune.id)).totals
    return sum((each.numerator for each in found), Decimal(0))


async def owe(tx: Any, place: Place, village: str, due_at: datetime | None, now: datetime) -> int:
    """One obligation for the half-year."""
    await tx.execute(
        insert(obligation_rows).values(
            id=500, plan_id=place.plan_id, duty_key="dinh-ky", period_key="2026-H1",
            unit_id=place.villages[village].id, opens_at=now - timedelta(days=9),
            due_at=due_at, state="open",
        )
    )  # fmt: skip
    return 500


async def test_a_second_filing_is_a_new_version_beside_the_old(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """The code stays, the old answers stay readable, the total follows the newest."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        first = await reports.file(tx, filing(place, households=120), now=now, ids=ids)
        second = await reports.file(tx, filing(place, households=130), now=now, ids=ids)
        assert first.code.startswith("BC-")
        assert (second.code, second.version) == (first.code, 2)
        old, new = await reports.versions(tx, first.code)
        assert (old.state, old.answers["so-ho"]) == ("superseded", 120)
        assert (new.state, new.answers["so-ho"]) == ("filed", 130)
        assert await total(tx, place) == 130


async def test_campaign_posts_stand_each_for_themselves(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """Two posts of one village on one movement have two codes and add up."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        one = await reports.file(tx, campaign(place, "Thôn Đông"), now=now, ids=ids)
        two = await reports.file(tx, campaign(place, "Thôn Đông"), now=now, ids=ids)
        assert one.code != two.code
        assert await total(tx, place) == 240


async def test_a_batch_keeps_the_order_of_filings_of_one_report(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """Three filings of one village and one of another, at once: the last of the three counts."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        batch = [
            filing(place, households=10),
            filing(place, "Thôn Tây", households=1),
            filing(place, households=20),
            filing(place, households=30),
        ]
        filed = await reports.file_all(tx, batch, now=now, ids=ids)
        assert [each.version for each in filed] == [1, 1, 2, 3]
        assert filed[0].code == filed[3].code != filed[1].code
        assert await total(tx, place) == 31


async def test_codes_are_never_given_twice(store: Store, now: datetime, ids: NumberedIds) -> None:
    """A generator that draws the same letters again is asked until the code is free."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        one = await reports.file(
            tx, campaign(place, "Thôn Đông"), now=now, ids=ids, rng=random.Random(5)
        )
        two = await reports.file(
            tx, campaign(place, "Thôn Đông"), now=now, ids=ids, rng=random.Random(5)
        )
        assert one.code != two.code


async def test_a_correction_keeps_what_was_shown(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """The photo of the first version is evidence of the second; the figure is the new one."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        photo = {
            "id": 900, "channel": "webchat", "account": "w", "ref": "r", "state": "kept",
            "not_before": now, "added_at": now,
        }  # fmt: skip
        await tx.execute(insert(media).values(photo))
        first = await reports.file(tx, filing(place, media=((900, "photo"),)), now=now, ids=ids)
        second = await reports.correct(
            tx,
            first.code,
            answers={"so-ho": 99},
            amounts=[Amount("ho-phan-loai", Decimal(99))],
            by=place.person_id,
            now=now,
            ids=ids,
        )
        assert await reports.evidence_of(tx, second.report_id) == [(900, "photo")]
        assert await total(tx, place) == 99


async def test_a_returned_report_counts_nowhere_until_filed_anew(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """Filed 120; returned: nothing; filed again: 110; accepted: still 110."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        code = (await reports.file(tx, filing(place), now=now, ids=ids)).code
        returned = await reports.send_back(tx, code, by=place.person_id, words="thiếu ảnh", now=now)
        assert (returned.state, returned.review_words) == ("returned", "thiếu ảnh")
        assert await total(tx, place) == 0
        await reports.file(tx, filing(place, households=110), now=now, ids=ids)
        assert await total(tx, place) == 110
        await reports.accept(tx, code, by=place.person_id, now=now)
        assert await total(tx, place) == 110
        with pytest.raises(WrongState, match="accepted"):
            await reports.accept(tx, code, by=place.person_id, now=now)


async def test_a_returned_report_that_is_accepted_after_all_counts_again(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """The reviewer changes their mind: the figures are back without a new filing."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        code = (await reports.file(tx, filing(place), now=now, ids=ids)).code
        await reports.send_back(tx, code, by=place.person_id, words="?", now=now)
        await reports.accept(tx, code, by=place.person_id, now=now)
        assert await total(tx, place) == 120


async def test_a_withdrawn_report_is_gone_for_good_and_owed_again(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """It cannot be corrected; a new filing has a code of its own."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        owed = await owe(tx, place, "Thôn Đông", now + timedelta(days=1), now)
        code = (await reports.file(tx, filing(place), now=now, ids=ids)).code
        await reports.withdraw(tx, code, by=place.person_id, now=now + timedelta(days=2))
        assert await total(tx, place) == 0
        again = await obligations.by_id(tx, owed)
        assert (again.state, again.filed_at, again.report_id) == ("overdue", None, None)
        with pytest.raises(WrongState):
            await reports.correct(
                tx, code, answers={}, amounts=[], by=place.person_id, now=now, ids=ids
            )
        assert (await reports.file(tx, filing(place), now=now, ids=ids)).code != code


@pytest.mark.parametrize(
    ("due_in_hours", "state", "on_time"),
    [(1, "filed_on_time", True), (-1, "filed_late", False), (None, "filed_on_time", None)],
)
async def test_filing_settles_what_is_owed(
    store: Store,
    now: datetime,
    ids: NumberedIds,
    due_in_hours: int | None,
    state: str,
    on_time: bool | None,
) -> None:
    """In time, late, or without a day: nobody is late against a day that nobody set."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        due_at = None if due_in_hours is None else now + timedelta(hours=due_in_hours)
        owed = await owe(tx, place, "Thôn Đông", due_at, now)
        filed = await reports.file(tx, filing(place), now=now, ids=ids)
        assert (filed.obligation_id, filed.on_time) == (owed, on_time)
        settled = await obligations.by_id(tx, owed)
        assert (settled.state, settled.report_id) == (state, filed.report_id)


async def test_a_late_correction_of_a_timely_report_stays_timely(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """The first filing decides, also when the report was returned in between."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        owed = await owe(tx, place, "Thôn Đông", now + timedelta(hours=1), now)
        first = await reports.file(tx, filing(place), now=now, ids=ids)
        late = now + timedelta(days=3)
        await reports.send_back(tx, first.code, by=place.person_id, words="xem lại", now=late)
        assert (await obligations.by_id(tx, owed)).state == "returned"
        again = await reports.file(tx, filing(place, households=1), now=late, ids=ids)
        assert again.on_time
        assert (await obligations.by_id(tx, owed)).filed_at == now


async def test_figures_without_a_plan_are_refused(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """They would belong to nothing."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        with pytest.raises(ValueError, match="plan"):
            await reports.file(tx, filing(place, plan_id=None), now=now, ids=ids)


async def test_last_reports_of_a_person_come_newest_first(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """Only what stands: superseded versions and withdrawn reports are left out."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        for hour, village in enumerate(("Thôn Đông", "Thôn Tây", "Thôn Đông", "Thôn Nam")):
            at = now + timedelta(hours=hour)
            last = await reports.file(tx, filing(place, village), now=at, ids=ids)
        await reports.withdraw(tx, last.code, by=place.person_id, now=now)
        mine = await reports.filed_by(tx, place.person_id)
        assert [(each.unit_id, each.version) for each in mine] == [
            (place.villages["Thôn Đông"].id, 2),
            (place.villages["Thôn Tây"].id, 1),
        ]
        under = await reports.under(tx, place.commune.path, form="report")
        assert [each.id for each in under] == [each.id for each in mine]


async def test_two_at_once_for_one_village_make_two_versions(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """Two people of one village file in the same moment: one report, two versions, one figure."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)

    async def one(households: int, own_ids: NumberedIds) -> None:
        async with store.begin() as tx:
            await reports.file(tx, filing(place, households=households), now=now, ids=own_ids)

    await asyncio.gather(*(one(n, NumberedIds(1000 * n)) for n in range(1, 9)))
    async with store.read() as tx:
        kept = [row.version for row in await tx.execute(select(report_rows.c.version))]
        assert sorted(kept) == list(range(1, 9))
        assert await tx.scalar(select(func.count()).select_from(totals)) == 2
        (found,) = (await progress.progress(tx, place.plan_id, place.commune.id)).totals
        assert found.figures == 1
