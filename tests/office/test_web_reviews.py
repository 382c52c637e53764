"""The page of reviews: reports read whole, accepted or sent back with a reason, pictures doubted, others kept out."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import msgspec
import pytest
from sqlalchemy import func, select

from bot.events import Reply
from plans.calendar import Calendar
from plans.owed import owed
from storage import ledger, obligations, report_versions, reports, units
from storage.report_versions import ACCEPTED, FILED, RETURNED, Report
from storage.reports import Amount, Filing
from storage.tables import evidence, outbox, totals
from tests.office.web_world import Town, Visitor, a_photo
from tests.storage.an_xuan import add_reporter, mini_pack

PAGE = "/van-phong/duyet"
REMARK = "Còn ba hộ đầu ngõ chưa có thùng rác riêng nên vẫn để chung với rác nhà hàng xóm ạ"
WHY = "Số hộ nhiều hơn cả thôn, anh đếm lại giúp"


async def files(town: Town, households: int = 120, photo: bytes | None = None) -> str:
    """A village files its year; returns the report's code. Filed again, it is the next version."""
    async with town.store.begin() as tx:
        village = await units.by_code(tx, town.commune.id, "thon-0")
        assert village is not None
        if "Lan" not in town.who:
            town.who["Lan"] = await add_reporter(tx, village, "Lan", now=town.clock(), ids=town.ids)
        shown = ((await town.picture(tx, photo), "photo"),) if photo else ()
        filing = Filing(
            form="report",
            unit_id=village.id,
            filed_by=town.who["Lan"],
            plan_id=town.plan_id,
            subject_key="dinh-ky",
            period_key="2026",
            answers={"answers": {"phan-loai/so-ho": households, "remark": REMARK}},
            amounts=(Amount("ho-phan-loai", Decimal(households)),),
            media=shown,
        )
        return (await reports.file(tx, filing, now=town.clock(), ids=town.ids)).code


async def report(town: Town, code: str) -> Report:
    """A report as it stands now."""
    async with town.store.read() as tx:
        return await report_versions.by_code(tx, code)


async def counted(town: Town) -> Decimal:
    """What the whole commune's households come to."""
    async with town.store.read() as tx:
        at = (totals.c.unit_id == town.commune.id, totals.c.indicator == "ho-phan-loai")
        return Decimal(await tx.scalar(select(func.sum(totals.c.numerator)).where(*at)) or 0)


async def told(town: Town) -> list[Reply]:
    """Everything that waits to be carried to Lan."""
    async with town.store.read() as tx:
        rows = await tx.scalars(
            select(outbox.c.body)
            .where(outbox.c.person_id == town.who["Lan"])
            .order_by(outbox.c.made_at, outbox.c.id)
        )
        return [msgspec.json.decode(body, type=Reply) for body in rows]


async def decides(
    browser: Visitor, code: str, deed: str, *, version: int = 1, why: str = ""
) -> int:
    """A button of the page; the status of the answer."""
    answer = await browser.posts(
        f"{PAGE}/{code}",
        csrf=await browser.csrf(),
        version=str(version),
        deed=deed,
        why=why,
    )
    return answer.status


async def test_a_reviewer_reads_the_figures_and_accepts(town: Town) -> None:
    """Labels and values as the form asks them, long words whole; accepted once, nobody is written to."""
    code = await files(town)
    mai = await town.comes_in("Duyệt Mai")
    page = await mai.reads(PAGE)
    assert "Thôn Đông: Báo cáo năm 2026" in page
    assert "<dt>Hộ phân loại rác</dt><dd>120 hộ</dd>" in page
    assert f"<dd>{REMARK}</dd>" in page
    assert f"{code} · Lan, 09:00, 8/6/2026" in page
    assert await decides(mai, code, "duyet") == 303
    stands = await report(town, code)
    assert (stands.state, stands.reviewed_by) == (ACCEPTED, town.who["Duyệt Mai"])
    assert await decides(mai, code, "duyet") == 409, "tapped twice"
    assert await told(town) == []
    assert code not in await mai.reads(PAGE)
    assert code in await mai.reads(f"{PAGE}?xem=da-duyet")


async def test_a_report_goes_back_with_its_reason_and_counts_nowhere(town: Town) -> None:
    """Without a reason it stays; with one, whoever filed it reads it in chat and mends it by one tap."""
    code = await files(town, 900)
    hoa = await town.comes_in("Chủ tịch Hoa")
    assert await counted(town) == 900
    assert await decides(hoa, code, "tra-lai", why="  ") == 400
    assert (await report(town, code)).state == FILED
    assert await decides(hoa, code, "tra-lai", why=WHY) == 303
    assert (await report(town, code)).state == RETURNED
    assert await counted(town) == 0
    (said,) = await told(town)
    assert said.words == f"Xã An Xuân nhờ anh/chị sửa lại Báo cáo năm 2026 ({code}): {WHY}"
    assert [(one.label, one.token) for one in said.buttons] == [("Sửa", f"go.correct.{code}")]

    await files(town, 190)
    assert f"“{WHY}”" in await hoa.reads(PAGE), "what was wrong is beside what was mended"
    assert await decides(hoa, code, "duyet", version=1) == 409, "a version that nobody has read"
    assert (await report(town, code)).state == FILED
    assert await decides(hoa, code, "duyet", version=2) == 303
    assert await counted(town) == 190
    assert "đã duyệt Báo cáo năm 2026" in (await told(town))[-1].words


@pytest.mark.parametrize("name", ["Chủ tịch xã bên", "Xử lý Bình", "Quản trị Sơn"])
async def test_others_see_and_decide_nothing(town: Town, name: str) -> None:
    """Another commune's leader, a handler, an administrator: no report, no picture, no button."""
    code = await files(town, photo=a_photo())
    browser = await town.comes_in(name)
    assert code not in await browser.reads(PAGE)
    assert await decides(browser, code, "tra-lai", why=WHY) == 404
    assert (await report(town, code)).state == FILED
    assert (await browser.gets(await picture_of(town, code))).status == 404


async def picture_of(town: Town, code: str) -> str:
    """Where the picture of a report lies."""
    async with town.store.read() as tx:
        shown = select(evidence.c.id).where(evidence.c.report_id == (await report(town, code)).id)
        return f"{PAGE}/anh/{await tx.scalar(shown)}"


async def test_without_an_office_or_from_elsewhere_nothing_opens(town: Town) -> None:
    """No session, a village's reporter, a form of another site."""
    code = await files(town, photo=a_photo())
    stranger = town.visitor()
    for path in (PAGE, await picture_of(town, code)):
        assert (await stranger.gets(path)).status == 401
    assert (await stranger.posts(f"{PAGE}/{code}", deed="duyet", version="1")).status == 401
    mai = await town.comes_in("Duyệt Mai")
    elsewhere, csrf = {"Origin": "https://example.com"}, await mai.csrf()
    for headers, token in ((elsewhere, csrf), ({}, "0" * 64)):
        answer = await mai.posts(
            f"{PAGE}/{code}", headers=headers, csrf=token, deed="duyet", version="1"
        )
        assert answer.status == 403
    assert (await report(town, code)).state == FILED


async def test_a_picture_seen_in_a_case_is_shown_as_a_doubt(town: Town) -> None:
    """The same photo as in a citizen's case: small and large for the reviewer, doubted in words."""
    case = await town.reports(photos=(a_photo(),))
    code = await files(town, photo=a_photo())
    mai = await town.comes_in("Duyệt Mai")
    page = await mai.reads(PAGE)
    assert f"<b>Cần xem lại:</b> ảnh 1 trông giống ảnh đã gửi ở {case.code}." in page
    found = re.search(rf'<img src="({PAGE}/anh/\d+\?co=nho)"', page)
    assert found is not None
    for path in (found.group(1), await picture_of(town, code)):
        answer = await mai.gets(path)
        assert (answer.status, answer.content_type) == (200, "image/jpeg")
        assert b"CameraOfTuRau" not in await answer.read()
    evidence_id = await _evidence_of_case(town, case.id)
    assert (await mai.gets(f"{PAGE}/anh/{evidence_id}")).status == 404, "a case's picture is not"


async def _evidence_of_case(town: Town, case_id: int) -> int:
    async with town.store.read() as tx:
        found = await tx.scalar(select(evidence.c.id).where(evidence.c.case_id == case_id))
        assert found is not None
        return int(found)


async def test_nothing_goes_back_into_closed_books(town: Town) -> None:
    """Who could not file it again is not asked to; the reviewer reads what to do first."""
    now = town.clock()
    async with town.store.begin() as tx:
        due = {"duty.dinh-ky.due": {"year": {"on": "12-20", "at": "17:00"}}}
        wanted = owed(mini_pack(), due, Calendar(), first=now.date(), last=date(2026, 12, 31))
        await obligations.ensure(tx, town.plan_id, town.commune.id, wanted, now=now, ids=town.ids)
    code = await files(town)
    one = await report(town, code)
    assert one.obligation_id is not None
    async with town.store.begin() as tx:
        boss = town.who["Chủ tịch Hoa"]
        await ledger.lock(tx, [one.obligation_id], by=boss, why="", now=now, ids=town.ids)
    mai = await town.comes_in("Duyệt Mai")
    assert await decides(mai, code, "tra-lai", why=WHY) == 409
    assert (await report(town, code)).state == FILED
    assert await told(town) == []
    assert await decides(mai, code, "duyet") == 303


async def test_posts_of_movements_are_reviewed_too_in_pages_of_twenty(town: Town) -> None:
    """Twenty-one posts: their measures by name, the newest first, the last on a second page."""
    async with town.store.begin() as tx:
        village = await units.by_code(tx, town.commune.id, "thon-0")
        assert village is not None
        codes = []
        for at in range(21):
            filing = Filing(
                form="campaign",
                unit_id=village.id,
                filed_by=town.who["Trưởng thôn Lâm"],
                plan_id=town.plan_id,
                subject_key="phong-trao-khac",
                period_key="2026-M06",
                happened_on=date(2026, 6, 7),
                answers={"answers": {"m.participants": 30 + at}},
            )
            filed = await reports.file(tx, filing, now=town.clock.forward(minutes=1), ids=town.ids)
            codes.append(filed.code)
    mai = await town.comes_in("Duyệt Mai")
    first, second = await mai.reads(PAGE), await mai.reads(f"{PAGE}?trang=2")
    assert "Thôn Đông: phong trào khác, 7/6/2026" in first
    assert "<dt>Người tham gia</dt><dd>50 người</dd>" in first
    assert codes[0] not in first
    assert codes[0] in second
    assert codes[20] not in second
    form = {"version": "1", "deed": "tra-lai", "why": "thiếu ảnh"}
    answer = await mai.posts(f"{PAGE}/{codes[20]}", headers=None, csrf=await mai.csrf(), **form)
    assert (await report(town, codes[20])).state == RETURNED
    page = await mai.reads(answer.headers["Location"])
    assert "Người gửi chưa mở chat với em" in page, "nobody is said to have been told who was not"
