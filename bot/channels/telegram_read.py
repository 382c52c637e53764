"""From Telegram's updates to what was said: pure, but for two short memories.

Decisions that are ours, not Telegram's:

- A message is `chat:message`; an edited one `chat:message:edit time`. An edit counts as said
  anew, so that a slip corrected at once is answered at once, but only in private, only text,
  and only when it corrects the newest message we saw there: an old line changed later must
  not land in the question that is open now. Moving live locations are edits too, and ignored.
- In groups `addressed` means: our @name, a command (with our @name or none), a reply to us,
  or an album of which one photo addressed us. Our @name is taken out of the words.
- Somebody who writes as the group itself (an anonymous administrator) or as a channel is
  known by that chat's id: who is behind it, Telegram does not tell.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import msgspec

from bot.channels.telegram_wire import (
    SERVICE,
    UNREADABLE,
    CallbackQuery,
    Chat,
    ChatMember,
    ChatMemberUpdated,
    Entity,
    FileRef,
    Message,
    Update,
    User,
)
from bot.events import (
    AnySaid,
    Blocked,
    Contact,
    File,
    Incoming,
    Photo,
    Place,
    Tap,
    Text,
    Unblocked,
    Unsupported,
    Voice,
)

NAME = "telegram"

Key = TypeVar("Key")
Value = TypeVar("Value")

ALBUM_MEMORY = timedelta(minutes=1)
"""The photos of one album arrive within seconds; later ones with its number do not exist."""

MOST_REMEMBERED = 4096
"""Albums and chats remembered at a time; what is forgotten only makes us a little less polite."""

GROUPS = frozenset({"group", "supergroup"})
_COMMAND = re.compile(r"/\w+@(\w+)")
_FILES = ("document", "video", "video_note", "audio")
_THERE = frozenset({"creator", "administrator", "member", "restricted"})


class Moved(msgspec.Struct, frozen=True):
    """A group became a supergroup: the same people, another chat id."""

    old_chat: str
    new_chat: str


class Reader:
    """Reads updates for one bot.

    Args:
        bot_id: our own user id, the `account` of every `Incoming`.
        username: ours, without "@".
        clock: aware times; a tap carries no time of its own.
    """

    def __init__(self, bot_id: int, username: str, clock: Callable[[], datetime]) -> None:
        self.bot_id = bot_id
        self._account = str(bot_id)
        self.username = username
        self._clock = clock
        self._albums: dict[str, datetime] = {}
        self._newest: dict[int, int] = {}

    def read(self, updates: Iterable[Update]) -> list[Incoming]:
        """What was said, in order; updates that say nothing to us give nothing."""
        updates = tuple(updates)
        for update in updates:
            if update.message is not None and update.message.media_group_id:
                self._note_album(update.message)
        return [incoming for update in updates if (incoming := self._one(update)) is not None]

    @staticmethod
    def moves(updates: Iterable[Update]) -> list[Moved]:
        """Groups that live on under another id. Telegram tells it in the old chat and in the new; once is enough."""
        return [
            Moved(str(update.message.chat.id), str(update.message.migrate_to_chat_id))
            for update in updates
            if update.message is not None and update.message.migrate_to_chat_id is not None
        ]

    def _one(self, update: Update) -> Incoming | None:
        if update.message is not None:
            return self._message(update.message)
        if update.callback_query is not None:
            return self._tap(update.callback_query)
        if update.edited_message is not None:
            return self._edit(update.edited_message)
        if update.my_chat_member is not None:
            return self._member(update.my_chat_member)
        return None

    # --- messages ----------------------------------------------------------------------------

    def _message(self, message: Message) -> Incoming | None:
        if message.chat.type == "private":
            _remember(self._newest, message.chat.id, message.message_id)
        return self._incoming(message, f"{message.chat.id}:{message.message_id}")

    def _edit(self, message: Message) -> Incoming | None:
        newest = self._newest.get(message.chat.id, message.message_id)
        old = message.message_id < newest
        if message.chat.type != "private" or message.text is None or old:
            return None
        return self._incoming(
            message, f"{message.chat.id}:{message.message_id}:{message.edit_date}"
        )

    def _incoming(self, message: Message, message_id: str) -> Incoming | None:
        sender = _sender(message)
        group = message.chat.type in GROUPS
        if sender is None or message.chat.type == "channel":
            return None
        addressed = not group or self._is_addressed(message)
        said = self._said(message)
        if said is None or (isinstance(said, Unsupported) and not addressed):
            return None
        address, name = sender
        replied = message.reply_to_message
        return Incoming(
            channel=NAME,
            account=self._account,
            message_id=message_id,
            sender=address,
            chat=str(message.chat.id),
            said=said,
            sent_at=datetime.fromtimestamp(message.edit_date or message.date, UTC),
            sender_name=name,
            group=group,
            group_name=message.chat.title if group else "",
            addressed=addressed,
            album=message.media_group_id,
            reply_to=f"{message.chat.id}:{replied.message_id}" if replied else "",
        )

    def _said(self, message: Message) -> AnySaid | None:
        """What a message says; None when nobody said anything (a service message)."""
        if message.text is not None:
            return Text(self._without_our_name(message.text, message.entities))
        caption = self._without_our_name(message.caption, message.caption_entities)
        if message.photo:
            largest = max(message.photo, key=lambda size: size.width * size.height)
            return Photo(largest.file_id, caption=caption)
        if message.voice is not None:
            return Voice(message.voice.file_id)
        for kind in _FILES:
            file: FileRef | None = getattr(message, kind)
            if file is not None:
                return File(file.file_id, name=file.file_name, caption=caption)
        return _place(message) or _contact(message) or _unreadable(message)

    # --- taps, blocks ------------------------------------------------------------------------

    def _tap(self, tap: CallbackQuery) -> Incoming | None:
        if tap.data is None or tap.from_.is_bot:
            return None
        message = tap.message
        chat = message.chat if message is not None else Chat(id=tap.from_.id)
        group = chat.type in GROUPS
        return Incoming(
            channel=NAME,
            account=self._account,
            message_id=f"cb:{tap.id}",
            sender=str(tap.from_.id),
            chat=str(chat.id),
            said=Tap(tap.data),
            sent_at=self._clock(),
            sender_name=_name(tap.from_),
            group=group,
            group_name=chat.title if group else "",
            reply_to=f"{chat.id}:{message.message_id}" if message is not None else "",
        )

    def _member(self, change: ChatMemberUpdated) -> Incoming | None:
        """Blocked and unblocked in private; in groups only that we came in.

        That we were thrown out of a group is nobody's block: the next message there fails
        as unreachable, and says so.
        """
        group = change.chat.type in GROUPS
        was, now = _is_there(change.old_chat_member), _is_there(change.new_chat_member)
        if was == now or change.chat.type == "channel" or (group and not now):
            return None
        return Incoming(
            channel=NAME,
            account=self._account,
            message_id=f"member:{change.chat.id}:{change.date}:{change.new_chat_member.status}",
            sender=str(change.from_.id),
            chat=str(change.chat.id),
            said=Unblocked() if now else Blocked(),
            sent_at=datetime.fromtimestamp(change.date, UTC),
            sender_name=_name(change.from_),
            group=group,
            group_name=change.chat.title if group else "",
        )

    # --- whom it is meant for ----------------------------------------------------------------

    def _note_album(self, message: Message) -> None:
        """First over the whole batch: the caption may come after the photos it speaks for."""
        if message.chat.type in GROUPS and self._speaks_to_us(message):
            _remember(self._albums, message.media_group_id, self._clock())

    def _is_addressed(self, message: Message) -> bool:
        noted_at = self._albums.get(message.media_group_id)
        if noted_at is not None and self._clock() - noted_at <= ALBUM_MEMORY:
            return True
        return self._speaks_to_us(message)

    def _speaks_to_us(self, message: Message) -> bool:
        replied = message.reply_to_message
        if replied is not None and replied.from_ is not None and replied.from_.id == self.bot_id:
            return True
        words = message.text if message.text is not None else message.caption
        entities = message.entities or message.caption_entities
        return any(
            self._is_our_name(words, entity) or self._is_our_command(words, entity)
            for entity in entities
        )

    def _is_our_name(self, words: str, entity: Entity) -> bool:
        if entity.type == "text_mention":
            return entity.user is not None and entity.user.id == self.bot_id
        named = f"@{self.username}".casefold()
        return entity.type == "mention" and _marked(words, entity).casefold() == named

    def _is_our_command(self, words: str, entity: Entity) -> bool:
        if entity.type != "bot_command" or entity.offset != 0:
            return False
        _, _, to = _marked(words, entity).partition("@")
        return not to or to.casefold() == self.username.casefold()

    def _without_our_name(self, words: str, entities: tuple[Entity, ...]) -> str:
        """The words without "@our_name"; untouched when it is not there."""
        if not entities:
            return words
        ours = [entity for entity in entities if self._is_our_name(words, entity)]
        for entity in sorted(ours, key=lambda one: one.offset, reverse=True):
            before, after = _around(words, entity)
            words = before + after.lstrip(" ,:;")
        command = _COMMAND.match(words)
        if command and command[1].casefold() == self.username.casefold():
            words = words[: command.start(1) - 1] + words[command.end(1) :]
        return words


def _remember(memory: dict[Key, Value], key: Key, value: Value) -> None:
    memory.pop(key, None)
    memory[key] = value
    if len(memory) > MOST_REMEMBERED:
        del memory[next(iter(memory))]


def _sender(message: Message) -> tuple[str, str] | None:
    """The address and name of who speaks; None for bots and for posts copied from a channel."""
    if message.is_automatic_forward:
        return None
    if message.sender_chat is not None:
        name = message.author_signature or message.sender_chat.title
        return str(message.sender_chat.id), name
    user = message.from_
    if user is None or user.is_bot:
        return None
    return str(user.id), _name(user)


def _name(user: User) -> str:
    return f"{user.first_name} {user.last_name}".strip()


def _is_there(member: ChatMember) -> bool:
    return member.status in _THERE and member.is_member


def _place(message: Message) -> Place | None:
    if message.venue is not None:
        at, words = message.venue.location, f"{message.venue.title}, {message.venue.address}"
        return Place(at.latitude, at.longitude, words.strip(", "))
    if message.location is not None:
        return Place(message.location.latitude, message.location.longitude)
    return None


def _contact(message: Message) -> Contact | None:
    card = message.contact
    if card is None:
        return None
    sender = message.from_.id if message.from_ is not None else None
    own = card.user_id is not None and card.user_id == sender
    name = f"{card.first_name} {card.last_name}".strip()
    return Contact(card.phone_number, name=name, own=own)


def _unreadable(message: Message) -> Unsupported | None:
    if any(getattr(message, kind) is not None for kind in SERVICE):
        return None
    kinds = (kind for kind in UNREADABLE if getattr(message, kind) is not None)
    return Unsupported(next(kinds, "unknown"))


def _marked(words: str, entity: Entity) -> str:
    units = words.encode("utf-16-le")
    marked = units[2 * entity.offset : 2 * (entity.offset + entity.length)]
    return marked.decode("utf-16-le", "replace")


def _around(words: str, entity: Entity) -> tuple[str, str]:
    units = words.encode("utf-16-le")
    start, end = 2 * entity.offset, 2 * (entity.offset + entity.length)
    return units[:start].decode("utf-16-le", "replace"), units[end:].decode("utf-16-le", "replace")
