"""Nối kênh: the words for a code that joins another channel to the same person."""

from __future__ import annotations

from collections.abc import Sequence

from bot.events import Reply

OPENED_BY = ("/noikenh", "nối kênh", "liên kết kênh", "liên kết tài khoản", "đổi kênh")


def says(code: str, minutes: int) -> Sequence[Reply]:
    """The code and what to do with it; the code stands alone in its message, to be copied with one touch."""
    words = (
        f"Anh/chị mở em ở kênh kia (Zalo, Telegram hay trang chat) rồi gõ mã dưới đây. "
        f"Mã dùng một lần, trong {minutes} phút; đừng đưa cho ai khác nhé."
    )
    return (Reply(words=words), Reply(words=code))
