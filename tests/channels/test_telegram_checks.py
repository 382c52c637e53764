"""The checker of Bot API calls: what Telegram takes passes, what it would refuse is named."""

import importlib
import inspect
import json

import pytest

from tests.emulators.__main__ import MODULES
from tests.emulators.distil_telegram_api import distil
from tests.emulators.media import a_photo
from tests.emulators.telegram_checks import check_call
from tests.emulators.telegram_schema import METHODS, Upload
from tests.emulators.telegram_text import UnparsableText, found_entities, parse, utf16_length

PHOTO = Upload("p.jpg", a_photo(), "image/jpeg")
BUTTON: dict[str, object] = {"text": "Có", "callback_data": "y"}


def inline(*rows: list[dict[str, object]]) -> str:
    return json.dumps({"inline_keyboard": rows})


def album(*kinds: str) -> str:
    return json.dumps([{"type": kind, "media": "file-id"} for kind in kinds])


def test_the_api_is_known_whole() -> None:
    """Bot API 10.0 has 176 methods."""
    assert len(METHODS) == 176


GOOD = [
    ("getMe", {}),
    ("getUpdates", {"offset": "5", "timeout": "10", "allowed_updates": '["message"]'}),
    ("sendMessage", {"chat_id": "5", "text": "a" * 4096}),
    ("sendMessage", {"chat_id": 5, "text": "chào", "disable_notification": True}),
    ("sendMessage", {"chat_id": "@xa", "text": "chào", "disable_notification": "true"}),
    ("sendMessage", {"chat_id": "5", "text": f"<b>{'a' * 4096}</b>", "parse_mode": "HTML"}),
    ("sendMessage", {"chat_id": "5", "text": "x", "reply_markup": inline([BUTTON])}),
    (
        "sendMessage",
        {
            "chat_id": "5",
            "text": "x",
            "reply_markup": '{"keyboard": [["A"], [{"text": "B", "request_contact": true}]]}',
        },
    ),
    ("sendMessage", {"chat_id": "5", "text": "x", "reply_markup": '{"remove_keyboard": true}'}),
    ("sendMessage", {"chat_id": "5", "text": "x", "reply_parameters": '{"message_id": 3}'}),
    ("sendPhoto", {"chat_id": "5", "photo": PHOTO, "caption": "a" * 1024}),
    ("sendPhoto", {"chat_id": "5", "photo": "file-id"}),
    ("sendMediaGroup", {"chat_id": "5", "media": album("photo", "video")}),
    ("sendMediaGroup", {"chat_id": "5", "media": album(*["document"] * 10)}),
    ("sendLocation", {"chat_id": "5", "latitude": "20.97", "longitude": "105"}),
    ("sendChatAction", {"chat_id": "5", "action": "typing"}),
    ("answerCallbackQuery", {"callback_query_id": "1", "text": "a" * 200}),
    ("editMessageText", {"chat_id": "5", "message_id": "1", "text": "x"}),
    ("setMyCommands", {"commands": '[{"command": "bao_su_co", "description": "Báo"}]'}),
    ("setWebhook", {"url": "https://a.vn/h", "secret_token": "A-z_9"}),
    (
        "setMessageReaction",
        {"chat_id": 5, "message_id": 1, "reaction": [{"type": "emoji", "emoji": "👍"}]},
    ),
]


@pytest.mark.parametrize(("method", "params"), GOOD)
def test_what_telegram_takes_passes(method: str, params: dict[str, object]) -> None:
    assert check_call(method, params) == []


BAD = [
    ("sendSmoke", {}, "Not Found"),
    ("sendMessage", {"text": "x"}, "chat_id is empty"),
    ("sendMessage", {"chat_id": "5"}, "message text is empty"),
    ("sendMessage", {"chat_id": "5", "text": " \n "}, "message text is empty"),
    ("sendMessage", {"chat_id": "5", "text": "<b> </b>", "parse_mode": "HTML"}, "text is empty"),
    ("sendMessage", {"chat_id": "5", "text": "a" * 4097}, "message is too long"),
    ("sendMessage", {"chat_id": "5", "text": "🌱" * 2049}, "message is too long"),
    ("sendMessage", {"chat_id": "5", "text": "x", "colour": "red"}, "unknown parameter"),
    ("sendMessage", {"chat_id": "5", "text": 7}, "wrong type of text"),
    ("sendMessage", {"chat_id": [5], "text": "x"}, "wrong type of chat_id"),
    ("sendMessage", {"chat_id": "5", "text": "x", "protect_content": "maybe"}, "wrong type"),
    (
        "sendMessage",
        {"chat_id": "5", "text": "a < b", "parse_mode": "HTML"},
        "can't parse entities",
    ),
    ("sendMessage", {"chat_id": "5", "text": "<b>x", "parse_mode": "HTML"}, "can't parse entities"),
    ("sendMessage", {"chat_id": "5", "text": "1.5", "parse_mode": "MarkdownV2"}, "is reserved"),
    (
        "sendMessage",
        {"chat_id": "5", "text": "x", "parse_mode": "BBCode"},
        "unsupported parse_mode",
    ),
    ("sendMessage", {"chat_id": "5", "text": "x", "reply_markup": "{"}, "can't parse reply_markup"),
    (
        "sendMessage",
        {"chat_id": "5", "text": "x", "entities": '[{"type": "bold", "offset": 0, "length": 9}]'},
        "ends after the end",
    ),
    (
        "sendMessage",
        {"chat_id": "5", "text": "x", "reply_markup": inline([{"text": "Có"}])},
        "Text buttons are unallowed",
    ),
    (
        "sendMessage",
        {"chat_id": "5", "text": "x", "reply_markup": inline([BUTTON | {"url": "https://a.vn"}])},
        "Text buttons are unallowed",
    ),
    (
        "sendMessage",
        {
            "chat_id": "5",
            "text": "x",
            "reply_markup": inline([BUTTON | {"callback_data": "ạ" * 22}]),
        },
        "BUTTON_DATA_INVALID",
    ),
    (
        "sendMessage",
        {"chat_id": "5", "text": "x", "reply_markup": inline([BUTTON | {"colour": "red"}])},
        "unknown field",
    ),
    (
        "sendMessage",
        {"chat_id": "5", "text": "x", "reply_markup": inline([{"text": "A", "url": "localhost"}])},
        "Wrong HTTP URL",
    ),
    ("sendMessage", {"chat_id": "5", "text": "x", "reply_markup": inline([BUTTON] * 9)}, "row"),
    (
        "sendMessage",
        {"chat_id": "5", "text": "x", "reply_markup": inline(*[[BUTTON]] * 101)},
        "reply markup is too long",
    ),
    ("sendPhoto", {"chat_id": "5", "photo": PHOTO, "caption": "a" * 1025}, "caption is too long"),
    ("sendPhoto", {"chat_id": "5", "photo": Upload("p.jpg", b"")}, "file must be non-empty"),
    ("sendPhoto", {"chat_id": "5", "photo": Upload("p.jpg", b"no")}, "IMAGE_PROCESS_FAILED"),
    (
        "sendPhoto",
        {"chat_id": "5", "photo": Upload("p.jpg", a_photo(width_px=420, height_px=20))},
        "PHOTO_INVALID_DIMENSIONS",
    ),
    ("sendPhoto", {"chat_id": "5", "photo": Upload("p", bytes(10 << 20) + b"x")}, "too big"),
    ("sendDocument", {"chat_id": "5", "document": Upload("d", bytes(50 << 20) + b"x")}, "too big"),
    ("sendMediaGroup", {"chat_id": "5", "media": album("photo")}, "too few media"),
    ("sendMediaGroup", {"chat_id": "5", "media": album(*["photo"] * 11)}, "too many messages"),
    ("sendMediaGroup", {"chat_id": "5", "media": album("photo", "document")}, "can't be mixed"),
    ("sendMediaGroup", {"chat_id": "5", "media": album("photo", "sticker")}, "wrong type of media"),
    (
        "sendMediaGroup",
        {
            "chat_id": "5",
            "media": '[{"type": "photo", "media": "attach://a"}, {"type": "photo", "media": "f"}]',
        },
        "attach://a names no uploaded file",
    ),
    ("sendLocation", {"chat_id": "5", "latitude": "91", "longitude": "0"}, "wrong location"),
    ("sendChatAction", {"chat_id": "5", "action": "thinking"}, "wrong parameter action"),
    ("answerCallbackQuery", {"callback_query_id": "1", "text": "a" * 201}, "is too long"),
    ("editMessageText", {"text": "x"}, "message identifier is not specified"),
    ("editMessageText", {"chat_id": "5", "message_id": "1", "text": ""}, "message text is empty"),
    ("setMyCommands", {"commands": '[{"command": "BaoSuCo", "description": "x"}]'}, "BOT_COMMAND"),
    ("setMyCommands", {"commands": '[{"command": "a"}]'}, "description"),
    ("setWebhook", {"url": "https://a.vn", "secret_token": "bí mật"}, "unallowed characters"),
    ("setWebhook", {"url": "https://a.vn", "max_connections": "101"}, "wrong max_connections"),
    (
        "setMessageReaction",
        {"chat_id": 5, "message_id": 1, "reaction": [{"type": "emoji", "emoji": "🌱"}]},
        "wrong emoji",
    ),
]


@pytest.mark.parametrize(("method", "params", "words"), BAD)
def test_what_telegram_refuses_is_named(method: str, params: dict[str, object], words: str) -> None:
    problems = check_call(method, params)
    assert problems
    assert words in problems[0]


def test_each_wrong_thing_is_named_at_once() -> None:
    problems = check_call("sendMessage", {"text": "a" * 5000, "disable_notification": "x"})
    assert len(problems) == 3


def test_lengths_are_utf16_units() -> None:
    assert [utf16_length(text) for text in ("abc", "ệ", "🌱")] == [3, 1, 2]


@pytest.mark.parametrize(
    ("text", "mode", "shown", "kinds"),
    [
        ("<b>a</b> &lt;<i>b</i>&amp;nbsp;", "HTML", "a <b&nbsp;", ["bold", "italic"]),
        ('<a href="https://a.vn">x</a>', "HTML", "x", ["text_link"]),
        (r"*a* _b_ 1\.5 `c_d`", "MarkdownV2", "a b 1.5 c_d", ["bold", "italic", "code"]),
        ("[x](https://a.vn) __u__", "MarkdownV2", "x u", ["text_link", "underline"]),
        ("*a* 1.5", "Markdown", "a 1.5", ["bold"]),
        ("<b>", None, "<b>", []),
    ],
)
def test_markup_becomes_text_and_entities(
    text: str, mode: str | None, shown: str, kinds: list[str]
) -> None:
    assert parse(text, mode)[0] == shown
    assert [entity["type"] for entity in parse(text, mode)[1]] == kinds


@pytest.mark.parametrize("text", ["<b>a</i></b>", "a</b>", "<x>a</x>", "<b"])
def test_broken_html_is_refused(text: str) -> None:
    with pytest.raises(UnparsableText):
        parse(text, "HTML")


def test_commands_mentions_and_links_are_found() -> None:
    """Offsets count UTF-16 units: the leaf before the command takes two."""
    found = found_entities("🌱 /baocao@soxanh_bot gửi @lan_ha xem https://a.vn/x. #rác 1/2")
    assert [(e["type"], e["offset"], e["length"]) for e in found] == [
        ("bot_command", 3, 18),
        ("mention", 26, 7),
        ("url", 38, 14),
        ("hashtag", 54, 4),
    ]


def test_limits_and_constants_are_read_off_descriptions() -> None:
    def field(name: str, kind: str, description: str) -> dict[str, object]:
        return {"name": name, "types": [kind], "required": False, "description": description}

    media = field("type", "String", "Type of the result, must be photo")
    source = {
        "version": "Bot API 1.0",
        "release_date": "May 1, 2026",
        "methods": {
            "send": {
                "fields": [
                    field("text", "String", "The text, 1-4096 characters after entities parsing"),
                    field("media", "Array of Media", "An array, must include 2-10 items"),
                ]
            }
        },
        "types": {
            "Media": {"subtypes": ["Photo"]},
            "Photo": {"fields": [media]},
            "Unused": {"fields": []},
            "Update": {"fields": [field("update_id", "Integer", ""), field("message", "M", "")]},
        },
    }
    facts = distil(source)
    assert facts["methods"]["send"]["text"]["limit"] == [1, 4096, "characters"]
    assert facts["methods"]["send"]["media"]["limit"] == [2, 10, "items"]
    assert facts["types"] == {"Photo": {"type": {"types": ["String"], "must_be": "photo"}}}
    assert (facts["unions"], facts["updates"]) == ({"Media": ["Photo"]}, ["message"])


@pytest.mark.parametrize("module", MODULES.values())
def test_every_platform_can_be_served_by_hand(module: str) -> None:
    assert inspect.iscoroutinefunction(importlib.import_module(module).serve)
