"""What we read of a Telegram update: typed, and nothing more than we need.

Names are Telegram's own (https://core.telegram.org/bots/api#update, Bot API 10.0). Fields
that we do not read are left out and skipped by the decoder; python-telegram-bot's classes
for the same cost more than a hundred times the time (docs: performance of receiving).
"""

from __future__ import annotations

from typing import Any

import msgspec

ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")
"""What Telegram is asked for. Channel posts, reactions and the rest are nobody's report."""


class User(msgspec.Struct, frozen=True, gc=False):
    """https://core.telegram.org/bots/api#user"""

    id: int
    is_bot: bool = False
    first_name: str = ""
    last_name: str = ""
    username: str = ""


class Chat(msgspec.Struct, frozen=True, gc=False):
    """https://core.telegram.org/bots/api#chat; `type` is private, group, supergroup or channel."""

    id: int
    type: str = "private"
    title: str = ""


class Entity(msgspec.Struct, frozen=True):
    """https://core.telegram.org/bots/api#messageentity; offset and length in UTF-16 units."""

    type: str
    offset: int
    length: int
    user: User | None = None


class PhotoSize(msgspec.Struct, frozen=True, gc=False):
    """https://core.telegram.org/bots/api#photosize"""

    file_id: str
    width: int = 0
    height: int = 0


class FileRef(msgspec.Struct, frozen=True, gc=False):
    """A document, video, audio or voice: they share these fields."""

    file_id: str
    file_name: str = ""


class Location(msgspec.Struct, frozen=True, gc=False):
    """https://core.telegram.org/bots/api#location; WGS 84 degrees."""

    latitude: float
    longitude: float


class Venue(msgspec.Struct, frozen=True):
    """https://core.telegram.org/bots/api#venue"""

    location: Location
    title: str = ""
    address: str = ""


class Contact(msgspec.Struct, frozen=True, gc=False):
    """https://core.telegram.org/bots/api#contact; no `user_id` for people who are not on Telegram."""

    phone_number: str
    first_name: str = ""
    last_name: str = ""
    user_id: int | None = None


class RepliedTo(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """The message that was replied to: we only ask who wrote it."""

    message_id: int
    from_: User | None = None


Anything = dict[str, Any]


class Message(msgspec.Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """https://core.telegram.org/bots/api#message, and the InaccessibleMessage under an old button."""

    message_id: int
    date: int
    chat: Chat
    from_: User | None = None
    sender_chat: Chat | None = None
    author_signature: str = ""
    is_automatic_forward: bool = False
    edit_date: int = 0
    media_group_id: str = ""
    reply_to_message: RepliedTo | None = None

    text: str | None = None
    entities: tuple[Entity, ...] = ()
    caption: str = ""
    caption_entities: tuple[Entity, ...] = ()

    photo: tuple[PhotoSize, ...] = ()
    document: FileRef | None = None
    video: FileRef | None = None
    video_note: FileRef | None = None
    audio: FileRef | None = None
    voice: FileRef | None = None
    location: Location | None = None
    venue: Venue | None = None
    contact: Contact | None = None

    # said, but nothing we can take: named so that the log tells which
    sticker: Anything | None = None
    dice: Anything | None = None
    poll: Anything | None = None
    story: Anything | None = None
    game: Anything | None = None
    paid_media: Anything | None = None
    checklist: Anything | None = None

    # nobody said these: Telegram reports what happened in the chat
    migrate_to_chat_id: int | None = None
    migrate_from_chat_id: int | None = None
    new_chat_members: Any = None
    left_chat_member: Any = None
    new_chat_title: Any = None
    new_chat_photo: Any = None
    delete_chat_photo: Any = None
    group_chat_created: Any = None
    supergroup_chat_created: Any = None
    message_auto_delete_timer_changed: Any = None
    pinned_message: Any = None
    write_access_allowed: Any = None
    connected_website: Any = None
    users_shared: Any = None
    chat_shared: Any = None
    chat_background_set: Any = None
    boost_added: Any = None
    gift: Any = None
    unique_gift: Any = None
    checklist_tasks_done: Any = None
    checklist_tasks_added: Any = None
    refunded_payment: Any = None
    successful_payment: Any = None


UNREADABLE = ("sticker", "dice", "poll", "story", "game", "paid_media", "checklist")
"""Kinds of `Message` that a person sends and we cannot take."""

SERVICE = (
    "migrate_to_chat_id",
    "migrate_from_chat_id",
    "new_chat_members",
    "left_chat_member",
    "new_chat_title",
    "new_chat_photo",
    "delete_chat_photo",
    "group_chat_created",
    "supergroup_chat_created",
    "message_auto_delete_timer_changed",
    "pinned_message",
    "write_access_allowed",
    "connected_website",
    "users_shared",
    "chat_shared",
    "chat_background_set",
    "boost_added",
    "gift",
    "unique_gift",
    "checklist_tasks_done",
    "checklist_tasks_added",
    "refunded_payment",
    "successful_payment",
)
"""Kinds of `Message` that nobody said."""


class CallbackQuery(msgspec.Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """https://core.telegram.org/bots/api#callbackquery"""

    id: str
    from_: User
    message: Message | None = None
    data: str | None = None


class ChatMember(msgspec.Struct, frozen=True, gc=False):
    """https://core.telegram.org/bots/api#chatmember: creator, administrator, member, restricted, left, kicked."""

    status: str
    is_member: bool = True


class ChatMemberUpdated(msgspec.Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """https://core.telegram.org/bots/api#chatmemberupdated, about our own bot."""

    chat: Chat
    from_: User
    date: int
    old_chat_member: ChatMember
    new_chat_member: ChatMember


class Update(msgspec.Struct, frozen=True, kw_only=True):
    """https://core.telegram.org/bots/api#update; at most one of the others is there."""

    update_id: int
    message: Message | None = None
    edited_message: Message | None = None
    callback_query: CallbackQuery | None = None
    my_chat_member: ChatMemberUpdated | None = None


class _Answer(msgspec.Struct):
    result: tuple[msgspec.Raw, ...] = ()


class _Numbered(msgspec.Struct, gc=False):
    update_id: int


_update = msgspec.json.Decoder(Update)
_answer = msgspec.json.Decoder(_Answer)
_numbered = msgspec.json.Decoder(_Numbered)


def decode_update(body: bytes) -> Update:
    """One update, as a webhook brings it.

    Raises:
        msgspec.ValidationError: JSON, but of a shape Telegram's page does not know.
        msgspec.DecodeError: no JSON at all (the base class of the former).
    """
    try:
        return _update.decode(body)
    except UnicodeDecodeError as error:
        raise msgspec.DecodeError(str(error)) from None


def decode_answer(body: bytes) -> tuple[list[Update], int | None, list[str]]:
    """What getUpdates answered.

    Returns:
        The updates that could be read; the highest update id of all, None when there was
        none; and for each that could not be read, what was wrong (no words of people).

    Raises:
        msgspec.DecodeError: the answer as a whole is not what Telegram sends.
    """
    readable: list[Update] = []
    unreadable: list[str] = []
    highest: int | None = None
    for raw in _answer.decode(body).result:
        number = _numbered.decode(raw).update_id
        highest = number if highest is None else max(highest, number)
        try:
            readable.append(decode_update(bytes(raw)))
        except msgspec.DecodeError as error:
            unreadable.append(f"update {number}: {error}")
    return readable, highest, unreadable
