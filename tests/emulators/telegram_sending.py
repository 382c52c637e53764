"""The methods that put messages before people: send, edit, delete, react, answer a tap."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp

from tests.emulators.telegram_checks import photo_problems
from tests.emulators.telegram_schema import Upload
from tests.emulators.telegram_text import Entity, found_entities, parse
from tests.emulators.telegram_world import Chat, Json, Message, Refused

if TYPE_CHECKING:
    from tests.emulators.telegram import TelegramEmulator

# deleteMessage: "A message can only be deleted if it was sent less than 48 hours ago."
DELETABLE_FOR = timedelta(hours=48)
FILE_METHODS = {
    "sendPhoto": "photo",
    "sendDocument": "document",
    "sendVideo": "video",
    "sendVoice": "voice",
    "sendAudio": "audio",
    "sendAnimation": "animation",
}
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def spoken(owner: Json, name: str) -> Json:
    """Text or caption of a call as it becomes part of a message, entities included."""
    raw = owner.get(name)
    if not raw:
        return {}
    shown, marked = parse(raw, owner.get("parse_mode"))
    entities_name = "entities" if name == "text" else "caption_entities"
    entities = merged(marked or owner.get(entities_name, []), found_entities(shown))
    return {name: shown.strip(), **({entities_name: entities} if entities else {})}


def merged(marked: list[Entity], found: list[Entity]) -> list[Entity]:
    """Entities asked for, and those Telegram finds itself where nothing else stands."""

    def apart(entity: Entity, other: Entity) -> bool:
        end, other_end = (e["offset"] + e["length"] for e in (entity, other))
        return bool(end <= other["offset"] or other_end <= entity["offset"])

    free = [entity for entity in found if all(apart(entity, other) for other in marked)]
    return sorted([*marked, *free], key=lambda entity: entity["offset"])


def _reply_target(chat: Chat, values: Json) -> Message | None:
    asked = values.get("reply_parameters")
    if not asked:
        return None
    target = chat.messages.get(asked["message_id"])
    if target and not target.deleted:
        return target
    if asked.get("allow_sending_without_reply"):
        return None
    raise Refused(400, "message to be replied not found")


def _put(em: "TelegramEmulator", values: Json, content: Json) -> Message:
    chat = em.world.chat_to_write(values["chat_id"])
    target = _reply_target(chat, values)
    em.limits.take(chat)
    return em.world.put(
        chat, em.world.bot, content, reply_to=target, markup=values.get("reply_markup")
    )


async def send_message(em: "TelegramEmulator", method: str, values: Json) -> Json:
    """sendMessage."""
    return _put(em, values, spoken(values, "text")).data


async def send_location(em: "TelegramEmulator", method: str, values: Json) -> Json:
    """sendLocation."""
    names = ("latitude", "longitude", "horizontal_accuracy")
    return _put(em, values, {"location": {k: values[k] for k in names if k in values}}).data


async def send_contact(em: "TelegramEmulator", method: str, values: Json) -> Json:
    """sendContact."""
    names = ("phone_number", "first_name", "last_name", "vcard")
    return _put(em, values, {"contact": {k: values[k] for k in names if k in values}}).data


async def send_file(em: "TelegramEmulator", method: str, values: Json) -> Json:
    """sendPhoto, sendDocument, sendVideo, sendVoice, sendAudio, sendAnimation."""
    kind = FILE_METHODS[method]
    em.world.chat_to_write(values["chat_id"])
    media = await _media(em, kind, values[kind], values)
    return _put(em, values, {**media, **spoken(values, "caption")}).data


async def send_media_group(em: "TelegramEmulator", method: str, values: Json) -> list[Json]:
    """sendMediaGroup: one message for each item, all or none."""
    chat = em.world.chat_to_write(values["chat_id"])
    target = _reply_target(chat, values)
    contents = [
        {**await _media(em, item["type"], item["media"], values), **spoken(item, "caption")}
        for item in values["media"]
    ]
    em.limits.take(chat, len(contents))
    album = em.world.new_album()
    sent = [
        em.world.put(chat, em.world.bot, {"media_group_id": album, **content}, reply_to=target)
        for content in contents
    ]
    return [message.data for message in sent]


async def _media(em: "TelegramEmulator", kind: str, given: Upload | str, values: Json) -> Json:
    """The file a call means: uploaded, attached, known by id, or to be fetched."""
    if isinstance(given, str) and given.startswith("attach://"):
        given = values[given.removeprefix("attach://")]
    if isinstance(given, str) and given in em.world.files.by_id:
        known = em.world.files.by_id[given]
        if known.kind != kind:
            raise Refused(400, f"can't use file of type {known.kind.title()} as {kind.title()}")
        return known.media
    if isinstance(given, str):
        given = await _fetched(given)
    if kind == "photo":
        if problems := photo_problems(given.content):
            raise Refused(400, problems[0].partition(" — ")[0])
        return em.world.files.photo(given.content)
    return em.world.files.document(given.content, given.filename, kind=kind)


async def _fetched(url: str) -> Upload:
    """A file by URL. Only this machine is asked; the world beyond has no such files."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https"):
        raise Refused(400, "wrong file identifier/HTTP URL specified")
    if parts.hostname not in LOOPBACK:
        raise Refused(400, "failed to get HTTP URL content")
    try:
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            if not answer.ok:
                raise Refused(400, "failed to get HTTP URL content")
            name = parts.path.rpartition("/")[2] or "file"
            return Upload(name, await answer.read(), answer.content_type)
    except aiohttp.ClientError as error:
        raise Refused(400, "failed to get HTTP URL content") from error


def _editable(em: "TelegramEmulator", values: Json) -> Message:
    if "inline_message_id" in values:
        raise Refused(400, "MESSAGE_ID_INVALID")
    chat = em.world.chat_to_write(values["chat_id"])
    message = em.world.message_of(chat, values["message_id"], "message to edit not found")
    if not message.from_bot:
        raise Refused(400, "message can't be edited")
    return message


def _edit(em: "TelegramEmulator", message: Message, content: Json, markup: Json | None) -> Json:
    replaced = ("text", "entities") if "text" in content else ("caption", "caption_entities")
    kept = {k: v for k, v in message.data.items() if k not in (*replaced, "reply_markup")}
    before = {k: message.data.get(k) for k in (*replaced, "reply_markup")}
    after = {**dict.fromkeys(before), **content, "reply_markup": markup}
    if before == after:
        raise Refused(
            400,
            "message is not modified: specified new message content and reply markup are exactly "
            "the same as a current content and reply markup of the message",
        )
    message.data = {**kept, **{k: v for k, v in after.items() if v is not None}}
    message.data["edit_date"] = int(em.clock().timestamp())
    message.markup = markup
    em.world.touch(message)
    return message.data


async def edit_text(em: "TelegramEmulator", method: str, values: Json) -> Json:
    """editMessageText; without reply_markup the buttons go away."""
    message = _editable(em, values)
    if "text" not in message.data:
        raise Refused(400, "there is no text in the message to edit")
    return _edit(em, message, spoken(values, "text"), values.get("reply_markup"))


async def edit_caption(em: "TelegramEmulator", method: str, values: Json) -> Json:
    """editMessageCaption; an absent caption removes it."""
    message = _editable(em, values)
    if message.media in (None, "location", "contact"):
        raise Refused(400, "there is no caption in the message to edit")
    return _edit(em, message, spoken(values, "caption"), values.get("reply_markup"))


async def edit_markup(em: "TelegramEmulator", method: str, values: Json) -> Json:
    """editMessageReplyMarkup."""
    message = _editable(em, values)
    names = ("text", "entities") if "text" in message.data else ("caption", "caption_entities")
    same = {k: message.data[k] for k in names if k in message.data}
    return _edit(em, message, same, values.get("reply_markup"))


async def delete_message(em: "TelegramEmulator", method: str, values: Json) -> bool:
    """deleteMessage and deleteMessages; the latter skips what is not there."""
    chat = em.world.chat_to_write(values["chat_id"])
    if method == "deleteMessages":
        for message_id in values["message_ids"]:
            if message_id in chat.messages:
                _delete(em, chat, chat.messages[message_id])
        return True
    _delete(
        em, chat, em.world.message_of(chat, values["message_id"], "message to delete not found")
    )
    return True


def _delete(em: "TelegramEmulator", chat: Chat, message: Message) -> None:
    mine = message.from_bot or chat.is_private or chat.bot_status == "administrator"
    if not mine or em.clock() - message.sent_at >= DELETABLE_FOR:
        raise Refused(400, "message can't be deleted")
    message.deleted = True
    em.world.touch(message)


async def set_reaction(em: "TelegramEmulator", method: str, values: Json) -> bool:
    """setMessageReaction."""
    chat = em.world.chat_to_write(values["chat_id"])
    message = em.world.message_of(chat, values["message_id"], "message to react not found")
    message.reaction = values.get("reaction", [])
    em.world.changed.fire()
    return True


async def chat_action(em: "TelegramEmulator", method: str, values: Json) -> bool:
    """sendChatAction: nothing to remember, but the chat must be writable."""
    em.world.chat_to_write(values["chat_id"])
    return True


async def answer_tap(em: "TelegramEmulator", method: str, values: Json) -> bool:
    """answerCallbackQuery."""
    tap = em.taps.get(values["callback_query_id"])
    if tap is None or tap.expired:
        raise Refused(400, "query is too old and response timeout expired or query ID is invalid")
    tap.answer = values
    em.world.changed.fire()
    return True


METHODS: dict[str, Any] = {
    "sendMessage": send_message,
    "sendLocation": send_location,
    "sendContact": send_contact,
    **dict.fromkeys(FILE_METHODS, send_file),
    "sendMediaGroup": send_media_group,
    "sendChatAction": chat_action,
    "editMessageText": edit_text,
    "editMessageCaption": edit_caption,
    "editMessageReplyMarkup": edit_markup,
    "deleteMessage": delete_message,
    "deleteMessages": delete_message,
    "setMessageReaction": set_reaction,
    "answerCallbackQuery": answer_tap,
}
