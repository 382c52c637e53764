"""Free text that opens nothing: the two or three likeliest things are offered, and the words go along."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from bot.events import Reply
from bot.flows.answers import Named, short
from bot.flows.form import Flow, Form, Receipt
from bot.flows.questions import Question, choice, photos

LABELS = {
    "report": "Báo số liệu của thôn, hội",
    "campaign": "Báo kết quả phong trào",
    "violation": "Phản ánh ô nhiễm, vi phạm",
    "difficulty": "Nêu khó khăn, kiến nghị",
    "correct": "Sửa báo cáo đã gửi",
    "progress": "Xem tiến độ",
    "human": "Nhắn cán bộ xã",
}
"""What can be offered, in the words of its button."""


_NUMBER = re.compile(r"[\d.,/ ]+")


class LikelyBrief(msgspec.Struct, frozen=True):
    """What was said, and what is offered for it, likeliest first."""

    words: str
    offers: tuple[str, ...]
    photos: int = 0


def asks(form: Form[LikelyBrief]) -> Sequence[Question]:
    """One choice. The album is never asked for; it is where further pictures of the same post go."""
    offers = [Named(offer, LABELS[offer]) for offer in form.brief.offers]
    return (
        choice("flow", _question(form.brief), offers, label="Việc"),
        photos("photos", "", only_if=lambda _: False),
    )


def _question(brief: LikelyBrief) -> str:
    if _NUMBER.fullmatch(brief.words.strip()):
        return f"“{short(brief.words)}” là số của việc nào ạ?"
    if brief.words:
        return f"Em nhận được tin “{short(brief.words)}” nhưng chưa chắc ý anh/chị. Có phải anh/chị muốn:"
    if brief.photos:
        return "Em nhận được ảnh rồi ạ. Anh/chị gửi ảnh này để:"
    return "Anh/chị muốn làm gì ạ?"


def offers(kind: str, *, reporter: bool, photo: bool) -> tuple[str, ...]:
    """The likeliest things for a reading of `kind`; a citizen is never offered what needs a role."""
    by_kind = {
        "campaign": ("campaign", "report", "violation"),
        "indicator": ("report", "campaign", "difficulty"),
        "violation": ("violation", "difficulty", "human"),
        "difficulty": ("difficulty", "violation", "human"),
        "correction": ("correct", "report", "campaign"),
        "progress": ("progress", "report", "human"),
    }
    wanted = by_kind.get(
        kind, ("campaign", "violation") if photo else ("report", "campaign", "violation", "human")
    )
    if reporter:
        return wanted
    return tuple(dict.fromkeys([*(o for o in wanted if o in _FOR_ALL), "violation", "human"]))


_FOR_ALL = frozenset({"violation", "human", "progress"})


def _says_nothing(form: Form[LikelyBrief], receipt: Receipt) -> Sequence[Reply]:
    return ()


likely: Flow[Any] = Flow(
    name="likely",
    title="Chọn việc",
    brief=LikelyBrief,
    asks=asks,
    says=_says_nothing,
    confirms=False,
)
