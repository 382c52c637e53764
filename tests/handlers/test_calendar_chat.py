""" "lịch" in chat: an address that a phone's calendar opens, and another one that voids it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import icalendar
import pytest

from storage.access import Role
from storage.engine import Store
from tests.conftest import Clock
from tests.handlers.test_case_web import Desk, a_desk

LINK = re.compile(r"(/lich/\S+\.ics)")


@pytest.fixture
async def desk(sqlite_store: Store, clock: Clock, tmp_path: Path) -> AsyncIterator[Desk]:
    """See `a_desk`."""
    async with a_desk(sqlite_store, clock, tmp_path) as made:
        yield made


async def test_the_address_given_in_chat_is_a_calendar_until_another_is_asked_for(
    desk: Desk,
) -> None:
    """First the person's own, then their unit's; a village's own stays when a reporter renews theirs."""
    await desk.house.enters("Lan", "Thôn Đông Lĩnh", Role.REPORTER)
    own, unit = LINK.findall(await desk.house.types("Lan", "lịch"))
    phone = await desk.visits()
    for path in (own, unit):
        answer = await phone.gets(path)
        assert answer.status == 200
        calendar = icalendar.Calendar.from_ical(await answer.read())
        assert calendar["VERSION"] == "2.0"
    assert LINK.findall(await desk.house.types("Lan", "lịch")) == [own, unit]
    renewed, same = LINK.findall(await desk.house.types("Lan", "đổi đường dẫn lịch"))
    assert same == unit
    assert (await phone.gets(own)).status == 404
    assert (await phone.gets(renewed)).status == 200


async def test_who_reports_for_nobody_has_no_calendar(desk: Desk) -> None:
    """They are told why."""
    said = await desk.house.types("Bình", "lịch")
    assert LINK.findall(said) == []
    assert "chưa phụ trách báo cáo của đơn vị nào" in said
