"""What officials ask of the reminders in chat, and the calendar that phones subscribe to."""

from __future__ import annotations

from datetime import UTC, datetime

from storage.access import Role
from tests.transcripts.conftest import CROSSED, Play

pytestmark = CROSSED


async def test_an_administrator_sees_stops_and_switches_the_reminders(play: Play) -> None:
    """Stopped and let go on with a tap; the rule of habits is shown and switched off; duties without a day.

    In the middle of a form the words of the buttons do the same, and the form stays where it was.
    """
    play.world.clock.at = datetime(2024, 12, 17, 1, 0, tzinfo=UTC)
    await play.world.settles_in("bim-son")
    assert play.world.commune is not None
    await play.registers("Bình", play.world.commune.name, Role.ADMIN)
    await play.plays("""
        Bình: lịch nhắc
        Bot: Em đang nhắc các đơn vị theo lịch. Từng lời nhắc của bảy ngày tới và chi phí có ở trang văn phòng, mục Hạn báo cáo (gõ WEB). [Dừng nhắc cả xã]
        Bình: [Dừng nhắc cả xã]
        Bot: Dạ, em dừng mọi lời nhắc của xã. Báo cáo vẫn nhận bình thường. Gõ NHẮC TIẾP khi cần ạ.
        Bình: lịch nhắc
        Bot: Em đang dừng mọi lời nhắc của xã. Từng lời nhắc của bảy ngày tới và chi phí có ở trang văn phòng, mục Hạn báo cáo (gõ WEB). [Nhắc tiếp]
        Bình: [Nhắc tiếp]
        Bot: Dạ, em nhắc tiếp theo lịch ạ.
        Bình: thói quen nộp
        Bot: Ai luôn nộp sớm thì em bớt các lần nhắc sớm; ai hay muộn thì em nhắc sớm hơn một tuần.
          Chưa ai đủ kỳ để thành thói quen ạ. [Tắt]
        Bình: [Tắt]
        Bot: Dạ, từ nay ai cũng được nhắc như nhau.
        Bình: chưa có hạn
        Bot: 14 báo cáo chưa có hạn, em không nhắc ai về những việc này:
          • Báo cáo tổng hợp của Phòng Tài nguyên và Môi trường: kế hoạch không nêu kỳ, chưa đặt kỳ
          • Tuyến đường không có rác thải: kế hoạch không nêu kỳ, chưa đặt kỳ
          • Ngày thứ Bảy, Chủ nhật tình nguyện: kế hoạch không nêu kỳ, chưa đặt kỳ
          • Đổ rác đúng giờ, đúng chỗ: kế hoạch không nêu kỳ, chưa đặt kỳ
          • Toàn dân bảo vệ môi trường: kế hoạch không nêu kỳ, chưa đặt kỳ
          • Cộng đồng dân cư tự quản bảo vệ môi trường: kế hoạch không nêu kỳ, chưa đặt kỳ
          • Quy ước, cam kết bảo vệ môi trường: kế hoạch không nêu kỳ, chưa đặt kỳ
          • Ngày Môi trường Thế giới: chưa đặt ngày
          • Chiến dịch Làm cho thế giới sạch hơn: chưa đặt ngày
          • Tuần lễ Quốc gia nước sạch và vệ sinh môi trường: chưa đặt ngày
          • Tổ dịch vụ thu gom rác: kế hoạch không nêu kỳ, chưa đặt kỳ
          • Chăn nuôi an toàn sinh học: kế hoạch không nêu kỳ, chưa đặt kỳ
          … và 2 việc nữa, xem đủ ở trang văn phòng (gõ WEB)
        Bình: khó khăn
        Bot: Đơn vị mình đang vướng gì ạ? Anh/chị kể ngắn gọn giúp em.
        Bình: bật thói quen
        Bot: Dạ, em đã bật lại.
        Bot: Đơn vị mình đang vướng gì ạ? Anh/chị kể ngắn gọn giúp em.
        Bình: bật thói quen phân loại rác ở chợ khó lắm
        Bot: Anh/chị muốn xã giúp gì ạ? (gõ BỎ QUA nếu chưa có) [Bỏ qua]
        Bình: Nhắc tiếp ạ
        Bot: Dạ, em nhắc tiếp theo lịch ạ.
        Bot: Anh/chị muốn xã giúp gì ạ? (gõ BỎ QUA nếu chưa có) [Bỏ qua]
        Bình: thôi
        Bot: Dạ, em dừng ở đây, chưa gửi gì đi cả. Khi cần anh/chị cứ nhắn em ạ.
    """)


async def test_a_reporter_may_look_at_none_of_it(play: Play) -> None:
    """The office's affair."""
    await play.world.settles_in("ha-dong")
    await play.registers("Lan", "Thôn Đông Lĩnh", Role.REPORTER)
    await play.plays("""
        Lan: chưa có hạn
        Bot: Việc này dành cho cán bộ xã ạ. Anh/chị cần báo gì, gõ BÁO CÁO nhé.
    """)
