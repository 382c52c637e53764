"""Distils the machine-readable Bot API description into the facts the emulator checks against.

    python -m tests.emulators.distil_telegram_api BOT_API.json

The source is the JSON of github.com/PaulSonOfLars/telegram-bot-api-spec (MIT, see
`telegram_api.LICENSE.txt`), itself read off https://core.telegram.org/bots/api.
Descriptions are dropped; only the numbers and constants they state are kept.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

OUTPUT = Path(__file__).with_name("telegram_api.json")

Described = dict[str, Any]

# (pattern, unit): the first that matches a description states the field's limit.
SPANS = (
    (r"(\d+)-(\d+) characters", "characters"),
    (r"(\d+)-(\d+) [Bb]ytes", "bytes"),
)
NUMBERS = (
    r"[;,] (\d+)-(\d+)\b",
    r"\b(\d+)-(\d+) are accepted",
    r"[Mm]ust be between (\d+) and (\d+)",
)
ITEMS = (r"\b(\d+)-(\d+)\b(?!-based)",)
# Words of descriptions that state more than one span: left unchecked rather than half checked.
SEVERAL_SPANS = ("0x7FFFFFFF", "nanotoncoins")
# The fields that tell one kind of a union from another by a fixed word.
DISCRIMINATORS = ("type", "source")
MOST_ITEMS = (r"[Aa]t most (\d+)", r"up to (\d+) (?:items|identifiers)")


def distil(source: Described) -> Described:
    """The facts of `source` needed to judge a call: methods, and the types calls are made of."""
    reachable = _reachable_types(source)
    return {
        "version": source["version"],
        "release_date": source["release_date"],
        "updates": [field["name"] for field in source["types"]["Update"]["fields"][1:]],
        "methods": {name: _fields(method) for name, method in source["methods"].items()},
        "types": {
            name: _fields(source["types"][name])
            for name in sorted(reachable)
            if "subtypes" not in source["types"][name]
        },
        "unions": {
            name: source["types"][name]["subtypes"]
            for name in sorted(reachable)
            if "subtypes" in source["types"][name]
        },
    }


def _reachable_types(source: Described) -> set[str]:
    found: set[str] = set()
    to_see = [
        kind
        for method in source["methods"].values()
        for field in method.get("fields", [])
        for kind in field["types"]
    ]
    while to_see:
        kind = to_see.pop().split()[-1]
        if kind in found or kind not in source["types"]:
            continue
        found.add(kind)
        described = source["types"][kind]
        to_see += described.get("subtypes", [])
        to_see += [kind for field in described.get("fields", []) for kind in field["types"]]
    return found - {"InputFile"}


def _fields(described: Described) -> Described:
    return {field["name"]: _field(field) for field in described.get("fields", [])}


def _field(field: Described) -> Described:
    description = field["description"]
    facts: Described = {"types": field["types"]}
    if field["required"]:
        facts["required"] = True
    if limit := _limit(field["types"], description):
        facts["limit"] = limit
    if "after entities parsing" in description:
        facts["parsed"] = True
    constant = re.search(r'(?:must be (\w+)|always "(\w+)")\.?$', description)
    if constant and field["name"] in DISCRIMINATORS:
        facts["must_be"] = constant[1] or constant[2]
    if choices := re.search(r"(?:can|[Mm]ust) be one of (\".*)", description):
        facts["choices"] = list(dict.fromkeys(re.findall(r'"([^"]+)"', choices[1])))
    return facts


def _limit(types: list[str], description: str) -> list[Any] | None:
    if "String" in types:
        for pattern, unit in SPANS:
            if span := re.search(pattern, description):
                return [int(span[1]), int(span[2]), unit]
    if types[0].startswith("Array of "):
        return _items(description)
    if types[0] in ("Integer", "Float") and not any(word in description for word in SEVERAL_SPANS):
        for pattern in NUMBERS:
            if span := re.search(pattern, description):
                return [int(span[1]), int(span[2]), "value"]
    return None


def _items(description: str) -> list[Any] | None:
    for pattern in ITEMS:
        if span := re.search(pattern, description):
            return [int(span[1]), int(span[2]), "items"]
    for pattern in MOST_ITEMS:
        if most := re.search(pattern, description):
            return [0, int(most[1]), "items"]
    return None


def _one_line_each(facts: Described) -> str:
    """JSON with one method or type a line, so that a change in the API is a readable diff."""
    parts = []
    for key, value in facts.items():
        if isinstance(value, dict):
            lines = ",\n".join(
                f"  {json.dumps(name)}: {json.dumps(entry, ensure_ascii=False)}"
                for name, entry in value.items()
            )
            parts.append(f" {json.dumps(key)}: {{\n{lines}\n }}")
        else:
            parts.append(f" {json.dumps(key)}: {json.dumps(value)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def main(arguments: list[str]) -> int:
    """Read the source named by the only argument, write `telegram_api.json` beside this file."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m tests.emulators.distil_telegram_api BOT_API.json\n")
        return 2
    source = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    OUTPUT.write_text(_one_line_each(distil(source)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
