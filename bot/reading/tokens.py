"""A message cut into numbers, words and signs, each folded and placed in the original."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

from bot.reading.fold import Folded, fold_with_map

Sort = Literal["number", "word", "sign"]
_TOKEN = re.compile(r"(?P<number>\d+(?:[.,]\d+)*)|(?P<word>[^\W\d_]+)|(?P<sign>\S)")
# So many words of a stretch carry accents when the writer types them (three in five do, in the corpus).
_ACCENTED_SHARE = 0.3
# A syllable with iê, uô, ươ, yê or a final c, ch, p, t must carry a mark: without one it was left out.
_MARK_LEFT_OUT = re.compile(r"[a-z]*(?:ie|uo|ye)[a-z]*|[a-z]*[aeiouy](?:c|ch|p|t)")
# A shorter stretch says too little about itself and is judged with the whole message.
_TELLING_WORDS = 4
# Even those who type no accents write these with one; they say nothing about the words beside them.
_COURTESIES = frozenset({"ạ", "dạ", "à", "ơi", "ừ", "nhé", "vâng"})
_STRETCH_ENDS = frozenset(",;.!?():\n")


class Token(NamedTuple):
    """One piece of a message; `start` and `end` count in the folded text."""

    sort: Sort
    plain: str
    form: str
    start: int
    end: int
    glued: bool  # no blank between this token and the one before
    newline: bool  # stands at the beginning of a line
    accented: bool = False  # the writer types accents in this stretch of the message


@dataclass(frozen=True, slots=True)
class Tokens:
    """The pieces of one message.

    Where a writer types accents (`Token.accented`) a bare "sau" means "after" and
    never "six". People quote and forward, so this is judged stretch by stretch.
    """

    folded: Folded
    items: tuple[Token, ...]

    def quote(self, first: int, last: int) -> str:
        """The original words from token `first` up to and including token `last`."""
        start, end = self.span(first, last)
        return self.folded.original[start:end]

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Where those tokens stand in the original text."""
        return self.folded.span(self.items[first].start, self.items[last].end)


def tokenize(text: str) -> Tokens:
    """Cut a message into tokens; never fails, whatever the text holds."""
    return tokenize_folded(fold_with_map(text))


def tokenize_folded(folded: Folded) -> Tokens:
    """As `tokenize`, for a text that has been folded already."""
    plain, form = folded.plain, folded.form
    items: list[Token] = []
    before = 0
    for match in _TOKEN.finditer(plain):
        start, end = match.span()
        sort: Sort = match.lastgroup  # type: ignore[assignment]  # the three group names
        gap = plain[before:start]
        glued, newline = not gap and start > 0, "\n" in gap
        items.append(Token(sort, match.group(), form[start:end], start, end, glued, newline))
        before = end
    return Tokens(folded, tuple(_with_accents(items)))


def _with_accents(items: list[Token]) -> list[Token]:
    if not any(token.form != token.plain for token in items):
        return items
    judged: list[Token] = []
    accented = _types_accents(items, whole=True) or False
    for stretch in _stretches(items):
        said = _types_accents(stretch)
        accented = accented if said is None else said  # "40 ng" is typed like what was before it
        judged += [_accented(token) for token in stretch] if accented else stretch
    return judged


def _accented(token: Token) -> Token:
    return token if _lacks_marks(token) else Token(*token[:7], True)


@lru_cache(maxsize=4096)
def _must_be_marked(word: str) -> bool:
    return len(word) > 2 and _MARK_LEFT_OUT.fullmatch(word) is not None


def _lacks_marks(token: Token) -> bool:
    return token.sort == "word" and token.form == token.plain and _must_be_marked(token.plain)


def _stretches(items: list[Token]) -> list[list[Token]]:
    stretches: list[list[Token]] = [[]]
    for token in items:
        ends = token.sort == "sign" and (token.plain in _STRETCH_ENDS or not token.plain.isascii())
        if ends or token.newline:
            stretches.append([])
        stretches[-1].append(token)
    return stretches


def _types_accents(tokens: list[Token], whole: bool = False) -> bool | None:
    """Whether the writer types accents here, None when these words do not tell."""
    said = [token for token in tokens if token.form not in _COURTESIES]
    if not whole or sum(token.sort == "word" for token in said) > 1:
        tokens = said
    words = sum(token.sort == "word" for token in tokens)
    accented = sum(token.form != token.plain for token in tokens)
    lacking = sum(_lacks_marks(token) for token in tokens)
    if words < _TELLING_WORDS:
        return None if bool(accented) == bool(lacking) else bool(accented)
    return accented > words * _ACCENTED_SHARE and accented > 2 * lacking
