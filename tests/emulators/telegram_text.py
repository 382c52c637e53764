"""Telegram's way of reading text: UTF-16 lengths, parse modes, and the entities it finds itself.

Rules: https://core.telegram.org/bots/api#formatting-options
"""

import re
from dataclasses import dataclass, field
from html import unescape
from typing import Any

Entity = dict[str, Any]

HTML_TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
    "tg-time": "date_time",
}
MARKDOWN_V2_MARKS = {
    "*": "bold",
    "__": "underline",
    "_": "italic",
    "~": "strikethrough",
    "||": "spoiler",
    "```": "pre",
    "`": "code",
}
MARKDOWN_MARKS = {"*": "bold", "_": "italic", "```": "pre", "`": "code"}
MUST_BE_ESCAPED_IN_V2 = set("_*[]()~`>#+-=|{}.!")


class UnparsableText(ValueError):
    """Telegram's own words for text whose markup it cannot read."""


def utf16_length(text: str) -> int:
    """Length as Telegram counts it: UTF-16 code units, so an emoji is usually two."""
    return len(text.encode("utf-16-le")) // 2


@dataclass
class _Reading:
    """Text gathered so far and the marks still open in it."""

    text: str = ""
    entities: list[Entity] = field(default_factory=list)
    open: list[tuple[str, Entity]] = field(default_factory=list)

    def opens(self, mark: str, kind: str, **more: Any) -> None:
        entity = {"type": kind, "offset": utf16_length(self.text), "length": 0, **more}
        self.open.append((mark, entity))

    def closes(self, **more: Any) -> None:
        _, entity = self.open.pop()
        entity["length"] = utf16_length(self.text) - entity["offset"]
        entity.update(more)
        if entity["length"]:
            self.entities.append(entity)

    @property
    def innermost(self) -> str | None:
        return self.open[-1][0] if self.open else None

    def finished(self) -> tuple[str, list[Entity]]:
        return self.text, sorted(self.entities, key=lambda entity: entity["offset"])


def parse(text: str, parse_mode: str | None) -> tuple[str, list[Entity]]:
    """The text people will see, and its entities.

    Raises:
        UnparsableText: the markup is wrong, or the mode is not one of HTML, MarkdownV2, Markdown.
    """
    mode = (parse_mode or "").lower()
    if not mode:
        return text, []
    if mode == "html":
        return _parse_html(text)
    if mode == "markdownv2":
        return _parse_markdown(text, MARKDOWN_V2_MARKS, strict=True)
    if mode == "markdown":
        return _parse_markdown(text, MARKDOWN_MARKS, strict=False)
    raise UnparsableText("unsupported parse_mode")


def _parse_html(text: str) -> tuple[str, list[Entity]]:
    reading = _Reading()
    at = 0
    for tag in re.finditer(r"<(/?)([a-zA-Z][a-zA-Z-]*)?([^<>]*)>?", text):
        reading.text += _unescaped(text[at : tag.start()])
        at = tag.end()
        name = (tag[2] or "").lower()
        if tag[1]:
            _close_tag(reading, name)
        elif name not in HTML_TAGS:
            raise UnparsableText(f'can\'t parse entities: Unsupported start tag "{name}"')
        elif not tag[0].endswith(">"):
            raise UnparsableText("can't parse entities: Unclosed start tag")
        else:
            link = re.search(r"""href\s*=\s*["']?([^"'>\s]+)""", tag[3])
            more = {"url": unescape(link[1])} if name == "a" and link else {}
            reading.opens(name, HTML_TAGS[name], **more)
    reading.text += _unescaped(text[at:])
    if reading.innermost:
        raise UnparsableText(
            f"can't parse entities: Can't find end tag corresponding to start tag "
            f'"{reading.innermost}"'
        )
    return reading.finished()


def _close_tag(reading: _Reading, name: str) -> None:
    if reading.innermost is None:
        raise UnparsableText(f'can\'t parse entities: Unexpected end tag "{name}"')
    if name and name != reading.innermost:
        raise UnparsableText(
            f"can't parse entities: Unmatched end tag, "
            f'expected "</{reading.innermost}>", found "</{name}>"'
        )
    reading.closes()


def _unescaped(text: str) -> str:
    # Telegram knows only these named entities, and numeric ones; any other "&" stays itself.
    return re.sub(r"&(?:lt|gt|amp|quot|#\d+|#x[0-9a-fA-F]+);", lambda it: unescape(it[0]), text)


def _parse_markdown(text: str, marks: dict[str, str], *, strict: bool) -> tuple[str, list[Entity]]:
    reading = _Reading()
    by_length = sorted(marks, key=len, reverse=True)
    at = 0
    while at < len(text):
        in_code = reading.innermost in ("`", "```")
        mark = next((mark for mark in by_length if text.startswith(mark, at)), None)
        if text[at] == "\\" and at + 1 < len(text) and ord(text[at + 1]) < 127:
            reading.text += text[at + 1]
            at += 2
        elif mark and (not in_code or mark == reading.innermost):
            _toggle(reading, mark, marks[mark])
            at += len(mark)
        elif in_code:
            reading.text += text[at]
            at += 1
        else:
            at = _plain_or_link(reading, text, at, strict=strict)
    if reading.innermost:
        raise UnparsableText("can't parse entities: Can't find end of the entity")
    return reading.finished()


def _toggle(reading: _Reading, mark: str, kind: str) -> None:
    if reading.innermost == mark:
        reading.closes()
    else:
        reading.opens(mark, kind)


def _plain_or_link(reading: _Reading, text: str, at: int, *, strict: bool) -> int:
    character = text[at]
    if character == "[":
        reading.opens("[", "text_link")
        return at + 1
    if character == "]" and reading.innermost == "[":
        link = re.compile(r"\]\(((?:[^)\\]|\\.)*)\)").match(text, at)
        reading.closes(url=link[1] if link else "")
        return link.end() if link else at + 1
    starts_quote = character == ">" and (at == 0 or text[at - 1] == "\n")
    if strict and character in MUST_BE_ESCAPED_IN_V2 and not starts_quote:
        raise UnparsableText(
            f"can't parse entities: Character '{character}' is reserved "
            f"and must be escaped with the preceding '\\'"
        )
    reading.text += "" if starts_quote else character
    return at + 1


FOUND = re.compile(
    r"(?P<bot_command>(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z][A-Za-z0-9_]{3,31})?\b)"
    r"|(?P<email>\b[A-Za-z0-9_.+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+\b)"
    r"|(?P<mention>(?<![\w@])@[A-Za-z][A-Za-z0-9_]{3,31}\b)"
    r"|(?P<url>\bhttps?://[^\s<>]*[^\s<>.,!?:;)])"
    r"|(?P<hashtag>(?<![\w#])#\w*[^\W\d]\w*)"
)


def found_entities(text: str) -> list[Entity]:
    """Entities Telegram marks by itself in plain text: commands, mentions, links, tags, e-mail."""
    return [
        {
            "type": found.lastgroup,
            "offset": utf16_length(text[: found.start()]),
            "length": utf16_length(found[0]),
        }
        for found in FOUND.finditer(text)
    ]
