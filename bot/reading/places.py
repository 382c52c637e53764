"""Who is reporting and where it happens, as the words that say so."""

from bot.reading.lexicon import Hit
from bot.reading.marks import Marks
from bot.reading.tokens import Token

Words = tuple[int, int]
"""First and last token of a phrase."""

_POSSESSIVES = frozenset("em minh ta toi nha xa phuong huyen thon thi thanh pho tran".split())
# Bodies everybody has: which one is meant is only said by a name, a number or "em", "mình".
_NAMELESS = frozenset(
    [
        *"thon xom ap ban lang khu to xa phuong huyen pn tn truong doi khoi tdp".split(),
        "khu pho",
        "khoi pho",
        "to dan pho",
        "chi hoi",
    ]
)
_NOT_PLACES = frozenset(
    {
        ("hang", "xom"),
        ("bon", "cau"),
        ("nhu", "cau"),
        ("yeu", "cau"),
        ("bao", "xa"),
        ("mong", "xa"),
        ("de", "nghi"),
    }
)
_INTO = frozenset({"ra", "xuong", "vao", "o", "tai"})
_DISCHARGED = frozenset(
    "nuoc thai rac khoi thang ra xuong trom bay mui bun dau hoa vao day tran".split()
)
_VAGUE_PLACES = frozenset(
    {"vuon", "dong", "san", "xa", "phuong", "duong", "nha", "khu", "to", "truong"}
)


def unit_words(marks: Marks) -> Words | None:
    """The words that name the reporting unit: "chi hội PN thôn 3", "nhà em", "Đoàn xã"."""
    passed = -1
    for first in sorted(marks.organisations):
        if first <= passed:
            continue
        last = marks.organisations[first]
        while (following := _continues(marks, last)) is not None:
            last = following
        passed = last
        words = " ".join(marks.plain(at) for at in range(first, last + 1))
        if words not in _NAMELESS:
            return first, last
    return None


def _continues(marks: Marks, last: int) -> int | None:
    at = last + 1
    if at >= len(marks.items) or marks.items[at].newline or marks.items[at].sort == "sign":
        return None
    if at in marks.organisations:
        return marks.organisations[at]
    if marks.plain(at) in _POSSESSIVES and marks.form(at) not in ("tới", "tối"):
        return at
    return at if _is_named(marks, at) else None


def _is_capital(marks: Marks, token: Token) -> bool:
    start, _ = marks.tokens.folded.span(token.start, token.end)
    letter = marks.tokens.folded.original[start]
    return token.sort == "word" and letter.isupper()


def place_words(marks: Marks) -> Words | None:
    """The words that say where: "lề đường liên thôn đoạn gần nghĩa trang", "cống Bình".

    Of several places the one that says most is taken: a name or number counts more
    than a second word or a preposition before it.
    """
    nouns = _longest(marks, "nouns")
    befores = _longest(marks, "before")
    ending = {hit.last: first for first, hit in befores.items()}
    best: tuple[int, Words] | None = None
    passed = -1
    for first in sorted(nouns):
        if first <= passed or first in marks.blocked or _is_no_place(marks, first):
            continue
        start = _place_start(marks, ending, first)
        last = _place_end(marks, nouns, befores, nouns[first].last)
        passed = last
        telling = 2 * _has_name(marks, first, last) + (last > first) + (start < first)
        telling += marks.plain(first - 1) in _INTO  # "xả ra mương", "đổ xuống ao": there it lies
        if marks.plain(first) in _VAGUE_PLACES and last == first:
            telling -= 1
        if best is None or telling > best[0]:
            best = telling, (start, last)
    return best[1] if best is not None else None


def _is_no_place(marks: Marks, at: int) -> bool:
    if marks.form(at) == "xa" and marks.plain(at + 1) in _DISCHARGED:
        return True  # "nha may xa nuoc thai": xả
    if marks.form(at) == "xa" and marks.plain(at + 1) in ("oi", "ngoi"):
        return True
    return (marks.plain(at - 1), marks.plain(at)) in _NOT_PLACES


def _has_name(marks: Marks, first: int, last: int) -> bool:
    return any(_is_named(marks, at) for at in range(first + 1, last + 1))


def _is_named(marks: Marks, at: int) -> bool:
    return _is_capital(marks, marks.items[at]) or _is_own_number(marks, at)


def _is_own_number(marks: Marks, at: int) -> bool:
    return marks.blocked.get(at, "").startswith(("number of", "road or document"))


def _place_start(marks: Marks, ending: dict[int, int], first: int) -> int:
    """With the preposition before the noun, but without "ở" and "tại"."""
    earlier = ending.get(first - 1)
    if (
        earlier is None
        or not marks.same_clause(earlier, first)
        or marks.plain(earlier) in ("o", "tai", "ngay", "ngoai")
    ):
        return first
    return earlier


def _longest(marks: Marks, label: str) -> dict[int, Hit]:
    found: dict[int, Hit] = {}
    for hit in marks.hits_of("place"):
        if hit.entry.label == label:
            held = found.get(hit.first)
            if held is None or hit.last > held.last:
                found[hit.first] = hit
    return found


def _place_end(marks: Marks, nouns: dict[int, Hit], befores: dict[int, Hit], last: int) -> int:
    """Go on while names, numbers, further places and prepositions before them follow."""
    at = last + 1
    while at < len(marks.items) and marks.items[at].sort != "sign" and marks.same_clause(at, last):
        if at in nouns and not _is_no_place(marks, at):
            last = nouns[at].last
        elif at in befores and befores[at].last + 1 in nouns:
            last = nouns[befores[at].last + 1].last
        elif _is_named(marks, at):
            last = at
        else:
            break
        at = last + 1
    return last
