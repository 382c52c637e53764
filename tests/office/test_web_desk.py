"""The officials' screens: who sees which case, deeds that are done once, seals, releases, points."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from PIL import Image

from plans.handling import CaseState, CaseStep
from storage import audits, cases, casework, public, reporters, triage, units
from storage.cases import Case
from storage.casework import Taken
from tests.office.web_world import REPORTER, WORDS, Town, Visitor, a_photo


async def test_triage_shows_urgent_cases_first_and_twenty_at_once(town: Town) -> None:
    usual = [await town.reports(words=f"đống rơm số {n}") for n in range(21)]
    urgent = await town.reports(urgent=True)
    page = await (await town.comes_in("Xử lý Bình")).reads("/van-phong/phan-anh")
    assert page.count('class="detail"') == 20
    assert "20 trên 22" in page
    assert page.index(urgent.code) < page.index(usual[0].code) < page.index(usual[1].code)


@pytest.mark.parametrize(
    ("name", "sees"),
    [
        ("Chủ tịch Hoa", True),
        ("Quản trị Sơn", True),
        ("Duyệt Mai", True),
        ("Xử lý Bình", True),
        ("Phụ nữ Thu", False),
        ("Chủ tịch xã bên", False),
    ],
)
async def test_officials_see_cases_of_their_units_only(town: Town, name: str, sees: bool) -> None:
    """For everybody else there is no such case: list, page, picture, deed."""
    case = await town.reports(photos=(a_photo(),))
    async with town.store.read() as tx:
        (shot,) = (await triage.shots_of(tx, [case.id]))[case.id]
    browser = await town.comes_in(name)
    assert (case.code in await browser.reads("/van-phong/phan-anh")) is sees
    wanted = 200 if sees else 404
    for path in (
        f"/van-phong/phan-anh/{case.code}",
        f"/van-phong/anh/{shot.evidence_id}",
        f"/van-phong/anh/{shot.evidence_id}?co=nho",
    ):
        assert (await browser.gets(path)).status == wanted
    if not sees:
        assert (await browser.does(case.code, "nhan", "received")).status == 404
        assert (await browser.gets(f"/van-phong/anh/{shot.evidence_id}/che")).status == 404


async def test_nobody_without_a_session_gets_anything(town: Town) -> None:
    case = await town.reports(photos=(a_photo(),))
    browser = town.visitor()
    for path in (
        "/van-phong",
        "/van-phong/phan-anh",
        f"/van-phong/phan-anh/{case.code}",
        "/van-phong/anh/1",
        "/van-phong/diem",
        "/van-phong/diem.geojson",
    ):
        answer = await browser.gets(path)
        assert answer.status == 401
        assert WORDS not in await answer.text()
    for path in (f"/van-phong/phan-anh/{case.code}/nhan", "/van-phong/loi-cong-khai/1"):
        assert (await browser.posts(path, seen="received")).status == 401


async def test_a_case_is_taken_up_by_one_of_two(town: Town) -> None:
    """The second is told kindly who was faster, and nothing is written twice."""
    case = await town.reports()
    handler, leader = await town.comes_in("Xử lý Bình"), await town.comes_in("Chủ tịch Hoa")
    first = await handler.does(case.code, "nhan", "received")
    assert (first.status, (await first.json())["state"]) == (200, "accepted")
    for browser in (leader, handler):
        second = await browser.does(case.code, "nhan", "received")
        assert second.status == 409
        assert "đã có người làm trước đó" in (await second.json())["says"]
    stands = await town.case(case.code)
    assert stands.handler_person_id == town.who["Xử lý Bình"]
    assert [one.step for one in town.heard] == [CaseStep.ACCEPT]


async def test_a_deed_on_an_old_picture_of_the_case_is_refused(town: Town) -> None:
    """Rejecting would be possible, but somebody took it up meanwhile."""
    case = await town.reports()
    browser = await town.comes_in("Xử lý Bình")
    await browser.does(case.code, "nhan", "received")
    late = await browser.does(case.code, "tu-choi", "received", words="Không phải vi phạm")
    assert late.status == 409
    assert (await town.case(case.code)).state is CaseState.ACCEPTED


async def test_confirming_or_calling_urgent_twice_is_said_once(town: Town) -> None:
    """Both leave the state alone, so the state seen cannot tell."""
    case = await town.reports()
    browser = await town.comes_in("Xử lý Bình")
    for deed in ("xac-minh", "khan"):
        assert (await browser.does(case.code, deed, "received")).status == 200
        assert (await browser.does(case.code, deed, "received")).status == 409
    stands = await town.case(case.code)
    assert (stands.confirmed, stands.urgent) == (True, True)


async def test_rejecting_needs_a_reason_and_the_citizen_hears_it(town: Town) -> None:
    case = await town.reports()
    browser = await town.comes_in("Xử lý Bình")
    assert (await browser.does(case.code, "tu-choi", "received", words=" ")).status == 422
    answer = await browser.does(case.code, "tu-choi", "received", words="Không thuộc địa bàn xã")
    assert (answer.status, town.heard[-1].words) == (200, "Không thuộc địa bàn xã")
    assert (await town.case(case.code)).state is CaseState.REJECTED


async def test_a_case_is_given_to_a_body_of_the_same_commune_only(town: Town) -> None:
    """Its limits run anew from then."""
    case = await town.reports()
    town.later(days=1)
    browser = await town.comes_in("Xử lý Bình")
    for wrong in ("", "999999", str(town.other.id), "x"):
        assert (await browser.does(case.code, "chuyen", "received", unit=wrong)).status == 422
    office = next(iter(await _units(town, "van-phong")))
    assert (await browser.does(case.code, "chuyen", "received", unit=str(office))).status == 200
    stands = await town.case(case.code)
    assert (stands.handler_unit_id, stands.state) == (office, CaseState.ASSIGNED)
    assert stands.accept_due_at is not None
    assert case.accept_due_at is not None
    assert stands.accept_due_at > case.accept_due_at
    # it is another body's now
    assert (await browser.gets(f"/van-phong/phan-anh/{case.code}")).status == 404


async def _units(town: Town, code: str) -> list[int]:
    async with town.store.read() as tx:
        return [u.id for u in await units.of_commune(tx, town.commune.id) if u.code == code]


async def test_alike_cases_are_offered_and_merged(town: Town) -> None:
    one = await town.reports()
    two = await town.reports()
    browser = await town.comes_in("Xử lý Bình")
    page = await browser.reads("/van-phong/phan-anh")
    assert f'data-likes="{two.code}"' in page
    for wrong in ("", two.code, "PA-ZZZZ"):
        assert (await browser.does(two.code, "gop", "received", case=wrong)).status == 422
    answer = await browser.does(two.code, "gop", "received", case=one.code.lower())
    assert answer.status == 200
    assert (await town.case(two.code)).merged_into == one.id


async def test_a_picture_seen_before_is_a_doubt(town: Town) -> None:
    first = await town.reports(photos=(a_photo(),), lat=None, lon=None, unit_id=None)
    await town.reports(photos=(a_photo(),), violation_key="tieng-on")
    page = await (await town.comes_in("Chủ tịch Hoa")).reads("/van-phong/phan-anh")
    assert f"Ảnh trông giống ảnh đã gửi ở {first.code}" in page


async def test_held_cases_are_for_those_who_may_let_them_pass(town: Town) -> None:
    """And nobody hears of them before; letting one pass twice is refused."""
    case = await town.reports(held=True)
    handler, admin = await town.comes_in("Xử lý Bình"), await town.comes_in("Quản trị Sơn")
    assert (await handler.gets(f"/van-phong/phan-anh/{case.code}")).status == 404
    assert case.code not in await handler.reads("/van-phong/phan-anh?xem=giu")
    assert case.code in await admin.reads("/van-phong/phan-anh?xem=giu")
    assert (await admin.does(case.code, "nhan", "received")).status == 403
    assert (await admin.does(case.code, "cho-xu-ly", "received")).status == 200
    assert (await admin.does(case.code, "cho-xu-ly", "received")).status == 409
    assert case.code in await handler.reads("/van-phong/phan-anh")
    assert [one.step for one in town.heard] == [CaseStep.OPEN]


async def test_rights_beside_the_case_are_rights_over_nothing(town: Town) -> None:
    """A reviewer sees and does not handle; a handler does not close by words alone."""
    case = await town.reports()
    reviewer, handler = await town.comes_in("Duyệt Mai"), await town.comes_in("Xử lý Bình")
    assert (await reviewer.does(case.code, "nhan", "received")).status == 403
    assert (await handler.does(case.code, "xong", "received", words="đã dọn")).status == 403
    assert "chỉ xem" in await reviewer.reads(f"/van-phong/phan-anh/{case.code}")
    leader = await town.comes_in("Chủ tịch Hoa")
    assert (await leader.does(case.code, "xong", "received", words="đã dọn")).status == 200
    assert (await leader.does(case.code, "khong-co", "received")).status == 404
    assert (await leader.does(case.code, "nhan", "khong-co")).status == 400


async def test_the_case_page_tells_its_history(town: Town) -> None:
    """With inner notes for officials, and the name of who gave it only for those who handle it."""
    case = await town.reports()
    handler = await town.comes_in("Xử lý Bình")
    await handler.does(case.code, "nhan", "received")
    await handler.does(case.code, "ghi-chu", "accepted", words="gọi trưởng thôn")
    page = await handler.reads(f"/van-phong/phan-anh/{case.code}")
    for words in (WORDS, REPORTER, "Nhận xử lý", "gọi trưởng thôn", "nội bộ", "Xử lý Bình"):
        assert words in page
    assert REPORTER not in await (await town.comes_in("Duyệt Mai")).reads(
        f"/van-phong/phan-anh/{case.code}"
    )
    public_page = await town.visitor().reads(f"/xa/an-xuan/phan-anh/{case.code}")
    assert "gọi trưởng thôn" not in public_page
    assert "Ghi chú" not in public_page


async def test_a_seal_is_opened_by_the_communes_leader_for_a_reason_that_is_kept(
    town: Town,
) -> None:
    case = await town.reports(sealed=True)
    handler, leader = await town.comes_in("Xử lý Bình"), await town.comes_in("Chủ tịch Hoa")
    path = f"/van-phong/phan-anh/{case.code}/niem-phong"
    why = "có người bị đe dọa"
    for browser in (handler, leader):
        assert REPORTER not in await browser.reads(f"/van-phong/phan-anh/{case.code}")
    assert (await handler.posts(path, csrf=await handler.csrf(), words=why)).status == 404
    assert (await leader.posts(path, csrf=await leader.csrf(), words=" ")).status == 422
    answer = await leader.posts(path, csrf=await leader.csrf(), words=why)
    assert REPORTER in await answer.text()
    async with town.store.read() as tx:
        opened = await reporters.openings(tx, case.id)
    assert opened == [(town.clock(), town.who["Chủ tịch Hoa"], why)]
    assert why in await leader.reads(f"/van-phong/phan-anh/{case.code}")


# --- releases ------------------------------------------------------------------------------------


async def _shot(town: Town, case: Case) -> triage.Shot:
    async with town.store.read() as tx:
        (shot,) = (await triage.shots_of(tx, [case.id]))[case.id]
    return shot


async def _release(browser: Visitor, shot: triage.Shot, boxes: str, do: str = "cong-khai") -> Any:
    return await browser.posts(
        f"/van-phong/anh/{shot.evidence_id}/che", csrf=await browser.csrf(), boxes=boxes, lam=do
    )


async def test_a_face_is_covered_in_the_public_copy_and_stays_for_the_handler(town: Town) -> None:
    """Original and shown copy are the same bytes as before."""
    case = await town.reports(photos=(a_photo(),))
    shot = await _shot(town, case)
    assert shot.shown_sha256 is not None
    before = await town.files.read(shot.shown_sha256)
    handler = await town.comes_in("Xử lý Bình")
    box = [0.05, 0.07, 0.23, 0.26]
    assert (await _release(handler, shot, json.dumps([box]))).status == 303
    answer = await town.visitor().gets(f"/xa/an-xuan/anh/{shot.evidence_id}")
    covered = Image.open(io.BytesIO(await answer.read())).convert("L")
    usual = Image.open(io.BytesIO(before)).convert("L")
    inside = (40, 40, 140, 120)
    assert _edges(usual.crop(inside)) > 8 * _edges(covered.crop(inside))
    outside = (320, 240, 480, 360)
    assert abs(_edges(usual.crop(outside)) - _edges(covered.crop(outside))) < 0.05 * _edges(
        usual.crop(outside)
    )
    again = await _shot(town, case)
    assert again.shown_sha256 == shot.shown_sha256
    seen = await handler.gets(f"/van-phong/anh/{shot.evidence_id}")
    assert await seen.read() == before
    assert (await _release(handler, shot, "[]", "thoi")).status == 303
    assert (await town.visitor().gets(f"/xa/an-xuan/anh/{shot.evidence_id}")).status == 404


def _edges(image: Image.Image) -> int:
    """How much neighbouring points differ, from left to right."""
    values, width = list(image.tobytes()), image.width
    return sum(abs(values[n] - values[n + 1]) for n in range(len(values) - 1) if (n + 1) % width)


async def test_boxes_that_are_none_are_refused(town: Town) -> None:
    case = await town.reports(photos=(a_photo(),))
    shot = await _shot(town, case)
    handler = await town.comes_in("Xử lý Bình")
    many = json.dumps([[0.1, 0.1, 0.2, 0.2]] * 41)
    for wrong in ("x", "{}", "[[1,2]]", "[[0.5,0.5,0.1,0.9]]", '[["a",0,1,1]]', many):
        assert (await _release(handler, shot, wrong)).status == 400
    assert not (await _shot(town, case)).released


async def test_who_does_not_handle_a_case_releases_nothing_of_it(town: Town) -> None:
    case = await town.reports(photos=(a_photo(),))
    shot = await _shot(town, case)
    for name, status in (("Duyệt Mai", 403), ("Chủ tịch xã bên", 404)):
        browser = await town.comes_in(name)
        assert (await _release(browser, shot, "[]")).status == status
        answer = await browser.posts(
            f"/van-phong/loi-cong-khai/{case.id}", csrf=await browser.csrf(), words="x"
        )
        assert answer.status == status


async def test_an_official_writes_what_everybody_reads_and_it_is_traced(town: Town) -> None:
    case = await town.reports()
    handler = await town.comes_in("Xử lý Bình")
    for words in ("Đốt rơm ngoài đồng", ""):
        answer = await handler.posts(
            f"/van-phong/loi-cong-khai/{case.id}", csrf=await handler.csrf(), words=words
        )
        assert answer.status == 303
        page = await town.visitor().reads("/xa/an-xuan")
        assert ("Đốt rơm ngoài đồng" in page) is bool(words)
    async with town.store.read() as tx:
        traced = await audits.about(tx, f"case:{case.id}")
        assert await public.words_of(tx, case.id) == ""
    assert [row.action for row in traced] == ["case.withdraw_words", "case.release_words"]


# --- points and the overview ---------------------------------------------------------------------


async def test_points_are_for_officials_of_the_commune_and_named_by_those_who_route(
    town: Town,
) -> None:
    for _ in range(2):
        case = await town.reports()
        async with town.store.begin() as tx:
            await casework.confirm(
                tx, case.id, taken=Taken(step=CaseStep.CONFIRM), now=town.clock(), ids=town.ids
            )
    leader = await town.comes_in("Chủ tịch Hoa")
    page = await leader.reads("/van-phong/diem")
    assert "2 vụ" in page
    feed = json.loads(await leader.reads("/van-phong/diem.geojson"))
    assert len(feed["features"]) == 1
    async with town.store.read() as tx:
        point_id = (await cases.case_by_code(tx, case.code)).point_id
    reviewer = await town.comes_in("Duyệt Mai")
    for browser, status in ((reviewer, 404), (leader, 303)):
        answer = await browser.posts(
            f"/van-phong/diem/{point_id}", csrf=await browser.csrf(), name="Bờ kênh Nam"
        )
        assert answer.status == status
    assert "Bờ kênh Nam" in await leader.reads("/van-phong/diem")
    for name in ("Xử lý Bình", "Chủ tịch xã bên"):
        assert "Bờ kênh" not in await (await town.comes_in(name)).reads("/van-phong/diem")


async def test_the_overview_counts_what_waits_below_the_official(town: Town) -> None:
    await town.reports()
    await town.reports(held=True)
    page = await (await town.comes_in("Quản trị Sơn")).reads("/van-phong")
    assert "<b>1</b>phản ánh chờ nhận" in page
    assert "<b>1</b>đang giữ lại" in page
    assert "Kênh và tin nhắn" in page
    other = await (await town.comes_in("Chủ tịch xã bên")).reads("/van-phong")
    assert "<b>0</b>phản ánh chờ nhận" in other
    assert "Kênh và tin nhắn" not in other
