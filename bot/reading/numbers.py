"""Vietnamese numbers as people type them, in digits, in words, and in between.

1.200 · 1,5 · 1.234,5 · 2 nghìn 2 · 1k2 · 2tr250 · hai mươi lăm · mười lăm phẩy năm ·
một nghìn rưỡi · nửa · vài chục · 40-50. Words are read with and without accents.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from bot.reading.numberwords import (
    AND_A_HALF,
    HALF,
    NUMBER_STARTS,
    ODD,
    SCALES,
    TO,
    TO_FORMS,
    Read,
    chunk_at,
    scale_at,
    word_at,
)
from bot.reading.tokens import Token, Tokens, tokenize

# Units that take a digit after them: 2km5, 1m2, 3 cân 2, 1 tấn 2.
_INFIX_UNITS = frozenset("km m ha tan ta yen can kg ky ki cay mau lang".split())


class Number(NamedTuple):
    """A number found in a message, in the unit it was typed in.

    `first` and `last` are token positions; `start` and `end` count in the
    original text. `low` and `high` are set for a range, `value` is its midpoint.
    """

    value: Decimal
    first: int
    last: int
    start: int
    end: int
    approx: bool = False
    low: Decimal | None = None
    high: Decimal | None = None
    in_words: bool = False
    scale: int = 1  # the last nghìn, triệu, … ; 1 when there was none
    bare_scale: bool = False  # "chục", "trăm" with no figure before it
    weak: bool = False  # one ambiguous word ("nam", "sau"): trust it only before a unit
    half: bool = False  # "nửa"
    thousands_comma: bool = False  # "1,200": 1200, or 1.2 before a large unit


def parse_number(text: str) -> Decimal | None:
    """The one number a short answer states, or None when it states none or several.

    The number is in the unit the person typed: "2km5" is 2.5 and "nửa tấn" is 0.5;
    `bot.reading.answers.parse_quantity` also converts the unit. A range gives
    its midpoint. "không", "chưa có", "k có" alone are 0.
    """
    tokens = tokenize(text)
    if _says_none(tokens):
        return Decimal(0)
    found = list(_numbers(tokens))
    if len(found) > 1:
        found = [number for number in found if not number.weak] or found
    if not found or (found[0].weak and found[0].first != 0):
        return None
    value, last = _with_infix_unit(tokens.items, found[0])
    return value if found[-1].last <= last else None


def find_numbers(text: str | Tokens) -> list[Number]:
    """Every number in a message in text order, dates and phone numbers included.

    Deciding which of them are results is the business of `bot.reading.quantities`.
    """
    return list(_numbers(tokenize(text) if isinstance(text, str) else text))


def read_number(tokens: Tokens, at: int) -> Number | None:
    """The number that begins at token `at`, as far as it goes, or None."""
    if at >= len(tokens.items):
        return None
    token = tokens.items[at]
    if token.sort == "sign" or (token.sort == "word" and token.plain not in NUMBER_STARTS):
        return None
    read = _range(tokens, at)
    if read is None:
        return None
    start, end = tokens.span(at, read.after - 1)
    return Number(
        value=read.value,
        first=at,
        last=read.after - 1,
        start=start,
        end=end,
        approx=read.approx,
        low=read.low,
        high=read.high,
        in_words=read.in_words,
        scale=read.scale,
        bare_scale=read.bare,
        weak=read.weak,
        half=read.half,
        thousands_comma=read.comma,
    )


def _numbers(tokens: Tokens) -> Iterator[Number]:
    at = 0
    while at < len(tokens.items):
        number = read_number(tokens, at)
        if number is None:
            at += 1
        else:
            yield number
            at = number.last + 1


def _says_none(tokens: Tokens) -> bool:
    words = " ".join(token.plain for token in tokens.items if token.sort == "word")
    return words in {
        "khong",
        "khong co",
        "chua co",
        "k co",
        "ko co",
        "k",
        "ko",
        "chua",
    } and not any(token.sort == "number" for token in tokens.items)


def _with_infix_unit(items: tuple[Token, ...], number: Number) -> tuple[Decimal, int]:
    """ "2km5", "3 cân 2", "2 tấn rưỡi": the fraction stands after the unit."""
    unit = number.last + 1
    if unit + 1 < len(items) and items[unit].plain in _INFIX_UNITS:
        tail = items[unit + 1]
        if tail.sort == "number" and tail.plain.isdigit() and len(tail.plain) <= 3:
            return number.value + Decimal(tail.plain).scaleb(-len(tail.plain)), unit + 1
        if tail.plain == "ruoi":
            return number.value + Decimal("0.5"), unit + 1
    return number.value, number.last


def _range(tokens: Tokens, at: int) -> Read | None:
    low = _value(tokens, at)
    if low is None:
        return None
    after = low.after
    high = _upper_end(tokens, at, low)
    if high is None or low.value == 0:
        return low
    bottom = low.value
    if low.scale == 1 and high.scale > 1 and bottom * high.scale < high.value:
        bottom *= high.scale
    elif low.scale > high.scale and bottom >= high.value:
        return low
    if not bottom < high.value <= bottom * 20 or after == high.after:
        return low
    middle = (bottom + high.value) / 2
    return Read(
        middle, high.after, low.in_words, high.scale, approx=True, low=bottom, high=high.value
    )


def _upper_end(tokens: Tokens, at: int, low: Read) -> Read | None:
    items, after = tokens.items, low.after
    if after + 1 > len(items) - 1:
        return None
    token = items[after]
    if token.plain == "-" and not token.newline and not items[after + 1].newline:
        return _value(tokens, after + 1)
    if token.plain in TO and token.form in TO_FORMS:
        high = _value(tokens, after + 1)
        return high if high is not None and not high.bare else None
    return None


def _value(tokens: Tokens, at: int) -> Read | None:
    """One number without its range: chunks and their scales, highest first."""
    if word_at(tokens, at, HALF):
        return _half(tokens, at)
    chunk = chunk_at(tokens, at)
    if chunk is None:
        return _bare_scale(tokens, at)
    return _scaled(tokens, chunk)


def _half(tokens: Tokens, at: int) -> Read:
    scale = scale_at(tokens, at + 1)
    if scale is None:
        return Read(Decimal("0.5"), at + 1, in_words=True, weak=True, half=True)
    return Read(Decimal(scale) / 2, at + 2, in_words=True, scale=scale)


def _bare_scale(tokens: Tokens, at: int) -> Read | None:
    """ "gần trăm người", "chục bao", "vạn cây": the scale stands for one of itself."""
    scale = scale_at(tokens, at)
    token = tokens.items[at] if scale is not None else None
    if scale is None or token is None or scale > 10**4 or token.form == "k" or token.glued:
        return None
    started = Read(Decimal(1), at, in_words=True)
    read = _scaled(tokens, started)
    return Read(read.value, read.after, True, read.scale, bare=True, weak=True)


def _scaled(tokens: Tokens, chunk: Read) -> Read:
    total, current, scale = Decimal(0), chunk.value, 1
    at, approx, comma = chunk.after, chunk.approx, chunk.comma
    last_scale = None
    while (step := scale_at(tokens, at)) is not None and _scale_fits(tokens, at, scale, last_scale):
        current *= step
        scale *= step
        at += 1
        if (step_after := scale_at(tokens, at)) is not None and step_after >= 1000 > scale // 1000:
            continue
        total, current, last_scale = total + current, Decimal(0), scale
        tail = _tail(tokens, at, scale)
        if tail is None:
            break
        total, at, chunk_follows = total + tail[0], tail[1], tail[2]
        if not chunk_follows:
            break
        following = chunk_at(tokens, at)
        if following is None:
            break
        current, at, scale = following.value, following.after, 1
    if chunk.low is not None and chunk.high is not None and total == 0:
        return chunk
    value = total + current
    factor = value / chunk.value if chunk.value else Decimal(1)
    low = chunk.low * factor if chunk.low is not None else None
    high = chunk.high * factor if chunk.high is not None else None
    weak = chunk.weak and last_scale is None
    final = last_scale or 1
    return Read(value, at, chunk.in_words, final, False, weak, approx, False, comma, low, high)


def _scale_fits(tokens: Tokens, at: int, scale: int, last_scale: int | None) -> bool:
    """A scale after a space must not be the next word: "k" is also "không"."""
    token = tokens.items[at]
    if token.form == "k" and not token.glued:
        following = tokens.items[at + 1] if at + 1 < len(tokens.items) else None
        return following is None or following.sort == "sign" or following.plain in _AFTER_SPACED_K
    if token.form == "van" and not token.accented:
        return scale == 1
    return last_scale is None or scale * SCALES[token.form] < last_scale


_AFTER_SPACED_K = frozenset("dong tien cay goc nhe a nha vnd d roi".split())


def _tail(tokens: Tokens, at: int, scale: int) -> tuple[Decimal, int, bool] | None:
    """What follows a scale: rưỡi, a fraction digit, or another chunk with a lower scale."""
    if word_at(tokens, at, AND_A_HALF):
        return Decimal(scale) / 2, at + 1, False
    if word_at(tokens, at, ODD) and chunk_at(tokens, at + 1) is not None:
        return Decimal(0), at + 1, True
    following = chunk_at(tokens, at)
    if following is None or following.approx:
        return None
    next_scale = scale_at(tokens, following.after)
    if next_scale is not None and next_scale < scale:
        glued_k = tokens.items[following.after].form == "k" and next_scale == 1000
        if following.value * next_scale < scale or glued_k:
            return Decimal(0), at, True
    return _fraction(tokens, at, scale, following)


def _fraction(
    tokens: Tokens, at: int, scale: int, following: Read
) -> tuple[Decimal, int, bool] | None:
    token, value = tokens.items[at], following.value
    if value <= 0 or value != int(value):
        return None
    if token.sort == "number":
        length = len(token.plain)
        if not token.plain.isdigit() or not _joins(tokens, at, scale, length):
            return None
        return value * scale / 10**length, following.after, False
    if following.weak and not _ends_number(tokens, following.after):
        return None
    if value < 10:
        place = 10 if scale >= 100 else None  # "trăm hai" 120, "nghìn hai" 1200, "triệu hai"
        return (value * scale / place, following.after, False) if place else None
    return (value, following.after, False) if value < scale else None


def _joins(tokens: Tokens, at: int, scale: int, length: int) -> bool:
    """Whether digits after a scale belong to it: 2tr250 and "2 nghìn 2 cây" do,
    "5 triệu 20 người" does not."""
    token = tokens.items[at]
    if length > 3 or scale < 1000 or token.newline:
        return scale == 100 and length == 1 and token.glued
    if token.glued:
        return True
    following = tokens.items[at + 1] if at + 1 < len(tokens.items) else None
    if following is not None and following.glued and following.plain in ("/", "h", "%"):
        return False
    if scale < 10**6:
        return length in (1, 3)
    counted = following is not None and following.sort == "word"
    money = following is not None and following.plain in ("d", "dong", "vnd", "gop", "tien")
    return length in (1, 3) and (not counted or money)


def _ends_number(tokens: Tokens, at: int) -> bool:
    return at >= len(tokens.items) or tokens.items[at].sort == "sign"
