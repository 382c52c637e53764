"""Vietnamese text without its accents, with the way back to what the person typed.

People type with accents, without them, half and half, or with the raw keystrokes
of a Telex keyboard ("duowngf"). Everything in this package compares folded words
and only looks at accents where two words would otherwise be one ("hộ" / "hố").
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from bot.reading.telex import decode_word

_DASHES = "‐‑‒–—―−~"
_QUOTES = "“”„«»"


def _folding_table() -> dict[int, str]:
    table: dict[int, str] = {}
    for code in [*range(0xC0, 0x250), *range(0x1E00, 0x1F00)]:
        base = unicodedata.normalize("NFD", chr(code))[0]
        if base != chr(code):
            table[code] = base.lower()
    table.update({ord("đ"): "d", ord("Đ"): "d", ord("ð"): "d", ord("ø"): "o"})
    table.update({ord(dash): "-" for dash in _DASHES})
    table.update({ord(quote): '"' for quote in _QUOTES})
    return table


_FOLDING = _folding_table()
_INVISIBLE = frozenset("\u200b\u200c\u2060\ufeff\u00ad")
# Runs that only need lower case: plain and precomposed letters with no loose mark behind them.
_ORDINARY = re.compile(
    r"(?:[\x00-\x7f\xc0-\xff\u0100-\u012f\u0168\u0169\u01a0\u01a1\u01af\u01b0\u1ea0-\u1ef9](?![\u0300-\u036f]))+"
)
# A run of letters that could hold Telex marks: a tone key, w, or a doubled letter.
_TELEX_WORD = re.compile(r"(?<![^\W\d_])[a-z]{2,11}(?![^\W_])")


@dataclass(frozen=True, slots=True)
class Folded:
    """A message in two aligned spellings, and the way back to the original.

    `plain` and `form` have the same length: `plain` has no accents, `form` keeps
    them (lower-case, composed, Telex decoded). `starts` gives for each character
    the index in the original text, or is None when the indices are the same.
    """

    original: str
    plain: str
    form: str
    starts: tuple[int, ...] | None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where plain[start:end] stands in the original text."""
        if self.starts is None or start >= end:
            return start, end
        last, after = self.starts[end - 1], end
        while after < len(self.starts) and self.starts[after] <= last:
            after += 1
        return self.starts[start], self.starts[after] if after < len(self.starts) else len(
            self.original
        )


def fold(text: str) -> str:
    """The text in lower case without accents: "Thôn Đông Lĩnh" → "thon dong linh".

    Composed and decomposed Unicode give the same result; full-width and
    superscript characters become plain ones. Telex keystrokes are left alone.
    """
    if text.isascii():
        return text.lower()
    form, _ = _lowered(text)
    return form.translate(_FOLDING)


def fold_with_map(text: str) -> Folded:
    """The text folded and Telex-decoded, knowing where each character came from."""
    form, starts = _lowered(text)
    form, starts = _telex_decoded(form, starts)
    return Folded(text, form.translate(_FOLDING), form, starts)


def _lowered(text: str) -> tuple[str, tuple[int, ...] | None]:
    if unicodedata.is_normalized("NFKC", text) and not _INVISIBLE.intersection(text):
        lowered = text.lower()
        if len(lowered) == len(text):
            return lowered, None
    return _lowered_slowly(text)


def _lowered_slowly(text: str) -> tuple[str, tuple[int, ...]]:
    """Letter by letter where needed: for decomposed, full-width or otherwise odd text."""
    letters: list[str] = []
    starts: list[int] = []
    at = 0
    while at < len(text):
        ordinary = _ORDINARY.match(text, at)
        end = ordinary.end() if ordinary else _cluster_end(text, at)
        if ordinary:
            letters.append(text[at:end].lower())
            starts += range(at, end)
        else:
            composed = _composed(text[at:end])
            letters.append(composed)
            starts += [at] * len(composed)
        at = end
    return "".join(letters), tuple(starts)


def _cluster_end(text: str, at: int) -> int:
    """The end of one letter with its loose marks; a cap keeps pranks with many marks cheap."""
    end = at + 1
    while end < len(text) and end - at < 20 and unicodedata.combining(text[end]):
        end += 1
    return end


@lru_cache(maxsize=8192)
def _composed(cluster: str) -> str:
    if cluster[0] in _INVISIBLE:
        return ""
    composed = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", cluster).lower())
    bare = "".join(letter for letter in composed if not unicodedata.combining(letter))
    return bare.replace("\u2044", "/")


def _telex_decoded(form: str, starts: tuple[int, ...] | None) -> tuple[str, tuple[int, ...] | None]:
    words = [(match.start(), match.end(), match.group()) for match in _TELEX_WORD.finditer(form)]
    changes = _decoded_words(words)
    if not changes:
        return form, starts
    parts: list[str] = []
    where: list[int] = []
    at = 0
    for start, end, decoded in changes:
        parts += [form[at:start], decoded]
        where += range(at, start)
        # The last letter points at the last keystroke, so that spans cover the whole word.
        where += [start + min(i, end - start - 1) for i in range(len(decoded) - 1)] + [end - 1]
        at = end
    parts.append(form[at:])
    where += range(at, len(form))
    back = tuple(where) if starts is None else tuple(starts[i] for i in where)
    return "".join(parts), back


def _decoded_words(words: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """The Telex words with what they mean; words that are also English ("car", "max")
    only count as Telex in the company of a word that is nothing else."""
    decoded = [(start, end, word, decode_word(word)) for start, end, word in words]
    if all(meant is None for *_, meant in decoded):
        return []
    return [
        (start, end, meant)
        for start, end, word, said in decoded
        if (meant := said if said is not None else decode_word(word, also_english=True)) is not None
    ]
