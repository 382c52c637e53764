"""The same matter reported by several, and reporters who are not to be named.

Telegram knows people's names from the start, the web chat does not: where handlers read who
reported, it is somebody who asked not to be named.
"""

from __future__ import annotations

from tests.transcripts.case_cast import dumping, says
from tests.transcripts.conftest import WITH_BUTTONS, Play

pytestmark = WITH_BUTTONS


async def test_the_same_case_is_offered_at_once_and_joined(cast: Play) -> None:
    """A second citizen says it is that very matter; their words reach the handler under the first one's code."""
    await dumping(cast, "Bình")
    await says(cast, "Lan", "phản ánh", "đổ rác, phế thải sai chỗ")
    await cast.plays("""
        Lan: phế thải đổ trộm ngay cạnh trường mầm non
        Bot: Ở chỗ nào ạ? Anh/chị gửi vị trí, hoặc gõ: sau trạm y tế, thôn 3…
        Lan: (vị trí 20.9408, 106.3303)
        Bot: Anh/chị có ảnh thì gửi em, gửi nhiều ảnh cũng được (gõ BỎ QUA nếu không có). [Xong] [Bỏ qua]
        Lan: bỏ qua
        Bot: Việc này có từ bao giờ ạ? Ví dụ: đang diễn ra, tối qua, cả tuần nay. [Bỏ qua]
        Lan: sáng nay
        Bot: Anh/chị muốn để tên hay giấu tên ạ? Giấu tên thì người xử lý chỉ thấy “người dân”. [Để tên] [Giấu tên]
        Lan: [Giấu tên]
        Bot: Phản ánh. Anh/chị xem lại giúp em:
          1. Việc: Đổ rác, phế thải sai chỗ
          2. Sự việc: phế thải đổ trộm ngay cạnh trường mầm non
          3. Nơi xảy ra: vị trí 20.94080, 106.33030
          4. Ảnh: (bỏ qua)
          5. Từ bao giờ: sáng nay
          6. Người báo: Giấu tên [Gửi] [Sửa]
        Lan: [Gửi]
        Bot: Cách đó khoảng 90 m, hôm nay đã có người báo việc “Đổ rác, phế thải sai chỗ”, đã tiếp nhận. Có phải việc này không ạ? [Đúng việc này] [Việc khác]
        Lan: [Đúng việc này]
        Bot: Cảm ơn anh/chị! Em đã ghi thêm vào việc đang được xử lý; mã của anh/chị là PA-2. Tên anh/chị được niêm phong. Việc đó đến đâu em báo anh/chị đến đấy ạ. [Xem phản ánh]
        Bot → Hạnh: PA-1: thêm một người báo cùng việc này (PA-2): “phế thải đổ trộm ngay cạnh trường mầm non” [Xem]
    """)


async def test_a_double_is_merged_by_the_handler_and_everybody_hears(cast: Play) -> None:
    """Two reporters of one heap: the first word of any closes it, «chưa» of any opens it again."""
    await dumping(cast, "Bình")
    await dumping(cast, "Lan", named="[Giấu tên]")
    await says(cast, "Lan", "[Việc khác]")
    await cast.plays("""
        Hạnh: PA-2
        Bot: PA-2: Đổ rác, phế thải sai chỗ
          Tình trạng: đã tiếp nhận, Văn phòng HĐND và UBND
          “có xe ba gác đổ trộm phế thải cạnh trường mầm non”
          Nơi: 20.94000, 106.33000
          Từ: tối qua
          Bản đồ: https://www.openstreetmap.org/?mlat=20.94000&mlon=106.33000#map=17/20.94000/106.33000
          Người báo: người dân, ngày 8/6/2026
          Hạn nhận: 09:30 ngày 9/6
          Hạn xử lý: 09:00 ngày 11/6
          Có thể cùng việc với PA-1.
          • 09:02 ngày 8/6, người dân: xã đã nhận phản ánh [Nhận] [Xử lý xong] [Hỏi thêm] [Chuyển] [Từ chối] [Việc khác]
        Hạnh: [Việc khác]
        Bot: PA-2: anh/chị muốn làm gì ạ? [Xác minh đúng] [Gộp việc trùng] [Báo khẩn]
        Hạnh: [Gộp việc trùng]
        Bot: Gộp PA-2 vào việc nào ạ?
          1. PA-1: “có xe ba gác đổ trộm phế thải cạnh trườ…” [có xe ba gác đổ trộm phế thải cạnh trườ…]
        Hạnh: 1
        Bot: Em đã gộp PA-2 vào PA-1. Gộp nhầm thì mở PA-2 bấm “Tách ra” ạ.
        Bot → Lan: Phản ánh PA-2 trùng với một việc đang xử lý nên em gộp lại. Việc đó đến đâu em báo anh/chị đến đấy ạ. [Xem]
        Lan: PA-2
        Bot: PA-2: Đổ rác, phế thải sai chỗ
          Tình trạng: đã gộp với việc đang được xử lý; việc đó đã tiếp nhận, Văn phòng HĐND và UBND
          Nơi: 20.94000, 106.33000
          Gửi ngày 8/6/2026
          • 8/6/2026: xã đã nhận phản ánh
          • 8/6/2026: gộp với phản ánh trùng [Gửi thêm] [Ai đã mở tên?]
        Hạnh: nhận PA-1
        Bot: Anh/chị đã nhận PA-1. Hạn xử lý: 09:00 ngày 11/6. Xong thì bấm “Xử lý xong” và gửi em tấm ảnh ạ. [Xử lý xong] [Hỏi thêm] [Chuyển] [Từ chối] [Việc khác]
        Bot → Bình: Văn phòng HĐND và UBND đã nhận xử lý phản ánh PA-1 của anh/chị, dự kiến xong chậm nhất ngày 11/6 ạ. [Xem]
        Bot → Lan: Văn phòng HĐND và UBND đã nhận xử lý phản ánh PA-2 của anh/chị, dự kiến xong chậm nhất ngày 11/6 ạ. [Xem]
        Hạnh: xử lý xong PA-1
        Bot: Anh/chị gửi em ảnh sau khi xử lý PA-1, chụp sau lúc dân báo ạ. [Xong]
        Hạnh: (ảnh)
        Bot: Em đã nhận 1 ảnh. Gửi thêm, hoặc gõ XONG ạ. [Xong]
        Hạnh: xong
        Bot: Đã xử lý thế nào ạ? Em gửi người dân đúng câu này, ví dụ: đã dọn hết rác và nhắc hộ đổ trộm.
        Hạnh: đã chở đi rồi
        Bot: Em đã báo người dân PA-1 xử lý xong, chờ xác nhận trong 5 ngày ạ. [Việc khác]
        Bot → Bình: Văn phòng HĐND và UBND báo đã xử lý xong phản ánh PA-1: “đã chở đi rồi”. Ảnh sau khi xử lý ở trên ạ. Anh/chị xem đã xong chưa ạ? (ảnh: 1) [Đã xong] [Chưa]
        Bot → Lan: Văn phòng HĐND và UBND báo đã xử lý xong phản ánh PA-2: “đã chở đi rồi”. Ảnh sau khi xử lý ở trên ạ. Anh/chị xem đã xong chưa ạ? (ảnh: 1) [Đã xong] [Chưa]
        Lan: [Đã xong]
        Bot: Cảm ơn anh/chị đã xác nhận! Anh/chị chấm việc xử lý mấy điểm ạ, từ 1 đến 5? [1] [2] [3] [4] [5]
        Bot → Hạnh: PA-1: người dân xác nhận đã xong. Cảm ơn anh/chị! [Xem]
        Bot → Bình: Việc PA-1 đã được người dân xác nhận là xong. Anh/chị thấy chưa xong thì bấm “Chưa” là em mở lại ngay ạ. [Chưa]
        Bình: [Chưa]
        Bot: Dạ, em đã báo lãnh đạo, việc PA-1 được mở lại để làm tiếp ạ. Còn gì chưa được, anh/chị gửi thêm lời hay ảnh giúp em nhé. [Gửi thêm]
        Bot → Hạnh: PA-1: người dân báo CHƯA xong, việc được mở lại (Văn phòng HĐND và UBND). [Nhận] [Xử lý xong] [Xem]
        Bot → Minh: PA-1: người dân báo CHƯA xong, việc được mở lại (Văn phòng HĐND và UBND). [Nhận] [Xử lý xong] [Xem]
        Bot → Lan: Phản ánh PA-2 được mở lại, Văn phòng HĐND và UBND xử lý tiếp ạ. [Xem]
        Lan: PA-2
        Bot: PA-2: Đổ rác, phế thải sai chỗ
          Tình trạng: đã gộp với việc đang được xử lý; việc đó đã mở lại, Văn phòng HĐND và UBND
          Nơi: 20.94000, 106.33000
          Gửi ngày 8/6/2026
          • 8/6/2026: xã đã nhận phản ánh
          • 8/6/2026: gộp với phản ánh trùng
          • 8/6/2026: đã nhận xử lý
          • 8/6/2026: báo đã xử lý xong: đã chở đi rồi
          • 8/6/2026: người dân xác nhận đã xong
          • 8/6/2026: người dân báo chưa xong [Gửi thêm] [Ai đã mở tên?]
        Hạnh: tách ra PA-2
        Bot: Em đã tách PA-2 ra để xử lý riêng ạ. [Nhận] [Xử lý xong] [Hỏi thêm] [Chuyển] [Từ chối] [Việc khác]
        Bot → Lan: Phản ánh PA-2 được tách ra để xử lý riêng ạ. [Xem]
    """)


async def test_a_sealed_reporter_is_asked_and_stays_unnamed(cast: Play) -> None:
    """The handler sees «người dân», asks and is answered, and may not open the seal."""
    await cast.plays("""
        Bình: phản ánh
        Bot: Chào anh/chị! Em là Sổ Xanh, trợ lý tự động của xã. Gõ GIÚP lúc nào cũng được ạ.
        Bot: Anh/chị phản ánh việc gì ạ? [Đốt rơm rạ trên đồng] [Cơ sở xả chất thải, nước thải không đạt…] [Xả nước thải ra ao, hồ, kênh mương] [Đổ rác, phế thải sai chỗ] [Doanh nghiệp đổ rác sai chỗ] [Xây dựng trái phép, lấn chiếm đất] [Khai thác tài nguyên trái phép] [Chất thải chăn nuôi gây ô nhiễm] [Cơ sở gây tiếng ồn] [Cơ sở thải khói, bụi, khí] [Cơ sở thiếu thủ tục môi trường] [Ồn, khói bụi do giao thông] [Việc khác]
        Bình: đốt rơm
        Bot: Anh/chị kể ngắn gọn giúp em: thấy gì, ai bị ảnh hưởng ạ?
        Bình: nhà ông hàng xóm đốt rơm khói mù đường
        Bot: Ở chỗ nào ạ? Anh/chị gửi vị trí, hoặc gõ: sau trạm y tế, thôn 3…
        Bình: sau trạm y tế thôn Đoài
        Bot: Anh/chị có ảnh thì gửi em, gửi nhiều ảnh cũng được (gõ BỎ QUA nếu không có). [Xong] [Bỏ qua]
        Bình: (ảnh)
        Bot: Em đã nhận 1 ảnh. Gửi thêm, hoặc gõ XONG ạ. [Xong]
        Bình: xong
        Bot: Việc này có từ bao giờ ạ? Ví dụ: đang diễn ra, tối qua, cả tuần nay. [Bỏ qua]
        Bình: chiều qua
        Bot: Anh/chị muốn để tên hay giấu tên ạ? Giấu tên thì người xử lý chỉ thấy “người dân”. [Để tên] [Giấu tên]
        Bình: [Giấu tên]
        Bot: Phản ánh. Anh/chị xem lại giúp em:
          1. Việc: Đốt rơm rạ trên đồng
          2. Sự việc: nhà ông hàng xóm đốt rơm khói mù đường
          3. Nơi xảy ra: sau trạm y tế thôn Đoài
          4. Ảnh: 1 ảnh
          5. Từ bao giờ: chiều qua
          6. Người báo: Giấu tên [Gửi] [Sửa]
        Bình: [Gửi]
        Bot: Cảm ơn anh/chị! Phản ánh của anh/chị có mã PA-1. Tên anh/chị được niêm phong. Gõ PA-1 lúc nào cũng được để xem xã xử lý đến đâu. [Xem phản ánh]
        Bot → Hạnh: Phản ánh mới PA-1: Đốt rơm rạ trên đồng
          “nhà ông hàng xóm đốt rơm khói mù đường”
          Nơi: sau trạm y tế thôn Đoài
          Từ: chiều qua
          Người báo: người dân
          Anh/chị nhận trước 09:30 ngày 9/6 giúp em ạ. (ảnh: 1) [Nhận] [Xử lý xong] [Hỏi thêm] [Chuyển] [Từ chối]
        Hạnh: [Hỏi thêm]
        Bot: Anh/chị muốn hỏi người dân điều gì về PA-1 ạ? Em gửi đúng câu này.
        Hạnh: Nhà ông ấy ở ngõ mấy ạ?
        Bot: Em đã gửi câu hỏi cho người báo PA-1, có trả lời em báo ngay ạ. [Xử lý xong] [Chuyển] [Từ chối] [Việc khác]
        Bot → Bình: Về phản ánh PA-1, Văn phòng HĐND và UBND muốn hỏi thêm: “Nhà ông ấy ở ngõ mấy ạ?”. Anh/chị nhắn trả lời ngay ở đây giúp em ạ. [Trả lời]
        Bình: ngõ 12, cổng sơn xanh
        Bot: Có ảnh thì anh/chị gửi luôn, không thì gõ BỎ QUA ạ. [Xong] [Bỏ qua]
        Bình: bỏ qua
        Bot: Em đã gửi câu trả lời của anh/chị về PA-1 cho người xử lý. Cảm ơn anh/chị ạ! [Xem]
        Bot → Hạnh: PA-1: người dân trả lời: “ngõ 12, cổng sơn xanh” [Xem]
        Hạnh: PA-1
        Bot: PA-1: Đốt rơm rạ trên đồng
          Tình trạng: đang xử lý, Văn phòng HĐND và UBND
          “nhà ông hàng xóm đốt rơm khói mù đường”
          Nơi: sau trạm y tế thôn Đoài
          Từ: chiều qua
          Người báo: người dân, ngày 8/6/2026
          Hạn xử lý: 09:30 ngày 9/6
          • 09:01 ngày 8/6, người dân: xã đã nhận phản ánh
          • 09:01 ngày 8/6, bạn Hạnh: hỏi thêm: Nhà ông ấy ở ngõ mấy ạ?
          • 09:02 ngày 8/6, người dân: đã trả lời: ngõ 12, cổng sơn xanh (ảnh: 1) [Xử lý xong] [Hỏi thêm] [Chuyển] [Từ chối] [Việc khác]
        Hạnh: mở niêm phong PA-1
        Bot: Việc này ở PA-1 em chưa được phép làm cho anh/chị ạ. [Xem]
        Bình: PA-1
        Bot: PA-1: Đốt rơm rạ trên đồng
          Tình trạng: đang xử lý, Văn phòng HĐND và UBND
          Nơi: sau trạm y tế thôn Đoài
          Gửi ngày 8/6/2026
          • 8/6/2026: xã đã nhận phản ánh
          • 8/6/2026: hỏi thêm: Nhà ông ấy ở ngõ mấy ạ?
          • 8/6/2026: đã trả lời: ngõ 12, cổng sơn xanh [Gửi thêm] [Ai đã mở tên?]
        Bình: [Ai đã mở tên?]
        Bot: Chưa ai mở tên anh/chị ở phản ánh PA-1 ạ.
    """)


async def test_a_sealed_reporter_asks_who_opened_the_seal_and_is_forgotten(cast: Play) -> None:
    """The trace says who and why; after «xóa tên tôi» the case stays and nobody knows whose it was."""
    await dumping(cast, "Bình", named="[Giấu tên]")
    await says(cast, "Minh", "mở niêm phong PA-1", "người báo bị đe dọa, cần bảo vệ")
    await cast.plays("""
        Bình: PA-1
        Bot: PA-1: Đổ rác, phế thải sai chỗ
          Tình trạng: đã tiếp nhận, Văn phòng HĐND và UBND
          Nơi: 20.94000, 106.33000
          Gửi ngày 8/6/2026
          • 8/6/2026: xã đã nhận phản ánh [Gửi thêm] [Ai đã mở tên?]
        Bình: [Ai đã mở tên?]
        Bot: Những lần mở tên người báo PA-1:
          • 09:01 ngày 8/6: bạn Minh, lý do: người báo bị đe dọa, cần bảo vệ
        Bình: xóa tên tôi
        Bot: Em sẽ xóa tên, số điện thoại và mọi tin nhắn của anh/chị. 1 phản ánh đã gửi vẫn được xử lý nhưng không còn gắn với anh/chị, em cũng không báo tin cho anh/chị được nữa. Xóa rồi không lấy lại được. Anh/chị chắc chắn xóa không ạ? [Xóa tên tôi] [Không xóa]
        Bình: [Xóa tên tôi]
        Bot: Em đã xóa tên và tin nhắn của anh/chị. Sau này cần, anh/chị nhắn em như người mới ạ.
        Hạnh: PA-1
        Bot: PA-1: Đổ rác, phế thải sai chỗ
          Tình trạng: đã tiếp nhận, Văn phòng HĐND và UBND
          “có xe ba gác đổ trộm phế thải cạnh trường mầm non”
          Nơi: 20.94000, 106.33000
          Từ: tối qua
          Bản đồ: https://www.openstreetmap.org/?mlat=20.94000&mlon=106.33000#map=17/20.94000/106.33000
          Người báo: người dân, ngày 8/6/2026
          Hạn nhận: 09:30 ngày 9/6
          Hạn xử lý: 09:00 ngày 11/6
          • 09:01 ngày 8/6, người dân: xã đã nhận phản ánh [Nhận] [Xử lý xong] [Hỏi thêm] [Chuyển] [Từ chối] [Việc khác]
        Hạnh: hỏi thêm PA-1
        Bot: Anh/chị muốn hỏi người dân điều gì về PA-1 ạ? Em gửi đúng câu này.
        Hạnh: xe mấy giờ đổ ạ?
        Bot: Người báo PA-1 không còn nhận tin được nữa ạ; câu hỏi vẫn được lưu lại. [Xử lý xong] [Chuyển] [Từ chối] [Việc khác]
        Bình: PA-1
        Bot: Chào anh/chị! Em là Sổ Xanh, trợ lý tự động của xã. Gõ GIÚP lúc nào cũng được ạ.
        Bot: Em không tìm thấy phản ánh PA-1 của anh/chị. Anh/chị xem lại mã giúp em, ví dụ: PA-7F3K.
    """)
