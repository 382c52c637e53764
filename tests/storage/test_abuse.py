"""Limits a day, floods of strangers, blocks: counted and kept without a person's id."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from storage import abuse
from storage.abuse import Allowed
from storage.engine import Store
from storage.ids import NumberedIds
from storage.secrets import Seal
from storage.tables import case_blocks, case_counts
from tests.storage.an_xuan import add_person, settle
from tests.storage.test_cases import CIPHER, burning, opened

SEAL = Seal(Fernet.generate_key().decode())
LIMITS = Allowed(person_a_day=2, address_a_day=3, strangers_an_hour=2)


async def came(tx: Any, person: int, address: str, now: datetime) -> str | None:
    """Which limit stops one more case; when none does, the case is counted."""
    about: dict[str, Any] = {
        "person_key": SEAL.blind_index(person),
        "address": abuse.address_key(SEAL, address),
    }
    over = await abuse.over_limit(tx, LIMITS, now=now, **about)
    if over is None:
        await abuse.count(tx, now=now, **about)
    return over


async def test_a_person_and_an_address_open_so_many_cases_a_day(
    store: Store, now: datetime
) -> None:
    """Counted by the local day: at midnight in Việt Nam everyone begins anew."""
    async with store.begin() as tx:
        assert [await came(tx, 7, "web:1", now) for _ in range(3)] == [None, None, "person"]
        assert await came(tx, 8, "web:1", now) is None
        assert await came(tx, 9, "web:1", now) == "address"
        assert await came(tx, 9, "web:2", now) is None
        midnight = datetime.fromisoformat("2026-06-08T17:00:00+00:00")
        assert await came(tx, 7, "web:1", midnight - timedelta(seconds=1)) == "person"
        assert await came(tx, 7, "web:1", midnight) is None


async def test_counts_and_blocks_lead_back_to_nobody(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """Neither table holds the person's id, an address or a name."""
    address = "webchat:xin-đừng-nói"  # no digest can hold these letters
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        who = await add_person(tx, "Người dân", now=now, ids=ids)
        await came(tx, who, address, now)
        case = await opened(tx, burning(place, media=()), now, ids)
        await abuse.block(
            tx, case.id, SEAL.blind_index(who), by=place.person_id, why="bịa", now=now, ids=ids
        )
        for table in (case_counts, case_blocks):
            for row in await tx.execute(select(table)):
                assert who not in row._mapping.values()
                assert "xin-đừng-nói" not in str(dict(row._mapping))


@pytest.mark.parametrize("value", [0, -1, "many", None, 2.5])
def test_limits_that_make_no_sense_leave_the_usual_ones(value: object) -> None:
    """The office cannot shut the door by a slip."""
    assert abuse.allowed({"cases.limit.person": value}) == Allowed()
    assert abuse.allowed({"cases.limit.person": 1}).person_a_day == 1


async def test_many_strangers_in_an_hour_are_a_flood(store: Store, now: datetime) -> None:
    """The third within this hour or the last; two hours later the door is open again."""
    async with store.begin() as tx:
        about: dict[str, Any] = {"now": now}
        assert not await abuse.a_flood_of_strangers(tx, 1, LIMITS, **about)
        assert not await abuse.a_flood_of_strangers(tx, 1, LIMITS, **about)
        assert await abuse.a_flood_of_strangers(tx, 1, LIMITS, now=now + timedelta(minutes=59))
        assert not await abuse.a_flood_of_strangers(tx, 2, LIMITS, **about)
        assert not await abuse.a_flood_of_strangers(tx, 1, LIMITS, now=now + timedelta(hours=3))


async def test_who_reported_before_named_or_sealed_is_no_stranger(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """Found without opening a seal."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        people = [await add_person(tx, "", now=now, ids=ids) for _ in range(3)]
        await opened(tx, burning(place, media=(), reporter_id=people[0]), now, ids)
        await opened(tx, burning(place, media=(), reporter_id=people[1], sealed=True), now, ids)
        keys = [CIPHER.blind_index(person) for person in people]
        assert [
            await abuse.is_stranger(tx, person, person_key=key)
            for person, key in zip(people, keys, strict=True)
        ] == [False, False, True]


async def test_a_block_has_a_reason_an_appeal_and_an_end(
    store: Store, now: datetime, ids: NumberedIds
) -> None:
    """Blocked once at a time; lifted over the case it was about."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        case = await opened(tx, burning(place, media=()), now, ids)
        key = SEAL.blind_index(77)
        about: dict[str, Any] = {"by": place.person_id, "now": now, "ids": ids}
        with pytest.raises(ValueError, match="reason"):
            await abuse.block(tx, case.id, key, why=" ", **about)
        assert await abuse.block(tx, case.id, key, why="tin bịa", **about)
        assert not await abuse.block(tx, case.id, key, why="lần nữa", **about)
        stands = await abuse.appeal(tx, key, words="xin xem lại", now=now)
        assert stands is not None
        assert (stands.why, stands.appeal) == ("tin bịa", "xin xem lại")
        assert await abuse.block_over(tx, case.id) == stands
        assert await abuse.lift(tx, case.id, by=place.person_id, now=now)
        assert not await abuse.lift(tx, case.id, by=place.person_id, now=now)
        assert await abuse.blocked(tx, key) is None
        assert await abuse.appeal(tx, key, words="x", now=now) is None


async def test_a_held_case_is_let_go_once(store: Store, now: datetime, ids: NumberedIds) -> None:
    """The second official to tap finds it gone on already."""
    async with store.begin() as tx:
        place = await settle(tx, now=now, ids=ids)
        case = await opened(tx, burning(place, media=(), held=True), now, ids)
        assert case.held
        assert await abuse.release(tx, case.id)
        assert not await abuse.release(tx, case.id)
