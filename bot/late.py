"""What comes out of turn: pictures and pins after their question, several answers in one text.

Each function takes what belongs to the form into the session's answers and returns the
sentence that says so, "" when nothing did. Pure, like `bot/conversation.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.events import File, Photo, Place, Said
from bot.flows.answers import Taken, short
from bot.flows.form import READ, Flow, Form, Gleaned, Keep, Session
from bot.flows.questions import Question


def photo(
    flow: Flow[Any], session: Session, form: Form[Any], said: Said, asked: Question | None
) -> str:
    """A picture while another question is open goes to the form's album."""
    if not isinstance(said, Photo | File) or said.media is None:
        return ""
    if asked is not None and asked.collects:
        return ""
    home = next((q for q in flow.asks(form) if q.collects and not q.options), None)
    if home is None:
        return ""
    held = session.answers.get(home.key) or session.answers.get(f"~{home.key}") or []
    where = home.key if form.has(home.key) else f"~{home.key}"
    session.answers[where] = [*held, said.media]
    return f"Em đã thêm ảnh vào phiếu ({len(held) + 1} ảnh)."


def place(
    flow: Flow[Any], session: Session, form: Form[Any], said: Said, asked: Question | None
) -> str:
    """A pin that comes after the place was told in words makes it exact."""
    if not isinstance(said, Place) or (asked is not None and asked.asks_place):
        return ""
    home = next((q for q in flow.asks(form) if q.asks_place and q.only_if(form)), None)
    answer = home.reads(said, form) if home is not None else None
    if home is None or not isinstance(answer, Taken):
        return ""
    told = session.answers.get(home.key)
    words = told.get("words", "") if isinstance(told, dict) else ""
    session.answers[home.key] = answer.value | {"words": words or answer.value["words"]}
    return "Em đã ghi vị trí vào phiếu."


def glean(
    flow: Flow[Any], session: Session, form: Form[Any], words: str, *, replaces: bool = False
) -> str:
    """Take what free text answers into empty questions; returns the sentence that says what was read.

    With `replaces`, answers already given are changed too (on the confirm page, where each is
    shown); words that take a figure back ("nhầm, 54 chứ không phải 45") change theirs anywhere.
    """
    found: Mapping[str, Gleaned] = flow.gleans(form, words)
    labels = {q.key: q for q in flow.asks(form)}
    lines = []
    for key, one in found.items():
        if form.has(key) and not replaces and not one.corrects:
            continue
        session.answers[key] = one.value
        if key not in labels:
            continue  # notes of the flow itself, such as numbers it must ask about
        session.answers.setdefault(READ, {})[key] = one.quote
        whole_post = isinstance(one.value, str) and one.value.endswith(words)
        if not whole_post:  # the post kept as it is needs no reading out
            lines.append(_read_out(labels[key], one, words))
    return "\n".join(["Em đọc được:", *lines]) if lines else ""


def _read_out(question: Question, one: Gleaned, words: str) -> str:
    """One line: what was made of which words; the words are left out where they say the same."""
    shown = question.shows(one.value)
    quote = "" if one.quote in (shown, words) else f" (“{short(one.quote)}”)"
    return f"• {question.label}: {shown}{quote}"


def misread(
    flow: str, session: Session, asked: Question, changed: Mapping[str, Any] | None
) -> Keep | None:
    """What to keep for the lexicon when a person puts right what was read from their words.

    Only the words that were read, the value made of them and the right one; never the whole message.
    """
    quote = session.answers.get(READ, {}).get(asked.key)
    if quote is None or changed is None or changed["key"] != asked.key:
        return None
    value = session.answers.get(asked.key)
    if value == changed["was"]:
        return None
    wrong = asked.shows(changed["was"]) if changed["was"] is not None else ""
    right = asked.shows(value) if value is not None else "bỏ"
    return Keep(f"{short(quote)} | {wrong} | {right}", f"reading:{flow}.{asked.key}")
