"""What the chats say: Hà Đông's half-year report of a village, opened, answered, left and opened again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

SECRET = "a-secret-only-the-load-knows"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
TOKEN = "123456:AA-of-no-bot"

STARTS_AT = datetime(2026, 6, 8, 2, 0, tzinfo=UTC)
"""Monday 8 June 2026, 09:00 in Hải Phòng: the half-year report is open and not yet due."""

FIRST_CHAT = 5_000_000
CHATS = 64
"""Chats that answer; as many more, after them, correct reports and file them again."""

OPENS = "báo cáo"
LEAVES = "thôi"
SKIPS = "bỏ qua"

ASKED: Sequence[tuple[str, str, str]] = (
    ("ho_phan_loai", "142", "Thôn mình có bao nhiêu hộ đã phân loại rác tại nhà?"),
    ("tong_so_ho", "150", "Cả thôn mình có bao nhiêu hộ?"),
    ("so_vu_dot", "0", "Trong kỳ, thôn mình có mấy vụ đốt rơm rạ?"),
    ("khu_dan_cu", "1", "Đến nay thôn mình có mấy khu dân cư xanh?"),
    ("mo_hinh", "2", "Đến nay thôn mình có mấy mô hình nông nghiệp sinh thái?"),
    ("gia_dinh_xanh", "25", "Thôn mình có bao nhiêu hộ được công nhận Gia đình xanh?"),
    ("ke_hoach", "rồi", "Đơn vị mình đã có kế hoạch của riêng mình chưa ạ?"),
    ("noi_them", SKIPS, "Anh/chị có gì muốn nói thêm không ạ?"),
)
"""Key, answer and question, as the references ask; ours asks what stands in the plan, in the same order."""

ANSWERING = (OPENS, *(answer for _, answer, _ in ASKED), LEAVES)

FILING_FIRST = (OPENS, *(answer for _, answer, _ in ASKED), "gửi")
FILING = ("sửa báo cáo", "sửa mục 1", "141", "sửa mục 6", "24", "gửi")
"""Corrections, after a first report: every sixth turn files a new version and moves the totals."""


def answers_after(said: int) -> int:
    """How many answers the open form holds after that many messages of `ANSWERING`."""
    return max(said % len(ANSWERING) - 1, 0)


def filed_after(said: int) -> int:
    """How many versions are filed after that many messages of `FILING`, the first report among them."""
    return 1 + said // len(FILING)


def read_answer(words: str) -> int | bool | None:
    """What the references make of an answer: a whole number, yes or no, or nothing ("bỏ qua").

    Raises:
        ValueError: it is none of these.
    """
    known: Mapping[str, bool | None] = {"rồi": True, "chưa": False, SKIPS: None}
    text = words.strip().casefold()
    return known[text] if text in known else int(text.replace(".", ""))
