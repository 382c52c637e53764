"""One message is the report: read, shown back, asked only for what is missing, put right with a tap."""

from __future__ import annotations

from storage.access import Role
from tests.transcripts.conftest import Play


async def test_a_post_in_two_parts_and_a_number_of_nothing(play: Play) -> None:
    """A second message that only adds goes to the same draft; "30" of what is asked, never guessed."""
    await play.world.settles_in("ha-dong")
    await play.registers("Hoa", "Hội Liên hiệp Phụ nữ", Role.REPORTER)
    await play.plays("""
        Hoa: PN Đông Lĩnh CN xanh hôm qua dọn 2km đường
        Bot: Em đọc được:
          • Phong trào: Ngày Chủ nhật xanh
          • Ngày: 7/6/2026 (“hôm qua”)
          • Đường, mương dọn: 2 km (“2km”)
          Có bao nhiêu người tham gia ạ? Ví dụ: 45
        Hoa: 45 chị tham gia nhé
        Bot: Anh/chị gửi ảnh hoạt động giúp em (gõ BỎ QUA nếu chưa có). [Xong] [Bỏ qua]
        Hoa: bỏ qua
        Bot: Em ghi như sau, anh/chị xem lại giúp em:
          1. Phong trào: Ngày Chủ nhật xanh
          2. Ngày: 7/6/2026
          3. Người tham gia: 45 người
          4. Việc đã làm: PN Đông Lĩnh CN xanh hôm qua dọn 2km đường
          5. Đường, mương dọn: 2 km
          6. Ảnh: (bỏ qua) [Gửi] [Sửa] [Sửa 5]
        Hoa: thêm 14 bao rác nữa ạ
        Bot: Em đọc được:
          • Bao rác: 14 bao (“14 bao rác”)
          Em ghi như sau, anh/chị xem lại giúp em:
          1. Phong trào: Ngày Chủ nhật xanh
          2. Ngày: 7/6/2026
          3. Người tham gia: 45 người
          4. Việc đã làm: thêm 14 bao rác nữa ạ
          5. Đường, mương dọn: 2 km
          6. Bao rác: 14 bao
          7. Ảnh: (bỏ qua) [Gửi] [Sửa] [Sửa 5] [Sửa 6]
        Hoa: nhầm, 54 chị chứ không phải 45
        Bot: Em đọc được:
          • Người tham gia: 54 người (“54 chị”)
          Em ghi như sau, anh/chị xem lại giúp em:
          1. Phong trào: Ngày Chủ nhật xanh
          2. Ngày: 7/6/2026
          3. Người tham gia: 54 người
          4. Việc đã làm: nhầm, 54 chị chứ không phải 45
          5. Đường, mương dọn: 2 km
          6. Bao rác: 14 bao
          7. Ảnh: (bỏ qua) [Gửi] [Sửa] [Sửa 5] [Sửa 6]
        Hoa: [Sửa 5]
        Bot: Mục này đang ghi: 2 km.
          Đường, mương dọn là bao nhiêu km ạ? Ví dụ: 2 [Bỏ qua]
        Hoa: 16
        Bot: Em ghi như sau, anh/chị xem lại giúp em:
          1. Phong trào: Ngày Chủ nhật xanh
          2. Ngày: 7/6/2026
          3. Người tham gia: 54 người
          4. Việc đã làm: nhầm, 54 chị chứ không phải 45
          5. Đường, mương dọn: 16 km
          6. Bao rác: 14 bao
          7. Ảnh: (bỏ qua) [Gửi] [Sửa] [Sửa 5] [Sửa 6]
        Hoa: [Gửi]
        Bot: Em đã ghi kết quả Ngày Chủ nhật xanh của Hội Liên hiệp Phụ nữ, mã BC-1. Cảm ơn anh/chị và mọi người! [Sửa]
        Hoa: đính chính bài trước: 57 chị chứ không phải 54
        Bot: Em nhận được tin “đính chính bài trước: 57 chị chứ không …” nhưng chưa chắc ý anh/chị. Có phải anh/chị muốn: [Sửa báo cáo đã gửi] [Báo số liệu của thôn, hội] [Báo kết quả phong trào]
        Hoa: [Gửi]
        Bot: Nút đó của câu trước rồi ạ. Mình đang ở câu này:
          Em nhận được tin “đính chính bài trước: 57 chị chứ không …” nhưng chưa chắc ý anh/chị. Có phải anh/chị muốn: [Sửa báo cáo đã gửi] [Báo số liệu của thôn, hội] [Báo kết quả phong trào]
    """)


async def test_an_angry_complaint_without_accents_is_a_case_after_three_taps(play: Play) -> None:
    """Everything but the photos, the time and the name is in the first message."""
    await play.world.settles_in("ha-dong")
    await play.plays("""
        Bình: xa oi ra ma xem nha may xa nuoc thai den ngom ra muong sau dinh, hoi thoi khong chiu noi
        Bình: [Bỏ qua]
        Bình: [Giấu tên]
        Bình: [Gửi]
    """)


async def test_words_that_open_nothing_are_met_with_the_likeliest_things(play: Play) -> None:
    """The words go along into whatever is chosen; a new message simply starts again."""
    await play.world.settles_in("ha-dong")
    await play.registers("Hoa", "Hội Liên hiệp Phụ nữ", Role.REPORTER)
    await play.plays("""
        Hoa: cái này làm sao hả em
        Hoa: 30 cây
        Hoa: [Báo kết quả phong trào]
        Hoa: thôi
        Bình: hôm nay trời nóng quá
    """)
