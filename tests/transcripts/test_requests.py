"""A call on all villages: drafted from one line, shown, sent, collected, nagged, given back as one table."""

from __future__ import annotations

from datetime import UTC, datetime

from storage.access import Role
from tests.transcripts.conftest import CROSSED, WITH_BUTTONS, Play


async def ha_dong(play: Play) -> None:
    """Tuesday 14 July 2026; Bình keeps the office, three villages have somebody, one has nobody."""
    play.world.clock.at = datetime(2026, 7, 14, 2, 0, tzinfo=UTC)
    await play.world.settles_in("ha-dong")
    assert play.world.commune is not None
    await play.world.office_sets("digest.morning", False)
    await play.registers("Bình", play.world.commune.name, Role.ADMIN)
    await play.registers("Lan", "Thôn Đông Lĩnh", Role.REPORTER)
    await play.registers("Minh", "Thôn Đoài", Role.REPORTER)
    await play.registers("Hải", "Thôn Thượng", Role.REPORTER)


@WITH_BUTTONS
async def test_an_official_asks_all_villages_and_gets_one_table(play: Play) -> None:
    """Numbers; two answer, the third is nagged on the morning, and the table comes at five."""
    await ha_dong(play)
    await play.plays("""
        Bình: các thôn báo số hộ bị ngập trước 17h thứ Sáu
        Bot: Em đọc được:
          • Phiếu em soạn: Số hộ bị ngập (con số) (“số hộ bị ngập”)
          • Gửi tới: Các thôn (4) (“các thôn”)
          • Hạn: trước 17 giờ ngày 17/7
          Em soạn phiếu như sau, chưa gửi đi đâu cả. Anh/chị xem lại giúp em:
          1. Phiếu em soạn: Số hộ bị ngập (con số)
          2. Gửi tới: Các thôn (4)
          3. Hạn: trước 17 giờ ngày 17/7 [Gửi] [Sửa]
        Bình: [Gửi]
        Bot: Em đã gửi tới 4 đơn vị, hạn trước 17 giờ ngày 17/7. Đủ hoặc đến hạn là em gửi lại bảng tổng hợp ạ.
          Chưa có ai nhận tin ở: Thôn 3.
        Bot → Lan: bạn Bình cần anh/chị báo nhanh số hộ bị ngập, trước 17 giờ ngày 17/7 ạ. [Báo ngay]
        Bot → Minh: bạn Bình cần anh/chị báo nhanh số hộ bị ngập, trước 17 giờ ngày 17/7 ạ. [Báo ngay]
        Bot → Hải: bạn Bình cần anh/chị báo nhanh số hộ bị ngập, trước 17 giờ ngày 17/7 ạ. [Báo ngay]
        Lan: [Báo ngay]
        Bot: Báo nhanh số hộ bị ngập của Thôn Đông Lĩnh, hạn 17/7.
          Số hộ bị ngập: bao nhiêu ạ? Ví dụ: 12
        Lan: 12
        Bot: Báo nhanh số hộ bị ngập của Thôn Đông Lĩnh. Anh/chị xem lại giúp em:
          1. Số hộ bị ngập: 12 hộ [Gửi] [Sửa]
        Lan: [Gửi]
        Bot: Em đã nhận Báo nhanh số hộ bị ngập trước hạn, mã BC-1. Cảm ơn anh/chị! [Sửa]
        Minh: [Báo ngay]
        Bot: Báo nhanh số hộ bị ngập của Thôn Đoài, hạn 17/7.
          Số hộ bị ngập: bao nhiêu ạ? Ví dụ: 12
        Minh: 5 hộ
        Bot: Báo nhanh số hộ bị ngập của Thôn Đoài. Anh/chị xem lại giúp em:
          1. Số hộ bị ngập: 5 hộ [Gửi] [Sửa]
        Minh: [Gửi]
        Bot: Em đã nhận Báo nhanh số hộ bị ngập trước hạn, mã BC-2. Cảm ơn anh/chị! [Sửa]
        Lan: [Sửa]
        Bot: Em mở lại BC-1. Anh/chị gõ SỬA MỤC 2 để đổi mục 2, xong thì bấm GỬI ạ.
          Báo nhanh số hộ bị ngập của Thôn Đông Lĩnh. Anh/chị xem lại giúp em:
          1. Số hộ bị ngập: 12 hộ [Gửi] [Sửa]
        Lan: sửa mục 1
        Bot: Mục này đang ghi: 12 hộ.
          Số hộ bị ngập: bao nhiêu ạ? Ví dụ: 12
        Lan: 14
        Bot: Báo nhanh số hộ bị ngập của Thôn Đông Lĩnh. Anh/chị xem lại giúp em:
          1. Số hộ bị ngập: 14 hộ [Gửi] [Sửa]
        Lan: [Gửi]
        Bot: Em đã nhận Báo nhanh số hộ bị ngập, mã BC-1. Cảm ơn anh/chị! [Sửa]
        Bình: yêu cầu của tôi
        Bot: Báo nhanh số hộ bị ngập: 2/4 đơn vị đã gửi
          • Thôn Đoài: 5 hộ
          • Thôn Đông Lĩnh: 14 hộ
          Cộng số hộ bị ngập: 19 hộ
          Chưa gửi: Thôn 3, Thôn Thượng [Xem lại bảng]
        (8:00 ngày 17/7/2026)
        Bot → Hải: Chào anh/chị Hải, hôm nay là hạn báo nhanh số hộ bị ngập của Thôn Thượng (trước 17 giờ ngày 17/7). Báo ngay mất chừng 3 phút ạ. [Báo ngay] [Chiều nay] [Mai] [Nhờ người khác] [Không có gì để báo] [Xin gia hạn]
        (17:01 ngày 17/7/2026)
        Bot → Bình: Báo nhanh số hộ bị ngập: 2/4 đơn vị đã gửi
          • Thôn Đoài: 5 hộ
          • Thôn Đông Lĩnh: 14 hộ
          Cộng số hộ bị ngập: 19 hộ
          Chưa gửi: Thôn 3, Thôn Thượng (ảnh: 1)
        Hải: [Báo ngay]
        Bot: Báo nhanh số hộ bị ngập của Thôn Thượng, hạn 17/7.
          Số hộ bị ngập: bao nhiêu ạ? Ví dụ: 12
        Hải: 0
        Bot: Báo nhanh số hộ bị ngập của Thôn Thượng. Anh/chị xem lại giúp em:
          1. Số hộ bị ngập: 0 hộ [Gửi] [Sửa]
        Hải: [Gửi]
        Bot: Em đã nhận Báo nhanh số hộ bị ngập, mã BC-3. Cảm ơn anh/chị! Lần này hơi trễ hạn, lần sau em nhắc sớm hơn ạ.
          Còn 1 báo cáo nữa của anh/chị. [Báo tiếp] [Sửa]
        Bình: [Xem lại bảng]
        Bot: Báo nhanh số hộ bị ngập: 3/4 đơn vị đã gửi
          • Thôn Đoài: 5 hộ
          • Thôn Đông Lĩnh: 14 hộ
          • Thôn Thượng: 0 hộ
          Cộng số hộ bị ngập: 19 hộ
          Chưa gửi: Thôn 3 [Xem lại bảng]
    """)


@CROSSED
async def test_a_call_with_choices_words_and_pictures(play: Play) -> None:
    """Corrected before it goes out, sent to one village; the table comes as soon as all is in."""
    await ha_dong(play)
    await play.plays("""
        Bình: thôn Đoài báo mức ngập (nhẹ/nặng), đã sơ tán chưa, ảnh trước 17h mai
        Bot: Em đọc được:
          • Phiếu em soạn: Mức ngập (chọn Nhẹ hoặc Nặng); Đã sơ tán chưa (có/không); Ảnh (ảnh) (“mức ngập (nhẹ/nặng), đã sơ tán chưa, ảnh”)
          • Gửi tới: Thôn Đoài (“thôn Đoài”)
          • Hạn: trước 17 giờ ngày 15/7
          Em soạn phiếu như sau, chưa gửi đi đâu cả. Anh/chị xem lại giúp em:
          1. Phiếu em soạn: Mức ngập (chọn Nhẹ hoặc Nặng); Đã sơ tán chưa (có/không); Ảnh (ảnh)
          2. Gửi tới: Thôn Đoài
          3. Hạn: trước 17 giờ ngày 15/7 [Gửi] [Sửa]
        Bình: sửa mục 1
        Bot: Mục này đang ghi: Mức ngập (chọn Nhẹ hoặc Nặng); Đã sơ tán chưa (có/không); Ảnh (ảnh).
          Anh/chị cần các đơn vị báo gì ạ? Nhiều câu thì cách nhau dấu phẩy. Ví dụ: số hộ bị ngập, đã sơ tán chưa, ảnh
        Bình: mức ngập (nhẹ/nặng), đã sơ tán chưa, tình hình, ảnh
        Bot: Em soạn phiếu như sau, chưa gửi đi đâu cả. Anh/chị xem lại giúp em:
          1. Phiếu em soạn: Mức ngập (chọn Nhẹ hoặc Nặng); Đã sơ tán chưa (có/không); Tình hình (kể bằng lời); Ảnh (ảnh)
          2. Gửi tới: Thôn Đoài
          3. Hạn: trước 17 giờ ngày 15/7 [Gửi] [Sửa]
        Bình: [Gửi]
        Bot: Em đã gửi tới 1 đơn vị, hạn trước 17 giờ ngày 15/7. Đủ hoặc đến hạn là em gửi lại bảng tổng hợp ạ.
        Bot → Minh: bạn Bình cần anh/chị báo nhanh mức ngập, đã sơ tán chưa, tình hình, ảnh, trước 17 giờ ngày 15/7 ạ. [Báo ngay]
        Minh: [Báo ngay]
        Bot: Báo nhanh mức ngập, đã sơ tán chưa, tình hình, ảnh của Thôn Đoài, hạn 15/7, 4 câu. Anh/chị trả lời từng câu, hoặc nhắn một lèo cũng được ạ.
          Mức ngập thế nào ạ? [Nhẹ] [Nặng]
        Minh: [Nặng]
        Bot: Đã sơ tán chưa ạ? [Rồi] [Chưa]
        Minh: rồi
        Bot: Tình hình: anh/chị kể ngắn gọn giúp em ạ. [Bỏ qua]
        Minh: nước rút chậm
        Bot: Anh/chị gửi ảnh giúp em, xong gõ XONG ạ. [Xong] [Bỏ qua]
        Minh: (2 ảnh)
        Bot: Em đã nhận 2 ảnh. Gửi thêm, hoặc gõ XONG ạ. [Xong]
        Minh: xong
        Bot: Báo nhanh mức ngập, đã sơ tán chưa, tình hình, ảnh của Thôn Đoài. Anh/chị xem lại giúp em:
          1. Mức ngập: Nặng
          2. Đã sơ tán chưa: Rồi
          3. Tình hình: nước rút chậm
          4. Ảnh: 2 ảnh [Gửi] [Sửa]
        Minh: [Gửi]
        Bot: Em đã nhận Báo nhanh mức ngập, đã sơ tán chưa, tình hình, ảnh trước hạn, mã BC-1. Cảm ơn anh/chị! [Sửa]
        (15:00 ngày 14/7/2026)
        Bot → Bình: Báo nhanh mức ngập, đã sơ tán chưa, tình hình, ảnh: 1/1 đơn vị đã gửi
          • Thôn Đoài: Mức ngập: Nặng; Đã sơ tán chưa: có; Tình hình: nước rút chậm; Ảnh: 2 ảnh (ảnh: 1)
    """)


@WITH_BUTTONS
async def test_nothing_happened_is_one_tap_and_only_officials_ask(play: Play) -> None:
    """A village head who writes like an official reports; "báo không phát sinh" answers a call."""
    await ha_dong(play)
    await play.plays("""
        Lan: yêu cầu
        Bot: Việc này dành cho cán bộ xã ạ. Anh/chị cần báo gì, gõ BÁO CÁO nhé.
        Bình: yêu cầu
        Bot: Anh/chị cần các đơn vị báo gì ạ? Nhiều câu thì cách nhau dấu phẩy. Ví dụ: số hộ bị ngập, đã sơ tán chưa, ảnh
        Bình: số vụ đốt rơm
        Bot: Gửi tới những ai ạ? Chỉ gửi vài nơi thì gõ tên, ví dụ: Thôn Đông Lĩnh [Các thôn (4)] [Ủy ban Mặt trận Tổ quốc xã] [Hội Liên hiệp Phụ nữ] [Đoàn Thanh niên] [Hội Nông dân] [Hội Cựu chiến binh] [Đảng ủy xã] [Hội đồng nhân dân xã] [Ủy ban nhân dân xã] [Phòng Kinh tế] [Phòng Văn hóa - Xã hội] [Văn phòng HĐND và UBND] [Trung tâm Dịch vụ sự nghiệp công] [Xong]
        Bình: thôn đoài, thon 3
        Bot: Hạn đến khi nào ạ? Ví dụ: 17h thứ Sáu, hay 20/7
        Bình: hôm qua
        Bot: Em chưa đọc được hạn. Anh/chị gõ như “17h thứ Sáu”, “chiều mai” hay “20/7” ạ.
          Hạn đến khi nào ạ? Ví dụ: 17h thứ Sáu, hay 20/7
        Bình: 9h thứ Sáu
        Bot: Em soạn phiếu như sau, chưa gửi đi đâu cả. Anh/chị xem lại giúp em:
          1. Phiếu em soạn: Số vụ đốt rơm (con số)
          2. Gửi tới: Thôn Đoài, Thôn 3
          3. Hạn: trước 9 giờ ngày 17/7 [Gửi] [Sửa]
        Bình: [Gửi]
        Bot: Em đã gửi tới 2 đơn vị, hạn trước 9 giờ ngày 17/7. Đủ hoặc đến hạn là em gửi lại bảng tổng hợp ạ.
          Chưa có ai nhận tin ở: Thôn 3.
        Bot → Minh: bạn Bình cần anh/chị báo nhanh số vụ đốt rơm, trước 9 giờ ngày 17/7 ạ. [Báo ngay]
        (8:00 ngày 16/7/2026)
        Bot → Minh: Chào anh/chị Minh, ngày mai là hạn báo nhanh số vụ đốt rơm của Thôn Đoài (trước 9 giờ ngày 17/7). Báo ngay mất chừng 3 phút ạ. [Báo ngay] [Chiều nay] [Mai] [Nhờ người khác] [Không có gì để báo] [Xin gia hạn]
        Minh: [Không có gì để báo]
        Bot: Em đã ghi Báo nhanh số vụ đốt rơm: kỳ này không có gì để báo, mã BC-1. Cảm ơn anh/chị! [Sửa]
        (9:01 ngày 17/7/2026)
        Bot → Bình: Báo nhanh số vụ đốt rơm: 1/2 đơn vị đã gửi
          • Thôn Đoài: không có gì
          Cộng số vụ đốt rơm: 0 vụ
          Chưa gửi: Thôn 3 (ảnh: 1)
    """)
