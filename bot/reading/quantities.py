"""Figures with their units and nouns: "1,5 tấn rác", "5 sào 7 thước", "142/150 hộ", "2km5".

This step says what each figure would count if it is a result; whether it is one is
decided in `bot.reading.results`.
"""

from bisect import bisect_left
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from bot.reading.lexicon import Hit
from bot.reading.marks import Marks
from bot.reading.numbers import Number, read_number
from bot.reading.numberwords import NUMBER_STARTS
from bot.reading.tokens import Token

_LARGE_UNITS = frozenset({"tan", "km", "ha", "hecta", "trieu", "tr", "ty"})
_JOINERS = frozenset({"voi", "va", "+", ",", "&"})
_QUOTES = frozenset("\"'‘’")
_CLASSIFIERS = frozenset({"cái", "chiếc", "cai", "chiec"})
_VAGUE_BEFORE = frozenset({"hang", "may", "nhieu", "bao"})
# An undecorated "một", "ba" … before a person is talk, before a measure it is a figure.
_FIRM_AFTER_WORD = frozenset(
    {"unit", "bags", "sessions", "vehicles", "points", "models", "households"}
)
_AREA_WORDS = frozenset(
    "ruong lua rau ngo dat ao vuon mia buoi ca khoai lac dua oi cam che dau mau vu san trong hoa cay".split()
)
# No post states more; a flood of figures must not cost time.
_MOST_FIGURES = 60
_MOST_TRIES = 150
_TENTHS_AFTER = frozenset({"tan", "ta", "yen", "can", "ky"})
_TENTHS = {"mot": 1, "hai": 2, "ba": 3, "tu": 4, "lam": 5, "sau": 6, "bay": 7, "tam": 8, "chin": 9}
_AMOUNT_BEFORE = frozenset("duoc dc thu gom vot hot don can ban".split())
_LONGEST_ROAD_KM = 30
_WAYS = frozenset("duong muong kenh de ngo ranh bien song suoi bo".split())
_TALK_AFTER = frozenset("thi roi a nhe nha xong va hon".split())
_SQUARED_LAND = frozenset({"rung", "dat", "tu", "mat"})


class Quantity(NamedTuple):
    """A figure and what it counts; positions are tokens, `last` includes the noun.

    `value` is in the unit of `dimension` (kg, km, ha, m3, đồng, percent) or a count;
    `measure` is set for counts, `dimension` for units, neither for a bare figure.
    """

    number: Number
    value: Decimal
    first: int
    last: int
    measure: str | None = None
    dimension: str | None = None
    noun: Hit | None = None
    denominator: Decimal | None = None
    denominator_last: int | None = None
    approx: bool = False
    not_counted: str | None = None
    label: Hit | None = None


def find_quantities(marks: Marks) -> list[Quantity]:
    """Every figure that is no name or time, with the unit or noun that goes with it."""
    found: list[Quantity] = []
    after = tries = 0
    for at in _beginnings(marks.items):
        if len(found) == _MOST_FIGURES or tries == _MOST_TRIES:
            break
        if at < after:
            continue
        tries += 1
        quantity = _quantity_at(marks, at)
        if quantity is not None:
            found.append(quantity)
            after = quantity.last + 1
    return _share_nouns(marks, found)


def _beginnings(items: tuple[Token, ...]) -> Iterator[int]:
    """A cheap first look at where a figure may begin, for nine tokens in ten are none."""
    last = len(items) - 1
    for at, token in enumerate(items):
        plain = token.plain
        if token.sort == "number" or plain in NUMBER_STARTS:
            yield at
        elif at < last:
            following = items[at + 1].plain
            if following == "ruoi" or (plain in _TENTHS_AFTER and following in _TENTHS):
                yield at


def _quantity_at(marks: Marks, at: int) -> Quantity | None:
    if at in marks.blocked or (marks.items[at].glued and marks.items[at - 1].sort == "word"):
        return None
    bare_unit = _unit_and_a_half(marks, at)
    if bare_unit is not None:
        return bare_unit
    number = read_number(marks.tokens, at)
    if number is None or any(
        place in marks.blocked for place in range(number.first, number.last + 1)
    ):
        return None
    quantity = _with_ratio(marks, number)
    quantity = _with_noun(marks, quantity)
    if number.weak and not _word_is_figure(marks, quantity):
        return None
    return quantity


def _unit_and_a_half(marks: Marks, at: int) -> Quantity | None:
    """ "tạ rưỡi", "cây rưỡi", "mẫu rưỡi": one and a half of the unit; "tấn hai": 1.2 of it."""
    if marks.plain(at) in _TENTHS_AFTER and marks.plain(at + 1) in _TENTHS:
        return _unit_and_tenths(marks, at)
    if marks.plain(at + 1) != "ruoi" or marks.form(at + 1) not in ("rưỡi", "rưởi", "ruoi"):
        return None
    unit = marks.nouns.get(at)
    is_km = marks.form(at) in ("cây", "cay")
    if not is_km and (unit is None or unit.entry.table != "unit" or unit.last != at):
        return None
    start, end = marks.tokens.span(at, at + 1)
    number = Number(Decimal("1.5"), at, at + 1, start, end, in_words=True)
    if is_km:
        return Quantity(number, Decimal("1.5"), at, at + 1, dimension="length")
    assert unit is not None
    value = number.value * Decimal(str(unit.entry.weight))
    return Quantity(number, value, at, at + 1, dimension=unit.entry.label, noun=unit)


def _unit_and_tenths(marks: Marks, at: int) -> Quantity | None:
    """ "được tấn hai rác": a tonne and two tenths, when no figure stands before the unit."""
    unit = marks.nouns.get(at)
    said = marks.plain(at - 1) in _AMOUNT_BEFORE or is_vague(marks, at - 1)
    following = marks.plain(at + 2)
    if unit is None or unit.entry.table != "unit" or not said or following in NUMBER_STARTS:
        return None
    start, end = marks.tokens.span(at, at + 1)
    amount = 1 + Decimal(_TENTHS[marks.plain(at + 1)]) / 10
    number = Number(amount, at, at + 1, start, end, in_words=True)
    value = amount * Decimal(str(unit.entry.weight))
    return Quantity(number, value, at, at + 1, dimension=unit.entry.label, noun=unit)


def is_vague(marks: Marks, at: int) -> bool:
    """Whether "khoảng", "hơn", "gần" … ends at this token."""
    return marks.cue_ending_at(at, "approx_before") is not None


def _with_ratio(marks: Marks, number: Number) -> Quantity:
    """ "142/150 hộ", "142 trên tổng số 150 hộ": the second figure is what there are in all."""
    after = number.last + 1
    base = Quantity(number, number.value, number.first, number.last, approx=number.approx)
    if marks.plain(after) == "+":
        return base._replace(last=after, approx=True)
    at = _whole_after(marks, after)
    if at is None or at in marks.blocked or at >= len(marks.items):
        return base
    whole = read_number(marks.tokens, at)
    if whole is None or whole.first != at or marks.items[at].sort != "number":
        return base
    if marks.plain(after) != "/" and whole.value < number.value:
        return base  # "50 trên 2 ha" is no share
    return base._replace(last=whole.last, denominator=whole.value, denominator_last=whole.last)


def _whole_after(marks: Marks, at: int) -> int | None:
    """Where the whole of a share stands when the sign or word at `at` leads to one."""
    if marks.plain(at) == "/":
        return at + 1
    if marks.plain(at) != "tren":
        return None
    at += 1
    while marks.plain(at) in ("tong", "so", "cong"):
        at += 1
    return at


def _with_noun(marks: Marks, quantity: Quantity) -> Quantity:
    at = quantity.last + 1
    if marks.plain(at) in _QUOTES or (marks.plain(at) == "-" and marks.items[at].glued):
        at += 1
    inner = marks.nouns.get(at + 1) if marks.form(at) in _CLASSIFIERS else None
    outer = marks.nouns.get(at)
    if inner is not None and inner.entry.table == "counted" and (outer is None or outer.last == at):
        at += 1
    noun = marks.nouns.get(at)
    scaled_money = quantity.number.scale >= 1000
    if noun is not None and marks.items[noun.first].newline:
        noun = None  # what begins a line belongs to the figures of that line
    if noun is None or not _noun_fits(marks, noun, quantity):
        return quantity._replace(dimension="money") if scaled_money else quantity
    entry = noun.entry
    if scaled_money and _is_money_anyway(quantity.number, noun):
        return quantity._replace(dimension="money")
    if marks.form(noun.first) == "to" and entry.plain == ("to",) and quantity.value > _FEW_TEAMS:
        return quantity._replace(last=noun.last, measure="other", noun=noun)  # tờ, no tổ
    if (
        marks.form(noun.first) == "gio"
        and noun.last == noun.first
        and quantity.value > _HOURS_OF_A_DAY
    ):
        return quantity._replace(last=noun.last, measure="other", noun=noun)  # giỏ, no giờ
    if entry.table == "not_counted":
        return quantity._replace(last=noun.last, noun=noun, not_counted=entry.label)
    if entry.table == "unit":
        return _with_unit(marks, quantity, noun)
    if entry.plain == ("cay",) and _is_road(marks, quantity, noun):
        return _with_tail(
            marks, quantity._replace(last=noun.last, dimension="length", noun=noun), Decimal(1)
        )
    return quantity._replace(last=noun.last, measure=entry.label, noun=noun)


_STARRED = frozenset({"dat", "ocop", "chuan", "hang", "san"})
_SAO_TREES = frozenset({"den", "bien", "vang"})
_FEW_TEAMS = 30
_HOURS_OF_A_DAY = 24


def _noun_fits(marks: Marks, noun: Hit, quantity: Quantity) -> bool:
    """Throw out homonyms that only missing accents let in."""
    sold = marks.form(noun.first) == "ban" and noun.first == noun.last
    if sold and noun.last + 1 in marks.materials:
        return False  # "ban phe lieu": bán, no bạn
    plain, form = noun.entry.plain, tuple(marks.form(at) for at in range(noun.first, noun.last + 1))
    if plain == ("nha",):
        return form == ("nhà",) or marks.items[-1].start > marks.items[noun.last].start
    if form == plain and not marks.items[noun.first].accented:
        if plain in (("co",), ("thuoc",), ("van",), ("do",)):
            return False
        if plain == ("sao",):  # sào, where no star is meant
            starred = marks.plain(quantity.first - 1) in _STARRED
            return not starred and marks.plain(noun.last + 1) not in _SAO_TREES
        if plain == ("mau",) and marks.plain(quantity.first - 1) in _AREA_WORDS:
            return True
        if plain == ("mau",):
            return marks.plain(noun.last + 1) in _AREA_WORDS or marks.plain(noun.last + 1).isdigit()
    return True


def _is_money_anyway(number: Number, noun: Hit) -> bool:
    """ "5 triệu bà con ủng hộ" is money; "1,5 triệu cây" are trees."""
    if noun.entry.table == "unit":
        return noun.entry.label == "percent"
    return number.scale >= 10**6 and noun.entry.label != "trees" and not number.in_words


def _is_road(marks: Marks, quantity: Quantity, noun: Hit) -> bool:
    """Whether "2 cây" are kilometres: road words near, no word of planting in the clause."""
    if marks.plain(noun.last + 1) == "ruoi":
        return True
    following = marks.plain(noun.last + 1)
    if quantity.value > _LONGEST_ROAD_KM:
        return False
    if following in _WAYS:
        return True
    next_is_word = noun.last + 1 < len(marks.items) and marks.items[noun.last + 1].sort == "word"
    if next_is_word and following not in _TALK_AFTER:
        return False  # "25 cây đổ", "20 cây bàng"
    planted = bool(marks.cues_beside("planting", noun.first))
    roads = any(
        marks.same_clause(hit.first, noun.first) and hit.first < noun.first
        for hit in marks.cues_beside("road", noun.first)
    )
    return roads and not planted


def _with_unit(marks: Marks, quantity: Quantity, noun: Hit) -> Quantity:
    label, factor = noun.entry.label, Decimal(str(noun.entry.weight))
    last = noun.last
    power = (
        marks.plain(last + 1) if last + 1 < len(marks.items) and marks.items[last + 1].glued else ""
    )
    if label == "length" and power in ("2", "3") and not _letters_glued(marks, last + 2):
        if noun.entry.plain == ("m",):
            dimension, factor = (
                ("area", Decimal("0.0001")) if power == "2" else ("volume", Decimal(1))
            )
            return quantity._replace(
                value=quantity.value * factor,
                last=last + 1,
                dimension=dimension,
                noun=noun,
            )
        if noun.entry.plain == ("km",) and power == "2" and _is_surface(marks, quantity, last + 2):
            value = quantity.value * 100
            return quantity._replace(value=value, last=last + 1, dimension="area", noun=noun)
    value = quantity.value
    if quantity.number.thousands_comma and noun.entry.plain[0] in _LARGE_UNITS:
        value /= 1000  # "1,250 tấn": nobody means a thousand tonnes with a comma
    shaped = quantity._replace(value=value * factor, last=last, dimension=label, noun=noun)
    return _with_tail(marks, shaped, factor)


def _letters_glued(marks: Marks, at: int) -> bool:
    return at < len(marks.items) and marks.items[at].glued and marks.items[at].sort == "number"


def _is_surface(marks: Marks, quantity: Quantity, after: int) -> bool:
    before = {marks.plain(at) for at in range(max(0, quantity.first - 4), quantity.first)}
    return marks.plain(after) in _SQUARED_LAND or "tich" in before


def _with_tail(marks: Marks, quantity: Quantity, factor: Decimal) -> Quantity:
    """ "2km5", "1 tấn 2", "tấn rưỡi", "1 mẫu 2 sào": what follows the unit adds to it."""
    at = quantity.last + 1
    if marks.plain(at) == "ruoi" and marks.form(at) in ("rưỡi", "ruoi", "rưởi"):
        return quantity._replace(value=quantity.value + factor / 2, last=at)
    if at >= len(marks.items) or marks.items[at].sort != "number" or at in marks.blocked:
        return quantity
    if marks.items[at].newline or quantity.dimension in ("percent", "money", "volume"):
        return quantity
    digits, glued = marks.plain(at), marks.items[at].glued
    smaller = marks.nouns.get(at + 1)
    if (
        smaller is not None
        and smaller.entry.table == "unit"
        and smaller.entry.label == quantity.dimension
    ):
        small = Decimal(str(smaller.entry.weight))
        number = read_number(marks.tokens, at)
        if (
            small < factor
            and number is not None
            and number.value * small < factor
            and number.last == at
        ):
            whole = quantity._replace(
                value=quantity.value + number.value * small, last=smaller.last
            )
            return _with_tail(marks, whole, small)
        return quantity
    if not digits.isdigit() or len(digits) > 3:
        return quantity
    homonym = (
        smaller is not None and smaller.entry.table == "not_counted" and at + 1 in marks.materials
    )
    counts_own = (smaller is not None and not homonym) or (not glued and len(digits) == 2)
    if not glued and (counts_own or marks.plain(at + 1) in ("/", "-", "%", "h", ":")):
        return quantity
    if not glued and quantity.dimension == "length" and factor < 1:
        return quantity
    fraction = _tail_fraction(quantity, digits)
    return quantity._replace(value=quantity.value + fraction * factor, last=at)


def _tail_fraction(quantity: Quantity, digits: str) -> Decimal:
    if quantity.noun is not None and quantity.noun.entry.plain[0] == "sao":
        return Decimal(digits) / 15  # a sào of the Red River delta has 15 thước
    return Decimal(digits).scaleb(-len(digits))


def _word_is_figure(marks: Marks, quantity: Quantity) -> bool:
    """Whether a lone number word ("ba", "năm", "trăm") before its noun is meant as a figure."""
    number = quantity.number
    word = marks.plain(number.first)
    if quantity.noun is None and quantity.dimension is None:
        return False
    if marks.plain(number.first - 1) in _VAGUE_BEFORE or quantity.not_counted:
        return False
    if number.half:
        return quantity.dimension is not None
    if number.bare_scale:
        about = marks.cue_ending_at(number.first - 1, "approx_before") is not None
        surely = (
            marks.items[number.first].accented or about or marks.plain(number.first - 1) == "ca"
        )
        return quantity.noun is not None and surely
    firm = "unit" if quantity.dimension else quantity.measure
    if word == "mot":
        return firm in _FIRM_AFTER_WORD
    if not marks.items[number.first].accented and marks.form(number.first) == word:
        noun = quantity.noun.entry.plain if quantity.noun is not None else ()
        if word == "ba" and noun in (("con",), ("ba", "con"), ("me",)):
            return False
        if firm in ("other", "points", "bags"):
            return False  # "bồn cầu", "bón phân": too many homonyms
        if word == "sau" and firm not in ("participants", "households", "unit", "trees"):
            return False  # "sau bão", "sau buổi": after
    return True


def _share_nouns(marks: Marks, found: list[Quantity]) -> list[Quantity]:
    """Give bare figures the noun of their list ("35 với 41 lượt người") or label ("quân số 400")."""
    shared: list[Quantity] = []
    later: Quantity | None = None
    for each in reversed(found):
        quantity = each
        if _is_bare(quantity):
            whole = quantity.value == int(quantity.value)  # nobody counts "14,5, 2 mô hình"
            joined = whole and later is not None and marks.plain(quantity.last + 1) in _JOINERS
            if joined and later is not None and later.first == quantity.last + 2 and later.measure:
                quantity = quantity._replace(measure=later.measure, noun=None)
            else:
                quantity = _labelled(marks, quantity)
        shared.append(quantity)
        later = quantity
    return shared[::-1]


def _is_bare(quantity: Quantity) -> bool:
    return quantity.measure is None and quantity.dimension is None and quantity.not_counted is None


_IS = frozenset({"la", ":", "="})
_LABEL_JOINERS = frozenset(
    {":", "=", "la", "duoc", "dc", "co", "dat", "gan", "hon", "tren", "khoang", "chung", "tam"}
)


# "tụi em được 30" does not count people; "chị: 30" does.
_PRONOUNS = frozenset((word,) for word in "em chi anh bac co chu ong ba ban chau cu dan".split())


def _labelled(marks: Marks, quantity: Quantity) -> Quantity:
    at = quantity.first - 1
    colon = False
    while at >= 0 and marks.plain(at) in _LABEL_JOINERS:
        colon = colon or marks.plain(at) in (":", "=")
        at -= 1
    if quantity.denominator is not None and (people := _people_before(marks, quantity)) is not None:
        return quantity._replace(measure=people.entry.label, label=people)
    reach = 4 if colon or quantity.denominator is not None else 0
    label: Hit | None = None
    for start in range(max(0, at - reach - 6), at + 1):
        hit = marks.nouns.get(start)
        numbered = (
            hit is not None and marks.plain(hit.first - 1) == "so" and marks.plain(at + 1) in _IS
        )
        near = hit is not None and (at - reach <= hit.last <= at or numbered)
        if (
            near
            and hit is not None
            and (hit.entry.plain != ("may",) or marks.plain(start - 1) != "nuoc")
            and (colon or hit.entry.plain not in _PRONOUNS)
            and hit.entry.table == "counted"
            and marks.same_clause(start, at)
        ):
            label = hit
            break
    if label is None and colon:
        label = _people_before(marks, quantity, uncounted=True)
    if label is None or marks.items[quantity.first].newline:
        return quantity
    return quantity._replace(measure=label.entry.label, label=label)


def _people_before(marks: Marks, quantity: Quantity, uncounted: bool = False) -> Hit | None:
    """Whom "312/340" counts: the households named first in its sentence, or else the people.

    With `uncounted` only those no figure stands before: "Hộ dùng nước máy: 780".
    """
    named: dict[str, Hit] = {}
    begun = bisect_left(marks.sentences, marks.sentences[quantity.first])
    for at, hit in marks.nouns.items():
        if at >= quantity.first:
            break
        if at < begun or at in marks.blocked:
            continue
        if not uncounted or marks.items[at - 1].sort != "number":
            named.setdefault(hit.entry.label, hit)
    return named.get("households") or named.get("participants")
