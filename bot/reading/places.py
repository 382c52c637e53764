"""Who is reporting and where it happens, as the words that say so."""

from bot.reading.lexicon import Hit
from bot.reading.marks import Marks
from bot.reading.tokens import Token

Words = tuple[int, int]
"""First and last token of a phrase."""

_POSSESSIVES = frozenset(
    {"em", "minh", "ta", "toi", "nha", "xa", "phuong", "huyen", "thon", "thi", "thanh", "tran"}
)
_STOPPERS = frozenset(
    "da dang se vua ra quan don trong bao cao to chuc phat dong co lam gom thu moi chua dat duoc dc di va o la thi bi lai toi hom sang chieu qua nay xa thai khoi bay".split()
)


def unit_words(marks: Marks) -> Words | None:
    """The words that name the reporting unit: "chi hội PN thôn 3", "nhà em", "Đoàn xã"."""
    if not marks.organisations:
        return None
    first = min(marks.organisations)
    last = marks.organisations[first]
    while (following := _continues(marks, last)) is not None:
        last = following
    return first, last


def _continues(marks: Marks, last: int) -> int | None:
    at = last + 1
    if at >= len(marks.items) or marks.items[at].newline or marks.items[at].sort == "sign":
        return None
    if at in marks.organisations:
        return marks.organisations[at]
    if marks.blocked.get(at, "").startswith("number of") or marks.plain(at) in _POSSESSIVES:
        return at
    return at if _is_capital(marks, marks.items[at]) else None


def _is_capital(marks: Marks, token: Token) -> bool:
    start, _ = marks.tokens.folded.span(token.start, token.end)
    letter = marks.tokens.folded.original[start]
    return token.sort == "word" and letter.isupper()


def place_words(marks: Marks) -> Words | None:
    """The words that say where: "lề đường liên thôn đoạn gần nghĩa trang", "cống Bình"."""
    nouns = _longest(marks, "nouns")
    befores = _longest(marks, "before")
    ending = {hit.last: first for first, hit in befores.items()}
    for first in sorted(nouns):
        if first in marks.blocked:
            continue
        start = first
        while (earlier := ending.get(start - 1)) is not None and marks.same_clause(earlier, first):
            start = earlier if marks.plain(earlier) not in ("o", "tai", "ngay") else start
            if start != earlier:
                break
        return start, _place_end(marks, nouns, befores, nouns[first].last)
    return None


def _longest(marks: Marks, label: str) -> dict[int, Hit]:
    found: dict[int, Hit] = {}
    for hit in marks.hits:
        if hit.entry.table == "place" and hit.entry.label == label:
            held = found.get(hit.first)
            if held is None or hit.last > held.last:
                found[hit.first] = hit
    return found


def _place_end(marks: Marks, nouns: dict[int, Hit], befores: dict[int, Hit], last: int) -> int:
    """Go on while names, numbers, further places and prepositions before them follow."""
    at = last + 1
    while at < len(marks.items) and marks.items[at].sort != "sign" and marks.same_clause(at, last):
        if at in nouns:
            last = nouns[at].last
        elif at in befores and befores[at].last + 1 in nouns:
            last = nouns[befores[at].last + 1].last
        elif marks.plain(at) not in _STOPPERS and (
            _is_capital(marks, marks.items[at]) or marks.blocked.get(at, "").startswith("number of")
        ):
            last = at
        else:
            break
        at = last + 1
    return last
