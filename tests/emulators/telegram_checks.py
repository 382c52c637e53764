"""Whether a call to the Bot API is one Telegram would take: types, limits, and the written rules.

The types come from `telegram_schema`; what stands here are the rules that types cannot say.
Each names the page section it comes from, all on https://core.telegram.org/bots/api.
"""

import io
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

from PIL import Image

from tests.emulators.telegram_schema import METHODS, Upload, decode, object_problems
from tests.emulators.telegram_text import UnparsableText, parse, utf16_length

Values = dict[str, Any]

# InlineKeyboardButton: "Exactly one of the fields other than text, icon_custom_emoji_id, and style"
NOT_ACTIONS = {"text", "icon_custom_emoji_id", "style"}
# python-telegram-bot's constants.InlineKeyboardMarkupLimit, measured against the live service.
MOST_BUTTONS = 100
MOST_BUTTONS_IN_A_ROW = 8
# Sending files: "10 MB max size for photos, 50 MB for other files."
PHOTO_MAX_BYTES = 10 * 1024 * 1024
FILE_MAX_BYTES = 50 * 1024 * 1024
# sendPhoto: width and height at most 10000 in total, ratio at most 20.
PHOTO_MAX_SIDES_PX = 10_000
PHOTO_MAX_RATIO = 20
CHAT_ACTIONS = {
    "typing",
    "upload_photo",
    "record_video",
    "upload_video",
    "record_voice",
    "upload_voice",
    "upload_document",
    "choose_sticker",
    "find_location",
    "record_video_note",
    "upload_video_note",
}


def check_call(method: str, params: dict[str, Any]) -> list[str]:
    """Everything that is wrong with a call, in words; `[]` when Telegram would take it.

    Args:
        method: as in the URL, e.g. "sendMessage".
        params: raw form fields (strings), decoded JSON values, or `Upload`s.
    """
    return read_call(method, params)[1]


def read_call(method: str, params: dict[str, Any]) -> tuple[Values, list[str]]:
    """The decoded parameters of a call, and its problems as `check_call` gives them."""
    if method not in METHODS:
        return {}, [f"Not Found — {method} is no method of the Bot API"]
    values, problems = _decode_all(METHODS[method], params)
    attachments = set(params.keys() - METHODS[method].keys())
    used = {name.removeprefix("attach://") for name in _attached(values)}
    problems += _attachment_problems(params, attachments, used)
    if problems:
        return values, problems
    problems = object_problems(values, METHODS[method], "", method)
    if not problems:
        problems = [problem for rule in RULES for problem in rule(method, values)]
    uploads = {name: params[name] for name in attachments}
    return {**values, **uploads}, problems


def _decode_all(spec: dict[str, Any], params: dict[str, Any]) -> tuple[Values, list[str]]:
    values: Values = {}
    problems: list[str] = []
    for name, raw in params.items():
        if name in spec:
            values[name], found = decode(raw, spec[name]["types"], name)
            problems += found
    return values, problems


def _attached(value: Any) -> Iterator[str]:
    if isinstance(value, str) and value.startswith("attach://"):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _attached(item)
    elif isinstance(value, list):
        for item in value:
            yield from _attached(item)


def _attachment_problems(
    params: dict[str, Any], attachments: set[str], used: set[str]
) -> list[str]:
    problems = [
        f"unknown parameter — {name}"
        for name in sorted(attachments)
        if name not in used or not isinstance(params[name], Upload)
    ]
    return problems + [
        f"wrong HTTP URL specified — attach://{name} names no uploaded file"
        for name in sorted(used)
        if not isinstance(params.get(name), Upload)
    ]


def _entities_fit(method: str, values: Values) -> list[str]:
    """MessageEntity: offsets in UTF-16 units, inside the text; instead of a parse mode."""
    problems = []
    for owner in _owners(values):
        for text_name, name in (("text", "entities"), ("caption", "caption_entities")):
            entities = owner.get(name)
            if not entities or not isinstance(owner.get(text_name), str):
                continue
            if owner.get("parse_mode"):
                problems.append(f"can't use {name} together with parse_mode — {method}")
            length = utf16_length(owner[text_name])
            problems += [
                f"entity beginning at {entity['offset']} ends after the end of the text — {name}"
                for entity in entities
                if entity["offset"] < 0 or entity["offset"] + entity["length"] > length
            ]
    return problems


def _owners(values: Values) -> list[Values]:
    media = values.get("media")
    items = media if isinstance(media, list) else [media]
    return [values, *(item for item in items if isinstance(item, dict))]


def _text_shows(method: str, values: Values) -> list[str]:
    """sendMessage, editMessageText: the text is 1-4096 characters after entities parsing."""
    if method not in ("sendMessage", "editMessageText"):
        return []
    try:
        shown, _ = parse(values["text"], values.get("parse_mode"))
    except UnparsableText as error:
        return [f"{error} — text"]
    return [] if shown.strip() else ["message text is empty — nothing is left after parsing"]


def _keyboard_fits(_: str, values: Values) -> list[str]:
    """InlineKeyboardButton and KeyboardButton: how many fields, how many buttons."""
    markup = values.get("reply_markup")
    if not isinstance(markup, dict):
        return []
    inline = "inline_keyboard" in markup
    rows = markup.get("inline_keyboard" if inline else "keyboard", [])
    judge = _inline_button_problems if inline else _reply_button_problems
    problems = [problem for row in rows for button in row for problem in judge(button)]
    if inline and any(len(row) > MOST_BUTTONS_IN_A_ROW for row in rows):
        problems.append("BUTTON_INVALID — more than 8 buttons in a row")
    if sum(len(row) for row in rows) > MOST_BUTTONS:
        problems.append("reply markup is too long — more than 100 buttons")
    return problems


def _inline_button_problems(button: Values) -> list[str]:
    actions = button.keys() - NOT_ACTIONS
    if len(actions) != 1:
        return [
            f"Text buttons are unallowed in the inline keyboard — {button['text']!r} has "
            f"{sorted(actions) or 'no action'}, exactly one is needed"
        ]
    if not button["text"].strip():
        return ["Button text can't be empty — inline keyboard"]
    url = button.get("url") or (button.get("web_app") or {}).get("url")
    if url and not _reachable(url, https_only="web_app" in button):
        return [f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL — button"]
    return []


def _reply_button_problems(button: Values | str) -> list[str]:
    if isinstance(button, str):
        return [] if button.strip() else ["Button text can't be empty — keyboard"]
    asked = sorted(name for name in button.keys() - NOT_ACTIONS if button[name])
    if len(asked) > 1:
        return [f"wrong keyboard button — {button['text']!r} asks for {asked}, at most one"]
    return [] if button["text"].strip() else ["Button text can't be empty — keyboard"]


def _reachable(url: str, *, https_only: bool) -> bool:
    parts = urlsplit(url)
    if parts.scheme in ("tg", "ton", "tonsite") and not https_only:
        return True
    schemes = ("https",) if https_only else ("http", "https")
    return parts.scheme in schemes and "." in (parts.hostname or "")


def _edit_has_target(method: str, values: Values) -> list[str]:
    """editMessage*: chat_id and message_id, or inline_message_id."""
    if not method.startswith("editMessage") or values.get("inline_message_id"):
        return []
    if "chat_id" in values and "message_id" in values:
        return []
    return ["message identifier is not specified — chat_id and message_id, or inline_message_id"]


def _album_is_of_one_kind(method: str, values: Values) -> list[str]:
    """sendMediaGroup: documents and audio only with messages of the same type."""
    kinds = {item["type"] for item in values["media"]} if method == "sendMediaGroup" else set()
    if len(kinds) > 1 and kinds & {"document", "audio"}:
        return [f"document can't be mixed with other media types — album of {sorted(kinds)}"]
    return []


def _fixed_words(method: str, values: Values) -> list[str]:
    """setWebhook.secret_token, BotCommand.command, sendChatAction.action, coordinates."""
    problems = []
    if method == "setWebhook" and not re.fullmatch(
        r"[A-Za-z0-9_-]*", values.get("secret_token", "")
    ):
        problems.append("secret token contains unallowed characters — setWebhook.secret_token")
    if method == "setMyCommands":
        problems += [
            f"BOT_COMMAND_INVALID — {item['command']!r} (a-z, 0-9 and _ only)"
            for item in values["commands"]
            if not re.fullmatch(r"[a-z0-9_]+", item["command"])
        ]
    if method == "sendChatAction" and values["action"] not in CHAT_ACTIONS:
        problems.append(f"wrong parameter action in request — {values['action']!r}")
    if method in ("sendLocation", "sendVenue") and not (
        abs(values["latitude"]) <= 90 and abs(values["longitude"]) <= 180
    ):
        problems.append("wrong location specified — latitude ±90, longitude ±180")
    return problems


def _one_reaction(method: str, values: Values) -> list[str]:
    """setMessageReaction: bots can set up to one reaction per message, none paid."""
    reactions = values.get("reaction", []) if method == "setMessageReaction" else []
    if len(reactions) > 1:
        return ["REACTIONS_TOO_MANY — a bot can set one reaction on a message"]
    if any(reaction["type"] == "paid" for reaction in reactions):
        return ["REACTION_INVALID — paid reactions can't be used by bots"]
    return []


def _files_fit(method: str, values: Values) -> list[str]:
    """Sending files: not empty, 10 MB for photos, 50 MB for others; photo dimensions."""
    problems = []
    photos = {"photo"} | {
        item["media"].removeprefix("attach://")
        for item in _owners(values)
        if item.get("type") == "photo"
    }
    for name, file in values.items():
        if not isinstance(file, Upload):
            continue
        is_photo = name in photos
        if not file.content:
            problems.append(f"file must be non-empty — {method}.{name}")
        elif len(file.content) > (PHOTO_MAX_BYTES if is_photo else FILE_MAX_BYTES):
            problems.append(f"file is too big — {method}.{name}, {len(file.content)} bytes")
        elif is_photo:
            problems += photo_problems(file.content)
    return problems


def photo_problems(content: bytes) -> list[str]:
    """sendPhoto: an image that opens, its sides at most 10000 px together, ratio at most 20."""
    try:
        with Image.open(io.BytesIO(content)) as image:
            width_px, height_px = image.size
    except OSError:
        return ["IMAGE_PROCESS_FAILED — the bytes are no image"]
    too_long = width_px + height_px > PHOTO_MAX_SIDES_PX
    if too_long or max(width_px, height_px) > PHOTO_MAX_RATIO * min(width_px, height_px):
        return [f"PHOTO_INVALID_DIMENSIONS — {width_px}x{height_px} px"]
    return []


RULES: tuple[Callable[[str, Values], list[str]], ...] = (
    _text_shows,
    _entities_fit,
    _keyboard_fits,
    _edit_has_target,
    _album_is_of_one_kind,
    _fixed_words,
    _one_reaction,
    _files_fit,
)
