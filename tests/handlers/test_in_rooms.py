"""What a group never reads: complaints, who made them, telephone numbers (Zalo reference, point 28)."""

from __future__ import annotations

import pytest

from bot.events import Reply
from bot.handlers.in_rooms import shown_in_group
from storage.access import Role
from tests.transcripts.conftest import Play, telegram_play

__all__ = ["telegram_play"]


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("Gọi 0912 345 678 ạ", "Gọi (số điện thoại) ạ"),
        ("bác Nam, +84912345678.", "bác Nam, (số điện thoại)."),
        ("số 84 912.345.678 nhé", "số (số điện thoại) nhé"),
        ("máy bàn 0225 3 123 456", "máy bàn (số điện thoại)"),
        ("0 vụ, 142 hộ, 12.500.000 đồng", "0 vụ, 142 hộ, 12.500.000 đồng"),
        ("hạn 20/6/2026, mã BC-7F3K", "hạn 20/6/2026, mã BC-7F3K"),
        ("0,25 ha và 1000000 đồng", "0,25 ha và 1000000 đồng"),
    ],
)
def test_telephone_numbers_are_hidden_and_figures_are_not(words: str, shown: str) -> None:
    assert shown_in_group(Reply(words=words, asks_contact=True)) == Reply(words=shown)


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_a_complaint_in_a_group_is_led_away_and_not_repeated(telegram_play: Play) -> None:
    play = telegram_play
    await play.world.settles_in("ha-dong")
    await play.registers("Nam", "Thôn Đông Lĩnh", Role.REPORTER)
    await play.plays("""
        Nam @Tổ thu gom: @soxanh_bot ông Tư Râu đốt rơm sau nhà, khói mù mịt
        Bot @Tổ thu gom: Việc phản ánh mình nói riêng cho kín đáo ạ. Anh/chị nhắn riêng cho em, em ghi ngay.
        Nam @Tổ thu gom: @soxanh_bot PA-7F3K
        Bot @Tổ thu gom: Việc phản ánh mình nói riêng cho kín đáo ạ. Anh/chị nhắn riêng cho em, em ghi ngay.
        Nam: ông Tư Râu đốt rơm sau nhà, khói mù mịt
        Bot: Em đọc được:
          • Việc: Đốt rơm rạ trên đồng
          Ở chỗ nào ạ? Anh/chị gửi vị trí, hoặc gõ: sau trạm y tế, thôn 3…
    """)
