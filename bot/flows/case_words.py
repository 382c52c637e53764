"""What people are told as a case goes on: the citizen at every step, handlers and leaders when it is their turn."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from bot.events import Button, Reply
from bot.flows.answers import short
from bot.flows.case_verbs import button, show
from plans.calendar import local_time
from plans.handling import CaseState, CaseStep


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What a citizen's message about a step speaks of. `words` are the handler's, as given."""

    code: str
    kind: str
    unit: str
    state: str
    words: str = ""
    until: str = ""
    before: tuple[int, ...] = ()
    after: tuple[int, ...] = ()


def to_citizen(step: CaseStep, told: Told) -> Reply | None:
    """What whoever reported a case hears of a step; None where nothing is to be said."""
    code, unit = told.code, told.unit or "xã"
    match step:
        case CaseStep.ACCEPT:
            until = f", dự kiến xong chậm nhất {told.until}" if told.until else ""
            return _plain(code, f"{unit} đã nhận xử lý phản ánh {code} của anh/chị{until} ạ.")
        case CaseStep.START:
            return _plain(code, f"{unit} đang xử lý {code} rồi ạ.")
        case CaseStep.ASSIGN:
            return _plain(
                code, f"Phản ánh {code} của anh/chị đã chuyển sang {unit} để xử lý ạ.{_said(told)}"
            )
        case CaseStep.PASS_ON:
            return _plain(
                code,
                f"Việc {code} thuộc thẩm quyền của {told.words} nên xã đã chuyển sang đó. "
                "Có kết quả em báo anh/chị ngay ạ.",
            )
        case CaseStep.ASK:
            words = (
                f"Về phản ánh {code}, {unit} muốn hỏi thêm: “{told.words}”. "
                "Anh/chị nhắn trả lời ngay ở đây giúp em ạ."
            )
            return Reply(words=words, buttons=(button("answer", code, told.state),))
        case CaseStep.RESOLVE:
            return _resolved(told)
        case CaseStep.REJECT:
            words = (
                f"Xã không thụ lý phản ánh {code} vì: “{told.words}”. "
                "Anh/chị chưa đồng ý thì bấm nút dưới, lãnh đạo xã sẽ xem lại ạ."
            )
            return Reply(words=words, buttons=(button("appeal", code, told.state),))
    return _late_step(step, told)


def _late_step(step: CaseStep, told: Told) -> Reply | None:
    """Steps after a case had its first end, or found its double."""
    code, unit = told.code, told.unit or "xã"
    match step:
        case CaseStep.REOPEN:
            return _plain(code, f"Phản ánh {code} được mở lại, {unit} xử lý tiếp ạ.{_said(told)}")
        case CaseStep.MERGE:
            words = (
                f"Phản ánh {code} trùng với một việc đang xử lý nên em gộp lại. "
                "Việc đó đến đâu em báo anh/chị đến đấy ạ."
            )
            return _plain(code, words)
        case CaseStep.SPLIT:
            return _plain(code, f"Phản ánh {code} được tách ra để xử lý riêng ạ.")
        case CaseStep.FIXED:
            words = (
                f"Việc {code} đã được người dân xác nhận là xong. "
                "Anh/chị thấy chưa xong thì bấm “Chưa” là em mở lại ngay ạ."
            )
            return Reply(words=words, buttons=(button("unfixed", code),))
        case CaseStep.CLOSE_UNANSWERED:
            words = (
                f"Đã 5 ngày em chưa thấy anh/chị trả lời nên phản ánh {code} tạm đóng. "
                "Nếu việc chưa xong, anh/chị bấm “Chưa” là em mở lại ngay ạ."
            )
            return Reply(words=words, buttons=(button("unfixed", code),))
    return None


def _plain(code: str, words: str) -> Reply:
    return Reply(words=words, buttons=(show(code),))


def _said(told: Told) -> str:
    return f" Lời nhắn: “{told.words}”." if told.words else ""


def _resolved(told: Told) -> Reply:
    if told.after:
        both = "trước và sau" if told.before else "sau"
        pictures = f" Ảnh {both} khi xử lý ở trên ạ."
    else:
        pictures = " Lần này chưa có ảnh sau khi xử lý."
    words = (
        f"{told.unit or 'Xã'} báo đã xử lý xong phản ánh {told.code}: “{told.words}”.{pictures} "
        "Anh/chị xem đã xong chưa ạ?"
    )
    shown = (*told.before, *told.after) if told.after else ()
    return Reply(words=words, buttons=asked(told.code), photos=shown)


def asked(code: str) -> tuple[Button, ...]:
    """The citizen's two answers to "is it done?". They hold whenever they are tapped."""
    return (button("fixed", code), button("unfixed", code))


def reminded(code: str) -> Reply:
    """The citizen has not said whether it is done."""
    words = (
        f"Anh/chị cho em biết việc {code} đã xong chưa ạ? "
        "Hai ngày nữa chưa có trả lời thì em xin tạm đóng lại."
    )
    return Reply(words=words, buttons=asked(code))


def rating(code: str) -> tuple[Button, ...]:
    """One to five."""
    return tuple(button(f"rate{n}", code) for n in range(1, 6))


# --- handlers and leaders ------------------------------------------------------------------------


def news(code: str, words: str, *, photos: Sequence[int] = (), label: str = "Xem") -> Reply:
    """News of a case for those who work on it or answer for it."""
    return Reply(words=words, buttons=(show(code, label),), photos=tuple(photos))


def answered(code: str, words: str) -> str:
    """The citizen answered."""
    return (
        f"{code}: người dân trả lời: “{short(words, 600)}”"
        if words
        else f"{code}: người dân gửi thêm ảnh."
    )


def not_fixed(code: str, unit: str) -> str:
    """The citizen said "chưa"."""
    return f"{code}: người dân báo CHƯA xong, việc được mở lại ({unit})."


def appealed(code: str, words: str) -> str:
    """The citizen asks to look again at a rejection."""
    return f"{code}: người dân đề nghị xem lại việc không thụ lý: “{short(words, 600)}”. Việc được mở lại."


def doubled(code: str, into: str, words: str) -> str:
    """One more person reported the same."""
    return f"{into}: thêm một người báo cùng việc này ({code}): “{short(words, 300)}”"


def moved_on(code: str, state: CaseState, who: str) -> str:
    """Somebody was faster, or the button was an old one."""
    by = f" ({who})" if who else ""
    return f"{code} đã có thay đổi trước đó{by}, hiện {STATE_WORDS[state.value]}. Em chưa ghi gì thêm ạ."


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

OFFICIAL_STATE_WORDS = STATE_WORDS | {
    "needs_information": "chờ người dân trả lời",
    "resolved": "đã xử lý, chờ người dân xác nhận",
}
"""The same for those who handle it."""


def moment(at: datetime) -> str:
    """A moment as people say it: "17:00 ngày 9/6"."""
    local = local_time(at)
    return f"{local:%H:%M} ngày {local.day}/{local.month}"


def limit(at: datetime) -> str:
    """A limit as people keep it: "09:30 ngày 9/6", down to the quarter of an hour."""
    local = local_time(at)
    return moment(local.replace(minute=local.minute - local.minute % 15))


def day(at: datetime) -> str:
    """A day as people say it: "ngày 9/6"."""
    local = local_time(at)
    return f"ngày {local.day}/{local.month}"
