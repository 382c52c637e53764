"""What a changed plan pack changes, entry by entry, in words for the office that imports it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from plans.calendar import WEEKDAYS
from plans.pack import Entry, Pack
from plans.problems import CHOICES, FIELDS, SECTIONS

KEYED = (
    "units",
    "targets",
    "campaigns",
    "tasks",
    "duties",
    "milestones",
    "violations",
    "outlets",
    "indicators",
)
"""The sections of a pack whose entries are known by a key (an indicator by its code)."""

WHOLE = ("document", "routing", "notes")
"""The sections that are compared as they stand."""

_VERBS = {"added": "thêm", "removed": "bỏ", "changed": "sửa"}

_SPOKEN = {
    word: CHOICES[word]
    for word in "week month quarter half_year year morning afternoon done keep".split()
}
"""Values of the schema that read well within a sentence; the others stand as the file has them."""


@dataclass(frozen=True, slots=True)
class Change:
    """One entry that is new, gone or different.

    `section` is a field of `Pack`, `key` the entry's; for the document and what is compared
    whole the section's own name. `words` is one Vietnamese sentence, from and to included.
    """

    section: str
    key: str
    what: Literal["added", "removed", "changed"]
    words: str

    def __str__(self) -> str:
        return self.words


def changes(old: Pack, new: Pack) -> tuple[Change, ...]:
    """What stands in `new` otherwise than in `old`, in the order of sections and, within one, of keys.

    Moving an entry within its section is no change; another source line is one.
    """
    found: list[Change] = []
    for section in KEYED:
        found += _of_section(section, getattr(old, section), getattr(new, section))
    for section in WHOLE:
        was, now = _plain(getattr(old, section)), _plain(getattr(new, section))
        if was != now:
            found.append(_of_whole(section, was, now))
    return tuple(found)


def _of_section(section: str, old: tuple[Entry, ...], new: tuple[Entry, ...]) -> Iterator[Change]:
    before, after = _by_key(old), _by_key(new)
    for key in sorted(before.keys() | after.keys()):
        was, now = before.get(key), after.get(key)
        if was == now:
            continue
        if was is None:
            yield Change(section, key, "added", _sentence("added", section, key, now))
        elif now is None:
            yield Change(section, key, "removed", _sentence("removed", section, key, was))
        else:
            words = f"{_sentence('changed', section, key, now)}: {_differences(was, now)}"
            yield Change(section, key, "changed", words)


def _of_whole(section: str, was: Any, now: Any) -> Change:
    label = SECTIONS[section]
    if isinstance(was, dict) and isinstance(now, dict):
        return Change(section, section, "changed", f"sửa {label}: {_differences(was, now)}")
    return Change(section, section, "changed", f"sửa {label}: {_notes(was, now)}")


def _notes(was: list[dict[str, Any]], now: list[dict[str, Any]]) -> str:
    """What was written anew and what was struck out; a note mended is both."""
    gone = [f"bỏ “{each['text']}”" for each in was if each not in now]
    new = [f"thêm “{each['text']}”" for each in now if each not in was]
    return "; ".join([*new, *gone]) or "xếp lại thứ tự"


def _by_key(entries: tuple[Entry, ...]) -> dict[str, dict[str, Any]]:
    found = {}
    for entry in entries:
        plain = entry.model_dump(mode="json")
        found[str(plain.get("key") or plain.get("code"))] = plain
    return found


def _plain(section: Any) -> Any:
    if isinstance(section, Entry):
        return section.model_dump(mode="json")
    return [entry.model_dump(mode="json") for entry in section]


def _sentence(what: str, section: str, key: str, entry: Mapping[str, Any] | None) -> str:
    name = (entry or {}).get("name") or (entry or {}).get("summary") or key
    return f"{_VERBS[what]} {SECTIONS[section]} “{name}” ({key})"


def _differences(was: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    return "; ".join(
        _difference(field, was.get(field), now.get(field))
        for field in now
        if was.get(field) != now.get(field)
    )


def _difference(field: str, was: Any, now: Any) -> str:
    if field == "asks":
        return _questions(was or [], now or [])
    return f"{_label(field)} từ {_shown(was)} thành {_shown(now)}"


def _questions(was: list[dict[str, Any]], now: list[dict[str, Any]]) -> str:
    """Question by question, so that one changed word does not hide among all the others."""
    before = {each["key"]: each for each in was}
    after = {each["key"]: each for each in now}
    told = [f"bỏ câu hỏi “{before[key]['words']}”" for key in before if key not in after]
    told += [f"thêm câu hỏi “{after[key]['words']}”" for key in after if key not in before]
    told += [
        f"câu hỏi “{before[key]['words']}”: {_differences(before[key], after[key])}"
        for key in after
        if key in before and before[key] != after[key]
    ]
    return "; ".join(told) or "xếp lại thứ tự câu hỏi"


def _label(field: str) -> str:
    return FIELDS[field][0].split(",")[0] if field in FIELDS else field


def _shown(value: Any) -> str:
    if value is None or value in ([], ""):
        return "để trống"
    if isinstance(value, bool):
        return "có" if value else "không"
    if isinstance(value, float):
        return f"{value:.12g}".replace(".", ",")
    if isinstance(value, list):
        return " và ".join(_shown(each) for each in value)
    if isinstance(value, dict) and "every" in value:
        return _rhythm(value)
    if isinstance(value, dict):
        stated = {field: each for field, each in value.items() if each not in (None, [], "")}
        return ", ".join(f"{_label(field)} {_shown(each)}" for field, each in stated.items())
    return _SPOKEN.get(value, str(value))


def _rhythm(rhythm: Mapping[str, Any]) -> str:
    """`mỗi năm, trước ngày 20/12`; `mỗi tuần, chiều thứ Sáu`."""
    told = [f"mỗi {_SPOKEN[rhythm['every']]}"]
    days = [WEEKDAYS[day - 1] for day in rhythm.get("weekday") or ()]
    part = _SPOKEN.get(rhythm.get("part_of_day") or "", "")
    told += [" ".join(filter(None, (part, " và ".join(days))))] if part or days else []
    for field, words in (("on", "ngày"), ("before", "trước ngày")):
        if rhythm.get(field):
            month, day = rhythm[field].split("-")
            told.append(f"{words} {int(day)}/{int(month)}")
    return ", ".join(told)
