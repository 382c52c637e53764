"""One reply becomes as many messages as a channel needs, within what it can carry.

Buttons where there are buttons, numbered replies everywhere else; long words split at
paragraphs, then at sentences, then at spaces. Lengths are UTF-16 units, the strictest
way any of the platforms counts (Zalo reference, part C, point 4).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from bot.channels.base import Abilities
from bot.events import Button, Reply

ButtonRows = tuple[tuple[tuple[str, str], ...], ...]


@dataclass(frozen=True)
class Part:
    """One message of a reply. Only the last part carries buttons; photos and files come first."""

    words: str
    buttons: ButtonRows = ()
    photos: tuple[int, ...] = ()
    files: tuple[int, ...] = ()
    asks_place: bool = False
    asks_contact: bool = False


def render(reply: Reply, can: Abilities) -> tuple[Part, ...]:
    """The messages that say `reply` on a channel that `can`. Never empty; no part is over the limits."""
    words = unicodedata.normalize("NFC", _with_typed_choices(reply, can))
    parts = [*_media_parts(reply, can)]
    texts = (_numbered if can.numbers_parts else split)(words, can.text_limit) if words else []
    parts += [Part(text) for text in texts]
    if not parts:
        parts = [Part("…")]
    last = parts[-1]
    parts[-1] = Part(
        words=last.words,
        photos=last.photos,
        files=last.files,
        buttons=rows(reply.buttons[: can.buttons], can.button_label_limit),
        asks_place=reply.asks_place,
        asks_contact=reply.asks_contact,
    )
    return tuple(parts)


def _media_parts(reply: Reply, can: Abilities) -> list[Part]:
    albums = [
        Part("", photos=reply.photos[start : start + can.photos_out])
        for start in range(0, len(reply.photos), can.photos_out or 1)
        if can.photos_out
    ]
    return albums + [Part("", files=(file,)) for file in reply.files if can.files_out]


def _with_typed_choices(reply: Reply, can: Abilities) -> str:
    """What buttons cannot show is said in words; nothing is added where every choice has its button."""
    fit = len(reply.buttons) <= can.buttons
    choices = [b for b in reply.buttons if reply.numbered and b.says.isdigit()]
    if fit and not (can.numbers_choices and choices):
        return reply.words
    shortcuts = [b for b in reply.buttons if b not in choices and b.says and not fit]
    lines = [reply.words, *(f"{b.says}. {b.label}" for b in choices)]
    if choices:
        lines.append("(Gõ số để chọn ạ.)")
    if shortcuts:
        lines.append("; ".join(f"gõ {b.says.upper()}: {b.label}" for b in shortcuts))
    return "\n".join(line for line in lines if line)


def rows(buttons: tuple[Button, ...], label_limit: int) -> ButtonRows:
    """Buttons in rows that an old phone shows whole: short labels share a row, long ones stand alone."""
    laid: list[tuple[tuple[str, str], ...]] = []
    row: list[tuple[str, str]] = []
    for button in buttons:
        cell = (_cut(button.label, label_limit), button.token)
        if row and sum(len(label) for label, _ in [*row, cell]) > _ROW_LETTERS:
            laid.append(tuple(row))
            row = []
        row.append(cell)
    return (*laid, tuple(row)) if row else tuple(laid)


_ROW_LETTERS = 22
"""About what a 360-pixel screen shows in one row of buttons before labels are cut."""


def _cut(label: str, limit: int) -> str:
    return label if len(label) <= limit else f"{label[: limit - 1]}…"


def split(words: str, limit: int) -> list[str]:
    """`words` in pieces of at most `limit` UTF-16 units, cut where a reader would pause."""
    pieces = []
    rest = words.strip()
    while units(rest) > limit:
        cut = _cut_at(rest, limit)
        pieces.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*pieces, rest] if rest else pieces


def _numbered(words: str, limit: int) -> list[str]:
    """As `split`, with "(1/3)" before each of several parts."""
    if units(words.strip()) <= limit:
        return split(words, limit)
    pieces = split(words, limit - _NUMBER_UNITS)
    return [f"({n}/{len(pieces)}) {piece}" for n, piece in enumerate(pieces, start=1)]


_NUMBER_UNITS = len("(999/999) ")


def units(words: str) -> int:
    """Length in UTF-16 units: an emoji counts two."""
    return len(words) + sum(1 for letter in words if ord(letter) > 0xFFFF)


def _cut_at(words: str, limit: int) -> int:
    end = used = 0
    while used + (width := units(words[end])) <= limit:
        used += width
        end += 1
    head = words[:end]
    for pause in (r"\n\n", r"\n", r"[.!?…]\s", r"\s"):
        found = [match.end() for match in re.finditer(pause, head)]
        if found and found[-1] > limit // 3:
            return found[-1]
    return end
