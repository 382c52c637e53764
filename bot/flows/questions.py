"""The words flows are written in: one constructor for each kind of question.

A question asks (`reply`), reads an answer (`read`) and shows it again on the confirm
page (`show`). A bad answer is `Refused` with a hint made for that very answer; it is
never an error. How each kind reads is in `bot/flows/answers.py`.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.events import Button, Reply, Said
from bot.flows import answers as read_as
from bot.flows.answers import Answer, Named
from bot.flows.form import Form
from bot.reading.fold import fold

Reads = Callable[[Said, Form[Any]], Answer]
Shows = Callable[[Any], str]


def _always(form: Form[Any]) -> bool:
    return True


def _no_doubt(form: Form[Any], value: Any) -> str:
    return ""


@dataclass(frozen=True, kw_only=True)
class Question:
    """One question of a form.

    `label` names it on the confirm page. `options` are (value, label) choices, shown as
    numbered buttons; `shortcuts` are words that may be tapped instead of typed. `doubt`
    returns a sentence when a readable value is hard to believe: the person is asked once
    more and has the last word. `explains` is said when they ask for help here.
    """

    key: str
    words: str
    label: str
    reads: Reads
    shows: Shows
    optional: bool = False
    only_if: Callable[[Form[Any]], bool] = _always
    options: tuple[Named, ...] = ()
    shortcuts: tuple[tuple[str, str], ...] = ()
    doubt: Callable[[Form[Any], Any], str] = _no_doubt
    explains: str = ""
    asks_place: bool = False
    asks_contact: bool = False
    collects: bool = False

    def reply(self, session_id: int, lead: str = "") -> Reply:
        """The question as it is put, with its buttons; `lead` stands before it (a refusal, a greeting)."""
        return Reply(
            words=f"{lead}\n\n{self.words}" if lead else self.words,
            buttons=self._buttons(session_id),
            numbered=bool(self.options),
            asks_place=self.asks_place,
            asks_contact=self.asks_contact,
        )

    def _buttons(self, session_id: int) -> tuple[Button, ...]:
        shortcuts = self._all_shortcuts()
        if not self.options and not shortcuts:
            return ()
        here = mark(session_id, self.key)
        choices = [
            Button(label=option.label, token=f"q.{here}.{index}", says=str(index))
            for index, option in enumerate(self.options, start=1)
        ]
        choices += [
            Button(label=label, token=f"w.{here}.{fold(says)}", says=says)
            for says, label in shortcuts
        ]
        return tuple(choices)

    def _all_shortcuts(self) -> tuple[tuple[str, str], ...]:
        if self.asks_contact:
            # a platform's own form for a number leaves no room for buttons: the words say the way out
            return self.shortcuts
        return (*self.shortcuts, ("bo qua", "Bỏ qua")) if self.optional else self.shortcuts


def mark(session_id: int, key: str) -> str:
    """Six characters that tie a button to one question of one session, so that an old tap is known as old."""
    return f"{zlib.crc32(f'{session_id}:{key}'.encode()):08x}"[:6]


def choice(
    key: str,
    words: str,
    options: Mapping[str, str] | Sequence[Named],
    *,
    label: str,
    optional: bool = False,
    only_if: Callable[[Form[Any]], bool] = _always,
    explains: str = "",
) -> Question:
    """One of a few. Understands the number, the label with or without accents, and a near slip."""
    named = as_named(options)
    return Question(
        key=key,
        words=words,
        label=label,
        reads=read_as.one_of(named),
        shows=lambda value: label_of(named, value),
        options=named,
        optional=optional,
        only_if=only_if,
        explains=explains or "Anh/chị bấm một lựa chọn, hoặc gõ số của lựa chọn đó ạ.",
    )


def several(
    key: str,
    words: str,
    options: Mapping[str, str] | Sequence[Named],
    *,
    label: str,
    optional: bool = False,
    only_if: Callable[[Form[Any]], bool] = _always,
) -> Question:
    """Any of a few, chosen one tap at a time or as "1, 3"; "xong" ends it."""
    named = as_named(options)
    return Question(
        key=key,
        words=words,
        label=label,
        reads=read_as.some_of(named, key),
        shows=lambda values: ", ".join(label_of(named, value) for value in values),
        options=named,
        shortcuts=(("xong", "Xong"),),
        optional=optional,
        only_if=only_if,
        collects=True,
        explains="Anh/chị bấm từng mục, hoặc gõ nhiều số cách nhau dấu phẩy, ví dụ: 1, 3. Xong thì gõ XONG ạ.",
    )


def whole(
    key: str,
    words: str,
    *,
    label: str,
    example: str,
    unit: str = "",
    between: tuple[int, int] = (0, 1_000_000_000),
    optional: bool = False,
    only_if: Callable[[Form[Any]], bool] = _always,
    shortcuts: tuple[tuple[str, str], ...] = (),
    doubt: Callable[[Form[Any], Any], str] = _no_doubt,
    keeps: int | None = None,
) -> Question:
    """A whole number. `keeps` is the value that "giữ" stands for (last period's)."""
    return Question(
        key=key,
        words=words,
        label=label,
        reads=read_as.whole_number(between, example, keeps),
        shows=lambda value: with_unit(value, unit),
        optional=optional,
        only_if=only_if,
        shortcuts=shortcuts + keep_shortcut(keeps, unit),
        doubt=doubt,
        explains=f"Em cần một con số tròn, ví dụ: {example}. Gõ chữ cũng được, như “hai mươi lăm” ạ.",
    )


def decimal(
    key: str,
    words: str,
    *,
    label: str,
    example: str,
    unit: str = "",
    between: tuple[float, float] = (0, 1_000_000_000),
    optional: bool = False,
    only_if: Callable[[Form[Any]], bool] = _always,
    doubt: Callable[[Form[Any], Any], str] = _no_doubt,
    keeps: str | None = None,
    measure: str = "",
) -> Question:
    """A number that may have a part after the comma; kept as exact text ("1.5").

    `measure` names the measure of `bot/reading`, so that "nửa tấn" is 500 where kilograms are asked.
    """
    return Question(
        key=key,
        words=words,
        label=label,
        reads=read_as.decimal_number(between, example, keeps, measure, unit),
        shows=lambda value: with_unit(value, unit),
        optional=optional,
        only_if=only_if,
        shortcuts=keep_shortcut(keeps, unit),
        doubt=doubt,
        explains=f"Em cần một con số, ví dụ: {example}. Số lẻ gõ dấu phẩy, như 1,5 ạ.",
    )


def money(
    key: str,
    words: str,
    *,
    label: str,
    example: str = "1tr2",
    optional: bool = False,
    only_if: Callable[[Form[Any]], bool] = _always,
) -> Question:
    """An amount in đồng: "1tr2", "500k", "2 triệu rưỡi", "43.210.000đ"."""
    return Question(
        key=key,
        words=words,
        label=label,
        reads=read_as.amount_vnd(example),
        shows=lambda value: with_unit(value, "đồng"),
        optional=optional,
        only_if=only_if,
        explains=f"Em cần số tiền, ví dụ: {example} hay 500k ạ.",
    )


def day(
    key: str,
    words: str,
    *,
    label: str,
    past_only: bool = True,
    optional: bool = False,
    only_if: Callable[[Form[Any]], bool] = _always,
) -> Question:
    """A date, as people say it: "hôm qua", "CN vừa rồi", "12/4", "mùng 6 Tết"; kept as ISO text."""
    return Question(
        key=key,
        words=words,
        label=label,
        reads=read_as.a_day(past_only),
        shows=read_as.shown_day,
        shortcuts=(("hôm nay", "Hôm nay"), ("hôm qua", "Hôm qua")),
        optional=optional,
        only_if=only_if,
        explains="Anh/chị gõ ngày như 12/4, hoặc “hôm qua”, “chủ nhật vừa rồi” ạ.",
    )


def month(key: str, words: str, *, label: str, optional: bool = False) -> Question:
    """A month: "tháng 4", "4/2026", "tháng trước"; kept as "2026-04"."""
    return Question(
        key=key,
        words=words,
        label=label,
        reads=read_as.a_month(),
        shows=read_as.shown_month,
        shortcuts=(("tháng này", "Tháng này"), ("tháng trước", "Tháng trước")),
        optional=optional,
        explains="Anh/chị gõ tháng như “tháng 4” hay 4/2026 ạ.",
    )


def text(
    key: str,
    words: str,
    *,
    label: str,
    longest: int = 2000,
    optional: bool = False,
    only_if: Callable[[Form[Any]], bool] = _always,
    explains: str = "",
) -> Question:
    """Free words, kept as typed."""
    return Question(
        key=key,
        words=words,
        label=label,
        reads=read_as.free_words(longest),
        shows=str,
        optional=optional,
        only_if=only_if,
        explains=explains or "Anh/chị cứ gõ bình thường, không dấu cũng được ạ.",
    )


def photos(
    key: str,
    words: str,
    *,
    label: str = "Ảnh",
    most: int = 10,
    optional: bool = True,
    only_if: Callable[[Form[Any]], bool] = _always,
) -> Question:
    """Pictures, collected until the album rests and "xong" is said."""
    return Question(
        key=key,
        words=words,
        label=label,
        reads=read_as.pictures(key, most),
        shows=lambda ids: f"{len(ids)} ảnh",
        shortcuts=(("xong", "Xong"),),
        optional=optional,
        only_if=only_if,
        collects=True,
        explains="Anh/chị chụp hoặc chọn ảnh rồi gửi vào đây, xong thì gõ XONG ạ.",
    )


def place(
    key: str,
    words: str,
    *,
    label: str = "Nơi xảy ra",
    optional: bool = False,
    only_if: Callable[[Form[Any]], bool] = _always,
) -> Question:
    """A place: a pin, typed coordinates, or words; kept as {"words", "lat", "lon"}."""
    return Question(
        key=key,
        words=words,
        label=label,
        reads=read_as.somewhere(),
        shows=read_as.shown_place,
        optional=optional,
        only_if=only_if,
        asks_place=True,
        explains="Anh/chị gửi vị trí, hoặc gõ chỗ đó bằng lời, ví dụ: sau trạm y tế, thôn 3 ạ.",
    )


def unit_picker(
    key: str,
    words: str,
    units: Sequence[Named],
    *,
    label: str = "Đơn vị",
    optional: bool = False,
    only_if: Callable[[Form[Any]], bool] = _always,
) -> Question:
    """One of many units: a few are shown as buttons, any can be typed, with or without accents."""
    shown = tuple(units) if len(units) <= _MOST_BUTTONS else ()
    return Question(
        key=key,
        words=words,
        label=label,
        reads=read_as.a_unit(tuple(units)),
        shows=lambda value: label_of(units, value),
        options=shown,
        optional=optional,
        only_if=only_if,
        explains="Anh/chị gõ tên đơn vị, không dấu cũng được, ví dụ: thon 3 ạ.",
    )


def yes_no(
    key: str,
    words: str,
    *,
    label: str,
    yes: str = "Có",
    no: str = "Không",
    optional: bool = False,
    only_if: Callable[[Form[Any]], bool] = _always,
) -> Question:
    """Yes or no; kept as true or false."""
    return Question(
        key=key,
        words=words,
        label=label,
        reads=read_as.yes_or_no(yes, no),
        shows=lambda value: yes if value else no,
        options=(Named(value=True, label=yes), Named(value=False, label=no)),
        optional=optional,
        only_if=only_if,
        explains=f"Anh/chị trả lời {yes} hoặc {no} ạ.",
    )


_MOST_BUTTONS = 12


def as_named(options: Mapping[str, str] | Sequence[Named]) -> tuple[Named, ...]:
    """Options as `Named`, whichever way a flow wrote them."""
    if isinstance(options, Mapping):
        return tuple(Named(value=value, label=label) for value, label in options.items())
    return tuple(options)


def label_of(options: Sequence[Named], value: Any) -> str:
    """What people read for a chosen value; the value itself when the option is gone."""
    return next((option.label for option in options if option.value == value), str(value))


def with_unit(value: Any, unit: str) -> str:
    """A number as Vietnamese write it, with its unit: 1.200 hộ, 1,5 ha."""
    return f"{read_as.shown_number(value)} {unit}".strip()


def keep_shortcut(keeps: Any, unit: str) -> tuple[tuple[str, str], ...]:
    """The button that takes last period's value again, when there is one."""
    return () if keeps is None else (("giữ", f"Giữ {with_unit(keeps, unit)}"),)
