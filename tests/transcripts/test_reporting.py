"""A village head registers and files the half-year report; an official asks who has not reported."""

from __future__ import annotations

from storage.access import Role
from tests.transcripts.conftest import EVERYWHERE, Play

DUE = {"half_year": {"on": "06-20"}}


@EVERYWHERE
async def test_a_village_head_registers_and_files_the_half_year_report(play: Play) -> None:
    """From the printed code to the filed report; a value above the number of households is questioned."""
    await play.world.settles_in("ha-dong")
    await play.world.office_sets("duty.bao-cao-dinh-ky.due", DUE)
    code = await play.world.invite("Thôn Đông Lĩnh", Role.REPORTER, "bác Nam")
    await play.plays(f"""
        Nam: /start {code}
        Bot: Chào anh/chị! Em là Sổ Xanh, trợ lý tự động của xã. Gõ GIÚP lúc nào cũng được ạ.
        Bot: Mã này của bác Nam là người báo cáo cho Thôn Đông Lĩnh. Đúng anh/chị không ạ? [Đúng rồi] [Không phải]
        Nam: [Đúng rồi]
        Bot: Xã chỉ dùng tên và tin nhắn của anh/chị để tổng hợp báo cáo, xử lý phản ánh; anh/chị xem hoặc xóa lúc nào cũng được. Anh/chị đồng ý không ạ? [Đồng ý] [Không]
        Nam: dong y
        Bot: Xong rồi ạ! Từ giờ anh/chị là người báo cáo của Thôn Đông Lĩnh. [Báo số liệu] [Báo phong trào] [Hướng dẫn] [Gửi số điện thoại]
        (8:00 ngày 13/6/2026)
        Bot → Nam: Chào anh/chị Nam, còn 7 ngày nữa là hạn báo cáo 6 tháng đầu năm 2026 của Thôn Đông Lĩnh (hết ngày 20/6). Báo ngay mất chừng 3 phút ạ. [Báo ngay] [Chiều nay] [Mai] [Nhờ người khác] [Xin gia hạn]
        Nam: [Báo ngay]
        Bot: Báo cáo 6 tháng đầu năm 2026 của Thôn Đông Lĩnh, hạn 20/6, 7 câu. Anh/chị trả lời từng câu, hoặc nhắn một lèo cũng được ạ.
          Thôn mình có bao nhiêu hộ đã phân loại rác tại nhà? Ví dụ: 142
        Nam: 160
        Bot: Theo danh sách, đơn vị mình có 150 hộ, anh/chị ghi 160. Đúng vậy không ạ? [Đúng rồi] [Gõ lại]
        Nam: nham, 142
        Bot: Cả thôn mình có bao nhiêu hộ? Ví dụ: 150
        Nam: một trăm năm mươi
        Bot: Trong kỳ, thôn mình có mấy vụ đốt rơm rạ? Không có thì anh/chị ghi 0. Ví dụ: 0
        Nam: không có vụ nào
        Bot: Đến nay thôn mình có mấy khu dân cư xanh - sạch - đẹp? Ví dụ: 1
        Nam: 1
        Bot: Đến nay thôn mình có mấy mô hình nông nghiệp sinh thái, tuần hoàn? Ví dụ: 2
        Nam: 0
        Bot: Đến nay thôn mình có bao nhiêu hộ được công nhận Gia đình xanh? Ví dụ: 25
        Nam: hai muoi lam
        Bot: Đơn vị mình đã có kế hoạch chuyển đổi xanh của riêng mình chưa ạ? [Rồi] [Chưa]
        Nam: [Rồi]
        Bot: Anh/chị có gì muốn nói thêm về kết quả kỳ này không ạ? (gõ BỎ QUA nếu không) [Bỏ qua]
        Nam: [Bỏ qua]
        Bot: Báo cáo 6 tháng đầu năm 2026 của Thôn Đông Lĩnh. Anh/chị xem lại giúp em:
          1. Hộ gia đình phân loại rác tại nguồn: 142 hộ
          2. Trong tổng số (hộ): 150 hộ
          3. Không còn đốt rơm rạ trên đồng ruộng: 0 vụ
          4. Có mô hình khu dân cư xanh - sạch - đẹp: 1 mô hình
          5. Có mô hình nông nghiệp sinh thái, tuần hoàn: 0 mô hình
          6. Có gia đình xanh: 25 hộ
          7. Cơ quan, đơn vị, thôn có kế hoạch chi tiết: Rồi
          8. Nói thêm: (bỏ qua) [Gửi] [Sửa]
        Nam: gui
        Bot: Em đã nhận Báo cáo 6 tháng đầu năm 2026 trước hạn, mã BC-1. Cảm ơn anh/chị! [Sửa]
        (8:00 ngày 17/6/2026)
        (8:00 ngày 19/6/2026)
        (8:00 ngày 22/6/2026)
    """)
