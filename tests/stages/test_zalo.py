"""Chats on both Zalo channels, from the phone to the database and back, as pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.engine import Store
from tests.chat import Chat
from tests.conftest import Clock
from tests.stages.zalo_bot import CombinedChat, on_zalo_bot
from tests.stages.zalo_oa import on_zalo_oa
from tests.stages.zalo_words import read_screen

COMPLAINT = """
    Lan: phản ánh
    Bot: Chào anh/chị! Em là Sổ Xanh, trợ lý tự động của xã. Gõ GIÚP lúc nào cũng được ạ.
    Bot: Anh/chị phản ánh việc gì ạ? [Đốt rơm rạ trên đồng] [Cơ sở xả chất thải, nước thải không đạt…] [Xả nước thải ra ao, hồ, kênh mương] [Đổ rác, phế thải sai chỗ] [Doanh nghiệp đổ rác sai chỗ] [Xây dựng trái phép, lấn chiếm đất] [Khai thác tài nguyên trái phép] [Chất thải chăn nuôi gây ô nhiễm] [Cơ sở gây tiếng ồn] [Cơ sở thải khói, bụi, khí] [Cơ sở thiếu thủ tục môi trường] [Ồn, khói bụi do giao thông] [Việc khác]
    Lan: [Việc khác]
    Bot: Anh/chị kể ngắn gọn giúp em: thấy gì, ai bị ảnh hưởng ạ?
    Lan: khói mù mịt cạnh đường
    Bot: Ở chỗ nào ạ? Anh/chị gửi vị trí, hoặc gõ: sau trạm y tế, thôn 3…
    Lan: (vị trí 20.94, 106.33)
    Bot: Anh/chị có ảnh thì gửi em, gửi nhiều ảnh cũng được (gõ BỎ QUA nếu không có). [Xong] [Bỏ qua]
    Lan: (3 ảnh)
    Bot: Em đã nhận 3 ảnh. Gửi thêm, hoặc gõ XONG ạ. [Xong]
    Lan: [Xong]
    Bot: Việc này có từ bao giờ ạ? Ví dụ: đang diễn ra, tối qua, cả tuần nay. [Bỏ qua]
"""
"""More choices than an Official Account has buttons, a pin, an album of single photos, a shortcut."""


async def test_a_complaint_on_an_official_account(
    store: Store, clock: Clock, tmp_path: Path
) -> None:
    async with on_zalo_oa(store, clock, tmp_path) as (world, stage):
        await world.settles_in("ha-dong")
        await Chat(stage).plays(COMPLAINT)


async def test_the_same_complaint_on_a_bot_and_the_hint_about_places_comes_once(
    store: Store, clock: Clock, tmp_path: Path
) -> None:
    async with on_zalo_bot(store, clock, tmp_path) as (world, stage):
        await world.settles_in("ha-dong")
        await CombinedChat(stage).plays(COMPLAINT)
        assert stage.hints == 1
        await CombinedChat(stage).plays("""
            Lan: thôi
            Bot: Dạ, em dừng ở đây, chưa gửi gì đi cả. Khi cần anh/chị cứ nhắn em ạ.
        """)
        await stage.says("Lan", "phản ánh", "")
        await stage.settle()
        await stage.taps("Lan", "Việc khác", "")
        await stage.says("Lan", "rác đổ ven mương", "")
        assert "Ở chỗ nào" in (await stage.settle())[-1].words
        assert stage.hints == 1


@pytest.mark.parametrize(
    ("text", "words", "typed"),
    [
        ("Chọn:\n1. Cầu\n2. Đường\n(Gõ số để chọn ạ.)", "Chọn:", {"Cầu": "1", "Đường": "2"}),
        (
            "1. Số hộ: 3\n2. Ngày: 5\n1. Có\n2. Không\n(Gõ số để chọn ạ.)\ngõ XONG: Xong; gõ BO QUA: Bỏ qua",
            "1. Số hộ: 3\n2. Ngày: 5",
            {"Có": "1", "Không": "2", "Xong": "XONG", "Bỏ qua": "BO QUA"},
        ),
        ("1. Số hộ: 3\n2. Ngày: 5", "1. Số hộ: 3\n2. Ngày: 5", {}),
    ],
)
def test_printed_choices_become_labels_again_and_lists_stay(
    text: str, words: str, typed: dict[str, str]
) -> None:
    shown = read_screen(text)
    assert shown.words == words
    assert shown.typed == typed
