"""Calls made on the web: drafted, shown, sent; who may; the table and its workbook."""

from __future__ import annotations

import io

import pytest
from aiohttp import ClientResponse
from openpyxl import load_workbook
from sqlalchemy import select

from storage import reports, requests, units
from storage.reports import Filing
from storage.requests import Request
from storage.tables import outbox
from tests.office.web_world import Town, Visitor
from tests.storage.an_xuan import add_reporter

CALL = {
    "what": "số hộ bị ngập, mức ngập (nhẹ/nặng), =ghi chú",
    "whom": "các thôn",
    "until": "17h thứ Sáu",
}


async def calls(
    visitor: Visitor, csrf: str, said: dict[str, str] = CALL, *, send: str = "1", **headers: str
) -> ClientResponse:
    """The form of the page; without `send` it asks for the draft."""
    return await visitor.posts(
        "/van-phong/yeu-cau",
        headers=headers,
        csrf=csrf,
        send=send,
        what=said["what"],
        whom=said["whom"],
        until=said["until"],
    )


async def the_calls(town: Town) -> list[Request]:
    async with town.store.read() as tx:
        return await requests.of_communes(tx, [town.commune.id])


async def test_a_call_is_shown_before_it_goes_and_the_villages_hear_of_it(town: Town) -> None:
    """Monday 8 June 2026: the same words as in chat, the same draft, one table."""
    async with town.store.begin() as tx:
        everyone = await units.of_commune(tx, town.commune.id)
        villages = [unit for unit in everyone if unit.pack_key == "thon"]
        lan = await add_reporter(tx, villages[0], "Lan", now=town.clock(), ids=town.ids)
    son = await town.comes_in("Quản trị Sơn")
    csrf = await son.csrf()
    answer = await calls(son, csrf, send="")
    page = await answer.text()
    assert answer.status == 200
    assert "Số hộ bị ngập (con số); Mức ngập (chọn Nhẹ hoặc Nặng)" in page
    assert "trước 17 giờ ngày 12/6" in page
    assert await the_calls(town) == []
    answer = await calls(son, csrf)
    assert answer.status == 303
    (call,) = await the_calls(town)
    assert call.asked_by == town.who["Quản trị Sơn"]
    async with town.store.begin() as tx:
        told = list(await tx.scalars(select(outbox.c.person_id)))
        assert lan in told
        await reports.file(
            tx,
            Filing(
                form="report", unit_id=villages[0].id, filed_by=lan, plan_id=call.plan_id,
                answers={"answers": {"q1": 12, "q2": "Nặng", "q3": "=1+1"}},
                subject_key=call.duty_key, period_key=call.period_key,
            ),
            now=town.clock(),
            ids=town.ids,
        )  # fmt: skip
    page = await son.reads(answer.headers["Location"])
    assert "12 hộ" in page
    assert f"1 trên {len(villages)} đơn vị đã gửi" in page
    book = await son.gets(f"{answer.headers['Location']}.xlsx")
    sheet = load_workbook(io.BytesIO(await book.read())).worksheets[0]
    lines = {row[0]: row[1:] for row in sheet.iter_rows(min_row=3, values_only=True)}
    assert lines[villages[0].name] == (12, "Nặng", "'=1+1", "đã gửi")
    assert lines[villages[1].name] == (None, None, None, "chưa gửi")


@pytest.mark.parametrize(
    ("key", "words", "says"),
    [
        ("whom", "thôn Không Có", "Em chưa thấy “thôn Không Có”"),
        ("until", "bao giờ cũng được", "Em chưa đọc được hạn"),
        ("until", "9h hôm nay", "Hạn này đã qua"),
        ("what", " ", "cần các đơn vị báo gì"),
    ],
)
async def test_what_cannot_be_read_is_said_and_nothing_is_sent(
    town: Town, key: str, words: str, says: str
) -> None:
    son = await town.comes_in("Quản trị Sơn")
    answer = await calls(son, await son.csrf(), CALL | {key: words})
    assert answer.status == 422
    assert says in await answer.text()
    assert await the_calls(town) == []


async def test_calls_are_seen_by_their_own_commune_and_never_made_from_elsewhere(
    town: Town,
) -> None:
    """Another commune's leader, a form without our token, a page of another site, nobody at all."""
    son = await town.comes_in("Quản trị Sơn")
    csrf = await son.csrf()
    made = await calls(son, csrf)
    page = made.headers["Location"]
    for path in (page, f"{page}.xlsx"):
        assert (await (await town.comes_in("Chủ tịch Hoa")).gets(path)).status == 200
        assert (await (await town.comes_in("Phụ nữ Thu")).gets(path)).status == 404
        assert (await (await town.comes_in("Chủ tịch xã bên")).gets(path)).status == 404
        assert (await town.visitor().gets(path)).status in (302, 303, 401, 403)
    strangers = [
        await calls(son, "0" * 64),
        await calls(son, csrf, Origin="https://elsewhere.example"),
    ]
    assert {answer.status for answer in strangers} <= {400, 403}
    assert len(await the_calls(town)) == 1
