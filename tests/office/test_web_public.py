"""The public page of a commune: what it shows, what it never shows, and how much was done in time."""

from __future__ import annotations

import json
import math
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.area import SQUARE_M, area_of
from plans.handling import CaseState, CaseStep
from plans.likeness import distance_m
from storage import casework, public, triage
from storage.cases import Case
from storage.casework import Taken
from tests.office.web_world import PIN, SECRETS, Town, a_photo

IN_VIETNAM = (st.floats(8.2, 23.4), st.floats(102.1, 109.5))


@given(*IN_VIETNAM)
def test_a_place_is_blurred_to_its_square_and_no_further(lat: float, lon: float) -> None:
    """Never farther from the middle than half a diagonal (with a metre for rounding)."""
    assert distance_m(lat, lon, *area_of(lat, lon)) <= SQUARE_M * math.sqrt(2) / 2 + 1.5


@given(*IN_VIETNAM, st.floats(0, 1), st.floats(0, 1))
def test_every_pin_of_a_square_gives_the_same_middle(
    lat: float, lon: float, down: float, right: float
) -> None:
    """So however often somebody asks, and whatever else they know, only the square comes out."""
    middle = area_of(lat, lon)
    assert area_of(*middle) == middle
    reach_deg = 0.49 * SQUARE_M / 111_320
    near = (
        middle[0] + (2 * down - 1) * reach_deg,
        middle[1] + (2 * right - 1) * reach_deg,  # a degree of longitude is shorter still
    )
    assert area_of(*near) == middle


async def _step(town: Town, case: Case, step: CaseStep, **more: Any) -> Case:
    async with town.store.begin() as tx:
        taken = Taken(step=step, **more)
        return await casework.step(tx, case.id, taken, now=town.clock(), ids=town.ids)


async def test_everybody_sees_kind_state_day_and_square_and_nothing_else(town: Town) -> None:
    """Page, list, case page and feed: none holds words, place, pin, name or hour."""
    case = await town.reports(photos=(a_photo(),))
    browser = town.visitor()
    page = await browser.reads("/xa/an-xuan")
    one = await browser.reads(f"/xa/an-xuan/phan-anh/{case.code}")
    feed = await browser.reads("/xa/an-xuan/cases.geojson")
    assert "Đốt rơm" in page
    assert "8/6/2026" in page
    assert "Thôn Đông" in page
    assert "Nhận phản ánh" in one
    for text in (page, one, feed):
        for secret in SECRETS.values():
            assert secret not in text
        assert "09:00" not in text
        assert '<img src="/xa/' not in text
    feature = json.loads(feed)["features"][0]
    lon, lat = feature["geometry"]["coordinates"]
    assert (lat, lon) == area_of(*PIN)
    assert distance_m(lat, lon, *PIN) > 5
    assert feature["properties"]["precision_m"] == 100


async def test_held_rejected_and_merged_cases_are_in_no_list(town: Town) -> None:
    """Held ones are nowhere; who knows the code of a rejected one reads that it was."""
    held = await town.reports(held=True)
    refused = await _step(town, await town.reports(), CaseStep.REJECT, words="không phải")
    kept = await town.reports()
    gone = await town.reports()
    async with town.store.begin() as tx:
        taken = Taken(step=CaseStep.MERGE)
        await casework.merge(tx, gone.id, into=kept.id, taken=taken, now=town.clock(), ids=town.ids)
    browser = town.visitor()
    page, feed = (
        await browser.reads("/xa/an-xuan"),
        await browser.reads("/xa/an-xuan/cases.geojson"),
    )
    for text in (page, feed):
        assert kept.code in text
        for other in (held, refused, gone):
            assert other.code not in text
    assert "không thụ lý 1 phản ánh" in page
    assert (await browser.gets(f"/xa/an-xuan/phan-anh/{held.code}")).status == 404
    told = await browser.reads(f"/xa/an-xuan/phan-anh/{refused.code}")
    assert "không thụ lý" in told
    assert "không phải" not in told


async def test_words_and_pictures_show_only_when_released_and_can_be_taken_back(town: Town) -> None:
    """And disappear by themselves when the case is rejected."""
    case = await town.reports(photos=(a_photo(),))
    async with town.store.read() as tx:
        (shot,) = (await triage.shots_of(tx, [case.id]))[case.id]
    browser = town.visitor()
    path = f"/xa/an-xuan/anh/{shot.evidence_id}"
    assert (await browser.gets(path)).status == 404
    about: Any = {"by": town.who["Xử lý Bình"], "now": town.clock(), "ids": town.ids}
    async with town.store.begin() as tx:
        await public.release_words(tx, case.id, "Đốt rơm <b>ngoài đồng</b>", **about)
        await public.release_photo(tx, shot.evidence_id, public_sha256=shot.shown_sha256, **about)
    page = await browser.reads("/xa/an-xuan")
    assert "Đốt rơm &lt;b&gt;ngoài đồng&lt;/b&gt;" in page
    assert path in page
    picture = await browser.gets(path)
    assert (picture.status, picture.content_type) == (200, "image/jpeg")
    assert b"CameraOfTuRau" not in await picture.read()
    # pictures of one commune are not served under another's name
    assert (await browser.gets(f"/xa/binh-an/anh/{shot.evidence_id}")).status == 404
    await _step(town, case, CaseStep.REJECT, words="nhầm")
    assert (await browser.gets(path)).status == 404
    assert "ngoài đồng" not in await browser.reads(f"/xa/an-xuan/phan-anh/{case.code}")
    await _step(town, case, CaseStep.REOPEN)
    assert (await browser.gets(path)).status == 200
    async with town.store.begin() as tx:
        await public.release_photo(tx, shot.evidence_id, public_sha256=None, **about)
    assert (await browser.gets(path)).status == 404


async def test_the_share_in_time_stands_over_its_numbers(town: Town) -> None:
    """Two resolved, one of them late; one open past its limit; one open within; one passed on."""
    in_time, late, never, passed = [await town.reports() for _ in range(4)]
    await _step(town, passed, CaseStep.PASS_ON, words="huyện")
    await _step(town, in_time, CaseStep.RESOLVE, words="xong")
    town.clock.at += timedelta(days=20)
    await _step(town, late, CaseStep.RESOLVE, words="xong")
    await _step(town, late, CaseStep.FIXED)
    await town.reports()
    async with town.store.read() as tx:
        (found,) = await public.in_time(tx, town.commune.id, now=town.clock())
    assert (found.cases, found.open, found.due, found.in_time) == (5, 4, 3, 1)
    page = await town.visitor().reads("/xa/an-xuan")
    assert "33%" in page
    assert "1 trên 3 vụ" in page
    assert (await town.case(never.code)).state is CaseState.RECEIVED


async def test_the_list_is_filtered_and_paged_without_any_script(town: Town) -> None:
    """By plain links and a form."""
    for _ in range(21):
        await town.reports()
    noise = await town.reports(violation_key="tieng-on")
    closed = await town.reports()
    await _step(town, closed, CaseStep.RESOLVE, words="x")
    await _step(town, closed, CaseStep.FIXED)
    browser = town.visitor()
    first = await browser.reads("/xa/an-xuan?loai=dot-rom&tinh-trang=mo")
    assert "(21 vụ)" in first
    assert "Trang 1 trên 2" in first
    second = await browser.reads("/xa/an-xuan?loai=dot-rom&tinh-trang=mo&trang=2")
    assert second.count('class="case ') == 1
    assert noise.code in await browser.reads("/xa/an-xuan?loai=tieng-on")
    assert "(1 vụ)" in await browser.reads("/xa/an-xuan?tinh-trang=dong")
    for odd in ("trang=0", "trang=-1", "trang=²", "trang=99999999", "loai=%27--", "tinh-trang=%00"):
        assert (await browser.gets(f"/xa/an-xuan?{odd}")).status == 200


@pytest.mark.parametrize(
    "path", ["/xa/khong-co", "/xa/an-xuan/phan-anh/PA-0000", "/xa/khong-co/cases.geojson"]
)
async def test_what_is_not_there_is_said_kindly(town: Town, path: str) -> None:
    answer = await town.visitor().gets(path)
    assert answer.status == 404
    assert "không tìm thấy" in await answer.text()


async def test_a_case_of_one_commune_is_not_found_under_another(town: Town) -> None:
    case = await town.reports()
    assert (await town.visitor().gets(f"/xa/binh-an/phan-anh/{case.code}")).status == 404


async def test_the_feed_is_for_everybodys_maps(town: Town) -> None:
    """GeoJSON by its own name, open to other sites, without a geometry where nobody gave a pin."""
    await town.reports(lat=None, lon=None)
    answer = await town.visitor().gets("/xa/an-xuan/cases.geojson")
    assert answer.content_type == "application/geo+json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    (feature,) = (await answer.json(content_type=None))["features"]
    assert feature["geometry"] is None
