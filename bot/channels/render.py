"""One reply becomes as many messages as a channel needs, within what it can carry.

Buttons where there are buttons, numbered replies everywhere else; long words split at
paragraphs, then at sentences, then at spaces. Lengths are UTF-16 units, the strictest
way any of the platforms counts (Zalo reference, part C, point 4).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace

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
    """The messages that say `reply` on a channel that `can`. Never empty; no part is over the limits.

    Each part is one call of a channel: an album, one file, or words. Words go under a single
    photo, file or album when they fit its caption; an album carries no buttons, so that with
    buttons the words follow it.
    """
    words = _with_unseen(_with_typed_choices(reply, can), reply, can)
    words = unicodedata.normalize("NFC", words)
    parts = _media_parts(reply, can)
    buttons = rows(reply.buttons[: can.buttons], can.button_label_limit)
    keys = bool(buttons or reply.asks_place or reply.asks_contact)
    if len(parts) == 1 and _captions(parts[0], words, can, keys=keys):
        parts = [replace(parts[0], words=words.strip())]
    else:
        cut = _numbered if can.numbers_parts else split
        parts += [Part(text) for text in cut(words, can.text_limit)]
    if not parts or (keys and not _carries_keys(parts[-1], can)):
        parts.append(Part("…" if not keys else _CHOOSE))
    parts[-1] = replace(
        parts[-1],
        buttons=buttons,
        asks_place=reply.asks_place,
        asks_contact=reply.asks_contact,
    )
    return tuple(parts)


_CHOOSE = "Anh/chị chọn giúp em nhé:"


def _captions(media: Part, words: str, can: Abilities, *, keys: bool) -> bool:
    """Whether the words, and the buttons if there are any, go under this very photo, file or album."""
    fits = units(words) <= can.caption_limit and (not media.files or can.file_captions)
    return fits and (not keys or _carries_keys(media, can))


def _carries_keys(part: Part, can: Abilities) -> bool:
    return len(part.photos) <= 1 and (not part.files or can.file_captions)


def _media_parts(reply: Reply, can: Abilities) -> list[Part]:
    albums = [
        Part("", photos=reply.photos[start : start + can.photos_out])
        for start in range(0, len(reply.photos), can.photos_out or 1)
        if can.photos_out
    ]
    return albums + [Part("", files=(file,)) for file in reply.files if can.files_out]


def _with_unseen(words: str, reply: Reply, can: Abilities) -> str:
    """What this channel cannot show is at least told of."""
    unseen = []
    if reply.photos and not can.photos_out:
        unseen.append(f"{len(reply.photos)} ảnh")
    if reply.files and not can.files_out:
        unseen.append(f"{len(reply.files)} tệp")
    if not unseen:
        return words
    note = f"(Kèm {' và '.join(unseen)}, ở kênh này em không gửi được ạ.)"
    return f"{words}\n{note}" if words.strip() else note


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
        letters = sum(len(label) for label, _ in [*row, cell])
        if row and (letters > _ROW_LETTERS or len(row) == _ROW_BUTTONS):
            laid.append(tuple(row))
            row = []
        row.append(cell)
    return (*laid, tuple(row)) if row else tuple(laid)


_ROW_LETTERS = 22
"""About what a 360-pixel screen shows in one row of buttons before labels are cut."""

_ROW_BUTTONS = 6
"""No thumb finds the right one among more; Telegram takes at most 8 in a row."""


def _cut(label: str, limit: int) -> str:
    return label if len(label) <= limit else f"{label[: limit - 1]}…"


def split(words: str, limit: int) -> list[str]:
    """`words` in pieces of at most `limit` (2 or more) UTF-16 units, cut where a reader would pause."""
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
