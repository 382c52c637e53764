"""Vietnamese text as a keyboard in raw Telex mode would leave it; for tests only."""

import re
import unicodedata

_TONES = {"\u0301": "s", "\u0300": "f", "\u0309": "r", "\u0303": "x", "\u0323": "j"}
_SHAPES = {"â": "aa", "ê": "ee", "ô": "oo", "ă": "aw", "ơ": "ow", "ư": "uw", "đ": "dd"}


def telex(text: str) -> str:
    """Each accented word as keystrokes, the tone key last: "đường" → "dduwowngf"."""
    return re.sub(
        r"[^\W\d_]+", lambda match: _word(match.group()), unicodedata.normalize("NFC", text)
    )


def _word(word: str) -> str:
    tone, keys = "", []
    for letter in word.lower():
        parts = unicodedata.normalize("NFD", letter)
        tone = next((_TONES[mark] for mark in parts if mark in _TONES), tone)
        toneless = unicodedata.normalize(
            "NFC", "".join(mark for mark in parts if mark not in _TONES)
        )
        keys.append(_SHAPES.get(toneless, toneless))
    return "".join(keys) + tone


def without_accents(text: str) -> str:
    """The text as typed on a keyboard without Vietnamese: đ → d, all marks dropped."""
    decomposed = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
