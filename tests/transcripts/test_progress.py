"""How far the plan is, as a village head, an official and a citizen see it."""

from __future__ import annotations

from storage.access import Role
from tests.transcripts.conftest import CROSSED, Play

DUE = {"half_year": {"on": "06-20"}}

pytestmark = CROSSED


async def test_progress_after_one_village_has_reported(play: Play) -> None:
    """Own figures for the village, all of the commune's for the official, no unit's for a citizen."""
    await play.world.settles_in("ha-dong")
    await play.world.office_sets("duty.bao-cao-dinh-ky.due", DUE)
    await play.registers("Nam", "Thôn Đông Lĩnh", Role.REPORTER)
    await play.registers("Hạnh", "Xã Hà Đông", Role.REVIEWER)
    await play.plays("""
        (9:00 ngày 13/6/2026)
        Bot → Nam: Chào anh/chị Nam, còn 7 ngày nữa là hạn báo cáo 6 tháng đầu năm 2026 của Thôn Đông Lĩnh (hết ngày 20/6). Báo ngay mất chừng 3 phút ạ. [Báo ngay] [Chiều nay] [Mai] [Nhờ người khác] [Xin gia hạn]
        Nam: [Báo ngay]
        Bot: Báo cáo 6 tháng đầu năm 2026 của Thôn Đông Lĩnh, hạn 20/6, 7 câu. Anh/chị trả lời từng câu, hoặc nhắn một lèo cũng được ạ.
          Thôn mình có bao nhiêu hộ đã phân loại rác tại nhà? Ví dụ: 142
        Nam: 142/150 hộ phân loại rác, 0 vụ đốt rơm
        Bot: Em đọc được:
          • Hộ gia đình phân loại rác tại nguồn: 142 hộ (“142/150 hộ”)
          • Trong tổng số (hộ): 150 hộ (“142/150 hộ”)
          • Không còn đốt rơm rạ trên đồng ruộng: 0 vụ (“0 vụ đốt rơm”)
          Đến nay thôn mình có mấy khu dân cư xanh - sạch - đẹp? Ví dụ: 1
        Nam: 1
        Bot: Đến nay thôn mình có mấy mô hình nông nghiệp sinh thái, tuần hoàn? Ví dụ: 2
        Nam: 0
        Bot: Đến nay thôn mình có bao nhiêu hộ được công nhận Gia đình xanh? Ví dụ: 25
        Nam: 25
        Bot: Đơn vị mình đã có kế hoạch chuyển đổi xanh của riêng mình chưa ạ? [Rồi] [Chưa]
        Nam: rồi
        Bot: Anh/chị có gì muốn nói thêm về kết quả kỳ này không ạ? (gõ BỎ QUA nếu không) [Bỏ qua]
        Nam: bỏ qua
        Bot: Báo cáo 6 tháng đầu năm 2026 của Thôn Đông Lĩnh. Anh/chị xem lại giúp em:
          1. Hộ gia đình phân loại rác tại nguồn: 142 hộ
          2. Trong tổng số (hộ): 150 hộ
          3. Không còn đốt rơm rạ trên đồng ruộng: 0 vụ
          4. Có mô hình khu dân cư xanh - sạch - đẹp: 1 mô hình
          5. Có mô hình nông nghiệp sinh thái, tuần hoàn: 0 mô hình
          6. Có gia đình xanh: 25 hộ
          7. Cơ quan, đơn vị, thôn có kế hoạch chi tiết: Rồi
          8. Nói thêm: (bỏ qua) [Gửi] [Sửa]
        Nam: gửi
        Bot: Em đã nhận Báo cáo 6 tháng đầu năm 2026 trước hạn, mã BC-1. Cảm ơn anh/chị! [Sửa]
        Nam: tiến độ
        Bot: Kế hoạch chuyển đổi xanh xã Hà Đông giai đoạn 2026-2030, tầm nhìn 2050
          Thôn Đông Lĩnh, 6 tháng đầu năm 2026
          🟡 Có mô hình nông nghiệp sinh thái, tuần hoàn: 0 mô hình / hoàn thành
          🟢 Hộ gia đình phân loại rác tại nguồn: 94,7% / 100%, còn 5,3%
          🟢 Không còn đốt rơm rạ trên đồng ruộng: 0 vụ / 0 vụ
          🟢 Có mô hình khu dân cư xanh - sạch - đẹp: 1 mô hình / hoàn thành
          🟢 Có gia đình xanh: 25 hộ / hoàn thành
          🟢 Cơ quan, đơn vị, thôn có kế hoạch chi tiết: xong / hoàn thành
          Báo cáo 6 tháng đầu năm 2026: đã gửi [Báo số liệu]
        Hạnh: tiến độ
        Bot: Kế hoạch chuyển đổi xanh xã Hà Đông giai đoạn 2026-2030, tầm nhìn 2050
          Xã Hà Đông, 6 tháng đầu năm 2026
          🟡 Có mô hình nông nghiệp sinh thái, tuần hoàn: 0 mô hình / hoàn thành
          🟢 Hộ gia đình phân loại rác tại nguồn: 94,7% / 100%, còn 5,3%
          🟢 Không còn đốt rơm rạ trên đồng ruộng: 0 vụ / 0 vụ
          🟢 Có mô hình khu dân cư xanh - sạch - đẹp: 1 mô hình / hoàn thành
          🟢 Có gia đình xanh: 25 hộ / hoàn thành
          🟢 Cơ quan, đơn vị, thôn có kế hoạch chi tiết: xong / hoàn thành
          ⚪ Cơ quan, đơn vị phân loại rác tại nguồn: chưa có số / 100%
          ⚪ Rác thải được thu gom, xử lý đúng quy định: chưa có số / 100%
          ⚪ Diện tích nông nghiệp theo VietGAP, hữu cơ, tiêu chuẩn xanh: chưa có số / 20%
          ⚪ Công trình vốn ngân sách dùng vật liệu thân thiện, tiết kiệm năng lượng: chưa có số / 100%
          ⚪ Cơ sở sản xuất, kinh doanh, chăn nuôi làm đủ quy định môi trường: chưa có số / 100%
          ⚪ Có trường học xanh: chưa có số / hoàn thành
          ⚪ Có cơ quan xanh: chưa có số / hoàn thành
          ⚪ Có điểm sạc xe điện thí điểm: chưa có số / hoàn thành
          ⚪ Có lộ trình chuyển đổi xanh cho cơ sở sản xuất, kinh doanh: chưa có số / hoàn thành
          ⚪ Có cơ sở dữ liệu về chất thải, điểm ô nhiễm: chưa có số / hoàn thành
          ⚪ Có cộng tác viên môi trường, tình nguyện viên xanh: chưa có số / hoàn thành
          ⚪ Có chuyên mục, tin bài xanh phát thường xuyên: chưa có số / hoàn thành
          ⚪ Trường học đã phổ biến kế hoạch: chưa có số / hoàn thành
          ⚪ Doanh nghiệp, cơ sở có hợp đồng thu gom rác: chưa có số / hoàn thành
          Báo cáo 6 tháng đầu năm 2026: 1/13 đơn vị đã báo [Ai chưa báo?]
        Bình: tiến độ
        Bot: Chào anh/chị! Em là Sổ Xanh, trợ lý tự động của xã. Gõ GIÚP lúc nào cũng được ạ.
        Bot: Kế hoạch chuyển đổi xanh xã Hà Đông giai đoạn 2026-2030, tầm nhìn 2050
          Xã Hà Đông, 6 tháng đầu năm 2026
          🟡 Có mô hình nông nghiệp sinh thái, tuần hoàn: 0 mô hình / hoàn thành
          🟢 Hộ gia đình phân loại rác tại nguồn: 94,7% / 100%, còn 5,3%
          🟢 Không còn đốt rơm rạ trên đồng ruộng: 0 vụ / 0 vụ
          🟢 Có mô hình khu dân cư xanh - sạch - đẹp: 1 mô hình / hoàn thành
          🟢 Có gia đình xanh: 25 hộ / hoàn thành
          🟢 Cơ quan, đơn vị, thôn có kế hoạch chi tiết: xong / hoàn thành
          ⚪ Cơ quan, đơn vị phân loại rác tại nguồn: chưa có số / 100%
          ⚪ Rác thải được thu gom, xử lý đúng quy định: chưa có số / 100%
          ⚪ Diện tích nông nghiệp theo VietGAP, hữu cơ, tiêu chuẩn xanh: chưa có số / 20%
          ⚪ Công trình vốn ngân sách dùng vật liệu thân thiện, tiết kiệm năng lượng: chưa có số / 100%
          ⚪ Cơ sở sản xuất, kinh doanh, chăn nuôi làm đủ quy định môi trường: chưa có số / 100%
          ⚪ Có trường học xanh: chưa có số / hoàn thành
          ⚪ Có cơ quan xanh: chưa có số / hoàn thành
          ⚪ Có điểm sạc xe điện thí điểm: chưa có số / hoàn thành
          ⚪ Có lộ trình chuyển đổi xanh cho cơ sở sản xuất, kinh doanh: chưa có số / hoàn thành
          ⚪ Có cơ sở dữ liệu về chất thải, điểm ô nhiễm: chưa có số / hoàn thành
          ⚪ Có cộng tác viên môi trường, tình nguyện viên xanh: chưa có số / hoàn thành
          ⚪ Có chuyên mục, tin bài xanh phát thường xuyên: chưa có số / hoàn thành
          ⚪ Trường học đã phổ biến kế hoạch: chưa có số / hoàn thành
          ⚪ Doanh nghiệp, cơ sở có hợp đồng thu gom rác: chưa có số / hoàn thành
          Báo cáo 6 tháng đầu năm 2026: 1/13 đơn vị đã báo
    """)
