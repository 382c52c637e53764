"""Giúp: what the bot can do for this person, short, with the buttons to do it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.events import Button, Reply
from bot.flows.form import Who

INTRODUCTION = "Sổ Xanh, trợ lý tự động của xã"
"""How the bot names itself, so that nobody takes it for a person."""

ABOUT = f"{INTRODUCTION}: ghi báo cáo, phong trào và phản ánh về môi trường."
"""What a channel shows about the bot before the first word; at most 120 characters."""

COMMANDS = (
    ("baocao", "Báo số liệu của đơn vị"),
    ("phongtrao", "Báo kết quả phong trào"),
    ("phananh", "Phản ánh của tôi"),
    ("tiendo", "Xem tiến độ"),
    ("khokhan", "Nêu khó khăn, kiến nghị"),
    ("sua", "Sửa báo cáo đã gửi"),
    ("dangky", "Nhập mã mời; trong nhóm: gắn nhóm với đơn vị"),
    ("giup", "Hướng dẫn"),
)
"""The menu of commands, where a channel has one."""

OPENED_BY = ("/giup", "/help", "giúp", "trợ giúp", "hướng dẫn", "menu", "/menu")
HUMAN_OPENED_BY = ("/canbo", "gặp cán bộ", "gặp người")

_REPORT = Button(label="Báo số liệu", token="go.report", says="báo cáo")
_CAMPAIGN = Button(label="Báo phong trào", token="go.campaign", says="phong trào")
_VIOLATION = Button(label="Phản ánh ô nhiễm", token="go.violation", says="phản ánh")
_DIFFICULTY = Button(label="Nêu khó khăn", token="go.difficulty", says="khó khăn")
_CORRECT = Button(label="Sửa báo cáo", token="go.correct", says="sửa báo cáo")
_PROGRESS = Button(label="Xem tiến độ", token="look.progress", says="tiến độ")
_MISSING = Button(label="Ai chưa báo?", token="look.progress.missing", says="ai chưa báo")
_CODE = Button(label="Tôi có mã mời", token="go.register", says="mã mời")
_HUMAN = Button(label="Gặp cán bộ", token="look.human", says="gặp cán bộ")

_OFFICIAL = frozenset({"reviewer", "handler", "leader", "admin"})

_UNHEARD = {
    "voice": "Em chưa nghe được tin thoại ạ, anh/chị gõ chữ giúp em nhé.",
    "unsupported": "Em chưa đọc được loại tin này ạ. Anh/chị gửi chữ hoặc ảnh giúp em nhé.",
    "contact": "Em nhận được danh bạ rồi ạ, nhưng chưa rõ anh/chị muốn làm gì.",
}


_SHORT = {
    "thanks": Reply(words="Dạ không có gì ạ! Cần gì anh/chị cứ nhắn em nhé."),
    "agrees": Reply(words="Dạ vâng ạ. Cần gì anh/chị cứ nhắn em nhé."),
    "angry": Reply(
        words="Em xin lỗi đã làm anh/chị phiền lòng. Anh/chị kể em nghe cần làm gì, hoặc gặp người thật ạ.",
        buttons=(_HUMAN, Button(label="Hướng dẫn", token="look.help", says="giúp")),
    ),
}
"""What is answered without the list of what the bot can do."""

_LEADS = {
    "stale": "Nút đó cũ rồi ạ.",
    "lost": "Dạ, để em chỉ ạ.",
    "nothing_open": "Dạ, hiện mình không có phiếu nào đang mở ạ.",
    "spam": "Em chỉ giúp việc môi trường và báo cáo của xã thôi ạ.",
}


def helps(who: Who, args: Mapping[str, str]) -> Sequence[Reply]:
    """The help of this person's role. `args` says why: start, greeting, unheard, or one of the reasons above."""
    short = next((_SHORT[why] for why in args if why in _SHORT), None)
    if short is not None:
        return (short,)
    lead = _lead(who, args)
    roles = {role.role for role in who.roles}
    if roles & _OFFICIAL:
        return (_official(lead, reporter="reporter" in roles),)
    if roles:
        return (_reporter(lead, who),)
    return (_citizen(lead),)


def _lead(who: Who, args: Mapping[str, str]) -> str:
    lead = next((_LEADS[why] for why in args if why in _LEADS), "")
    if lead:
        return lead
    if args.get("unheard"):
        return _UNHEARD.get(args["unheard"], "Em chưa đọc được tin này ạ.")
    if args.get("start") or args.get("greeting"):
        name = f" {who.name}" if who.name and who.roles else ""
        return f"Chào anh/chị{name}! Em là {INTRODUCTION}."
    return ""


def _joined(lead: str, words: str) -> str:
    return f"{lead} {words}".strip()


def _reporter(lead: str, who: Who) -> Reply:
    units = ", ".join(dict.fromkeys(role.unit_name for role in who.roles))
    words = _joined(
        lead,
        f"Anh/chị báo cho {units}. Cứ nhắn như bình thường, ví dụ: “CN xanh sáng nay 45 người, dọn 2km đường”, "
        "em ghi lại rồi hỏi chỗ còn thiếu. Hoặc bấm:",
    )
    return Reply(
        words=words, buttons=(_REPORT, _CAMPAIGN, _VIOLATION, _DIFFICULTY, _CORRECT, _PROGRESS)
    )


def _official(lead: str, *, reporter: bool) -> Reply:
    words = _joined(
        lead,
        "Anh/chị xem tiến độ, xem ai chưa báo, gõ mã như PA-7F3K để xem một phản ánh. Hoặc bấm:",
    )
    own = (_REPORT, _CAMPAIGN) if reporter else ()
    return Reply(words=words, buttons=(_MISSING, _PROGRESS, *own, _VIOLATION, _DIFFICULTY))


def _citizen(lead: str) -> Reply:
    words = _joined(
        lead,
        "Anh/chị thấy chỗ nào ô nhiễm, đốt rơm, đổ rác thì nhắn em một câu kèm ảnh; "
        "không muốn nêu tên cũng được ạ. Cán bộ, trưởng thôn có mã mời thì bấm “Tôi có mã mời”.",
    )
    return Reply(words=words, buttons=(_VIOLATION, _PROGRESS, _CODE, _HUMAN))
