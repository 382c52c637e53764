"""The office's door: links once, sessions that end, forged posts refused, rights asked anew."""

from __future__ import annotations

import pytest

from storage import doors, people
from tests.office.web_world import Town


async def test_a_link_lets_in_once_and_looking_does_not_use_it_up(town: Town) -> None:
    """Chats fetch links to preview them; only the button on the page enters."""
    token = await town.link("Chủ tịch Hoa")
    browser = town.visitor()
    for _ in range(2):
        assert "Vào văn phòng" in await browser.reads(f"/van-phong/vao/{token}")
    answer = await browser.posts("/van-phong/vao", token=token)
    assert (answer.status, answer.headers["Location"]) == (303, "/van-phong")
    assert "Chủ tịch Hoa" in await browser.reads("/van-phong")
    for visitor in (town.visitor(), browser):
        assert (await visitor.posts("/van-phong/vao", token=token)).status == 410


async def test_the_cookie_is_kept_from_scripts_and_other_sites(town: Town) -> None:
    """HttpOnly, SameSite, twelve hours, for the office's pages only."""
    answer = await town.visitor().posts("/van-phong/vao", token=await town.link("Duyệt Mai"))
    cookie = answer.headers["Set-Cookie"]
    for part in ("HttpOnly", "SameSite=Lax", "Path=/van-phong", "Max-Age=43200"):
        assert part in cookie


async def test_a_link_is_good_for_a_quarter_of_an_hour_and_a_session_for_twelve(town: Town) -> None:
    token = await town.link("Chủ tịch Hoa")
    town.later(minutes=14)
    browser = town.visitor()
    assert (await browser.posts("/van-phong/vao", token=token)).status == 303
    stale = await town.link("Chủ tịch Hoa")
    town.later(minutes=16)
    assert (await browser.gets(f"/van-phong/vao/{stale}")).status == 410
    assert (await browser.posts("/van-phong/vao", token=stale)).status == 410
    assert (await browser.gets("/van-phong")).status == 200
    town.later(hours=12)
    answer = await browser.gets("/van-phong")
    assert answer.status == 401
    assert "nhắn “web”" in await answer.text()


async def test_a_newer_link_makes_the_older_one_useless(town: Town) -> None:
    """What lies about in a chat opens nothing."""
    older, newer = await town.link("Duyệt Mai"), await town.link("Duyệt Mai")
    assert (await town.visitor().posts("/van-phong/vao", token=older)).status == 410
    assert (await town.visitor().posts("/van-phong/vao", token=newer)).status == 303


async def test_nothing_in_the_database_opens_the_door(town: Town) -> None:
    """Tokens are kept as hashes only."""
    token = await town.link("Duyệt Mai")
    async with town.store.read() as tx:
        rows = (await tx.exec_driver_sql("SELECT digest FROM web_links")).scalars().all()
    assert token not in rows
    for row in rows:
        assert (await town.visitor().posts("/van-phong/vao", token=row)).status == 410


async def test_a_role_that_ends_ends_at_once(town: Town) -> None:
    """Rights are asked at every request, not at the door."""
    browser = await town.comes_in("Xử lý Bình")
    assert (await browser.gets("/van-phong/phan-anh")).status == 200
    who = town.who["Xử lý Bình"]
    async with town.store.begin() as tx:
        roles = (await people.memberships_of(tx, [who]))[who]
        await people.end_role(tx, who, roles[0].unit_id, roles[0].role, now=town.clock())
    assert (await browser.gets("/van-phong/phan-anh")).status == 403


@pytest.mark.parametrize("name", ["Trưởng thôn Lâm", "Trần Thị Người Báo"])
async def test_who_holds_no_office_is_told_so(town: Town, name: str) -> None:
    """Village reporters and citizens have the chat."""
    browser = await town.comes_in(name)
    for path in ("/van-phong", "/van-phong/phan-anh", "/van-phong/diem"):
        assert (await browser.gets(path)).status == 403


async def test_all_sessions_of_a_person_can_be_ended(town: Town) -> None:
    """A phone was lost."""
    browsers = [await town.comes_in("Chủ tịch Hoa") for _ in range(2)]
    async with town.store.begin() as tx:
        ended = await doors.shut_out(tx, town.who["Chủ tịch Hoa"], now=town.clock(), ids=town.ids)
    assert ended == 2
    assert [(await one.gets("/van-phong")).status for one in browsers] == [401, 401]


async def test_leaving_ends_this_session_only(town: Town) -> None:
    one, other = await town.comes_in("Chủ tịch Hoa"), await town.comes_in("Chủ tịch Hoa")
    assert (await one.posts("/van-phong/ra", csrf=await one.csrf())).status == 200
    assert (await one.gets("/van-phong")).status == 401
    assert (await other.gets("/van-phong")).status == 200


async def test_a_cookie_that_was_changed_or_made_up_is_nobody(town: Town) -> None:
    browser = await town.comes_in("Chủ tịch Hoa")
    cookie = next(iter(browser.session.cookie_jar)).value
    session, _, signature = cookie.partition(".")
    for wrong in (f"{session}x.{signature}", f"{session}.{'0' * 64}", session, ".", "á.b"):
        answer = await town.visitor().gets("/van-phong", Cookie=f"soxanh_van_phong={wrong}")
        assert answer.status == 401


async def test_posts_from_elsewhere_and_without_the_token_change_nothing(town: Town) -> None:
    """Another site's page, a form without the token, a token of another session."""
    case = await town.reports()
    browser, other = await town.comes_in("Xử lý Bình"), await town.comes_in("Chủ tịch Hoa")
    path = f"/van-phong/phan-anh/{case.code}/nhan"
    own, foreign = await browser.csrf(), await other.csrf()
    attempts = (
        ({"Origin": "https://xau.example"}, own),
        ({"Origin": "null"}, own),
        ({"Origin": "", "Sec-Fetch-Site": "cross-site"}, own),
        ({}, foreign),
        ({}, ""),
    )
    for headers, csrf in attempts:
        answer = await browser.posts(path, headers=headers, csrf=csrf, seen="received")
        assert answer.status == 403
    assert (await town.case(case.code)).state == "received"
    assert (await browser.posts(path, csrf=own, seen="received")).status == 303


async def test_pages_carry_the_headers_that_keep_them_to_themselves(town: Town) -> None:
    """No foreign scripts, no frames, no inline script or style."""
    browser = await town.comes_in("Chủ tịch Hoa")
    for path in ("/van-phong", "/xa/an-xuan", "/khong-co-trang-nao-ca"):
        answer = await browser.gets(path)
        if answer.status == 404:
            continue
        policy = answer.headers["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        page = await answer.text()
        assert "<script>" not in page
        assert " style=" not in page
        assert " onclick" not in page


async def test_who_tries_links_by_the_dozen_must_wait(town: Town) -> None:
    """Tokens cannot be guessed, and the door is not hammered on."""
    browser = town.visitor()
    answers = [await browser.gets(f"/van-phong/vao/{'x' * 20}{n}") for n in range(30)]
    assert {answer.status for answer in answers} == {410, 429}
    assert int(answers[-1].headers["Retry-After"]) >= 1
