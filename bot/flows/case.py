"""Xem phản ánh: what has become of a complaint, for the one who reported it and for those who handle it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.events import Button, Reply

STATE_WORDS = {
    "received": "đã tiếp nhận",
    "accepted": "đã nhận xử lý",
    "assigned": "đã giao người xử lý",
    "in_progress": "đang xử lý",
    "needs_information": "cần hỏi thêm anh/chị",
    "resolved": "đã xử lý, chờ anh/chị xác nhận",
    "closed": "đã đóng",
    "reopened": "đã mở lại",
    "rejected": "không thụ lý",
    "passed_on": "đã chuyển cơ quan khác",
    "merged": "đã gộp với phản ánh trùng",
}
"""How people read a case's state."""


@dataclass(frozen=True)
class CaseFacts:
    """One case as this person may see it: no reporter's name, steps that are shown to them."""

    code: str
    kind: str
    words: str
    place: str
    state: str
    opened: str
    handler: str
    steps: tuple[tuple[str, str], ...]
    photos: tuple[int, ...] = ()


def tells(facts: CaseFacts) -> Sequence[Reply]:
    """The case and its timeline, newest step last."""
    handler = f", {facts.handler}" if facts.handler else ""
    lines = [
        f"{facts.code}: {facts.kind}",
        f"Tình trạng: {STATE_WORDS.get(facts.state, facts.state)}{handler}",
        f"Nơi: {facts.place}" if facts.place else "",
        f"Gửi ngày {facts.opened}",
        *(f"• {at}: {words}" for at, words in facts.steps),
    ]
    return (Reply(words="\n".join(line for line in lines if line)),)


def unknown(code: str) -> Sequence[Reply]:
    """The same words whether there is no such case or it is not theirs to see."""
    words = f"Em không tìm thấy phản ánh {code} của anh/chị. Anh/chị xem lại mã giúp em, ví dụ: PA-7F3K."
    return (Reply(words=words),)


def mine(cases: Sequence[tuple[str, str, str]]) -> Sequence[Reply]:
    """My own cases: (code, kind, state)."""
    if not cases:
        return (
            Reply(
                words="Anh/chị chưa có phản ánh nào ạ.",
                buttons=(Button(label="Phản ánh ô nhiễm", token="go.violation", says="phản ánh"),),
            ),
        )
    lines = [f"• {code}: {kind}, {STATE_WORDS.get(state, state)}" for code, kind, state in cases]
    buttons = tuple(
        Button(label=code, token=f"look.case.{code}", says=code) for code, _, _ in cases[:5]
    )
    return (Reply(words="\n".join(["Phản ánh của anh/chị:", *lines]), buttons=buttons),)


MINE_OPENED_BY = ("/phananhcuatoi", "phản ánh của tôi", "xem phản ánh", "/cacphananh")
