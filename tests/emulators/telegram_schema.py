"""What the Bot API says a call is made of: decoding parameters and judging their types.

A problem reads `<Telegram's words> — <what exactly is wrong>`; the emulator answers with the first
part, tests show both. Facts: `telegram_api.json`, Bot API 10.0.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.emulators.telegram_text import UnparsableText, parse, utf16_length

API: dict[str, Any] = json.loads(
    Path(__file__).with_name("telegram_api.json").read_text(encoding="utf-8")
)
METHODS: dict[str, dict[str, Any]] = API["methods"]
TYPES: dict[str, dict[str, Any]] = API["types"]
UNIONS: dict[str, list[str]] = API["unions"]

ARRAY = "Array of "
BOOLEANS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
# How Telegram words a limit that is broken; (field, too_long). Other fields get a plain sentence.
WORDS = {
    ("text", False): "message text is empty",
    ("text", True): "message is too long",
    ("caption", True): "message caption is too long",
    ("callback_data", False): "BUTTON_DATA_INVALID",
    ("callback_data", True): "BUTTON_DATA_INVALID",
    ("command", False): "BOT_COMMAND_INVALID",
    ("command", True): "BOT_COMMAND_INVALID",
    ("media", False): "there are too few media to send as an album",
    ("media", True): "too many messages to send as an album",
}


@dataclass(frozen=True)
class Upload:
    """A file that came in the form of a call."""

    filename: str
    content: bytes
    content_type: str = "application/octet-stream"


def decode(raw: Any, types: list[str], path: str) -> tuple[Any, list[str]]:
    """The value a raw form field or JSON value stands for, as Telegram would read it."""
    if not isinstance(raw, str) or isinstance(raw, Upload):
        return raw, []
    if "Integer" in types and re.fullmatch(r"-?\d+", raw):
        return int(raw), []
    if "String" in types:
        return raw, []
    if types == ["InputFile"] or types == ["Integer"]:
        return raw, []
    if types == ["Boolean"]:
        return BOOLEANS.get(raw.lower(), raw), []
    try:
        return json.loads(raw), []
    except ValueError:
        return None, [f"can't parse {path} JSON object — {raw[:60]!r}"]


def type_problems(value: Any, types: list[str], path: str) -> list[str]:
    """What keeps `value` from being any of `types`; of several readings, the nearest one."""
    if all(kind.startswith(ARRAY) for kind in types):
        if not isinstance(value, list):
            return [_wrong(path, value, types)]
        kinds = [kind.removeprefix(ARRAY) for kind in types]
        return [
            problem
            for index, item in enumerate(value)
            for problem in type_problems(item, kinds, f"{path}[{index}]")
        ]
    kinds = [part for kind in types for part in UNIONS.get(kind, [kind])]
    judged = [_one_type_problems(value, kind, path, types) for kind in _candidates(value, kinds)]
    if not judged:
        return [_wrong(path, value, types)]
    return min(judged, key=len)


def _candidates(value: Any, kinds: list[str]) -> list[str]:
    """Of several object types, those whose fixed words (`type: photo`) the value carries."""
    if not isinstance(value, dict) or len(kinds) == 1:
        return kinds
    return [
        kind
        for kind in kinds
        if kind in TYPES
        and all(
            value.get(name) == facts["must_be"]
            for name, facts in TYPES[kind].items()
            if "must_be" in facts
        )
    ]


def _one_type_problems(value: Any, kind: str, path: str, types: list[str]) -> list[str]:
    if kind in TYPES:
        if kind == "KeyboardButton" and isinstance(value, str):
            return []
        if not isinstance(value, dict):
            return [_wrong(path, value, types)]
        return object_problems(value, TYPES[kind], path, kind)
    fits = {
        "Integer": isinstance(value, int) and not isinstance(value, bool),
        "Float": isinstance(value, int | float) and not isinstance(value, bool),
        "Boolean": isinstance(value, bool),
        "String": isinstance(value, str),
        "InputFile": isinstance(value, Upload),
    }[kind]
    return [] if fits else [_wrong(path, value, types)]


def object_problems(
    value: dict[str, Any], fields: dict[str, Any], path: str, kind: str
) -> list[str]:
    """Unknown and missing fields of one object, and what is wrong with those it has."""
    problems = [
        f"unknown field — {path}.{name} is not part of {kind}" for name in value.keys() - fields
    ]
    for name, facts in fields.items():
        where = f"{path}.{name}" if path else name
        if value.get(name) is not None:
            problems += type_problems(value[name], facts["types"], where) or limit_problems(
                name, value, facts, where
            )
        elif facts.get("required"):
            problems.append(f"{missing(name)} — {where} is required")
    return problems


def missing(name: str) -> str:
    """Telegram's words for a required parameter that is not there."""
    return {"text": "message text is empty", "chat_id": "chat_id is empty"}.get(
        name, f'parameter "{name}" is required'
    )


def limit_problems(name: str, owner: dict[str, Any], facts: dict[str, Any], path: str) -> list[str]:
    """Broken limits and fixed words of one field; `owner` holds its parse mode, if any."""
    value = owner[name]
    if "must_be" in facts and value != facts["must_be"]:
        return [f'wrong {name} — {path} must be "{facts["must_be"]}"']
    if "choices" in facts and value not in facts["choices"]:
        return [f"wrong {name} specified — {path} is {value!r}"]
    if not isinstance(value, str | int | float | list):
        return []
    try:
        length, unit = _measure(name, owner, facts)
    except UnparsableText as error:
        return [f"{error} — {path}"]
    low, high, _ = facts.get("limit", [None, None, ""])
    if low is None or low <= length <= high:
        return []
    words = WORDS.get((name, length > high), f"wrong {name} specified")
    return [f"{words} — {path} has {length} {unit}, allowed {low}-{high}"]


def _measure(name: str, owner: dict[str, Any], facts: dict[str, Any]) -> tuple[float, str]:
    value, unit = owner[name], facts.get("limit", [0, 0, ""])[2]
    if isinstance(value, list):
        return len(value), "items"
    if not isinstance(value, str):
        return value, ""
    if unit == "bytes":
        return len(value.encode()), "bytes"
    shown = parse(value, _parse_mode(name, owner))[0] if facts.get("parsed") else value
    # Telegram trims what it shows, so a text of spaces alone is an empty one.
    return utf16_length(shown.strip()), "UTF-16 units"


def _parse_mode(name: str, owner: dict[str, Any]) -> str | None:
    own = "parse_mode" if name in ("text", "caption", "title") else f"{name}_parse_mode"
    mode = owner.get(own)
    return mode if isinstance(mode, str) else None


def _wrong(path: str, value: Any, types: list[str]) -> str:
    given = value.filename if isinstance(value, Upload) else str(value)[:60]
    kind = type(value).__name__
    return f"wrong type of {path} — {kind} {given!r} is not {' or '.join(types)}"
