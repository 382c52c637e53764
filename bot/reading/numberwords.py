"""The pieces numbers are made of: numerals, words up to 999, scales, and vague words."""

from decimal import Decimal
from typing import NamedTuple

from bot.reading.tokens import Token, Tokens

_LONGEST_NUMERAL = 15


_UNITS = dict(zip("không một hai ba bốn năm sáu bảy tám chín".split(), range(10), strict=True)) | {
    "mốt": 1,
    "tư": 4,
    "lăm": 5,
    "nhăm": 5,
    "bẩy": 7,
}
_VAGUE = frozenset({"vai", "dam", "doi"})
_ONLY_AFTER_TEN = frozenset({"lăm", "nhăm", "tư", "mốt"})
_UNITS_PLAIN = dict(
    zip("khong mot hai ba bon nam sau bay tam chin".split(), range(10), strict=True)
) | {"lam": 5, "nham": 5, "tu": 4}
# "hai nhăm" 25, "ba mốt" 31: the ten left unsaid.
_SHORT_ONES = {"lăm": 5, "nhăm": 5, "nham": 5, "mốt": 1, "tư": 4}
TEENS = frozenset({"mười", "mươi", "muoi"})
SCALES = {
    word: value
    for value, words in {
        10: "chục chuc",
        100: "trăm tram",
        10**3: "k nghìn ngàn nghin ngan",
        10**4: "vạn van",
        10**6: "tr triệu trieu củ",
        10**9: "tỷ tỉ ty ti",
    }.items()
    for word in words.split()
}
_SCALE_FORMS = frozenset({"k", "tr"} | {word for word in SCALES if not word.isascii()})
ODD = frozenset({"linh", "lẻ", "le"})
HALF = frozenset({"nửa", "nua"})
AND_A_HALF = frozenset({"rưỡi", "rưởi", "ruoi"})
TO = frozenset({"den", "toi"})
TO_FORMS = frozenset({"đến", "tới", "den", "toi"})
_POINT = frozenset({"phẩy", "phay", "chấm"})


class Read(NamedTuple):
    """What a parsing step found: a value and the position after it."""

    value: Decimal
    after: int
    in_words: bool = False
    scale: int = 1
    bare: bool = False
    weak: bool = False
    approx: bool = False
    half: bool = False
    comma: bool = False
    low: Decimal | None = None
    high: Decimal | None = None


def numeral(digits: str) -> tuple[Decimal, bool]:
    """A token of digits, dots and commas as a number, the Vietnamese way.

    A dot before exactly three digits groups thousands, as does a comma; any other
    last separator is the decimal point. The flag tells that a comma was read as
    grouping and may have been a decimal one ("1,200 tấn").
    """
    if digits.isdigit():
        return Decimal(digits[:_LONGEST_NUMERAL]), False
    separators = [sign for sign in digits if sign in ".,"]
    groups = digits.replace(",", ".").split(".")
    # A phone number or a prank; the exact value does not matter, its length must not cost time.
    if len(digits) > _LONGEST_NUMERAL + len(separators) or len(separators) > 5:
        return Decimal("".join(groups)[:_LONGEST_NUMERAL]), False
    one_kind = len(set(separators)) == 1
    grouped = all(len(group) == 3 for group in groups[1:]) and 0 < len(groups[0]) <= 3
    if one_kind and grouped and not groups[0].startswith("0"):
        return Decimal("".join(groups)), separators == [","]
    if one_kind and len(separators) > 1:
        return Decimal("".join(groups)), False
    return Decimal("".join(groups[:-1]) + "." + groups[-1]), False


def is_number_word(tokens: Tokens, at: int) -> bool:
    """Whether the word at `at` can be part of a number written in words."""
    return unit_word(tokens, at) is not None or word_at(tokens, at, TEENS)


def word_at(tokens: Tokens, at: int, words: frozenset[str]) -> bool:
    """Whether a word of the set stands at `at`, in the spelling the writer uses."""
    if at >= len(tokens.items):
        return False
    token = tokens.items[at]
    form = token.form
    return form in words and (not form.isascii() or not token.accented or form in _ASCII_EXACT)


_ASCII_EXACT = frozenset({"k", "tr", "hai", "ba", "linh"})


# Typed without accents these are other words before such a neighbour: "bọn em", "vận động",
# "đảm nhận", "trạm bơm", "thùng 3 ngăn", "tỷ lệ", "chúc mừng", "tám" / "tạm thời".
_OTHER_WORD_BEFORE = {
    word: frozenset(neighbours.split())
    for word, neighbours in {
        "bon": "em minh toi tui chau con chung no",
        "dam": "nhan bao cuoi tang duong dang",
        "van": "dong de ban con hoa chua the phong nghe hanh duoc dang chuyen",
        "tram": "cap bom y bien tron thu xa dien nuoc quan canh",
        "ngan": "cho chan ngua cach de va o nap hoac mau",
        "ty": "le",
        "ti": "le",
        "chuc": "mung cac suc moi tet",
        "tam": "thoi ngung dung su quyet huyet vong",
        "bay": "gio ban hang bien lam",
        "chin": "chan quyen",
        "mot": "so vai",
    }.items()
}


_OTHER_AFTER_FIGURES = frozenset({"tram", "ngan", "ty", "ti"})


def is_other_word(tokens: Tokens, at: int) -> bool:
    """Whether a number word without accents is, before its neighbour, another word altogether."""
    token = tokens.items[at]
    if token.form != token.plain or at + 1 >= len(tokens.items):
        return False
    following = tokens.items[at + 1]
    if following.newline or following.sort != "word":
        return False
    return following.plain in _OTHER_WORD_BEFORE.get(token.plain, ())


def unit_word(tokens: Tokens, at: int) -> int | None:
    """The digit 0 to 9 that the word at this place spells, or None; without accents only where it is clear."""
    if at >= len(tokens.items):
        return None
    token = tokens.items[at]
    exact = _UNITS.get(token.form)
    if exact is not None or token.accented or token.form != token.plain:
        return exact
    return None if is_other_word(tokens, at) else _UNITS_PLAIN.get(token.plain)


def scale_at(tokens: Tokens, at: int) -> int | None:
    """The power that the word at this place multiplies by ("nghìn" is 1000), or None."""
    if at >= len(tokens.items):
        return None
    token = tokens.items[at]
    counted = at > 0 and tokens.items[at - 1].sort == "number"
    if token.form == "ngan" and at > 1 and tokens.items[at - 2].plain in ("rac", "thung", "tu"):
        return None  # "thùng rác 2 ngăn"
    if is_other_word(tokens, at) and (not counted or token.plain in _OTHER_AFTER_FIGURES):
        return None
    if token.form in _SCALE_FORMS or not token.accented:
        return SCALES.get(token.form)
    return SCALES.get(token.form) if token.form in ("ty", "ti") and token.glued else None


def chunk_at(tokens: Tokens, at: int) -> Read | None:
    """A numeral, or words up to 999, or a vague "vài", "dăm bảy"."""
    if at >= len(tokens.items):
        return None
    token = tokens.items[at]
    if token.sort == "number":
        return _numeral_chunk(tokens, at)
    if token.sort == "sign":
        return None
    return _vague(tokens, at) or _hundreds(tokens, at)


def _numeral_chunk(tokens: Tokens, at: int) -> Read:
    items = tokens.items
    digits, after = items[at].plain, at + 1
    named = at > 0 and items[at - 1].plain in _NUMBERED
    if digits.isdigit() and len(digits) <= 3 and not digits.startswith("0") and not named:
        while after < len(items) and _is_spaced_group(items[after]) and len(digits) < 10:
            digits += items[after].plain
            after += 1
    value, comma = numeral(digits)
    return Read(value, after, comma=comma)


# "đợt 1 142 kg", "xóm 2 150 cây": the first figure is the noun's.
_NUMBERED = frozenset("dot lan thon xom to ap khu nhom quy lop doi khoi".split())


def _is_spaced_group(token: Token) -> bool:
    """ "12 350": thousands kept apart by a blank."""
    return (
        token.sort == "number"
        and len(token.plain) == 3
        and token.plain.isdigit()
        and not token.glued
        and not token.newline
    )


def _vague(tokens: Tokens, at: int) -> Read | None:
    if tokens.items[at].plain not in _VAGUE or is_other_word(tokens, at):
        return None
    for words, value in (
        (("dăm", "bảy"), Decimal(6)),
        (("dăm", "ba"), Decimal(4)),
        (("đôi", "ba"), Decimal("2.5")),
        (("vài", "ba"), Decimal(3)),
        (("vài",), Decimal(3)),
        (("dăm",), Decimal(5)),
    ):
        if all(_same(tokens, at + i, word) for i, word in enumerate(words)):
            return Read(value, at + len(words), in_words=True, approx=True)
    return None


_PLAIN_OF = {"dăm": "dam", "bảy": "bay", "đôi": "doi", "vài": "vai", "ba": "ba"}


def _same(tokens: Tokens, at: int, word: str) -> bool:
    if at >= len(tokens.items):
        return False
    form = tokens.items[at].form
    return form == word or (not tokens.items[at].accented and form == _PLAIN_OF[word])


def _hundreds(tokens: Tokens, at: int) -> Read | None:
    """Words up to 999: "hai trăm linh năm", "ba mươi", "mười lăm phẩy năm", "bảy tám"."""
    unit = unit_word(tokens, at)
    if unit is not None and scale_at(tokens, at + 1) == 100:
        rest = _hundreds_rest(tokens, at + 2)
        if rest is not None:
            return _pointed(tokens, Read(unit * 100 + rest[0], rest[1], True))
        return Read(Decimal(unit), at + 1, in_words=True)
    read = _tens(tokens, at)
    return _pointed(tokens, read) if read is not None else None


def _hundreds_rest(tokens: Tokens, at: int) -> tuple[Decimal, int] | None:
    if word_at(tokens, at, ODD):
        unit = unit_word(tokens, at + 1)
        return (Decimal(unit), at + 2) if unit is not None else None
    tens = _tens(tokens, at)
    return (tens.value, tens.after) if tens is not None and tens.value >= 10 else None


def _tens(tokens: Tokens, at: int) -> Read | None:
    unit = unit_word(tokens, at)
    if unit is not None and unit > 1 and word_at(tokens, at + 1, TEENS):
        ones = _ones(tokens, at + 2)
        return Read(Decimal(unit * 10 + ones), at + 2 + bool(ones), in_words=True)
    if word_at(tokens, at, TEENS) and (
        tokens.items[at].form != "muoi" or not tokens.items[at].accented
    ):
        ones = _ones(tokens, at + 1)
        weak = not ones and tokens.items[at].form == "muoi"
        return Read(Decimal(10 + ones), at + 1 + bool(ones), in_words=True, weak=weak)
    form = tokens.items[at].form if at < len(tokens.items) else ""
    if unit is None or form in _ONLY_AFTER_TEN or form in ("lam", "nham", "tu", "khong", "không"):
        return None
    following = tokens.items[at + 1].form if at + 1 < len(tokens.items) else ""
    if unit > 1 and following in _SHORT_ONES:
        return Read(Decimal(unit * 10 + _SHORT_ONES[following]), at + 2, in_words=True)
    upper = unit_word(tokens, at + 1)
    if upper is not None and _neighbours(tokens, at, unit, upper):
        low, high = Decimal(unit), Decimal(upper)
        return Read((low + high) / 2, at + 2, True, approx=True, low=low, high=high)
    return Read(Decimal(unit), at + 1, in_words=True, weak=True)


def _neighbours(tokens: Tokens, at: int, low: int, high: int) -> bool:
    """ "hai ba", "bảy tám", "năm bảy": a guess between two figures."""
    if word_at(tokens, at + 2, TEENS) or (high != low + 1 and (low, high) != (5, 7)):
        return False
    return low > 0


def _ones(tokens: Tokens, at: int) -> int:
    """The ones after "mươi"; "năm" there is a year, the five is said "lăm"."""
    unit = unit_word(tokens, at)
    if unit is None or scale_at(tokens, at + 1) == 100 or tokens.items[at].plain == "nam":
        return 0
    return unit


def _pointed(tokens: Tokens, read: Read) -> Read:
    """ "mười lăm phẩy năm": spoken decimals."""
    if not word_at(tokens, read.after, _POINT):
        return read
    at, digits = read.after + 1, ""
    while (unit := unit_word(tokens, at)) is not None and len(digits) < 4:
        digits += str(unit)
        at += 1
    return Read(read.value + Decimal(f"0.{digits}"), at, in_words=True) if digits else read


NUMBER_STARTS = frozenset(
    {*_UNITS_PLAIN, *_VAGUE, "muoi", "nua", "chuc", "tram", "nghin", "ngan", "van", "bay", "mot"}
)
"""The folded words a number can begin with; every other word need not be looked at."""
