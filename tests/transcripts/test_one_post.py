"""One message is the report: read, shown back, asked only for what is missing, put right with a tap."""

from __future__ import annotations

from storage.access import Role
from tests.transcripts.conftest import CROSSED, Play

pytestmark = CROSSED


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
          4. Việc đã làm: PN Đông Lĩnh CN xanh hôm qua dọn 2km đường; thêm 14 bao rác…
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
          4. Việc đã làm: PN Đông Lĩnh CN xanh hôm qua dọn 2km đường; thêm 14 bao rác…
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
          4. Việc đã làm: PN Đông Lĩnh CN xanh hôm qua dọn 2km đường; thêm 14 bao rác…
          5. Đường, mương dọn: 16 km
          6. Bao rác: 14 bao
          7. Ảnh: (bỏ qua) [Gửi] [Sửa] [Sửa 5] [Sửa 6]
        Hoa: [Gửi]
        Bot: Em đã ghi kết quả Ngày Chủ nhật xanh của Hội Liên hiệp Phụ nữ, mã BC-1. Cảm ơn anh/chị và mọi người! [Sửa]
        Hoa: đính chính bài trước: 57 chị chứ không phải 54
        Bot: Em mở lại BC-1. Anh/chị gõ SỬA MỤC 2 để đổi mục 2, xong thì bấm GỬI ạ.
          Em đọc được:
          • Người tham gia: 57 người (“57 chị”)
          Em ghi như sau, anh/chị xem lại giúp em:
          1. Phong trào: Ngày Chủ nhật xanh
          2. Ngày: 7/6/2026
          3. Người tham gia: 57 người
          4. Việc đã làm: PN Đông Lĩnh CN xanh hôm qua dọn 2km đường; thêm 14 bao rác…
          5. Đường, mương dọn: 16 km
          6. Bao rác: 14 bao
          7. Ảnh: (bỏ qua) [Gửi] [Sửa]
        Hoa: [Gửi]
        Bot: Em đã ghi kết quả Ngày Chủ nhật xanh của Hội Liên hiệp Phụ nữ, mã BC-1. Cảm ơn anh/chị và mọi người! [Sửa]
    """)


async def test_an_angry_complaint_without_accents_is_a_case_after_three_taps(play: Play) -> None:
    """Everything but the photos, the time and the name is in the first message."""
    await play.world.settles_in("ha-dong")
    await play.plays("""
        Bình: xa oi ra ma xem nha may xa nuoc thai den ngom ra muong sau dinh, hoi thoi khong chiu noi
        Bot: Chào anh/chị! Em là Sổ Xanh, trợ lý tự động của xã. Gõ GIÚP lúc nào cũng được ạ.
        Bot: Em đọc được:
          • Việc: Xả nước thải ra ao, hồ, kênh mương
          • Nơi xảy ra: muong sau dinh
          Anh/chị có ảnh thì gửi em, gửi nhiều ảnh cũng được (gõ BỎ QUA nếu không có). [Xong] [Bỏ qua]
        Bình: [Bỏ qua]
        Bot: Anh/chị muốn để tên hay giấu tên ạ? Giấu tên thì người xử lý chỉ thấy “người dân”. [Để tên] [Giấu tên]
        Bình: [Giấu tên]
        Bot: Phản ánh. Anh/chị xem lại giúp em:
          1. Việc: Xả nước thải ra ao, hồ, kênh mương
          2. Sự việc: xa oi ra ma xem nha may xa nuoc thai den ngom ra muong sau dinh, hoi thoi khong chiu noi
          3. Nơi xảy ra: muong sau dinh
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
        Hoa: tụi em được 30
        Bot: Em nhận được tin “tụi em được 30” nhưng chưa chắc ý anh/chị. Có phải anh/chị muốn: [Báo số liệu của thôn, hội] [Báo kết quả phong trào] [Phản ánh ô nhiễm, vi phạm] [Nhắn cán bộ xã]
        Hoa: [Báo kết quả phong trào]
        Bot: Anh/chị báo phong trào nào ạ? Gõ tên, ví dụ: chủ nhật xanh.
        Hoa: thôi
        Bot: Dạ, em dừng ở đây, chưa gửi gì đi cả. Khi cần anh/chị cứ nhắn em ạ.
        Bình: hôm nay trời nóng quá
        Bot: Chào anh/chị! Em là Sổ Xanh, trợ lý tự động của xã. Gõ GIÚP lúc nào cũng được ạ.
        Bot: Em nhận được tin “hôm nay trời nóng quá” nhưng chưa chắc ý anh/chị. Có phải anh/chị muốn: [Phản ánh ô nhiễm, vi phạm] [Nhắn cán bộ xã]
    """)


async def test_one_line_of_a_village_head_fills_six_questions_of_the_half_year(play: Play) -> None:
    """Only what the line does not say is asked; every figure is shown with the words it was read from."""
    await play.world.settles_in("ha-dong")
    await play.world.office_sets("duty.bao-cao-dinh-ky.due", {"half_year": {"on": "06-20"}})
    await play.registers("Nam", "Thôn Đông Lĩnh", Role.REPORTER)
    await play.plays("""
        (8:00 ngày 13/6/2026)
        Bot → Nam: Chào anh/chị Nam, còn 7 ngày nữa là hạn báo cáo 6 tháng đầu năm 2026 của Thôn Đông Lĩnh (hết ngày 20/6). Báo ngay mất chừng 3 phút ạ. [Báo ngay] [Chiều nay] [Mai] [Nhờ người khác] [Xin gia hạn]
        Nam: [Báo ngay]
        Bot: Báo cáo 6 tháng đầu năm 2026 của Thôn Đông Lĩnh, hạn 20/6, 7 câu. Anh/chị trả lời từng câu, hoặc nhắn một lèo cũng được ạ.
          Thôn mình có bao nhiêu hộ đã phân loại rác tại nhà? Ví dụ: 142
        Nam: thôn mình 142/150 hộ phân loại rác, chưa có hộ nào đốt rơm, 1 khu dân cư xanh sạch đẹp, 2 mô hình nông nghiệp sinh thái, 25 hộ gia đình xanh
        Bot: Em đọc được:
          • Hộ gia đình phân loại rác tại nguồn: 142 hộ (“142/150 hộ”)
          • Trong tổng số (hộ): 150 hộ (“142/150 hộ”)
          • Không còn đốt rơm rạ trên đồng ruộng: 0 vụ (“chưa có hộ nào đốt rơm”)
          • Có mô hình khu dân cư xanh - sạch - đẹp: 1 mô hình (“1 khu dân cư xanh sạch đẹp”)
          • Có mô hình nông nghiệp sinh thái, tuần hoàn: 2 mô hình
          • Có gia đình xanh: 25 hộ (“25 hộ gia đình”)
          Đơn vị mình đã có kế hoạch chuyển đổi xanh của riêng mình chưa ạ? [Rồi] [Chưa]
        Nam: rồi
        Bot: Anh/chị có gì muốn nói thêm về kết quả kỳ này không ạ? (gõ BỎ QUA nếu không) [Bỏ qua]
        Nam: bỏ qua
        Bot: Báo cáo 6 tháng đầu năm 2026 của Thôn Đông Lĩnh. Anh/chị xem lại giúp em:
          1. Hộ gia đình phân loại rác tại nguồn: 142 hộ
          2. Trong tổng số (hộ): 150 hộ
          3. Không còn đốt rơm rạ trên đồng ruộng: 0 vụ
          4. Có mô hình khu dân cư xanh - sạch - đẹp: 1 mô hình
          5. Có mô hình nông nghiệp sinh thái, tuần hoàn: 2 mô hình
          6. Có gia đình xanh: 25 hộ
          7. Cơ quan, đơn vị, thôn có kế hoạch chi tiết: Rồi
          8. Nói thêm: (bỏ qua) [Gửi] [Sửa]
        Nam: [Gửi]
        Bot: Em đã nhận Báo cáo 6 tháng đầu năm 2026 trước hạn, mã BC-1. Cảm ơn anh/chị! [Sửa]
    """)


async def test_a_bare_number_is_asked_about_with_buttons(play: Play) -> None:
    """A bare "30" may be people or something else the movement counts: one question, never a guess."""
    await play.world.settles_in("ha-dong")
    await play.registers("Hoa", "Hội Liên hiệp Phụ nữ", Role.REPORTER)
    await play.plays("""
        Hoa: CN xanh hôm nay dọn 2km đường, 14 bao rác, tổng được 30
        Bot: Em đọc được:
          • Phong trào: Ngày Chủ nhật xanh
          • Ngày: 8/6/2026 (“hôm nay”)
          • Đường, mương dọn: 2 km (“2km”)
          • Bao rác: 14 bao (“14 bao rác”)
          Có bao nhiêu người tham gia ạ? Ví dụ: 45
        Hoa: 45
        Bot: “30” là gì ạ? [Rác thu gom] [Cây trồng] [Điểm, thùng, bóng đèn] [Không phải kết quả]
        Hoa: [Cây trồng]
        Bot: Anh/chị gửi ảnh hoạt động giúp em (gõ BỎ QUA nếu chưa có). [Xong] [Bỏ qua]
    """)
