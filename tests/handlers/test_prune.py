"""The broom: once a night, and soon after a sealed complaint was answered."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from bot.handlers.prune import Broom
from storage.engine import Store
from storage.tables import cases, inbox, outbox
from tests.conftest import Clock
from tests.handlers.case_house import House, a_house


@pytest.fixture
async def house(store: Store, clock: Clock, tmp_path: Path) -> House:
    """Bình reports."""
    made = await a_house(store, clock, tmp_path)
    await made.enters("Bình")
    return made


async def _carry_everything(house: House) -> None:
    async with house.store.begin() as tx:
        await tx.execute(
            update(outbox)
            .where(outbox.c.state == "waiting")
            .values(state="sent", sent_at=house.world.clock())
        )


async def test_a_sealed_complaint_leaves_no_trail_in_the_messages(house: House) -> None:
    """From whoever told it nothing leads to the case: no words, no code, no moment, then or later."""
    await house.types("Bình", "phản ánh", "đốt rơm rạ")
    said = ["Đốt rơm rạ", "họ đốt rơm sát nhà, khói mù", "thôn 3, bờ mương", "bỏ qua", "tối qua"]
    words = ""
    for line in [*said, "giấu tên", "gửi"]:
        words = await house.types("Bình", line)
        house.world.clock.forward(minutes=1)
        async with house.store.read() as tx:
            case = (await tx.execute(select(cases.c.code, cases.c.opened_at))).first()
        if case is not None:
            break
    assert case is not None, words
    assert case.code in words
    for later in (case.code, "phản ánh của tôi", f"gửi thêm {case.code}", "khói vẫn còn", "bỏ qua"):
        house.world.clock.forward(minutes=1)
        words = await house.types("Bình", later)
    assert f"đã thêm vào {case.code}" in words
    async with house.store.read() as tx:
        heard = (
            await tx.execute(
                select(inbox.c.body, inbox.c.received_at).where(inbox.c.sender == "Bình")
            )
        ).all()
    assert heard
    assert not any(body for body, _ in heard)
    assert case.opened_at not in {received_at for _, received_at in heard}
    await _carry_everything(house)
    house.world.clock.forward(minutes=11)
    await Broom(store=house.store, keeps=timedelta(days=30), clock=house.world.clock).once()
    assert not any(case.code in reply.words for reply in await house.told("Bình"))


async def test_messages_go_once_a_night_and_not_before_their_time(house: House) -> None:
    """Thirty days are kept; the second round of a night finds nothing to do."""
    broom = Broom(store=house.store, keeps=timedelta(days=30), clock=house.world.clock)
    await broom.once()
    await house.types("Bình", "giúp")
    await _carry_everything(house)
    for days, left in ((29, 1), (2, 0)):
        house.world.clock.forward(days=days)
        await broom.once()
        assert await broom.once() == 0
        async with house.store.read() as tx:
            for table in (inbox, outbox):
                count = await tx.scalar(select(func.count()).select_from(table))
                assert bool(count) is bool(left)
