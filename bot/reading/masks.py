"""Figures that are names, times or addresses: no result, whatever stands beside them.

Phone numbers, clock times, days, years, house and village numbers, ordinals and
campaign names ("5 không 3 sạch") are blocked before results are looked for.
"""

import re
from collections.abc import Iterator
from itertools import islice

from bot.reading.dates import DateFound, matches_at
from bot.reading.lexicon import Hit
from bot.reading.marks import Marks
from bot.reading.numbers import read_number

_PHONE = re.compile(r"(?<![\d.,])(?:\+?84|0)(?:[ .\-]?\d){8,10}(?!\d)")
_ACCOUNT = re.compile(r"(?<![\d.,])\d{9,}(?![.,]?\d)")
_CLOCK = re.compile(
    r"(?<![\d.,/])(?:[01]?\d|2[0-4])\s?(?:h|g|gio(?! (?:di cho|nhua|tre|rac|hoa|qua|xach|lan)\b))\s?(?:[0-5]?\d(?!\d)|ruoi|kem \d{1,2})?(?![a-z\d])(?:\s?(?:-|den|toi)\s?\d{1,2}\s?(?:h|g)\s?\d{0,2})?"
    r"|(?<![\d.,/])(?:[01]?\d|2[0-3]):[0-5]\d(?!\d)"
    r"|(?<=luc )(?<!nhan luc )(?:[01]?\d|2[0-4])(?: ruoi)?(?= (?:sang|toi|chieu|dem|trua)|\b(?! \w))"
)
_YEARS = re.compile(
    r"(?<![\d.,/])(?:19|20)\d\d\s?-\s?(?:19|20)\d\d(?!\d)|(?:\bnam |\bden nam |\bnien khoa )(?:19|20)\d\d\b"
    r"|(?<=[a-z] )20[12]\d(?=\s*(?:$|[.,;:!?)\n]|[^\x00-\x7f]| (?:roi|da|khoi dong|cua|tai|cho|voi|la|thon|xa|hoi)\b))"
    r"|(?<=thang )\d{1,2}\s?/\s?20\d\d\b|\bthang \d{1,2}(?:\s?(?:,|va|-)\s?(?:thang )?\d{1,2}\b(?! ?[a-z]))*"
)
_PLATES = re.compile(
    r"\b(?:ql|tl|dt|dh|hl|qd|nq|cv|ct|vb)\s?\.?\s?\d+[a-z]?\b|\bkm\s?\d+\s?\+\s?\d+"
)
_BULLET = re.compile(r"(?:^|\n)\s*(?:[-*+•]\s*)?\d{1,2}\s?[.)/:](?=\s)")
_MASKS = (
    (_BULLET, re.compile(r"^|\n"), "list number"),
    (_YEARS, re.compile(r"\d+|nam|den|nien|thang"), "year or month"),
    (_PLATES, re.compile(r"ql|tl|dt|dh|hl|qd|nq|cv|ct|vb|km"), "road or document number"),
)
"""Each with where it can begin: it is tried there, not at every letter."""
# These begin with a digit: they are tried where a figure stands, not at every letter.
_MASKS_AT_FIGURES = (
    (_PHONE, "phone number"),
    (_ACCOUNT, "account number"),
    (_CLOCK, "clock time"),
)
_MOST_MASKED = 200
# Up to this number "thôn 5 người dân" names the thôn; above it the people are counted.
_FEW = 20
_DWELLERS = frozenset(
    "nguoi dan|ba con|nhan dan|phu nu|hoi vien|pn|chi em|ccb|thanh nien|doan vien|nong dan|dan|nd".split(
        "|"
    )
)
_BODIES = frozenset("thon xom ap to khu doi hoi doan pho tdp kp khom lang".split())
_FIRM = frozenset({"participants", "households", "trees", "models"})
_JOINERS = frozenset({",", "va", "voi", "+", "-", "&", "den", "cung"})
_ALWAYS_ORDINAL = frozenset("thang thu luc cap hang giai loai lop hom quy ngay so".split())
_NOT_ORDINAL_AFTER = {
    "so": frozenset("tong quan con chi ti dan nhan".split()),
    "ngay": frozenset("moi mot 1 trong ca hai 2".split()),
}


def block_names_and_times(marks: Marks, dates: list[DateFound]) -> None:
    """Mark every token whose figure is a name, time, day, ordinal or number of something."""
    _block_spans(marks, [(found.at, found.until, "date") for found in dates])
    plain = marks.tokens.folded.plain
    if any(letter.isdigit() for letter in plain):
        _block_spans(marks, list(_masked_figures(marks)))
        for pattern, begins, reason in _MASKS:
            spans = [
                (match.start(), match.end(), reason)
                for match in matches_at(pattern, plain, begins)
                if "giỏ" not in marks.tokens.folded.form[match.start() : match.end()]
            ]
            _block_spans(marks, spans)
    for hit in marks.hits_of("slogan"):
        for at in range(hit.first, hit.last + 1):
            marks.blocked.setdefault(at, "campaign name")
    for at in sorted(marks.numbered_before):
        _block_number_of(marks, at)


def _masked_figures(marks: Marks) -> Iterator[tuple[int, int, str]]:
    plain, form = marks.tokens.folded.plain, marks.tokens.folded.form
    figures = (token for token in marks.items if token.sort == "number")
    for token in islice(figures, _MOST_MASKED):
        start = token.start - (plain[token.start - 1 : token.start] == "+")
        for pattern, reason in _MASKS_AT_FIGURES:
            match = pattern.match(plain, start)
            if match is None and start < token.start:
                match = pattern.match(plain, token.start)
            if match is not None and "giỏ" not in form[match.start() : match.end()]:
                yield match.start(), match.end(), reason
                break


def _block_spans(marks: Marks, spans: list[tuple[int, int, str]]) -> None:
    for start, end, reason in sorted(spans):
        for position in marks.starts_in(start, end):
            marks.blocked.setdefault(position, reason)


_VILLAGES = frozenset({"thon", "xom", "lang", "ap", "buon"})
# Typed without accents a village's name may look like a figure: "thon Nam Ha", "xom Tu".
_NAMES_LIKE_FIGURES = frozenset("nam ba tu sau bay tam chin muoi".split())


def _block_number_of(marks: Marks, at: int) -> None:
    """ "thôn 3", "lần 2", "quý 1", "tổ 4, 5 và 6": the figure belongs to the noun before."""
    noun = marks.numbered_before[at]
    if marks.form(at) in _NAMES_LIKE_FIGURES and noun.entry.plain[-1] in _VILLAGES:
        marks.blocked.setdefault(at, f"number of {' '.join(noun.entry.form)}")
    if not _is_short_figure(marks, at) or at in marks.blocked:
        return
    if _is_count_after(marks, at, noun):
        return
    marks.blocked[at] = f"number of {' '.join(noun.entry.form)}"
    following = at + 1
    while marks.plain(following) in _JOINERS and _is_short_figure(marks, following + 1):
        descriptor = noun.entry.plain[-1] in ("loai", "co")
        if not descriptor and _counted_noun_at(marks, following + 2) is not None:
            break
        marks.blocked.setdefault(following + 1, marks.blocked[at])
        following += 2


def _is_short_figure(marks: Marks, at: int) -> bool:
    plain = marks.plain(at)
    return plain.isdigit() and len(plain) <= 4 and at not in marks.blocked


def _counted_noun_at(marks: Marks, at: int) -> Hit | None:
    noun = marks.nouns.get(at)
    return noun if noun is not None and noun.entry.table != "not_counted" else None


def _is_count_after(marks: Marks, at: int, noun: Hit) -> bool:
    """Whether a figure after "thôn", "đợt", "đường" counts something of its own."""
    word, before = noun.entry.plain[-1], marks.plain(noun.first - 1)
    if before in _NOT_ORDINAL_AFTER.get(word, ()):
        return True
    number = read_number(marks.tokens, at)
    if number is None:
        return False
    if number.scale >= 1000:
        return True
    counted = _counted_noun_at(marks, number.last + 1)
    if counted is None:
        return marks.plain(number.last + 1) == "/" and word not in _ALWAYS_ORDINAL
    if word in _ALWAYS_ORDINAL:
        measured = counted.entry.table == "unit" and word != "loai"
        return number.value > 31 or measured or marks.form(noun.last) == "thu"
    if marks.form(number.last + 1) == "ban" and number.last + 2 in marks.materials:
        return False  # "chi hoi 2 ban phe lieu": bán, no bạn
    if marks.form(noun.last) == "doi" and any(
        marks.items[place].sort == "number" for place in range(max(0, noun.first - 3), noun.first)
    ):
        return True  # "1kg nhua doi 2 qua trung": đổi, no đội 2
    firm = counted.entry.table == "unit" or counted.entry.label in _FIRM
    if not firm and word in _BODIES and number.value <= _FEW:
        return False  # "tổ 5 bóc biển", "chi đoàn 7 báo cáo"
    dwellers = " ".join(counted.entry.plain) in _DWELLERS
    return not dwellers or number.value > _FEW
