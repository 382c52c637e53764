"""The words "web": an official gets the one-time way into the office's pages."""

from __future__ import annotations

from collections.abc import Sequence

from bot.events import Reply

OPENED_BY = ("/web", "web", "vào web", "trang web", "văn phòng số")


def tells(link: str) -> Sequence[Reply]:
    """The link, and how long it is good for."""
    words = f"Anh/chị bấm vào đây để mở trang làm việc: {link}\nĐường này dùng một lần, trong 15 phút, đừng chuyển cho ai ạ."
    return (Reply(words=words),)


def refuses() -> Sequence[Reply]:
    """For those who hold no office."""
    return (
        Reply(
            words="Trang làm việc dành cho cán bộ được giao việc thôi ạ. Anh/chị xem phản ánh công khai trên trang của xã nhé."
        ),
    )
