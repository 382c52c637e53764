"""A unit that reported everything of a period is congratulated, once."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import insert

from storage import plans, units
from storage.access import Role
from storage.tables import obligations
from tests.transcripts.conftest import CROSSED, Play

pytestmark = CROSSED


async def test_the_last_report_of_a_period_is_congratulated_once(play: Play) -> None:
    """The union owed two of this half-year, one was in; a correction is not congratulated again."""
    play.world.clock.at = datetime(2026, 6, 8, 1, 0, tzinfo=UTC)
    await play.world.settles_in("ha-dong")
    await play.world.office_sets("duty.bao-cao-dinh-ky.due", {"half_year": {"on": "06-20"}})
    await play.registers("Thu", "Hội Liên hiệp Phụ nữ", Role.REPORTER)
    await _another_report_is_in(play, "Hội Liên hiệp Phụ nữ")
    await play.plays("""
        (8:00 ngày 19/6/2026)
        Bot → Thu: Chào anh/chị Thu, ngày mai là hạn báo cáo 6 tháng đầu năm 2026 của Hội Liên hiệp Phụ nữ (hết ngày 20/6). Báo ngay mất chừng 3 phút ạ. [Báo ngay] [Chiều nay] [Mai] [Nhờ người khác] [Không có gì để báo] [Xin gia hạn]
        Thu: báo cáo
        Bot: Báo cáo 6 tháng đầu năm 2026 của Hội Liên hiệp Phụ nữ, hạn 20/6. Anh/chị trả lời từng câu, hoặc nhắn một lèo cũng được ạ.
          Anh/chị kể ngắn gọn kết quả kỳ này giúp em: đã làm gì, được gì, còn vướng gì ạ?
        Thu: Đã dọn vệ sinh ba lần
        Bot: Báo cáo 6 tháng đầu năm 2026 của Hội Liên hiệp Phụ nữ. Anh/chị xem lại giúp em:
          1. Kết quả: Đã dọn vệ sinh ba lần [Gửi] [Sửa]
        Thu: gửi
        Bot: Em đã nhận Báo cáo 6 tháng đầu năm 2026 trước hạn, mã BC-1. Cảm ơn anh/chị!
          🎉 Đơn vị mình đã gửi đủ báo cáo kỳ này rồi ạ! [Sửa]
        Thu: sửa báo cáo BC-1
        Bot: Em mở lại BC-1. Anh/chị gõ SỬA MỤC 2 để đổi mục 2, xong thì bấm GỬI ạ.
          Báo cáo 6 tháng đầu năm 2026 của Hội Liên hiệp Phụ nữ. Anh/chị xem lại giúp em:
          1. Kết quả: Đã dọn vệ sinh ba lần [Gửi] [Sửa]
        Thu: gửi
        Bot: Em đã nhận Báo cáo 6 tháng đầu năm 2026, mã BC-1. Cảm ơn anh/chị! [Sửa]
    """)


async def _another_report_is_in(play: Play, name: str) -> None:
    """A second duty of the same half-year, filed already."""
    world = play.world
    assert world.commune is not None
    now = world.clock()
    async with world.app.store.begin() as tx:
        (plan,) = await plans.load_plans(tx, world.commune.id)
        unit = next(one for one in await units.of_commune(tx, world.commune.id) if one.name == name)
        row = {
            "id": world.ids(), "plan_id": plan.id, "duty_key": "bao-cao-khac", "unit_id": unit.id,
            "period_key": "2026-H1", "opens_at": now, "due_at": now, "state": "filed_on_time",
            "kind": "half_year", "escalation": 0,
        }  # fmt: skip
        await tx.execute(insert(obligations).values(row))
