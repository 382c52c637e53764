"""The buttons of a reminder: put off, handed over, nothing to report, more time; and who hears next."""

from __future__ import annotations

from datetime import UTC, datetime

from storage import ledger, obligations
from storage.access import Role
from tests.transcripts.conftest import CROSSED, WITH_BUTTONS, Play


async def bim_son(play: Play, unit: str = "Phòng Văn hóa", *, from_day: int = 17) -> None:
    """Every body owes the year's report by 19 December 2024, a Thursday; Tâm reports for one."""
    play.world.clock.at = datetime(2024, 12, from_day, 1, 0, tzinfo=UTC)
    await play.world.settles_in("bim-son")
    await play.registers("Tâm", unit, Role.REPORTER)


@CROSSED
async def test_this_afternoon_and_tomorrow_mean_what_they_say(play: Play) -> None:
    """Put off in the morning, said again at two; put off once more, said the next morning."""
    await bim_son(play)
    await play.plays("""
        (8:00 ngày 18/12/2024)
        Bot → Tâm: Chào anh/chị Tâm, ngày mai là hạn báo cáo năm 2024 của Phòng Văn hóa (hết ngày 19/12). Báo ngay mất chừng 3 phút ạ. [Báo ngay] [Chiều nay] [Mai] [Nhờ người khác] [Xin gia hạn]
        Tâm: [Chiều nay]
        Bot: Dạ, em nhắc lại lúc 14 giờ chiều nay ạ. Báo xong trước thì em thôi nhắc.
        (13:30 ngày 18/12/2024)
        (14:00 ngày 18/12/2024)
        Bot → Tâm: Chào anh/chị Tâm, ngày mai là hạn báo cáo năm 2024 của Phòng Văn hóa (hết ngày 19/12). Báo ngay mất chừng 3 phút ạ. [Báo ngay] [Mai] [Nhờ người khác] [Xin gia hạn]
        Tâm: [Mai]
        Bot: Dạ, em nhắc lại lúc 8 giờ sáng 19/12 ạ. Báo xong trước thì em thôi nhắc.
        (15:00 ngày 18/12/2024)
        (8:00 ngày 19/12/2024)
        Bot → Tâm: Chào anh/chị Tâm, hôm nay là hạn báo cáo năm 2024 của Phòng Văn hóa (hết ngày 19/12). Báo ngay mất chừng 3 phút ạ. [Báo ngay] [Chiều nay] [Mai] [Nhờ người khác] [Xin gia hạn]
        (15:00 ngày 19/12/2024)
    """)


@CROSSED
async def test_silence_is_kept_with_a_way_back(play: Play) -> None:
    """ "Đừng nhắc nữa", and "nhắc lại"."""
    await bim_son(play)
    await play.plays("""
        Tâm: đừng nhắc nữa
        Bot: Dạ, em không nhắc anh/chị nữa. Báo cáo thì anh/chị vẫn gửi bình thường ạ. Khi nào muốn em nhắc lại, gõ NHẮC LẠI. [Nhắc lại]
        (8:00 ngày 18/12/2024)
        Tâm: [Nhắc lại]
        Bot: Dạ, đến kỳ báo cáo em lại nhắc anh/chị ạ.
        (8:00 ngày 19/12/2024)
        Bot → Tâm: Chào anh/chị Tâm, hôm nay là hạn báo cáo năm 2024 của Phòng Văn hóa (hết ngày 19/12). Báo ngay mất chừng 3 phút ạ. [Báo ngay] [Chiều nay] [Mai] [Nhờ người khác] [Xin gia hạn]
    """)


@CROSSED
async def test_a_colleague_is_too_busy_and_another_takes_it_on(play: Play) -> None:
    """Asked, refused; asked, accepted, told; from then on Nga is reminded."""
    await bim_son(play)
    await play.registers("Nga", "Phòng Văn hóa", Role.REPORTER, 2)
    await play.registers("Hòa", "Phòng Văn hóa", Role.LEADER)
    await play.plays("""
        (8:00 ngày 18/12/2024)
        Bot → Tâm: Chào anh/chị Tâm, ngày mai là hạn báo cáo năm 2024 của Phòng Văn hóa (hết ngày 19/12). Báo ngay mất chừng 3 phút ạ. [Báo ngay] [Chiều nay] [Mai] [Nhờ người khác] [Xin gia hạn]
        Tâm: [Nhờ người khác]
        Bot: Anh/chị nhờ ai làm giúp ạ? [bạn Nga] [bạn Hòa]
        Tâm: [bạn Hòa]
        Bot: Em đã nhắn bạn Hòa. Nhận lời là em báo lại ngay ạ.
        Bot → Hòa: bạn Tâm nhờ anh/chị làm giúp Báo cáo năm 2024 của Phòng Văn hóa, hạn hết ngày 19/12. Anh/chị nhận nhé? [Tôi nhận] [Tôi bận]
        Hòa: [Tôi bận]
        Bot: Dạ, em báo lại để bên kia liệu ạ.
        Bot → Tâm: bạn Hòa đang bận, chưa nhận Báo cáo năm 2024 được ạ. [Báo ngay] [Nhờ người khác] [Xin gia hạn]
        Tâm: nhờ người khác
        Bot: Anh/chị nhờ ai làm giúp ạ? [bạn Nga] [bạn Hòa]
        Tâm: [bạn Nga]
        Bot: Em đã nhắn bạn Nga. Nhận lời là em báo lại ngay ạ.
        Bot → Nga: bạn Tâm nhờ anh/chị làm giúp Báo cáo năm 2024 của Phòng Văn hóa, hạn hết ngày 19/12. Anh/chị nhận nhé? [Tôi nhận] [Tôi bận]
        Nga: [Tôi nhận]
        Bot: Cảm ơn anh/chị! Từ giờ em nhắc anh/chị Báo cáo năm 2024. [Báo ngay]
        Bot → Tâm: bạn Nga đã nhận làm Báo cáo năm 2024 ạ. Em không nhắc anh/chị việc này nữa.
        (8:00 ngày 19/12/2024)
        Bot → Nga: Chào anh/chị Nga, hôm nay là hạn báo cáo năm 2024 của Phòng Văn hóa (hết ngày 19/12). Báo ngay mất chừng 3 phút ạ. [Báo ngay] [Chiều nay] [Mai] [Nhờ người khác] [Xin gia hạn]
        Nga: [Báo ngay]
        Bot: Báo cáo năm 2024 của Phòng Văn hóa, hạn 19/12, 2 câu. Anh/chị trả lời từng câu, hoặc nhắn một lèo cũng được ạ.
          Quy chế quản lý các khu di tích đã ban hành chưa ạ? [Rồi] [Chưa]
    """)


@CROSSED
async def test_nothing_to_report_is_one_tap_where_only_words_are_asked(play: Play) -> None:
    """The women's union is asked for no figures; a village, which is, is told why not."""
    play.world.clock.at = datetime(2026, 6, 8, 1, 0, tzinfo=UTC)
    await play.world.settles_in("ha-dong")
    await play.world.office_sets("duty.bao-cao-dinh-ky.due", {"half_year": {"on": "06-20"}})
    await play.registers("Thu", "Hội Liên hiệp Phụ nữ", Role.REPORTER)
    await play.registers("Lan", "Thôn Đông Lĩnh", Role.REPORTER)
    await play.plays("""
        (8:00 ngày 19/6/2026)
        Bot → Thu: Chào anh/chị Thu, ngày mai là hạn báo cáo 6 tháng đầu năm 2026 của Hội Liên hiệp Phụ nữ (hết ngày 20/6). Báo ngay mất chừng 3 phút ạ. [Báo ngay] [Chiều nay] [Mai] [Nhờ người khác] [Không có gì để báo] [Xin gia hạn]
        Bot → Lan: Chào anh/chị Lan, ngày mai là hạn báo cáo 6 tháng đầu năm 2026 của Thôn Đông Lĩnh (hết ngày 20/6). Báo ngay mất chừng 3 phút ạ. [Báo ngay] [Chiều nay] [Mai] [Nhờ người khác] [Xin gia hạn]
        Thu: [Không có gì để báo]
        Bot: Em đã ghi Báo cáo 6 tháng đầu năm 2026: kỳ này không có gì để báo, mã BC-1. Cảm ơn anh/chị! [Sửa]
        Thu: [Không có gì để báo]
        Bot: Báo cáo này gửi rồi hoặc không còn của mình nữa, anh/chị yên tâm ạ.
        Lan: báo không phát sinh
        Bot: Báo cáo này cần số liệu hiện có, kể cả khi không đổi ạ. Anh/chị bấm Báo ngay giúp em, số nào vẫn như kỳ trước thì gõ GIỮ nhé. [Báo ngay]
        (8:00 ngày 20/6/2026)
        Bot → Lan: Chào anh/chị Lan, hôm nay là hạn báo cáo 6 tháng đầu năm 2026 của Thôn Đông Lĩnh (hết ngày 20/6). Báo ngay mất chừng 3 phút ạ. [Báo ngay] [Chiều nay] [Mai] [Nhờ người khác] [Xin gia hạn]
    """)


@CROSSED
async def test_more_time_is_asked_for_refused_and_granted(play: Play) -> None:
    """One tap of the reviewer each time; the ladder begins anew before the new day."""
    await bim_son(play)
    assert play.world.commune is not None
    await play.world.office_sets("digest.morning", False)
    await play.registers("Bình", play.world.commune.name, Role.REVIEWER)
    await play.plays("""
        (8:00 ngày 18/12/2024)
        Bot → Tâm: Chào anh/chị Tâm, ngày mai là hạn báo cáo năm 2024 của Phòng Văn hóa (hết ngày 19/12). Báo ngay mất chừng 3 phút ạ. [Báo ngay] [Chiều nay] [Mai] [Nhờ người khác] [Xin gia hạn]
        Tâm: [Xin gia hạn]
        Bot: Anh/chị xin gia hạn Báo cáo năm 2024 của Phòng Văn hóa đến hôm nào ạ? [hết ngày 20/12] [hết ngày 23/12] [hết ngày 24/12] [hết ngày 26/12]
        Tâm: [hết ngày 24/12]
        Bot: Vì sao ạ? (gõ BỎ QUA nếu không tiện nói) [Bỏ qua]
        Tâm: [Bỏ qua]
        Bot: Em đã chuyển lời xin gia hạn cho người phụ trách của xã. Có trả lời em nhắn lại ngay ạ.
        Bot → Bình: bạn Tâm (Phòng Văn hóa) xin gia hạn Báo cáo năm 2024 đến hết ngày 24/12. [Đồng ý] [Không]
        Bình: [Không]
        Bot: Dạ, em báo lại là chưa được gia hạn.
        Bot → Tâm: Xã chưa đồng ý gia hạn Báo cáo năm 2024 của Phòng Văn hóa. Anh/chị cố gắng gửi sớm giúp em ạ. [Báo ngay]
        Tâm: xin gia hạn
        Bot: Anh/chị xin gia hạn Báo cáo năm 2024 của Phòng Văn hóa đến hôm nào ạ? [hết ngày 20/12] [hết ngày 23/12] [hết ngày 24/12] [hết ngày 26/12]
        Tâm: [hết ngày 23/12]
        Bot: Vì sao ạ? (gõ BỎ QUA nếu không tiện nói) [Bỏ qua]
        Tâm: chờ số liệu của thôn
        Bot: Em đã chuyển lời xin gia hạn cho người phụ trách của xã. Có trả lời em nhắn lại ngay ạ.
        Bot → Bình: bạn Tâm (Phòng Văn hóa) xin gia hạn Báo cáo năm 2024 đến hết ngày 23/12. Lý do: chờ số liệu của thôn. [Đồng ý] [Không]
        Bình: [Đồng ý]
        Bot: Dạ, Phòng Văn hóa được gia hạn đến hết ngày 23/12.
        Bot → Tâm: Xã đồng ý gia hạn Báo cáo năm 2024 của Phòng Văn hóa đến hết ngày 23/12 ạ. [Báo ngay]
        (8:00 ngày 19/12/2024)
        (8:00 ngày 20/12/2024)
        Bot → Tâm: Chào anh/chị Tâm, còn 3 ngày nữa là hạn báo cáo năm 2024 của Phòng Văn hóa (hết ngày 23/12). Báo ngay mất chừng 3 phút ạ. [Báo ngay] [Chiều nay] [Mai] [Nhờ người khác] [Xin gia hạn]
        (8:00 ngày 23/12/2024)
        Bot → Tâm: Chào anh/chị Tâm, hôm nay là hạn báo cáo năm 2024 của Phòng Văn hóa (hết ngày 23/12). Báo ngay mất chừng 3 phút ạ. [Báo ngay] [Chiều nay] [Mai] [Nhờ người khác] [Xin gia hạn]
    """)


@CROSSED
async def test_a_form_begun_is_nudged_with_what_is_missing_and_nobody_is_thrown_out(
    play: Play,
) -> None:
    """The reminder comes between two questions; the open one is answered as if nothing had been."""
    await bim_son(play)
    await play.plays("""
        (8:00 ngày 18/12/2024)
        Bot → Tâm: Chào anh/chị Tâm, ngày mai là hạn báo cáo năm 2024 của Phòng Văn hóa (hết ngày 19/12). Báo ngay mất chừng 3 phút ạ. [Báo ngay] [Chiều nay] [Mai] [Nhờ người khác] [Xin gia hạn]
        Tâm: [Báo ngay]
        Bot: Báo cáo năm 2024 của Phòng Văn hóa, hạn 19/12, 2 câu. Anh/chị trả lời từng câu, hoặc nhắn một lèo cũng được ạ.
          Quy chế quản lý các khu di tích đã ban hành chưa ạ? [Rồi] [Chưa]
        Tâm: [Rồi]
        Bot: Đơn vị mình đã có kế hoạch riêng để thực hiện chưa ạ? [Rồi] [Chưa]
        (8:00 ngày 19/12/2024)
        Bot → Tâm: Chào anh/chị Tâm, hôm nay là hạn báo cáo năm 2024 của Phòng Văn hóa (hết ngày 19/12). Phiếu đang làm dở chỉ còn thiếu: Phòng, ban, đoàn thể, xã, phường có kế hoạch riêng ạ. [Làm tiếp] [Chiều nay] [Mai] [Nhờ người khác] [Xin gia hạn]
        Tâm: rồi
        Bot: Anh/chị có gì muốn nói thêm về kết quả kỳ này không ạ? (gõ BỎ QUA nếu không) [Bỏ qua]
        Tâm: để sau
        Bot: Dạ, em cất phiếu này lại. Lúc nào rảnh anh/chị gõ TIẾP TỤC là em mở ra đúng chỗ đang làm ạ.
        (8:00 ngày 23/12/2024)
        Bot → Tâm: Chào anh/chị Tâm, báo cáo năm 2024 của Phòng Văn hóa đã quá hạn (hết ngày 19/12) nhưng vẫn gửi được. Phiếu đã điền đủ rồi, anh/chị chỉ cần xem lại và bấm gửi ạ. [Làm tiếp] [Chiều nay] [Mai] [Nhờ người khác]
        Tâm: [Làm tiếp]
        Bot: Mình làm tiếp nhé.
          Anh/chị có gì muốn nói thêm về kết quả kỳ này không ạ? (gõ BỎ QUA nếu không) [Bỏ qua]
        Tâm: Đã mở 12 buổi tuyên truyền
        Bot: Báo cáo năm 2024 của Phòng Văn hóa. Anh/chị xem lại giúp em:
          1. Ban hành quy chế quản lý các khu di tích: Rồi
          2. Phòng, ban, đoàn thể, xã, phường có kế hoạch riêng: Rồi
          3. Nói thêm: Đã mở 12 buổi tuyên truyền [Gửi] [Sửa]
        Tâm: [Gửi]
        Bot: Em đã nhận Báo cáo năm 2024, mã BC-1. Cảm ơn anh/chị! Lần này hơi trễ hạn, lần sau em nhắc sớm hơn ạ. [Sửa]
        (8:00 ngày 25/12/2024)
    """)


@WITH_BUTTONS
async def test_report_now_opens_at_the_first_empty_question(play: Play) -> None:
    """Half filled and open: the button of the reminder asks for what is missing, not from the start."""
    await bim_son(play)
    await play.plays("""
        (8:00 ngày 18/12/2024)
        Bot → Tâm: Chào anh/chị Tâm, ngày mai là hạn báo cáo năm 2024 của Phòng Văn hóa (hết ngày 19/12). Báo ngay mất chừng 3 phút ạ. [Báo ngay] [Chiều nay] [Mai] [Nhờ người khác] [Xin gia hạn]
        Tâm: [Báo ngay]
        Bot: Báo cáo năm 2024 của Phòng Văn hóa, hạn 19/12, 2 câu. Anh/chị trả lời từng câu, hoặc nhắn một lèo cũng được ạ.
          Quy chế quản lý các khu di tích đã ban hành chưa ạ? [Rồi] [Chưa]
        Tâm: [Rồi]
        Bot: Đơn vị mình đã có kế hoạch riêng để thực hiện chưa ạ? [Rồi] [Chưa]
        (8:00 ngày 19/12/2024)
        Bot → Tâm: Chào anh/chị Tâm, hôm nay là hạn báo cáo năm 2024 của Phòng Văn hóa (hết ngày 19/12). Phiếu đang làm dở chỉ còn thiếu: Phòng, ban, đoàn thể, xã, phường có kế hoạch riêng ạ. [Làm tiếp] [Chiều nay] [Mai] [Nhờ người khác] [Xin gia hạn]
        Tâm: [Làm tiếp]
        Bot: Đơn vị mình đã có kế hoạch riêng để thực hiện chưa ạ? [Rồi] [Chưa]
        Tâm: [Chưa]
        Bot: Anh/chị có gì muốn nói thêm về kết quả kỳ này không ạ? (gõ BỎ QUA nếu không) [Bỏ qua]
    """)


@CROSSED
async def test_several_reports_are_one_message_the_most_urgent_first(play: Play) -> None:
    """The year's by Thursday, the week's cleaning by Friday."""
    await bim_son(play, "Liên đoàn Lao động thị xã")
    await play.plays("""
        (8:00 ngày 19/12/2024)
        Bot → Tâm: Chào anh/chị Tâm, mình còn 2 báo cáo của Liên đoàn Lao động thị xã cần gửi ạ:
          • Báo cáo năm 2024: hạn hôm nay (hết ngày 19/12)
          • Tổng vệ sinh chiều thứ Sáu, tuần 51 (16/12–22/12/2024): hạn ngày mai (hết ngày 20/12)
          Mỗi báo cáo mất chừng 3 phút, anh/chị bấm vào là báo được ngay ạ. [Báo cáo năm 2024] [Tổng vệ sinh chiều thứ Sáu, tuần 51 (…] [Chiều nay] [Mai]
        Tâm: [Mai]
        Bot: Dạ, em nhắc lại lúc 8 giờ sáng 20/12 ạ. Báo xong trước thì em thôi nhắc.
        (8:00 ngày 20/12/2024)
        Bot → Tâm: Chào anh/chị Tâm, mình còn 2 báo cáo của Liên đoàn Lao động thị xã cần gửi ạ:
          • Báo cáo năm 2024: đã quá hạn (hết ngày 19/12)
          • Tổng vệ sinh chiều thứ Sáu, tuần 51 (16/12–22/12/2024): hạn hôm nay (hết ngày 20/12)
          Mỗi báo cáo mất chừng 3 phút, anh/chị bấm vào là báo được ngay ạ. [Báo cáo năm 2024] [Tổng vệ sinh chiều thứ Sáu, tuần 51 (…] [Chiều nay] [Mai]
    """)


@CROSSED
async def test_what_is_overdue_goes_up_a_step_each_second_working_day(play: Play) -> None:
    """Second person, leader, the office's list; the first is reminded throughout; silent once filed."""
    await bim_son(play)
    assert play.world.commune is not None
    await play.registers("Nga", "Phòng Văn hóa", Role.REPORTER, 2)
    await play.registers("Hòa", "Phòng Văn hóa", Role.LEADER)
    await play.plays("""
        (8:00 ngày 20/12/2024)
        Bot → Tâm: Chào anh/chị Tâm, báo cáo năm 2024 của Phòng Văn hóa đã quá hạn (hết ngày 19/12) nhưng vẫn gửi được. Báo ngay mất chừng 3 phút ạ. [Báo ngay] [Chiều nay] [Mai] [Nhờ người khác]
        (8:00 ngày 23/12/2024)
        Bot → Tâm: Chào anh/chị Tâm, báo cáo năm 2024 của Phòng Văn hóa đã quá hạn (hết ngày 19/12) nhưng vẫn gửi được. Báo ngay mất chừng 3 phút ạ. [Báo ngay] [Chiều nay] [Mai] [Nhờ người khác]
        Bot → Nga: Chào anh/chị Nga, báo cáo năm 2024 của Phòng Văn hóa đã quá hạn (hết ngày 19/12) nhưng vẫn gửi được. Người phụ trách là bạn Tâm. Anh/chị nhắc giúp hoặc gửi thay đơn vị ạ. [Báo ngay] [Chiều nay] [Mai]
        (8:00 ngày 24/12/2024)
        (8:00 ngày 25/12/2024)
        Bot → Tâm: Chào anh/chị Tâm, báo cáo năm 2024 của Phòng Văn hóa đã quá hạn (hết ngày 19/12) nhưng vẫn gửi được. Báo ngay mất chừng 3 phút ạ. [Báo ngay] [Chiều nay] [Mai] [Nhờ người khác]
        Bot → Hòa: Chào anh/chị Hòa, báo cáo năm 2024 của Phòng Văn hóa đã quá hạn (hết ngày 19/12) nhưng vẫn gửi được. Người phụ trách là bạn Tâm. Anh/chị nhắc giúp hoặc gửi thay đơn vị ạ. [Báo ngay] [Chiều nay] [Mai]
        (8:00 ngày 26/12/2024)
        (8:00 ngày 27/12/2024)
        Bot → Tâm: Chào anh/chị Tâm, báo cáo năm 2024 của Phòng Văn hóa đã quá hạn (hết ngày 19/12) nhưng vẫn gửi được. Báo ngay mất chừng 3 phút ạ. [Báo ngay] [Chiều nay] [Mai] [Nhờ người khác]
        Hòa: [Báo ngay]
        Bot: Báo cáo năm 2024 của Phòng Văn hóa, hạn 19/12, 2 câu. Anh/chị trả lời từng câu, hoặc nhắn một lèo cũng được ạ.
          Quy chế quản lý các khu di tích đã ban hành chưa ạ? [Rồi] [Chưa]
        Hòa: [Rồi]
        Bot: Đơn vị mình đã có kế hoạch riêng để thực hiện chưa ạ? [Rồi] [Chưa]
        Hòa: [Rồi]
        Bot: Anh/chị có gì muốn nói thêm về kết quả kỳ này không ạ? (gõ BỎ QUA nếu không) [Bỏ qua]
        Hòa: bỏ qua
        Bot: Báo cáo năm 2024 của Phòng Văn hóa. Anh/chị xem lại giúp em:
          1. Ban hành quy chế quản lý các khu di tích: Rồi
          2. Phòng, ban, đoàn thể, xã, phường có kế hoạch riêng: Rồi
          3. Nói thêm: (bỏ qua) [Gửi] [Sửa]
        Hòa: gửi
        Bot: Em đã nhận Báo cáo năm 2024, mã BC-1. Cảm ơn anh/chị! Lần này hơi trễ hạn, lần sau em nhắc sớm hơn ạ. [Sửa]
        (8:00 ngày 30/12/2024)
    """)


@CROSSED
async def test_a_machine_off_for_nine_days_says_one_thing_to_each(play: Play) -> None:
    """Off from a week before the day until after it: on waking the right words, and once."""
    await bim_son(play, from_day=10)
    await play.registers("Yên", "Phòng Giáo dục", Role.REPORTER)
    await play.plays("""
        (8:00 ngày 12/12/2024)
        Bot → Tâm: Chào anh/chị Tâm, còn 7 ngày nữa là hạn báo cáo năm 2024 của Phòng Văn hóa (hết ngày 19/12). Báo ngay mất chừng 3 phút ạ. [Báo ngay] [Chiều nay] [Mai] [Nhờ người khác] [Xin gia hạn]
        Bot → Yên: Chào anh/chị Yên, còn 7 ngày nữa là hạn báo cáo năm 2024 của Phòng Giáo dục (hết ngày 19/12). Báo ngay mất chừng 3 phút ạ. [Báo ngay] [Chiều nay] [Mai] [Nhờ người khác] [Xin gia hạn]
        (10:00 ngày 21/12/2024)
        Bot → Tâm: Chào anh/chị Tâm, báo cáo năm 2024 của Phòng Văn hóa đã quá hạn (hết ngày 19/12) nhưng vẫn gửi được. Báo ngay mất chừng 3 phút ạ. [Báo ngay] [Chiều nay] [Mai] [Nhờ người khác]
        Bot → Yên: Chào anh/chị Yên, báo cáo năm 2024 của Phòng Giáo dục đã quá hạn (hết ngày 19/12) nhưng vẫn gửi được. Báo ngay mất chừng 3 phút ạ. [Báo ngay] [Chiều nay] [Mai] [Nhờ người khác]
        (10:30 ngày 21/12/2024)
        (8:00 ngày 22/12/2024)
    """)


@CROSSED
async def test_closed_books_refuse_kindly_and_lose_nothing(play: Play) -> None:
    """Locked while Tâm fills the form in; opened again by the office, the same form goes."""
    await bim_son(play)
    await play.plays("""
        (8:00 ngày 18/12/2024)
        Bot → Tâm: Chào anh/chị Tâm, ngày mai là hạn báo cáo năm 2024 của Phòng Văn hóa (hết ngày 19/12). Báo ngay mất chừng 3 phút ạ. [Báo ngay] [Chiều nay] [Mai] [Nhờ người khác] [Xin gia hạn]
        Tâm: [Báo ngay]
        Bot: Báo cáo năm 2024 của Phòng Văn hóa, hạn 19/12, 2 câu. Anh/chị trả lời từng câu, hoặc nhắn một lèo cũng được ạ.
          Quy chế quản lý các khu di tích đã ban hành chưa ạ? [Rồi] [Chưa]
        Tâm: [Rồi]
        Bot: Đơn vị mình đã có kế hoạch riêng để thực hiện chưa ạ? [Rồi] [Chưa]
        Tâm: [Rồi]
        Bot: Anh/chị có gì muốn nói thêm về kết quả kỳ này không ạ? (gõ BỎ QUA nếu không) [Bỏ qua]
        Tâm: [Bỏ qua]
        Bot: Báo cáo năm 2024 của Phòng Văn hóa. Anh/chị xem lại giúp em:
          1. Ban hành quy chế quản lý các khu di tích: Rồi
          2. Phòng, ban, đoàn thể, xã, phường có kế hoạch riêng: Rồi
          3. Nói thêm: (bỏ qua) [Gửi] [Sửa]
    """)
    debt = await the_report_of(play, "Phòng Văn hóa")
    async with play.world.app.store.begin() as tx:
        await ledger.lock(tx, [debt], by=None, now=play.world.clock(), ids=play.world.ids)
    await play.plays("""
        Tâm: [Gửi]
        Bot: Sổ của kỳ này đã khóa từ 18/12 ạ. Anh/chị nhờ Văn phòng mở lại, phiếu em vẫn giữ, mở rồi gõ GỬI là được.
        (8:00 ngày 19/12/2024)
    """)
    async with play.world.app.store.begin() as tx:
        await ledger.reopen(
            tx, [debt], by=1, why="đính chính", now=play.world.clock(), ids=play.world.ids
        )
    await play.plays("""
        Tâm: gửi
        Bot: Em đã nhận Báo cáo năm 2024 trước hạn, mã BC-1. Cảm ơn anh/chị! [Sửa]
    """)
    async with play.world.app.store.begin() as tx:
        await ledger.lock(tx, [debt], by=None, now=play.world.clock(), ids=play.world.ids)
    await play.plays("""
        Tâm: [Sửa]
        Bot: Sổ của kỳ này đã khóa từ 19/12 ạ. Anh/chị nhờ Văn phòng mở lại giúp em nếu cần ạ.
    """)


async def the_report_of(play: Play, unit: str) -> int:
    """The obligation of a unit for the year's report."""
    unit_id = (await play.world.unit(unit)).id
    async with play.world.app.store.read() as tx:
        owed = await obligations.of_period(tx, play.world.plan_id, "bao-cao-nam", "2024")
    return next(one.id for one in owed if one.unit_id == unit_id)
