"""Officials decide on reports in chat: read, accepted, sent back with a reason; typed or tapped."""

from __future__ import annotations

from datetime import UTC, datetime

from storage.access import Role
from tests.transcripts.conftest import CROSSED, Play

pytestmark = CROSSED


async def test_a_reviewer_sends_one_back_accepts_the_other_and_the_mended_one(play: Play) -> None:
    """A number chooses where there are no buttons; a code alone opens the report it names."""
    play.world.clock.at = datetime(2026, 7, 14, 2, 0, tzinfo=UTC)
    await play.world.settles_in("ha-dong")
    assert play.world.commune is not None
    await play.world.office_sets("digest.morning", False)
    await play.registers("Bình", play.world.commune.name, Role.ADMIN)
    await play.registers("Hạnh", play.world.commune.name, Role.REVIEWER)
    await play.registers("Lan", "Thôn Đông Lĩnh", Role.REPORTER)
    await play.registers("Minh", "Thôn Đoài", Role.REPORTER)
    await play.plays("""
        Hạnh: duyệt báo cáo
        Bot: Không còn báo cáo nào chờ duyệt ạ.
        Bình: các thôn báo số hộ bị ngập trước 17h thứ Sáu
        Bot: Em đọc được:
          • Phiếu em soạn: Số hộ bị ngập (con số) (“số hộ bị ngập”)
          • Gửi tới: Các thôn (4) (“các thôn”)
          • Hạn: trước 17 giờ ngày 17/7
          Em soạn phiếu như sau, chưa gửi đi đâu cả. Anh/chị xem lại giúp em:
          1. Phiếu em soạn: Số hộ bị ngập (con số)
          2. Gửi tới: Các thôn (4)
          3. Hạn: trước 17 giờ ngày 17/7 [Gửi] [Sửa]
        Bình: gửi
        Bot: Em đã gửi tới 4 đơn vị, hạn trước 17 giờ ngày 17/7. Đủ hoặc đến hạn là em gửi lại bảng tổng hợp ạ.
          Chưa có ai nhận tin ở: Thôn 3, Thôn Thượng.
        Bot → Lan: bạn Bình cần anh/chị báo nhanh số hộ bị ngập, trước 17 giờ ngày 17/7 ạ. [Báo ngay]
        Bot → Minh: bạn Bình cần anh/chị báo nhanh số hộ bị ngập, trước 17 giờ ngày 17/7 ạ. [Báo ngay]
        Lan: báo cáo
        Bot: Báo nhanh số hộ bị ngập của Thôn Đông Lĩnh, hạn 17/7.
          Số hộ bị ngập: bao nhiêu ạ? Ví dụ: 12
        Lan: 12
        Bot: Báo nhanh số hộ bị ngập của Thôn Đông Lĩnh. Anh/chị xem lại giúp em:
          1. Số hộ bị ngập: 12 hộ [Gửi] [Sửa]
        Lan: gửi
        Bot: Em đã nhận Báo nhanh số hộ bị ngập trước hạn, mã BC-1. Cảm ơn anh/chị! [Sửa]
        Minh: báo cáo
        Bot: Báo nhanh số hộ bị ngập của Thôn Đoài, hạn 17/7.
          Số hộ bị ngập: bao nhiêu ạ? Ví dụ: 12
        Minh: 500
        Bot: Báo nhanh số hộ bị ngập của Thôn Đoài. Anh/chị xem lại giúp em:
          1. Số hộ bị ngập: 500 hộ [Gửi] [Sửa]
        Minh: gửi
        Bot: Em đã nhận Báo nhanh số hộ bị ngập trước hạn, mã BC-2. Cảm ơn anh/chị! [Sửa]
        Lan: BC-1
        Bot: Em mở lại BC-1. Anh/chị gõ SỬA MỤC 2 để đổi mục 2, xong thì bấm GỬI ạ.
          Báo nhanh số hộ bị ngập của Thôn Đông Lĩnh. Anh/chị xem lại giúp em:
          1. Số hộ bị ngập: 12 hộ [Gửi] [Sửa]
        Lan: thôi
        Bot: Dạ, em dừng ở đây, chưa gửi gì đi cả. Khi cần anh/chị cứ nhắn em ạ.
        Bình: duyệt
        Bot: Việc này cần người duyệt báo cáo của xã ạ.
        Hạnh: duyệt
        Bot: 2 báo cáo đang chờ duyệt. Anh/chị xem báo cáo nào ạ? [Thôn Đoài: Báo nhanh số hộ bị ngập] [Thôn Đông Lĩnh: Báo nhanh số hộ bị ngập]
        Hạnh: 1
        Bot: Báo nhanh số hộ bị ngập của Thôn Đoài, mã BC-2:
          • Số hộ bị ngập: 500 hộ [Duyệt] [Trả lại]
        Hạnh: 2
        Bot: Cần sửa chỗ nào ạ? Đơn vị sẽ đọc được lời này.
        Hạnh: thôn mình có 90 hộ, anh xem lại con số
        Bot: Dạ, em đã trả lại BC-2 và nhắn đơn vị sửa. [Duyệt tiếp]
        Bot → Minh: Xã Hà Đông nhờ anh/chị sửa lại Báo nhanh số hộ bị ngập (BC-2): thôn mình có 90 hộ, anh xem lại con số [Sửa]
        Minh: sửa báo cáo BC-2
        Bot: Em mở lại BC-2. Anh/chị gõ SỬA MỤC 2 để đổi mục 2, xong thì bấm GỬI ạ.
          Báo nhanh số hộ bị ngập của Thôn Đoài. Anh/chị xem lại giúp em:
          1. Số hộ bị ngập: 500 hộ [Gửi] [Sửa]
        Minh: sửa mục 1
        Bot: Mục này đang ghi: 500 hộ.
          Số hộ bị ngập: bao nhiêu ạ? Ví dụ: 12
        Minh: 50
        Bot: Báo nhanh số hộ bị ngập của Thôn Đoài. Anh/chị xem lại giúp em:
          1. Số hộ bị ngập: 50 hộ [Gửi] [Sửa]
        Minh: gửi
        Bot: Em đã nhận Báo nhanh số hộ bị ngập, mã BC-2. Cảm ơn anh/chị! [Sửa]
        Hạnh: BC-2
        Bot: Báo nhanh số hộ bị ngập của Thôn Đoài, mã BC-2:
          • Số hộ bị ngập: 50 hộ [Duyệt] [Trả lại]
        Hạnh: duyệt
        Bot: Dạ, em đã ghi: BC-2 được duyệt.
        Bot → Minh: Xã Hà Đông đã duyệt Báo nhanh số hộ bị ngập (BC-2). Cảm ơn anh/chị!
        Hạnh: duyệt BC-1
        Bot: Báo nhanh số hộ bị ngập của Thôn Đông Lĩnh, mã BC-1:
          • Số hộ bị ngập: 12 hộ [Duyệt] [Trả lại]
        Lan: sửa báo cáo BC-1
        Bot: Em mở lại BC-1. Anh/chị gõ SỬA MỤC 2 để đổi mục 2, xong thì bấm GỬI ạ.
          Báo nhanh số hộ bị ngập của Thôn Đông Lĩnh. Anh/chị xem lại giúp em:
          1. Số hộ bị ngập: 12 hộ [Gửi] [Sửa]
        Lan: sửa mục 1
        Bot: Mục này đang ghi: 12 hộ.
          Số hộ bị ngập: bao nhiêu ạ? Ví dụ: 12
        Lan: 13
        Bot: Báo nhanh số hộ bị ngập của Thôn Đông Lĩnh. Anh/chị xem lại giúp em:
          1. Số hộ bị ngập: 13 hộ [Gửi] [Sửa]
        Lan: gửi
        Bot: Em đã nhận Báo nhanh số hộ bị ngập, mã BC-1. Cảm ơn anh/chị! [Sửa]
        Hạnh: duyệt
        Bot: Báo cáo này vừa được sửa hoặc đã có người quyết. Em chưa ghi gì ạ.
        Hạnh: duyệt BC-1
        Bot: Báo nhanh số hộ bị ngập của Thôn Đông Lĩnh, mã BC-1:
          • Số hộ bị ngập: 13 hộ [Duyệt] [Trả lại]
        Hạnh: [Duyệt]
        Bot: Dạ, em đã ghi: BC-1 được duyệt.
        Hạnh: duyệt
        Bot: Không còn báo cáo nào chờ duyệt ạ.
    """)
