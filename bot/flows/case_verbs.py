"""What can be done with a case, as buttons and as words: "nhận PA-7F3K" does what [Nhận] does.

A token is `do.case.<deed>.<code>.<state>` for what needs no question, `go.case.<deed>.<code>.<state>`
for what asks something first, `look.<what>.<code>` for what only shows. The state is what the
person had before their eyes: a tap on an old picture of the case is refused, not guessed about.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import msgspec

from bot.events import Button
from bot.flows.words import plain

_CODE = re.compile(r"\b(PA-?[2-9A-HJKMNP-Z]{4,6})\b", re.IGNORECASE)


@dataclass(frozen=True)
class Verb:
    """One deed: its key, its button's label, whether it asks something first, and how it is typed."""

    key: str
    label: str
    asks: bool
    typed: tuple[str, ...]


VERBS = (
    # of those who handle it
    Verb("take", "Nhận", False, ("nhận", "nhận xử lý", "tiếp nhận")),
    Verb("start", "Bắt đầu xử lý", False, ("bắt đầu", "bắt đầu xử lý", "xử lý tiếp")),
    Verb("give", "Chuyển", True, ("chuyển", "chuyển đơn vị khác")),
    Verb("ask", "Hỏi thêm", True, ("hỏi thêm", "hỏi lại")),
    Verb("done", "Xử lý xong", True, ("xử lý xong", "đã xử lý xong")),
    Verb("refuse", "Từ chối", True, ("từ chối", "không thụ lý")),
    Verb("confirm", "Xác minh đúng", False, ("xác minh đúng", "xác minh")),
    Verb("unconfirm", "Bỏ xác minh", False, ("bỏ xác minh",)),
    Verb("urgent", "Báo khẩn", False, ("khẩn", "báo khẩn")),
    Verb("calm", "Không khẩn", False, ("không khẩn", "bỏ khẩn")),
    Verb("merge", "Gộp việc trùng", True, ("gộp", "trùng", "gộp việc trùng")),
    Verb("split", "Tách ra", False, ("tách", "tách ra")),
    # of those who answer for it
    Verb("reopen", "Mở lại", True, ("mở lại",)),
    Verb("unseal", "Mở niêm phong", True, ("mở niêm phong",)),
    Verb("release", "Cho xử lý", False, ("cho xử lý", "cho qua")),
    Verb("block", "Chặn người gửi", True, ("chặn", "chặn người gửi")),
    Verb("lift", "Bỏ chặn", False, ("bỏ chặn",)),
    # of those who reported it
    Verb("fixed", "Đã xong", False, ("đã xong", "xong", "xong rồi", "đã xong rồi")),
    Verb("unfixed", "Chưa", False, ("chưa", "chưa xong")),
    Verb("answer", "Trả lời", True, ("trả lời",)),
    Verb("more", "Gửi thêm", True, ("gửi thêm", "bổ sung")),
    Verb("appeal", "Đề nghị xem lại", True, ("đề nghị xem lại", "xem lại")),
    Verb("word", "Nói thêm", True, ("nói thêm", "góp ý")),
    *(Verb(f"rate{n}", str(n), False, (f"chấm {n}", f"{n} điểm")) for n in range(1, 6)),
)

BY_KEY = {verb.key: verb for verb in VERBS}
_BY_WORDS = {plain(typed): verb for verb in VERBS for typed in verb.typed}


def button(key: str, code: str, state: str = "", label: str = "") -> Button:
    """The button of a deed on one case."""
    verb = BY_KEY[key]
    kind = "go" if verb.asks else "do"
    tail = f".{state}" if state else ""
    return Button(
        label=label or verb.label,
        token=f"{kind}.case.{key}.{code}{tail}",
        says=f"{verb.typed[0]} {code}",
    )


def show(code: str, label: str = "Xem") -> Button:
    """The button that shows a case."""
    return Button(label=label, token=f"look.case.{code}", says=code)


def deed_in(words: str) -> str | None:
    """The token of words that are a verb and a code and nothing else; None for all others."""
    found = _CODE.search(words)
    if found is None:
        return None
    verb = _BY_WORDS.get(plain(f"{words[: found.start()]} {words[found.end() :]}"))
    if verb is None:
        return None
    letters = found.group(1).upper().replace("-", "")
    return button(verb.key, f"PA-{letters[2:]}").token


class Aim(msgspec.Struct, frozen=True):
    """What a token aims at: the deed, the case's code, and the state its button was shown in."""

    deed: str
    code: str
    state: str = ""


def aim(arg: str) -> Aim:
    """Read a token's argument ("take.PA-7F3K.received"); parts that are missing are empty."""
    deed, _, rest = arg.partition(".")
    code, _, state = rest.partition(".")
    return Aim(deed, code.upper(), state)
