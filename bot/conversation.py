"""One message against one half-filled form: pure, without clock, database or network.

`advance` takes the open session (or none) and what was said, and returns a `Turn`:
replies, the session from now on, and acts for the handler. The next question is
always the first one without an answer; nothing else about "where we are" is stored.
Private keys of `answers` begin with "~": pieces of an answer still being collected,
a value waiting for "đúng rồi", and the old value of an answer being changed.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from bot import late
from bot.events import Button, File, Photo, Reply, Said, Tap, Text
from bot.flows import words as w
from bot.flows.answers import More, Refused, Taken, short, tapped
from bot.flows.form import READ, Act, Flow, Form, Keep, Moment, Park, Session, Submit, Turn
from bot.flows.questions import Question, mark

CONFIRM = "~confirm"
SENT = "~sent"
"""The form was sent and came back with one question more; answered, it goes without a second "gửi"."""

_EDIT = "~edit"
_DOUBT = "~doubt"

_EDIT_WORDS = re.compile(
    r"^(?:sua|doi|muon sua|sua lai)(?: (?:muc|cau|so|dong|cai))?(?: (?:so )?(\d{1,2}))?$"
)


def begin(flow: Flow[Any], session: Session, moment: Moment, said: str = "") -> Turn:
    """Open a form: greet, take what `said` already answers, and put the first question."""
    form = _form(session, moment)
    lead = flow.greets(form)
    if said:
        lead = _joined(lead, late.glean(flow, session, form, said))
    return _next(flow, session, moment, lead)


def again(flow: Flow[Any], session: Session, moment: Moment, lead: str = "") -> Turn:
    """Put the open question once more, after something else was said in between."""
    return _next(flow, session, moment, lead)


def reopen(flow: Flow[Any], session: Session, moment: Moment, lead: str, said: str = "") -> Turn:
    """A filed form again at its confirm page, with what `said` puts right already changed."""
    form = _form(session, moment)
    read = late.glean(flow, session, form, said, replaces=True) if said else ""
    return _next(flow, session, moment, _joined(lead, read))


def advance(flow: Flow[Any], session: Session, said: Said, moment: Moment) -> Turn:
    """Let the open form of `session` answer one thing that was said.

    `session` is changed in place and returned in the turn; the caller keeps it or
    drops it as the turn says. Never raises for anything a person can say.
    """
    form = _form(session, moment)
    asked = _asked(flow, session, form)
    if isinstance(said, Tap):
        typed = _typed(said, session, asked)
        if typed is None:
            return _stale(flow, session, moment)
        said = typed
    if isinstance(said, Text):
        turn = _everywhere(flow, session, said.words, asked, moment)
        if turn is not None:
            return turn
    if asked is None:
        return _at_confirm(flow, session, said, moment)
    out_of_turn = _out_of_turn(flow, session, said, asked, moment)
    if out_of_turn is not None:
        return out_of_turn
    if _DOUBT in session.answers:
        return _after_doubt(flow, session, said, asked, moment)
    return _answer(flow, session, said, asked, moment)


# --- one question -------------------------------------------------------------------------------


def _answer(flow: Flow[Any], session: Session, said: Said, asked: Question, moment: Moment) -> Turn:
    form = _form(session, moment)
    answer = asked.reads(said, form)
    match answer:
        case Taken(value, note):
            doubt = asked.doubt(form, value)
            if doubt:
                session.answers[_DOUBT] = {"key": asked.key, "value": value}
                return Turn((_doubting(session, asked, doubt),), session)
            return _take(flow, session, asked, value, moment, note)
        case More(value, hint, rests):
            session.answers[f"~{asked.key}"] = value
            lead = ""
            if isinstance(said, Photo | File) and said.caption:
                lead = late.glean(flow, session, form, said.caption)
            return Turn((_more(session, asked, _joined(lead, hint), rests),), session)
        case Refused(hint, options):
            if isinstance(said, Text):
                read = late.glean(flow, session, form, said.words)
                if read:
                    return _next(flow, session, moment, read)
                hint = _calms(said.words, asked) or hint
            return Turn((_refusal(session, asked, hint, options),), session)


_UNSURE = re.compile(
    r"\b(?:khong|ko|k|kg|hong|chua|chang|cha)(?: \w+)? (?:biet|ro|nam|nho|dem|thong ke|tinh|hieu|chac|co so)\b"
    r"|\bkho (?:qua|the|lam|hieu)\b"
)
"""Folded words of somebody who has no answer: not to be met with "I could not read a number"."""


def _calms(words: str, asked: Question) -> str:
    """What is said to somebody who does not know; "" when the words are just not an answer."""
    if _UNSURE.search(w.plain(words)) is None:
        return ""
    skip = "Câu này bỏ được, anh/chị gõ BỎ QUA. " if asked.optional else ""
    return f"Dạ không sao ạ. {skip}Chưa có số thì gõ ĐỂ SAU, em cất phiếu lại; muốn hỏi người thì gõ GẶP CÁN BỘ."


def _take(
    flow: Flow[Any], session: Session, asked: Question, value: Any, moment: Moment, note: str = ""
) -> Turn:
    session.answers[asked.key] = value
    changed = session.answers.get(_EDIT)
    for key in (f"~{asked.key}", _DOUBT, _EDIT):
        session.answers.pop(key, None)
    turn = _next(flow, session, moment, note)
    learned = late.misread(flow.name, session, asked, changed)
    return Turn(turn.replies, turn.session, (*turn.acts, learned)) if learned else turn


def _doubting(session: Session, asked: Question, doubt: str) -> Reply:
    here = mark(session.id, asked.key)
    buttons = (
        Button(label="Đúng rồi", token=f"w.{here}.dung roi", says="đúng rồi"),
        Button(label="Gõ lại", token=f"w.{here}.go lai", says="gõ lại"),
    )
    return Reply(words=doubt, buttons=buttons)


def _after_doubt(
    flow: Flow[Any], session: Session, said: Said, asked: Question, moment: Moment
) -> Turn:
    held = session.answers.pop(_DOUBT)
    if held["key"] != asked.key:
        return _answer(flow, session, said, asked, moment)
    words = said.words if isinstance(said, Text) else ""
    if w.means(words, w.YES):
        return _take(flow, session, asked, held["value"], moment)
    if w.means(words, w.NO | {"go lai", "sua", "nham"}):
        return Turn((asked.reply(session.id, "Dạ, anh/chị gõ lại giúp em ạ."),), session)
    return _answer(flow, session, said, asked, moment)


def _more(session: Session, asked: Question, hint: str, rests: bool) -> Reply:
    here = mark(session.id, asked.key)
    done = Button(label="Xong", token=f"w.{here}.xong", says="xong")
    if rests:
        return Reply(words=hint, buttons=(done,), slot="more", after_s=_REST_S)
    return Reply(words=hint, buttons=asked.reply(session.id).buttons, numbered=True)


_REST_S = 2.0
"""How long an album must rest before it is answered once: its pictures arrive within a second or so."""


def _refusal(session: Session, asked: Question, hint: str, options: tuple[Any, ...]) -> Reply:
    if not options:
        return asked.reply(session.id, hint)
    here = mark(session.id, asked.key)
    near = tuple(
        Button(label=o.label, token=f"w.{here}.{w.plain(o.label)}"[:64], says=o.label)
        for o in options
    )
    return Reply(words=hint, buttons=near)


# --- words that mean the same everywhere ---------------------------------------------------------


def _everywhere(
    flow: Flow[Any], session: Session, words: str, asked: Question | None, moment: Moment
) -> Turn | None:
    if w.means(words, w.EVERYWHERE):
        return _known_word(flow, session, words, asked, moment)
    edit = _EDIT_WORDS.match(w.plain(words))
    if edit and edit.group(1):
        return _edit(flow, session, edit.group(1), moment)
    return None


def _known_word(
    flow: Flow[Any], session: Session, words: str, asked: Question | None, moment: Moment
) -> Turn | None:
    if w.means(words, w.STOP):
        return Turn((Reply(words=_STOPPED),), None)
    if w.means(words, w.LATER):
        return Turn((Reply(words=_PARKED),), None, (Park(session),))
    if w.means(words, w.BACK):
        return _back(flow, session, asked, moment)
    if w.means(words, w.HELP):
        return _help(flow, session, asked, moment)
    return _skip(flow, session, asked, words, moment) if asked is not None else None


_STOPPED = "Dạ, em dừng ở đây, chưa gửi gì đi cả. Khi cần anh/chị cứ nhắn em ạ."
_PARKED = (
    "Dạ, em cất phiếu này lại. Lúc nào rảnh anh/chị gõ TIẾP TỤC là em mở ra đúng chỗ đang làm ạ."
)


def _skip(
    flow: Flow[Any], session: Session, asked: Question, words: str, moment: Moment
) -> Turn | None:
    if asked.collects and session.answers.get(f"~{asked.key}"):
        return _take(flow, session, asked, session.answers[f"~{asked.key}"], moment)
    if asked.optional:
        return _take(flow, session, asked, None, moment)
    if not w.means(words, frozenset({"bo qua", "boqua", "skip", "/boqua"})):
        return None  # "không có" may well be an answer to a question that must be answered
    lead = "Câu này em cần anh/chị trả lời giúp. Nếu chưa có số, gõ ĐỂ SAU để làm tiếp lúc khác ạ."
    return Turn((asked.reply(session.id, lead),), session)


def _back(flow: Flow[Any], session: Session, asked: Question | None, moment: Moment) -> Turn:
    changing = _EDIT in session.answers
    _leave_as_it_was(session)
    session.answers.pop(SENT, None)
    if changing:
        return _next(flow, session, moment, "Dạ, em giữ nguyên như cũ.")
    form = _form(session, moment)
    done = [q for q in flow.asks(form) if q.only_if(form) and form.has(q.key)]
    if asked is not None:
        session.answers.pop(f"~{asked.key}", None)
    if not done:
        return _next(
            flow, session, moment, "Đây là câu đầu tiên rồi ạ. Gõ THÔI nếu anh/chị muốn dừng."
        )
    session.answers.pop(done[-1].key)
    return _next(flow, session, moment)


def _help(flow: Flow[Any], session: Session, asked: Question | None, moment: Moment) -> Turn:
    explains = (
        asked.explains
        if asked is not None
        else "Anh/chị xem lại rồi gõ GỬI, hoặc gõ SỬA MỤC 2 để sửa ạ."
    )
    return _next(flow, session, moment, f"{explains}\n{_WAYS}")


_WAYS = "Gõ QUAY LẠI để sửa câu trước, ĐỂ SAU để làm tiếp lúc khác, THÔI để dừng. Cần gặp người: gõ GẶP CÁN BỘ."


# --- the confirm page ----------------------------------------------------------------------------


def _at_confirm(flow: Flow[Any], session: Session, said: Said, moment: Moment) -> Turn:
    out_of_turn = _out_of_turn(flow, session, said, None, moment)
    if out_of_turn is not None:
        return out_of_turn
    words = said.words if isinstance(said, Text) else ""
    if w.means(words, w.SEND | w.YES | w.DONE):
        return Turn((), session, (Submit(session),))
    edit = _EDIT_WORDS.match(w.plain(words))
    if edit:
        return _edit(flow, session, edit.group(1), moment)
    read = late.glean(flow, session, _form(session, moment), words, replaces=True) if words else ""
    if read:
        return _next(flow, session, moment, read)
    hint = f"Em chưa hiểu “{short(words)}”." if words else "Em chưa đọc được tin này ạ."
    return _next(
        flow, session, moment, f"{hint} Anh/chị bấm GỬI nếu đúng, hoặc gõ SỬA MỤC 2 để sửa ạ."
    )


def _edit(flow: Flow[Any], session: Session, number: str | None, moment: Moment) -> Turn:
    _leave_as_it_was(session)
    form = _form(session, moment)
    shown = _shown(flow, form)
    if number is None:
        buttons = tuple(
            Button(
                label=f"{i}. {q.label}"[:40],
                token=f"w.{mark(session.id, CONFIRM)}.sua muc {i}",
                says=f"sửa mục {i}",
            )
            for i, q in enumerate(shown, start=1)
        )
        return Turn((Reply(words="Anh/chị muốn sửa mục nào ạ?", buttons=buttons),), session)
    index = int(number)
    if not 1 <= index <= len(shown):
        count = f"mới có {len(shown)}" if shown else "chưa có"
        return _next(flow, session, moment, f"Phiếu này {count} mục để sửa ạ.")
    question = shown[index - 1]
    was = session.answers.pop(question.key)
    session.answers.pop(SENT, None)
    session.answers[_EDIT] = {"key": question.key, "was": was}
    if question.collects and was:
        session.answers[f"~{question.key}"] = was
    return _next(flow, session, moment, f"Mục này đang ghi: {_value(question, was)}.")


def _leave_as_it_was(session: Session) -> None:
    """Gives up a change that was begun, so that the items keep the numbers the person saw."""
    session.answers.pop(_DOUBT, None)
    changing = session.answers.pop(_EDIT, None)
    if changing is not None:
        session.answers[changing["key"]] = changing["was"]


def _confirm_page(flow: Flow[Any], session: Session, form: Form[Any], lead: str) -> Reply:
    shown = _shown(flow, form)
    lines = [f"{i}. {q.label}: {_value(q, form.get(q.key))}" for i, q in enumerate(shown, start=1)]
    head = flow.heads(form) or f"{flow.title}. Anh/chị xem lại giúp em:"
    here = mark(session.id, CONFIRM)
    read = session.answers.get(READ, {})
    buttons = (
        Button(label="Gửi", token=f"w.{here}.gui", says="gửi"),
        Button(label="Sửa", token=f"w.{here}.sua", says="sửa mục 2"),
        # What was read out of free text may be wrong: each is one tap away from being put right.
        *(
            Button(label=f"Sửa {i}", token=f"w.{here}.sua muc {i}", says=f"sửa mục {i}")
            for i, question in enumerate(shown, start=1)
            if question.key in read and question.optional
        ),
    )
    return Reply(words="\n".join([*([lead, ""] if lead else []), head, *lines]), buttons=buttons)


def _value(question: Question, value: Any) -> str:
    return "(bỏ qua)" if value is None else question.shows(value)


def _shown(flow: Flow[Any], form: Form[Any]) -> list[Question]:
    return [q for q in flow.asks(form) if q.only_if(form) and form.has(q.key)]


# --- where we are --------------------------------------------------------------------------------


def _next(flow: Flow[Any], session: Session, moment: Moment, lead: str = "") -> Turn:
    form = _form(session, moment)
    asked = _asked(flow, session, form)
    if asked is not None:
        session.asked = asked.key
        return Turn((asked.reply(session.id, _joined(lead, _held(session, asked))),), session)
    session.asked = CONFIRM
    if not flow.confirms or SENT in session.answers:
        replies = (Reply(words=lead),) if lead else ()
        return Turn(replies, session, (Submit(session),))
    return Turn((_confirm_page(flow, session, form, lead),), session)


def _held(session: Session, asked: Question) -> str:
    """Pictures that came before their question was put."""
    held = session.answers.get(f"~{asked.key}")
    return (
        f"Em đang giữ {len(held)} ảnh, gửi thêm hoặc gõ XONG ạ."
        if held and not asked.options
        else ""
    )


def _asked(flow: Flow[Any], session: Session, form: Form[Any]) -> Question | None:
    """The first question that applies and has no answer; the one being changed goes first."""
    questions = flow.asks(form)
    changing = session.answers.get(_EDIT)
    if changing is not None:
        questions = sorted(questions, key=lambda q: q.key != changing["key"])
    for question in questions:
        if question.key not in form.answers and question.only_if(form):
            return question
    return None


def _form(session: Session, moment: Moment) -> Form[Any]:
    return Form(session.brief, session.answers, moment)


def _out_of_turn(
    flow: Flow[Any], session: Session, said: Said, asked: Question | None, moment: Moment
) -> Turn | None:
    """A picture or a pin that comes after its question still belongs to the form: order loses nothing."""
    if isinstance(said, Text):
        return None
    form = _form(session, moment)
    words = late.photo(flow, session, form, said, asked)
    if words:
        turn = _next(flow, session, moment, words)
        return Turn(tuple(_resting(reply) for reply in turn.replies), session)
    words = late.place(flow, session, form, said, asked)
    return _next(flow, session, moment, words) if words else None


def _resting(reply: Reply) -> Reply:
    return msgspec.structs.replace(reply, slot="more", after_s=_REST_S)


def _typed(tap: Tap, session: Session, asked: Question | None) -> Text | None:
    """What a tap stands for when it belongs to the question that is open now; None when it is an old button."""
    kind, here, value = tapped(tap)
    key = asked.key if asked is not None else CONFIRM
    if here == mark(session.id, key) and kind in ("q", "w"):
        return Text(value)
    return None


def _stale(flow: Flow[Any], session: Session, moment: Moment) -> Turn:
    return _next(flow, session, moment, "Nút đó của câu trước rồi ạ. Mình đang ở câu này:")


def _joined(*parts: str) -> str:
    return "\n".join(part for part in parts if part)


def keep(words: str, asked: str = "") -> Act:
    """Words that opened nothing are kept for a person to read."""
    return Keep(words, asked)
