"""Turns what Zalo screens show back into the page of a transcript: numbers and "gõ …" are its buttons."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.emulators.zalo_lines import same
from tests.emulators.zalo_phone import SeenMessage

LABEL_LIMIT = 40
"""Labels are cut so on buttons; printed ones are whole, and are cut here to compare with other channels."""

_MARK = "(Gõ số để chọn ạ.)"
_CHOICE = re.compile(r"^(\d{1,2})\. (.+)$")
_SHORTCUT = re.compile(r"gõ (.+?): (.+?)(?=; gõ |$)")
_PART = re.compile(r"^\((\d+)/(\d+)\) ")


@dataclass(frozen=True)
class Shown:
    """A message as a transcript has it, and what may be typed for each of its labels."""

    words: str
    typed: dict[str, str]


def read_screen(text: str) -> Shown:
    """The words without printed choices, and the choices with what is typed for them."""
    lines = text.split("\n")
    typed: dict[str, str] = {}
    shortcuts: dict[str, str] = {}
    if lines and lines[-1].startswith("gõ ") and ": " in lines[-1]:
        shortcuts = {cut(label): words for words, label in _SHORTCUT.findall(lines.pop())}
    if lines and lines[-1] == _MARK:
        lines.pop()
        number = None
        while lines and (found := _CHOICE.match(lines[-1])) and number in (None, int(found[1]) + 1):
            number = int(found[1])
            typed = {cut(found[2]): found[1]} | typed
            lines.pop()
            if number == 1:
                break
    return Shown("\n".join(lines), typed | shortcuts)


def labels_of(message: SeenMessage) -> tuple[str, ...]:
    """The labels a transcript has for this message: its buttons, or all printed choices where there are more."""
    printed = tuple(read_screen(message.text).typed)
    return printed if len(printed) > len(message.buttons) else tuple(message.buttons)


def typed_for(label: str, screen: list[SeenMessage]) -> str:
    """What is typed for a label of the newest message that offers it.

    Raises:
        AssertionError: no message offers it.
    """
    for message in reversed(screen):
        for offered, words in read_screen(message.text).typed.items():
            if same(offered) == same(label):
                return words
    raise AssertionError(f"nobody printed a choice {label!r}")


def cut(label: str) -> str:
    """A label as long as buttons show it."""
    return label if len(label) <= LABEL_LIMIT else f"{label[: LABEL_LIMIT - 1]}…"


def put_together(messages: list[SeenMessage]) -> list[SeenMessage]:
    """Messages of one person, the numbered parts of a long one joined again."""
    joined: list[SeenMessage] = []
    for message in messages:
        part = _PART.match(message.text)
        if part is None or part[1] == "1":
            joined.append(message)
            continue
        before = joined.pop()
        text = f"{before.text}\n{message.text[part.end() :]}"
        joined.append(SeenMessage(message.message_id, message.kind, before.at, text, message.keys))
    return [_without_part(message) for message in joined]


def _without_part(message: SeenMessage) -> SeenMessage:
    part = _PART.match(message.text)
    if part is None:
        return message
    return SeenMessage(
        message.message_id, message.kind, message.at, message.text[part.end() :], message.keys
    )
