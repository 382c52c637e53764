"""From the office's page of reviews to chat: what came back is opened and mended where the reporter writes."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from bot.events import Tap, Text
from bot.handlers.office_reviews import OfficeReviews
from storage import reports, reviews
from storage.access import Role
from storage.engine import Store
from storage.reports import Amount, Filing
from tests.conftest import Clock
from tests.handlers.case_house import House, a_house

VILLAGE = "Thôn Đông Lĩnh"


async def _files(house: House, name: str, people: int) -> str:
    village = await house.world.unit(VILLAGE)
    filing = Filing(
        form="campaign",
        unit_id=village.id,
        filed_by=house.persons[name],
        plan_id=house.world.plan_id,
        subject_key="phong-trao-khac",
        period_key="2026-M06",
        happened_on=house.world.clock().date(),
        answers={
            "answers": {
                "movement": "phong-trao-khac",
                "on": house.world.clock().date().isoformat(),
                "m.participants": people,
                "done": "dọn đường làng",
                "photos": None,
            }
        },
        amounts=(Amount("campaign:phong-trao-khac:participants", Decimal(people)),),
    )
    async with house.store.begin() as tx:
        return (await reports.file(tx, filing, now=house.world.clock(), ids=house.world.ids)).code


@pytest.mark.parametrize("typed", [False, True])
async def test_what_was_sent_back_opens_at_its_confirm_page(
    sqlite_store: Store, clock: Clock, tmp_path: Path, typed: bool
) -> None:
    """By the button, and by its words where there are none: that very report, not the newest."""
    house = await a_house(sqlite_store, clock, tmp_path)
    await house.enters("Lan", VILLAGE, Role.REPORTER)
    code = await _files(house, "Lan", 450)
    clock.forward(minutes=5)
    await _files(house, "Lan", 30)
    app = house.world.app
    word = OfficeReviews(ids=house.world.ids, seal=app.receiver.seal)
    async with house.store.begin() as tx:
        sent = await reviews.send_back(
            tx, code, by=house.persons["Minh"], words="450 người hay 45 ạ?", now=clock()
        )
        await word.returned(tx, sent, now=clock())
    (said,) = await house.told("Lan")
    assert f"({code}): 450 người hay 45 ạ?" in said.words
    (button,) = said.buttons
    said_back = Text(button.says) if typed else Tap(button.token)
    page = "\n".join(reply.words for reply in await house.hears("Lan", said_back))
    assert "Người tham gia: 450 người" in page
    assert "xem lại giúp em" in page
