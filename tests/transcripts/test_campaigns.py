"""The Women's Union posts a "Ngày Chủ nhật xanh": one post, an album, one tap."""

from __future__ import annotations

from storage.access import Role
from tests.transcripts.conftest import EVERYWHERE, Play


@EVERYWHERE
async def test_a_post_with_an_album_is_the_whole_report(play: Play) -> None:
    """Everything is read from one post; only the day is missing."""
    await play.world.settles_in("ha-dong")
    await play.registers("Hoa", "Hội Liên hiệp Phụ nữ", Role.REPORTER)
    await play.plays("""
        Hoa: (3 ảnh: Hội PN ra quân CN xanh sáng nay: 45 chị, dọn 2km đường, trồng 30 cây, thu 1,5 tấn rác)
        Bot: Em đọc được:
          • Phong trào: Ngày Chủ nhật xanh
          • Ngày: 8/6/2026 (“sáng nay”)
          • Người tham gia: 45 người (“45 chị”)
          • Đường, mương dọn: 2 km (“2km”)
          • Cây trồng: 30 cây
          • Rác thu gom: 1.500 kg (“1,5 tấn”)
          Em đang giữ 1 ảnh, gửi thêm hoặc gõ XONG ạ.
          Anh/chị gửi ảnh hoạt động giúp em (gõ BỎ QUA nếu chưa có). [Xong] [Bỏ qua]
        Bot: Em đã nhận 3 ảnh. Gửi thêm, hoặc gõ XONG ạ. [Xong]
        Hoa: xong
        Bot: Em ghi như sau, anh/chị xem lại giúp em:
          1. Phong trào: Ngày Chủ nhật xanh
          2. Ngày: 8/6/2026
          3. Người tham gia: 45 người
          4. Việc đã làm: Hội PN ra quân CN xanh sáng nay: 45 chị, dọn 2km đường, trồ…
          5. Cây trồng: 30 cây
          6. Rác thu gom: 1.500 kg
          7. Đường, mương dọn: 2 km
          8. Ảnh: 3 ảnh [Gửi] [Sửa] [Sửa 5] [Sửa 6] [Sửa 7]
        Hoa: [Gửi]
        Bot: Em đã ghi kết quả Ngày Chủ nhật xanh của Hội Liên hiệp Phụ nữ, mã BC-1. Cảm ơn anh/chị và mọi người! [Sửa]
    """)


async def test_the_womens_union_posts_in_its_group(telegram_play: Play) -> None:
    """In a group the bot answers only when it is addressed, under the post, and the whole album counts."""
    play = telegram_play
    await play.world.settles_in("ha-dong")
    await play.registers("Hoa", "Hội Liên hiệp Phụ nữ", Role.REPORTER)
    await play.plays("""
        Hoa @Chi hội phụ nữ: /dangky
        Bot @Chi hội phụ nữ: Xong rồi ạ! Nhóm này là của Hội Liên hiệp Phụ nữ. Anh/chị gọi tên em kèm kết quả hoạt động, em ghi giúp.
        Lan @Chi hội phụ nữ: mai mấy giờ tập trung các chị ơi
        Lan @Chi hội phụ nữ: (3 ảnh: @soxanh_bot CN xanh hôm qua: 45 chị, dọn 2km đường, thu 1,5 tấn rác)
        Bot @Chi hội phụ nữ: Em đọc được:
          • Phong trào: Ngày Chủ nhật xanh
          • Ngày: 7/6/2026 (“hôm qua”)
          • Người tham gia: 45 người (“45 chị”)
          • Đường, mương dọn: 2 km (“2km”)
          • Rác thu gom: 1.500 kg (“1,5 tấn”)
          Em đang giữ 1 ảnh, gửi thêm hoặc gõ XONG ạ.
          Anh/chị gửi ảnh hoạt động giúp em (gõ BỎ QUA nếu chưa có). [Xong] [Bỏ qua]
        Bot @Chi hội phụ nữ: Em đã nhận 3 ảnh. Gửi thêm, hoặc gõ XONG ạ. [Xong]
        Lan @Chi hội phụ nữ: [Xong]
        Bot @Chi hội phụ nữ: Em ghi như sau, anh/chị xem lại giúp em:
          1. Phong trào: Ngày Chủ nhật xanh
          2. Ngày: 7/6/2026
          3. Người tham gia: 45 người
          4. Việc đã làm: CN xanh hôm qua: 45 chị, dọn 2km đường, thu 1,5 tấn rác
          5. Rác thu gom: 1.500 kg
          6. Đường, mương dọn: 2 km
          7. Ảnh: 3 ảnh [Gửi] [Sửa] [Sửa 5] [Sửa 6]
        Hoa @Chi hội phụ nữ: [Gửi]
        Lan @Chi hội phụ nữ: [Gửi]
        Bot @Chi hội phụ nữ: Em đã ghi kết quả Ngày Chủ nhật xanh của Hội Liên hiệp Phụ nữ, mã BC-1. Cảm ơn anh/chị và mọi người! [Sửa]
    """)
