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
          • Phong trào: Ra quân vệ sinh môi trường, trồng cây (“Tổng vệ sinh môi trường”)
          • Bao rác: 14 bao (“14 bao rác”)
          Em ghi như sau, anh/chị xem lại giúp em:
          1. Phong trào: Ra quân vệ sinh môi trường, trồng cây
          2. Ngày: 7/6/2026
          3. Người tham gia: 45 người
          4. Việc đã làm: PN Đông Lĩnh CN xanh hôm qua dọn 2km đường; thêm 14 bao rác…
          5. Đường, mương dọn: 2 km
          6. Bao rác: 14 bao
          7. Ảnh: (bỏ qua) [Gửi] [Sửa] [Sửa 5] [Sửa 6]
        Hoa: nhầm, 54 chị chứ không phải 45
        Bot: Em đọc được:
          • Người tham gia: 54 người (“54 chị”)
          Em ghi như sau, anh/chị xem lại giúp em:
          1. Phong trào: Ra quân vệ sinh môi trường, trồng cây
          2. Ngày: 7/6/2026
          3. Người tham gia: 54 người
          4. Việc đã làm: PN Đông Lĩnh CN xanh hôm qua dọn 2km đường; thêm 14 bao rác…
          5. Đường, mương dọn: 2 km
          6. Bao rác: 14 bao
          7. Ảnh: (bỏ qua) [Gửi] [Sửa] [Sửa 5] [Sửa 6]
        Hoa: [Sửa 5]
        Bot: Mục này đang ghi: 2 km.
          Đường, mương dọn là bao nhiêu km ạ? Ví dụ: 2 [Bỏ qua]
        Hoa: 16
        Bot: Em ghi như sau, anh/chị xem lại giúp em:
          1. Phong trào: Ra quân vệ sinh môi trường, trồng cây
          2. Ngày: 7/6/2026
          3. Người tham gia: 54 người
          4. Việc đã làm: PN Đông Lĩnh CN xanh hôm qua dọn 2km đường; thêm 14 bao rác…
          5. Đường, mương dọn: 16 km
          6. Bao rác: 14 bao
          7. Ảnh: (bỏ qua) [Gửi] [Sửa] [Sửa 5] [Sửa 6]
        Hoa: [Gửi]
        Bot: Em đã ghi kết quả Ra quân vệ sinh môi trường, trồng cây của Hội Liên hiệp Phụ nữ, mã BC-1. Cảm ơn anh/chị và mọi người! [Sửa]
        Hoa: đính chính bài trước: 57 chị chứ không phải 54
        Bot: Em mở lại BC-1. Anh/chị gõ SỬA MỤC 2 để đổi mục 2, xong thì bấm GỬI ạ.
          Em đọc được:
          • Người tham gia: 57 người (“57 chị”)
          Em ghi như sau, anh/chị xem lại giúp em:
          1. Phong trào: Ra quân vệ sinh môi trường, trồng cây
          2. Ngày: 7/6/2026
          3. Người tham gia: 57 người
          4. Việc đã làm: PN Đông Lĩnh CN xanh hôm qua dọn 2km đường; thêm 14 bao rác…
          5. Đường, mương dọn: 16 km
          6. Bao rác: 14 bao
          7. Ảnh: (bỏ qua) [Gửi] [Sửa]
        Hoa: [Gửi]
        Bot: Em đã ghi kết quả Ra quân vệ sinh môi trường, trồng cây của Hội Liên hiệp Phụ nữ, mã BC-1. Cảm ơn anh/chị và mọi người! [Sửa]
    """)


async def test_an_angry_complaint_without_accents_is_a_case_after_three_taps(play: Play) -> None:
    """Everything but the photos, the time and the name is in the first message."""
    await play.world.settles_in("ha-dong")
    await play.plays("""
        Bình: xa oi ra ma xem nha may xa nuoc thai den ngom ra muong sau dinh, hoi thoi khong chiu noi
        Bot: Chào anh/chị! Em là Sổ Xanh, trợ lý tự động của xã. Gõ GIÚP lúc nào cũng được ạ.
        Bot: Em đọc được:
          • Việc: Xả nước thải ra ao, hồ, kênh mương
          • Nơi xảy ra: nha may xa
          Anh/chị có ảnh thì gửi em, gửi nhiều ảnh cũng được (gõ BỎ QUA nếu không có). [Xong] [Bỏ qua]
        Bình: [Bỏ qua]
        Bot: Anh/chị muốn để tên hay giấu tên ạ? Giấu tên thì người xử lý chỉ thấy “người dân”. [Để tên] [Giấu tên]
        Bình: [Giấu tên]
        Bot: Phản ánh. Anh/chị xem lại giúp em:
          1. Việc: Xả nước thải ra ao, hồ, kênh mương
          2. Sự việc: xa oi ra ma xem nha may xa nuoc thai den ngom ra muong sau dinh, hoi thoi khong chiu noi
          3. Nơi xảy ra: nha may xa
          4. Ảnh: (bỏ qua)
          5. Người báo: Giấu tên [Gửi] [Sửa]
        Bình: [Gửi]
        Bot: Cảm ơn anh/chị! Phản ánh của anh/chị có mã PA-1. Tên anh/chị được niêm phong. Gõ PA-1 lúc nào cũng được để xem xã xử lý đến đâu. [Xem phản ánh]
    """)


async def test_words_that_open_nothing_are_met_with_the_likeliest_things(play: Play) -> None:
    """The words go along into whatever is chosen; a new message simply starts again."""
    await play.world.settles_in("ha-dong")
    await play.registers("Hoa", "Hội Liên hiệp Phụ nữ", Role.REPORTER)
    await play.plays("""
        Hoa: cái này làm sao hả em
        Bot: Em nhận được tin “cái này làm sao hả em” nhưng chưa chắc ý anh/chị. Có phải anh/chị muốn: [Báo số liệu của thôn, hội] [Báo kết quả phong trào] [Phản ánh ô nhiễm, vi phạm] [Nhắn cán bộ xã]
        Hoa: 30 cây
        Bot: Em nhận được tin “30 cây” nhưng chưa chắc ý anh/chị. Có phải anh/chị muốn: [Báo kết quả phong trào] [Báo số liệu của thôn, hội] [Phản ánh ô nhiễm, vi phạm]
        Hoa: [Báo kết quả phong trào]
        Bot: Em đọc được:
          • Phong trào: Ra quân vệ sinh môi trường, trồng cây (“Tết trồng cây”)
          • Cây trồng: 30 cây
          Hoạt động làm ngày nào ạ? [Hôm nay] [Hôm qua]
        Hoa: thôi
        Bot: Dạ, em dừng ở đây, chưa gửi gì đi cả. Khi cần anh/chị cứ nhắn em ạ.
        Bình: hôm nay trời nóng quá
        Bot: Chào anh/chị! Em là Sổ Xanh, trợ lý tự động của xã. Gõ GIÚP lúc nào cũng được ạ.
        Bot: Em nhận được tin “hôm nay trời nóng quá” nhưng chưa chắc ý anh/chị. Có phải anh/chị muốn: [Phản ánh ô nhiễm, vi phạm] [Nhắn cán bộ xã]
    """)
