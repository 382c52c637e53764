"""Xem phản ánh: what has become of a complaint, for the one who reported it and for those who handle it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.events import Button, Reply
from bot.flows.case_verbs import show
from bot.flows.case_words import OFFICIAL_STATE_WORDS, STATE_WORDS

CITIZEN = "người dân"
"""How a reporter who asked not to be named is shown, and what an erased one is called."""


@dataclass(frozen=True, kw_only=True)
class CaseFacts:
    """One case as this person may see it; what they may not see is empty.

    `own`: they reported it. `steps` are (day, words) of the steps meant for them. For officials
    only: `reporter` (a name where they may see it, else "người dân"), `map_url`, `limits`,
    `doubts` (never verdicts) and `alike`, the codes of cases that may be the same.
    """

    code: str
    kind: str
    words: str
    place: str
    state: str
    opened: str
    handler: str
    own: bool
    urgent: bool = False
    since: str = ""
    steps: tuple[tuple[str, str], ...] = ()
    photos: tuple[int, ...] = ()
    lives_in: str = ""
    reporter: str = ""
    map_url: str = ""
    limits: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    alike: tuple[str, ...] = ()
    rating: str = ""
    buttons: tuple[Button, ...] = ()


def tells(facts: CaseFacts) -> Sequence[Reply]:
    """The case and its timeline, newest step last, with what this person may do."""
    lines = _for_citizen(facts) if facts.own else _for_official(facts)
    steps = [f"• {at}: {words}" for at, words in facts.steps]
    words = "\n".join(line for line in (*lines, *steps) if line)
    return (Reply(words=words, buttons=facts.buttons, photos=facts.photos),)


def _for_citizen(facts: CaseFacts) -> list[str]:
    handler = f", {facts.handler}" if facts.handler else ""
    state = STATE_WORDS.get(facts.lives_in or facts.state, facts.state)
    merged = "đã gộp với việc đang được xử lý; việc đó " if facts.lives_in else ""
    return [
        f"{facts.code}: {facts.kind}",
        f"Tình trạng: {merged}{state}{handler}",
        f"Nơi: {facts.place}" if facts.place else "",
        f"Gửi ngày {facts.opened}",
    ]


def _for_official(facts: CaseFacts) -> list[str]:
    lead = "KHẨN · " if facts.urgent else ""
    handler = f", {facts.handler}" if facts.handler else ""
    return [
        f"{lead}{facts.code}: {facts.kind}",
        f"Tình trạng: {OFFICIAL_STATE_WORDS.get(facts.state, facts.state)}{handler}",
        f"“{facts.words}”",
        f"Nơi: {facts.place}" if facts.place else "",
        f"Từ: {facts.since}" if facts.since else "",
        f"Bản đồ: {facts.map_url}" if facts.map_url else "",
        f"Người báo: {facts.reporter or CITIZEN}, ngày {facts.opened}",
        *facts.limits,
        f"Có thể cùng việc với {', '.join(facts.alike)}." if facts.alike else "",
        *(f"Cần xem lại: {doubt}" for doubt in facts.doubts),
        f"Người dân chấm: {facts.rating}" if facts.rating else "",
    ]


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
    buttons = tuple(show(code, code) for code, _, _ in cases[:5])
    return (Reply(words="\n".join(["Phản ánh của anh/chị:", *lines]), buttons=buttons),)


def todo(cases: Sequence[tuple[str, str, str, str]]) -> Sequence[Reply]:
    """Cases for an official to work on: (code, kind, state, what presses)."""
    if not cases:
        return (Reply(words="Đơn vị mình không còn phản ánh nào chờ xử lý ạ."),)
    lines = [
        f"• {code}: {kind}, {OFFICIAL_STATE_WORDS.get(state, state)}{f' ({presses})' if presses else ''}"
        for code, kind, state, presses in cases
    ]
    buttons = tuple(show(code, code) for code, *_ in cases[:5])
    return (Reply(words="\n".join(["Phản ánh cần xử lý:", *lines]), buttons=buttons),)


def openings(code: str, opened: Sequence[tuple[str, str, str]]) -> Sequence[Reply]:
    """Who opened the seal on a reporter's name: (when, who, why). For the reporter."""
    if not opened:
        return (Reply(words=f"Chưa ai mở tên anh/chị ở phản ánh {code} ạ."),)
    lines = [f"• {when}: {who}, lý do: {why}" for when, who, why in opened]
    return (Reply(words="\n".join([f"Những lần mở tên người báo {code}:", *lines])),)


MINE_OPENED_BY = ("/phananh", "/phananhcuatoi", "phản ánh của tôi", "xem phản ánh", "/cacphananh")
TODO_OPENED_BY = ("/xuly", "phản ánh cần xử lý", "việc cần xử lý", "xử lý phản ánh")
