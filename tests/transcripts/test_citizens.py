"""A citizen reports burning straw, sealed, and follows the code."""

from __future__ import annotations

from storage.access import Role
from tests.transcripts.conftest import EVERYWHERE, Play


@EVERYWHERE
async def test_a_citizen_reports_burning_straw_sealed_and_follows_the_code(play: Play) -> None:
    """Two photos and a pin; the handler sees "người dân" and never a name."""
    await play.world.settles_in("ha-dong")
    await play.registers("Hạnh", "Văn phòng HĐND và UBND", Role.HANDLER)
    await play.plays("""
        Bình: phản ánh
        Bot: Chào anh/chị! Em là Sổ Xanh, trợ lý tự động của xã. Gõ GIÚP lúc nào cũng được ạ.
        Bot: Anh/chị phản ánh việc gì ạ? [Đốt rơm rạ trên đồng] [Cơ sở xả chất thải, nước thải không đạt…] [Xả nước thải ra ao, hồ, kênh mương] [Đổ rác, phế thải sai chỗ] [Doanh nghiệp đổ rác sai chỗ] [Xây dựng trái phép, lấn chiếm đất] [Khai thác tài nguyên trái phép] [Chất thải chăn nuôi gây ô nhiễm] [Cơ sở gây tiếng ồn] [Cơ sở thải khói, bụi, khí] [Cơ sở thiếu thủ tục môi trường] [Ồn, khói bụi do giao thông] [Việc khác]
        Bình: dot rom
        Bot: Anh/chị kể ngắn gọn giúp em: thấy gì, ai bị ảnh hưởng ạ?
        Bình: đốt rơm ngay cạnh đường, khói mù mịt
        Bot: Ở chỗ nào ạ? Anh/chị gửi vị trí, hoặc gõ: sau trạm y tế, thôn 3…
        Bình: (vị trí 20.9400, 106.3300)
        Bot: Anh/chị có ảnh thì gửi em, gửi nhiều ảnh cũng được (gõ BỎ QUA nếu không có). [Xong] [Bỏ qua]
        Bình: (2 ảnh)
        Bot: Em đã nhận 2 ảnh. Gửi thêm, hoặc gõ XONG ạ. [Xong]
        Bình: xong
        Bot: Việc này có từ bao giờ ạ? Ví dụ: đang diễn ra, tối qua, cả tuần nay. [Bỏ qua]
        Bình: đang đốt
        Bot: Anh/chị muốn để tên hay giấu tên ạ? Giấu tên thì người xử lý chỉ thấy “người dân”. [Để tên] [Giấu tên]
        Bình: [Giấu tên]
        Bot: Phản ánh. Anh/chị xem lại giúp em:
          1. Việc: Đốt rơm rạ trên đồng
          2. Sự việc: đốt rơm ngay cạnh đường, khói mù mịt
          3. Nơi xảy ra: vị trí 20.94000, 106.33000
          4. Ảnh: 2 ảnh
          5. Từ bao giờ: đang đốt
          6. Người báo: Giấu tên [Gửi] [Sửa]
        Bình: [Gửi]
        Bot: Cảm ơn anh/chị! Phản ánh của anh/chị có mã PA-1. Tên anh/chị được niêm phong. Gõ PA-1 lúc nào cũng được để xem xã xử lý đến đâu. [Xem phản ánh]
        Bot → Hạnh: Phản ánh mới PA-1: Đốt rơm rạ trên đồng
          “đốt rơm ngay cạnh đường, khói mù mịt”
          Nơi: 20.94000, 106.33000
          Từ: đang đốt
          Bản đồ: https://www.openstreetmap.org/?mlat=20.94000&mlon=106.33000#map=17/20.94000/106.33000
          Người báo: người dân
          Anh/chị nhận trước 09:30 ngày 9/6 giúp em ạ. (ảnh: 2) [Nhận] [Xử lý xong] [Hỏi thêm] [Chuyển] [Từ chối]
        Bình: PA-1
        Bot: PA-1: Đốt rơm rạ trên đồng
          Tình trạng: đã tiếp nhận, Văn phòng HĐND và UBND
          Nơi: 20.94000, 106.33000
          Gửi ngày 8/6/2026
          • 8/6/2026: xã đã nhận phản ánh [Gửi thêm] [Ai đã mở tên?]
        Hạnh: PA-1
        Bot: PA-1: Đốt rơm rạ trên đồng
          Tình trạng: đã tiếp nhận, Văn phòng HĐND và UBND
          “đốt rơm ngay cạnh đường, khói mù mịt”
          Nơi: 20.94000, 106.33000
          Từ: đang đốt
          Bản đồ: https://www.openstreetmap.org/?mlat=20.94000&mlon=106.33000#map=17/20.94000/106.33000
          Người báo: người dân, ngày 8/6/2026
          Hạn nhận: 09:30 ngày 9/6
          Hạn xử lý: 09:30 ngày 9/6
          • 09:01 ngày 8/6, người dân: xã đã nhận phản ánh (ảnh: 2) [Nhận] [Xử lý xong] [Hỏi thêm] [Chuyển] [Từ chối] [Việc khác]
        Lan: PA-1
        Bot: Chào anh/chị! Em là Sổ Xanh, trợ lý tự động của xã. Gõ GIÚP lúc nào cũng được ạ.
        Bot: Em không tìm thấy phản ánh PA-1 của anh/chị. Anh/chị xem lại mã giúp em, ví dụ: PA-7F3K.
    """)
