"""From chat to the office's pages and back: the one-time link, and word of what was done on a page."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, CookieJar
from aiohttp.test_utils import TestServer

from bot.events import Tap
from bot.flows.web_door import OPENED_BY
from plans.handling import CaseStep
from storage.access import Role
from storage.engine import Store
from tests.conftest import Clock
from tests.handlers.case_house import OFFICE, House, a_house
from tests.office.web_world import Visitor


@dataclass
class Desk:
    """A house of cases, and its pages on a server."""

    house: House
    server: TestServer
    sessions: list[ClientSession]

    async def visits(self) -> Visitor:
        """A browser without a session."""
        session = ClientSession(cookie_jar=CookieJar(unsafe=True))
        self.sessions.append(session)
        return Visitor(session, str(self.server.make_url("/")).rstrip("/"))

    async def comes_in(self, name: str) -> Visitor:
        """Somebody who typed "web" in chat and followed the link."""
        browser = await self.visits()
        answer = await browser.posts("/van-phong/vao", token=await self.token(name))
        assert answer.status == 303, await answer.text()
        return browser

    async def token(self, name: str, words: str = "web") -> str:
        """What the link in the answer ends with; "" when there is none."""
        found = re.search(r"/van-phong/vao/(\S+)", await self.house.types(name, words))
        return found.group(1) if found else ""


@asynccontextmanager
async def a_desk(store: Store, clock: Clock, folder: Path) -> AsyncIterator[Desk]:
    """Hạnh in the office, Minh who leads the commune, Bình who reports; the server is open."""
    house = await a_house(store, clock, folder)
    await house.enters("Bình")
    made = Desk(house, TestServer(house.world.app.server), [])
    await made.server.start_server()
    yield made
    for session in made.sessions:
        await session.close()
    await made.server.close()


@pytest.fixture
async def desk(sqlite_store: Store, clock: Clock, tmp_path: Path) -> AsyncIterator[Desk]:
    """On one database: what is said does not depend on it."""
    async with a_desk(sqlite_store, clock, tmp_path) as made:
        yield made


@pytest.fixture
async def either_desk(store: Store, clock: Clock, tmp_path: Path) -> AsyncIterator[Desk]:
    """On both databases: who is first does."""
    async with a_desk(store, clock, tmp_path) as made:
        yield made


async def test_the_word_web_lets_an_official_in_once(desk: Desk, clock: Clock) -> None:
    """Whatever they call it; the link works once, for a quarter of an hour, and the newest only."""
    for words in OPENED_BY:
        assert await desk.token("Hạnh", words)
    older, newest = await desk.token("Hạnh"), await desk.token("Hạnh")
    browser = await desk.visits()
    assert (await browser.posts("/van-phong/vao", token=older)).status == 410
    assert "Vào văn phòng" in await browser.reads(f"/van-phong/vao/{newest}")
    assert (await browser.posts("/van-phong/vao", token=newest)).status == 303
    assert "Hạnh" in await browser.reads("/van-phong")
    again = await desk.visits()
    assert (await again.posts("/van-phong/vao", token=newest)).status == 410
    late = await desk.token("Hạnh")
    clock.forward(minutes=16)
    assert (await again.posts("/van-phong/vao", token=late)).status == 410


async def test_who_holds_no_office_gets_no_link(desk: Desk) -> None:
    """Neither citizens nor those who only report for a village."""
    await desk.house.enters("Tâm", "Thôn Đoài", Role.REPORTER)
    for name in ("Bình", "Tâm"):
        assert "dành cho cán bộ" in await desk.house.types(name, "web")


async def test_what_is_done_on_a_page_is_heard_in_chat(desk: Desk) -> None:
    """Urgent, given on, merged: whoever has something to do now is told, and the citizen too."""
    house = desk.house
    one, two = await house.opens("Bình"), await house.opens("Bình")
    minh = await desk.comes_in("Minh")
    assert (await minh.does(one.code, "khan", "received")).status == 200
    assert f"KHẨN: Phản ánh {one.code}" in (await house.told("Hạnh"))[-1].words
    assert (await minh.does(two.code, "gop", "received", case=one.code)).status == 200
    assert f"{one.code}: thêm một người báo" in (await house.told("Hạnh"))[-1].words
    assert "em gộp lại" in (await house.told("Bình"))[-1].words
    unit = await house.world.unit("Phòng Kinh tế")
    assert (await minh.does(one.code, "chuyen", "received", unit=str(unit.id))).status == 200
    assert f"Anh/chị được giao {one.code}" in (await house.told("Kiên"))[-1].words


async def test_a_held_case_of_a_program_is_put_before_the_office(desk: Desk) -> None:
    """Nobody else hears of it until an official has looked."""
    house = desk.house
    await house.world.office_sets("cases.limit.strangers", 1)
    browser = await desk.visits()
    form: dict[str, Any] = {
        "jurisdiction_id": "xa-ha-dong",
        "service_code": "dot-rom-ra",
        "address_string": "x",
    }
    codes = []
    for _ in range(2):
        answer = await browser.posts("/open311/v2/requests.json", **form)
        assert answer.status == 201, await answer.text()
        codes.append((await answer.json())[0]["service_request_id"])
    told = [reply.words for name in ("Hạnh", "Kiên") for reply in await house.told(name)]
    assert any(f"Phản ánh mới {codes[0]}" in words for words in told)
    assert not any(codes[1] in words for words in told)
    held = (await house.told("Minh"))[-1]
    assert f"giữ lại chờ anh/chị xem: {codes[1]}" in held.words
    assert "Cho xử lý" in [button.label for button in held.buttons]


async def test_one_taps_in_chat_while_another_presses_a_key_on_the_page(
    either_desk: Desk,
) -> None:
    """One of the two has the case; the other is told, and one step is kept."""
    desk, house = either_desk, either_desk.house
    await house.enters("Hoa", OFFICE, Role.HANDLER)
    case = await house.opens("Bình")
    hoa = await desk.comes_in("Hoa")
    tap = house.incoming("Hạnh", Tap(f"do.case.take.{case.code}.received"))
    csrf = await hoa.csrf()
    path = f"/van-phong/phan-anh/{case.code}/nhan"
    accept = {"Accept": "application/json"}
    answer, _ = await asyncio.gather(
        hoa.posts(path, headers=accept, csrf=csrf, seen="received"),
        house.world.app.receiver.receive([tap]),
    )
    in_chat = (await house.told("Hạnh"))[-1].words
    assert (answer.status == 200) is ("đã có thay đổi" in in_chat)
    assert answer.status in (200, 409)
    assert [step.step for step in await house.steps(case.id)] == [CaseStep.OPEN, CaseStep.ACCEPT]
