"""The life of a case, played with citizen, handler and leader."""

from __future__ import annotations

from storage.access import Role
from tests.transcripts.case_cast import dumping
from tests.transcripts.conftest import WITH_BUTTONS, Play

pytestmark = WITH_BUTTONS


async def test_a_case_is_handled_to_its_happy_end(cast: Play) -> None:
    """Reported with a picture, taken, resolved with a picture, confirmed, rated, and counted as true."""
    await cast.plays("""
        Bình: phản ánh
        Bot: Chào anh/chị! Em là Sổ Xanh, trợ lý tự động của xã. Gõ GIÚP lúc nào cũng được ạ.
        Bot: Anh/chị phản ánh việc gì ạ? [Đốt rơm rạ trên đồng] [Cơ sở xả chất thải, nước thải không đạt…] [Xả nước thải ra ao, hồ, kênh mương] [Đổ rác, phế thải sai chỗ] [Doanh nghiệp đổ rác sai chỗ] [Xây dựng trái phép, lấn chiếm đất] [Khai thác tài nguyên trái phép] [Chất thải chăn nuôi gây ô nhiễm] [Cơ sở gây tiếng ồn] [Cơ sở thải khói, bụi, khí] [Cơ sở thiếu thủ tục môi trường] [Ồn, khói bụi do giao thông] [Việc khác]
        Bình: đổ rác, phế thải sai chỗ
        Bot: Anh/chị kể ngắn gọn giúp em: thấy gì, ai bị ảnh hưởng ạ?
        Bình: có xe ba gác đổ trộm phế thải cạnh trường mầm non
        Bot: Ở chỗ nào ạ? Anh/chị gửi vị trí, hoặc gõ: sau trạm y tế, thôn 3…
        Bình: (vị trí 20.9400, 106.3300)
        Bot: Anh/chị có ảnh thì gửi em, gửi nhiều ảnh cũng được (gõ BỎ QUA nếu không có). [Xong] [Bỏ qua]
        Bình: (ảnh)
        Bot: Em đã nhận 1 ảnh. Gửi thêm, hoặc gõ XONG ạ. [Xong]
        Bình: xong
        Bot: Việc này có từ bao giờ ạ? Ví dụ: đang diễn ra, tối qua, cả tuần nay. [Bỏ qua]
        Bình: tối qua
        Bot: Anh/chị muốn để tên hay giấu tên ạ? Giấu tên thì người xử lý chỉ thấy “người dân”. [Để tên] [Giấu tên]
        Bình: [Để tên]
        Bot: Phản ánh. Anh/chị xem lại giúp em:
          1. Việc: Đổ rác, phế thải sai chỗ
          2. Sự việc: có xe ba gác đổ trộm phế thải cạnh trường mầm non
          3. Nơi xảy ra: vị trí 20.94000, 106.33000
          4. Ảnh: 1 ảnh
          5. Từ bao giờ: tối qua
          6. Người báo: Để tên [Gửi] [Sửa]
        Bình: [Gửi]
        Bot: Cảm ơn anh/chị! Phản ánh của anh/chị có mã PA-1. Gõ PA-1 lúc nào cũng được để xem xã xử lý đến đâu. [Xem phản ánh]
        Bot → Hạnh: Phản ánh mới PA-1: Đổ rác, phế thải sai chỗ
          “có xe ba gác đổ trộm phế thải cạnh trường mầm non”
          Nơi: 20.94000, 106.33000
          Từ: tối qua
          Bản đồ: https://www.openstreetmap.org/?mlat=20.94000&mlon=106.33000#map=17/20.94000/106.33000
          Người báo: người dân
          Anh/chị nhận trước 09:30 ngày 9/6 giúp em ạ. (ảnh: 1) [Nhận] [Xử lý xong] [Hỏi thêm] [Chuyển] [Từ chối]
        Hạnh: [Nhận]
        Bot: Anh/chị đã nhận PA-1. Hạn xử lý: 09:00 ngày 11/6. Xong thì bấm “Xử lý xong” và gửi em tấm ảnh ạ. [Xử lý xong] [Hỏi thêm] [Chuyển] [Từ chối] [Việc khác]
        Bot → Bình: Văn phòng HĐND và UBND đã nhận xử lý phản ánh PA-1 của anh/chị, dự kiến xong chậm nhất ngày 11/6 ạ. [Xem]
        Hạnh: [Nhận]
        Bot: PA-1 đã có thay đổi trước đó (chính anh/chị), hiện đã nhận xử lý. Em chưa ghi gì thêm ạ. [Xử lý xong] [Hỏi thêm] [Chuyển] [Từ chối] [Việc khác]
        Hạnh: [Xử lý xong]
        Bot: Anh/chị gửi em ảnh sau khi xử lý PA-1, chụp sau lúc dân báo ạ. [Xong]
        Hạnh: (ảnh)
        Bot: Em đã nhận 1 ảnh. Gửi thêm, hoặc gõ XONG ạ. [Xong]
        Hạnh: xong
        Bot: Đã xử lý thế nào ạ? Em gửi người dân đúng câu này, ví dụ: đã dọn hết rác và nhắc hộ đổ trộm.
        Hạnh: đã dọn sạch rác và cắm biển cấm đổ
        Bot: Em đã báo người dân PA-1 xử lý xong, chờ xác nhận trong 5 ngày ạ. [Việc khác]
        Bot → Bình: Văn phòng HĐND và UBND báo đã xử lý xong phản ánh PA-1: “đã dọn sạch rác và cắm biển cấm đổ”. Ảnh trước và sau khi xử lý ở trên ạ. Anh/chị xem đã xong chưa ạ? (ảnh: 2) [Đã xong] [Chưa]
        Bình: [Đã xong]
        Bot: Cảm ơn anh/chị đã xác nhận! Anh/chị chấm việc xử lý mấy điểm ạ, từ 1 đến 5? [1] [2] [3] [4] [5]
        Bot → Hạnh: PA-1: người dân xác nhận đã xong. Cảm ơn anh/chị! [Xem]
        Bình: [Đã xong]
        Bot: PA-1 hiện đã đóng. Em chưa ghi gì thêm ạ. [Chưa xong]
        Bình: [5]
        Bot: Em ghi lại rồi ạ, cảm ơn anh/chị! Anh/chị muốn nhận xét thêm một câu không ạ? [Nói thêm]
        Bình: [Nói thêm]
        Bot: Anh/chị nhận xét thêm một câu về việc xử lý PA-1 ạ.
        Bình: nhanh lắm, cảm ơn xã
        Bot: Em ghi lại nhận xét của anh/chị rồi. Cảm ơn anh/chị ạ!
        Bot → Hạnh: PA-1: người dân nhận xét: “nhanh lắm, cảm ơn xã” [Xem]
        Bình: PA-1
        Bot: PA-1: Đổ rác, phế thải sai chỗ
          Tình trạng: đã đóng, Văn phòng HĐND và UBND
          Nơi: 20.94000, 106.33000
          Gửi ngày 8/6/2026
          • 8/6/2026: xã đã nhận phản ánh
          • 8/6/2026: đã nhận xử lý
          • 8/6/2026: báo đã xử lý xong: đã dọn sạch rác và cắm biển cấm đổ
          • 8/6/2026: người dân xác nhận đã xong
          • 8/6/2026: chấm 5/5
          • 8/6/2026: nhận xét: nhanh lắm, cảm ơn xã [Chưa xong]
        Hạnh: [Việc khác]
        Bot: PA-1: anh/chị muốn làm gì ạ? [Xác minh đúng]
        Hạnh: [Xác minh đúng]
        Bot: Em đã ghi PA-1 xác minh đúng. Kế hoạch không có chỉ tiêu đếm loại việc này. [Việc khác]
    """)


async def test_what_is_not_fixed_is_opened_again_and_the_leader_told(cast: Play) -> None:
    """The citizen types «chưa»; the second time it is done, and they say so in their own words."""
    await dumping(cast, "Bình")
    await cast.plays("""
        Hạnh: [Nhận]
        Bot: Anh/chị đã nhận PA-1. Hạn xử lý: 09:00 ngày 11/6. Xong thì bấm “Xử lý xong” và gửi em tấm ảnh ạ. [Xử lý xong] [Hỏi thêm] [Chuyển] [Từ chối] [Việc khác]
        Bot → Bình: Văn phòng HĐND và UBND đã nhận xử lý phản ánh PA-1 của anh/chị, dự kiến xong chậm nhất ngày 11/6 ạ. [Xem]
        Hạnh: [Xử lý xong]
        Bot: Anh/chị gửi em ảnh sau khi xử lý PA-1, chụp sau lúc dân báo ạ. [Xong]
        Hạnh: bỏ qua
        Bot: Câu này em cần anh/chị trả lời giúp. Nếu chưa có số, gõ ĐỂ SAU để làm tiếp lúc khác ạ.
          Anh/chị gửi em ảnh sau khi xử lý PA-1, chụp sau lúc dân báo ạ. [Xong]
        Hạnh: (ảnh)
        Bot: Em đã nhận 1 ảnh. Gửi thêm, hoặc gõ XONG ạ. [Xong]
        Hạnh: xong
        Bot: Đã xử lý thế nào ạ? Em gửi người dân đúng câu này, ví dụ: đã dọn hết rác và nhắc hộ đổ trộm.
        Hạnh: đã nhắc nhở
        Bot: Em đã báo người dân PA-1 xử lý xong, chờ xác nhận trong 5 ngày ạ. [Việc khác]
        Bot → Bình: Văn phòng HĐND và UBND báo đã xử lý xong phản ánh PA-1: “đã nhắc nhở”. Ảnh sau khi xử lý ở trên ạ. Anh/chị xem đã xong chưa ạ? (ảnh: 1) [Đã xong] [Chưa]
        Bình: chưa
        Bot: Dạ, em đã báo lãnh đạo, việc PA-1 được mở lại để làm tiếp ạ. Còn gì chưa được, anh/chị gửi thêm lời hay ảnh giúp em nhé. [Gửi thêm]
        Bot → Hạnh: PA-1: người dân báo CHƯA xong, việc được mở lại (Văn phòng HĐND và UBND). [Nhận] [Xử lý xong] [Xem]
        Bot → Minh: PA-1: người dân báo CHƯA xong, việc được mở lại (Văn phòng HĐND và UBND). [Nhận] [Xử lý xong] [Xem]
        Bình: [Gửi thêm]
        Bot: Anh/chị muốn nói thêm gì về PA-1 ạ? Chỉ gửi ảnh thì gõ BỎ QUA. [Bỏ qua]
        Bình: rác vẫn còn nguyên, mùi hôi lắm
        Bot: Có ảnh thì anh/chị gửi em, không thì gõ BỎ QUA ạ. [Xong] [Bỏ qua]
        Bình: bỏ qua
        Bot: Em đã thêm vào PA-1 và báo người xử lý rồi ạ. [Xem]
        Bot → Hạnh: PA-1: người dân gửi thêm: “rác vẫn còn nguyên, mùi hôi lắm” [Xem]
        Minh: [Xử lý xong]
        Bot: Anh/chị gửi em ảnh sau khi xử lý PA-1, chụp sau lúc dân báo ạ. Không có ảnh thì gõ BỎ QUA và cho em biết lý do. [Xong] [Bỏ qua]
        Minh: bỏ qua
        Bot: Vì sao không có ảnh ạ? Lý do này được lưu cùng tên anh/chị.
        Minh: trời mưa, đội tự quản chưa chụp được
        Bot: Đã xử lý thế nào ạ? Em gửi người dân đúng câu này, ví dụ: đã dọn hết rác và nhắc hộ đổ trộm.
        Minh: đã chở hết rác đi
        Bot: Em đã báo người dân PA-1 xử lý xong, chờ xác nhận trong 5 ngày ạ. [Mở lại] [Việc khác]
        Bot → Bình: Văn phòng HĐND và UBND báo đã xử lý xong phản ánh PA-1: “đã chở hết rác đi”. Lần này chưa có ảnh sau khi xử lý. Anh/chị xem đã xong chưa ạ? [Đã xong] [Chưa]
        Bình: xong rồi
        Bot: Cảm ơn anh/chị đã xác nhận! Anh/chị chấm việc xử lý mấy điểm ạ, từ 1 đến 5? [1] [2] [3] [4] [5]
        Bot → Hạnh: PA-1: người dân xác nhận đã xong. Cảm ơn anh/chị! [Xem]
        Bình: [4]
        Bot: Em ghi lại rồi ạ, cảm ơn anh/chị! Anh/chị muốn nhận xét thêm một câu không ạ? [Nói thêm]
    """)


async def test_a_case_is_passed_on_to_the_town(cast: Play) -> None:
    """It belongs to a body outside; the commune stays the one who answers the citizen."""
    await dumping(cast, "Bình")
    await cast.plays("""
        Hạnh: [Chuyển]
        Bot: Chuyển PA-1 cho đơn vị nào ạ? Anh/chị bấm hoặc gõ tên. [Phòng Kinh tế] [Phòng Văn hóa - Xã hội] [Trung tâm Dịch vụ sự nghiệp công] [Ủy ban Mặt trận Tổ quốc xã] [Hội Liên hiệp Phụ nữ] [Đoàn Thanh niên] [Cơ quan ngoài xã]
        Hạnh: ngoài xã
        Bot: Chuyển cho cơ quan nào ạ? Ví dụ: Sở Nông nghiệp và Môi trường.
        Hạnh: Sở Nông nghiệp và Môi trường
        Bot: Anh/chị nhắn gì cho bên nhận không ạ? (gõ BỎ QUA nếu không) [Bỏ qua]
        Hạnh: bỏ qua
        Bot: Em đã ghi PA-1 chuyển Sở Nông nghiệp và Môi trường và báo người dân. Khi bên đó trả lời, anh/chị bấm “Xử lý xong” giúp em ạ. [Xử lý xong] [Chuyển] [Việc khác]
        Bot → Bình: Việc PA-1 thuộc thẩm quyền của Sở Nông nghiệp và Môi trường nên xã đã chuyển sang đó. Có kết quả em báo anh/chị ngay ạ. [Xem]
        Bình: PA-1
        Bot: PA-1: Đổ rác, phế thải sai chỗ
          Tình trạng: đã chuyển cơ quan khác, Văn phòng HĐND và UBND
          Nơi: 20.94000, 106.33000
          Gửi ngày 8/6/2026
          • 8/6/2026: xã đã nhận phản ánh
          • 8/6/2026: chuyển cơ quan khác: Sở Nông nghiệp và Môi trường [Gửi thêm]
        Hạnh: [Xử lý xong]
        Bot: Anh/chị gửi em ảnh sau khi xử lý PA-1, chụp sau lúc dân báo ạ. [Xong]
        Hạnh: (ảnh)
        Bot: Em đã nhận 1 ảnh. Gửi thêm, hoặc gõ XONG ạ. [Xong]
        Hạnh: xong
        Bot: Đã xử lý thế nào ạ? Em gửi người dân đúng câu này, ví dụ: đã dọn hết rác và nhắc hộ đổ trộm.
        Hạnh: Sở đã lập biên bản và yêu cầu dọn trong ngày
        Bot: Em đã báo người dân PA-1 xử lý xong, chờ xác nhận trong 5 ngày ạ. [Việc khác]
        Bot → Bình: Văn phòng HĐND và UBND báo đã xử lý xong phản ánh PA-1: “Sở đã lập biên bản và yêu cầu dọn trong ngày”. Ảnh sau khi xử lý ở trên ạ. Anh/chị xem đã xong chưa ạ? (ảnh: 1) [Đã xong] [Chưa]
        Bình: đã xong
        Bot: Cảm ơn anh/chị đã xác nhận! Anh/chị chấm việc xử lý mấy điểm ạ, từ 1 đến 5? [1] [2] [3] [4] [5]
        Bot → Hạnh: PA-1: người dân xác nhận đã xong. Cảm ơn anh/chị! [Xem]
    """)


async def test_a_kind_with_nobody_is_given_to_a_unit_once_for_all(cast: Play) -> None:
    """The office's leader names the unit; the former unit's button says where the case went."""
    await cast.registers("Kiên", "Phòng Kinh tế", Role.HANDLER)
    await dumping(cast, "Bình")
    await cast.plays("""
        Minh: chuyển PA-1
        Bot: Chuyển PA-1 cho đơn vị nào ạ? Anh/chị bấm hoặc gõ tên. [Phòng Kinh tế] [Phòng Văn hóa - Xã hội] [Trung tâm Dịch vụ sự nghiệp công] [Ủy ban Mặt trận Tổ quốc xã] [Hội Liên hiệp Phụ nữ] [Đoàn Thanh niên] [Cơ quan ngoài xã]
        Minh: phong kinh te
        Bot: Anh/chị nhắn gì cho bên nhận không ạ? (gõ BỎ QUA nếu không) [Bỏ qua]
        Minh: kiểm tra trong ngày giúp anh
        Bot: Kế hoạch chưa nêu ai xử lý loại việc “Đổ rác, phế thải sai chỗ”. Lần sau em chuyển thẳng cho đơn vị này nhé? [Có] [Không]
        Minh: Có
        Bot: Em đã chuyển PA-1 cho Phòng Kinh tế. Từ nay loại việc “Đổ rác, phế thải sai chỗ” em chuyển thẳng cho Phòng Kinh tế ạ.
        Bot → Kiên: kiểm tra trong ngày giúp anh
          Anh/chị được giao PA-1: Đổ rác, phế thải sai chỗ
          “có xe ba gác đổ trộm phế thải cạnh trường mầm non”
          Nơi: 20.94000, 106.33000
          Từ: tối qua
          Bản đồ: https://www.openstreetmap.org/?mlat=20.94000&mlon=106.33000#map=17/20.94000/106.33000
          Người báo: người dân
          Anh/chị nhận trước 09:30 ngày 9/6 giúp em ạ. [Nhận] [Xử lý xong] [Hỏi thêm] [Chuyển] [Từ chối]
        Bot → Bình: Phản ánh PA-1 của anh/chị đã chuyển sang Phòng Kinh tế để xử lý ạ. [Xem]
        Kiên: [Nhận]
        Bot: Anh/chị đã nhận PA-1. Hạn xử lý: 09:00 ngày 11/6. Xong thì bấm “Xử lý xong” và gửi em tấm ảnh ạ. [Xử lý xong] [Hỏi thêm] [Chuyển] [Từ chối] [Việc khác]
        Bot → Bình: Phòng Kinh tế đã nhận xử lý phản ánh PA-1 của anh/chị, dự kiến xong chậm nhất ngày 11/6 ạ. [Xem]
        Hạnh: [Nhận]
        Bot: Việc PA-1 đã chuyển cho Phòng Kinh tế xử lý ạ.
        Lan: phản ánh
        Bot: Chào anh/chị! Em là Sổ Xanh, trợ lý tự động của xã. Gõ GIÚP lúc nào cũng được ạ.
        Bot: Anh/chị phản ánh việc gì ạ? [Đốt rơm rạ trên đồng] [Cơ sở xả chất thải, nước thải không đạt…] [Xả nước thải ra ao, hồ, kênh mương] [Đổ rác, phế thải sai chỗ] [Doanh nghiệp đổ rác sai chỗ] [Xây dựng trái phép, lấn chiếm đất] [Khai thác tài nguyên trái phép] [Chất thải chăn nuôi gây ô nhiễm] [Cơ sở gây tiếng ồn] [Cơ sở thải khói, bụi, khí] [Cơ sở thiếu thủ tục môi trường] [Ồn, khói bụi do giao thông] [Việc khác]
        Lan: đổ rác, phế thải sai chỗ
        Bot: Anh/chị kể ngắn gọn giúp em: thấy gì, ai bị ảnh hưởng ạ?
        Lan: túi rác vứt đầy bờ mương
        Bot: Ở chỗ nào ạ? Anh/chị gửi vị trí, hoặc gõ: sau trạm y tế, thôn 3…
        Lan: bờ mương thôn Thượng
        Bot: Anh/chị có ảnh thì gửi em, gửi nhiều ảnh cũng được (gõ BỎ QUA nếu không có). [Xong] [Bỏ qua]
        Lan: bỏ qua
        Bot: Việc này có từ bao giờ ạ? Ví dụ: đang diễn ra, tối qua, cả tuần nay. [Bỏ qua]
        Lan: bỏ qua
        Bot: Anh/chị muốn để tên hay giấu tên ạ? Giấu tên thì người xử lý chỉ thấy “người dân”. [Để tên] [Giấu tên]
        Lan: [Để tên]
        Bot: Phản ánh. Anh/chị xem lại giúp em:
          1. Việc: Đổ rác, phế thải sai chỗ
          2. Sự việc: túi rác vứt đầy bờ mương
          3. Nơi xảy ra: bờ mương thôn Thượng
          4. Ảnh: (bỏ qua)
          5. Từ bao giờ: (bỏ qua)
          6. Người báo: Để tên [Gửi] [Sửa]
        Lan: [Gửi]
        Bot: Cảm ơn anh/chị! Phản ánh của anh/chị có mã PA-2. Gõ PA-2 lúc nào cũng được để xem xã xử lý đến đâu. [Xem phản ánh]
        Bot → Kiên: Phản ánh mới PA-2: Đổ rác, phế thải sai chỗ
          “túi rác vứt đầy bờ mương”
          Nơi: bờ mương thôn Thượng
          Người báo: người dân
          Anh/chị nhận trước 09:30 ngày 9/6 giúp em ạ. [Nhận] [Xử lý xong] [Hỏi thêm] [Chuyển] [Từ chối]
    """)


async def test_a_rejection_has_a_reason_and_goes_to_the_leader_on_appeal(cast: Play) -> None:
    """Of two who take it up, one wins and the other is told who did."""
    await dumping(cast, "Bình")
    await cast.plays("""
        Hạnh: [Từ chối]
        Bot: Vì sao không thụ lý PA-1 ạ? Người dân đọc đúng câu này và có thể đề nghị lãnh đạo xem lại.
        Hạnh: đất của gia đình, không phải chỗ công cộng
        Bot: Em đã ghi không thụ lý PA-1 và báo lý do cho người dân ạ.
        Bot → Bình: Xã không thụ lý phản ánh PA-1 vì: “đất của gia đình, không phải chỗ công cộng”. Anh/chị chưa đồng ý thì bấm nút dưới, lãnh đạo xã sẽ xem lại ạ. [Đề nghị xem lại]
        Bình: [Đề nghị xem lại]
        Bot: Vì sao anh/chị đề nghị xem lại PA-1 ạ? Em gửi thẳng cho lãnh đạo.
        Bình: đó là đất của trường, tôi có ảnh
        Bot: Em đã gửi đề nghị xem lại PA-1 tới lãnh đạo, có kết quả em báo anh/chị ạ. [Xem]
        Bot → Minh: PA-1: người dân đề nghị xem lại việc không thụ lý: “đó là đất của trường, tôi có ảnh”. Việc được mở lại. [Nhận] [Xử lý xong] [Xem]
        Bot → Hạnh: PA-1: người dân đề nghị xem lại việc không thụ lý: “đó là đất của trường, tôi có ảnh”. Việc được mở lại. [Nhận] [Xử lý xong] [Xem]
        Minh: [Nhận]
        Bot: Anh/chị đã nhận PA-1. Hạn xử lý: 09:00 ngày 11/6. Xong thì bấm “Xử lý xong” và gửi em tấm ảnh ạ. [Xử lý xong] [Hỏi thêm] [Chuyển] [Từ chối] [Việc khác]
        Bot → Bình: Văn phòng HĐND và UBND đã nhận xử lý phản ánh PA-1 của anh/chị, dự kiến xong chậm nhất ngày 11/6 ạ. [Xem]
        Hạnh: [Nhận]
        Bot: PA-1 đã có thay đổi trước đó (bạn Minh), hiện đã nhận xử lý. Em chưa ghi gì thêm ạ. [Xử lý xong] [Hỏi thêm] [Chuyển] [Từ chối] [Việc khác]
        Minh: [Từ chối]
        Bot: Vì sao không thụ lý PA-1 ạ? Người dân đọc đúng câu này và có thể đề nghị lãnh đạo xem lại.
        Minh: địa chính đã kiểm tra, là đất nhà ở
        Bot: Em đã ghi không thụ lý PA-1 và báo lý do cho người dân ạ. [Mở lại] [Việc khác]
        Bot → Bình: Xã không thụ lý phản ánh PA-1 vì: “địa chính đã kiểm tra, là đất nhà ở”. Anh/chị chưa đồng ý thì bấm nút dưới, lãnh đạo xã sẽ xem lại ạ. [Đề nghị xem lại]
        Bình: PA-1
        Bot: PA-1: Đổ rác, phế thải sai chỗ
          Tình trạng: không thụ lý, Văn phòng HĐND và UBND
          Nơi: 20.94000, 106.33000
          Gửi ngày 8/6/2026
          • 8/6/2026: xã đã nhận phản ánh
          • 8/6/2026: không thụ lý: đất của gia đình, không phải chỗ công cộng
          • 8/6/2026: đề nghị xem lại: đó là đất của trường, tôi có ảnh
          • 8/6/2026: đã nhận xử lý
          • 8/6/2026: không thụ lý: địa chính đã kiểm tra, là đất nhà ở [Đề nghị xem lại]
    """)
