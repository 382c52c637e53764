"""How each kind of question reads an answer: a value, a kind refusal, or "more to come"."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import msgspec
from rapidfuzz import fuzz

from bot.events import Contact, File, Photo, Place, Said, Tap, Text, Voice
from bot.flows.form import Form
from bot.flows.naming import meant
from bot.flows.scales import in_unit
from bot.flows.words import DONE, KEEP, NO, YES, means, plain
from bot.reading.answers import parse_quantity
from bot.reading.dates import parse_date, parse_month
from bot.reading.fold import fold
from bot.reading.numbers import find_numbers, parse_number


@dataclass(frozen=True)
class Named:
    """A choice: the value that is kept, the label people see, and other names they may type."""

    value: Any
    label: str
    aliases: tuple[str, ...] = ()


class Taken(msgspec.Struct, frozen=True):
    """The answer was understood. `note` is said before the next question (what was made of it)."""

    value: Any
    note: str = ""


class Refused(msgspec.Struct, frozen=True):
    """Not an answer to this question; `hint` says what would be. `options` are near misses to tap."""

    hint: str
    options: tuple[Named, ...] = ()


class More(msgspec.Struct, frozen=True):
    """Part of an answer: kept, and more may come. `rests` replies once nothing more arrives for a moment."""

    value: Any
    hint: str
    rests: bool = False


Answer = Taken | Refused | More

_NEAR = 82
"""How alike (0–100, rapidfuzz) a typed label must be to count as a slip of it."""

_COORDINATES = re.compile(
    r"^\s*\(?\s*(-?\d{1,2}[.,]\d{3,})\s*[,; ]\s*(-?\d{1,3}[.,]\d{3,})\s*\)?\s*$"
)

_VIETNAM = (7.0, 24.0, 101.5, 118.0)
"""South, north, west, east in degrees: the mainland, islands and sea (Hoàng Sa and Trường Sa within)."""


def words_of(said: Said) -> str | None:
    """The typed words of a message, None when it was something else."""
    return said.words.strip() if isinstance(said, Text) else None


def not_words(said: Said) -> str:
    """What to say when words or a number were wanted and something else came."""
    match said:
        case Voice():
            return "Em chưa nghe được tin thoại ạ, anh/chị gõ chữ giúp em nhé."
        case Photo() | File():
            return "Em nhận được ảnh rồi, nhưng câu này em cần anh/chị gõ chữ ạ."
        case Place():
            return "Em nhận được vị trí, nhưng câu này em cần anh/chị gõ chữ ạ."
        case Contact():
            return "Em nhận được danh bạ, nhưng câu này em cần anh/chị gõ chữ ạ."
        case _:
            return "Em chưa đọc được tin này ạ, anh/chị gõ chữ giúp em nhé."


def one_of(options: tuple[Named, ...]) -> Callable[[Said, Form[Any]], Answer]:
    """Reads one choice."""

    def read(said: Said, form: Form[Any]) -> Answer:
        words = words_of(said)
        if words is None:
            return Refused(not_words(said))
        found = pick(words, options)
        if found is not None:
            return Taken(found.value)
        return Refused(f"Em chưa hiểu “{short(words)}”. Anh/chị chọn một trong các mục sau ạ.")

    return read


def pick(words: str, options: Sequence[Named]) -> Named | None:
    """The option that `words` name: by number, by label, or by a near slip of exactly one label."""
    typed = plain(words)
    number = re.fullmatch(r"(?:so |muc |cau )?(\d{1,2})[.)]?", typed)
    if number:
        index = int(number.group(1))
        return options[index - 1] if 1 <= index <= len(options) else None
    for option in options:
        if typed in {fold(name) for name in (option.label, str(option.value), *option.aliases)}:
            return option
    begun = [option for option in options if _begins(typed, option)]
    if len(begun) == 1:
        return begun[0]
    scored = sorted(
        ((_likeness(typed, option), i) for i, option in enumerate(options)), reverse=True
    )
    clear = scored and scored[0][0] >= _NEAR and (len(scored) == 1 or scored[1][0] < _NEAR)
    return options[scored[0][1]] if clear else None


def _begins(typed: str, option: Named) -> bool:
    """Whether a name of the option begins with the typed words: "dot rom" of "Đốt rơm rạ trên đồng"."""
    names = (fold(name) for name in (option.label, *option.aliases))
    return len(typed) > 2 and any(f"{name} ".startswith(f"{typed} ") for name in names)


def _likeness(typed: str, option: Named) -> float:
    names = (fold(name) for name in (option.label, *option.aliases))
    return max(fuzz.ratio(typed, name) if len(typed) > 2 else 0.0 for name in names)


def some_of(options: tuple[Named, ...], key: str) -> Callable[[Said, Form[Any]], Answer]:
    """Reads several choices, one at a time or as a list, until "xong"."""

    def read(said: Said, form: Form[Any]) -> Answer:
        words = words_of(said)
        if words is None:
            return Refused(not_words(said))
        chosen: list[Any] = list(partial(form, key))
        if means(words, DONE):
            return Taken(chosen) if chosen else Refused("Anh/chị chọn ít nhất một mục giúp em ạ.")
        parts = [part for part in re.split(r"[,;+]| va | với ", words) if part.strip()]
        found = [pick(part, options) for part in parts]
        if not found or any(option is None for option in found):
            return Refused(f"Em chưa hiểu “{short(words)}”. Anh/chị gõ số các mục, ví dụ: 1, 3 ạ.")
        chosen += [option.value for option in found if option and option.value not in chosen]
        if len(found) > 1:
            return Taken(chosen)
        labels = ", ".join(option.label for option in options if option.value in chosen)
        return More(chosen, f"Em ghi: {labels}. Chọn thêm, hoặc gõ XONG ạ.")

    return read


def whole_number(
    between: tuple[int, int], example: str, keeps: int | None
) -> Callable[[Said, Form[Any]], Answer]:
    """Reads a whole number within bounds."""
    bounds = _bounds(between)

    def read(said: Said, form: Form[Any]) -> Answer:
        words = words_of(said)
        if words is None:
            return Refused(not_words(said))
        if keeps is not None and means(words, KEEP):
            return Taken(keeps)
        value = number_said(words)
        if value is None:
            return Refused(
                f"Em chưa đọc được số trong “{short(words)}”. Anh/chị gõ một con số, ví dụ: {example} ạ."
            )
        if value != value.to_integral_value():
            return Refused(f"Số này phải là số tròn ạ, ví dụ: {example}.")
        return _within(value, bounds) or Taken(int(value))

    return read


def decimal_number(
    between: tuple[float, float], example: str, keeps: str | None, measure: str, unit: str = ""
) -> Callable[[Said, Form[Any]], Answer]:
    """Reads a number with a fraction, converting units into those of `measure`."""
    bounds = _bounds(between)

    def read(said: Said, form: Form[Any]) -> Answer:
        words = words_of(said)
        if words is None:
            return Refused(not_words(said))
        if keeps is not None and means(words, KEEP):
            return Taken(keeps)
        value = _quantity(words, measure, unit) if measure else number_said(words)
        if value is None:
            return Refused(
                f"Em chưa đọc được số trong “{short(words)}”. Anh/chị gõ một con số, ví dụ: {example} ạ."
            )
        return _within(value, bounds) or Taken(exact(value))

    return read


def _quantity(words: str, measure: str, unit: str) -> Decimal | None:
    """A number typed with a unit ("nửa tấn") in the unit that is asked for; a bare one is in it already."""
    numbers = find_numbers(words)
    has_unit = bool(numbers) and any(letter.isalpha() for letter in words[numbers[-1].end :])
    no_number = parse_number(words) is None
    quantity = parse_quantity(words, measure) if has_unit or no_number else None
    return number_said(words) if quantity is None else in_unit(quantity, unit)


_NONE = re.compile(
    r"(khong|ko|k|chua|khong he|chua he)( co| phat sinh| thay| xay ra)?( \w+){0,4} nao( ca| het)?"
)
"""“Không có vụ nào”, “chưa phát sinh trường hợp nào”: nothing, said with the noun."""


_PLAIN_NUMBER = re.compile(r"0|[1-9][0-9]{0,5}")
"""What most people type, and reading comes to the same: it need not be read as a sentence."""


def number_said(words: str) -> Decimal | None:
    """The one number of an answer; "không có vụ nào" is 0."""
    if _PLAIN_NUMBER.fullmatch(words):
        return Decimal(words)
    value = parse_number(words)
    return Decimal(0) if value is None and _NONE.fullmatch(plain(words)) else value


def amount_vnd(example: str) -> Callable[[Said, Form[Any]], Answer]:
    """Reads an amount of money in đồng."""

    def read(said: Said, form: Form[Any]) -> Answer:
        words = words_of(said)
        if words is None:
            return Refused(not_words(said))
        value = parse_quantity(words, "money_vnd") or parse_number(words)
        if value is None or value != value.to_integral_value():
            return Refused(
                f"Em chưa đọc được số tiền trong “{short(words)}”. Anh/chị gõ như {example} ạ."
            )
        return _within(value, _MONEY) or Taken(int(value))

    return read


_Bounds = tuple[Decimal, Decimal]

_MONEY = (Decimal(0), Decimal(10**14))


def _bounds(between: tuple[float, float]) -> _Bounds:
    low, high = between
    return Decimal(str(low)), Decimal(str(high))


def _within(value: Decimal, bounds: _Bounds) -> Refused | None:
    low, high = bounds
    if low <= value <= high:
        return None
    return Refused(f"Em cần một số từ {shown_number(low)} đến {shown_number(high)} ạ.")


def exact(value: Decimal) -> str:
    """A decimal as plain text without exponent or needless zeros: "1.5", "1200"."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def shown_number(value: Any) -> str:
    """A number as Vietnamese write it: dots between thousands, a comma before the fraction."""
    if type(value) is int:
        return f"{value:,}".replace(",", ".")
    text = exact(Decimal(str(value)))
    whole, _, fraction = text.partition(".")
    grouped = f"{int(whole):,}".replace(",", ".")
    if whole.startswith("-") and not grouped.startswith("-"):
        grouped = f"-{grouped}"
    return f"{grouped},{fraction}" if fraction else grouped


def a_day(past_only: bool) -> Callable[[Said, Form[Any]], Answer]:
    """Reads a date relative to today; refuses one that has not come yet when only the past makes sense."""

    def read(said: Said, form: Form[Any]) -> Answer:
        words = words_of(said)
        if words is None:
            return Refused(not_words(said))
        today = form.moment.today
        found = parse_date(words, today) or parse_date(words, today + _A_YEAR)
        if found is None:
            return Refused(
                f"Em chưa rõ “{short(words)}” là ngày nào. Anh/chị gõ như 12/4 hay “hôm qua” ạ."
            )
        if past_only and found > today:
            return Refused(
                f"Ngày {shown_day(found.isoformat())} chưa tới ạ. Anh/chị xem lại giúp em nhé."
            )
        return Taken(found.isoformat())

    return read


_A_YEAR = timedelta(days=366)
"""A day that reading does not accept because it lies ahead is found again from a year on."""


def shown_day(iso: str) -> str:
    """An ISO date as people write it: 12/4/2026."""
    found = date.fromisoformat(iso)
    return f"{found.day}/{found.month}/{found.year}"


def a_month() -> Callable[[Said, Form[Any]], Answer]:
    """Reads a month, kept as "2026-04"."""

    def read(said: Said, form: Form[Any]) -> Answer:
        words = words_of(said)
        if words is None:
            return Refused(not_words(said))
        found = parse_month(words, form.moment.today)
        if found is None:
            return Refused(f"Em chưa rõ “{short(words)}” là tháng nào. Anh/chị gõ như “tháng 4” ạ.")
        return Taken(f"{found.year:04}-{found.month:02}")

    return read


def shown_month(kept: str) -> str:
    """A kept month as people write it: tháng 4/2026."""
    year, month = kept.split("-")
    return f"tháng {int(month)}/{year}"


def free_words(longest: int) -> Callable[[Said, Form[Any]], Answer]:
    """Reads words as they are."""

    def read(said: Said, form: Form[Any]) -> Answer:
        words = words_of(said)
        if words is None:
            return Refused(not_words(said))
        if not words:
            return Refused("Anh/chị gõ vài chữ giúp em ạ.")
        if len(words) > longest:
            return Refused(
                f"Tin này dài quá ạ ({len(words)} chữ). Anh/chị gửi gọn trong {longest} chữ giúp em."
            )
        return Taken(words)

    return read


def pictures(key: str, most: int) -> Callable[[Said, Form[Any]], Answer]:
    """Collects pictures until "xong"; a late picture of an album is simply one more."""

    def read(said: Said, form: Form[Any]) -> Answer:
        kept: list[int] = list(partial(form, key))
        if isinstance(said, Photo | File) and said.media is not None:
            if len(kept) >= most:
                return More(
                    kept, f"Đủ {most} ảnh rồi ạ. Anh/chị gõ XONG để em ghi lại nhé.", rests=True
                )
            kept = kept if said.media in kept else [*kept, said.media]
            return More(kept, f"Em đã nhận {len(kept)} ảnh. Gửi thêm, hoặc gõ XONG ạ.", rests=True)
        words = words_of(said)
        if words is not None and means(words, DONE | NO):
            return (
                Taken(kept)
                if kept
                else Refused("Em chưa thấy ảnh nào ạ. Anh/chị gửi ảnh, hoặc gõ BỎ QUA nhé.")
            )
        if words is not None and kept:
            return Refused(f"Em đã có {len(kept)} ảnh. Anh/chị gửi thêm, hoặc gõ XONG ạ.")
        return Refused("Câu này em cần ảnh ạ. Anh/chị chụp rồi gửi vào đây nhé.")

    return read


def partial(form: Form[Any], key: str) -> Sequence[Any]:
    """What has been collected so far for a question that takes several messages."""
    held = form.get(f"~{key}")
    return held if isinstance(held, list) else ()


def somewhere() -> Callable[[Said, Form[Any]], Answer]:
    """Reads a place: a pin, coordinates, or words."""

    def read(said: Said, form: Form[Any]) -> Answer:
        if isinstance(said, Place):
            return _pinned(said.lat, said.lon, said.words)
        words = words_of(said)
        if words is None:
            return Refused("Anh/chị gửi vị trí, hoặc gõ chỗ đó bằng lời giúp em ạ.")
        typed = _COORDINATES.match(words)
        if typed:
            lat, lon = (float(part.replace(",", ".")) for part in typed.groups())
            return _pinned(lat, lon, "")
        if not any(letter.isalnum() for letter in words):
            return Refused("Anh/chị gõ chỗ đó bằng lời giúp em, ví dụ: sau trạm y tế, thôn 3 ạ.")
        return Taken({"words": words[:500], "lat": None, "lon": None})

    return read


def _pinned(lat: float, lon: float, words: str) -> Answer:
    south, north, west, east = _VIETNAM
    if not (south <= lat <= north and west <= lon <= east):
        return Refused(
            "Vị trí này nằm ngoài Việt Nam ạ. Anh/chị gửi lại, hoặc gõ chỗ đó bằng lời nhé."
        )
    return Taken({"words": words[:500], "lat": lat, "lon": lon})


def shown_place(kept: dict[str, Any]) -> str:
    """A kept place as people read it."""
    if kept.get("lat") is None:
        return str(kept["words"])
    pin = f"{kept['lat']:.5f}, {kept['lon']:.5f}"
    return f"{kept['words']} ({pin})" if kept.get("words") else f"vị trí {pin}"


def a_unit(units: tuple[Named, ...]) -> Callable[[Said, Form[Any]], Answer]:
    """Reads a unit's name; near misses are offered, never guessed."""
    names = {index: (unit.label, *unit.aliases) for index, unit in enumerate(units)}

    def read(said: Said, form: Form[Any]) -> Answer:
        words = words_of(said)
        if words is None:
            return Refused(not_words(said))
        number = re.fullmatch(r"\d{1,2}", words.strip())
        if number and len(units) <= 12 and 1 <= int(words) <= len(units):
            return Taken(units[int(words) - 1].value)
        best, nearest = meant(words, names)
        if best is not None:
            return Taken(units[best].value)
        near = tuple(units[index] for index in nearest[:4])
        if near:
            return Refused(
                f"Em chưa thấy “{short(words)}”. Có phải một trong những nơi này không ạ?", near
            )
        return Refused(
            f"Em chưa thấy đơn vị nào tên “{short(words)}”. Anh/chị gõ lại tên giúp em ạ."
        )

    return read


def yes_or_no(yes: str, no: str) -> Callable[[Said, Form[Any]], Answer]:
    """Reads yes or no, also by number and by the buttons' own words."""
    options = (Named(value=True, label=yes), Named(value=False, label=no))

    def read(said: Said, form: Form[Any]) -> Answer:
        words = words_of(said)
        if words is None:
            return Refused(not_words(said))
        found = pick(words, options)
        if found is not None:
            return Taken(found.value)
        if means(words, YES) or means(words, NO):
            return Taken(means(words, YES))
        return Refused(f"Anh/chị trả lời {yes} hoặc {no} giúp em ạ.")

    return read


def short(words: str, most: int = 40) -> str:
    """The person's own words, cut for quoting back."""
    line = " ".join(words.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def tapped(said: Tap) -> tuple[str, str, str]:
    """A token's three parts: kind, mark, value; empty where missing."""
    kind, _, rest = said.token.partition(".")
    here, _, value = rest.partition(".")
    return kind, here, value
