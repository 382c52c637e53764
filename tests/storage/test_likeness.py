"""Like cases and like pictures are found, offered and nothing more; recurring places become points."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, update

from plans.handling import CaseStep
from plans.likeness import Look
from storage import casework, likeness, looks, media, points, reports
from storage.cases import Case
from storage.casework import Taken
from storage.engine import Store
from storage.ids import NumberedIds
from storage.media import Facts
from storage.pictures import looks_alike
from storage.reports import Filing
from storage.tables import cases as case_rows
from storage.tables import evidence
from storage.tables import media as media_rows
from tests.storage.an_xuan import Place, settle
from tests.storage.test_cases import burning, opened

CATEGORIES = {"dot-rom": "burning", "dot-rac": "burning", "tieng-on": "noise"}


def look(now: datetime, **more: Any) -> Look:
    base = Look(
        kind="dot-rom",
        words="khói đốt rơm mù mịt",
        at=now,
        lat=20.9003,
        lon=106.2,
        category="burning",
    )
    return replace(base, **more)


async def near(tx: Any, place: Place, asked: Look, **more: Any) -> list[str]:
    found = await likeness.alike(
        tx, asked, commune_id=place.commune.id, unit_id=None, categories=CATEGORIES, **more
    )
    return [one.case.code for one in found]


async def case_at(
    tx: Any, place: Place, now: datetime, ids: NumberedIds, lat: float, **more: Any
) -> Case:
    return await opened(tx, burning(place, lat=lat, media=(), **more), now, ids)


async def test_open_cases_near_by_are_found_likeliest_first(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """Also across the edge of a square; what is far, old, over, held or elsewhere is not."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        beside = await case_at(tx, place, now, ids, 20.9005)
        here = await case_at(tx, place, now, ids, 20.9003)
        await case_at(tx, place, now, ids, 20.9050)
        await case_at(tx, place, now - timedelta(days=20), ids, 20.9003)
        await case_at(tx, place, now, ids, 20.9003, held=True)
        await case_at(tx, place, now, ids, 20.9003, violation_key="tieng-on")
        rejected = await case_at(tx, place, now, ids, 20.9003)
        await casework.step(tx, rejected.id, Taken(step=CaseStep.REJECT), now=now, ids=ids)
        assert await near(tx, place, look(now)) == [here.code, beside.code]
        assert await near(tx, place, look(now), but=here.id) == [beside.code]
        assert await near(tx, place, look(now, kind="dot-rac")) == [here.code, beside.code]
        nowhere = look(now, kind="khac", category="")
        assert await near(tx, place, nowhere) == []


async def test_without_a_pin_a_case_is_found_in_its_village(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """By the place's words; another village's trạm y tế is another one."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        villages = place.villages
        told = {"lat": None, "lon": None, "place_words": "sau trạm y tế"}
        here = await opened(
            tx, burning(place, media=(), unit_id=villages["Thôn Đông"].id, **told), now, ids
        )
        await opened(
            tx, burning(place, media=(), unit_id=villages["Thôn Tây"].id, **told), now, ids
        )
        asked = look(now, lat=None, lon=None, place="cạnh trạm y tế")
        found = await likeness.alike(
            tx,
            asked,
            commune_id=place.commune.id,
            unit_id=villages["Thôn Đông"].id,
            categories=CATEGORIES,
        )
        assert [one.case.code for one in found] == [here.code]
        assert found[0].metres is None
        again = await likeness.alike_to(tx, here, categories=CATEGORIES)
        assert again == []


# --- pictures ------------------------------------------------------------------------------------

TELLING = "0f1e2d3c4b5a6978"


async def picture(tx: Any, media_id: int, looks_hash: str, now: datetime, sha: str = "") -> int:
    await tx.execute(
        insert(media_rows).values(
            id=media_id, channel="webchat", account="w", ref=str(media_id), state="wanted",
            not_before=now, added_at=now,
        )
    )  # fmt: skip
    digest = (sha or f"{media_id:x}").rjust(64, "0")
    facts = Facts(
        sha256=digest,
        content_type="image/jpeg",
        size_bytes=9,
        shown_sha256=digest,
        thumb_sha256=digest,
        looks_hash=looks_hash,
    )
    await media.kept(tx, media_id, facts)
    return media_id


def flipped(looks_hash: str, bits: int) -> str:
    value = int(looks_hash, 16)
    for n in range(bits):
        value ^= 1 << (n * 10 + 3) % 64
    return f"{value:016x}"


async def test_a_picture_seen_before_is_found_in_cases_and_reports(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """Six bits of 64 apart is a copy, seven is not; the case itself is left out."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        for media_id, bits in ((901, 0), (902, 6), (903, 7)):
            await picture(tx, media_id, flipped(TELLING, bits), now)
        one = await opened(tx, burning(place, media=((901, "photo"),)), now, ids)
        await opened(tx, burning(place, media=((903, "photo"),)), now, ids)
        two = await opened(tx, burning(place, media=()), now, ids)
        taken = Taken(step=CaseStep.RESOLVE, media=((902, "after"),))
        await casework.step(tx, two.id, taken, now=now, ids=ids)
        (seen,) = await looks.seen_elsewhere(tx, [901], but_case=one.id)
        assert (seen.media_id, seen.other_media_id, seen.code, seen.role) == (
            901, 902, two.code, "after",
        )  # fmt: skip
        assert {each.code for each in await looks.seen_elsewhere(tx, [901])} == {two.code}


async def test_a_picture_of_a_campaign_is_known_again_in_a_case(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """And the other way round: what was shown for one cannot pass for the other unseen."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        await picture(tx, 901, TELLING, now)
        await picture(tx, 902, flipped(TELLING, 3), now)
        village = next(iter(place.villages.values()))
        filing = Filing(
            form="campaign", unit_id=village.id, filed_by=place.person_id, answers={},
            plan_id=place.plan_id, subject_key="sach-duong", period_key="2026-06",
            media=((902, "photo"),),
        )  # fmt: skip
        post = await reports.file(tx, filing, now=now, ids=ids)
        case = await opened(tx, burning(place, media=((901, "photo"),)), now, ids)
        assert [one.code for one in await looks.seen_elsewhere(tx, [901])] == [post.code]
        assert [one.code for one in await looks.seen_elsewhere(tx, [902])] == [case.code]


async def test_an_after_that_is_the_before_is_found(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """Within one case: the handler sent the citizen's own picture back."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        await picture(tx, 901, TELLING, now)
        await picture(tx, 902, flipped(TELLING, 2), now)
        case = await opened(tx, burning(place, media=((901, "photo"),)), now, ids)
        await tx.execute(
            insert(evidence).values(
                id=ids(), media_id=902, case_id=case.id, role="after", added_at=now
            )
        )
        assert await looks.same_in_case(tx, case.id, [902]) == [(902, 901)]
        assert await looks.same_in_case(tx, case.id, []) == []


async def test_a_plain_wall_is_like_nothing_but_the_same_bytes_are(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """A hash that says too little is not compared; a file sent twice is known by its bytes."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        for media_id, sha in ((901, "a"), (902, "b"), (903, "a")):
            await picture(tx, media_id, "0000000000000007", now, sha)
        for media_id in (901, 902, 903):
            await opened(tx, burning(place, media=((media_id, "photo"),)), now, ids)
        seen = await looks.seen_elsewhere(tx, [901])
        assert [one.other_media_id for one in seen] == [903]


@given(st.integers(0, 2**64 - 1), st.sets(st.integers(0, 63), max_size=6))
def test_pictures_within_six_bits_share_a_piece(value: int, bits: set[int]) -> None:
    """The promise that the look-up by pieces rests on."""
    other = value
    for bit in bits:
        other ^= 1 << bit
    one, two = f"{value:016x}", f"{other:016x}"
    assert looks_alike(one, two)
    if looks.pieces(one) and looks.pieces(two):
        assert set(looks.pieces(one)) & set(looks.pieces(two))


async def test_a_small_picture_is_made_once_and_never_before_the_large_one_is_here(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """It is a picture of its own, without the large one's bytes."""
    async with store.begin() as tx:
        await picture(tx, 901, TELLING, now)
        await tx.execute(
            update(media_rows).where(media_rows.c.id == 901).values(thumb_sha256="f" * 64)
        )
        small = await looks.small_picture(tx, 901, now=now, ids=ids)
        assert small is not None
        assert small == await looks.small_picture(tx, 901, now=now, ids=ids)
        row = await media.get(tx, small)
        assert row is not None
        assert row.shown_sha256 == "f" * 64
        await tx.execute(update(media_rows).where(media_rows.c.id == 901).values(state="wanted"))
        assert await looks.small_picture(tx, 901, now=now, ids=ids) is None


# --- points --------------------------------------------------------------------------------------


async def confirmed(tx: Any, case: Case, now: datetime, ids: NumberedIds) -> Case:
    return await casework.confirm(tx, case.id, taken=Taken(step=CaseStep.CONFIRM), now=now, ids=ids)


async def test_a_place_that_comes_back_becomes_a_point_with_a_history(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """From the second confirmed case within 100 m; its name is the office's to give."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        later = now + timedelta(days=30)
        first = await case_at(tx, place, now, ids, 20.9000, place_words="bờ mương")
        second = await case_at(tx, place, later, ids, 20.9005)
        away = await case_at(tx, place, later, ids, 20.9030)
        assert (await confirmed(tx, first, now, ids)).point_id is None
        assert (await confirmed(tx, away, later, ids)).point_id is None
        assert await points.of_commune(tx, place.commune.id) == []
        point_id = (await confirmed(tx, second, later, ids)).point_id
        assert point_id is not None
        (point,) = await points.of_commune(tx, place.commune.id)
        assert (point.id, point.name, point.cases) == (point_id, "bờ mương", 2)
        assert (point.first_at, point.last_at) == (now, later)
        assert point.lat == pytest.approx(20.90025)
        assert [one.id for one in await points.history(tx, point_id)] == [first.id, second.id]
        assert await points.rename(tx, point_id, "Bờ mương thôn Đông")
        assert (await points.of_commune(tx, place.commune.id))[0].name == "Bờ mương thôn Đông"


async def test_what_turned_out_wrong_leaves_the_point(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """Rejected, merged or no longer confirmed: with one case left it is no point that comes back."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        made = [await case_at(tx, place, now, ids, 20.9000) for _ in range(3)]
        for case in made:
            await confirmed(tx, case, now, ids)
        assert [point.cases for point in await points.of_commune(tx, place.commune.id)] == [3]
        await casework.step(tx, made[0].id, Taken(step=CaseStep.REJECT), now=now, ids=ids)
        assert [point.cases for point in await points.of_commune(tx, place.commune.id)] == [2]
        await casework.unconfirm(
            tx, made[1].id, taken=Taken(step=CaseStep.UNCONFIRM), now=now, ids=ids
        )
        assert await points.of_commune(tx, place.commune.id) == []


async def test_a_case_without_a_pin_is_confirmed_but_lies_nowhere(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """It counts in the targets all the same."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        case = await opened(tx, burning(place, lat=None, lon=None, media=()), now, ids)
        done = await confirmed(tx, case, now, ids)
        assert done.confirmed
        assert done.counted
        assert done.point_id is None
        assert (await tx.scalar(case_rows.select().where(case_rows.c.cell.is_not(None)))) is None
