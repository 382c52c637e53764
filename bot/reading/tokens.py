"""A message cut into numbers, words and signs, each folded and placed in the original."""

from __future__ import annotations

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


_Piece = tuple[Sort, str, str, int, int, bool, bool]
"""A token's fields before it is known whether its writer types accents."""


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


# Hundreds are made for a message; the tuple's own constructor is half as dear as the class's.
_token = tuple.__new__


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
    pieces: list[_Piece] = []
    before = 0
    for match in _TOKEN.finditer(plain):
        start, end = match.span()
        sort: Sort = match.lastgroup  # type: ignore[assignment]  # the three group names
        glued = start == before and start > 0
        newline = not glued and plain.find("\n", before, start) >= 0
        pieces.append((sort, plain[start:end], form[start:end], start, end, glued, newline))
        before = end
    return Tokens(folded, tuple(_with_accents(pieces, plain != form)))


def _with_accents(pieces: list[_Piece], any_accents: bool) -> list[Token]:
    if not any_accents:
        return [_token(Token, (*piece, False)) for piece in pieces]
    stretches = _stretches(pieces)
    counts = [_Marking.of(stretch, _COURTESIES) for stretch in stretches]
    whole = _Marking(*map(sum, zip(*counts, strict=True)))
    accented = (whole if whole.words > 1 else _Marking.of(pieces, frozenset())).tells() or False
    judged: list[Token] = []
    for stretch, count in zip(stretches, counts, strict=True):
        said = count.tells()
        accented = accented if said is None else said  # "40 ng" is typed like what was before it
        judged += (
            [_token(Token, (*piece, not _lacks_marks(piece))) for piece in stretch]
            if accented
            else [_token(Token, (*piece, False)) for piece in stretch]
        )
    return judged


@lru_cache(maxsize=4096)
def _must_be_marked(word: str) -> bool:
    return len(word) > 2 and _MARK_LEFT_OUT.fullmatch(word) is not None


def _lacks_marks(piece: _Piece) -> bool:
    return piece[2] == piece[1] and piece[0] == "word" and _must_be_marked(piece[1])


def _stretches(pieces: list[_Piece]) -> list[list[_Piece]]:
    stretches: list[list[_Piece]] = [[]]
    for piece in pieces:
        sort, plain = piece[0], piece[1]
        ends = sort == "sign" and (plain in _STRETCH_ENDS or not plain.isascii())
        if ends or piece[6]:
            stretches.append([])
        stretches[-1].append(piece)
    return stretches


class _Marking(NamedTuple):
    """How many words a stretch holds, how many carry accents, how many had one left out."""

    words: int
    accented: int
    lacking: int

    @classmethod
    def of(cls, pieces: list[_Piece], without: frozenset[str]) -> _Marking:
        words = accented = lacking = 0
        for piece in pieces:
            sort, plain, form = piece[:3]
            if form in without:
                continue
            words += sort == "word"
            if form != plain:
                accented += 1
            elif sort == "word":
                lacking += _must_be_marked(plain)
        return cls(words, accented, lacking)

    def tells(self) -> bool | None:
        """Whether the writer types accents here, None when these words do not tell."""
        if self.words < _TELLING_WORDS:
            return None if bool(self.accented) == bool(self.lacking) else bool(self.accented)
        return self.accented > self.words * _ACCENTED_SHARE and self.accented > 2 * self.lacking
