"""Names as codes and as keys to compare by: "Thôn Đông Lĩnh" is `thon-dong-linh`."""

from __future__ import annotations

import re
import unicodedata


def plain(words: str) -> str:
    """Lower case, without accents, one space between words: what two spellings have in common."""
    letters = unicodedata.normalize("NFD", words.lower().replace("đ", "d"))
    kept = "".join(each for each in letters if not unicodedata.combining(each))
    return " ".join(re.findall(r"[a-z0-9]+", kept))


def slug(words: str) -> str:
    """A code out of a name, at most 60 characters; "" when no letter or digit is left."""
    return plain(words).replace(" ", "-")[:60].rstrip("-")
