"""Bỉm Sơn's yearly report: nagged on 18 December before the 20th, silent once it is in."""

from __future__ import annotations

from datetime import UTC, datetime

from storage.access import Role
from tests.transcripts.conftest import EVERYWHERE, Play


@EVERYWHERE
async def test_a_nudge_arrives_before_the_twentieth_and_stops_with_the_report(play: Play) -> None:
    """A plan of the past runs with the clock of a year in which it ran."""
    play.world.clock.at = datetime(2024, 12, 14, 1, 0, tzinfo=UTC)
    await play.world.settles_in("bim-son")
    await play.registers("Tâm", "Phòng Văn hóa", Role.REPORTER)
    await play.registers("Yên", "Phòng Giáo dục", Role.REPORTER)
    await play.plays("""
        (8:00 ngày 18/12/2024)
        Bot → Tâm: Chào anh/chị Tâm, ngày mai là hạn báo cáo năm 2024 của Phòng Văn hóa (hết ngày 19/12). Báo ngay mất chừng 3 phút ạ. [Báo ngay] [Chiều nay] [Mai] [Nhờ người khác] [Xin gia hạn]
        Bot → Yên: Chào anh/chị Yên, ngày mai là hạn báo cáo năm 2024 của Phòng Giáo dục (hết ngày 19/12). Báo ngay mất chừng 3 phút ạ. [Báo ngay] [Chiều nay] [Mai] [Nhờ người khác] [Xin gia hạn]
        Tâm: [Báo ngay]
        Bot: Báo cáo năm 2024 của Phòng Văn hóa, hạn 19/12, 2 câu. Anh/chị trả lời từng câu, hoặc nhắn một lèo cũng được ạ.
          Quy chế quản lý các khu di tích đã ban hành chưa ạ? [Rồi] [Chưa]
        Tâm: [Rồi]
        Bot: Đơn vị mình đã có kế hoạch riêng để thực hiện chưa ạ? [Rồi] [Chưa]
        Tâm: [Rồi]
        Bot: Anh/chị có gì muốn nói thêm về kết quả kỳ này không ạ? (gõ BỎ QUA nếu không) [Bỏ qua]
        Tâm: Đã mở 12 buổi tuyên truyền
        Bot: Báo cáo năm 2024 của Phòng Văn hóa. Anh/chị xem lại giúp em:
          1. Ban hành quy chế quản lý các khu di tích: Rồi
          2. Phòng, ban, đoàn thể, xã, phường có kế hoạch riêng: Rồi
          3. Nói thêm: Đã mở 12 buổi tuyên truyền [Gửi] [Sửa]
        Tâm: [Gửi]
        Bot: Em đã nhận Báo cáo năm 2024 trước hạn, mã BC-1. Cảm ơn anh/chị! [Sửa]
        (8:00 ngày 19/12/2024)
        Bot → Yên: Chào anh/chị Yên, hôm nay là hạn báo cáo năm 2024 của Phòng Giáo dục (hết ngày 19/12). Báo ngay mất chừng 3 phút ạ. [Báo ngay] [Chiều nay] [Mai] [Nhờ người khác] [Xin gia hạn]
        (8:00 ngày 23/12/2024)
        Bot → Yên: Chào anh/chị Yên, báo cáo năm 2024 của Phòng Giáo dục đã quá hạn (hết ngày 19/12) nhưng vẫn gửi được. Báo ngay mất chừng 3 phút ạ. [Báo ngay] [Chiều nay] [Mai] [Nhờ người khác]
    """)
