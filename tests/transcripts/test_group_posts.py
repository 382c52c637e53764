"""Posts of a group: everybody's draft is their own, and the bot answers under the post."""

from __future__ import annotations

from storage.access import Role
from tests.stages.telegram import TelegramStage, above
from tests.transcripts.conftest import Play


async def test_two_people_post_in_one_group_at_the_same_time(telegram_play: Play) -> None:
    """Each poster has a draft of their own: nothing of one's post, nor of its correction, gets into the other's."""
    play = telegram_play
    await play.world.settles_in("ha-dong")
    await play.registers("Hoa", "Hội Liên hiệp Phụ nữ", Role.REPORTER)
    await play.plays("""
        Hoa @Chi hội phụ nữ: /dangky
        Bot @Chi hội phụ nữ: Xong rồi ạ! Nhóm này là của Hội Liên hiệp Phụ nữ. Anh/chị gọi tên em kèm kết quả hoạt động, em ghi giúp.
        Lan @Chi hội phụ nữ: (1 ảnh: @soxanh_bot CN xanh hôm qua: 45 chị, dọn 2km đường)
        Bot @Chi hội phụ nữ: Chào anh/chị! Em là Sổ Xanh, trợ lý tự động của xã. Gõ GIÚP lúc nào cũng được ạ.
        Bot @Chi hội phụ nữ: Em đọc được:
          • Phong trào: Ngày Chủ nhật xanh
          • Ngày: 7/6/2026 (“hôm qua”)
          • Người tham gia: 45 người (“45 chị”)
          • Đường, mương dọn: 2 km (“2km”)
          Em đang giữ 1 ảnh, gửi thêm hoặc gõ XONG ạ.
          Anh/chị gửi ảnh hoạt động giúp em (gõ BỎ QUA nếu chưa có). [Xong] [Bỏ qua]
        Mai @Chi hội phụ nữ: (1 ảnh: @soxanh_bot CN xanh hôm nay: 23 chị, thu 14 bao rác)
        Bot @Chi hội phụ nữ: Chào anh/chị! Em là Sổ Xanh, trợ lý tự động của xã. Gõ GIÚP lúc nào cũng được ạ.
        Bot @Chi hội phụ nữ: Em đọc được:
          • Phong trào: Ngày Chủ nhật xanh
          • Ngày: 8/6/2026 (“hôm nay”)
          • Người tham gia: 23 người (“23 chị”)
          • Bao rác: 14 bao (“14 bao rác”)
          Em đang giữ 1 ảnh, gửi thêm hoặc gõ XONG ạ.
          Anh/chị gửi ảnh hoạt động giúp em (gõ BỎ QUA nếu chưa có). [Xong] [Bỏ qua]
        Lan @Chi hội phụ nữ: @soxanh_bot nhầm, 54 chị chứ không phải 45
        Bot @Chi hội phụ nữ: Em đọc được:
          • Người tham gia: 54 người (“54 chị”)
          Em đang giữ 1 ảnh, gửi thêm hoặc gõ XONG ạ.
          Anh/chị gửi ảnh hoạt động giúp em (gõ BỎ QUA nếu chưa có). [Xong] [Bỏ qua]
        Mai @Chi hội phụ nữ: [Xong]
        Bot @Chi hội phụ nữ: Em ghi như sau, anh/chị xem lại giúp em:
          1. Phong trào: Ngày Chủ nhật xanh
          2. Ngày: 8/6/2026
          3. Người tham gia: 23 người
          4. Việc đã làm: CN xanh hôm nay: 23 chị, thu 14 bao rác
          5. Bao rác: 14 bao
          6. Ảnh: 1 ảnh [Gửi] [Sửa] [Sửa 5]
        Lan @Chi hội phụ nữ: [Xong]
        Bot @Chi hội phụ nữ: Em ghi như sau, anh/chị xem lại giúp em:
          1. Phong trào: Ngày Chủ nhật xanh
          2. Ngày: 7/6/2026
          3. Người tham gia: 54 người
          4. Việc đã làm: CN xanh hôm qua: 45 chị, dọn 2km đường
          5. Đường, mương dọn: 2 km
          6. Ảnh: 1 ảnh [Gửi] [Sửa] [Sửa 5]
        Lan @Chi hội phụ nữ: [Gửi]
        Bot @Chi hội phụ nữ: Em đã ghi kết quả Ngày Chủ nhật xanh của Hội Liên hiệp Phụ nữ, mã BC-1. Cảm ơn anh/chị và mọi người! [Sửa]
        Mai @Chi hội phụ nữ: [Gửi]
        Bot @Chi hội phụ nữ: Em đã ghi kết quả Ngày Chủ nhật xanh của Hội Liên hiệp Phụ nữ, mã BC-2. Cảm ơn anh/chị và mọi người! [Sửa]
    """)
    assert isinstance(play.stage, TelegramStage)
    answers = [one for one in play.stage.groups["Chi hội phụ nữ"].chat.visible() if one.from_bot]
    under = [(said.sender if (said := above(one)) else "") for one in answers]
    assert under == ["Hoa", *["Lan"] * 2, *["Mai"] * 2, "Lan", "Mai", "Lan", "Lan", "Mai"]
