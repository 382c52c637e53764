"""A message cut into numbers, words and signs, each folded and placed in the original."""

import re
from dataclasses import dataclass
from typing import Literal, NamedTuple

from bot.reading.fold import Folded, fold_with_map

Sort = Literal["number", "word", "sign"]
_TOKEN = re.compile(r"(?P<number>\d+(?:[.,]\d+)*)|(?P<word>[^\W\d_]+)|(?P<sign>\S)")
# A fifth of the words carrying accents shows that the writer types them.
_ACCENTED_SHARE = 0.2


class Token(NamedTuple):
    """One piece of a message; `start` and `end` count in the folded text."""

    sort: Sort
    plain: str
    form: str
    start: int
    end: int
    glued: bool  # no blank between this token and the one before
    newline: bool  # stands at the beginning of a line


@dataclass(frozen=True, slots=True)
class Tokens:
    """The pieces of one message.

    `accented` tells whether the writer types accents: then a bare "sau" means
    "after" and never "six".
    """

    folded: Folded
    items: tuple[Token, ...]
    accented: bool

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
    words = accented = 0
    before = 0
    for match in _TOKEN.finditer(plain):
        start, end = match.span()
        sort: Sort = match.lastgroup  # type: ignore[assignment]  # the three group names
        piece = form[start:end]
        if sort == "word":
            words += 1
            accented += piece != match.group()
        gap = plain[before:start]
        items.append(
            Token(sort, match.group(), piece, start, end, not gap and start > 0, "\n" in gap)
        )
        before = end
    return Tokens(folded, tuple(items), accented > words * _ACCENTED_SHARE)
