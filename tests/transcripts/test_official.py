"""What officials ask in chat: who has not reported, and how far the plan is."""

from __future__ import annotations

from storage.access import Role
from tests.transcripts.conftest import EVERYWHERE, Play

DUE = {"half_year": {"on": "06-20"}}


@EVERYWHERE
async def test_an_official_asks_who_has_not_reported(play: Play) -> None:
    """Only units that owe are listed; a village head may not ask for others."""
    await play.world.settles_in("ha-dong")
    await play.world.office_sets("duty.bao-cao-dinh-ky.due", DUE)
    await play.registers("Nam", "Thôn Đông Lĩnh", Role.REPORTER)
    await play.registers("Hạnh", "Xã Hà Đông", Role.REVIEWER)
    await play.plays("""
        (9:00 ngày 8/6/2026)
        Bot → Nam: Chào anh/chị Nam, còn 12 ngày nữa là hạn báo cáo 6 tháng đầu năm 2026 của Thôn Đông Lĩnh (hết ngày 20/6). Báo ngay mất chừng 3 phút ạ. [Báo ngay] [Chiều nay] [Mai] [Nhờ người khác] [Xin gia hạn]
        Hạnh: ai chua bao
        Bot: Báo cáo 6 tháng đầu năm 2026, hạn 20/6/2026: 13/13 đơn vị chưa báo
          • Hội Cựu chiến binh
          • Hội Liên hiệp Phụ nữ
          • Hội Nông dân
          • Phòng Kinh tế
          • Phòng Văn hóa - Xã hội
          • Thôn 3
          • Thôn Thượng
          • Thôn Đoài
          • Thôn Đông Lĩnh
          • Trung tâm Dịch vụ sự nghiệp công
          • Văn phòng HĐND và UBND
          • Đoàn Thanh niên
          • Ủy ban Mặt trận Tổ quốc xã
        Nam: ai chưa báo
        Bot: Việc này em chỉ cho cán bộ theo dõi xem thôi ạ. Anh/chị xem tiến độ đơn vị mình nhé.
    """)
