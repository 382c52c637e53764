"""YAML read together with the line each entry stands on, so that an error can say where.

Only the plain part of YAML 1.2 is understood (text, whole and decimal numbers, true, false, null,
lists, mappings): a key `on` stays a word and `2026-03-05` stays text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

Path = tuple[str | int, ...]
"""The way from the top of a document to an entry: `("targets", 3, "unit")`."""

_TRUE_FALSE = {"true": True, "false": False}
_NULL = {"", "~", "null"}
_WHOLE = re.compile(r"[-+]?(0|[1-9]\d*)$")
_DECIMAL = re.compile(r"[-+]?\d+\.\d+$")
_MOST_DEEP = 20
"""A pack nests five levels; deeper is a slip or an alias that contains itself."""
_MOST_ENTRIES = 100_000
"""The largest shipped pack has some 3,000 entries; a file that unfolds to more is refused unread."""
_BASE: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Fault:
    """A slip in the YAML itself, at a line counted from 1; `path` is the way to it where that is known."""

    line: int
    words: str
    path: Path = ()


@dataclass
class Marked:
    """What a YAML text holds, the line of every entry, and the slips found on the way."""

    data: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def line_of(self, path: Path) -> int:
        """The line of an entry, or of the nearest entry around it."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return 1


def read(text: str) -> Marked:
    """Read one YAML document; never raises for what the text holds, `faults` says what is wrong."""
    marked = Marked()
    tabs = [number for number, line in enumerate(text.split("\n"), 1) if re.match(r" *\t", line)]
    if tabs:
        marked.faults += [
            Fault(line, "dòng bắt đầu bằng phím Tab. Thay mỗi phím Tab bằng hai dấu cách")
            for line in tabs
        ]
        return marked
    try:
        root = yaml.compose(text, Loader=_BASE)
    except yaml.YAMLError as error:
        marked.faults.append(_syntax_fault(error))
        return marked
    if root is not None:
        try:
            marked.data = _value(root, (), marked)
        except _TooMuch:
            words = "tệp lồng nhau quá sâu hoặc quá nhiều mục. Xem lại các chỗ dùng dấu & và *"
            return Marked(faults=[Fault(1, words)])
    return marked


class _TooMuch(Exception):
    """The text unfolds to more than any pack needs."""


def _syntax_fault(error: yaml.YAMLError) -> Fault:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if isinstance(error, yaml.reader.ReaderError):
        return Fault(1, "có ký tự lạ không đọc được. Xóa ký tự đó rồi lưu lại tệp dạng UTF-8")
    line = mark.line + 1 if mark else 1
    return Fault(
        line,
        "viết chưa đúng cách YAML ở dòng này hoặc dòng ngay trên. "
        "Xem lại dấu hai chấm, dấu ngoặc, dấu nháy và số dấu cách đầu dòng",
    )


def _value(node: yaml.Node, path: Path, marked: Marked) -> Any:
    marked.lines.setdefault(path, node.start_mark.line + 1)
    if len(path) > _MOST_DEEP or len(marked.lines) > _MOST_ENTRIES:
        raise _TooMuch
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, marked)
    if isinstance(node, yaml.SequenceNode):
        return [_value(each, (*path, index), marked) for index, each in enumerate(node.value)]
    return _scalar(str(node.value), quoted=bool(getattr(node, "style", None)))


def _mapping(node: yaml.MappingNode, path: Path, marked: Marked) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key, line = str(key_node.value), key_node.start_mark.line + 1
        if key in found:
            first = marked.lines[(*path, key)]
            marked.faults.append(
                Fault(line, f'mục "{key}" ghi hai lần (lần đầu ở dòng {first}). Chỉ giữ một', path)
            )
            continue
        marked.lines[(*path, key)] = line
        found[key] = _value(value_node, (*path, key), marked)
    return found


def _scalar(text: str, *, quoted: bool) -> str | int | float | bool | None:
    if quoted:  # or a block of text: always words
        return text
    if text in _NULL:
        return None
    if text in _TRUE_FALSE:
        return _TRUE_FALSE[text]
    if _WHOLE.match(text):
        return int(text)
    if _DECIMAL.match(text):
        return float(text)
    return text
