"""Clocks, silence and floods: what is urgent, what is late, who is held back."""

from __future__ import annotations

from tests.transcripts.case_cast import dumping, says
from tests.transcripts.conftest import WITH_BUTTONS, Play

pytestmark = WITH_BUTTONS


async def test_what_is_urgent_at_night_is_told_at_once(cast: Play) -> None:
    """The citizen confirms what the words suggest; unseen for half an hour it goes to the leader, at night too."""
    await cast.plays("""
        (22:10 ngày 8/6/2026)
        Bình: phản ánh
        Bot: Chào anh/chị! Em là Sổ Xanh, trợ lý tự động của xã. Gõ GIÚP lúc nào cũng được ạ.
        Bot: Anh/chị phản ánh việc gì ạ? [Đốt rơm rạ trên đồng] [Cơ sở xả chất thải, nước thải không đạt…] [Xả nước thải ra ao, hồ, kênh mương] [Đổ rác, phế thải sai chỗ] [Doanh nghiệp đổ rác sai chỗ] [Xây dựng trái phép, lấn chiếm đất] [Khai thác tài nguyên trái phép] [Chất thải chăn nuôi gây ô nhiễm] [Cơ sở gây tiếng ồn] [Cơ sở thải khói, bụi, khí] [Cơ sở thiếu thủ tục môi trường] [Ồn, khói bụi do giao thông] [Việc khác]
        Bình: đốt rơm
        Bot: Anh/chị kể ngắn gọn giúp em: thấy gì, ai bị ảnh hưởng ạ?
        Bình: đang cháy lan sang nhà dân, khói ngạt lắm cứu với
        Bot: Ở chỗ nào ạ? Anh/chị gửi vị trí, hoặc gõ: sau trạm y tế, thôn 3…
        Bình: (vị trí 20.9400, 106.3300)
        Bot: Anh/chị có ảnh thì gửi em, gửi nhiều ảnh cũng được (gõ BỎ QUA nếu không có). [Xong] [Bỏ qua]
        Bình: bỏ qua
        Bot: Việc này có từ bao giờ ạ? Ví dụ: đang diễn ra, tối qua, cả tuần nay. [Bỏ qua]
        Bình: đang cháy
        Bot: Việc này đang nguy hiểm, cần người đến ngay phải không ạ? [Phải, rất gấp] [Không gấp]
        Bình: [Phải, rất gấp]
        Bot: Anh/chị muốn để tên hay giấu tên ạ? Giấu tên thì người xử lý chỉ thấy “người dân”. [Để tên] [Giấu tên]
        Bình: [Để tên]
        Bot: Phản ánh. Anh/chị xem lại giúp em:
          1. Việc: Đốt rơm rạ trên đồng
          2. Sự việc: đang cháy lan sang nhà dân, khói ngạt lắm cứu với
          3. Nơi xảy ra: vị trí 20.94000, 106.33000
          4. Ảnh: (bỏ qua)
          5. Từ bao giờ: đang cháy
          6. Khẩn: Phải, rất gấp
          7. Người báo: Để tên [Gửi] [Sửa]
        Bình: [Gửi]
        Bot: Em đã chuyển ngay cho người trực ạ. Nếu nguy hiểm, anh/chị gọi 114 hoặc công an xã nhé.
          Cảm ơn anh/chị! Phản ánh của anh/chị có mã PA-1. Gõ PA-1 lúc nào cũng được để xem xã xử lý đến đâu. [Xem phản ánh]
        Bot → Hạnh: KHẨN: Phản ánh mới PA-1: Đốt rơm rạ trên đồng
          “đang cháy lan sang nhà dân, khói ngạt lắm cứu với”
          Nơi: 20.94000, 106.33000
          Từ: đang cháy
          Bản đồ: https://www.openstreetmap.org/?mlat=20.94000&mlon=106.33000#map=17/20.94000/106.33000
          Người báo: người dân
          Anh/chị nhận ngay giúp em ạ. [Nhận] [Xử lý xong] [Hỏi thêm] [Chuyển] [Từ chối]
        (22:45 ngày 8/6/2026)
        Bot → Hạnh: KHẨN: PA-1 (Đốt rơm rạ trên đồng) báo đã 30 phút mà chưa ai nhận. Anh/chị cho người đến ngay giúp em ạ. [Nhận] [Xử lý xong] [Xem]
        Bot → Minh: KHẨN: PA-1 (Đốt rơm rạ trên đồng) báo đã 30 phút mà chưa ai nhận. Anh/chị cho người đến ngay giúp em ạ. [Nhận] [Xử lý xong] [Xem]
        (22:55 ngày 8/6/2026)
        Hạnh: [Nhận]
        Bot: Anh/chị đã nhận PA-1. Hạn xử lý: 17:00 ngày 9/6. Xong thì bấm “Xử lý xong” và gửi em tấm ảnh ạ. [Xử lý xong] [Hỏi thêm] [Chuyển] [Từ chối] [Việc khác]
        Bot → Bình: Văn phòng HĐND và UBND đã nhận xử lý phản ánh PA-1 của anh/chị, dự kiến xong chậm nhất ngày 9/6 ạ. [Xem]
        (6:40 ngày 9/6/2026)
    """)


async def test_what_is_not_urgent_waits_for_the_morning(cast: Play) -> None:
    """Reported at night, told to the handler when the quiet hours end."""
    await says(cast, "Bình", "chào em")
    await cast.plays("""
        (22:10 ngày 8/6/2026)
        Bình: phản ánh
        Bot: Anh/chị phản ánh việc gì ạ? [Đốt rơm rạ trên đồng] [Cơ sở xả chất thải, nước thải không đạt…] [Xả nước thải ra ao, hồ, kênh mương] [Đổ rác, phế thải sai chỗ] [Doanh nghiệp đổ rác sai chỗ] [Xây dựng trái phép, lấn chiếm đất] [Khai thác tài nguyên trái phép] [Chất thải chăn nuôi gây ô nhiễm] [Cơ sở gây tiếng ồn] [Cơ sở thải khói, bụi, khí] [Cơ sở thiếu thủ tục môi trường] [Ồn, khói bụi do giao thông] [Việc khác]
        Bình: đổ rác, phế thải sai chỗ
        Bot: Anh/chị kể ngắn gọn giúp em: thấy gì, ai bị ảnh hưởng ạ?
        Bình: có túi rác vứt ở cổng chợ
        Bot: Ở chỗ nào ạ? Anh/chị gửi vị trí, hoặc gõ: sau trạm y tế, thôn 3…
        Bình: cổng chợ thôn 3
        Bot: Anh/chị có ảnh thì gửi em, gửi nhiều ảnh cũng được (gõ BỎ QUA nếu không có). [Xong] [Bỏ qua]
        Bình: bỏ qua
        Bot: Việc này có từ bao giờ ạ? Ví dụ: đang diễn ra, tối qua, cả tuần nay. [Bỏ qua]
        Bình: bỏ qua
        Bot: Anh/chị muốn để tên hay giấu tên ạ? Giấu tên thì người xử lý chỉ thấy “người dân”. [Để tên] [Giấu tên]
        Bình: [Để tên]
        Bot: Phản ánh. Anh/chị xem lại giúp em:
          1. Việc: Đổ rác, phế thải sai chỗ
          2. Sự việc: có túi rác vứt ở cổng chợ
          3. Nơi xảy ra: cổng chợ thôn 3
          4. Ảnh: (bỏ qua)
          5. Từ bao giờ: (bỏ qua)
          6. Người báo: Để tên [Gửi] [Sửa]
        Bình: [Gửi]
        Bot: Cảm ơn anh/chị! Phản ánh của anh/chị có mã PA-1. Gõ PA-1 lúc nào cũng được để xem xã xử lý đến đâu. [Xem phản ánh]
        (6:00 ngày 9/6/2026)
        (6:40 ngày 9/6/2026)
        Bot → Hạnh: Phản ánh mới PA-1: Đổ rác, phế thải sai chỗ
          “có túi rác vứt ở cổng chợ”
          Nơi: cổng chợ thôn 3
          Người báo: người dân
          Anh/chị nhận trước 08:00 ngày 10/6 giúp em ạ. [Nhận] [Xử lý xong] [Hỏi thêm] [Chuyển] [Từ chối]
    """)


async def test_limits_near_and_pass_and_silence_closes(cast: Play) -> None:
    """Handler, then leader, once each; five days without the citizen's word close it, and «chưa» opens it again."""
    await dumping(cast, "Bình")
    await cast.plays("""
        (15:30 ngày 8/6/2026)
        (8:00 ngày 9/6/2026)
        Bot → Hạnh: PA-1 (Đổ rác, phế thải sai chỗ) chưa ai nhận, hạn nhận 09:30 ngày 9/6. Anh/chị nhận giúp em ạ. [Nhận] [Xử lý xong] [Xem]
        (8:10 ngày 9/6/2026)
        (9:50 ngày 9/6/2026)
        Bot → Hạnh: PA-1 (Đổ rác, phế thải sai chỗ) đã quá hạn nhận (09:30 ngày 9/6) mà chưa ai nhận ạ. [Nhận] [Xử lý xong] [Xem]
        Bot → Minh: PA-1 (Đổ rác, phế thải sai chỗ) đã quá hạn nhận (09:30 ngày 9/6) mà chưa ai nhận ạ. [Nhận] [Xử lý xong] [Xem]
        (12:00 ngày 9/6/2026)
        Hạnh: [Nhận]
        Bot: Anh/chị đã nhận PA-1. Hạn xử lý: 09:00 ngày 11/6. Xong thì bấm “Xử lý xong” và gửi em tấm ảnh ạ. [Xử lý xong] [Hỏi thêm] [Chuyển] [Từ chối] [Việc khác]
        (15:00 ngày 10/6/2026)
        Bot → Bình: Văn phòng HĐND và UBND đã nhận xử lý phản ánh PA-1 của anh/chị, dự kiến xong chậm nhất ngày 11/6 ạ. [Xem]
        Bot → Hạnh: PA-1 (Đổ rác, phế thải sai chỗ) sắp đến hạn xử lý (09:00 ngày 11/6) ạ. [Xử lý xong] [Xem]
        (9:50 ngày 11/6/2026)
        Bot → Hạnh: PA-1 (Đổ rác, phế thải sai chỗ) đã quá hạn xử lý (09:00 ngày 11/6) ạ. [Xử lý xong] [Xem]
        Bot → Minh: PA-1 (Đổ rác, phế thải sai chỗ) đã quá hạn xử lý (09:00 ngày 11/6) ạ. [Xử lý xong] [Xem]
        Minh: [Xử lý xong]
        Bot: Anh/chị gửi em ảnh sau khi xử lý PA-1, chụp sau lúc dân báo ạ. Không có ảnh thì gõ BỎ QUA và cho em biết lý do. [Xong] [Bỏ qua]
        Minh: bỏ qua
        Bot: Vì sao không có ảnh ạ? Lý do này được lưu cùng tên anh/chị.
        Minh: đội tự quản xác nhận, mưa nên chưa chụp được
        Bot: Đã xử lý thế nào ạ? Em gửi người dân đúng câu này, ví dụ: đã dọn hết rác và nhắc hộ đổ trộm.
        Minh: đã hốt hết phế thải
        Bot: Em đã báo người dân PA-1 xử lý xong, chờ xác nhận trong 5 ngày ạ. [Mở lại] [Việc khác]
        Bot → Bình: Văn phòng HĐND và UBND báo đã xử lý xong phản ánh PA-1: “đã hốt hết phế thải”. Lần này chưa có ảnh sau khi xử lý. Anh/chị xem đã xong chưa ạ? [Đã xong] [Chưa]
        (10:30 ngày 14/6/2026)
        Bot → Bình: Anh/chị cho em biết việc PA-1 đã xong chưa ạ? Hai ngày nữa chưa có trả lời thì em xin tạm đóng lại. [Đã xong] [Chưa]
        (10:30 ngày 16/6/2026)
        Bot → Bình: Đã 5 ngày em chưa thấy anh/chị trả lời nên phản ánh PA-1 tạm đóng. Nếu việc chưa xong, anh/chị bấm “Chưa” là em mở lại ngay ạ. [Chưa]
        (10:40 ngày 16/6/2026)
        Bình: [Chưa]
        Bot: Dạ, em đã báo lãnh đạo, việc PA-1 được mở lại để làm tiếp ạ. Còn gì chưa được, anh/chị gửi thêm lời hay ảnh giúp em nhé. [Gửi thêm]
        Bot → Hạnh: PA-1: người dân báo CHƯA xong, việc được mở lại (Văn phòng HĐND và UBND). [Nhận] [Xử lý xong] [Xem]
        Bot → Minh: PA-1: người dân báo CHƯA xong, việc được mở lại (Văn phòng HĐND và UBND). [Nhận] [Xử lý xong] [Xem]
    """)


async def test_somebody_is_blocked_for_a_reason_and_appeals(cast: Play) -> None:
    """Without anybody learning who it is; the reason is told, the appeal goes to whoever may lift it."""
    await dumping(cast, "Bình", named="[Giấu tên]")
    await cast.plays("""
        Hạnh: chặn PA-1
        Bot: Việc này ở PA-1 em chưa được phép làm cho anh/chị ạ. [Xem]
        Minh: chặn PA-1
        Bot: Vì sao chặn người gửi PA-1 ạ? Người đó đọc được lý do và có quyền khiếu nại.
        Minh: gửi tin bịa nhiều lần
        Bot: Em đã chặn người gửi PA-1 và báo lý do; người đó có quyền khiếu nại ạ.
        Bot → Bình: Xã tạm dừng nhận phản ánh mới từ anh/chị, lý do: “gửi tin bịa nhiều lần”. Các phản ánh đã gửi vẫn theo dõi được. Anh/chị không đồng ý thì bấm nút dưới ạ. [Khiếu nại]
        Bình: phản ánh
        Bot: Xã tạm dừng nhận phản ánh mới từ anh/chị, lý do: “gửi tin bịa nhiều lần”. Các phản ánh đã gửi vẫn theo dõi được. Anh/chị không đồng ý thì bấm nút dưới ạ. [Khiếu nại]
        Bình: [Khiếu nại]
        Bot: Anh/chị giải thích giúp em, em gửi cán bộ xã xem lại ạ.
        Bình: cháu nhà tôi nghịch máy, tôi xin rút kinh nghiệm
        Bot: Em đã gửi khiếu nại của anh/chị cho cán bộ xã xem lại ạ.
        Bot → Minh: Người gửi PA-1 khiếu nại việc bị chặn: “cháu nhà tôi nghịch máy, tôi xin rút kinh nghiệm”. Đồng ý bỏ chặn thì bấm nút dưới ạ. [Bỏ chặn] [Xem]
        Minh: [Bỏ chặn]
        Bot: Em đã bỏ chặn người gửi PA-1 ạ.
        Bot → Bình: Anh/chị lại gửi phản ánh được rồi ạ. Cảm ơn anh/chị đã giải thích.
        Bình: phản ánh
        Bot: Anh/chị phản ánh việc gì ạ? [Đốt rơm rạ trên đồng] [Cơ sở xả chất thải, nước thải không đạt…] [Xả nước thải ra ao, hồ, kênh mương] [Đổ rác, phế thải sai chỗ] [Doanh nghiệp đổ rác sai chỗ] [Xây dựng trái phép, lấn chiếm đất] [Khai thác tài nguyên trái phép] [Chất thải chăn nuôi gây ô nhiễm] [Cơ sở gây tiếng ồn] [Cơ sở thải khói, bụi, khí] [Cơ sở thiếu thủ tục môi trường] [Ồn, khói bụi do giao thông] [Việc khác]
    """)


async def test_strangers_are_held_back_when_many_come_at_once(cast: Play) -> None:
    """The office looks first; whoever reported before is not held."""
    await cast.world.office_sets("cases.limit.strangers", 1)
    await dumping(cast, "Bình")
    await cast.plays("""
        Tú: phản ánh
        Bot: Chào anh/chị! Em là Sổ Xanh, trợ lý tự động của xã. Gõ GIÚP lúc nào cũng được ạ.
        Bot: Anh/chị phản ánh việc gì ạ? [Đốt rơm rạ trên đồng] [Cơ sở xả chất thải, nước thải không đạt…] [Xả nước thải ra ao, hồ, kênh mương] [Đổ rác, phế thải sai chỗ] [Doanh nghiệp đổ rác sai chỗ] [Xây dựng trái phép, lấn chiếm đất] [Khai thác tài nguyên trái phép] [Chất thải chăn nuôi gây ô nhiễm] [Cơ sở gây tiếng ồn] [Cơ sở thải khói, bụi, khí] [Cơ sở thiếu thủ tục môi trường] [Ồn, khói bụi do giao thông] [Việc khác]
        Tú: tiếng ồn
        Bot: Em đọc được:
          • Việc: Cơ sở gây tiếng ồn
          Anh/chị kể ngắn gọn giúp em: thấy gì, ai bị ảnh hưởng ạ?
        Tú: loa kéo hát ầm ĩ
        Bot: Ở chỗ nào ạ? Anh/chị gửi vị trí, hoặc gõ: sau trạm y tế, thôn 3…
        Tú: quán đầu thôn 3
        Bot: Anh/chị có ảnh thì gửi em, gửi nhiều ảnh cũng được (gõ BỎ QUA nếu không có). [Xong] [Bỏ qua]
        Tú: bỏ qua
        Bot: Việc này có từ bao giờ ạ? Ví dụ: đang diễn ra, tối qua, cả tuần nay. [Bỏ qua]
        Tú: bỏ qua
        Bot: Anh/chị muốn để tên hay giấu tên ạ? Giấu tên thì người xử lý chỉ thấy “người dân”. [Để tên] [Giấu tên]
        Tú: [Để tên]
        Bot: Phản ánh. Anh/chị xem lại giúp em:
          1. Việc: Cơ sở gây tiếng ồn
          2. Sự việc: loa kéo hát ầm ĩ
          3. Nơi xảy ra: quán đầu thôn 3
          4. Ảnh: (bỏ qua)
          5. Từ bao giờ: (bỏ qua)
          6. Người báo: Để tên [Gửi] [Sửa]
        Tú: [Gửi]
        Bot: Cảm ơn anh/chị! Phản ánh của anh/chị có mã PA-2. Gõ PA-2 lúc nào cũng được để xem xã xử lý đến đâu. [Xem phản ánh]
        Bot → Minh: Nhiều người lạ gửi cùng lúc nên em giữ lại chờ anh/chị xem: PA-2: Cơ sở gây tiếng ồn
          “loa kéo hát ầm ĩ”
          Nơi: quán đầu thôn 3
          Người báo: người dân [Cho xử lý] [Từ chối] [Việc khác]
        Hạnh: PA-2
        Bot: Em không tìm thấy phản ánh PA-2 của anh/chị. Anh/chị xem lại mã giúp em, ví dụ: PA-7F3K.
        Minh: [Cho xử lý]
        Bot: Em đã chuyển PA-2 cho người xử lý ạ.
        Minh: [Cho xử lý]
        Bot: PA-2 đã có thay đổi trước đó, hiện đã tiếp nhận. Em chưa ghi gì thêm ạ. [Nhận] [Xử lý xong] [Hỏi thêm] [Chuyển] [Từ chối] [Việc khác]
    """)


async def test_one_person_opens_so_many_cases_a_day(cast: Play) -> None:
    """The limit is the office's to set; the next day they may go on."""
    await cast.world.office_sets("cases.limit.person", 1)
    await dumping(cast, "Bình")
    await cast.plays("""
        Bình: phản ánh
        Bot: Hôm nay em đã nhận đủ 1 phản ánh của anh/chị rồi ạ; mai anh/chị gửi tiếp giúp em. Việc gấp, nguy hiểm thì anh/chị gọi 113 hoặc 114 nhé.
        (8:00 ngày 9/6/2026)
        Bot → Hạnh: PA-1 (Đổ rác, phế thải sai chỗ) chưa ai nhận, hạn nhận 09:30 ngày 9/6. Anh/chị nhận giúp em ạ. [Nhận] [Xử lý xong] [Xem]
        Bình: phản ánh
        Bot: Anh/chị phản ánh việc gì ạ? [Đốt rơm rạ trên đồng] [Cơ sở xả chất thải, nước thải không đạt…] [Xả nước thải ra ao, hồ, kênh mương] [Đổ rác, phế thải sai chỗ] [Doanh nghiệp đổ rác sai chỗ] [Xây dựng trái phép, lấn chiếm đất] [Khai thác tài nguyên trái phép] [Chất thải chăn nuôi gây ô nhiễm] [Cơ sở gây tiếng ồn] [Cơ sở thải khói, bụi, khí] [Cơ sở thiếu thủ tục môi trường] [Ồn, khói bụi do giao thông] [Việc khác]
    """)
